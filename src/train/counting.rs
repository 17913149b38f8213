//! Counting: labelled pages to the counts that naive Bayes is estimated from.
//!
//! Comes in: one [`LabelledPage`] after another. Goes out: [`Counts`]. Rows that are pages of their own wait until there
//! are many of one fold and label, which are then looked at together.

use super::fold_of;
use super::tally::Tally;
use crate::document::{Document, DocumentBuilder};
use crate::features::{Facts, Features, View};
use crate::label::{Label, MAX_LABELS};
use crate::labelled::LabelledPage;
use crate::model::{Counts, FOLDS};

/// How many bytes of rows wait for one fold and label at most, but for the last row. Of these the time was least: fewer find
/// the counts no longer at hand, and more do not stay at hand themselves.
const WAITING_BYTES: usize = 1 << 18;

/// Counts, and rows that are not counted yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Counting {
    tally: Tally,
    waiting: Waiting,
    /// Views that are not counted.
    left_out: Vec<View>,
}

impl Counting {
    /// Nothing yet, and never anything of the views in `left_out`.
    pub fn without(left_out: &[View]) -> Self {
        Self { left_out: left_out.to_vec(), ..Self::default() }
    }

    /// Adds the counts of another data set, its labels numbered the same.
    pub fn add_counts(&mut self, counts: &Counts) {
        self.tally.add(counts);
    }

    /// Counts a page; `features` is room for those of one page after another.
    pub fn add(&mut self, page: &LabelledPage, boilerplate: Option<Label>, features: &mut Features) {
        let fold = fold_of(page.group);
        self.tally.fold_mut(fold).pages += 1;
        if let Some((label, text)) = lone_row(page) {
            let rows = &mut self.waiting.0[fold][label.index()];
            rows.add(text);
            if rows.bytes >= WAITING_BYTES {
                let document = std::mem::take(rows).builder.finish();
                self.count_rows(fold, label.index(), &document, features);
                self.waiting.0[fold][label.index()] = Rows::in_place_of(document);
            }
            return;
        }
        features.fill(&page.document);
        self.count_blocks(page, fold, boilerplate, features);
        self.count_transitions(page, fold);
        if page.document.has_markup() {
            self.count_looks_as_text(page, fold, features);
        }
    }

    /// The counts, when nothing waits any more.
    pub fn finish(mut self, features: &mut Features) -> Counts {
        for (fold, labels) in std::mem::take(&mut self.waiting.0).into_iter().enumerate() {
            for (label, rows) in labels.into_iter().enumerate() {
                self.count_rows(fold, label, &rows.builder.finish(), features);
            }
        }
        self.tally.finish()
    }

    fn views(&self, is_wanted: fn(View) -> bool) -> impl Iterator<Item = View> + use<> {
        let views = View::ALL.map(|view| (is_wanted(view) && !self.left_out.contains(&view)).then_some(view));
        views.into_iter().flatten()
    }

    /// Counts rows that are pages of their own.
    fn count_rows(&mut self, fold: usize, label: usize, rows: &Document, features: &mut Features) {
        self.tally.fold_mut(fold).blocks[label] += rows.len() as u64;
        features.fill_alone(rows);
        // View by view, so that the counts of one stay at hand.
        for view in self.views(|_| true) {
            self.tally.count_many(fold, view, label, (0..rows.len()).map(|row| features.slots(view, row)));
        }
    }

    /// Counts what the blocks of a page, and the page as a whole, have.
    fn count_blocks(
        &mut self,
        page: &LabelledPage,
        fold: usize,
        boilerplate: Option<Label>,
        features: &Features,
    ) {
        if let Some(content) = page.kind(boilerplate).single() {
            for view in self.views(View::is_of_page) {
                self.tally.count(fold, view, content.index(), features.slots(view, 0));
            }
        }
        for (block, labels) in page.labels.iter().enumerate() {
            // A block that may have several labels counts for each: it teaches what they share.
            let is_teaser = features.facts()[block].is_teaser();
            for label in labels.iter().map(Label::index) {
                self.tally.fold_mut(fold).blocks[label] += 1;
                let of_block = self.views(|view| !view.is_of_page());
                for view in of_block.filter(|view| !(is_teaser && view.reads_words())) {
                    self.tally.count(fold, view, label, features.slots(view, block));
                }
            }
        }
    }

    /// Counts which labels follow each other.
    fn count_transitions(&mut self, page: &LabelledPage, fold: usize) {
        if page.labels.len() < 2 {
            return;
        }
        let transitions = &mut self.tally.fold_mut(fold).transitions;
        let mut before: Option<Label> = None;
        for (block, labels) in page.labels.iter().enumerate() {
            let label = labels.single();
            if let Some(label) = label {
                transitions.all[label.index()] += 1;
                match before {
                    Some(before) => transitions.steps[before.index()][label.index()] += 1,
                    None if block == 0 => transitions.first[label.index()] += 1,
                    None => {}
                }
            }
            before = label;
        }
    }

    /// Counts how the blocks of a page with markup, whose features are there, would look as plain text; their words are
    /// counted already.
    fn count_looks_as_text(&mut self, page: &LabelledPage, fold: usize, features: &mut Features) {
        let teasers: Vec<bool> = features.facts().iter().map(Facts::is_teaser).collect();
        features.fill(&page.document.without_markup());
        for (block, labels) in page.labels.iter().enumerate().filter(|(block, _)| !teasers[*block]) {
            for label in labels.iter() {
                for view in self.views(|view| matches!(view, View::Shape | View::Neighbours)) {
                    self.tally.count(fold, view, label.index(), features.slots(view, block));
                }
            }
        }
    }
}

/// The label and text of a page that is a single row of plain text with one label: its features hang on nothing else.
fn lone_row(page: &LabelledPage) -> Option<(Label, &str)> {
    let [labels] = page.labels[..] else { return None };
    let label = labels.single().filter(|_| page.content.is_none() && !page.document.has_markup())?;
    let block = page.document.block(0);
    (block.link_bytes() == 0).then(|| (label, block.text()))
}

/// Rows that wait, by fold and label.
#[derive(Debug, Clone, Default)]
struct Waiting([[Rows; MAX_LABELS]; FOLDS]);

/// Rows of plain text that are pages of their own.
#[derive(Debug, Clone, Default)]
struct Rows {
    builder: DocumentBuilder,
    bytes: usize,
}

impl Rows {
    /// None yet, in the memory of rows that are counted.
    fn in_place_of(counted: Document) -> Self {
        Self { builder: DocumentBuilder::in_place_of(counted, false), bytes: 0 }
    }

    fn add(&mut self, text: &str) {
        self.builder.block(text, 0..text.len(), None, 0, false);
        self.bytes += text.len();
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::label::LabelSet;
    use crate::labelled::{CsvPages, LabelNames};

    fn pages(csv: &str) -> Vec<LabelledPage> {
        let mut pages = CsvPages::new(csv.as_bytes()).unwrap();
        let mut names = LabelNames::default();
        std::iter::from_fn(|| pages.next_page(&mut names).unwrap()).collect()
    }

    fn counted(pages: &[LabelledPage]) -> Counts {
        let (mut counting, mut features) = (Counting::default(), Features::default());
        pages.iter().for_each(|page| counting.add(page, None, &mut features));
        counting.finish(&mut features)
    }

    #[test]
    fn rows_that_wait_count_as_rows_that_do_not() {
        let mut csv = "label,text\n".to_owned();
        for row in 0..4000 {
            let (label, word) = (["news", "listicle"][row % 2], row * row % 97);
            writeln!(csv, "{label},Row {row} says what word{word} and others do").unwrap();
        }
        let rows = pages(&csv);
        let waited = counted(&rows);
        // What is known of a page's content apart from its block is counted at once, and is the same for these.
        let at_once: Vec<LabelledPage> = rows
            .into_iter()
            .map(|page| LabelledPage { content: Some(page.labels[0]), ..page })
            .inspect(|page| assert!(lone_row(page).is_none()))
            .collect();
        assert_eq!(waited, counted(&at_once));
        let blocks: u64 = waited.total().blocks.iter().sum();
        assert_eq!(blocks, 4000);
    }

    #[test]
    fn only_sure_rows_of_plain_text_wait() {
        let found = pages("label,text,tag,page\na,x y,,\na|b,x y,,\na,x y,p,\na,x y,,one\na,z,,one\n");
        let waits: Vec<bool> = found.iter().map(|page| lone_row(page).is_some()).collect();
        assert_eq!(waits, [true, false, false, false]);
        assert_eq!(lone_row(&found[0]), Some((Label::new(0), "x y")));
        assert_eq!(found[1].labels[0], [Label::new(0), Label::new(1)].into_iter().collect::<LabelSet>());
    }
}

//! The sample: a bounded draw of whole pages, the same whatever order they come in.
//!
//! Comes in: every training page. Goes out: those with the smallest hashes, as many as hold the rows allowed. The draw
//! from two data sets is the draw from their two draws, which makes training go on exactly where it stopped.

use std::collections::BTreeMap;

use super::collected;
use crate::error::Result;
use crate::label::{LabelSet, Labels};
use crate::labelled::{CsvPages, LabelNames, LabelledPage, write_header, write_page};
use crate::token::{hash_bytes, mix};

/// Pages drawn so far.
#[derive(Debug)]
pub(super) struct Sample {
    most_rows: usize,
    rows: usize,
    /// Pages with greater hashes are not drawn.
    greatest: u64,
    /// By hash; equal pages are kept as often as they came.
    pages: BTreeMap<u64, Vec<LabelledPage>>,
}

impl Sample {
    pub fn new(most_rows: usize) -> Self {
        Self { most_rows, rows: 0, greatest: u64::MAX, pages: BTreeMap::new() }
    }

    /// Takes a copy of a page, if it is drawn.
    pub fn offer(&mut self, page: &LabelledPage) {
        let key = key(page);
        if key > self.greatest {
            return;
        }
        self.rows += page.document.len();
        self.pages.entry(key).or_default().push(page.clone());
        // Whatever stands wholly beyond the rows allowed can never come back in.
        while let Some((_, last)) = self.pages.last_key_value() {
            let last_rows: usize = last.iter().map(|page| page.document.len()).sum();
            if self.rows - last_rows <= self.most_rows {
                break;
            }
            self.rows -= last_rows;
            self.pages.pop_last();
        }
        if let Some((last, _)) = self.pages.last_key_value().filter(|_| self.rows > self.most_rows) {
            self.greatest = *last;
        }
    }

    /// The pages drawn so far, the one that may go over the rows allowed included.
    pub fn pages(&self) -> impl Iterator<Item = &LabelledPage> {
        self.pages.values().flatten()
    }

    /// The pages drawn, by hash, with their labels renumbered.
    pub fn finish(mut self, order: &[usize]) -> Vec<LabelledPage> {
        let renumbered = |set: LabelSet| -> LabelSet {
            set.iter()
                .map(|label| {
                    crate::label::Label::new(order.get(label.index()).copied().unwrap_or(label.index()))
                })
                .collect()
        };
        // The last page went over the rows allowed, unless it is the only one.
        if self.rows > self.most_rows && self.pages.len() > 1 {
            self.pages.pop_last();
        }
        for pages in self.pages.values_mut() {
            for page in &mut *pages {
                page.labels.iter_mut().for_each(|set| *set = renumbered(*set));
                page.content = page.content.map(renumbered);
            }
            if pages.len() > 1 {
                pages.sort_by_cached_key(collected::order);
            }
        }
        self.pages.into_values().flatten().collect()
    }

    /// Takes the pages that [`write`] wrote.
    ///
    /// # Errors
    /// If they are damaged.
    pub fn read(&mut self, stored: &[u8], names: &mut LabelNames) -> Result<()> {
        let mut pages = CsvPages::new(stored)?;
        let mut page = LabelledPage::default();
        while pages.read_page(names, &mut page)? {
            self.offer(&page);
        }
        Ok(())
    }
}

/// The pages as labelled CSV.
pub(super) fn write(pages: &[LabelledPage], labels: &Labels) -> Vec<u8> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let written = write_header(&mut out).and_then(|()| {
        pages.iter().try_for_each(|page| {
            write_page(&mut out, &page.name, &page.document, |block| {
                // A row must have a label: one of which nothing is known has all.
                let set = page.labels[block];
                let set = if set.is_empty() { labels.all() } else { set };
                set.iter().map(|label| labels.name(label)).collect::<Vec<_>>().join("|")
            })
        })
    });
    written.expect("writing CSV of equal rows into memory cannot fail");
    out.into_inner().expect("flushing into memory cannot fail")
}

/// What decides whether a page is drawn: a hash of its name and text.
fn key(page: &LabelledPage) -> u64 {
    let texts = page.document.blocks().map(|block| hash_bytes(block.text().as_bytes()));
    texts.fold(hash_bytes(page.name.as_bytes()), mix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::text;

    fn page(number: usize) -> LabelledPage {
        let document = text::read(&format!("Page {number}\n{}", "More\n".repeat(number % 4)));
        let labels = vec![crate::label::Label::new(number % 2).into(); document.len()];
        LabelledPage {
            name: format!("p{number}"),
            group: number as u64,
            document,
            labels,
            content: None,
            weight: 1.0,
            content_weight: 1.0,
        }
    }

    fn draw(numbers: impl Iterator<Item = usize>) -> Vec<LabelledPage> {
        let mut sample = Sample::new(30);
        numbers.for_each(|number| sample.offer(&page(number)));
        sample.finish(&[0, 1])
    }

    #[test]
    fn the_draw_does_not_depend_on_the_order() {
        let forth = draw(0..100);
        assert_eq!(forth, draw((0..100).rev()));
        let rows: usize = forth.iter().map(|page| page.document.len()).sum();
        assert!((20..=30).contains(&rows), "{rows}");
    }

    #[test]
    fn a_draw_of_draws_is_the_draw() {
        let (one, other) = (draw(0..50), draw(50..100));
        let mut sample = Sample::new(30);
        one.into_iter().chain(other).for_each(|page| sample.offer(&page));
        assert_eq!(sample.finish(&[0, 1]), draw(0..100));
    }

    #[test]
    fn what_is_written_reads_back() {
        let labels = Labels::new(["a", "b"]).unwrap();
        let pages: Vec<_> = draw(0..20);
        let mut names = LabelNames::default();
        names.parse("a").unwrap();
        let mut sample = Sample::new(30);
        sample.read(&write(&pages, &labels), &mut names).unwrap();
        let again = sample.finish(&[0, 1]);
        assert_eq!(write(&again, &labels), write(&pages, &labels));
    }
}

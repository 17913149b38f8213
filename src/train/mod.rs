//! Training: labelled pages to a model.
//!
//! Comes in: [`LabelledPage`]s, one at a time. Goes out: a [`Model`] and a [`Report`] of how well it does on pages it
//! was not trained on. Only counts and a bounded sample of pages are held, so that memory grows with the vocabulary,
//! not with the rows.

mod adjust;
mod alike;
mod collected;
mod counting;
mod epochs;
mod estimator;
mod fit;
mod fusing;
mod sample;
mod tally;
mod vocabulary;

use std::collections::BTreeSet;

use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::Confusion;
use crate::features::{Features, VIEWS, View};
use crate::gate::Policy;
use crate::label::{BOILERPLATE, Label, Labels};
use crate::labelled::{LabelNames, LabelledPage};
use crate::model::{Calibration, Card, FOLDS, Fold, Fusions, Model, Table};
use collected::Collected;
use counting::Counting;
use epochs::Epochs;
use fusing::{Fused, Learned};
use sample::Sample;

/// How to train.
#[derive(Debug, Clone)]
pub struct Options {
    /// The model's name.
    pub name: String,
    /// The gate's policy to store; by default the base model's, or the program's.
    pub policy: Option<Policy>,
    /// The most rows from which fusions are fitted and accuracy is measured; whole pages, drawn by a hash of their
    /// text, so that the draw depends on nothing else.
    pub sample_rows: usize,
    /// Whether the sampled pages are stored in the model. Without them, later training from this model counts new
    /// pages but keeps the fusions.
    pub keep_sample: bool,
    /// Views to train without, to find out what each of them gives: they have no say in the model.
    pub views_left_out: Vec<View>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "custom".into(),
            policy: None,
            sample_rows: 4_000,
            keep_sample: true,
            views_left_out: Vec::new(),
        }
    }
}

/// How a training run went.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The labels, in the model's order.
    pub labels: Labels,
    /// Pages counted, those of the base model included.
    pub pages: u64,
    /// Blocks counted by label, those of the base model included.
    pub blocks: Vec<u64>,
    /// Slots in use of the vocabularies of words and of pairs.
    pub vocabulary: [usize; 2],
    /// Labels against held-out predictions for the sampled pages; none if the base model's fusions were kept.
    pub confusion: Option<Confusion>,
    /// The part of `confusion` that pages with markup make up.
    pub confusion_of_markup: Option<Confusion>,
    /// Sampled rows that `confusion` covers or leaves out because they allow several labels.
    pub sampled_rows: usize,
    /// Different pages with rows of each label in the sample; of rows without a page, different texts. None is counted
    /// if the base model's fusions were kept.
    pub sampled_pages: Vec<usize>,
}

/// A label with fewer blocks than this is thin: its scores are hardly more than noise.
pub const THIN_BLOCKS: u64 = 50;

impl Report {
    /// What there is to report of the counts.
    fn new(labels: &Labels, total: &Fold) -> Self {
        let used = |view: View| {
            let is_used = |slot: &usize| {
                let counts = (0..labels.len()).filter_map(|label| total.features(view, label).get(*slot));
                counts.copied().any(|count| count > 0)
            };
            (0..view.slots()).filter(is_used).count()
        };
        Self {
            labels: labels.clone(),
            pages: total.pages,
            blocks: total.blocks[..labels.len()].to_vec(),
            vocabulary: [used(View::Words), used(View::Pairs)],
            confusion: None,
            confusion_of_markup: None,
            sampled_rows: 0,
            sampled_pages: vec![0; labels.len()],
        }
    }

    /// Labels with too few rows to be learned well.
    pub fn thin_labels(&self) -> impl Iterator<Item = (Label, u64)> + '_ {
        self.labels.iter().zip(self.blocks.iter().copied()).filter(|(_, blocks)| *blocks < THIN_BLOCKS)
    }

    /// Labels of which the sample has too few different pages to measure anything, with how many it has. Equal pages are
    /// held out together: what repeats a few, however often, is predicted by a model that saw hardly one of its kind.
    pub fn repeated_labels(&self) -> impl Iterator<Item = (Label, usize)> + '_ {
        let pages = self.labels.iter().zip(self.sampled_pages.iter().copied());
        pages.filter(|(_, pages)| self.confusion.is_some() && *pages < FEWEST_PAGES)
    }
}

/// Different pages of each label below which some folds have none to hold out, or no other to learn from.
pub const FEWEST_PAGES: usize = FOLDS;

/// How many different pages of a sample have rows that are surely of each label.
fn different_pages(pages: &[LabelledPage], labels: &Labels) -> Vec<usize> {
    let has = |page: &LabelledPage, label| page.labels.iter().any(|set| set.single() == Some(label));
    let groups = |label| pages.iter().filter(move |page| has(page, label)).map(|page| page.group);
    labels.iter().map(|label| groups(label).collect::<BTreeSet<_>>().len()).collect()
}

/// Collects labelled pages and trains a model on them.
///
/// ```
/// use pagesieve::labelled::CsvPages;
/// use pagesieve::train::{Options, Trainer};
///
/// let csv = "label,text\n".to_string() + &"spam,Buy cheap pills now\nham,See you at lunch\n".repeat(30);
/// let mut trainer = Trainer::new(Options::default());
/// let mut pages = CsvPages::new(csv.as_bytes())?;
/// while let Some(page) = pages.next_page(trainer.names())? {
///     trainer.add(&page);
/// }
/// let (model, report) = trainer.finish()?;
/// assert_eq!(report.blocks, [30, 30]);
/// assert_eq!(model.labels().names(), ["ham", "spam"]);
/// # Ok::<(), pagesieve::Error>(())
/// ```
#[derive(Debug)]
pub struct Trainer {
    options: Options,
    names: LabelNames,
    counting: Counting,
    sample: Sample,
    /// Room for the features of one page after another.
    features: Features,
    /// The fusions of a base model that holds no sample to fit them anew.
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    labels: Labels,
    plain: Fusions,
    markup: Option<Fusions>,
    /// What was added to the naive Bayes estimate.
    corrections: [Table; VIEWS],
    calibration: Option<Calibration>,
}

impl Kept {
    /// What was fitted, if it is for these labels.
    fn fused(self, labels: &Labels) -> Result<Fused> {
        if self.labels != *labels {
            let message = format!(
                "the base model knows {} and holds no training pages, so that it cannot learn the labels {}; \
                 train without --base, or from a base that holds its pages",
                self.labels.names().join(", "),
                labels.names().join(", ")
            );
            return Err(Error::new(ErrorKind::Data, message));
        }
        let Self { plain, markup, corrections, .. } = self;
        Ok(Fused { plain, markup, corrections, confusions: None })
    }
}

impl Trainer {
    /// A trainer that has seen nothing yet.
    pub fn new(options: Options) -> Self {
        let sample = Sample::new(options.sample_rows);
        let counting = Counting::without(&options.views_left_out);
        let (names, features) = Default::default();
        Self { options, names, counting, sample, features, kept: None }
    }

    /// A trainer that goes on where `base` stopped: the result is the same, byte for byte, as training on both data
    /// sets at once. If `base` holds no sample, its counts are added to but its fusions stay as they are.
    ///
    /// # Errors
    /// If the counts or the sample in `base` cannot be read.
    pub fn with_base(options: Options, base: &Model) -> Result<Self> {
        let mut trainer = Self::new(options);
        for name in base.labels.names() {
            trainer.names.parse(name)?;
        }
        let counts = base.counts()?;
        trainer.options.policy.get_or_insert_with(|| base.policy.clone());
        if base.keeps_sample() {
            trainer.sample.read(&base.sample()?, &mut trainer.names)?;
        } else {
            let estimates = estimator::linfa_tables(&counts.total(), base.labels.len())?;
            trainer.kept = Some(Kept {
                labels: base.labels.clone(),
                plain: base.plain.clone(),
                markup: base.markup.clone(),
                corrections: std::array::from_fn(|view| base.tables[view].minus(&estimates[view])),
                calibration: base.calibration.clone(),
            });
        }
        trainer.counting.add_counts(&counts);
        Ok(trainer)
    }

    /// The numbering of label names, for readers of labelled pages.
    pub fn names(&mut self) -> &mut LabelNames {
        &mut self.names
    }

    /// Takes one page.
    pub fn add(&mut self, page: &LabelledPage) {
        let boilerplate = self.names.find(BOILERPLATE);
        self.counting.add(page, boilerplate, &mut self.features);
        if self.kept.is_none() {
            self.sample.offer(page);
        }
    }

    /// What was collected so far, for another trainer to [`merge`](Self::merge); read by the same version only. What it
    /// holds of a base model goes along.
    pub fn collected(&self) -> Vec<u8> {
        Collected::new(
            self.names.names(),
            self.counting.clone().finish(&mut Features::default()),
            self.sample.pages(),
        )
        .to_bytes()
    }

    /// Takes what another trainer with the same `sample_rows` collected. The model does not depend on who read which
    /// pages, nor on the order of merging: it is the same, byte for byte, as if one trainer had read them all.
    ///
    /// # Errors
    /// If the bytes are not of [`collected`](Self::collected) in this version, or bring too many labels.
    pub fn merge(&mut self, collected: &[u8]) -> Result<()> {
        let collected = Collected::from_bytes(collected)?;
        let number = |name: &String| Ok(self.names.parse(name)?.iter().map(Label::index).next().unwrap_or(0));
        let to: Vec<usize> = collected.names.iter().map(number).collect::<Result<_>>()?;
        let pages: Vec<LabelledPage> = collected.pages(&to).collect::<Result<_>>()?;
        self.counting.add_counts(&collected.counts.renumber(&to));
        if self.kept.is_none() {
            pages.iter().for_each(|page| self.sample.offer(page));
        }
        Ok(())
    }

    /// Trains the model.
    ///
    /// # Errors
    /// If fewer than two labels were seen, or the data has a label that a base model without a sample does not know.
    pub fn finish(self) -> Result<(Model, Report)> {
        let (labels, order) = canonical(self.names.names())?;
        let mut features = self.features;
        let counts = self.counting.finish(&mut features).renumber(&order);
        // Room for many rows, of which no more come.
        drop(features);
        let total = counts.total();
        let estimates = estimator::linfa_tables(&total, labels.len())?;
        let mut report = Report::new(&labels, &total);
        let transitions = total.transitions.clone();
        // Of the size of a model; what follows needs most of the memory.
        drop(total);
        // What was fitted to other fusions says nothing of new ones.
        let calibration = self.kept.as_ref().and_then(|kept| kept.calibration.clone());
        let (fused, sample) = if let Some(kept) = self.kept {
            (kept.fused(&labels)?, Vec::new())
        } else {
            let pages = self.sample.finish(&order);
            report.sampled_rows = pages.iter().map(|page| page.document.len()).sum();
            report.sampled_pages = different_pages(&pages, &labels);
            let left_out = &self.options.views_left_out;
            let learned = Learned {
                labels: &labels,
                counts: &counts,
                transitions: &transitions,
                left_out,
                epochs: Epochs::over(report.sampled_rows),
            };
            let fused = learned.fuse(&pages);
            let stored = if self.options.keep_sample { sample::write(&pages, &labels) } else { Vec::new() };
            (fused, stored)
        };
        let policy = self.options.policy.unwrap_or_else(|| default_policy(&labels));
        policy.check(&labels)?;
        let card = Card {
            name: self.options.name,
            version: env!("CARGO_PKG_VERSION").into(),
            pages: report.pages,
            blocks: report.blocks.clone(),
        };
        let counts = if sample.is_empty() { counts.merged() } else { counts };
        let Fused { plain, markup, corrections, confusions } = fused;
        if let Some([of_plain, of_markup]) = confusions {
            let mut all = of_plain;
            all.add(&of_markup);
            (report.confusion, report.confusion_of_markup) = (Some(all), Some(of_markup));
        }
        let tables = std::array::from_fn(|view| estimates[view].plus(&corrections[view]));
        let model = Model::new(labels, card, policy, tables, plain, markup, &counts, &sample);
        let model = model.with_calibration(calibration);
        Ok((model, report))
    }
}

/// The fold of a group of pages.
fn fold_of(group: u64) -> usize {
    (crate::token::mix(group, 0xF01D) >> 32) as usize % FOLDS
}

/// A policy that makes sense for these labels: for others than ours, the gate waits for a wanted label to be named.
fn default_policy(labels: &Labels) -> Policy {
    let policy = Policy::default();
    if labels.find(&policy.wanted).is_some() { policy } else { Policy { wanted: String::new(), ..policy } }
}

/// The labels in the order of a model, whatever the order they were seen in: ours first, others by name. With the
/// new number of each old one.
fn canonical(seen: &[String]) -> Result<(Labels, Vec<usize>)> {
    let rank =
        |name: &str| ["news", "listicle", BOILERPLATE].iter().position(|known| *known == name).unwrap_or(3);
    let mut names = seen.to_vec();
    names.sort_by(|one, other| rank(one).cmp(&rank(other)).then_with(|| one.cmp(other)));
    let order = seen.iter().map(|name| names.iter().position(|known| known == name).unwrap_or(0)).collect();
    Ok((Labels::new(names)?, order))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labelled::CsvPages;

    #[test]
    fn a_view_left_out_has_no_say() {
        let options = Options { views_left_out: vec![View::Pairs], ..Options::default() };
        let mut trainer = Trainer::new(options);
        let csv = "label,text\n".to_string() + &"spam,Buy cheap pills now\nham,See you at lunch\n".repeat(30);
        let mut pages = CsvPages::new(csv.as_bytes()).unwrap();
        while let Some(page) = pages.next_page(trainer.names()).unwrap() {
            trainer.add(&page);
        }
        let (model, _) = trainer.finish().unwrap();
        let speaks = |view: View| model.tables[view.index()].weights().any(|weight| weight != 0);
        assert!(speaks(View::Words) && !speaks(View::Pairs));
    }
}

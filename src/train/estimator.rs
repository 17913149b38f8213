//! The estimator: feature counts to naive Bayes log-probabilities, by linfa-bayes.
//!
//! Comes in: exact counts of a view. Goes out: a fitted [`MultinomialNb`] and a [`Table`] frozen from it.
//!
//! `MultinomialNb::fit` wants one dense row a block and prints the model to standard error (linfa-bayes 0.8.1). Counts
//! are sums, so the model is built from its serialised form instead, which holds exactly what `fit` would have
//! computed from all rows.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use linfa_bayes::MultinomialNb;
use ndarray::Array1;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::vocabulary::Vocabulary;
use crate::error::{Error, ErrorKind, Result};
use crate::features::{VIEWS, View};
use crate::label::MAX_LABELS;
use crate::model::{Counts, FOLDS, Fold, Table};
use crate::token::{hash_bytes, mix};

/// Lidstone smoothing: what is added to every count. Hashed vocabularies are large and mostly empty, so less than the
/// usual 1. Set by judgement: other values have not been measured.
const SMOOTHING: f64 = 0.3;

/// The serialised form of a `MultinomialNb`.
#[derive(Serialize, Deserialize)]
struct Form {
    class_info: HashMap<usize, ClassForm>,
}

#[derive(Serialize, Deserialize)]
struct ClassForm {
    class_count: usize,
    prior: f64,
    feature_count: Array1<f64>,
    feature_log_prob: Array1<f64>,
}

/// Log-probability of every slot of a view under one label: `ln((count + a) / (total + a * slots))`, the multinomial
/// model's estimate with Lidstone smoothing (Manning, Raghavan and Schütze 2008, section 13.2).
/// `counts` may be those of some of the view's `slots` only; `total` is the sum over all of them.
fn log_probabilities(counts: &[u32], total: u64, slots: usize) -> Vec<f64> {
    let log_total = libm::log(total as f64 + SMOOTHING * slots as f64);
    // Most slots of a hashed vocabulary hold one of a few small counts: their logarithms are taken once.
    let small: Vec<f64> = (0..64).map(|count| libm::log(f64::from(count) + SMOOTHING) - log_total).collect();
    let of = |count: &u32| match small.get(*count as usize) {
        Some(known) => *known,
        None => libm::log(f64::from(*count) + SMOOTHING) - log_total,
    };
    counts.iter().map(of).collect()
}

fn sum(counts: &[u32]) -> u64 {
    counts.iter().map(|count| u64::from(*count)).sum()
}

/// The naive Bayes model of some slots of a view, as linfa fits it.
///
/// # Errors
/// If linfa's serialised form is no longer the one above.
fn estimate(known: &Known, slots: &[CountsOfSlot]) -> Result<MultinomialNb<f64, usize>> {
    let blocks: u64 = known.blocks.iter().sum();
    let class = |label: usize| {
        let counts: Vec<u32> = slots.iter().map(|counts| counts[label]).collect();
        ClassForm {
            class_count: known.blocks[label] as usize,
            prior: known.blocks[label] as f64 / blocks as f64,
            feature_count: counts.iter().map(|count| f64::from(*count)).collect(),
            feature_log_prob: Array1::from(log_probabilities(&counts, known.totals[label], known.slots)),
        }
    };
    let form = Form { class_info: (0..known.blocks.len()).map(|label| (label, class(label))).collect() };
    moved(&form).map_err(|error| {
        Error::new(ErrorKind::Model, format!("linfa-bayes does not take these counts: {error}"))
    })
}

/// How often a slot was counted for each label.
type CountsOfSlot = [u32; MAX_LABELS];

/// What the estimate of a slot hangs on besides its own counts.
struct Known<'a> {
    /// Blocks of each label.
    blocks: &'a [u64],
    /// The sums of all counts of each label.
    totals: Vec<u64>,
    /// Slots of the view.
    slots: usize,
}

impl<'a> Known<'a> {
    fn of(fold: &'a Fold, view: View, labels: usize) -> Self {
        let totals = (0..labels).map(|label| sum(fold.features(view, label))).collect();
        Self { blocks: &fold.blocks[..labels], totals, slots: view.slots() }
    }
}

/// Moves a value to another type of the same serialised form.
fn moved<A: Serialize, B: DeserializeOwned>(value: &A) -> postcard::Result<B> {
    postcard::from_bytes(&postcard::to_stdvec(value)?)
}

/// The counts of a view as far as a sample needs them: of the slots in its vocabulary, by fold and label.
pub(super) struct SampleCounts {
    of_folds: [Vec<LabelCounts>; FOLDS],
    labels: usize,
    /// Slots of the vocabulary, and of the view.
    slots: usize,
    view_slots: usize,
}

/// What was counted for one label.
struct LabelCounts {
    /// The sum over all slots of the view.
    total: u64,
    /// One a slot of the vocabulary.
    counts: Vec<u32>,
}

impl SampleCounts {
    pub fn of(counts: &Counts, view: View, labels: usize, vocabulary: &Vocabulary) -> Self {
        let of_label = |fold: usize, label: usize| {
            let all = counts.fold(fold).features(view, label);
            let count = |slot: &u32| all.get(*slot as usize).copied().unwrap_or(0);
            LabelCounts { total: sum(all), counts: vocabulary.slots().iter().map(count).collect() }
        };
        let of_folds = std::array::from_fn(|fold| (0..labels).map(|label| of_label(fold, label)).collect());
        Self { of_folds, labels, slots: vocabulary.slots().len(), view_slots: view.slots() }
    }

    /// Freezes a table straight from the counts of all folds but one: for models that live only during training.
    pub fn table_without(&self, left_out: usize) -> Table {
        let of_label = |label: usize| {
            let (mut sums, mut total) = (vec![0_u32; self.slots], 0);
            let others = self.of_folds.iter().enumerate().filter(|(fold, _)| *fold != left_out);
            for LabelCounts { total: of_fold, counts } in others.map(|(_, of_labels)| &of_labels[label]) {
                total += of_fold;
                sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum = sum.saturating_add(*count));
            }
            log_probabilities(&sums, total, self.view_slots)
        };
        let rows: Vec<Vec<f64>> = (0..self.labels).map(of_label).collect();
        Table::freeze(self.labels, self.slots, |label, slot| rows[label][slot])
    }
}

/// Freezes the tables of all views from linfa's estimates.
///
/// # Errors
/// As [`estimate`].
pub(super) fn linfa_tables(fold: &Fold, labels: usize) -> Result<[Table; VIEWS]> {
    let tables: Vec<Table> =
        View::ALL.into_iter().map(|view| linfa_table(fold, view, labels)).collect::<Result<_>>()?;
    Ok(tables.try_into().expect("one table was made for every view"))
}

/// Slots that linfa estimates at once. Its model of a whole view takes megabytes, and is copied several times; what it says
/// of a slot does not depend on the others but for their sum.
const PIECE: usize = 4096;

/// Freezes the table of `view` from linfa's estimates.
///
/// # Errors
/// As [`estimate`].
fn linfa_table(fold: &Fold, view: View, labels: usize) -> Result<Table> {
    if (0..labels).all(|label| fold.features(view, label).is_empty()) {
        // Nothing is known of any slot, and so nothing is said.
        return Ok(Table::empty(labels, view.slots()));
    }
    let known = Known::of(fold, view, labels);
    let Distinct { counts, of_slot } = Distinct::of(fold, view, labels);
    let mut table = Table::empty(labels, 0);
    for piece in counts.chunks(PIECE) {
        let form: Form = moved(&estimate(&known, piece)?).map_err(|error| {
            Error::new(ErrorKind::Model, format!("linfa-bayes gives no estimate: {error}"))
        })?;
        let rows: [Option<&Array1<f64>>; MAX_LABELS] =
            std::array::from_fn(|label| form.class_info.get(&label).map(|class| &class.feature_log_prob));
        let log = |label: usize, slot: usize| rows[label].map_or(0.0, |row| row[slot]);
        table.extend(&Table::freeze(labels, piece.len(), log));
    }
    Ok(table.rows_of(&of_slot))
}

/// The counts of a view's slots, each combination once: most slots were hardly ever counted, and of those whose counts are
/// equal so are the estimates.
struct Distinct {
    counts: Vec<CountsOfSlot>,
    /// For each slot the number of its combination.
    of_slot: Vec<u32>,
}

impl Distinct {
    fn of(fold: &Fold, view: View, labels: usize) -> Self {
        let mut numbers: HashMap<CountsOfSlot, u32, BuildHasherDefault<Mixer>> = HashMap::default();
        let mut distinct = Self { counts: Vec::new(), of_slot: Vec::with_capacity(view.slots()) };
        let of_labels: Vec<&[u32]> = (0..labels).map(|label| fold.features(view, label)).collect();
        // Many slots in a row were never counted: what is as before needs no search.
        let mut before = None;
        for slot in 0..view.slots() {
            let mut counts = [0; MAX_LABELS];
            for (count, of_label) in counts.iter_mut().zip(&of_labels) {
                *count = of_label.get(slot).copied().unwrap_or(0);
            }
            let number = match before {
                Some((known, number)) if known == counts => number,
                _ => *numbers.entry(counts).or_insert_with(|| {
                    distinct.counts.push(counts);
                    distinct.counts.len() as u32 - 1
                }),
            };
            distinct.of_slot.push(number);
            before = Some((counts, number));
        }
        distinct
    }
}

/// Hashes counts: nobody gains by making ours collide.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = mix(self.0, hash_bytes(bytes));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use linfa::dataset::DatasetBase;
    use linfa::traits::Fit;
    use linfa_bayes::{MultinomialNbParams, NaiveBayes};
    use ndarray::Array2;

    use super::*;

    /// Forty rows of a view, three labels, slots drawn by a fixed rule.
    fn rows(view: View) -> Vec<(usize, Vec<u32>)> {
        let slot =
            |row: u32, nth: u32| (row * 7919 + nth * nth * 104_729) % view.slots() as u32 % (40 + 3 * row);
        (0..40)
            .map(|row| ((row * 7 + row / 5) as usize % 3, (0..=row % 9).map(|nth| slot(row, nth)).collect()))
            .collect()
    }

    fn counted(view: View) -> Fold {
        let mut fold = Fold::default();
        for (label, slots) in rows(view) {
            fold.count(view, label, slots.into_iter().map(|slot| (slot, 1)));
            fold.blocks[label] += 1;
        }
        fold
    }

    fn dense(view: View) -> Array2<f64> {
        let rows = rows(view);
        let mut dense = Array2::zeros((rows.len(), view.slots()));
        for (row, (_, slots)) in rows.iter().enumerate() {
            slots.iter().for_each(|slot| dense[[row, *slot as usize]] += 1.0);
        }
        dense
    }

    /// The estimate of all slots, one by one.
    fn estimated(fold: &Fold, view: View) -> MultinomialNb<f64, usize> {
        let count = |slot: usize, label: usize| fold.features(view, label).get(slot).copied().unwrap_or(0);
        let of_slot = |slot| std::array::from_fn(|label| count(slot, label));
        let slots: Vec<CountsOfSlot> = (0..view.slots()).map(of_slot).collect();
        estimate(&Known::of(fold, view, 3), &slots).unwrap()
    }

    #[test]
    fn the_estimate_is_what_linfa_fits_on_all_rows() {
        let view = View::Container;
        let targets: Array1<usize> = rows(view).iter().map(|(label, _)| *label).collect();
        let fitted =
            MultinomialNbParams::new().alpha(SMOOTHING).fit(&DatasetBase::new(dense(view), targets)).unwrap();
        let ours = estimated(&counted(view), view);
        let (fitted, ours) =
            (fitted.joint_log_likelihood(dense(view).view()), ours.joint_log_likelihood(dense(view).view()));
        for label in 0..3 {
            for (one, other) in fitted[&label].iter().zip(&ours[&label]) {
                assert!((one - other).abs() < 1e-9, "{one} {other}");
            }
        }
    }

    #[test]
    fn sparse_sums_are_linfas_joint_log_likelihood() {
        let (view, fold) = (View::Container, counted(View::Container));
        let joint = estimated(&fold, view);
        let dense = dense(view);
        let joint = joint.joint_log_likelihood(dense.view());
        let total: u64 = fold.blocks.iter().sum();
        for label in 0..3 {
            let counts = fold.features(view, label);
            let logs = log_probabilities(counts, sum(counts), view.slots());
            let prior = (fold.blocks[label] as f64 / total as f64).ln();
            for (row, (_, slots)) in rows(view).iter().enumerate() {
                let ours = prior + slots.iter().map(|slot| logs[*slot as usize]).sum::<f64>();
                assert!((ours - joint[&label][row]).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn both_ways_to_a_table_agree() {
        let view = View::Place;
        let mut fold = counted(view);
        fold.set_features(view, 1, (0..view.slots() as u32).map(|slot| slot % 5000).collect());
        assert!(Distinct::of(&fold, view, 3).counts.len() > PIECE, "linfa estimates them in pieces");
        let mut counts = Counts::default();
        *counts.fold_mut(1) = fold.clone();
        counts.fold_mut(2).count(view, 0, [(5, 1), (900, 1)]);
        let all: Vec<u32> = (0..view.slots() as u32).collect();
        let of = |slots: &[u32]| {
            let vocabulary = Vocabulary::of(view, std::iter::once(slots));
            SampleCounts::of(&counts, view, 3, &vocabulary).table_without(2)
        };
        let by_linfa = linfa_table(&fold, view, 3).unwrap();
        assert_eq!(of(&all), by_linfa);
        let some = [3, 5, 900];
        assert_eq!(of(&some), by_linfa.rows_of(&some));
    }

    #[test]
    fn unseen_labels_are_even() {
        let logs = log_probabilities(&[0; 4], 0, 4);
        assert!(logs.iter().all(|log| (log - 0.25f64.ln()).abs() < 1e-12));
    }
}

//! The estimator: feature counts to naive Bayes log-probabilities, by linfa-bayes.
//!
//! Comes in: exact counts of a view. Goes out: a fitted [`MultinomialNb`] and a [`Table`] frozen from it.
//!
//! `MultinomialNb::fit` wants one dense row a block and prints the model to standard error (linfa-bayes 0.8.1). Counts
//! are sums, so the model is built from its serialised form instead, which holds exactly what `fit` would have
//! computed from all rows.

use std::collections::HashMap;
use std::ops::Range;

use linfa_bayes::MultinomialNb;
use ndarray::Array1;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::vocabulary::Vocabulary;
use crate::error::{Error, ErrorKind, Result};
use crate::features::{VIEWS, View};
use crate::label::MAX_LABELS;
use crate::model::{Counts, FOLDS, Fold, Table};

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

fn totals(fold: &Fold, view: View, labels: usize) -> Vec<u64> {
    (0..labels).map(|label| sum(fold.features(view, label))).collect()
}

fn sum(counts: &[u32]) -> u64 {
    counts.iter().map(|count| u64::from(*count)).sum()
}

/// The naive Bayes model of some slots of `view`, as linfa fits it; `totals` are the sums of all counts of each label.
///
/// # Errors
/// If linfa's serialised form is no longer the one above.
fn estimate(
    fold: &Fold,
    view: View,
    totals: &[u64],
    slots: &Range<usize>,
) -> Result<MultinomialNb<f64, usize>> {
    let labels = totals.len();
    let blocks: u64 = fold.blocks[..labels].iter().sum();
    let class = |label: usize| {
        let counts = fold.features(view, label);
        let zeros = vec![0; if counts.is_empty() { slots.len() } else { 0 }];
        let counts = counts.get(slots.clone()).unwrap_or(&zeros);
        let feature_count: Vec<f64> = counts.iter().map(|count| f64::from(*count)).collect();
        ClassForm {
            class_count: fold.blocks[label] as usize,
            prior: fold.blocks[label] as f64 / blocks as f64,
            feature_count: Array1::from(feature_count),
            feature_log_prob: Array1::from(log_probabilities(counts, totals[label], view.slots())),
        }
    };
    let form = Form { class_info: (0..labels).map(|label| (label, class(label))).collect() };
    moved(&form).map_err(|error| {
        Error::new(ErrorKind::Model, format!("linfa-bayes does not take these counts: {error}"))
    })
}

/// Moves a value to another type of the same serialised form.
fn moved<A: Serialize, B: DeserializeOwned>(value: &A) -> postcard::Result<B> {
    postcard::from_bytes(&postcard::to_stdvec(value)?)
}

/// Freezes a table of the slots in `vocabulary` straight from the counts of all folds but one: for models that live only
/// during training.
pub(super) fn table_without(
    left_out: usize,
    counts: &Counts,
    view: View,
    labels: usize,
    vocabulary: &Vocabulary,
) -> Table {
    let of_label = |label: usize| {
        let (mut sums, mut total) = (vec![0_u32; vocabulary.slots().len()], 0);
        for fold in (0..FOLDS).filter(|fold| *fold != left_out) {
            let counts = counts.fold(fold).features(view, label);
            total += sum(counts);
            if !counts.is_empty() {
                let used = vocabulary.slots().iter().map(|slot| counts[*slot as usize]);
                sums.iter_mut().zip(used).for_each(|(sum, count)| *sum = sum.saturating_add(count));
            }
        }
        log_probabilities(&sums, total, view.slots())
    };
    let rows: Vec<Vec<f64>> = (0..labels).map(of_label).collect();
    Table::freeze(labels, vocabulary.slots().len(), |label, slot| rows[label][slot])
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
    let totals = totals(fold, view, labels);
    let mut table = Table::empty(labels, 0);
    for start in (0..view.slots()).step_by(PIECE) {
        let slots = start..view.slots().min(start + PIECE);
        let form: Form = moved(&estimate(fold, view, &totals, &slots)?).map_err(|error| {
            Error::new(ErrorKind::Model, format!("linfa-bayes gives no estimate: {error}"))
        })?;
        let rows: [Option<&Array1<f64>>; MAX_LABELS] =
            std::array::from_fn(|label| form.class_info.get(&label).map(|class| &class.feature_log_prob));
        let log = |label: usize, slot: usize| rows[label].map_or(0.0, |row| row[slot]);
        table.extend(&Table::freeze(labels, slots.len(), log));
    }
    Ok(table)
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
            fold.count(view, label, &slots);
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

    #[test]
    fn the_estimate_is_what_linfa_fits_on_all_rows() {
        let view = View::Container;
        let targets: Array1<usize> = rows(view).iter().map(|(label, _)| *label).collect();
        let fitted =
            MultinomialNbParams::new().alpha(SMOOTHING).fit(&DatasetBase::new(dense(view), targets)).unwrap();
        let fold = counted(view);
        let ours = estimate(&fold, view, &totals(&fold, view, 3), &(0..view.slots())).unwrap();
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
        let joint = estimate(&fold, view, &totals(&fold, view, 3), &(0..view.slots())).unwrap();
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
        assert!(view.slots() > PIECE, "linfa estimates it in pieces");
        let mut counts = Counts::default();
        *counts.fold_mut(1) = counted(view);
        counts.fold_mut(2).count(view, 0, &[5, 900]);
        let all: Vec<u32> = (0..view.slots() as u32).collect();
        let of =
            |slots: &[u32]| table_without(2, &counts, view, 3, &Vocabulary::of(view, std::iter::once(slots)));
        let by_linfa = linfa_table(&counted(view), view, 3).unwrap();
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

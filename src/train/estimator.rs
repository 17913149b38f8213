//! The estimator: feature counts to naive Bayes log-probabilities, by linfa-bayes.
//!
//! Comes in: exact counts of a view. Goes out: a fitted [`MultinomialNb`] and a [`Table`] frozen from it.
//!
//! `MultinomialNb::fit` wants one dense row a block and prints the model to standard error (linfa-bayes 0.8.1). Counts
//! are sums, so the model is built from its serialised form instead, which holds exactly what `fit` would have
//! computed from all rows.

use std::collections::HashMap;

use linfa_bayes::MultinomialNb;
use ndarray::Array1;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::features::{VIEWS, View};
use crate::label::MAX_LABELS;
use crate::model::{Fold, Table};

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
fn log_probabilities(counts: &[u32], slots: usize) -> Vec<f64> {
    let total = counts.iter().map(|count| f64::from(*count)).sum::<f64>() + SMOOTHING * slots as f64;
    let log_total = libm::log(total);
    let unseen = libm::log(SMOOTHING) - log_total;
    if counts.is_empty() {
        return vec![unseen; slots];
    }
    // Most slots of a hashed vocabulary hold one of a few small counts: their logarithms are taken once.
    let small: Vec<f64> = (0..64).map(|count| libm::log(f64::from(count) + SMOOTHING) - log_total).collect();
    let of = |count: &u32| match small.get(*count as usize) {
        Some(known) => *known,
        None => libm::log(f64::from(*count) + SMOOTHING) - log_total,
    };
    counts.iter().map(of).collect()
}

/// The naive Bayes model of `view`, as linfa fits it.
///
/// # Errors
/// If linfa's serialised form is no longer the one above.
fn estimate(fold: &Fold, view: View, labels: usize) -> Result<MultinomialNb<f64, usize>> {
    let blocks: u64 = fold.blocks[..labels].iter().sum();
    let class = |label: usize| {
        let mut counts: Vec<f64> = fold.features(view, label).iter().map(|count| f64::from(*count)).collect();
        counts.resize(view.slots(), 0.0);
        ClassForm {
            class_count: fold.blocks[label] as usize,
            prior: fold.blocks[label] as f64 / blocks as f64,
            feature_count: Array1::from(counts),
            feature_log_prob: Array1::from(log_probabilities(fold.features(view, label), view.slots())),
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

/// Freezes a table straight from the counts of each label in so many slots: for models that live only during training.
pub(super) fn table(counts: &[Vec<u32>], slots: usize) -> Table {
    let rows: Vec<Vec<f64>> = counts.iter().map(|counts| log_probabilities(counts, slots)).collect();
    Table::freeze(counts.len(), slots, |label, slot| rows[label][slot])
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

/// Freezes the table of `view` from linfa's estimate.
///
/// # Errors
/// As [`estimate`].
fn linfa_table(fold: &Fold, view: View, labels: usize) -> Result<Table> {
    let form: Form = moved(&estimate(fold, view, labels)?)
        .map_err(|error| Error::new(ErrorKind::Model, format!("linfa-bayes gives no estimate: {error}")))?;
    let rows: [Option<&Array1<f64>>; MAX_LABELS] =
        std::array::from_fn(|label| form.class_info.get(&label).map(|class| &class.feature_log_prob));
    Ok(Table::freeze(labels, view.slots(), |label, slot| rows[label].map_or(0.0, |row| row[slot])))
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
        let ours = estimate(&counted(view), view, 3).unwrap();
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
        let joint = estimate(&fold, view, 3).unwrap();
        let dense = dense(view);
        let joint = joint.joint_log_likelihood(dense.view());
        let total: u64 = fold.blocks.iter().sum();
        for label in 0..3 {
            let logs = log_probabilities(fold.features(view, label), view.slots());
            let prior = (fold.blocks[label] as f64 / total as f64).ln();
            for (row, (_, slots)) in rows(view).iter().enumerate() {
                let ours = prior + slots.iter().map(|slot| logs[*slot as usize]).sum::<f64>();
                assert!((ours - joint[&label][row]).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn both_ways_to_a_table_agree() {
        let fold = counted(View::Container);
        let counts = [0, 1, 2].map(|label| fold.features(View::Container, label).to_vec());
        let straight = table(&counts, View::Container.slots());
        assert_eq!(linfa_table(&fold, View::Container, 3).unwrap(), straight);
    }

    #[test]
    fn unseen_labels_are_even() {
        let logs = log_probabilities(&[], 4);
        assert!(logs.iter().all(|log| (log - 0.25f64.ln()).abs() < 1e-12));
    }
}

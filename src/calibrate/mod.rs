//! Calibration: probabilities that are true as often as they say, and thresholds that cost what they are meant to.
//!
//! Comes in: labelled pages and what a model says of them, as [`Observation`]s. Goes out: a [`Calibration`] to store in
//! the model, and a [`Policy`](crate::Policy) for a [`Goal`] with what it costs.

mod isotonic;
mod observation;
mod thresholds;

use crate::evaluate::Reliability;
use crate::model::{Calibration, FORMS, FormCalibration};
use isotonic::rise;
pub use observation::{Observation, PageObservation};
pub use thresholds::{Goal, Verdicts, choose, precision_and_recall, verdicts};

/// With fewer pages of a form than this its page probabilities stay as they are.
const FEWEST_PAGES: usize = 50;

/// The least and the most that a temperature can be.
const TEMPERATURES: std::ops::Range<f32> = 0.2..5.0;

/// Steps of the search for a temperature; each leaves 62 % of the range.
const STEPS: usize = 40;

/// Fits the calibration of a model that has no calibration yet, and has not been trained on the observed pages. Forms
/// of pages of which too few were observed stay as they are.
pub fn fit<'o>(observations: impl IntoIterator<Item = &'o Observation>, labels: usize) -> Calibration {
    let observations: Vec<&Observation> = observations.into_iter().collect();
    let form = |form: usize| {
        let of_form = || observations.iter().filter(move |page| page.form == form);
        let of_label = |label: usize| {
            let blocks = of_form().flat_map(|page| &page.blocks);
            rise(blocks.filter(|block| block.0.index() == label).map(|block| (block.1, block.2)).collect())
        };
        let pages: Vec<&PageObservation> = of_form().filter_map(|page| page.page.as_ref()).collect();
        FormCalibration { temperature: temperature(&pages), blocks: (0..labels).map(of_label).collect() }
    };
    Calibration { forms: std::array::from_fn::<_, FORMS, _>(form) }
}

/// The temperature under which the true labels are most probable.
fn temperature(pages: &[&PageObservation]) -> f32 {
    if pages.len() < FEWEST_PAGES {
        return 1.0;
    }
    let loss = |logarithm: f32| -> f64 {
        let form = FormCalibration { temperature: libm::expf(logarithm), blocks: Vec::new() };
        let surprise = |page: &&PageObservation| {
            let mut probabilities = page.probabilities.clone();
            form.calibrate_page(&mut probabilities);
            -libm::log(f64::from(probabilities[page.truth.index()].max(1e-6)))
        };
        pages.iter().map(surprise).sum()
    };
    // Golden-section search: the loss has one minimum.
    let golden = 0.618_034;
    let (mut low, mut high) = (libm::logf(TEMPERATURES.start), libm::logf(TEMPERATURES.end));
    for _ in 0..STEPS {
        let (one, other) = (high - golden * (high - low), low + golden * (high - low));
        if loss(one) <= loss(other) { high = other } else { low = one }
    }
    libm::expf(f32::midpoint(low, high))
}

/// How reliable probabilities are, of blocks and of pages, after `calibration` if there is one.
pub fn reliability<'o>(
    observations: impl IntoIterator<Item = &'o Observation>,
    calibration: Option<&Calibration>,
) -> [Reliability; 2] {
    let [mut of_blocks, mut of_pages] = [Reliability::default(); 2];
    for page in observations {
        let form = calibration.map(|calibration| &calibration.forms[page.form]);
        for (label, probability, is_right) in &page.blocks {
            let curve = form.map(|form| &form.blocks[label.index()]);
            of_blocks.count(curve.map_or(*probability, |curve| curve.at(*probability)), *is_right);
        }
        if let Some(page) = &page.page {
            let mut probabilities = page.probabilities.clone();
            if let Some(form) = form {
                form.calibrate_page(&mut probabilities);
            }
            of_pages.count(probabilities[page.label.index()], page.label == page.truth);
        }
    }
    [of_blocks, of_pages]
}

/// How reliable calibrated probabilities are on pages that the calibration was not fitted to: it is fitted on either
/// half of the sites and applied to the other.
pub fn held_out_reliability(observations: &[Observation], labels: usize) -> [Reliability; 2] {
    let mut sums = [Reliability::default(); 2];
    for half in 0..2 {
        let of_half = |is_in: bool| observations.iter().filter(move |page| (page.half == half) == is_in);
        let calibration = fit(of_half(false), labels);
        for (sum, part) in sums.iter_mut().zip(reliability(of_half(true), Some(&calibration))) {
            sum.add(&part, 1.0);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Label;

    /// Pages of markup that say 0.9 where 7 of 10 are right, of blocks and of pages.
    fn boastful(count: usize) -> Vec<Observation> {
        let labels = [Label::new(0), Label::new(1)];
        let page = |number: usize| {
            let is_right = number % 10 < 7;
            let truth = labels[usize::from(!is_right)];
            let page = PageObservation {
                probabilities: vec![0.9, 0.1],
                words: vec![10, 0],
                label: labels[0],
                truth,
            };
            let blocks = vec![(labels[0], 0.9, is_right); 5];
            Observation { form: 2, half: number / 10 % 2, blocks, page: Some(page) }
        };
        (0..count).map(page).collect()
    }

    #[test]
    fn calibrated_probabilities_are_true_as_often_as_they_say() {
        let pages = boastful(400);
        for before in reliability(&pages, None) {
            assert!((before.error() - 0.2).abs() < 1e-3, "{before:?}");
        }
        let calibration = fit(&pages, 2);
        for after in reliability(&pages, Some(&calibration)).iter().chain(&held_out_reliability(&pages, 2)) {
            assert!(after.error() < 0.01, "{after:?}");
        }
        assert!(calibration.forms[2].temperature > 2.0);
        // Nothing was seen of other forms.
        assert_eq!(calibration.forms[1], FormCalibration::none(2));
    }

    #[test]
    fn few_pages_change_nothing() {
        assert_eq!(fit(&boastful(9), 2).forms[2], FormCalibration::none(2));
    }
}

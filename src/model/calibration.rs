//! Calibration: what a probability must read so that it is true as often as it says.
//!
//! Comes in: probabilities of a classified page. Goes out: the calibrated ones. No label changes by it: blocks keep their
//! label, whose probability is mapped by a rising curve (isotonic regression), and the probabilities of a page are
//! divided by a temperature in their logarithms, which keeps their order.

use crate::document::Document;
use crate::fusion::PerLabel;
use crate::label::Label;

/// The forms of pages, which are sure of themselves in different ways: a page of one block, plain text, markup.
pub(crate) const FORMS: usize = 3;

/// How the probabilities of pages of every form are calibrated.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    pub(crate) forms: [FormCalibration; FORMS],
}

/// How the probabilities of pages of one form are calibrated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FormCalibration {
    /// Divides the logarithms of a page's probabilities: above 1 they were too sure.
    pub temperature: f32,
    /// For each label what the probability of a block that has it becomes.
    pub blocks: Vec<Rise>,
}

/// A rising curve through points, straight between them and constant beyond; without points it changes nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Rise(pub Vec<(f32, f32)>);

/// The index of the form of a page.
pub(crate) fn form_of(document: &Document) -> usize {
    match (document.len(), document.has_markup()) {
        (0 | 1, _) => 0,
        (_, false) => 1,
        (_, true) => 2,
    }
}

impl Calibration {
    /// How pages such as `document` are calibrated.
    pub(crate) fn of(&self, document: &Document) -> &FormCalibration {
        &self.forms[form_of(document)]
    }
}

impl FormCalibration {
    /// Nothing changes.
    pub fn none(labels: usize) -> Self {
        Self { temperature: 1.0, blocks: vec![Rise::default(); labels] }
    }

    /// Calibrates the probability of the label that each block has.
    pub fn calibrate_blocks(&self, labels: &[Label], probabilities: &mut [PerLabel]) {
        for (label, probabilities) in labels.iter().zip(probabilities) {
            let own = &mut probabilities[label.index()];
            *own = self.blocks[label.index()].at(*own);
        }
    }

    /// Calibrates the probabilities of a page's labels.
    pub fn calibrate_page(&self, probabilities: &mut [f32]) {
        if self.temperature == 1.0 {
            return;
        }
        let most = probabilities.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        for probability in &mut *probabilities {
            *probability = libm::powf(*probability / most, 1.0 / self.temperature);
        }
        let sum: f32 = probabilities.iter().sum();
        probabilities.iter_mut().for_each(|probability| *probability /= sum);
    }
}

impl Rise {
    /// The value of the curve at `input`.
    pub fn at(&self, input: f32) -> f32 {
        let points = &self.0;
        let after = points.partition_point(|(at, _)| *at <= input);
        match (after.checked_sub(1).map(|before| points[before]), points.get(after)) {
            (None, None) => input,
            (Some((_, value)), None) | (None, Some(&(_, value))) => value,
            (Some((low, from)), Some(&(high, to))) => from + (to - from) * (input - low) / (high - low),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_go_through_their_points() {
        let rise = Rise(vec![(0.25, 0.5), (0.75, 0.75)]);
        assert_eq!([0.0, 0.25, 0.5, 0.75, 1.0].map(|input| rise.at(input)), [0.5, 0.5, 0.625, 0.75, 0.75]);
        assert_eq!(Rise::default().at(0.3), 0.3);
    }

    #[test]
    fn temperatures_keep_the_order_and_the_sum() {
        let mut soft = [0.7, 0.2, 0.1, 0.0];
        FormCalibration { temperature: 2.0, blocks: Vec::new() }.calibrate_page(&mut soft);
        assert!((soft.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(soft[0] < 0.6 && soft[0] > soft[1] && soft[1] > soft[2] && soft[3] == 0.0, "{soft:?}");
        let mut hard = soft;
        FormCalibration { temperature: 0.5, blocks: Vec::new() }.calibrate_page(&mut hard);
        assert!((hard[0] - 0.7).abs() < 1e-5, "{hard:?}");
    }
}

//! Reliability: whether things said with a probability of 70 % are true 70 % of the time.
//!
//! Comes in: probabilities of predictions and whether they were right. Goes out: bins of them, and the expected
//! calibration error (Naeini et al., AAAI 2015).

/// How many bins of equal width there are between 0 and 1.
pub const BINS: usize = 15;

/// Predictions by how sure they were.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reliability {
    bins: [Bin; BINS],
}

/// Predictions of nearly the same probability.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bin {
    /// How many there are.
    pub count: f64,
    /// The sum of their probabilities.
    pub probability: f64,
    /// How many were right.
    pub right: f64,
}

impl Reliability {
    /// Counts a prediction made with a probability of 0 to 1.
    pub fn count(&mut self, probability: f32, is_right: bool) {
        let bin = &mut self.bins[((probability * BINS as f32) as usize).min(BINS - 1)];
        bin.count += 1.0;
        bin.probability += f64::from(probability);
        bin.right += f64::from(u8::from(is_right));
    }

    /// Adds predictions counted elsewhere, each as often as `times` says.
    pub fn add(&mut self, other: &Self, times: f64) {
        for (bin, other) in self.bins.iter_mut().zip(&other.bins) {
            bin.count += times * other.count;
            bin.probability += times * other.probability;
            bin.right += times * other.right;
        }
    }

    /// The bins, from improbable to probable.
    pub fn bins(&self) -> &[Bin; BINS] {
        &self.bins
    }

    /// How many predictions were counted.
    pub fn total(&self) -> f64 {
        self.bins.iter().map(|bin| bin.count).sum()
    }

    /// The expected calibration error: how far the mean probability of a bin is from the share that was right, as a mean
    /// over predictions. 0 without any.
    pub fn error(&self) -> f64 {
        let gaps: f64 = self.bins.iter().map(|bin| (bin.probability - bin.right).abs()).sum();
        if self.total() > 0.0 { gaps / self.total() } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_the_mean_gap() {
        let mut reliability = Reliability::default();
        // In one bin: said 0.9, true half of the time. In the last: said 1, true.
        for is_right in [true, false] {
            reliability.count(0.9, is_right);
        }
        reliability.count(1.0, true);
        reliability.count(1.0, true);
        assert!((reliability.error() - 0.2).abs() < 1e-6, "{}", reliability.error());
        let mut twice = Reliability::default();
        twice.add(&reliability, 2.0);
        assert_eq!((twice.total(), twice.error()), (8.0, reliability.error()));
        assert_eq!(Reliability::default().error(), 0.0);
    }
}

//! Isotonic regression: the rising curve closest to what was observed.
//!
//! Comes in: probabilities and whether they came true. Goes out: a [`Rise`]. Observations are put into narrow bins of
//! log-odds first, and bins that would make the curve fall are pooled (Ayer et al. 1955; Zadrozny and Elkan, KDD 2002).

use crate::model::Rise;

/// With fewer observations than this the curve changes nothing.
const FEWEST: usize = 200;
/// Observations of a bin; one with fewer is joined to the next.
const FEWEST_IN_BIN: f64 = 50.0;
/// Bins of a unit of log-odds.
const BINS_PER_UNIT: f32 = 2.0;
/// The log-odds that bins lie between.
const LOG_ODDS: std::ops::Range<f32> = -5.0..10.0;

/// Observations of like probability.
#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    count: f64,
    probability: f64,
    right: f64,
}

impl Bin {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.probability += other.probability;
        self.right += other.right;
    }

    fn share(self) -> f64 {
        self.right / self.count
    }
}

/// The curve from probabilities to how often they came true.
pub(super) fn rise(observed: Vec<(f32, bool)>) -> Rise {
    if observed.len() < FEWEST {
        return Rise::default();
    }
    let count = ((LOG_ODDS.end - LOG_ODDS.start) * BINS_PER_UNIT) as usize;
    let mut bins = vec![Bin::default(); count];
    for (probability, is_right) in observed {
        let odds = libm::logf(probability.max(1e-6) / (1.0 - probability).max(1e-6));
        let index = ((odds - LOG_ODDS.start).max(0.0) * BINS_PER_UNIT) as usize;
        let right = f64::from(u8::from(is_right));
        bins[index.min(count - 1)].add(Bin { count: 1.0, probability: f64::from(probability), right });
    }
    let points = pooled(joined(bins)).into_iter();
    let points = points.map(|bin| ((bin.probability / bin.count) as f32, bin.share() as f32));
    let mut curve: Vec<(f32, f32)> = Vec::new();
    // Means of neighbouring bins can be equal only where single precision ends.
    points.for_each(|point| {
        if curve.last().is_none_or(|last| last.0 < point.0) {
            curve.push(point);
        }
    });
    Rise(curve)
}

/// Bins with enough observations each.
fn joined(bins: Vec<Bin>) -> Vec<Bin> {
    let mut joined: Vec<Bin> = Vec::new();
    for bin in bins.into_iter().filter(|bin| bin.count > 0.0) {
        match joined.last_mut() {
            Some(last) if last.count < FEWEST_IN_BIN => last.add(bin),
            _ => joined.push(bin),
        }
    }
    // The last one may have too few, with none after it.
    if let Some(last) = joined.pop_if(|last| last.count < FEWEST_IN_BIN) {
        match joined.last_mut() {
            Some(before) => before.add(last),
            None => joined.push(last),
        }
    }
    joined
}

/// Bins whose shares rise.
fn pooled(bins: Vec<Bin>) -> Vec<Bin> {
    let mut pooled: Vec<Bin> = Vec::new();
    for mut bin in bins {
        while let Some(before) = pooled.pop_if(|before| before.share() >= bin.share()) {
            bin.add(before);
        }
        pooled.push(bin);
    }
    pooled
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `count` observations of one probability, of which a share in tenths came true.
    fn observed(probability: f32, count: usize, tenths: usize) -> impl Iterator<Item = (f32, bool)> {
        (0..count).map(move |number| (probability, number % 10 < tenths))
    }

    #[test]
    fn the_curve_goes_through_what_was_observed() {
        let rise =
            rise(observed(0.3, 100, 1).chain(observed(0.6, 100, 5)).chain(observed(0.9, 100, 8)).collect());
        for (probability, expected) in [(0.3, 0.1), (0.6, 0.5), (0.9, 0.8), (0.75, 0.65)] {
            assert!((rise.at(probability) - expected).abs() < 1e-5, "{rise:?}");
        }
    }

    #[test]
    fn what_would_fall_is_pooled() {
        let rise =
            rise(observed(0.3, 100, 6).chain(observed(0.6, 100, 4)).chain(observed(0.9, 100, 8)).collect());
        assert_eq!(rise.0.len(), 2);
        assert!((rise.at(0.45) - 0.5).abs() < 1e-5, "{rise:?}");
    }

    #[test]
    fn bins_with_few_observations_are_joined() {
        let rise =
            rise(observed(0.3, 10, 5).chain(observed(0.6, 200, 5)).chain(observed(0.99, 10, 10)).collect());
        assert_eq!(rise.0.len(), 1, "{rise:?}");
    }

    #[test]
    fn little_is_learned_from_little() {
        assert_eq!(rise(observed(0.3, 100, 1).collect()), Rise::default());
    }
}

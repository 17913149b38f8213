//! The bootstrap: how far figures would move on other pages of the same kind.
//!
//! Comes in: a number of pages and what to compute from a draw of them. Goes out: values for many draws, and the
//! interval that holds 95 % of them (Efron 1979). The draws depend on nothing but the number of pages.

use std::ops::Range;

/// How many draws are made.
pub const DRAWS: usize = 1_000;

/// The seed of all draws.
const SEED: u64 = 0x5EED;

/// What is left out of an interval on either side.
const TAIL: f64 = 0.025;

/// How often each of `pages` pages is drawn, for every one of [`DRAWS`] draws with replacement.
pub fn draws(pages: usize) -> impl Iterator<Item = Vec<f64>> {
    let mut random = SplitMix(SEED);
    (0..DRAWS).map(move |_| {
        let mut times = vec![0.0; pages];
        (0..pages).for_each(|_| times[random.below(pages)] += 1.0);
        times
    })
}

/// The range that holds 95 % of `values`; none without values.
pub fn interval(mut values: Vec<f64>) -> Option<Range<f64>> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let cut = (last as f64 * TAIL).round() as usize;
    Some(values[cut]..values[last - cut])
}

/// Random numbers that are the same everywhere (Steele, Lea and Flood, OOPSLA 2014).
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, all of them as probable as makes no difference.
    fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_of_the_size_of_the_data_and_repeatable() {
        let first: Vec<_> = draws(7).collect();
        assert_eq!(first.len(), DRAWS);
        assert!(first.iter().all(|times| times.iter().sum::<f64>() == 7.0));
        assert_ne!(first[0], first[1]);
        assert_eq!(first, draws(7).collect::<Vec<_>>());
    }

    #[test]
    fn the_interval_of_a_mean_is_as_wide_as_theory_says() {
        // Half of 400 values are 1: the mean's standard error is 0.025, the interval 1.96 times that to either side.
        let means: Vec<f64> = draws(400).map(|times| times[..200].iter().sum::<f64>() / 400.0).collect();
        let interval = interval(means).unwrap();
        assert!((interval.start - 0.451).abs() < 0.006, "{interval:?}");
        assert!((interval.end - 0.549).abs() < 0.006, "{interval:?}");
    }

    #[test]
    fn no_values_have_no_interval() {
        assert_eq!(interval(Vec::new()), None);
        assert_eq!(draws(0).next(), Some(Vec::new()));
    }
}

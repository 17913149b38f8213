//! Overlap: how much of a text was found, by runs of four words.
//!
//! Comes in: a gold text and a found one. Goes out: counts from which precision and recall follow. The measure is that
//! of the article extraction benchmark: word shingles with repetition, case kept.

use std::collections::HashMap;

use crate::token::{hash_bytes, mix};

/// Words of a run.
const SHINGLE_WORDS: usize = 4;

/// Shingles of a gold text and of a found one, and how many they share; a shingle that stands in a text twice counts
/// twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// Those in both.
    pub shared: u64,
    /// Those found.
    pub found: u64,
    /// Those in the gold text.
    pub gold: u64,
}

/// Runs of letters, digits and `_`, in any script.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !(sign.is_alphanumeric() || sign == '_')).filter(|word| !word.is_empty())
}

/// How often each run of four words stands in `text`; a text of fewer words is one run.
fn shingles(text: &str) -> HashMap<u64, u64> {
    let hashes: Vec<u64> = words(text).map(|word| hash_bytes(word.as_bytes())).collect();
    let mut counts = HashMap::new();
    let mut count = |run: &[u64]| *counts.entry(run.iter().copied().fold(0, mix)).or_default() += 1;
    match hashes.len() {
        0 => {}
        1..SHINGLE_WORDS => count(&hashes),
        _ => hashes.windows(SHINGLE_WORDS).for_each(count),
    }
    counts
}

impl Overlap {
    /// The overlap of `found` with `gold`.
    ///
    /// ```
    /// use pagesieve::evaluate::Overlap;
    /// let overlap = Overlap::of("one two three four five", "Menu. One: one two three four");
    /// assert_eq!(overlap, Overlap { shared: 1, found: 3, gold: 2 });
    /// ```
    pub fn of(gold: &str, found: &str) -> Self {
        let (gold, found) = (shingles(gold), shingles(found));
        let shared = found.iter().map(|(shingle, count)| *count.min(gold.get(shingle).unwrap_or(&0))).sum();
        Self { shared, found: found.values().sum(), gold: gold.values().sum() }
    }

    /// The share of what was found that is in the gold text; none if nothing was found.
    pub fn precision(self) -> Option<f64> {
        (self.found > 0).then(|| self.shared as f64 / self.found as f64)
    }

    /// The share of the gold text that was found; none if there is no gold text.
    pub fn recall(self) -> Option<f64> {
        (self.gold > 0).then(|| self.shared as f64 / self.gold as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetition_counts() {
        let overlap = Overlap::of("a b c d a b c d", "a b c d");
        assert_eq!(overlap, Overlap { shared: 1, found: 1, gold: 5 });
        assert_eq!((overlap.precision(), overlap.recall()), (Some(1.0), Some(0.2)));
    }

    #[test]
    fn short_and_empty_texts() {
        assert_eq!(Overlap::of("a b", "a b"), Overlap { shared: 1, found: 1, gold: 1 });
        assert_eq!(Overlap::of("a b", "a c"), Overlap { shared: 0, found: 1, gold: 1 });
        let nothing = Overlap::of("", " - ");
        assert_eq!((nothing.precision(), nothing.recall()), (None, None));
    }

    #[test]
    fn words_keep_case_and_underscores() {
        assert_eq!(words("Naïve_b, C3PO—čas!").collect::<Vec<_>>(), ["Naïve_b", "C3PO", "čas"]);
    }
}

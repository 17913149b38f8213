//! Alignment: which words of a page are those of a given text, in order.
//!
//! Comes in: two sequences of word hashes. Goes out: for each word of the first its partner in the second. The longest
//! common subsequence of runs of words is found first (Hunt and Szymanski, CACM 20, 1977), then that of single words
//! within the gaps: a page may be many times as long as its main text, and there a comparison word by word finds
//! chance matches in menus, or gives up before it has found the text.

use std::collections::HashMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Words of a run.
const RUN: usize = 3;
/// A run that stands more often than this in the text tells little about where it belongs.
const MOST_PLACES: usize = 32;

/// For each word of `page` the index of the word of `text` it is aligned with. Partners rise with their words.
pub(super) fn align(page: &[u64], text: &[u64]) -> Vec<Option<usize>> {
    let mut partners = vec![None; page.len()];
    // Runs overlap: where two of them disagree, the earlier one has the word.
    let (mut free_word, mut free_partner) = (0, 0);
    for (word, partner) in longest_chain(&matching_runs(page, text)) {
        for (word, partner) in (word..word + RUN).zip(partner..) {
            if word >= free_word && partner >= free_partner {
                partners[word] = Some(partner);
                (free_word, free_partner) = (word + 1, partner + 1);
            }
        }
    }
    fill_gaps(page, text, &mut partners);
    partners
}

/// Pairs of places where the same run of words stands in `page` and `text`: by place in the page, and for each of them
/// by place in the text from the last to the first.
fn matching_runs(page: &[u64], text: &[u64]) -> Vec<(usize, usize)> {
    let mut places: HashMap<&[u64], Vec<usize>> = HashMap::new();
    for (place, run) in text.windows(RUN).enumerate().rev() {
        places.entry(run).or_default().push(place);
    }
    places.retain(|_, places| places.len() <= MOST_PLACES);
    let of_run = |(word, run)| places.get(run).into_iter().flatten().map(move |place| (word, *place));
    page.windows(RUN).enumerate().flat_map(of_run).collect()
}

/// The longest subsequence of `pairs` in which both places rise.
fn longest_chain(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length of a chain the pair that ends the one with the smallest last place, and each pair's predecessor.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (index, (_, place)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *place);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(index);
        } else {
            ends[length] = index;
        }
    }
    let mut chain: Vec<_> = std::iter::successors(ends.last().copied(), |index| before[*index])
        .map(|index| pairs[index])
        .collect();
    chain.reverse();
    chain
}

/// Aligns what stands between aligned words on both sides, word by word.
fn fill_gaps(page: &[u64], text: &[u64], partners: &mut [Option<usize>]) {
    let (mut start, mut text_start) = (0, 0);
    for end in 0..=page.len() {
        let (is_end, partner) = match partners.get(end) {
            Some(Some(partner)) => (true, *partner),
            Some(None) => (false, 0),
            None => (true, text.len()),
        };
        if is_end {
            if start < end && text_start < partner {
                fill_gap(page, start..end, text, text_start..partner, partners);
            }
            (start, text_start) = (end + 1, partner + 1);
        }
    }
}

fn fill_gap(
    page: &[u64],
    words: std::ops::Range<usize>,
    text: &[u64],
    places: std::ops::Range<usize>,
    partners: &mut [Option<usize>],
) {
    for operation in capture_diff_slices(Algorithm::Myers, &page[words.clone()], &text[places.clone()]) {
        if let DiffOp::Equal { old_index, new_index, len } = operation {
            for offset in 0..len {
                partners[words.start + old_index + offset] = Some(places.start + new_index + offset);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<u64> {
        text.split_whitespace().map(|word| crate::token::hash_bytes(word.as_bytes())).collect()
    }

    fn aligned(page: &str, text: &str) -> String {
        let page_words = page.split_whitespace();
        let partners = align(&words(page), &words(text));
        let found = page_words.zip(partners).map(|(word, partner)| partner.map_or("_", |_| word));
        found.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_text_is_found_among_strewn_words_of_it() {
        let found =
            aligned("home the dog news a man bit the dog today share the man", "a man bit the dog today");
        assert_eq!(found, "_ _ _ _ a man bit the dog today _ _ _");
    }

    #[test]
    fn short_pieces_between_runs_are_found() {
        assert_eq!(
            aligned("one two three x four y five six seven", "one two three four five six seven"),
            "one two three _ four _ five six seven"
        );
        assert_eq!(aligned("menu yes menu", "yes"), "_ yes _");
    }

    #[test]
    fn partners_rise_and_say_the_same() {
        let (page, text) = (words("a b c a b c d a b c e a b"), words("c a b c a b c d e a b x"));
        let partners = align(&page, &text);
        let found: Vec<usize> = partners.iter().flatten().copied().collect();
        assert!(found.is_sorted_by(|one, other| one < other) && found.len() >= 10, "{partners:?}");
        assert!(partners.iter().zip(&page).all(|(partner, word)| partner.is_none_or(|at| text[at] == *word)));
    }

    #[test]
    fn a_long_page_does_not_hide_its_text() {
        let furniture: Vec<u64> = (0..20_000).map(|word| word % 700).collect();
        let text: Vec<u64> = (0..900).map(|word| word * 31 % 701).collect();
        let partners = align(&[&furniture[..], &text, &furniture].concat(), &text);
        assert_eq!(partners.iter().skip(20_000).take(900).flatten().count(), 900);
    }
}

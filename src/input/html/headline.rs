//! Which blocks are the page's own headline.
//!
//! Comes in: a document with its declared titles. Goes out: the same document, headline blocks marked.

use crate::document::{Block, Document};
use crate::token::mix;

/// Fewer words than this make a headline only if they are the whole of a declared title.
const FEWEST_WORDS: usize = 3;
/// The longest block considered, in words.
const MOST_WORDS: usize = 60;

/// Marks the headline: the first best block among those that repeat (a part of) a declared title, or the page's only
/// `h1` if none does, and all blocks that say the same.
pub(super) fn mark(document: &mut Document) {
    let titles: Vec<Vec<u64>> = document.titles().iter().map(|title| words(title).collect()).collect();
    let longest = titles.iter().map(Vec::len).max().unwrap_or(0);
    let mut said = Vec::new();
    let best = document
        .blocks()
        .enumerate()
        .filter_map(|(index, block)| Some((score(block, &titles, longest, &mut said)?, index)))
        // The first of equals.
        .max_by_key(|(score, index)| (*score, std::cmp::Reverse(*index)));
    let Some(headline) = best.map(|(_, index)| index).or_else(|| only_h1(document)) else { return };
    let said: Vec<u64> = words(document.block(headline).text()).collect();
    let says_so = |block: Block<'_>| words(block.text()).eq(said.iter().copied());
    let same: Vec<bool> = document.blocks().map(|block| may_be_short(block) && says_so(block)).collect();
    document.mark_headlines(|index| same[index]);
}

/// How well `block` does as a headline of a page with these titles, of which the longest has so many words: words shared
/// with a title, with a bonus for heading elements; none if it says something else.
fn score(block: Block<'_>, titles: &[Vec<u64>], longest: usize, said: &mut Vec<u64>) -> Option<usize> {
    if longest == 0 || !may_be_short(block) {
        return None;
    }
    // Most blocks say something else, and show it before they are read to their end.
    let most_words = MOST_WORDS.min(2 * longest);
    // A word takes a byte at least, and so does what stands between two.
    let may_hold_title = titles.iter().any(|title| 2 * title.len() <= block.text().len() + 1);
    said.clear();
    for word in words(block.text()) {
        said.push(word);
        let is_over = said.len() > most_words
            || said.len() == 1 && !may_hold_title && !is_in(word, titles)
            || said.len() == longest && !may_repeat(said, titles);
        if is_over {
            return None;
        }
    }
    if said.is_empty() {
        return None;
    }
    let repeats = |title: &Vec<u64>| {
        title == said
            || said.len() >= FEWEST_WORDS
                && 2 * said.len() >= title.len()
                && title.windows(said.len()).any(|window| window == said)
            || title.len() > FEWEST_WORDS
                && said.len() < 2 * title.len()
                && said.windows(title.len()).any(|window| window == title.as_slice())
    };
    if !titles.iter().any(repeats) {
        return None;
    }
    let heading = match block.tag() {
        "h1" => 12,
        "h2" => 6,
        "h3" => 3,
        _ => 0,
    };
    Some(said.len() + heading)
}

/// Whether a block that starts with `said`, as many words as the longest title has, may be part of a title or hold one
/// that is more than half of it.
fn may_repeat(said: &[u64], titles: &[Vec<u64>]) -> bool {
    is_in(said[0], titles)
        || titles.iter().any(|title| title.first().is_some_and(|first| said.contains(first)))
}

fn is_in(word: u64, titles: &[Vec<u64>]) -> bool {
    titles.iter().any(|title| title.contains(&word))
}

fn only_h1(document: &Document) -> Option<usize> {
    let mut headings =
        document.blocks().enumerate().filter(|(_, block)| block.tag() == "h1" && is_short(*block));
    let (index, block) = headings.next()?;
    (headings.next().is_none() && words(block.text()).nth(FEWEST_WORDS - 1).is_some()).then_some(index)
}

fn is_short(block: Block<'_>) -> bool {
    may_be_short(block) && words(block.text()).nth(MOST_WORDS).is_none()
}

/// A cheap bound: most long blocks never get their words counted.
fn may_be_short(block: Block<'_>) -> bool {
    block.text().len() < 20 * MOST_WORDS
}

/// The words of a text, in lower case, as hashes: whether two texts say the same is all that is asked.
fn words(text: &str) -> impl Iterator<Item = u64> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while lower_ascii(*bytes.get(at)?) == 0 && letter_at(text, at).is_none() {
            at += 1;
        }
        let start = at;
        let (mut hash, mut has_sigma) = (0, false);
        loop {
            while let Some(lower) = bytes.get(at).map(|byte| lower_ascii(*byte)).filter(|lower| *lower != 0) {
                hash = mix(hash, lower.into());
                at += 1;
            }
            let Some(letter) = letter_at(text, at) else { break };
            has_sigma |= letter == 'Σ';
            hash = hash_of(letter.to_lowercase(), hash);
            at += letter.len_utf8();
        }
        // What a capital sigma becomes depends on where in the word it stands.
        Some(if has_sigma { hash_of(text[start..at].to_lowercase().chars(), 0) } else { hash })
    })
}

fn hash_of(chars: impl Iterator<Item = char>, start: u64) -> u64 {
    chars.fold(start, |hash, c| mix(hash, c.into()))
}

/// A letter or digit of ASCII in lower case; 0 for any other byte.
fn lower_ascii(byte: u8) -> u8 {
    static LOWER: [u8; 256] = {
        let mut lower = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            if (byte as u8).is_ascii_alphanumeric() {
                lower[byte] = (byte as u8).to_ascii_lowercase();
            }
            byte += 1;
        }
        lower
    };
    LOWER[usize::from(byte)]
}

/// The letter or digit beyond ASCII that starts at the byte `at`; none if another character does, or none.
fn letter_at(text: &str, at: usize) -> Option<char> {
    // Most bytes need no more.
    if text.as_bytes().get(at)?.is_ascii() {
        return None;
    }
    text.get(at..)?.chars().next().filter(|c| c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use crate::input::html::read;

    fn headlines(html: &str) -> Vec<String> {
        let document = read(html);
        let marked = document.blocks().filter(|block| block.is_headline());
        marked.map(|block| format!("{}:{}", block.tag(), block.text())).collect()
    }

    #[test]
    fn the_block_that_repeats_the_title() {
        let page =
            "<title>Storm hits the coast | Daily Reed</title><h2>Daily Reed</h2><li>Storm hits the coast</li>
            <h1>Storm hits the coast</h1><p>A storm hit the coast on Monday.</p>";
        assert_eq!(headlines(page), ["li:Storm hits the coast", "h1:Storm hits the coast"]);
    }

    #[test]
    fn social_titles_and_entities_count() {
        let page = "<meta property='og:title' content='Caf&eacute; &amp; bar burn down'><title>News</title>
            <h1>Site</h1><h3>Café &amp; bar burn down</h3>";
        assert_eq!(headlines(page), ["h3:Café & bar burn down"]);
    }

    #[test]
    fn case_does_not_count_in_any_script() {
        for (title, heading) in [("ΟΔΟΣ ΚΑΙ ΣΟΦΟΣ", "Οδος και Σοφος"), ("ÉTÉ À 30 \u{212A}M", "été à 30 km")]
        {
            let found = headlines(&format!("<title>{title}</title><h2>{heading}</h2><p>x"));
            assert_eq!(found, [format!("h2:{heading}")]);
        }
    }

    #[test]
    fn an_only_h1_stands_in() {
        assert_eq!(headlines("<title>x</title><h1>Three whole words</h1><p>t</p>"), ["h1:Three whole words"]);
        assert_eq!(
            headlines("<h1>Three whole words</h1><h1>Four more whole words</h1>"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn parts_of_titles_must_be_substantial() {
        let page = "<title>Home of the big storm that hit us all</title><p>Home</p><p>the big storm</p>";
        assert_eq!(headlines(page), Vec::<String>::new());
    }
}

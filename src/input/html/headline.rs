//! Which blocks are the page's own headline.
//!
//! Comes in: a document with its declared titles. Goes out: the same document, headline blocks marked.

use crate::document::{Block, Document};

/// Fewer words than this make a headline only if they are the whole of a declared title.
const FEWEST_WORDS: usize = 3;
/// The longest block considered, in words.
const MOST_WORDS: usize = 60;

/// Marks the headline: the first best block among those that repeat (a part of) a declared title, or the page's only
/// `h1` if none does, and all blocks that say the same.
pub(super) fn mark(document: &mut Document) {
    let titles: Vec<Vec<String>> = document.titles().iter().map(|title| words(title)).collect();
    let best = document
        .blocks()
        .enumerate()
        .filter_map(|(index, block)| Some((score(block, &titles)?, index)))
        // The first of equals.
        .max_by_key(|(score, index)| (*score, std::cmp::Reverse(*index)));
    let Some(headline) = best.map(|(_, index)| index).or_else(|| only_h1(document)) else { return };
    let said = words(document.block(headline).text());
    let same: Vec<bool> =
        document.blocks().map(|block| is_short(block) && words(block.text()) == said).collect();
    document.mark_headlines(|index| same[index]);
}

/// How well `block` does as a headline of a page with these titles: words shared with a title, with a bonus for
/// heading elements; none if it says something else.
fn score(block: Block<'_>, titles: &[Vec<String>]) -> Option<usize> {
    if !is_short(block) {
        return None;
    }
    let said = words(block.text());
    let repeats = |title: &Vec<String>| {
        title == &said
            || said.len() >= FEWEST_WORDS
                && 2 * said.len() >= title.len()
                && title.windows(said.len()).any(|window| window == said)
            || title.len() > FEWEST_WORDS
                && said.len() < 2 * title.len()
                && said.windows(title.len()).any(|window| window == title.as_slice())
    };
    if said.is_empty() || !titles.iter().any(repeats) {
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

fn only_h1(document: &Document) -> Option<usize> {
    let mut headings =
        document.blocks().enumerate().filter(|(_, block)| block.tag() == "h1" && is_short(*block));
    let (index, block) = headings.next()?;
    (headings.next().is_none() && words(block.text()).len() >= FEWEST_WORDS).then_some(index)
}

fn is_short(block: Block<'_>) -> bool {
    // A cheap bound first: most blocks never get their words listed.
    block.text().len() < 20 * MOST_WORDS && words(block.text()).len() <= MOST_WORDS
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
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

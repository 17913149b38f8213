//! The golden pages: written by us, labelled by a reader, and never trained on.
//!
//! Blocks must be found exactly; labels must be right as often as the floors say, which go up with the model.

mod support;

use std::collections::BTreeMap;

use pagesieve::document::Block;
use pagesieve::{Analysis, Classifier};
use support::Golden;

/// The least share of blocks with the right label, on all pages and by kind of page.
const FLOORS: [(&str, f64); 12] = [
    ("all", 0.70),
    ("buyers-guide", 0.85),
    ("guest-post-index", 0.65),
    ("half-and-half", 0.80),
    ("interview", 0.50),
    ("list-article", 0.80),
    ("live-blog", 0.33),
    ("local-news", 0.72),
    ("mixed-page", 0.42),
    ("news-index", 0.70),
    ("press-release", 0.37),
    ("wire-story", 0.52),
];

/// The kind of page that is half a list of guest posts and half a wire story.
const HALVES: &str = "half-and-half";

/// The head of the table of mistakes.
const HEAD: &str = "page                   block expected    found       sure  text";

/// A page with what the classifier made of it.
struct Judged {
    golden: Golden,
    analysis: Analysis,
}

impl Judged {
    fn all() -> Vec<Self> {
        let classifier = Classifier::new(support::model());
        let pages = support::golden().into_iter();
        pages
            .map(|golden| Self { analysis: classifier.classify(&golden.document), golden })
            .inspect(|page| {
                assert_eq!(page.analysis.blocks.len(), page.golden.expected.len(), "{}", page.golden.name);
            })
            .collect()
    }

    /// The name of the label found for `block`.
    fn found(&self, block: usize) -> &str {
        support::model().labels().name(self.analysis.blocks[block].label)
    }

    fn is_right(&self, block: usize) -> bool {
        self.found(block) == self.golden.expected[block].0
    }

    /// One line a block with the wrong label.
    fn mistakes(&self) -> Vec<String> {
        let wrong = (0..self.golden.expected.len()).filter(|block| !self.is_right(*block));
        wrong.map(|block| self.row(block)).collect()
    }

    fn row(&self, block: usize) -> String {
        let (expected, text) = &self.golden.expected[block];
        let (found, sure) = (self.found(block), self.analysis.blocks[block].probability);
        let text: String = text.chars().take(60).collect();
        format!("{:22} {block:3}  {expected:11} {found:11} {sure:.2}  {text}", self.golden.name)
    }
}

#[test]
fn blocks_are_found_exactly() {
    for golden in support::golden() {
        let found: Vec<&str> = golden.document.blocks().map(Block::text).collect();
        let expected: Vec<&str> = golden.expected.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(found, expected, "{}", golden.name);
    }
}

#[test]
fn labels_are_right_as_often_as_the_floors_say() {
    let pages = Judged::all();
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for page in &pages {
        let blocks = page.golden.expected.len();
        for kind in [page.golden.kind(), "all"] {
            let (right, total) = kinds.entry(kind).or_default();
            *right += (0..blocks).filter(|block| page.is_right(*block)).count();
            *total += blocks;
        }
        mistakes.extend(page.mistakes());
    }
    let mut shares = Vec::new();
    let mut low = Vec::new();
    for (kind, (right, total)) in kinds {
        let share = right as f64 / total as f64;
        shares.push(format!("{kind:22} {right:4} of {total:4}  {share:.3}"));
        match FLOORS.iter().find(|(known, _)| *known == kind) {
            Some((_, floor)) if share < *floor => low.push(format!("{kind}: {share:.3} < {floor}")),
            Some(_) => {}
            None => low.push(format!("{kind}: {share:.3}, which has no line in FLOORS of tests/golden.rs")),
        }
    }
    assert!(
        low.is_empty(),
        "below the floor: {}\n\n{}\n\n{HEAD}\n{}",
        low.join(", "),
        shares.join("\n"),
        mistakes.join("\n")
    );
}

#[test]
fn pages_of_two_halves_come_apart() {
    let pages = Judged::all();
    let halves: Vec<&Judged> = pages.iter().filter(|page| page.golden.kind() == HALVES).collect();
    assert_eq!(halves.len(), 10);
    let mut wrong = Vec::new();
    for page in halves {
        let expected = &page.golden.expected;
        for (block, (label, text)) in expected.iter().enumerate() {
            let is_prompt = matches!(text.as_str(), "-" | "Advertisement");
            if (label != "boilerplate" || is_prompt) && !page.is_right(block) {
                wrong.push(page.row(block));
            }
        }
        let labels = support::model().labels();
        let regions = |label: &str| {
            let label = labels.find(label).expect("the model has our labels");
            page.analysis.regions.iter().filter(move |region| region.label == label)
        };
        let last_post = regions("listicle").map(|region| region.last).max();
        let first_news = regions("news").map(|region| region.first).min();
        let in_order = last_post.zip(first_news).is_some_and(|(post, news)| post < news);
        if !in_order {
            wrong.push(format!(
                "{:22} the list ends at {last_post:?}, the story starts at {first_news:?}",
                page.golden.name
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{HEAD}\n{}", wrong.join("\n"));
}

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
    ("all", 0.88),
    ("buyers-guide", 0.85),
    ("guest-post-index", 0.69),
    ("half-and-half", 0.95),
    ("interview", 0.88),
    ("list-article", 0.83),
    ("live-blog", 0.72),
    ("local-news", 0.79),
    ("mixed-page", 0.78),
    ("news-index", 0.88),
    ("press-release", 0.78),
    ("wire-story", 0.75),
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

/// On each page of two halves this share of the headlines, and of the story's paragraphs, must be right. All of
/// them should be: those that are not stand mostly at the border of the two.
const FLOOR_OF_HALVES: f64 = 0.75;
/// And this share of all of them on all pages.
const FLOOR_OF_ALL_HALVES: f64 = 0.95;

#[test]
fn pages_of_two_halves_come_apart() {
    let pages = Judged::all();
    let halves: Vec<&Judged> = pages.iter().filter(|page| page.golden.kind() == HALVES).collect();
    assert_eq!(halves.len(), 10);
    let (mut wrong, mut mistakes) = (Vec::new(), Vec::new());
    let (mut all, mut all_right) = (0, 0);
    for page in halves {
        let name = &page.golden.name;
        let expected = &page.golden.expected;
        for (block, (_, text)) in expected.iter().enumerate() {
            if matches!(text.as_str(), "-" | "Advertisement") && !page.is_right(block) {
                wrong.push(format!("{name}: block {block}, {text:?}, is no boilerplate"));
            }
        }
        for half in ["listicle", "news"] {
            let blocks: Vec<usize> = (0..expected.len()).filter(|block| expected[*block].0 == half).collect();
            let right = blocks.iter().filter(|block| page.is_right(**block)).count();
            if (right as f64) < FLOOR_OF_HALVES * blocks.len() as f64 {
                wrong.push(format!("{name}: only {right} of {} blocks are found to be {half}", blocks.len()));
            }
            all += blocks.len();
            all_right += right;
        }
        let labels = support::model().labels();
        let largest = |label: &str| {
            let label = labels.find(label).expect("the model has our labels");
            let regions = page.analysis.regions.iter().filter(move |region| region.label == label);
            regions.max_by_key(|region| page.analysis.region_words(region))
        };
        let in_order =
            largest("listicle").zip(largest("news")).is_some_and(|(list, story)| list.last < story.first);
        if !in_order {
            wrong.push(format!("{name}: no listicle region before the news region"));
        }
        mistakes.extend(page.mistakes());
    }
    if (all_right as f64) < FLOOR_OF_ALL_HALVES * all as f64 {
        wrong.push(format!("only {all_right} of {all} headlines and paragraphs are right"));
    }
    assert!(wrong.is_empty(), "\n{}\n\n{HEAD}\n{}", wrong.join("\n"), mistakes.join("\n"));
}

//! The golden pages: written by us, labelled by a reader, and never trained on (see `tests/golden/README.md`).
//!
//! Blocks must be found exactly; labels must be right about as often as they were when the figures below were taken.
//! `cargo test --test golden -- --nocapture` prints the table and every mistake.

#![allow(clippy::print_stderr)] // prints the table of what is right

mod support;

use std::collections::BTreeMap;
use std::fmt::Write;

use pagesieve::document::Block;
use pagesieve::{Analysis, Classifier};
use support::Golden;

/// The share of blocks that had the right label when it was last written down: on all pages, by kind of page, and by
/// the label that is right.
const MEASURED: [(&str, f64); 18] = [
    ("all", 0.924),
    ("kind buyers-guide", 0.859),
    ("kind forum-thread", 0.914),
    ("kind guest-post-index", 0.891),
    ("kind half-and-half", 0.985),
    ("kind interview", 0.884),
    ("kind list-article", 0.920),
    ("kind live-blog", 0.964),
    ("kind local-news", 0.977),
    ("kind mixed-page", 0.909),
    ("kind news-index", 0.822),
    ("kind press-release", 0.913),
    ("kind product-page", 0.908),
    ("kind recipe", 0.944),
    ("kind wire-story", 0.924),
    ("label boilerplate", 0.936),
    ("label listicle", 0.914),
    ("label news", 0.898),
];

/// How far a share may fall below the one written down: two blocks of the smallest kind of page.
const MARGIN: f64 = 0.04;
const MARGIN_OF_ALL: f64 = 0.01;

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
        let wrong = self.golden.scored().filter(|block| !self.is_right(*block));
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

/// How many of the blocks of a group have the right label.
#[derive(Default)]
struct Tally {
    right: usize,
    scored: usize,
}

impl Tally {
    fn share(&self) -> f64 {
        self.right as f64 / self.scored as f64
    }
}

/// The groups of blocks that are told apart, by name: see [`MEASURED`].
fn tallies(pages: &[Judged]) -> BTreeMap<String, Tally> {
    let mut groups = BTreeMap::<String, Tally>::new();
    for page in pages {
        for block in page.golden.scored() {
            let label = &page.golden.expected[block].0;
            let kind = page.golden.kind();
            for group in ["all".to_owned(), format!("kind {kind}"), format!("label {label}")] {
                let tally = groups.entry(group).or_default();
                tally.scored += 1;
                tally.right += usize::from(page.is_right(block));
            }
        }
    }
    groups
}

#[test]
fn labels_are_right_as_often_as_written_down() {
    let pages = Judged::all();
    let groups = tallies(&pages);
    let known: Vec<&str> = MEASURED.iter().map(|(group, _)| *group).collect();
    let found: Vec<&str> = groups.keys().map(String::as_str).collect();
    assert_eq!(known, found, "MEASURED needs a line for every kind of page and no others");

    let mut table = "blocks                  right  scored   share  written down\n".to_owned();
    let mut low = Vec::new();
    for ((group, tally), (_, measured)) in groups.iter().zip(MEASURED) {
        let share = tally.share();
        writeln!(table, "{group:22} {:6} {:7} {share:7.3} {measured:13.3}", tally.right, tally.scored)
            .expect("a string takes any text");
        let margin = if group == "all" { MARGIN_OF_ALL } else { MARGIN };
        if share < measured - margin {
            low.push(group);
        }
    }
    let mistakes: Vec<String> = pages.iter().flat_map(Judged::mistakes).collect();
    eprintln!("{table}\n{HEAD}\n{}", mistakes.join("\n"));
    assert!(low.is_empty(), "fewer blocks are right than written down, by more than the margin: {low:?}");
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

#[test]
fn explanations_add_up() {
    let classifier = Classifier::new(support::model());
    for golden in support::golden() {
        let why = classifier.explain(&golden.document);
        let found = classifier.classify(&golden.document);
        assert_eq!(why.len(), found.blocks.len(), "{}", golden.name);
        for (block, (why, found)) in why.iter().zip(&found.blocks).enumerate() {
            assert_eq!(why.label, found.label, "{}, block {block}", golden.name);
            for (label, logit) in why.logits.iter().enumerate() {
                let sum: f32 = why.contributions.iter().map(|contribution| contribution.logits[label]).sum();
                assert!((sum - logit).abs() < 1e-3, "{}, block {block}: {sum} is not {logit}", golden.name);
            }
        }
    }
}

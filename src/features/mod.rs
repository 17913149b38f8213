//! Features: what can be observed of each block, as slots of hashed vocabularies, one a view.
//!
//! Comes in: a [`Document`]. Goes out: [`Features`], which scoring and training read. This folder is the only place
//! that names features; a view is one file.

mod container;
mod discussion;
mod facts;
mod neighbours;
mod place;
mod shape;
mod tokens;
mod wordlist;
mod words;

use crate::document::Document;
use crate::token::{hash_bytes, mix};
pub(crate) use container::Mass;
pub(crate) use facts::Facts;
use tokens::Tokens;
use words::WordSlots;

/// A way of looking at a block; each view is a naive Bayes model over its own vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// Single words and signs.
    Words,
    /// Neighbouring words, and the first and last word of the block.
    Pairs,
    /// Words and pairs again, of blocks short enough for a headline, menu entry or notice: the same words mean other
    /// things there than in prose.
    Brief,
    /// Words and pairs of titles: the page's own headline, or the only block of a page.
    Title,
    /// Length, end mark, capitals, digits, punctuation, links, repetition and position on the page.
    Shape,
    /// Tag, ancestors, class and id words, landmarks.
    Place,
    /// Length and tag of the blocks around.
    Neighbours,
    /// What else the block's container and the containers around that one hold.
    Container,
    /// Words and pairs of the page's sentences, each once: the same for all of its blocks.
    Page,
}

/// How many views there are.
pub const VIEWS: usize = 9;

impl View {
    /// All views in order.
    pub const ALL: [Self; VIEWS] = [
        Self::Words,
        Self::Pairs,
        Self::Brief,
        Self::Title,
        Self::Shape,
        Self::Place,
        Self::Neighbours,
        Self::Container,
        Self::Page,
    ];

    /// The view's index in [`View::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The view's name in reports and explanations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Pairs => "pairs",
            Self::Brief => "brief",
            Self::Title => "title",
            Self::Shape => "shape",
            Self::Place => "place",
            Self::Neighbours => "neighbours",
            Self::Container => "container",
            Self::Page => "page",
        }
    }

    /// Slots of the view's vocabulary, as a power of two. Words and pairs are many and share slots; the binned views
    /// have room for nearly every feature of its own.
    pub const fn slot_bits(self) -> u32 {
        match self {
            Self::Words | Self::Brief | Self::Page => 16,
            Self::Pairs | Self::Title => 17,
            Self::Shape | Self::Neighbours => 12,
            Self::Place => 15,
            Self::Container => 11,
        }
    }

    /// Slots of the view's vocabulary.
    pub const fn slots(self) -> usize {
        1 << self.slot_bits()
    }

    /// Whether the view looks at what a block says, which is the same with and without markup.
    pub fn reads_words(self) -> bool {
        matches!(self, Self::Words | Self::Pairs | Self::Brief | Self::Title | Self::Page)
    }

    /// Whether the view looks at the page as a whole, so that all blocks have the same features.
    pub fn is_of_page(self) -> bool {
        matches!(self, Self::Page)
    }

    /// Whether the view needs a page's markup.
    pub fn needs_markup(self) -> bool {
        matches!(self, Self::Place | Self::Container)
    }

    /// What the slots of a word's or pair's hash are made of in all views that read them.
    fn mixed_word(hash: u64) -> u64 {
        mix(hash, 0)
    }

    /// The slot of a word or pair, by [`mixed_word`](Self::mixed_word). What collides in the views of words and pairs
    /// does not in those that read both; of these, the views of short blocks and of the page have the same slots.
    fn slot_of_word(self, mixed: u64) -> u32 {
        let bits = if matches!(self, Self::Words | Self::Pairs) { mixed } else { mixed << 16 };
        (bits >> (64 - self.slot_bits())) as u32
    }
}

/// The features of a document: for each view and block a list of slots.
#[derive(Debug, Default)]
pub struct Features {
    tokens: Tokens,
    observed: Observed,
    words: WordSlots,
    /// Those of the views that read no words.
    views: [Lists; VIEWS],
}

/// What is counted of a document's blocks and of the elements around them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Observed {
    /// One a block.
    pub facts: Vec<Facts>,
    /// One an element; none in plain text.
    pub masses: Vec<Mass>,
}

/// Lists of slots, one a block, end to end.
#[derive(Debug, Default)]
struct Lists {
    slots: Vec<u32>,
    ends: Vec<usize>,
}

/// What the blocks of a document are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// They are a page.
    Together,
    /// Each is a page of its own.
    Alone,
}

impl Standing {
    /// The index of a block on its page and how many blocks that has; in the document it has this `index` of so many.
    fn place(self, index: usize, blocks: usize) -> (usize, usize) {
        if self == Self::Alone { (0, 1) } else { (index, blocks) }
    }
}

impl Features {
    /// The features of all blocks of `document`.
    pub fn of(document: &Document) -> Self {
        let mut features = Self::default();
        features.fill(document);
        features
    }

    /// Replaces these features by those of `document`, in the memory they take up already.
    pub fn fill(&mut self, document: &Document) {
        self.fill_standing(document, Standing::Together);
    }

    /// The same for blocks of plain text each of which is a page of its own, as rows without a page are in training.
    #[cfg(feature = "train")]
    pub(crate) fn fill_alone(&mut self, document: &Document) {
        self.fill_standing(document, Standing::Alone);
    }

    fn fill_standing(&mut self, document: &Document, standing: Standing) {
        let Self { tokens, observed, words, views } = self;
        tokens.fill(document);
        facts::fill(document, tokens, standing, &mut observed.facts);
        discussion::mark(document, tokens, &mut observed.facts);
        container::weigh(document, &observed.facts, &mut observed.masses);
        words.fill(document, tokens, standing, &observed.facts);
        for view in View::ALL.into_iter().filter(|view| !view.reads_words()) {
            let lists = &mut views[view.index()];
            lists.slots.clear();
            lists.ends.clear();
            extract(view, document, tokens, standing, observed, &mut Slots::new(view, lists));
        }
    }

    /// What was counted of the blocks and the elements around them.
    pub(crate) fn observed(&self) -> &Observed {
        &self.observed
    }

    /// What was counted of each block.
    pub(crate) fn facts(&self) -> &[Facts] {
        &self.observed.facts
    }

    /// The slots of `view` that the block at `block` has, below [`View::slots`]; a feature it has twice is there
    /// twice. A view of the whole page gives each of its slots once, and for every block the same.
    #[inline]
    pub fn slots(&self, view: View, block: usize) -> &[u32] {
        if view.reads_words() {
            return self.words.of(view, block);
        }
        let lists = &self.views[view.index()];
        let start = if block == 0 { 0 } else { lists.ends[block - 1] };
        &lists.slots[start..lists.ends[block]]
    }
}

/// The names of the features of `view` in `document`, block by block, in the order of [`Features::slots`]; those of a view
/// of the whole page where they stand, as often as they do.
pub fn names(view: View, document: &Document) -> Vec<Vec<String>> {
    let features = Features::of(document);
    let mut names = Names { blocks: Vec::new(), current: Vec::new() };
    extract(view, document, &features.tokens, Standing::Together, &features.observed, &mut names);
    names.blocks
}

fn extract(
    view: View,
    document: &Document,
    tokens: &Tokens,
    standing: Standing,
    observed: &Observed,
    out: &mut impl Collect,
) {
    let facts = &observed.facts;
    match view {
        View::Words | View::Pairs | View::Brief | View::Title | View::Page => {
            words::extract(view, document, tokens, standing, facts, out);
        }
        View::Shape => shape::extract(document, standing, facts, out),
        View::Place if document.has_markup() => place::extract(document, facts, out),
        View::Container if document.has_markup() => container::extract(document, observed, out),
        View::Place | View::Container => (0..document.len()).for_each(|_| out.end_block()),
        View::Neighbours => neighbours::extract(document, standing, facts, out),
    }
}

/// Takes features, block by block.
trait Collect {
    /// A feature of the current block; its name is made only when somebody reads it.
    fn add(&mut self, hash: u64, name: impl FnOnce() -> String);
    /// The current block has no more features.
    fn end_block(&mut self);

    /// A feature of a kind with a value, named `kind=value`.
    fn add_value(&mut self, kind: Kind, value: u64, name: impl FnOnce() -> String) {
        self.add_feature(kind, kind.feature(value), name);
    }

    /// The same where [`Kind::feature`] is known already.
    fn add_feature(&mut self, kind: Kind, feature: u64, name: impl FnOnce() -> String) {
        self.add(feature, || format!("{}={}", kind.name, name()));
    }
}

/// A kind of feature within a view; made in constants, so that its name is hashed when the program is compiled.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    hash: u64,
}

impl Kind {
    const fn new(name: &'static str) -> Self {
        Self { name, hash: hash_bytes(name.as_bytes()) }
    }

    /// The hash of the feature of this kind with a value.
    const fn feature(self, value: u64) -> u64 {
        mix(mix(self.hash, value), 3)
    }
}

/// Takes features as slots of a view that reads no words.
struct Slots<'a> {
    view: u64,
    shift: u32,
    lists: &'a mut Lists,
}

impl<'a> Slots<'a> {
    fn new(view: View, lists: &'a mut Lists) -> Self {
        Self { view: view as u64, shift: u64::BITS - view.slot_bits(), lists }
    }
}

impl Collect for Slots<'_> {
    fn add(&mut self, hash: u64, _: impl FnOnce() -> String) {
        self.lists.slots.push((mix(hash, self.view) >> self.shift) as u32);
    }

    fn end_block(&mut self) {
        self.lists.ends.push(self.lists.slots.len());
    }
}

struct Names {
    blocks: Vec<Vec<String>>,
    current: Vec<String>,
}

impl Collect for Names {
    fn add(&mut self, _: u64, name: impl FnOnce() -> String) {
        self.current.push(name());
    }

    fn end_block(&mut self) {
        self.blocks.push(std::mem::take(&mut self.current));
    }
}

/// The number of `limits` that `value` reaches: a bin.
fn bin<const LIMITS: usize>(value: usize, limits: &[u32; LIMITS]) -> u64 {
    // All of them, without asking where to stop: that would be guessed wrong.
    u64::from(limits.iter().map(|limit| u32::from(value as u32 >= *limit)).sum::<u32>())
}

/// `part` of `whole` in tenths, 0 to 10; 0 of nothing.
fn tenths(part: usize, whole: usize) -> u64 {
    (10 * part).checked_div(whole).unwrap_or(0).min(10) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{html, text};

    #[test]
    fn every_view_has_a_list_for_every_block() {
        let pages =
            [html::read("<main><h1>One</h1><p>Two words.</p></main>"), text::read("One\nTwo words.\n")];
        for document in pages {
            let features = Features::of(&document);
            for view in View::ALL {
                for block in 0..document.len() {
                    let slots = features.slots(view, block);
                    assert!(slots.iter().all(|slot| (*slot as usize) < view.slots()));
                    let is_idle = view.needs_markup() && !document.has_markup();
                    // Only titles have features of that view, and these pages have no sentence of four words.
                    let is_rare = matches!(view, View::Title | View::Page);
                    assert_eq!(slots.is_empty(), is_idle || is_rare, "{view:?}");
                }
            }
        }
    }

    #[test]
    fn titles_and_pages_have_views_of_their_own() {
        let lone = Features::of(&text::read("Ten tips\n"));
        assert_eq!(lone.slots(View::Title, 0).len(), 5);
        assert!(lone.slots(View::Page, 0).is_empty());
        let page =
            html::read("<title>Ten tips</title><h1>Ten tips</h1><p>Do not do it, do not</p><p>Share</p>");
        let features = Features::of(&page);
        let titles: Vec<usize> = (0..3).map(|block| features.slots(View::Title, block).len()).collect();
        assert_eq!(titles, [5, 0, 0]);
        // do, not, it; ^ do, do not, not do, do it, it do, not $: each once, the same for every block.
        assert_eq!(features.slots(View::Page, 0).len(), 9);
        assert_eq!(features.slots(View::Page, 2), features.slots(View::Page, 0));
    }

    #[cfg(feature = "train")]
    #[test]
    fn blocks_that_are_alone_are_pages_of_one_block() {
        let lines = ["Ten tips", "Share", "It rained, and nobody went out on Monday.", "Share", "港特首"];
        let mut together = Features::default();
        together.fill_alone(&text::read(&lines.join("\n")));
        for (block, line) in lines.into_iter().enumerate() {
            let alone = Features::of(&text::read(line));
            assert_eq!(together.facts()[block], alone.facts()[0]);
            for view in View::ALL {
                assert_eq!(together.slots(view, block), alone.slots(view, 0), "{view:?} of {line}");
            }
        }
    }

    #[test]
    fn names_go_with_slots() {
        let document = html::read("<div class=post><p>Ten tips for you!</p><p>More</p></div>");
        let features = Features::of(&document);
        for view in View::ALL.into_iter().filter(|view| !view.is_of_page()) {
            for (block, names) in names(view, &document).iter().enumerate() {
                assert_eq!(names.len(), features.slots(view, block).len(), "{view:?}");
            }
        }
    }

    #[test]
    fn bins_count_limits() {
        assert_eq!([0, 1, 2, 5, 9].map(|value| bin(value, &[1, 2, 6])), [0, 1, 2, 2, 3]);
        assert_eq!((tenths(0, 0), tenths(1, 2), tenths(3, 2)), (0, 5, 10));
    }
}

//! The view of containers: what else the elements around a block hold.

use super::{Collect, Facts, Kind, Observed, bin, tenths};
use crate::document::{Document, Element};
use crate::token::mix;

/// How many containers are looked at, from the block's own outward.
const LEVELS: usize = 4;

/// Sums over the blocks within an element, at any depth.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mass {
    /// Words of prose.
    pub prose: usize,
    /// Words of any kind.
    pub words: usize,
    /// Blocks.
    pub blocks: usize,
    /// Bytes of text, and of links in it.
    pub bytes: usize,
    pub link_bytes: usize,
}

/// Fills `masses` with that of every element, by its id.
pub(super) fn weigh(document: &Document, facts: &[Facts], masses: &mut Vec<Mass>) {
    masses.clear();
    masses.resize(document.element_count(), Mass::default());
    for (block, facts) in document.blocks().zip(facts) {
        if let Some(element) = block.element() {
            let mass = &mut masses[element.id()];
            mass.prose += if facts.is_prose() { facts.words } else { 0 };
            mass.words += facts.words;
            mass.blocks += 1;
            mass.bytes += facts.bytes;
            mass.link_bytes += facts.link_bytes;
        }
    }
    // Parents come before their children, so that from the end each element is complete when it is added up.
    for element in document.elements().rev() {
        if let Some(parent) = element.parent().map(Element::id) {
            let Mass { prose, words, blocks, bytes, link_bytes } = masses[element.id()];
            let mass = &mut masses[parent];
            mass.prose += prose;
            mass.words += words;
            mass.blocks += blocks;
            mass.bytes += bytes;
            mass.link_bytes += link_bytes;
        }
    }
}

/// Adds the features of the containers.
pub(super) fn extract(document: &Document, observed: &Observed, out: &mut impl Collect) {
    let Observed { facts, masses } = observed;
    let page = facts.iter().filter(|facts| facts.is_prose()).map(|facts| facts.words).sum::<usize>();
    for (block, facts) in document.blocks().zip(facts) {
        let length = facts.words_bin() / 2;
        for (level, container) in block.containers().take(LEVELS).enumerate() {
            let mass = masses[container.id()];
            let share = tenths(mass.prose, page);
            let links = tenths(mass.link_bytes, mass.bytes) / 2;
            let blocks = bin(mass.blocks, &[2, 3, 5, 9, 20, 50]);
            let mean = bin(mass.words / mass.blocks.max(1), &[2, 4, 8, 16, 32]);
            let mut add = |kind: Kind, value: u64, other: u64| {
                out.add_value(kind, mix(mix(value, other), level as u64), || {
                    format!("{value},{other}@{level}")
                });
            };
            add(const { Kind::new("prose") }, share, length);
            add(const { Kind::new("links") }, links, length);
            add(const { Kind::new("blocks") }, blocks, mean);
            add(const { Kind::new("mean") }, mean, length);
        }
        out.end_block();
    }
}

#[cfg(test)]
mod tests {
    use crate::features::Features;
    use crate::input::html;

    #[test]
    fn masses_add_up_to_the_root() {
        let prose = "It was a long night for all of them, he said to us later.";
        let page = html::read(&format!("<div><p>{prose}</p><p>{prose}</p></div><ul><li><a>Home</a></ul>"));
        let features = Features::of(&page);
        let masses = &features.observed().masses;
        let of = |tag: &str| masses[page.elements().find(|element| element.tag() == tag).unwrap().id()];
        assert_eq!((of("div").prose, of("div").blocks, of("div").link_bytes), (28, 2, 0));
        assert_eq!((of("body").words, of("body").blocks, of("body").link_bytes), (29, 3, 4));
        assert_eq!(of("ul").prose, 0);
    }
}

//! The view of place: where in the page's markup a block stands.

use std::collections::HashMap;
use std::ops::Range;

use super::{Collect, Facts, Kind};
use crate::document::{Document, Element};
use crate::token::{hash_bytes, mix};

/// Ancestors this near have features of their own distance; beyond, only that they are there.
const NEAR: usize = 3;
/// The most ancestors looked at.
const FARTHEST: usize = 24;

/// Adds the features of place.
pub(super) fn extract(document: &Document, facts: &[Facts], out: &mut impl Collect) {
    let named = Named::of(document);
    for (block, facts) in document.blocks().zip(facts) {
        let length = facts.words_bin();
        let mut containers = block.containers();
        let tag = containers.next().map_or("", Element::tag);
        let tag_hash = hash_bytes(tag.as_bytes());
        out.add_value(const { Kind::new("tag") }, mix(tag_hash, length), || format!("{tag},words:{length}"));
        let Some(element) = block.element() else {
            out.end_block();
            continue;
        };
        let mut landmark = None;
        let mut inline = const { hash_bytes(b"") };
        for (distance, ancestor) in element.ancestors().take(FARTHEST).enumerate() {
            let name = &named.elements[ancestor.id()];
            if name.is_inline {
                inline = mix(inline, name.tag_hash);
            }
            if name.is_landmark && landmark.is_none() {
                landmark = Some(ancestor.tag());
            }
            out.add_feature(IN, name.features[usize::from(distance > 0)], || {
                format!("{}@{}", ancestor.tag(), distance.min(NEAR))
            });
            let apart = usize::from(distance > 1);
            for word in &named.words[name.words.clone()] {
                out.add_feature(CLASS, word.features[apart], || {
                    format!("{}@{}", &ancestor.attributes()[word.place.clone()], ["near", "far"][apart])
                });
            }
        }
        let landmark = landmark.unwrap_or("none");
        out.add_value(const { Kind::new("landmark") }, mix(hash_bytes(landmark.as_bytes()), length), || {
            format!("{landmark},words:{length}")
        });
        out.add_value(const { Kind::new("inline") }, mix(inline, length), || format!("words:{length}"));
        let parent = containers.next().map_or("", Element::tag);
        out.add_value(
            const { Kind::new("parent") },
            tag_hash ^ hash_bytes(parent.as_bytes()).rotate_left(7),
            || format!("{parent}>{tag}"),
        );
        out.end_block();
    }
}

/// An ancestor's tag, and a word of what its author called it.
const IN: Kind = Kind::new("in");
const CLASS: Kind = Kind::new("class");

fn is_landmark(tag: &str) -> bool {
    matches!(
        tag,
        "article"
            | "main"
            | "nav"
            | "aside"
            | "header"
            | "footer"
            | "form"
            | "section"
            | "figure"
            | "table"
            | "dialog"
    )
}

/// What the elements of a document are called, read once for all of their blocks.
#[derive(Default)]
struct Named {
    elements: Vec<Name>,
    /// The words of all elements.
    words: Vec<Word>,
}

/// What an element is called.
struct Name {
    tag_hash: u64,
    is_inline: bool,
    is_landmark: bool,
    /// The features of its tag for a block right in it, and for those further down.
    features: [u64; 2],
    /// Where in [`Named::words`] those of its id, classes and roles are.
    words: Range<usize>,
}

/// A word within an element's id, classes and roles.
struct Word {
    /// Its features for blocks near by, and for those further down.
    features: [u64; 2],
    /// Where in [`Element::attributes`] it stands.
    place: Range<usize>,
}

impl Named {
    fn of(document: &Document) -> Self {
        let mut named = Self::default();
        named.elements.reserve(document.element_count());
        let mut lower = String::new();
        // A page calls many elements alike.
        let mut known: HashMap<&str, Range<usize>> = HashMap::new();
        for element in document.elements() {
            let attributes = element.attributes();
            let words = known.entry(attributes).or_insert_with(|| named.read(attributes, &mut lower)).clone();
            let tag_hash = hash_bytes(element.tag().as_bytes());
            named.elements.push(Name {
                tag_hash,
                is_inline: element.is_inline(),
                is_landmark: is_landmark(element.tag()),
                features: [0, 1].map(|near| IN.feature(mix(tag_hash, near))),
                words,
            });
        }
        named
    }

    /// Adds the words of `names`: split at hyphens, underscores, digits and camel case, and in lower case. Parts of one
    /// letter say nothing. `lower` is room to work in. Gives where the words are.
    fn read(&mut self, names: &str, lower: &mut String) -> Range<usize> {
        let start = self.words.len();
        lower.clear();
        if names.is_ascii() {
            lower.push_str(names);
            lower.make_ascii_lowercase();
            let chars = names.bytes().map(char::from).enumerate();
            split(chars, names.len(), |place| self.add(hash_bytes(&lower.as_bytes()[place.clone()]), place));
        } else {
            split(names.char_indices(), names.len(), |place| {
                lower.clear();
                lower.extend(names[place.clone()].chars().flat_map(char::to_lowercase));
                self.add(hash_bytes(lower.as_bytes()), place);
            });
        }
        start..self.words.len()
    }

    fn add(&mut self, hash: u64, place: Range<usize>) {
        self.words.push(Word { features: [0, 1].map(|apart| CLASS.feature(mix(hash, apart))), place });
    }
}

/// Gives the places of all words of a name with so many bytes.
fn split(name: impl Iterator<Item = (usize, char)>, bytes: usize, mut take: impl FnMut(Range<usize>)) {
    let mut take = |place: Range<usize>| {
        if place.len() > 1 {
            take(place);
        }
    };
    let mut start = 0;
    let mut is_upper_before = false;
    for (index, c) in name {
        let (ends, is_upper) = (!c.is_alphabetic(), c.is_uppercase());
        if ends || is_upper && !is_upper_before {
            take(start..index);
            start = if ends { index + c.len_utf8() } else { index };
        }
        is_upper_before = is_upper;
    }
    take(start..bytes);
}

#[cfg(test)]
mod tests {
    use crate::features::{View, names};
    use crate::input::html;

    #[test]
    fn class_words_are_split() {
        let page = html::read("<div id=sideBar class='post-2 relatedPosts_list'><p class=x>One</p></div>");
        let names = names(View::Place, &page).remove(0);
        for expected in
            ["class=side@near", "class=Bar@near", "class=post@near", "class=related@near", "class=list@near"]
        {
            assert!(names.contains(&expected.to_string()), "{expected} in {names:?}");
        }
        assert!(!names.iter().any(|name| name.starts_with("class=x")));
        assert!(names.iter().any(|name| name.starts_with("parent=div>p")));
    }
}

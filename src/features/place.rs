//! The view of place: where in the page's markup a block stands.

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
        let tag = block.tag();
        out.add_value(const { Kind::new("tag") }, mix(hash_bytes(tag.as_bytes()), length), || {
            format!("{tag},words:{length}")
        });
        let Some(element) = block.element() else {
            out.end_block();
            continue;
        };
        let mut landmark = None;
        let mut inline = const { hash_bytes(b"") };
        for (distance, ancestor) in element.ancestors().take(FARTHEST).enumerate() {
            let tag = ancestor.tag();
            let tag_hash = named.tags[ancestor.id()];
            if ancestor.is_inline() {
                inline = mix(inline, tag_hash);
            }
            if landmark.is_none() && is_landmark(tag) {
                landmark = Some(tag);
            }
            let near = if distance < NEAR { distance } else { NEAR };
            out.add_value(const { Kind::new("in") }, mix(tag_hash, near.min(1) as u64), || {
                format!("{tag}@{near}")
            });
            for word in named.words(ancestor) {
                let apart = u64::from(near > 1);
                out.add_value(const { Kind::new("class") }, mix(word.hash, apart), || {
                    format!(
                        "{}@{}",
                        &ancestor.attributes()[word.start..word.end],
                        if apart == 0 { "near" } else { "far" }
                    )
                });
            }
        }
        let landmark = landmark.unwrap_or("none");
        out.add_value(const { Kind::new("landmark") }, mix(hash_bytes(landmark.as_bytes()), length), || {
            format!("{landmark},words:{length}")
        });
        out.add_value(const { Kind::new("inline") }, mix(inline, length), || format!("words:{length}"));
        let parent = block.containers().nth(1).map_or("", Element::tag);
        out.add_value(
            const { Kind::new("parent") },
            hash_bytes(tag.as_bytes()) ^ hash_bytes(parent.as_bytes()).rotate_left(7),
            || format!("{parent}>{tag}"),
        );
        out.end_block();
    }
}

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
    /// The hash of each element's tag.
    tags: Vec<u64>,
    /// The words of all elements, and where those of each end.
    words: Vec<Word>,
    ends: Vec<usize>,
}

/// A word within an element's id, classes and roles.
struct Word {
    hash: u64,
    start: usize,
    end: usize,
}

impl Named {
    fn of(document: &Document) -> Self {
        let mut named = Self::default();
        let mut lower = String::new();
        for element in document.elements() {
            named.tags.push(hash_bytes(element.tag().as_bytes()));
            named.read(element.attributes(), &mut lower);
            named.ends.push(named.words.len());
        }
        named
    }

    fn words(&self, element: Element<'_>) -> &[Word] {
        let start = if element.id() == 0 { 0 } else { self.ends[element.id() - 1] };
        &self.words[start..self.ends[element.id()]]
    }

    /// Adds the words of `names`: split at hyphens, underscores, digits and camel case, and in lower case. Parts of one
    /// letter say nothing. `lower` is room to work in.
    fn read(&mut self, names: &str, lower: &mut String) {
        let mut take = |start: usize, end: usize| {
            if end > start + 1 {
                lower.clear();
                let word = &names[start..end];
                if word.is_ascii() {
                    lower.push_str(word);
                    lower.make_ascii_lowercase();
                } else {
                    lower.extend(word.chars().flat_map(char::to_lowercase));
                }
                self.words.push(Word { hash: hash_bytes(lower.as_bytes()), start, end });
            }
        };
        let mut start = 0;
        let mut before = ' ';
        for (index, c) in names.char_indices() {
            let ends = !c.is_alphabetic();
            if ends || c.is_uppercase() && !before.is_uppercase() {
                take(start, index);
                start = if ends { index + c.len_utf8() } else { index };
            }
            before = c;
        }
        take(start, names.len());
    }
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

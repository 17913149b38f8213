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
    let names: Vec<Vec<Word>> = document.elements().map(words).collect();
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
        let mut inline = hash_bytes(b"");
        for (distance, ancestor) in element.ancestors().take(FARTHEST).enumerate() {
            let tag = ancestor.tag();
            if ancestor.is_inline() {
                inline = mix(inline, hash_bytes(tag.as_bytes()));
            }
            if landmark.is_none() && is_landmark(tag) {
                landmark = Some(tag);
            }
            let near = if distance < NEAR { distance } else { NEAR };
            out.add_value(
                const { Kind::new("in") },
                mix(hash_bytes(tag.as_bytes()), near.min(1) as u64),
                || format!("{tag}@{near}"),
            );
            for word in &names[ancestor.id()] {
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

/// A word within an element's names.
struct Word {
    hash: u64,
    start: usize,
    end: usize,
}

/// The words in an element's id, classes and roles: split at hyphens, underscores, digits and camel case, and in
/// lower case. Parts of one letter say nothing.
fn words(element: Element<'_>) -> Vec<Word> {
    let names = element.attributes();
    let mut words = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    let mut take = |start: usize, end: usize| {
        if end > start + 1 {
            let lower = names[start..end].to_lowercase();
            words.push(Word { hash: hash_bytes(lower.as_bytes()), start, end });
        }
    };
    for (index, c) in names.char_indices() {
        let ends = !c.is_alphabetic();
        if ends || c.is_uppercase() && !before.is_uppercase() {
            take(start, index);
            start = if ends { index + c.len_utf8() } else { index };
        }
        before = c;
    }
    take(start, names.len());
    words
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

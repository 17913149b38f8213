//! An open element: what it is, what is inherited within it, and what its author called it.
//!
//! Comes in: a start tag and the element around it. Goes out: an [`Open`] element that can write its name down.

use super::attributes::Attributes;
use super::foreign::Namespace;
use crate::document::ElementId;
use crate::tag::{Tag, Traits};

/// The most bytes kept of one element's names (`id`, `class`, `role`, `itemprop`).
const LONGEST_NAME: usize = 200;

/// An element on the cutter's stack.
pub(super) struct Open<'a> {
    pub tag: Tag,
    /// The tag's name as written; only that of unknown tags is read.
    pub name: &'a str,
    pub attributes: Attributes<'a>,
    /// Its place in the document, once a block stood in it.
    pub element: Option<ElementId>,
    pub in_link: bool,
    pub unseen: bool,
    /// The vocabulary of the element itself.
    pub namespace: Namespace,
    pub preformatted: bool,
}

impl<'a> Open<'a> {
    /// The element that a start tag opens within `parent`.
    pub fn new(tag: Tag, name: &'a str, attributes: Attributes<'a>, parent: Option<&Self>) -> Self {
        let inherited = |what: fn(&Open<'a>) -> bool| parent.is_some_and(what);
        Self {
            tag,
            name,
            attributes,
            element: None,
            in_link: tag == Tag::A || inherited(|open| open.in_link),
            unseen: tag.has(Traits::UNSEEN) || inherited(|open| open.unseen),
            namespace: parent.map_or(Namespace::Html, Self::namespace_within).of(tag),
            preformatted: tag == Tag::PRE || inherited(|open| open.preformatted),
        }
    }

    /// Whether the element is of SVG or MathML.
    pub fn is_foreign(&self) -> bool {
        self.namespace != Namespace::Html
    }

    /// Whether what stands in the element is of SVG or MathML.
    pub fn holds_foreign(&self) -> bool {
        self.namespace_within() != Namespace::Html
    }

    fn namespace_within(&self) -> Namespace {
        self.namespace.within(self.tag)
    }

    /// Writes the element as one word behind what `out` holds: `div#main.post.entry[role=main]`.
    pub fn write_name(&self, out: &mut String) {
        let start = out.len();
        if self.tag == Tag::OTHER {
            out.push_str(self.name);
            out[start..].make_ascii_lowercase();
        } else {
            out.push_str(self.tag.name());
        }
        let names = Names::of(self.attributes.clone());
        let first = |value: Option<&'a str>| value.and_then(|value| value.split_ascii_whitespace().next());
        if let Some(id) = first(names.id) {
            out.extend(["#", id]);
        }
        for class in names.class.unwrap_or_default().split_ascii_whitespace() {
            out.extend([".", class]);
        }
        for (attribute, value) in [("[role=", names.role), ("[itemprop=", names.item)] {
            if let Some(value) = first(value) {
                out.extend([attribute, value, "]"]);
            }
        }
        if names.is_hidden() {
            out.push_str("[hidden]");
        }
        let longest =
            (start..=out.len().min(start + LONGEST_NAME)).rev().find(|end| out.is_char_boundary(*end));
        out.truncate(longest.unwrap_or(start));
    }
}

/// The attributes that name or hide an element; of two with the same name the first counts.
#[derive(Default)]
struct Names<'a> {
    id: Option<&'a str>,
    class: Option<&'a str>,
    role: Option<&'a str>,
    item: Option<&'a str>,
    style: Option<&'a str>,
    aria_hidden: Option<&'a str>,
    hidden: Option<&'a str>,
}

impl<'a> Names<'a> {
    fn of(attributes: Attributes<'a>) -> Self {
        let mut names = Self::default();
        for (name, value) in attributes {
            // By length first: most attributes are none of these.
            let (wanted, place) = match name.len() {
                2 => ("id", &mut names.id),
                4 => ("role", &mut names.role),
                5 if name.as_bytes()[0] | 0x20 == b'c' => ("class", &mut names.class),
                5 => ("style", &mut names.style),
                6 => ("hidden", &mut names.hidden),
                8 => ("itemprop", &mut names.item),
                11 => ("aria-hidden", &mut names.aria_hidden),
                _ => continue,
            };
            if name.eq_ignore_ascii_case(wanted) {
                place.get_or_insert(value);
            }
        }
        names
    }

    fn is_hidden(&self) -> bool {
        self.hidden.is_some()
            || self.aria_hidden.is_some_and(|value| value.eq_ignore_ascii_case("true"))
            || self.style.is_some_and(hides)
    }
}

/// Whether a style holds `display:none`, in whatever case and with whatever white space in it.
fn hides(style: &str) -> bool {
    const WANTED: &[u8] = b"display:none";
    let mut found = 0;
    for c in style.chars().filter(|c| !c.is_whitespace()) {
        let c = c.to_ascii_lowercase();
        // Where it does not go on it can only begin anew: it holds its first letter once.
        found = if c == char::from(WANTED[found]) { found + 1 } else { usize::from(c == 'd') };
        if found == WANTED.len() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::hides;

    #[test]
    fn styles_hide_in_any_spelling() {
        for style in ["display:none", "color:red; DISPLAY :\tNone !important", "d display:nodisplay:none"] {
            assert!(hides(style), "{style}");
        }
        for style in ["", "display:non", "display:no-ne", "visibility:hidden", "isplay:none"] {
            assert!(!hides(style), "{style}");
        }
    }
}

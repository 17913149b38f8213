//! SVG and MathML within HTML: what is theirs, and how HTML comes back (WHATWG HTML, section 13.2.6.5).
//!
//! Comes in: a start tag and where it stands. Goes out: the [`Namespace`] of its element and of what it holds, and
//! whether the tag ends the SVG or MathML around it.

use super::attributes::Attributes;
use crate::tag::{Tag, Traits};

/// The vocabulary that an element is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Namespace {
    Html,
    Svg,
    MathMl,
}

/// Tags that belong to HTML wherever they stand: authors forget to end an `svg`.
const BREAKS_OUT: [Tag; 42] = [
    Tag::named("b"),
    Tag::named("big"),
    Tag::named("blockquote"),
    Tag::named("body"),
    Tag::named("br"),
    Tag::named("center"),
    Tag::named("code"),
    Tag::named("dd"),
    Tag::named("div"),
    Tag::named("dl"),
    Tag::named("dt"),
    Tag::named("em"),
    Tag::named("embed"),
    Tag::named("h1"),
    Tag::named("h2"),
    Tag::named("h3"),
    Tag::named("h4"),
    Tag::named("h5"),
    Tag::named("h6"),
    Tag::named("head"),
    Tag::named("hr"),
    Tag::named("i"),
    Tag::named("img"),
    Tag::named("li"),
    Tag::named("menu"),
    Tag::named("meta"),
    Tag::named("nobr"),
    Tag::named("ol"),
    Tag::named("p"),
    Tag::named("pre"),
    Tag::named("ruby"),
    Tag::named("s"),
    Tag::named("small"),
    Tag::named("span"),
    Tag::named("strong"),
    Tag::named("strike"),
    Tag::named("sub"),
    Tag::named("sup"),
    Tag::named("table"),
    Tag::named("tt"),
    Tag::named("u"),
    Tag::named("ul"),
];

/// Whether a start tag within SVG or MathML ends them.
pub(super) fn breaks_out(tag: Tag, attributes: &Attributes<'_>) -> bool {
    let is_html_font = || ["color", "face", "size"].iter().any(|name| attributes.value(name).is_some());
    // Most tags within SVG are none of HTML's.
    tag != Tag::OTHER && (BREAKS_OUT.contains(&tag) || tag == Tag::FONT && is_html_font())
}

impl Namespace {
    /// The vocabulary of the element that a start tag `tag` opens among elements of this one.
    pub fn of(self, tag: Tag) -> Self {
        match tag {
            Tag::SVG => Self::Svg,
            _ if tag.has(Traits::FOREIGN) => Self::MathMl,
            _ => self,
        }
    }

    /// The vocabulary of what an element `tag` of this one holds: some elements of SVG hold HTML.
    pub fn within(self, tag: Tag) -> Self {
        let is_integration_point = matches!(tag, Tag::DESC | Tag::FOREIGN_OBJECT | Tag::TITLE);
        if self == Self::Svg && is_integration_point { Self::Html } else { self }
    }
}

//! What is to be known of each HTML element.
//!
//! Comes in: a tag name. Goes out: its [`Tag`] with the traits that decide how it opens, closes and breaks text.

use std::ops::BitOr;

/// The traits of an element (WHATWG HTML, sections 13.2.4.2, 13.2.6.4 and 15.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Traits(u16);

impl Traits {
    /// Runs within a line of text.
    pub const NONE: Self = Self(0);
    /// Starts and ends a block of text.
    pub const BLOCK: Self = Self(1);
    /// Has no content and no end tag.
    pub const VOID: Self = Self(1 << 1);
    /// Its start tag ends an open `p`.
    pub const ENDS_P: Self = Self(1 << 2);
    /// "Special": end tags of ordinary elements do not reach beyond it.
    pub const SPECIAL: Self = Self(1 << 3);
    /// Bounds the scope within which end tags and implied end tags look for their element.
    pub const SCOPE: Self = Self(1 << 4);
    /// A formatting element: its end tag works even if blocks were opened within it.
    pub const FORMAT: Self = Self(1 << 5);
    /// Its content is never shown.
    pub const UNSEEN: Self = Self(1 << 6);
    /// Its content is text to be read with character references.
    pub const RCDATA: Self = Self(1 << 7);
    /// Its content is raw text.
    pub const RAW: Self = Self(1 << 8);
    /// A heading: one ends another.
    pub const HEADING: Self = Self(1 << 9);
    /// Root of `svg` or `math`.
    pub const FOREIGN: Self = Self(1 << 10);

    /// Whether all of `traits` are among these.
    pub const fn has(self, traits: Self) -> bool {
        self.0 & traits.0 == traits.0
    }

    const fn with(self, traits: Self) -> Self {
        Self(self.0 | traits.0)
    }
}

impl BitOr for Traits {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.with(other)
    }
}

/// An element type: an index into the table of known tags; all unknown tags share [`Tag::OTHER`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag(u8);

/// Special, block-level and closing an open paragraph: `div` and its kin.
const DIV: Traits = Traits::BLOCK.with(Traits::ENDS_P).with(Traits::SPECIAL);
/// Parts of tables and the like: special blocks that leave an open paragraph alone.
const PART: Traits = Traits::BLOCK.with(Traits::SPECIAL);
/// Cells, and what else holds a page of its own, such as some elements of SVG.
const CELL: Traits = PART.with(Traits::SCOPE);
const UNSEEN_RAW: Traits = Traits::UNSEEN.with(Traits::RAW).with(Traits::SPECIAL);

const KNOWN: [(&str, Traits); 132] = [
    // Unknown tags: custom elements nearly always serve as boxes.
    ("", Traits::BLOCK),
    ("a", Traits::FORMAT),
    ("abbr", Traits::NONE),
    ("acronym", Traits::NONE),
    ("address", DIV),
    ("applet", CELL),
    ("area", Traits::VOID),
    ("article", DIV),
    ("aside", DIV),
    ("audio", Traits::BLOCK),
    ("b", Traits::FORMAT),
    ("base", Traits::VOID),
    ("bdi", Traits::NONE),
    ("bdo", Traits::NONE),
    ("big", Traits::FORMAT),
    ("blockquote", DIV),
    ("body", CELL),
    ("br", Traits::VOID),
    ("button", PART),
    ("canvas", Traits::BLOCK),
    ("caption", CELL),
    ("center", DIV),
    ("cite", Traits::NONE),
    ("code", Traits::FORMAT),
    ("col", Traits::VOID),
    ("colgroup", PART),
    ("data", Traits::NONE),
    ("dd", DIV),
    ("del", Traits::NONE),
    ("desc", CELL),
    ("details", DIV),
    ("dfn", Traits::NONE),
    ("dialog", DIV),
    ("dir", DIV),
    ("div", DIV),
    ("dl", DIV),
    ("dt", DIV),
    ("em", Traits::FORMAT),
    ("embed", Traits::VOID),
    ("fieldset", DIV),
    ("figcaption", DIV),
    ("figure", DIV),
    ("font", Traits::FORMAT),
    ("footer", DIV),
    ("foreignobject", CELL),
    ("form", DIV),
    ("frame", Traits::VOID),
    ("frameset", PART),
    ("h1", DIV.with(Traits::HEADING)),
    ("h2", DIV.with(Traits::HEADING)),
    ("h3", DIV.with(Traits::HEADING)),
    ("h4", DIV.with(Traits::HEADING)),
    ("h5", DIV.with(Traits::HEADING)),
    ("h6", DIV.with(Traits::HEADING)),
    ("head", PART),
    ("header", DIV),
    ("hgroup", DIV),
    ("hr", Traits::VOID.with(DIV)),
    ("html", CELL),
    ("i", Traits::FORMAT),
    ("iframe", UNSEEN_RAW),
    ("img", Traits::VOID),
    ("input", Traits::VOID),
    ("ins", Traits::NONE),
    ("kbd", Traits::NONE),
    ("label", Traits::BLOCK),
    ("legend", Traits::BLOCK),
    ("li", DIV),
    ("link", Traits::VOID),
    ("main", DIV),
    ("mark", Traits::NONE),
    ("marquee", CELL),
    ("math", Traits::FOREIGN),
    ("menu", DIV),
    ("meta", Traits::VOID),
    ("nav", DIV),
    ("nobr", Traits::FORMAT),
    ("noembed", UNSEEN_RAW),
    ("noframes", UNSEEN_RAW),
    ("noscript", Traits::BLOCK),
    ("object", CELL),
    ("ol", DIV),
    ("optgroup", Traits::BLOCK),
    ("option", Traits::BLOCK),
    ("output", Traits::NONE),
    ("p", DIV),
    ("param", Traits::VOID),
    ("picture", Traits::NONE),
    ("plaintext", DIV),
    ("pre", DIV),
    ("q", Traits::NONE),
    ("rb", Traits::NONE),
    ("rp", Traits::NONE),
    ("rt", Traits::NONE),
    ("rtc", Traits::NONE),
    ("ruby", Traits::NONE),
    ("s", Traits::FORMAT),
    ("samp", Traits::NONE),
    ("script", UNSEEN_RAW),
    ("search", DIV),
    ("section", DIV),
    ("select", PART),
    ("slot", Traits::NONE),
    ("small", Traits::FORMAT),
    ("source", Traits::VOID),
    ("span", Traits::NONE),
    ("strike", Traits::FORMAT),
    ("strong", Traits::FORMAT),
    ("style", UNSEEN_RAW),
    ("sub", Traits::NONE),
    ("summary", DIV),
    ("sup", Traits::NONE),
    ("svg", Traits::FOREIGN.with(Traits::UNSEEN)),
    ("table", DIV.with(Traits::SCOPE)),
    ("tbody", PART),
    ("td", CELL),
    ("template", CELL.with(Traits::UNSEEN)),
    ("textarea", PART.with(Traits::RCDATA)),
    ("tfoot", PART),
    ("th", CELL),
    ("thead", PART),
    ("time", Traits::NONE),
    ("title", Traits::RCDATA.with(Traits::SPECIAL).with(Traits::SCOPE)),
    ("tr", PART),
    ("track", Traits::VOID),
    ("tt", Traits::FORMAT),
    ("u", Traits::FORMAT),
    ("ul", DIV),
    ("var", Traits::NONE),
    ("video", Traits::BLOCK),
    ("wbr", Traits::VOID),
    ("xmp", DIV.with(Traits::RAW)),
];

/// Slots of the lookup table: a power of two well above the number of tags, so that chains stay short.
const SLOTS: usize = 1024;

/// The tag in each slot by hash, open addressing; 0 is free.
static LOOKUP: [u8; SLOTS] = {
    let mut slots = [0; SLOTS];
    let mut index = 1;
    while index < KNOWN.len() {
        let mut slot = slot_of(key_of(KNOWN[index].0.as_bytes()));
        while slots[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        slots[slot] = index as u8;
        index += 1;
    }
    slots
};

/// The slot to begin with.
const fn slot_of(key: u64) -> usize {
    // Fibonacci hashing: the high bits of a product with 2^64 / golden ratio (Knuth, TAOCP 3, section 6.4).
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - SLOTS.trailing_zeros())) as usize
}

/// A name as one number, the same for upper and lower case: two names of one length whose keys are the same differ, if
/// at all, before their last [`KEY_BYTES`] bytes too.
const fn key_of(name: &[u8]) -> u64 {
    let mut key = 0_u64;
    let mut at = 0;
    while at < name.len() {
        key = key.rotate_left(8) ^ name[at].to_ascii_lowercase() as u64;
        at += 1;
    }
    key
}

/// Bytes of the longest name that nothing but its key and length needs to be compared of.
const KEY_BYTES: usize = 8;

/// The keys of the known tags.
static KEYS: [u64; KNOWN.len()] = {
    let mut keys = [0; KNOWN.len()];
    let mut index = 0;
    while index < KNOWN.len() {
        keys[index] = key_of(KNOWN[index].0.as_bytes());
        index += 1;
    }
    keys
};

/// Whether `name`, whose key is `key`, is the known tag at `index`.
const fn is_same(index: usize, name: &[u8], key: u64) -> bool {
    let known = KNOWN[index].0.as_bytes();
    if KEYS[index] != key || known.len() != name.len() {
        return false;
    }
    // If the bytes in front are the same, the key tells of all others; few names are so long.
    let mut at = 0;
    while at + KEY_BYTES < name.len() {
        if known[at] != name[at].to_ascii_lowercase() {
            return false;
        }
        at += 1;
    }
    true
}

impl Tag {
    /// How many tags there are, [`Tag::OTHER`] included.
    pub const COUNT: usize = KNOWN.len();
    /// Any tag that is not in the table.
    pub const OTHER: Self = Self(0);

    pub const A: Self = Self::named("a");
    pub const ADDRESS: Self = Self::named("address");
    pub const BODY: Self = Self::named("body");
    pub const BR: Self = Self::named("br");
    pub const BUTTON: Self = Self::named("button");
    pub const CAPTION: Self = Self::named("caption");
    pub const DD: Self = Self::named("dd");
    pub const DESC: Self = Self::named("desc");
    pub const DIV: Self = Self::named("div");
    pub const DT: Self = Self::named("dt");
    pub const FONT: Self = Self::named("font");
    pub const FOREIGN_OBJECT: Self = Self::named("foreignobject");
    pub const H1: Self = Self::named("h1");
    pub const H2: Self = Self::named("h2");
    pub const H3: Self = Self::named("h3");
    pub const H4: Self = Self::named("h4");
    pub const H5: Self = Self::named("h5");
    pub const H6: Self = Self::named("h6");
    pub const HEAD: Self = Self::named("head");
    pub const HTML: Self = Self::named("html");
    pub const LI: Self = Self::named("li");
    pub const META: Self = Self::named("meta");
    pub const OL: Self = Self::named("ol");
    pub const OPTGROUP: Self = Self::named("optgroup");
    pub const OPTION: Self = Self::named("option");
    pub const P: Self = Self::named("p");
    pub const PLAINTEXT: Self = Self::named("plaintext");
    pub const PRE: Self = Self::named("pre");
    pub const SCRIPT: Self = Self::named("script");
    pub const SPAN: Self = Self::named("span");
    pub const SVG: Self = Self::named("svg");
    pub const TABLE: Self = Self::named("table");
    pub const TBODY: Self = Self::named("tbody");
    pub const TD: Self = Self::named("td");
    pub const TEMPLATE: Self = Self::named("template");
    pub const TFOOT: Self = Self::named("tfoot");
    pub const TH: Self = Self::named("th");
    pub const THEAD: Self = Self::named("thead");
    pub const TITLE: Self = Self::named("title");
    pub const TR: Self = Self::named("tr");
    pub const UL: Self = Self::named("ul");

    /// The tag with this name, in upper or lower case.
    pub const fn named(name: &str) -> Self {
        let name = name.as_bytes();
        let key = key_of(name);
        let mut slot = slot_of(key);
        loop {
            match LOOKUP[slot] {
                0 => return Self::OTHER,
                index if is_same(index as usize, name, key) => return Self(index),
                _ => slot = (slot + 1) % SLOTS,
            }
        }
    }

    /// A number below [`Tag::COUNT`].
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The name; empty for [`Tag::OTHER`].
    pub fn name(self) -> &'static str {
        KNOWN[self.index()].0
    }

    /// Whether the tag has all of `traits`.
    pub fn has(self, traits: Traits) -> bool {
        KNOWN[self.index()].1.has(traits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_found() {
        for (index, (name, _)) in KNOWN.iter().enumerate().skip(1) {
            assert_eq!(Tag::named(name).index(), index, "{name}");
            assert_eq!(Tag::named(&name.to_uppercase()).index(), index, "{name}");
        }
        for name in ["my-element", "divs", "foreignobjects", "", "h\u{11}", "\u{212A}bd"] {
            assert_eq!(Tag::named(name), Tag::OTHER, "{name}");
        }
    }

    #[test]
    fn traits_of_a_few() {
        assert!(Tag::named("p").has(Traits::BLOCK | Traits::ENDS_P | Traits::SPECIAL));
        assert!(!Tag::named("span").has(Traits::BLOCK));
        assert!(Tag::named("my-element").has(Traits::BLOCK));
        assert!(Tag::named("td").has(Traits::SCOPE));
    }
}

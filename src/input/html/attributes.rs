//! The attributes of a tag.
//!
//! Comes in: what stands between a tag's name and its end. Goes out: names and values as written, one pair after
//! another (WHATWG HTML, sections 13.2.5.32 to 13.2.5.40). They are read twice: once to find the tag's end, and again
//! if anybody asks, which is seldom, since few elements hold text.

use std::ops::Range;

use memchr::memchr;

/// The attributes of one tag, in the order they are written.
#[derive(Debug, Default, Clone)]
pub(super) struct Attributes<'a> {
    /// From behind the tag's name to the `>` that ends it.
    source: &'a str,
    at: usize,
}

/// What comes next in a tag.
pub(super) enum Step {
    /// An attribute, by the places of its name and value. Without a value, that is empty.
    Attribute { name: Range<usize>, value: Range<usize> },
    /// The `>` that ends the tag, with the place behind it.
    End { after: usize, self_closing: bool },
    /// The end of the page.
    Torn,
}

impl<'a> Attributes<'a> {
    /// The attributes of a tag whose name ends where `source` starts.
    pub fn new(source: &'a str) -> Self {
        Self { source, at: 0 }
    }

    /// The value of the attribute `name`, as written in the page; the first, if it is given twice.
    pub fn value(&self, name: &str) -> Option<&'a str> {
        let mut attributes = self.clone();
        attributes.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let Step::Attribute { name, value } = step(self.source.as_bytes(), &mut self.at) else { return None };
        Some((&self.source[name], &self.source[value]))
    }
}

/// What the bytes of a page are within a tag.
const SPACE: u8 = 1;
const SLASH: u8 = 1 << 1;
const CLOSE: u8 = 1 << 2;
const EQUALS: u8 = 1 << 3;

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    classes[b' ' as usize] = SPACE;
    classes[b'\n' as usize] = SPACE;
    classes[b'\t' as usize] = SPACE;
    classes[b'\r' as usize] = SPACE;
    classes[0x0C] = SPACE;
    classes[b'/' as usize] = SLASH;
    classes[b'>' as usize] = CLOSE;
    classes[b'=' as usize] = EQUALS;
    classes
};

/// The first place from `at` on whose byte is (or, unless `within`, is not) of one of `classes`; the end if there is
/// none.
#[inline]
fn skip(bytes: &[u8], mut at: usize, classes: u8, within: bool) -> usize {
    while bytes.get(at).is_some_and(|byte| (CLASSES[usize::from(*byte)] & classes != 0) == within) {
        at += 1;
    }
    at
}

/// Where the tag name that starts at `start` ends.
#[inline]
pub(super) fn name_end(bytes: &[u8], start: usize) -> usize {
    skip(bytes, start, SPACE | SLASH | CLOSE, false)
}

/// Reads on from `at` within a tag, and moves it.
#[inline]
pub(super) fn step(bytes: &[u8], at: &mut usize) -> Step {
    let start = skip(bytes, *at, SPACE | SLASH, true);
    match bytes.get(start) {
        None => return Step::Torn,
        Some(b'>') => {
            return Step::End { after: start + 1, self_closing: start > *at && bytes[start - 1] == b'/' };
        }
        Some(_) => {}
    }
    // An equals sign in the first place belongs to the name.
    let name = start..skip(bytes, start + 1, SPACE | SLASH | CLOSE | EQUALS, false);
    let equals = skip(bytes, name.end, SPACE, true);
    match bytes.get(equals) {
        None => return Step::Torn,
        Some(b'=') => {}
        Some(_) => {
            *at = name.end;
            return Step::Attribute { value: name.end..name.end, name };
        }
    }
    let value = skip(bytes, equals + 1, SPACE, true);
    match bytes.get(value) {
        None => Step::Torn,
        Some(quote @ (b'"' | b'\'')) => match memchr(*quote, &bytes[value + 1..]) {
            None => Step::Torn,
            Some(length) => {
                let value = value + 1..value + 1 + length;
                *at = value.end + 1;
                Step::Attribute { name, value }
            }
        },
        Some(_) => {
            let value = value..skip(bytes, value, SPACE | CLOSE, false);
            *at = value.end;
            Step::Attribute { name, value }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_two_counts_and_case_does_not() {
        let attributes = Attributes::new(" Class=a class='b c' ID id=x hidden>");
        assert_eq!(attributes.value("class"), Some("a"));
        assert_eq!((attributes.value("id"), attributes.value("hidden")), (Some(""), Some("")));
        assert_eq!(attributes.value("style"), None);
        assert_eq!(attributes.count(), 5);
    }

    #[test]
    fn what_the_page_ends_within_has_no_end() {
        for torn in ["", " ", " a", " a ", " a=", " a= ", " a='", " a=b"] {
            let mut at = 0;
            let ends = loop {
                match step(torn.as_bytes(), &mut at) {
                    Step::Attribute { .. } => {}
                    Step::End { .. } => break true,
                    Step::Torn => break false,
                }
            };
            assert!(!ends, "{torn}");
        }
    }
}

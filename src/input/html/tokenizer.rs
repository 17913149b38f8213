//! The HTML tokenizer: bytes of a page to text, start tags and end tags, after WHATWG HTML, section 13.2.5.
//!
//! Comes in: a page as text and a [`Sink`]. Goes out: one call a token, in order, in one pass and linear time;
//! comments, doctypes and processing instructions are passed over.

use std::ops::Range;

use memchr::{memchr, memchr2, memmem};

use super::attributes::{Attributes, Step, name_end, step};
use super::entity;

/// Takes the tokens.
pub(super) trait Sink<'a> {
    /// Characters with the bytes of the page they came from.
    fn text(&mut self, text: &str, source: Range<usize>);
    /// A start tag; the answer says how to read what follows it.
    fn start_tag(&mut self, tag: &StartTag<'a>) -> Content;
    /// An end tag with its name as written.
    fn end_tag(&mut self, name: &'a str);
    /// Whether the innermost open element is `svg` or `math`, where `<![CDATA[` holds text.
    fn is_foreign(&self) -> bool;
}

/// How the text after a start tag is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// As markup.
    Markup,
    /// Up to the element's end tag, with character references (`title`, `textarea`).
    Rcdata,
    /// Up to the element's end tag, as it is (`style`, `iframe`).
    RawText,
    /// As [`Content::RawText`], with the rules for scripts within comments.
    Script,
    /// Up to the end of the page.
    PlainText,
}

/// A start tag.
#[derive(Debug)]
pub(super) struct StartTag<'a> {
    /// The name as written, in upper or lower case.
    pub name: &'a str,
    /// Whether it ends with `/>`.
    pub self_closing: bool,
    pub attributes: Attributes<'a>,
}

/// Passes all tokens of `html` to `sink`.
pub(super) fn tokenize<'a>(html: &'a str, sink: &mut impl Sink<'a>) {
    let bytes = html.as_bytes();
    Tokenizer { html, bytes, at: 0, never_ends: [false; 2], sink }.run();
}

struct Tokenizer<'a, 's, S> {
    html: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Whether no `</textarea>`, and no `</title>`, is left on the page.
    never_ends: [bool; 2],
    sink: &'s mut S,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | 0x0C)
}

/// Whether a `<` before this byte is more than text.
fn opens_markup(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!' | b'?')
}

/// Where text may end: at the next `<` or `&`.
fn next_mark(rest: &[u8]) -> Option<usize> {
    // Many tags stand right behind another.
    if rest.first() == Some(&b'<') { Some(0) } else { memchr2(b'<', b'&', rest) }
}

impl<'a, S: Sink<'a>> Tokenizer<'a, '_, S> {
    fn run(&mut self) {
        let mut from = 0;
        // What only looks like markup or a reference is passed over here, so that text comes in one piece.
        while let Some(offset) = next_mark(&self.bytes[from..]) {
            let at = from + offset;
            from = at + 1;
            if self.bytes[at] == b'&' {
                if let Some(reference) = entity::decode(&self.bytes[from..]) {
                    self.text(at);
                    self.reference(reference);
                    from = self.at;
                }
            } else if self.bytes.get(from).is_some_and(|byte| opens_markup(*byte)) {
                self.text(at);
                self.markup();
                from = self.at;
            }
        }
        self.text(self.bytes.len());
    }

    /// Emits the text up to `end`, as it is.
    fn text(&mut self, end: usize) {
        if self.at < end {
            self.sink.text(&self.html[self.at..end], self.at..end);
        }
        self.at = end;
    }

    /// Emits the text up to `end`, character references decoded.
    fn text_with_references(&mut self, end: usize) {
        let mut from = self.at;
        while let Some(offset) = memchr(b'&', &self.bytes[from..end]) {
            let at = from + offset;
            from = at + 1;
            if let Some(reference) = entity::decode(&self.bytes[from..end]) {
                self.text(at);
                self.reference(reference);
                from = self.at;
            }
        }
        self.text(end);
    }

    /// Emits what the reference at the current place stands for.
    fn reference(&mut self, reference: entity::Reference) {
        let mut buffer = [0; 8];
        let mut filled = 0;
        for character in reference.chars.into_iter().flatten() {
            filled += character.encode_utf8(&mut buffer[filled..]).len();
        }
        let decoded = str::from_utf8(&buffer[..filled]).unwrap_or_default();
        let start = self.at;
        self.at += 1 + reference.bytes;
        self.sink.text(decoded, start..self.at);
    }

    /// Reads what starts with the `<` at the current place, which [`opens_markup`].
    fn markup(&mut self) {
        let rest = &self.bytes[self.at..];
        match rest.get(1) {
            Some(byte) if byte.is_ascii_alphabetic() => self.start_tag(),
            Some(b'/') => match rest.get(2) {
                Some(byte) if byte.is_ascii_alphabetic() => self.end_tag(),
                Some(_) => self.skip_past(b'>', 2),
                None => self.text(self.bytes.len()),
            },
            Some(b'!') if rest.starts_with(b"<!--") => self.comment(),
            Some(b'!') if rest.starts_with(b"<![CDATA[") && self.sink.is_foreign() => {
                self.at += b"<![CDATA[".len();
                let end = memmem::find(&self.bytes[self.at..], b"]]>");
                self.text(end.map_or(self.bytes.len(), |offset| self.at + offset));
                self.at = (self.at + 3).min(self.bytes.len());
            }
            Some(b'!' | b'?') => self.skip_past(b'>', 2),
            _ => self.text(self.at + 1),
        }
    }

    /// Skips to behind the next `byte` at least `ahead` bytes on, or to the end.
    fn skip_past(&mut self, byte: u8, ahead: usize) {
        let from = self.at + ahead;
        self.at = memchr(byte, &self.bytes[from..]).map_or(self.bytes.len(), |offset| from + offset + 1);
    }

    /// Skips the comment that starts here: to `-->` or `--!>`, or a `>` right after its opening dashes.
    fn comment(&mut self) {
        let start = self.at + b"<!--".len();
        let mut from = start;
        while let Some(offset) = memchr(b'>', &self.bytes[from..]) {
            let inner = &self.bytes[start..from + offset];
            from += offset + 1;
            if inner.is_empty() || inner == b"-" || inner.ends_with(b"--") || inner.ends_with(b"--!") {
                self.at = from;
                return;
            }
        }
        self.at = self.bytes.len();
    }

    fn start_tag(&mut self) {
        let Some(tag) = self.tag(1) else { return self.drop_rest() };
        match self.sink.start_tag(&tag) {
            Content::Markup => {}
            Content::PlainText => self.text(self.bytes.len()),
            Content::Script => self.text(self.script_end()),
            Content::Rcdata => self.rcdata(tag.name),
            Content::RawText => self.text(self.raw_text_end(tag.name).unwrap_or(self.bytes.len())),
        }
    }

    fn end_tag(&mut self) {
        match self.tag(2) {
            Some(tag) => self.sink.end_tag(tag.name),
            None => self.drop_rest(),
        }
    }

    /// Drops what is left of a page that ends within a tag.
    fn drop_rest(&mut self) {
        self.at = self.bytes.len();
    }

    /// Reads the tag whose name starts `ahead` bytes on; nothing if the page ends within it.
    fn tag(&mut self, ahead: usize) -> Option<StartTag<'a>> {
        let start = self.at + ahead;
        let end = name_end(self.bytes, start);
        let mut at = end;
        let (after, self_closing) = loop {
            match step(self.bytes, &mut at) {
                Step::Attribute { .. } => {}
                Step::End { after, self_closing } => break (after, self_closing),
                Step::Torn => return None,
            }
        };
        self.at = after;
        let attributes = Attributes::new(&self.html[end..after]);
        Some(StartTag { name: &self.html[start..end], self_closing, attributes })
    }

    /// Emits the text of a `title` or `textarea`. One that never ends takes up the whole page in a browser, but not here:
    /// saved pages are damaged more often than they mean that. Its text then ends where the next tag starts.
    fn rcdata(&mut self, name: &'a str) {
        let is_title = usize::from(name.eq_ignore_ascii_case("title"));
        let end = if self.never_ends[is_title] { None } else { self.raw_text_end(name) };
        // Known for the rest of the page, so that many unended titles do not each search it.
        self.never_ends[is_title] = end.is_none();
        let next_tag =
            || memchr(b'<', &self.bytes[self.at..]).map_or(self.bytes.len(), |offset| self.at + offset);
        self.text_with_references(end.unwrap_or_else(next_tag));
        if end.is_none() {
            self.sink.end_tag(name);
        }
    }

    /// Where the end tag of the element `name` that was just opened starts.
    fn raw_text_end(&self, name: &str) -> Option<usize> {
        let mut from = self.at;
        while let Some(offset) = memchr(b'<', &self.bytes[from..]) {
            if self.is_tag(from + offset, b"</", name) {
                return Some(from + offset);
            }
            from += offset + 1;
        }
        None
    }

    /// Where a script ends: at `</script>`, but not within `<!-- <script> … -->`.
    fn script_end(&self) -> usize {
        #[derive(PartialEq)]
        enum State {
            Plain,
            Escaped,
            DoubleEscaped,
        }
        let (mut state, mut from) = (State::Plain, self.at);
        // In plain script only `<` matters; within a comment the dash of `-->` does as well.
        loop {
            let rest = &self.bytes[from..];
            let next = if state == State::Plain { memchr(b'<', rest) } else { memchr2(b'<', b'-', rest) };
            let Some(offset) = next else { return self.bytes.len() };
            let at = from + offset;
            from = at + 1;
            if self.bytes[at] == b'-' {
                if self.bytes[at..].starts_with(b"-->") {
                    state = State::Plain;
                }
            } else if self.is_tag(at, b"</", "script") {
                if state != State::DoubleEscaped {
                    return at;
                }
                state = State::Escaped;
            } else if state == State::Plain && self.bytes[at..].starts_with(b"<!--") {
                state = State::Escaped;
                from = at + b"<!".len();
            } else if state == State::Escaped && self.is_tag(at, b"<", "script") {
                state = State::DoubleEscaped;
            }
        }
    }

    /// Whether the tag `open` + `name`, in any case, stands at `at`.
    fn is_tag(&self, at: usize, open: &[u8], name: &str) -> bool {
        let rest = &self.bytes[at..];
        let end = open.len() + name.len();
        rest.starts_with(open)
            && rest.len() > end
            && rest[open.len()..end].eq_ignore_ascii_case(name.as_bytes())
            && (is_space(rest[end]) || matches!(rest[end], b'/' | b'>'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes tokens down: text as it is, tags in brackets.
    #[derive(Default)]
    struct Transcript(String);

    impl<'a> Sink<'a> for Transcript {
        fn text(&mut self, text: &str, _: Range<usize>) {
            self.0.push_str(text);
        }
        fn start_tag(&mut self, tag: &StartTag<'a>) -> Content {
            let tag_name = tag.name.to_ascii_lowercase();
            self.0.extend(["[", &tag_name]);
            for (name, value) in tag.attributes.clone() {
                self.0.extend([" ", name, "=", value]);
            }
            self.0.push_str(if tag.self_closing { "/]" } else { "]" });
            match tag_name.as_str() {
                "title" | "textarea" => Content::Rcdata,
                "style" => Content::RawText,
                "script" => Content::Script,
                "plaintext" => Content::PlainText,
                _ => Content::Markup,
            }
        }
        fn end_tag(&mut self, name: &str) {
            self.0.extend(["[/", &name.to_ascii_lowercase(), "]"]);
        }
        fn is_foreign(&self) -> bool {
            self.0.contains("[svg]")
        }
    }

    #[track_caller]
    fn check(html: &str, expected: &str) {
        let mut transcript = Transcript::default();
        tokenize(html, &mut transcript);
        assert_eq!(transcript.0, expected, "{html}");
    }

    #[test]
    fn tags_and_attributes() {
        check("a<B Class='x y' id=z checked>c</B >d", "a[b Class=x y id=z checked=]c[/b]d");
        check("<img src=a/b alt='>'/>x<br/>", "[img src=a/b alt=>/]x[br/]");
        check("<a =x y = z>t", "[a =x= y=z]t");
        check("<a href=>t", "[a href=]t");
        check("<p/ class=x>t", "[p class=x]t");
        check("<p class=x/>t", "[p class=x/]t");
    }

    #[test]
    fn what_only_looks_like_markup_is_text() {
        check("1 < 2 <3 a<", "1 < 2 <3 a<");
        check("x</", "x</");
        check("AT&T &amp; R&amp;D &copy2 &nosuch; &", "AT&T & R&D ©2 &nosuch; &");
    }

    #[test]
    fn what_the_page_ends_within_is_dropped() {
        for open in
            ["<a href='x", "<a ", "<a href", "<a href=", "<a href=x", "</a", "<!--", "<!-- x --", "<!doc"]
        {
            check(&format!("t{open}"), "t");
        }
    }

    #[test]
    fn comments_end_as_the_standard_says() {
        check("a<!-- <b> -- > -->b", "ab");
        check("a<!-->b", "ab");
        check("a<!--->b", "ab");
        check("a<!---->b", "ab");
        check("a<!--x--!>b", "ab");
        check("a<!--x--->b", "ab");
        check("a<!--!>b", "a");
        check("a<!doctype html>b<?php x ?>c</ d>e</>f", "abcef");
    }

    #[test]
    fn raw_text_runs_to_its_own_end_tag() {
        check("<title>a <b> &amp; c</Title>d", "[title]a <b> & c[/title]d");
        check("<style>a &amp; </styles> </style>d", "[style]a &amp; </styles> [/style]d");
        check("<script>if (a < b) '</' </script >d", "[script]if (a < b) '</' [/script]d");
        check("<plaintext>a</plaintext>&amp;", "[plaintext]a</plaintext>&amp;");
    }

    #[test]
    fn a_title_without_end_does_not_take_the_page() {
        check("<title>a &amp; b<p>c<title>d</p>", "[title]a & b[/title][p]c[title]d[/title][/p]");
        check("<textarea>a<title>b</title>c", "[textarea]a[/textarea][title]b[/title]c");
        check("<title>a", "[title]a[/title]");
    }

    #[test]
    fn scripts_within_comments() {
        check(
            "<script><!-- <script> </script> --> </script>x",
            "[script]<!-- <script> </script> --> [/script]x",
        );
        check("<script><!-- </script>x", "[script]<!-- [/script]x");
        check("<script><!--> <script> </script>x", "[script]<!--> <script> [/script]x");
    }

    #[test]
    fn cdata_is_text_in_foreign_content_only() {
        check("<![CDATA[x]]>y", "y");
        check("<svg><![CDATA[<b>]]>y", "[svg]<b>y");
        check("<svg><![CDATA[x", "[svg]x");
    }
}

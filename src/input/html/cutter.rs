//! The block cutter: tokens of an HTML page to the blocks of a document, without building a tree.
//!
//! Comes in: tokens, as a [`Sink`]. Goes out: blocks with their elements, through a [`DocumentBuilder`]. A stack of
//! at most [`DEEPEST`] open elements follows the standard's rules for implied end tags; the work a token takes is
//! bounded by that depth, so that time is linear in the page whatever its nesting.

use std::ops::Range;

use super::attributes::Attributes;
use super::element::Open;
use super::entity;
use super::foreign::breaks_out;
use super::pieces::{Piece, pieces};
use super::tokenizer::{Content, Sink, StartTag};
use crate::document::{DocumentBuilder, ElementId};
use crate::tag::{Tag, Traits};

/// The deepest nesting that is followed; elements below count as text of their ancestor.
const DEEPEST: usize = 512;

/// Kinds of elements: the known tags, and the unknown ones in groups.
const KINDS: usize = Tag::COUNT + UNKNOWN_KINDS;
const UNKNOWN_KINDS: usize = 64;

/// The kind of an element, a number below [`KINDS`].
fn kind_of(tag: Tag, name: &str) -> usize {
    if tag != Tag::OTHER {
        return tag.index();
    }
    let sum =
        name.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.to_ascii_lowercase()));
    Tag::COUNT + usize::from(sum) % UNKNOWN_KINDS
}

/// Cuts blocks out of a stream of tokens.
pub(super) struct Cutter<'a> {
    builder: DocumentBuilder,
    stack: Vec<Open<'a>>,
    /// How many elements of each kind are open, so that stray end tags cost nothing.
    open: [u16; KINDS],
    /// Elements opened below [`DEEPEST`] and not yet closed.
    too_deep: usize,
    /// Whether the text up to the next end tag is the raw text of an unseen element opened below [`DEEPEST`].
    muted: bool,
    title: String,
    block: BlockText,
}

/// The block being collected.
#[derive(Default)]
struct BlockText {
    text: String,
    source: Range<usize>,
    element: Option<ElementId>,
    link_bytes: usize,
    /// White space since the last character.
    space: bool,
    /// Line breaks since the last character.
    breaks: usize,
}

impl<'a> Cutter<'a> {
    /// A cutter for a new page.
    pub fn new() -> Self {
        let mut cutter = Self {
            builder: DocumentBuilder::new(true),
            stack: Vec::with_capacity(64),
            open: [0; KINDS],
            too_deep: 0,
            muted: false,
            title: String::new(),
            block: BlockText::default(),
        };
        cutter.push(Tag::BODY, "", Attributes::default());
        cutter
    }

    /// The blocks found.
    pub fn finish(mut self) -> DocumentBuilder {
        self.end_block();
        self.end_title();
        self.builder
    }

    fn top(&self) -> &Open<'a> {
        self.stack.last().expect("body is never popped")
    }

    fn push(&mut self, tag: Tag, name: &'a str, attributes: Attributes<'a>) {
        let open = Open::new(tag, name, attributes, self.stack.last());
        self.stack.push(open);
        self.open[kind_of(tag, name)] += 1;
    }

    /// Closes the elements from `index` of the stack on.
    fn pop_to(&mut self, index: usize) {
        for open in self.stack.drain(index.max(1)..) {
            self.open[kind_of(open.tag, open.name)] -= 1;
        }
    }

    /// The innermost open `tag` that is not beyond an element at which `stops`.
    fn find(&self, tag: Tag, stops: impl Fn(Tag) -> bool) -> Option<usize> {
        if self.open[tag.index()] == 0 {
            return None;
        }
        for (index, open) in self.stack.iter().enumerate().rev() {
            if open.tag == tag {
                return Some(index);
            }
            if stops(open.tag) {
                return None;
            }
        }
        None
    }

    /// Closes the innermost `tag` and what it holds, unless it is beyond an element at which `stops`.
    fn close(&mut self, tag: Tag, stops: impl Fn(Tag) -> bool) -> bool {
        let found = self.find(tag, stops);
        if let Some(index) = found {
            self.pop_to(index);
        }
        found.is_some()
    }

    /// Closes what the start tag `tag` implies the end of (WHATWG HTML, section 13.2.6.4.7 and those on tables).
    fn close_implied(&mut self, tag: Tag) {
        let in_scope = |tag: Tag| tag.has(Traits::SCOPE);
        let in_list = |tag: Tag| tag.has(Traits::SPECIAL) && !matches!(tag, Tag::ADDRESS | Tag::DIV | Tag::P);
        match tag {
            Tag::LI => {
                self.close(Tag::LI, in_list);
            }
            Tag::DD | Tag::DT => {
                self.close(Tag::DD, in_list);
                self.close(Tag::DT, in_list);
            }
            Tag::OPTION | Tag::OPTGROUP => {
                self.close(Tag::OPTION, |tag| tag.has(Traits::SPECIAL));
                if tag == Tag::OPTGROUP {
                    self.close(Tag::OPTGROUP, |tag| tag.has(Traits::SPECIAL));
                }
            }
            Tag::TD | Tag::TH => {
                self.close(Tag::TD, in_table);
                self.close(Tag::TH, in_table);
            }
            Tag::TR => {
                self.close(Tag::TR, in_table);
            }
            Tag::TBODY | Tag::THEAD | Tag::TFOOT => {
                for part in [Tag::TBODY, Tag::THEAD, Tag::TFOOT] {
                    self.close(part, in_table);
                }
            }
            Tag::BUTTON => {
                self.close(Tag::BUTTON, in_scope);
            }
            Tag::A => self.end_formatting(tag),
            _ => {}
        }
        if tag.has(Traits::ENDS_P) {
            self.close(Tag::P, in_paragraph_scope);
        }
        if tag.has(Traits::HEADING) && self.top().tag.has(Traits::HEADING) {
            self.pop_to(self.stack.len() - 1);
        }
    }

    /// Ends a formatting element. Where blocks were opened within it, they stay open and only the formatting ends:
    /// what the standard's "adoption agency" comes to for text and links.
    fn end_formatting(&mut self, tag: Tag) {
        let Some(index) = self.find(tag, |tag| tag.has(Traits::SCOPE)) else { return };
        if self.stack[index + 1..].iter().any(|open| open.tag.has(Traits::SPECIAL)) {
            let in_link = self.stack[index - 1].in_link;
            self.open[tag.index()] -= 1;
            self.open[Tag::SPAN.index()] += 1;
            self.stack[index].tag = Tag::SPAN;
            for open in &mut self.stack[index..] {
                open.in_link = in_link;
            }
        } else {
            self.pop_to(index);
        }
    }

    /// Closes the unknown element called `name`.
    fn end_other(&mut self, name: &str) -> bool {
        if self.open[kind_of(Tag::OTHER, name)] == 0 {
            return false;
        }
        let inner = self.stack.iter().rev().take_while(|open| !open.tag.has(Traits::SPECIAL));
        let Some(depth) =
            inner.clone().position(|open| open.tag == Tag::OTHER && open.name.eq_ignore_ascii_case(name))
        else {
            return false;
        };
        self.pop_to(self.stack.len() - 1 - depth);
        true
    }

    /// Closes SVG or MathML, up to the HTML around or within it.
    fn leave_foreign(&mut self) {
        let html = self.stack.iter().rposition(|open| !open.holds_foreign()).unwrap_or(0);
        self.pop_to(html + 1);
    }

    /// Ends the innermost element of SVG or MathML called `name`; false if the end tag is one for HTML.
    fn end_foreign(&mut self, tag: Tag, name: &str) -> bool {
        if matches!(tag, Tag::P | Tag::BR) {
            self.leave_foreign();
        }
        if self.open[kind_of(tag, name)] == 0 {
            return false;
        }
        let open = self.stack.iter().rev().take_while(|open| open.is_foreign());
        let Some(depth) = open.clone().position(|open| open.name.eq_ignore_ascii_case(name)) else {
            return false;
        };
        if self.parts_text(tag) {
            self.end_block();
        }
        self.pop_to(self.stack.len() - 1 - depth);
        true
    }

    /// The document's element for the top of the stack, made with its ancestors if no block stood in them yet.
    fn element(&mut self) -> Option<ElementId> {
        let known = self.stack.iter().rposition(|open| open.element.is_some());
        let mut parent = known.and_then(|index| self.stack[index].element);
        for open in &mut self.stack[known.map_or(0, |index| index + 1)..] {
            parent = Some(self.builder.element_with(parent, open.tag, |names| open.write_name(names)));
            open.element = parent;
        }
        parent
    }

    /// Whether a start or end tag here ends the block: not where nothing is shown, and not within a formula.
    fn parts_text(&self, tag: Tag) -> bool {
        let top = self.top();
        tag.has(Traits::BLOCK) && !top.unseen && !(top.is_foreign() && tag == Tag::OTHER)
    }

    fn end_block(&mut self) {
        let block = &mut self.block;
        (block.space, block.breaks) = (false, 0);
        if block.text.is_empty() {
            return;
        }
        self.builder.block(&block.text, block.source.clone(), block.element, block.link_bytes, false);
        block.text.clear();
        block.link_bytes = 0;
    }

    fn end_title(&mut self) {
        let words: Vec<&str> = self.title.split_whitespace().collect();
        self.builder.title(&words.join(" "));
        self.title.clear();
    }

    /// Takes words of visible text with so many single spaces between them.
    fn words(&mut self, words: &str, spaces: usize, source: Range<usize>) {
        if self.block.breaks > 1 && !self.block.text.is_empty() {
            self.end_block();
        }
        if self.block.text.is_empty() {
            self.block.element = self.element();
            self.block.source.start = source.start;
        } else if self.block.space || self.block.breaks > 0 {
            let in_lines = self.block.breaks > 0 && self.top().preformatted;
            self.block.text.push(if in_lines { '\n' } else { ' ' });
        }
        let in_link = self.top().in_link;
        let block = &mut self.block;
        block.text.push_str(words);
        block.link_bytes += if in_link { words.len() - spaces } else { 0 };
        block.source.end = source.end;
        block.space = false;
        block.breaks = 0;
    }

    /// Takes white space: in `pre` its line ends count, elsewhere it only separates words.
    fn white_space(&mut self, line_ends: usize) {
        self.block.space = true;
        if line_ends > 0 && self.top().preformatted {
            self.block.breaks += line_ends;
        }
    }
}

impl<'a> Sink<'a> for Cutter<'a> {
    fn text(&mut self, text: &str, source: Range<usize>) {
        let top = self.top();
        if top.unseen || self.muted {
            return;
        }
        if top.tag == Tag::TITLE {
            self.title.push_str(text);
            return;
        }
        // A decoded reference takes more bytes in the page than its character: it has one place as a whole.
        let whole = (text.len() != source.len()).then(|| source.clone());
        for piece in pieces(text) {
            match piece {
                Piece::White { line_ends } => self.white_space(line_ends),
                Piece::Words { range, spaces } => {
                    let place = source.start + range.start..source.start + range.end;
                    self.words(&text[range], spaces, whole.clone().unwrap_or(place));
                }
            }
        }
    }

    fn start_tag(&mut self, start: &StartTag<'a>) -> Content {
        let tag = Tag::named(start.name);
        let mut is_foreign = self.top().holds_foreign();
        if is_foreign {
            if breaks_out(tag, &start.attributes) {
                self.leave_foreign();
                is_foreign = self.top().holds_foreign();
            } else if start.self_closing || tag.has(Traits::VOID) {
                return Content::Markup;
            }
        }
        match tag {
            Tag::HTML | Tag::HEAD => return Content::Markup,
            Tag::BODY => {
                if let Some(body) = self.stack.first_mut().filter(|body| body.element.is_none()) {
                    body.attributes = start.attributes.clone();
                }
                return Content::Markup;
            }
            Tag::META => self.meta(&start.attributes),
            Tag::BR if !self.block.text.is_empty() => self.block.breaks += 1,
            _ => {}
        }
        if !is_foreign {
            self.close_implied(tag);
        }
        if self.parts_text(tag) {
            self.end_block();
        }
        if tag.has(Traits::VOID) || tag.has(Traits::FOREIGN) && start.self_closing {
            return Content::Markup;
        }
        if self.stack.len() < DEEPEST {
            self.push(tag, start.name, start.attributes.clone());
        } else {
            self.too_deep += 1;
            self.muted = tag.has(Traits::UNSEEN | Traits::RAW) || tag == Tag::TITLE;
        }
        content_of(tag, is_foreign)
    }

    fn end_tag(&mut self, name: &'a str) {
        let tag = Tag::named(name);
        self.muted = false;
        if self.too_deep > 0 {
            self.too_deep -= 1;
            if self.parts_text(tag) {
                self.end_block();
            }
            return;
        }
        if self.top().is_foreign() && self.end_foreign(tag, name) {
            return;
        }
        let parts_text = self.parts_text(tag);
        let in_scope = |tag: Tag| tag.has(Traits::SCOPE);
        let breaks = match tag {
            Tag::OTHER => self.end_other(name),
            Tag::HTML | Tag::BODY | Tag::HEAD => true,
            // A stray </p> stands for an empty paragraph.
            Tag::P => {
                self.close(tag, in_paragraph_scope);
                true
            }
            Tag::TITLE => {
                if self.top().tag == tag && !self.top().unseen {
                    self.end_title();
                }
                self.close(tag, |tag| tag.has(Traits::SPECIAL))
            }
            Tag::TD
            | Tag::TH
            | Tag::TR
            | Tag::TBODY
            | Tag::THEAD
            | Tag::TFOOT
            | Tag::CAPTION
            | Tag::TABLE => self.close(tag, in_table),
            Tag::TEMPLATE => self.close(tag, |_| false),
            Tag::DESC | Tag::FOREIGN_OBJECT => self.close(tag, |tag| tag.has(Traits::SPECIAL)),
            Tag::LI => self.close(tag, |tag| tag.has(Traits::SCOPE) || matches!(tag, Tag::OL | Tag::UL)),
            // </br> is read as <br>.
            Tag::BR if !self.block.text.is_empty() => {
                self.block.breaks += 1;
                false
            }
            _ if tag.has(Traits::HEADING) => self.end_heading(),
            _ if tag.has(Traits::SPECIAL) => self.close(tag, in_scope),
            _ if tag.has(Traits::FORMAT) => {
                self.end_formatting(tag);
                false
            }
            _ => self.close(tag, |tag| tag.has(Traits::SPECIAL)),
        };
        if breaks && parts_text {
            self.end_block();
        }
    }

    fn is_foreign(&self) -> bool {
        self.top().is_foreign()
    }
}

impl<'a> Cutter<'a> {
    /// Closes the innermost heading, whatever its level, as any `</h1>` … `</h6>` does.
    fn end_heading(&mut self) -> bool {
        let headings = [Tag::H1, Tag::H2, Tag::H3, Tag::H4, Tag::H5, Tag::H6];
        if headings.iter().all(|tag| self.open[tag.index()] == 0) {
            return false;
        }
        let open = self.stack.iter().rev().take_while(|open| !open.tag.has(Traits::SCOPE));
        let Some(depth) = open.clone().position(|open| open.tag.has(Traits::HEADING)) else { return false };
        self.pop_to(self.stack.len() - 1 - depth);
        true
    }

    /// Takes the page's title as it is given to social media.
    fn meta(&mut self, attributes: &Attributes<'a>) {
        let is_title =
            attributes.value("property").is_some_and(|property| property.eq_ignore_ascii_case("og:title"));
        if let Some(title) = attributes.value("content").filter(|_| is_title) {
            self.builder.title(&entity::decoded(title));
        }
    }
}

/// Bounds the search for an open cell, row or part of a table.
fn in_table(tag: Tag) -> bool {
    matches!(tag, Tag::TABLE | Tag::TEMPLATE | Tag::BODY)
}

/// Bounds the search for an open paragraph.
fn in_paragraph_scope(tag: Tag) -> bool {
    tag.has(Traits::SCOPE) || tag == Tag::BUTTON
}

/// How the content of a `tag` just opened is read.
fn content_of(tag: Tag, foreign: bool) -> Content {
    match tag {
        _ if foreign => Content::Markup,
        Tag::SCRIPT => Content::Script,
        Tag::PLAINTEXT => Content::PlainText,
        _ if tag.has(Traits::RCDATA) => Content::Rcdata,
        _ if tag.has(Traits::RAW) => Content::RawText,
        _ => Content::Markup,
    }
}

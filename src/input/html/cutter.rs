//! The block cutter: tokens of an HTML page to the blocks of a document, without building a tree.
//!
//! Comes in: tokens, as a [`Sink`]. Goes out: blocks with their elements, through a [`DocumentBuilder`]. A stack of
//! at most [`DEEPEST`] open elements follows the standard's rules for implied end tags; the work a token takes is
//! bounded by that depth, so that time is linear in the page whatever its nesting.

use std::ops::Range;

use super::entity;
use super::pieces::{Piece, pieces};
use super::tokenizer::{Content, Sink, StartTag};
use crate::document::{DocumentBuilder, ElementId};
use crate::tag::{Tag, Traits};

/// The deepest nesting that is followed; elements below count as text of their ancestor.
const DEEPEST: usize = 512;

/// The most bytes kept of one element's names (`id`, `class`, `role`, `itemprop`).
const LONGEST_NAME: usize = 200;

/// Cuts blocks out of a stream of tokens.
pub(super) struct Cutter<'a> {
    builder: DocumentBuilder,
    stack: Vec<Open<'a>>,
    /// How many elements of each tag are open, so that stray end tags cost nothing.
    open: [u16; Tag::COUNT],
    /// Elements opened below [`DEEPEST`] and not yet closed.
    too_deep: usize,
    /// Whether the text up to the next end tag is the raw text of an unseen element opened below [`DEEPEST`].
    muted: bool,
    title: String,
    block: BlockText,
}

/// An element on the stack.
struct Open<'a> {
    tag: Tag,
    /// The name, if the tag is unknown.
    other: String,
    attributes: Attributes<'a>,
    /// Its place in the document, once a block stood in it.
    element: Option<ElementId>,
    in_link: bool,
    unseen: bool,
    foreign: bool,
    preformatted: bool,
}

/// What an element's author called it, as written.
#[derive(Default, Clone, Copy)]
struct Attributes<'a> {
    id: &'a str,
    class: &'a str,
    role: &'a str,
    item: &'a str,
    hidden: bool,
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
            open: [0; Tag::COUNT],
            too_deep: 0,
            muted: false,
            title: String::new(),
            block: BlockText::default(),
        };
        cutter.push(Tag::named("body"), "", Attributes::default());
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

    fn push(&mut self, tag: Tag, name: &str, attributes: Attributes<'a>) {
        let parent = self.stack.last();
        let inherited = |what: fn(&Open<'a>) -> bool| parent.is_some_and(what);
        let html_in_foreign = tag == Tag::named("foreignobject");
        self.stack.push(Open {
            tag,
            other: if tag == Tag::OTHER { name.to_owned() } else { String::new() },
            attributes,
            element: None,
            in_link: tag == Tag::named("a") || inherited(|open| open.in_link),
            unseen: tag.has(Traits::UNSEEN) || inherited(|open| open.unseen),
            foreign: tag.has(Traits::FOREIGN) || inherited(|open| open.foreign) && !html_in_foreign,
            preformatted: tag == Tag::named("pre") || inherited(|open| open.preformatted),
        });
        self.open[tag.index()] += 1;
    }

    /// Closes the elements from `index` of the stack on.
    fn pop_to(&mut self, index: usize) {
        for open in self.stack.drain(index.max(1)..) {
            self.open[open.tag.index()] -= 1;
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
        let named = Tag::named;
        let in_scope = |tag: Tag| tag.has(Traits::SCOPE);
        let in_table = |tag: Tag| matches!(tag.name(), "table" | "template" | "body");
        let in_list = |tag: Tag| tag.has(Traits::SPECIAL) && !matches!(tag.name(), "address" | "div" | "p");
        match tag.name() {
            "li" => {
                self.close(named("li"), in_list);
            }
            "dd" | "dt" => {
                self.close(named("dd"), in_list);
                self.close(named("dt"), in_list);
            }
            "option" | "optgroup" => {
                self.close(named("option"), |tag| tag.has(Traits::SPECIAL));
                if tag.name() == "optgroup" {
                    self.close(named("optgroup"), |tag| tag.has(Traits::SPECIAL));
                }
            }
            "td" | "th" => {
                self.close(named("td"), in_table);
                self.close(named("th"), in_table);
            }
            "tr" => {
                self.close(named("tr"), in_table);
            }
            "tbody" | "thead" | "tfoot" => {
                for part in ["tbody", "thead", "tfoot"] {
                    self.close(named(part), in_table);
                }
            }
            "button" => {
                self.close(named("button"), in_scope);
            }
            "a" => self.end_formatting(tag),
            _ => {}
        }
        if tag.has(Traits::ENDS_P) {
            self.close(named("p"), |tag| tag.has(Traits::SCOPE) || tag.name() == "button");
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
            self.open[Tag::named("span").index()] += 1;
            self.stack[index].tag = Tag::named("span");
            for open in &mut self.stack[index..] {
                open.in_link = in_link;
            }
        } else {
            self.pop_to(index);
        }
    }

    /// Closes the unknown element called `name`.
    fn end_other(&mut self, name: &str) -> bool {
        let inner = self.stack.iter().rev().take_while(|open| !open.tag.has(Traits::SPECIAL));
        let Some(depth) = inner.clone().position(|open| open.tag == Tag::OTHER && open.other == name) else {
            return false;
        };
        self.pop_to(self.stack.len() - 1 - depth);
        true
    }

    /// The document's element for the top of the stack, made with its ancestors if no block stood in them yet.
    fn element(&mut self) -> Option<ElementId> {
        let known = self.stack.iter().rposition(|open| open.element.is_some());
        let mut parent = known.and_then(|index| self.stack[index].element);
        for open in &mut self.stack[known.map_or(0, |index| index + 1)..] {
            parent = Some(self.builder.element(parent, &open.name()));
            open.element = parent;
        }
        parent
    }

    /// Whether a start or end tag here ends the block: not where nothing is shown, and not within a formula.
    fn parts_text(&self, tag: Tag) -> bool {
        let top = self.top();
        tag.has(Traits::BLOCK) && !top.unseen && !(top.foreign && tag == Tag::OTHER)
    }

    fn end_block(&mut self) {
        let block = &mut self.block;
        self.builder.block(&block.text, block.source.clone(), block.element, block.link_bytes, false);
        let mut text = std::mem::take(&mut block.text);
        text.clear();
        *block = BlockText { text, ..BlockText::default() };
    }

    fn end_title(&mut self) {
        let words: Vec<&str> = self.title.split_whitespace().collect();
        self.builder.title(&words.join(" "));
        self.title.clear();
    }

    /// Takes a word (no white space) of visible text.
    fn word(&mut self, word: &str, source: Range<usize>) {
        if self.block.text.is_empty() {
            self.block.element = self.element();
            self.block.source.start = source.start;
        } else if self.block.breaks > 1 {
            self.end_block();
            return self.word(word, source);
        } else if self.block.space || self.block.breaks > 0 {
            let in_lines = self.block.breaks > 0 && self.top().preformatted;
            self.block.text.push(if in_lines { '\n' } else { ' ' });
        }
        let in_link = self.top().in_link;
        let block = &mut self.block;
        block.text.push_str(word);
        block.link_bytes += if in_link { word.len() } else { 0 };
        block.source.end = source.end;
        block.space = false;
        block.breaks = 0;
    }

    fn without_nul(&mut self, text: &str, source: Range<usize>) {
        let mut start = source.start;
        for part in text.split('\0') {
            self.text(part, start..start + part.len());
            start += part.len() + 1;
        }
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
        if top.tag == Tag::named("title") && !top.unseen {
            self.title.push_str(text);
            return;
        }
        if top.unseen || self.muted {
            return;
        }
        if memchr::memchr(0, text.as_bytes()).is_some() {
            // NUL is no character of a page; the places of the words around it stay right.
            return self.without_nul(text, source);
        }
        // A decoded reference takes more bytes in the page than its character: it has one place as a whole.
        let whole = (text.len() != source.len()).then(|| source.clone());
        for piece in pieces(text) {
            match piece {
                Piece::White { line_ends } => self.white_space(line_ends),
                Piece::Word(range) => {
                    let place = source.start + range.start..source.start + range.end;
                    self.word(&text[range], whole.clone().unwrap_or(place));
                }
            }
        }
    }

    fn start_tag(&mut self, start: &StartTag<'a, '_>) -> Content {
        let tag = Tag::named(start.name);
        if self.top().foreign {
            if start.self_closing || tag.has(Traits::VOID) {
                return Content::Markup;
            }
            if tag.has(Traits::ENDS_P) {
                // HTML breaks out of SVG and MathML.
                let html = self.stack.iter().rposition(|open| !open.foreign).unwrap_or(0);
                self.pop_to(html + 1);
            }
        }
        match start.name {
            "html" | "head" => return Content::Markup,
            "body" => {
                if let Some(body) = self.stack.first_mut().filter(|body| body.element.is_none()) {
                    body.attributes = Attributes::of(start);
                }
                return Content::Markup;
            }
            "meta" => self.meta(start),
            "br" if !self.block.text.is_empty() => self.block.breaks += 1,
            _ => {}
        }
        self.close_implied(tag);
        if self.parts_text(tag) {
            self.end_block();
        }
        if tag.has(Traits::VOID) || tag.has(Traits::FOREIGN) && start.self_closing {
            return Content::Markup;
        }
        if self.stack.len() < DEEPEST {
            self.push(tag, start.name, Attributes::of(start));
        } else {
            self.too_deep += 1;
            self.muted = tag.has(Traits::UNSEEN | Traits::RAW) || tag.name() == "title";
        }
        content_of(tag, self.top().foreign)
    }

    fn end_tag(&mut self, name: &str) {
        let tag = Tag::named(name);
        self.muted = false;
        if self.too_deep > 0 {
            self.too_deep -= 1;
            if self.parts_text(tag) {
                self.end_block();
            }
            return;
        }
        let parts_text = self.parts_text(tag);
        let in_scope = |tag: Tag| tag.has(Traits::SCOPE);
        let in_table = |tag: Tag| matches!(tag.name(), "table" | "template" | "body");
        let breaks = match tag.name() {
            "" => self.end_other(name),
            "html" | "body" | "head" => true,
            // A stray </p> stands for an empty paragraph.
            "p" => {
                self.close(tag, |tag| tag.has(Traits::SCOPE) || tag.name() == "button");
                true
            }
            "title" => {
                if self.top().tag == tag && !self.top().unseen {
                    self.end_title();
                }
                self.close(tag, |tag| tag.has(Traits::SPECIAL))
            }
            "td" | "th" | "tr" | "tbody" | "thead" | "tfoot" | "caption" | "table" => {
                self.close(tag, in_table)
            }
            "template" => self.close(tag, |_| false),
            "li" => self.close(tag, |tag| tag.has(Traits::SCOPE) || matches!(tag.name(), "ol" | "ul")),
            // </br> is read as <br>.
            "br" if !self.block.text.is_empty() => {
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
        self.top().foreign
    }
}

impl<'a> Cutter<'a> {
    /// Closes the innermost heading, whatever its level, as any `</h1>` … `</h6>` does.
    fn end_heading(&mut self) -> bool {
        let open = self.stack.iter().rev().take_while(|open| !open.tag.has(Traits::SCOPE));
        let Some(depth) = open.clone().position(|open| open.tag.has(Traits::HEADING)) else { return false };
        self.pop_to(self.stack.len() - 1 - depth);
        true
    }

    /// Takes the page's title as it is given to social media.
    fn meta(&mut self, start: &StartTag<'a, '_>) {
        if start.attribute("property").is_some_and(|property| property.eq_ignore_ascii_case("og:title"))
            && let Some(title) = start.attribute("content")
        {
            self.builder.title(&entity::decoded(title));
        }
    }
}

/// How the content of a `tag` just opened is read.
fn content_of(tag: Tag, foreign: bool) -> Content {
    match tag.name() {
        _ if foreign => Content::Markup,
        "script" => Content::Script,
        "plaintext" => Content::PlainText,
        _ if tag.has(Traits::RCDATA) => Content::Rcdata,
        _ if tag.has(Traits::RAW) => Content::RawText,
        _ => Content::Markup,
    }
}

impl Open<'_> {
    /// The element as one word: `div#main.post.entry[role=main]`.
    fn name(&self) -> String {
        let Attributes { id, class, role, item, hidden } = self.attributes;
        let mut name = if self.tag == Tag::OTHER { self.other.clone() } else { self.tag.name().to_owned() };
        let first = |value: &str| value.split_ascii_whitespace().next().map(str::to_owned);
        if let Some(id) = first(id) {
            name += "#";
            name += &id;
        }
        for class in class.split_ascii_whitespace() {
            name += ".";
            name += class;
        }
        for (attribute, value) in [("[role=", first(role)), ("[itemprop=", first(item))] {
            if let Some(value) = value {
                name.extend([attribute, &value, "]"]);
            }
        }
        if hidden {
            name += "[hidden]";
        }
        while name.len() > LONGEST_NAME {
            let characters = name.char_indices().rev();
            let end = characters.map(|(start, _)| start).find(|start| *start <= LONGEST_NAME);
            name.truncate(end.unwrap_or(0));
        }
        name
    }
}

impl<'a> Attributes<'a> {
    fn of(start: &StartTag<'a, '_>) -> Self {
        let value = |name| start.attribute(name).unwrap_or_default();
        let unseen_style = |style: &str| {
            let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
            style.to_ascii_lowercase().contains("display:none")
        };
        let hidden = start.attribute("hidden").is_some()
            || value("aria-hidden").eq_ignore_ascii_case("true")
            || unseen_style(value("style"));
        Self { id: value("id"), class: value("class"), role: value("role"), item: value("itemprop"), hidden }
    }
}

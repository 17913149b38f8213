//! The document: a page as an ordered list of text blocks and the elements they stood in.
//!
//! Comes in: what a reader of `input` found, through [`DocumentBuilder`]. Goes out: [`Document`], which later
//! stages only read.

use std::ops::Range;

use crate::tag::{Tag, Traits};

/// A page cut into blocks. Plain text has blocks without elements.
#[derive(Debug, Clone, Default)]
pub struct Document {
    titles: Vec<String>,
    markup: bool,
    /// The text of the blocks, in order; what lies between two is of no account.
    text: String,
    blocks: Vec<BlockRecord>,
    names: String,
    elements: Vec<ElementRecord>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct BlockRecord {
    text: Range<usize>,
    source: Range<usize>,
    element: Option<ElementId>,
    link_bytes: usize,
    headline: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct ElementRecord {
    parent: Option<ElementId>,
    name: Range<usize>,
    /// Bytes of its tag, with which the name starts.
    tag_bytes: usize,
    is_inline: bool,
}

/// An element of one document, in the order of first appearance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId(u32);

/// One block of a [`Document`].
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    document: &'a Document,
    record: &'a BlockRecord,
}

/// One element of a [`Document`]: a tag with the names its author gave it.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    document: &'a Document,
    id: ElementId,
}

impl Document {
    /// Whether the page was HTML, so that blocks have elements and links are known.
    pub fn has_markup(&self) -> bool {
        self.markup
    }

    /// The page's declared titles (`<title>`, `og:title`), best first.
    pub fn titles(&self) -> &[String] {
        &self.titles
    }

    /// The number of blocks.
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Whether the page has no text at all.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The block at `index`.
    ///
    /// # Panics
    /// If `index` is not below [`Document::len`].
    pub fn block(&self, index: usize) -> Block<'_> {
        Block { document: self, record: &self.blocks[index] }
    }

    /// All blocks in page order.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = Block<'_>> + Clone {
        self.blocks.iter().map(|record| Block { document: self, record })
    }

    /// The number of elements.
    pub fn element_count(&self) -> usize {
        self.elements.len()
    }

    /// All elements; a parent comes before its children.
    pub fn elements(&self) -> impl DoubleEndedIterator<Item = Element<'_>> + ExactSizeIterator {
        (0..self.elements.len() as u32).map(|id| Element { document: self, id: ElementId(id) })
    }

    /// Where each block's text stood in `page`, the decoded text the document was read from, in code points: what
    /// [`Block::source`] gives in bytes.
    ///
    /// ```
    /// let page = "Überschrift\n\nÄ";
    /// let document = pagesieve::input::text::read(page);
    /// assert_eq!(document.block(1).source(), 14..16);
    /// assert_eq!(document.code_points(page), [0..11, 13..14]);
    /// ```
    pub fn code_points(&self, page: &str) -> Vec<Range<usize>> {
        let count = |from: usize, to: usize| page.get(from..to).map_or(0, |text| text.chars().count());
        let (mut byte, mut points) = (0, 0);
        // From one place to the next, so that hardly a byte is counted twice: blocks stand in page order.
        let mut at = |target: usize| {
            points = if target < byte { points - count(target, byte) } else { points + count(byte, target) };
            byte = target;
            points
        };
        self.blocks().map(|block| at(block.source().start)..at(block.source().end)).collect()
    }

    /// The text of the blocks whose index `is_wanted` accepts: in HTML with a blank line between two, in plain text
    /// line by line.
    pub fn text_of(&self, is_wanted: impl Fn(usize) -> bool) -> String {
        let wanted = (0..self.len()).filter(|index| is_wanted(*index));
        let texts: Vec<&str> = wanted.map(|index| self.block(index).text()).collect();
        texts.join(if self.has_markup() { "\n\n" } else { "\n" })
    }

    /// The same blocks without markup, as if the page had come as plain text.
    #[must_use]
    pub fn without_markup(&self) -> Self {
        Self { text: self.text.clone(), blocks: self.blocks.clone(), ..Self::default() }.into_plain()
    }

    /// The same of a document that is not needed any more.
    #[must_use]
    pub(crate) fn into_plain(self) -> Self {
        let Self { text, mut blocks, .. } = self;
        for block in &mut blocks {
            (block.element, block.link_bytes, block.headline) = (None, 0, false);
        }
        Self { text, blocks, ..Self::default() }
    }

    /// Marks the blocks whose index `is_headline` accepts as the page's own title.
    pub(crate) fn mark_headlines(&mut self, is_headline: impl Fn(usize) -> bool) {
        for (index, block) in self.blocks.iter_mut().enumerate() {
            block.headline = is_headline(index);
        }
    }
}

/// Documents are the same if their titles, blocks and elements are, wherever the text of the blocks is kept.
impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        let is_same = |(one, other): (Block<'_>, Block<'_>)| {
            let but_text = |record: &BlockRecord| BlockRecord { text: 0..0, ..record.clone() };
            one.text() == other.text() && but_text(one.record) == but_text(other.record)
        };
        (self.markup, &self.titles, &self.names) == (other.markup, &other.titles, &other.names)
            && self.elements == other.elements
            && self.len() == other.len()
            && self.blocks().zip(other.blocks()).all(is_same)
    }
}

impl Eq for Document {}

impl<'a> Block<'a> {
    /// The visible text, without white space at its ends; never empty.
    pub fn text(self) -> &'a str {
        &self.document.text[self.record.text.clone()]
    }

    /// Where the text stood in the decoded page, in bytes; in HTML from the first to the last byte of text, with
    /// whatever markup lies between.
    pub fn source(self) -> Range<usize> {
        self.record.source.clone()
    }

    /// Bytes of [`Block::text`] inside links; at most its length.
    pub fn link_bytes(self) -> usize {
        self.record.link_bytes
    }

    /// Whether the block is the page's own title.
    pub fn is_headline(self) -> bool {
        self.record.headline
    }

    /// The innermost element around the block's first word; none in plain text.
    pub fn element(self) -> Option<Element<'a>> {
        self.record.element.map(|id| Element { document: self.document, id })
    }

    /// The tag of the nearest block-level element (`p`, `li`, `h2`); empty in plain text.
    pub fn tag(self) -> &'a str {
        self.containers().next().map_or("", Element::tag)
    }

    /// The block-level elements around the block, innermost first.
    pub fn containers(self) -> impl Iterator<Item = Element<'a>> {
        self.element().into_iter().flat_map(Element::ancestors).filter(|element| !element.is_inline())
    }
}

impl<'a> Element<'a> {
    /// The element's identity in its document.
    pub fn id(self) -> usize {
        self.id.0 as usize
    }

    /// Tag and names as one word, such as `div#main.post.entry[role=main]`.
    pub fn name(self) -> &'a str {
        &self.document.names[self.record().name.clone()]
    }

    /// The tag in lower case.
    pub fn tag(self) -> &'a str {
        &self.name()[..self.record().tag_bytes]
    }

    /// What its author called it: the text after the tag, `#main.post.entry[role=main]`.
    pub fn attributes(self) -> &'a str {
        &self.name()[self.record().tag_bytes..]
    }

    /// The parent element.
    pub fn parent(self) -> Option<Self> {
        let parent = self.record().parent?;
        Some(Self { id: parent, ..self })
    }

    /// This element, its parent and so on to the outermost.
    pub fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |element| element.parent())
    }

    /// Whether the element sets text within a line (`a`, `span`, `em`) and so is no container of blocks.
    pub fn is_inline(self) -> bool {
        self.record().is_inline
    }

    fn record(self) -> &'a ElementRecord {
        &self.document.elements[self.id.0 as usize]
    }
}

/// Puts a [`Document`] together, block by block in page order.
#[derive(Debug, Clone, Default)]
pub struct DocumentBuilder {
    document: Document,
}

impl DocumentBuilder {
    /// A builder for a page of plain text (`markup` false) or HTML.
    pub fn new(markup: bool) -> Self {
        Self { document: Document { markup, ..Document::default() } }
    }

    /// A builder for a page in the memory of a document that is not needed any more.
    pub(crate) fn in_place_of(mut document: Document, markup: bool) -> Self {
        let Document { titles, markup: was_markup, text, blocks, names, elements } = &mut document;
        *was_markup = markup;
        titles.clear();
        text.clear();
        blocks.clear();
        names.clear();
        elements.clear();
        Self { document }
    }

    /// A builder for the page of plain text `page`, with room for so many blocks. The text is copied as a whole, which
    /// takes less time than line by line; [`DocumentBuilder::part`] says where in it the blocks are.
    pub(crate) fn of_text(page: &str, blocks: usize) -> Self {
        let document =
            Document { text: page.to_owned(), blocks: Vec::with_capacity(blocks), ..Document::default() };
        Self { document }
    }

    /// Adds the block that stands at the bytes `place` of the page given to [`DocumentBuilder::of_text`], which must
    /// neither be empty nor have white space at its ends.
    pub(crate) fn part(&mut self, place: Range<usize>) {
        self.document.blocks.push(BlockRecord {
            text: place.clone(),
            source: place,
            element: None,
            link_bytes: 0,
            headline: false,
        });
    }

    /// Adds a declared title; empty ones are passed over.
    pub fn title(&mut self, title: &str) {
        let title = title.trim();
        if !title.is_empty() {
            self.document.titles.push(title.to_owned());
        }
    }

    /// Adds an element below `parent` with `name` in the form of [`Element::name`].
    pub fn element(&mut self, parent: Option<ElementId>, name: &str) -> ElementId {
        self.element_with(parent, Tag::OTHER, |names| names.push_str(name))
    }

    /// The same of an element whose name `write` adds to those before. If its tag is a known one, the name starts with
    /// it; of [`Tag::OTHER`] the name tells.
    pub(crate) fn element_with(
        &mut self,
        parent: Option<ElementId>,
        tag: Tag,
        write: impl FnOnce(&mut String),
    ) -> ElementId {
        let document = &mut self.document;
        let id = ElementId(document.elements.len() as u32);
        let start = document.names.len();
        write(&mut document.names);
        let (tag, tag_bytes) = if tag == Tag::OTHER {
            let name = &document.names[start..];
            let tag = &name[..name.find(['#', '.', '[']).unwrap_or(name.len())];
            (Tag::named(tag), tag.len())
        } else {
            (tag, tag.name().len())
        };
        document.elements.push(ElementRecord {
            parent,
            name: start..document.names.len(),
            tag_bytes,
            is_inline: !tag.has(Traits::BLOCK),
        });
        id
    }

    /// Adds a block of `text`, which stood at the bytes `source` of the decoded page, below `element`.
    /// White space at the ends of `text` must be gone, and blank text is passed over.
    pub fn block(
        &mut self,
        text: &str,
        source: Range<usize>,
        element: Option<ElementId>,
        link_bytes: usize,
        headline: bool,
    ) {
        if text.is_empty() {
            return;
        }
        let document = &mut self.document;
        let start = document.text.len();
        document.text.push_str(text);
        document.blocks.push(BlockRecord {
            text: start..document.text.len(),
            source,
            element,
            link_bytes: link_bytes.min(text.len()),
            headline,
        });
    }

    /// The finished document.
    pub fn finish(self) -> Document {
        self.document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_know_their_elements() {
        let mut builder = DocumentBuilder::new(true);
        let body = builder.element(None, "body");
        let main = builder.element(Some(body), "div#main.post");
        let link = builder.element(Some(main), "a.more");
        builder.block("Read on", 30..37, Some(link), 99, false);
        let document = builder.finish();
        let block = document.block(0);
        assert_eq!((block.tag(), block.link_bytes()), ("div", 7));
        assert_eq!(block.containers().map(Element::name).collect::<Vec<_>>(), ["div#main.post", "body"]);
        assert_eq!(block.element().unwrap().attributes(), ".more");
    }

    #[test]
    fn code_points_count_what_bytes_do_not() {
        let page = "<p>né<b>e</b> ça</p>\n<p title='日本'>日本 &amp; 中</p><p>end</p>";
        let document = crate::input::html::read(page);
        let points = document.code_points(page);
        let signs: Vec<char> = page.chars().collect();
        let found: Vec<String> = points.iter().map(|range| signs[range.clone()].iter().collect()).collect();
        assert_eq!(found, ["né<b>e</b> ça", "日本 &amp; 中", "end"]);
        let (block, last) = (document.block(2).source(), points[2].clone());
        assert!(last.start < block.start, "bytes are more than code points");
        // A text that is not the document's own gives no panic.
        assert_eq!(document.code_points("é").len(), 3);
    }

    #[test]
    fn text_is_joined_as_it_was_set() {
        let wanted = |index: usize| index != 1;
        assert_eq!(crate::input::text::read("a\nb\nc").text_of(wanted), "a\nc");
        assert_eq!(crate::input::html::read("<p>a<p>b<p>c").text_of(wanted), "a\n\nc");
    }

    #[test]
    fn without_markup_keeps_the_text_only() {
        let mut builder = DocumentBuilder::new(true);
        let body = builder.element(None, "body");
        builder.block("one", 0..3, Some(body), 3, true);
        let plain = builder.finish().without_markup();
        assert!(!plain.has_markup() && plain.block(0).element().is_none());
        assert_eq!((plain.block(0).text(), plain.block(0).link_bytes()), ("one", 0));
    }
}

//! Labelled pages: the CSV that `train` reads and `classify --format csv` writes.
//!
//! Comes in: CSV rows, one a block, in page order. Goes out: [`LabelledPage`]s; and back. A row has `label` and `text`;
//! `page` joins rows to pages; `tag`, `place`, `link_bytes` and `headline` hold what the views of markup need.

use std::io::{Read, Write};

use csv::{ReaderBuilder, StringRecord};

use crate::document::{Document, DocumentBuilder, Element, ElementId};
use crate::error::{Error, ErrorKind, Result};
use crate::label::{Label, LabelSet, MAX_LABELS};
use crate::token::{hash_bytes, mix};

/// A page with the labels its blocks have, or may have.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledPage {
    /// What the page is called; empty for a row that is a page of its own.
    pub name: String,
    /// Pages of one group (a site) are never split between training and testing.
    pub group: u64,
    /// The page.
    pub document: Document,
    /// One a block; numbered by a [`LabelNames`].
    pub labels: Vec<LabelSet>,
    /// What the page's own content is, if it is known apart from its blocks.
    pub content: Option<LabelSet>,
    /// How much the page's blocks count in fitting, 1 as a rule.
    pub weight: f32,
    /// How much what the page's content is counts in fitting, 1 as a rule.
    pub content_weight: f32,
}

/// A page without blocks.
impl Default for LabelledPage {
    fn default() -> Self {
        Self {
            name: String::new(),
            group: 0,
            document: Document::default(),
            labels: Vec::new(),
            content: None,
            weight: 1.0,
            content_weight: 1.0,
        }
    }
}

impl LabelledPage {
    /// What the page's own content is: what was said of it, or the label, or labels, that most of its words may have;
    /// boilerplate only if there is nothing else.
    #[cfg(feature = "train")]
    pub(crate) fn kind(&self, boilerplate: Option<Label>) -> LabelSet {
        if let Some(content) = self.content {
            return content;
        }
        if let [only] = self.labels[..] {
            return only;
        }
        let boilerplate = boilerplate.map(LabelSet::from);
        let mut bytes: Vec<(LabelSet, usize)> = Vec::new();
        for (block, set) in self.document.blocks().zip(&self.labels) {
            let own = if Some(*set) == boilerplate || set.is_empty() { 0 } else { block.text().len() };
            match bytes.iter_mut().find(|(known, _)| known == set) {
                Some((_, sum)) => *sum += own,
                None => bytes.push((*set, own)),
            }
        }
        let most = bytes.into_iter().max_by_key(|(_, sum)| *sum);
        most.map(|(set, _)| set).unwrap_or_default()
    }
}

/// Numbers label names in order of first appearance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelNames {
    names: Vec<String>,
}

impl LabelNames {
    /// The names seen so far.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The label of a name, if it was seen.
    pub(crate) fn find(&self, name: &str) -> Option<Label> {
        self.names.iter().position(|known| known == name).map(Label::new)
    }

    /// The labels of a cell: one name, or alternatives with `|` between them.
    ///
    /// # Errors
    /// An empty name, or more names than a model can hold.
    pub fn parse(&mut self, cell: &str) -> Result<LabelSet> {
        cell.split('|').map(|name| self.number(name.trim())).collect()
    }

    fn number(&mut self, name: &str) -> Result<Label> {
        if name.is_empty() {
            let message = "the label is empty; give every row a label, or delete the row";
            return Err(Error::new(ErrorKind::Data, message));
        }
        if let Some(known) = self.find(name) {
            return Ok(known);
        }
        if self.names.len() == MAX_LABELS {
            let message = format!(
                "{name:?} would be label number {}, but a model holds at most {MAX_LABELS} (so far: {}); is the \
                 label column the right one?",
                MAX_LABELS + 1,
                self.names.join(", ")
            );
            return Err(Error::new(ErrorKind::Data, message));
        }
        self.names.push(name.to_owned());
        Ok(Label::new(self.names.len() - 1))
    }
}

/// The columns of the CSV, in the order they are written.
pub const COLUMNS: [&str; 7] = ["label", "text", "page", "tag", "place", "link_bytes", "headline"];

/// Reads labelled pages from CSV. Rows of one page follow each other; a row without a page is a page of its own.
pub struct CsvPages<R> {
    reader: csv::Reader<R>,
    columns: [Option<usize>; COLUMNS.len()],
    width: usize,
    record: StringRecord,
    /// Whether `record` holds a row that belongs to the next page.
    pending: bool,
    done: bool,
}

impl<R: Read> CsvPages<R> {
    /// Reads the header of `input`.
    ///
    /// # Errors
    /// If there is no header with the columns `label` and `text`.
    pub fn new(input: R) -> Result<Self> {
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(input);
        let header = reader.headers().map_err(|error| malformed(&error))?.clone();
        let names: Vec<&str> = header.iter().map(|name| name.trim_start_matches('\u{FEFF}').trim()).collect();
        let find = |column: &str| names.iter().position(|name| name.eq_ignore_ascii_case(column));
        let columns = COLUMNS.map(find);
        let wrong = |message: String| Err(Error::new(ErrorKind::Data, message).on_line(1));
        for column in &COLUMNS[..2] {
            if find(column).is_none() {
                let found = if names.iter().all(|name| name.is_empty()) {
                    "nothing".into()
                } else {
                    names.join(", ")
                };
                let separator = [';', '\t'].into_iter().find(|c| names.len() == 1 && names[0].contains(*c));
                let hint = separator
                    .map_or(String::new(), |c| format!("; it is separated by {c:?}, save it with commas"));
                return wrong(format!(
                    "the header has no column {column:?} (found: {found}); the first line must name \
                                      the columns, at least label,text{hint}"
                ));
            }
        }
        for (index, name) in names.iter().enumerate() {
            if !name.is_empty() && names[..index].contains(name) {
                return wrong(format!("the header names the column {name:?} twice; rename one"));
            }
        }
        let width = names.len();
        Ok(Self { reader, columns, width, record: StringRecord::new(), pending: false, done: false })
    }

    /// The next page, its labels numbered by `names`; none at the end.
    ///
    /// # Errors
    /// A row that is malformed, has no label or a column that cannot be read, with its line and what to do.
    pub fn next_page(&mut self, names: &mut LabelNames) -> Result<Option<LabelledPage>> {
        let mut page = LabelledPage::default();
        Ok(self.read_page(names, &mut page)?.then_some(page))
    }

    /// The same in the memory of `page`, which need not be the reader's; false at the end. Millions of short pages take less
    /// time so.
    ///
    /// # Errors
    /// As [`next_page`](Self::next_page); what `page` holds then is of no use.
    pub fn read_page(&mut self, names: &mut LabelNames, page: &mut LabelledPage) -> Result<bool> {
        if !self.pending && !self.advance()? {
            return Ok(false);
        }
        let mut builder = PageBuilder::in_place_of(std::mem::take(page), self.column(Column::Page));
        loop {
            let line = self.line();
            builder.row(self, names).map_err(|error| error.on_line(line))?;
            self.pending = self.advance()?;
            if !self.pending || builder.name.is_empty() || self.column(Column::Page) != builder.name {
                *page = builder.finish();
                return Ok(true);
            }
        }
    }

    /// Reads the next row; false at the end.
    fn advance(&mut self) -> Result<bool> {
        if self.done || !self.reader.read_record(&mut self.record).map_err(|error| malformed(&error))? {
            self.done = true;
            return Ok(false);
        }
        if self.record.len() != self.width {
            let message = format!(
                "the row has {} columns, but the header has {}; put quotes around text with commas, and double the \
                 quotes within it",
                self.record.len(),
                self.width
            );
            return Err(Error::new(ErrorKind::Data, message).on_line(self.line()));
        }
        Ok(true)
    }

    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    fn column(&self, column: Column) -> &str {
        self.columns[column as usize].and_then(|index| self.record.get(index)).unwrap_or_default()
    }
}

#[derive(Clone, Copy)]
enum Column {
    Label,
    Text,
    Page,
    Tag,
    Place,
    LinkBytes,
    Headline,
}

fn malformed(error: &csv::Error) -> Error {
    let line = error.position().map(csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::Io(error) => format!("cannot read the CSV: {error}"),
        csv::ErrorKind::Utf8 { err, .. } => {
            format!("column {} is not valid UTF-8; save the file as \"CSV UTF-8\"", err.field() + 1)
        }
        _ => format!("the row is malformed ({error}); check its quotes"),
    };
    let error = Error::new(ErrorKind::Data, message);
    line.into_iter().fold(error, Error::on_line)
}

/// Collects the rows of one page.
struct PageBuilder {
    name: String,
    builder: DocumentBuilder,
    markup: bool,
    labels: Vec<LabelSet>,
    /// The elements the last row stood in, outermost first.
    path: Vec<(String, ElementId)>,
    hash: u64,
    bytes: usize,
}

impl PageBuilder {
    /// A page called `called`, in the memory of one that is not needed any more.
    fn in_place_of(page: LabelledPage, called: &str) -> Self {
        let LabelledPage { mut name, document, mut labels, .. } = page;
        name.clear();
        name.push_str(called);
        labels.clear();
        let builder = DocumentBuilder::in_place_of(document, true);
        Self { name, builder, markup: false, labels, path: Vec::new(), hash: 0, bytes: 0 }
    }

    fn row<R: Read>(&mut self, rows: &CsvPages<R>, names: &mut LabelNames) -> Result<()> {
        let label = names.parse(rows.column(Column::Label))?;
        let text = rows.column(Column::Text).trim();
        if text.is_empty() {
            let message = "the text is empty; a block has visible text, delete the row";
            return Err(Error::new(ErrorKind::Data, message));
        }
        let link_bytes = match rows.column(Column::LinkBytes).trim() {
            "" => 0,
            number => number.parse().map_err(|_| {
                let message =
                    format!("link_bytes is {number:?}; it must be a whole number of bytes, or empty");
                Error::new(ErrorKind::Data, message)
            })?,
        };
        let headline = match rows.column(Column::Headline).trim().to_ascii_lowercase().as_str() {
            "" | "false" | "0" | "no" => false,
            "true" | "1" | "yes" => true,
            other => {
                let message = format!("headline is {other:?}; it must be true, false or empty");
                return Err(Error::new(ErrorKind::Data, message));
            }
        };
        // Names may hold any white space but ASCII's.
        let [tag, place] = [Column::Tag, Column::Place].map(|column| rows.column(column).trim_ascii());
        let element = self.element(tag, place);
        self.builder.block(text, self.bytes..self.bytes + text.len(), element, link_bytes, headline);
        self.labels.push(label);
        self.bytes += text.len() + 1;
        self.hash = mix(self.hash, hash_bytes(text.as_bytes()));
        Ok(())
    }

    /// The element at the end of `place`: it and its ancestors are those of the row before as far as the two rows
    /// agree, up to a word marked `+`.
    fn element(&mut self, tag: &str, place: &str) -> Option<ElementId> {
        if tag.is_empty() && place.is_empty() {
            return None;
        }
        self.markup = true;
        let from_tag = if place.is_empty() { format!("body +{tag}") } else { String::new() };
        let words =
            if place.is_empty() { &from_tag } else { place }.split(' ').filter(|word| !word.is_empty());
        let mut shared = true;
        let mut depth = 0;
        for word in words {
            let name = word.strip_prefix('+').unwrap_or(word);
            shared = shared
                && name.len() == word.len()
                && self.path.get(depth).is_some_and(|(known, _)| known == name);
            if !shared {
                self.path.truncate(depth);
                let parent = self.path.last().map(|(_, id)| *id);
                let id = self.builder.element(parent, name);
                self.path.push((name.to_owned(), id));
            }
            depth += 1;
        }
        self.path.truncate(depth);
        self.path.last().map(|(_, id)| *id)
    }

    fn finish(self) -> LabelledPage {
        let group = if self.name.is_empty() { self.hash } else { hash_bytes(self.name.as_bytes()) };
        let document = self.builder.finish();
        // Rows without a tag come from plain text.
        let document = if self.markup { document } else { document.into_plain() };
        LabelledPage { name: self.name, group, document, labels: self.labels, ..LabelledPage::default() }
    }
}

/// Writes the header of labelled CSV.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_header(out: &mut csv::Writer<impl Write>) -> csv::Result<()> {
    out.write_record(COLUMNS)
}

/// Writes the rows of one page called `name`, with `label` giving the cell of each block.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_page(
    out: &mut csv::Writer<impl Write>,
    name: &str,
    document: &Document,
    label: impl Fn(usize) -> String,
) -> csv::Result<()> {
    let mut before: Vec<Element<'_>> = Vec::new();
    for (index, block) in document.blocks().enumerate() {
        let mut path: Vec<Element<'_>> = block.element().into_iter().flat_map(Element::ancestors).collect();
        path.reverse();
        let shared = path.iter().zip(&before).take_while(|(one, other)| one.id() == other.id()).count();
        let words = path.iter().enumerate().map(|(depth, element)| {
            let looks_shared =
                depth == shared && before.get(depth).is_some_and(|other| other.name() == element.name());
            format!("{}{}", if looks_shared { "+" } else { "" }, element.name())
        });
        let place = words.collect::<Vec<_>>().join(" ");
        let link_bytes = if document.has_markup() { block.link_bytes().to_string() } else { String::new() };
        let headline = if block.is_headline() { "true" } else { "" };
        out.write_record([&label(index), block.text(), name, block.tag(), &place, &link_bytes, headline])?;
        before = path;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{html, text};

    fn pages(csv: &str) -> Result<(Vec<LabelledPage>, LabelNames)> {
        let mut names = LabelNames::default();
        let mut reader = CsvPages::new(csv.as_bytes())?;
        let mut pages = Vec::new();
        while let Some(page) = reader.next_page(&mut names)? {
            pages.push(page);
        }
        Ok((pages, names))
    }

    #[track_caller]
    fn refused(csv: &str, line: u64, expected: &str) {
        let error = pages(csv).unwrap_err();
        assert_eq!(error.line(), Some(line), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn rows_join_to_pages() {
        let (pages, names) =
            pages("label,text,page\nnews,A,p\nspam,B,p\nnews,C,q\nnews|spam,D,\nspam,E,\n").unwrap();
        assert_eq!(pages.iter().map(|page| page.document.len()).collect::<Vec<_>>(), [2, 1, 1, 1]);
        assert_eq!(names.names(), ["news", "spam"]);
        assert_eq!(pages[2].labels[0].len(), 2);
        assert!(!pages[0].document.has_markup());
    }

    #[test]
    fn columns_may_stand_in_any_order_behind_a_byte_order_mark() {
        let (pages, _) = pages("\u{FEFF}Text,extra,label\n\"A, b\",1,news\n").unwrap();
        assert_eq!(pages[0].document.block(0).text(), "A, b");
    }

    #[test]
    fn bad_rows_are_refused_with_line_and_remedy() {
        refused("", 1, "found: nothing");
        refused("lable,text\n", 1, "no column \"label\"");
        refused("label;text\nnews;A\n", 1, "save it with commas");
        refused("label,text,text\n", 1, "twice");
        refused("label,text\nnews,A\n,B\n", 3, "label is empty");
        refused("label,text\nnews, \n", 2, "text is empty");
        refused("label,text\nnews,A,b\n", 2, "3 columns");
        refused("label,text,link_bytes\nnews,A,x\n", 2, "whole number");
        refused("label,text,headline\nnews,A,perhaps\n", 2, "true, false or empty");
        refused("label,text\na,1\nb,1\nc,1\nd,1\ne,1\nf,1\ng,1\nh,1\ni,1\n", 10, "at most 8");
    }

    #[test]
    fn pages_survive_the_way_through_csv() {
        let page = "<title>A big day out</title><div id=top><ul class='menu main'><li><a href=x>Home</a><li>News</ul></div>
            <div class=x><p>One, \"two\"</p><p>Three</p></div><div class=x><h1>A big day out</h1><p>F<b>o</b>ur</p></div>";
        for document in [html::read(page), text::read("One, two\n\n\"Three\"\n=4\n")] {
            let mut out = csv::Writer::from_writer(Vec::new());
            write_header(&mut out).unwrap();
            write_page(&mut out, "p", &document, |_| "news".into()).unwrap();
            let written = String::from_utf8(out.into_inner().unwrap()).unwrap();
            let (pages, _) = pages(&written).unwrap();
            assert_eq!(pages.len(), 1);
            let again = &pages[0].document;
            let describe = |document: &Document| -> Vec<_> {
                let blocks = document.blocks().map(|block| {
                    let path = block.element().into_iter().flat_map(Element::ancestors);
                    let path: Vec<_> =
                        path.map(|element| (element.id(), element.name().to_owned())).collect();
                    (block.text().to_owned(), path, block.link_bytes(), block.is_headline())
                });
                blocks.collect()
            };
            assert_eq!(describe(again), describe(&document));
            assert_eq!(again.has_markup(), document.has_markup());
        }
    }
}

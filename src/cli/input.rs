//! One input: a file, a line, a row or a record, as it came.
//!
//! Comes in: what [`Inputs`](super::inputs::Inputs) cut from the files. Goes out: its [`Page`], made where it is worked
//! on, and the bytes to pass on.

use std::path::Path;
use std::sync::Arc;

use pagesieve::input::jsonl::{self, Line};
use pagesieve::input::page::{self, Id, Page};
use pagesieve::input::rows::{self, Row};
use pagesieve::input::warc::{self, Record};

use super::inputs::Place;
use super::parquet::{self, Cells};
use super::reading::Reading;

/// One page, or something that holds one.
pub struct Input {
    /// The place behind it.
    pub place: Place,
    /// The path of its file as it was given.
    pub path: Arc<Path>,
    /// What it is.
    pub item: Item,
}

/// What an input is.
pub enum Item {
    /// A file that is a page.
    File {
        /// Whether it is HTML, not plain text.
        is_html: bool,
        /// What is in it, unpacked.
        bytes: Vec<u8>,
    },
    /// A line of JSON.
    Line(Line),
    /// A row of a table.
    Row(Row),
    /// A record of a crawl archive.
    Record(Record),
    /// A row of Parquet.
    Cells(Cells),
    /// A file, a part, or the rest of one, that cannot be read.
    Broken(Unreadable),
}

/// What kind of thing inputs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Files.
    Pages,
    /// Lines of JSON.
    Lines,
    /// Rows of tables.
    Rows,
    /// Records of crawl archives.
    Records,
    /// Rows of Parquet.
    Cells,
}

/// Something that cannot be read.
#[derive(Debug, Clone)]
pub struct Unreadable {
    /// What it is called.
    pub id: Id,
    /// Where it stands and why it cannot be read.
    pub message: String,
}

impl Input {
    /// The page; none if there is none to be expected, as in a record about the crawl.
    pub fn read(&self, reading: &Reading) -> Result<Option<Page>, Unreadable> {
        let Reading { fields, limits, .. } = reading;
        let page = match &self.item {
            Item::File { is_html, bytes } => {
                let id = Id::from_text(&self.path.to_string_lossy());
                let document = page::read(bytes, *is_html);
                match limits.check(&document) {
                    Ok(()) => Ok(Some(Page { id, url: None, document })),
                    Err(error) => Err(page::Unreadable { id, error }),
                }
            }
            Item::Line(line) => {
                jsonl::read(line, fields).and_then(|page| match limits.check(&page.document) {
                    Ok(()) => Ok(Some(page)),
                    Err(error) => Err(page::Unreadable { id: page.id, error: error.on_line(line.number) }),
                })
            }
            Item::Row(row) => rows::read(row, limits).map(Some),
            Item::Record(record) => warc::read(record, limits),
            Item::Cells(cells) => parquet::read(cells, limits).map(Some),
            Item::Broken(unreadable) => return Err(unreadable.clone()),
        };
        page.map_err(|unreadable| Unreadable::at(unreadable, &self.path))
    }

    /// The bytes it holds.
    pub fn size(&self) -> usize {
        match &self.item {
            Item::File { bytes, .. } => bytes.len(),
            Item::Line(line) => line.bytes.len(),
            Item::Row(row) => row.bytes.len(),
            Item::Record(record) => record.bytes.len() + record.packed.as_ref().map_or(0, Vec::len),
            Item::Cells(cells) => cells.size(),
            Item::Broken(_) => 0,
        }
    }

    /// Whether it tells of a whole crawl archive, and so belongs to any part of it.
    pub fn is_about_the_archive(&self) -> bool {
        matches!(&self.item, Item::Record(record) if record.is_about_the_archive())
    }

    /// Whether it is something from which a page could be expected.
    pub fn holds_content(&self) -> bool {
        !matches!(&self.item, Item::Record(record) if !record.holds_content())
    }

    /// What kind of thing it is; none if it cannot be read.
    pub fn kind(&self) -> Option<Kind> {
        match &self.item {
            Item::File { .. } => Some(Kind::Pages),
            Item::Line(_) => Some(Kind::Lines),
            Item::Row(_) => Some(Kind::Rows),
            Item::Record(_) => Some(Kind::Records),
            Item::Cells(_) => Some(Kind::Cells),
            Item::Broken(_) => None,
        }
    }
}

impl Unreadable {
    /// The same as a message, with the path of the file in it.
    pub fn at(unreadable: page::Unreadable, path: &Path) -> Self {
        let unreadable = unreadable.at(path);
        Self { id: unreadable.id, message: unreadable.error.to_string() }
    }
}

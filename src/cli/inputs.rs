//! Inputs: paths to pages, lines, rows and records.
//!
//! Comes in: files, folders, `-`, and how they are to be read. Goes out: [`Input`]s in order, opened one by one, which
//! become pages where they are worked on.

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pagesieve::input::jsonl::Lines;
use pagesieve::input::limits::Limits;
use pagesieve::input::mark::Mark;
use pagesieve::input::page::{self, Format, Id};
use pagesieve::input::rows::Rows;
use pagesieve::input::source::{self, Packing, Source};
use pagesieve::input::warc::Records;
use serde::{Deserialize, Serialize};

use super::failure::{Failure, Result};
use super::input::{Input, Item, Unreadable};
use super::parquet::Table;
use super::reading::Reading;

/// A place between two inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// The number of the file, from 0.
    pub file: usize,
    /// How many inputs of that file come before.
    pub record: u64,
    /// From where the file can be read on; if that is not known, it must be read from its start.
    pub mark: Option<Mark>,
}

/// The inputs in order. Only what is asked for is held in memory.
pub struct Inputs {
    files: std::vec::IntoIter<PathBuf>,
    reading: Reading,
    read_bytes: Arc<AtomicU64>,
    /// The place behind the last input.
    place: Place,
    /// The file with several pages that is being read.
    open: Option<Open>,
    /// An input that was taken and put back.
    ahead: Option<Input>,
}

/// A file with several pages that is being read.
struct Open {
    path: Arc<Path>,
    items: Items,
    /// Whether the items are cut from the bytes of the file itself.
    is_direct: bool,
}

enum Items {
    Lines(Lines<Box<dyn BufRead + Send>>),
    Rows(Rows<Box<dyn BufRead + Send>>),
    Records(Records<Box<dyn Read + Send>>),
    Table(Table),
}

impl Inputs {
    /// The pages in `files`. The packed bytes are added to `read_bytes` as they are read.
    pub fn new(files: Vec<PathBuf>, reading: Reading, read_bytes: Arc<AtomicU64>) -> Self {
        Self {
            files: files.into_iter(),
            reading,
            read_bytes,
            place: Place::default(),
            open: None,
            ahead: None,
        }
    }

    /// Counts the packed bytes as they are read.
    pub fn read_bytes(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read_bytes)
    }

    /// Whether the last input was the last of its file.
    pub fn is_between_files(&self) -> bool {
        self.open.is_none()
    }

    /// Puts the last input back, so that it comes next.
    pub fn put_back(&mut self, input: Input) {
        self.ahead = Some(input);
    }

    /// Passes over the inputs before `place`; none was taken yet.
    pub fn skip_to(&mut self, place: Place) -> Result<()> {
        let changed = || Failure::Failed("the inputs have changed since the run that was interrupted".into());
        while self.place.file < place.file {
            let passed = self.files.next().ok_or_else(changed)?;
            let bytes = std::fs::metadata(passed).map_or(0, |file| file.len());
            self.read_bytes.fetch_add(bytes, Ordering::Relaxed);
            self.place.file += 1;
        }
        if place.mark.is_some() {
            let path: Arc<Path> = self.files.next().ok_or_else(changed)?.into();
            self.start(&path, place.mark).map_err(Failure::Failed)?;
            self.place = place;
        }
        while self.place.record < place.record {
            let passed = self.next().ok_or_else(changed)?.place;
            if passed.file > place.file {
                return Err(changed());
            }
            if passed.record == place.record {
                break;
            }
        }
        Ok(())
    }

    /// Opens a file, or what is behind `mark` in it: a page comes back whole, others are kept for later.
    fn start(&mut self, path: &Arc<Path>, mark: Option<Mark>) -> std::result::Result<Option<Item>, String> {
        let in_file = |message: &dyn std::fmt::Display| format!("{}: {message}", path.display());
        let failed = |error: io::Error| in_file(&format!("cannot read it: {error}"));
        let Reading { fields, limits, .. } = &self.reading;
        let mut source = Source::open_counted(path, &self.read_bytes).map_err(|error| error.to_string())?;
        let head = source.head(page::SNIFFED_BYTES).map_err(failed)?;
        let format = self.reading.format(path, &head).map_err(|error| in_file(&error))?;
        let packing = source.packing();
        let reopen = |mark: Mark| {
            let opened = source::open_after(mark.bytes, path, &self.read_bytes);
            opened.map_err(|error| error.to_string())
        };
        let items = match format {
            Format::Text | Format::Html => {
                let bytes = whole_page(source, limits).map_err(failed)?;
                return Ok(Some(Item::File { is_html: format == Format::Html, bytes }));
            }
            Format::Jsonl => Items::Lines(match mark {
                Some(mark) => Lines::after(mark, reopen(mark)?, limits),
                None => Lines::within(source.unpacked(limits).map_err(failed)?, limits),
            }),
            Format::Csv => {
                let rows = Rows::new(source.unpacked(limits).map_err(failed)?, fields, limits);
                Items::Rows(rows.map_err(|error| match error.line() {
                    Some(line) => format!("{}:{line}: {}", path.display(), error.message()),
                    None => in_file(&error),
                })?)
            }
            Format::Parquet if path.as_ref() == Path::new(source::STDIN) => {
                return Err(in_file(
                    &"Parquet is read from files only, because its table of contents is at the end",
                ));
            }
            Format::Parquet => {
                Items::Table(Table::open(path, &self.reading).map_err(|error| in_file(&error))?)
            }
            Format::Warc => {
                let (raw, packing): (Box<dyn Read + Send>, _) = match (mark, packing) {
                    (Some(mark), _) => (reopen(mark)?, packing),
                    (None, Packing::Gzip | Packing::Zstd) => (Box::new(source.packed()), packing),
                    // These have no parts that could be unpacked each for itself.
                    _ => (Box::new(source.unpacked(limits).map_err(failed)?), Packing::Stored),
                };
                let mark = mark.unwrap_or_default();
                Items::Records(Records::after(mark, raw, packing, limits).map_err(failed)?)
            }
        };
        let is_direct = packing == Packing::Stored
            || (format == Format::Warc && matches!(packing, Packing::Gzip | Packing::Zstd));
        self.open = Some(Open { path: Arc::clone(path), items, is_direct });
        Ok(None)
    }
}

impl Iterator for Inputs {
    type Item = Input;

    fn next(&mut self) -> Option<Input> {
        if let Some(input) = self.ahead.take() {
            return Some(input);
        }
        loop {
            if let Some(open) = &mut self.open {
                if let Some((item, is_last)) = open.next() {
                    self.place.record += 1;
                    // Behind what ends a file early, reading on would be another attempt.
                    self.place.mark = if is_last { None } else { open.mark() };
                    let input = Input { place: self.place, path: Arc::clone(&open.path), item };
                    if is_last {
                        self.end_file();
                    }
                    return Some(input);
                }
                self.end_file();
            }
            let path: Arc<Path> = self.files.next()?.into();
            let item = match self.start(&path, None) {
                Ok(None) => continue,
                Ok(Some(item)) => item,
                Err(message) => {
                    let id = Id::from_text(&path.to_string_lossy());
                    Item::Broken(Unreadable { id, message })
                }
            };
            self.place = Place { record: 1, mark: None, ..self.place };
            let input = Input { place: self.place, path, item };
            self.end_file();
            return Some(input);
        }
    }
}

impl Inputs {
    fn end_file(&mut self) {
        self.open = None;
        self.place = Place { file: self.place.file + 1, record: 0, mark: None };
    }
}

impl Open {
    /// From where the file can be read on behind the last item.
    fn mark(&self) -> Option<Mark> {
        match &self.items {
            Items::Lines(lines) if self.is_direct => Some(lines.mark()),
            Items::Records(records) if self.is_direct => records.mark(),
            _ => None,
        }
    }

    /// The next item, and whether nothing can be read behind it.
    fn next(&mut self) -> Option<(Item, bool)> {
        let item = match &mut self.items {
            Items::Lines(lines) => lines.next()?.map(Item::Line),
            Items::Rows(rows) => rows.next()?.map(Item::Row),
            Items::Records(records) => records.next()?.map(Item::Record),
            Items::Table(table) => table.next()?.map(Item::Cells),
        };
        Some(match item {
            Ok(item) => (item, false),
            Err(unreadable) => {
                let is_last = unreadable.error.kind() == pagesieve::ErrorKind::Io;
                (Item::Broken(Unreadable::at(unreadable, &self.path)), is_last)
            }
        })
    }
}

/// All that a file unpacks to.
fn whole_page(source: Source, limits: &Limits) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = limits.record_bytes as u64;
    source.unpacked(limits)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let message = format!("the page has more bytes than the limit of {most} (--max-record)");
        return Err(io::Error::other(message));
    }
    Ok(bytes)
}

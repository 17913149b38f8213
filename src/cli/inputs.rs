//! Inputs: paths to pages, lines, rows and records.
//!
//! Comes in: files, folders, `-`, and what the arguments say of their format. Goes out: [`Input`]s in order, opened
//! one by one, which become [`Page`]s where they are worked on.

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use clap::ValueEnum;
use pagesieve::input::jsonl::{self, Fields, Line, Lines};
use pagesieve::input::limits::Limits;
use pagesieve::input::page::{self, Format, Id, Page};
use pagesieve::input::rows::{self, Row, Rows};
use pagesieve::input::source::{self, Packing, Source};
use pagesieve::input::warc::{self, Record, Records};
use serde::{Deserialize, Serialize};

use super::failure::{Failure, Result};
use super::files::{add_files, or_standard_input};
use super::limits::LimitArgs;
use super::parquet::{self, Cells, Table};

/// What to read.
#[derive(clap::Args)]
pub struct InputArgs {
    /// Files and folders to read; `-` is standard input, which is read if none is named
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// What the inputs hold [default: by first bytes that prove it, else by extension, else by likeness]
    #[arg(
        long,
        value_name = "text|html|jsonl|csv|warc|parquet",
        value_enum,
        default_value_t = From::Auto,
        hide_default_value = true,
        hide_possible_values = true
    )]
    from: From,
    /// The member of a JSON record, or the column of a table, that holds HTML
    #[arg(long, value_name = "NAME", default_value = "html")]
    html_field: String,
    /// The member or column that holds plain text
    #[arg(long, value_name = "NAME", default_value = "text")]
    text_field: String,
    /// The member or column that identifies a page
    #[arg(long, value_name = "NAME", default_value = "id")]
    id_field: String,
    /// The member or column with the address of a page
    #[arg(long, value_name = "NAME", default_value = "url")]
    url_field: String,
    #[command(flatten)]
    limits: LimitArgs,
}

/// What the inputs are said to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// Whatever first bytes or extension tell
    Auto,
    /// A page of plain text
    Text,
    /// A page of HTML
    Html,
    /// A page a line
    #[value(alias = "ndjson")]
    Jsonl,
    /// A page a row of CSV or TSV
    #[value(alias = "tsv")]
    Csv,
    /// A crawl archive
    #[value(alias = "wet")]
    Warc,
    /// A page a row of Parquet
    Parquet,
}

/// How inputs are to be read.
#[derive(Debug, Clone)]
pub struct Reading {
    from: From,
    /// The names of members and columns.
    pub fields: Fields,
    /// What the inputs may ask for.
    pub limits: Limits,
    /// Whether columns that are not needed are read too, to be passed on.
    pub all_columns: bool,
}

/// A place between two inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// The number of the file, from 0.
    pub file: usize,
    /// How many inputs of that file come before.
    pub record: u64,
}

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
}

enum Items {
    Lines(Lines<Box<dyn BufRead + Send>>),
    Rows(Rows<Box<dyn BufRead + Send>>),
    Records(Records<Box<dyn Read + Send>>),
    Table(Table),
}

impl InputArgs {
    /// How the inputs are to be read.
    pub fn reading(&self) -> Reading {
        let fields = Fields {
            html: self.html_field.clone(),
            text: self.text_field.clone(),
            id: self.id_field.clone(),
            url: self.url_field.clone(),
        };
        Reading { from: self.from, fields, limits: self.limits.limits(), all_columns: false }
    }

    /// The files to read, folders replaced by the files in them, each with its name below the folder it was found in.
    pub fn files(&self) -> Result<Vec<(PathBuf, PathBuf)>> {
        let mut named = Vec::new();
        for path in or_standard_input(&self.paths)? {
            let mut files = Vec::new();
            add_files(path.clone(), &|_| true, &mut files)?;
            named.extend(files.into_iter().map(|file| {
                let below = file.strip_prefix(&path).ok().filter(|name| !name.as_os_str().is_empty());
                let name = below.map_or_else(|| file.file_name().unwrap_or_default().into(), Path::to_owned);
                (file, name)
            }));
        }
        Ok(named)
    }

    /// Whether one file was named, or standard input: not several, and no folder.
    pub fn is_one_file(&self) -> bool {
        match &self.paths[..] {
            [] => true,
            [path] => !path.is_dir(),
            _ => false,
        }
    }
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

    /// Passes over the inputs before `place`.
    pub fn skip_to(&mut self, place: Place) -> Result<()> {
        while self.ahead.is_none() && self.place.file < place.file && self.files.next().is_some() {
            self.place.file += 1;
        }
        // What was put back was the first of all.
        let mut passed = if self.ahead.is_some() { Place::default() } else { self.place };
        while passed != place {
            passed = self.next().map_or(Place { file: usize::MAX, record: 0 }, |input| input.place);
            if passed.file > place.file {
                return Err(Failure::Failed(
                    "the inputs have changed since the run that was interrupted".into(),
                ));
            }
        }
        Ok(())
    }

    /// Opens a file: a page comes back whole, others are kept for later.
    fn start(&mut self, path: &Arc<Path>) -> std::result::Result<Option<Item>, String> {
        let in_file = |message: &dyn std::fmt::Display| format!("{}: {message}", path.display());
        let failed = |error: io::Error| in_file(&format!("cannot read it: {error}"));
        let Reading { fields, limits, .. } = &self.reading;
        let mut source = Source::open_counted(path, &self.read_bytes).map_err(|error| error.to_string())?;
        let head = source.head(page::SNIFFED_BYTES).map_err(failed)?;
        let format = self.reading.format(path, &head).map_err(|error| in_file(&error))?;
        let items = match format {
            Format::Text | Format::Html => {
                let mut bytes = Vec::new();
                let most = limits.record_bytes as u64;
                let mut unpacked = source.unpacked(limits).map_err(failed)?.take(most + 1);
                unpacked.read_to_end(&mut bytes).map_err(failed)?;
                if bytes.len() as u64 > most {
                    let message = format!("the page has more bytes than the limit of {most} (--max-record)");
                    return Err(in_file(&message));
                }
                return Ok(Some(Item::File { is_html: format == Format::Html, bytes }));
            }
            Format::Jsonl => Items::Lines(Lines::within(source.unpacked(limits).map_err(failed)?, limits)),
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
                let packing = source.packing();
                let (raw, packing): (Box<dyn Read + Send>, _) = match packing {
                    Packing::Gzip | Packing::Zstd => (Box::new(source.packed()), packing),
                    // These have no parts that could be unpacked each for itself.
                    _ => (Box::new(source.unpacked(limits).map_err(failed)?), Packing::Stored),
                };
                Items::Records(Records::new(raw, packing, limits).map_err(failed)?)
            }
        };
        self.open = Some(Open { path: Arc::clone(path), items });
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
                    let input = Input { place: self.place, path: Arc::clone(&open.path), item };
                    if is_last {
                        self.end_file();
                    }
                    return Some(input);
                }
                self.end_file();
            }
            let path: Arc<Path> = self.files.next()?.into();
            let item = match self.start(&path) {
                Ok(None) => continue,
                Ok(Some(item)) => item,
                Err(message) => {
                    let id = Id::from_text(&path.to_string_lossy());
                    Item::Broken(Unreadable { id, message })
                }
            };
            self.place.record = 1;
            let input = Input { place: self.place, path, item };
            self.end_file();
            return Some(input);
        }
    }
}

impl Inputs {
    fn end_file(&mut self) {
        self.open = None;
        self.place = Place { file: self.place.file + 1, record: 0 };
    }
}

impl Open {
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

impl Reading {
    /// The format of the file at `path` that starts with `head`.
    fn format(&self, path: &Path, head: &[u8]) -> pagesieve::Result<Format> {
        Ok(match self.from {
            From::Text => Format::Text,
            From::Html => Format::Html,
            From::Jsonl => Format::Jsonl,
            From::Csv => Format::Csv,
            From::Warc => Format::Warc,
            From::Parquet => Format::Parquet,
            From::Auto => {
                if let Some(format) = Format::of_magic(head)? {
                    return Ok(format);
                }
                page::refuse_binary(head)?;
                Format::of_path(path).unwrap_or_else(|| Format::sniff(head))
            }
        })
    }
}

impl Input {
    /// The page; none if there is none to be expected, as in a record about the crawl.
    pub fn read(&self, reading: &Reading) -> std::result::Result<Option<Page>, Unreadable> {
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
    fn at(unreadable: page::Unreadable, path: &Path) -> Self {
        let unreadable = unreadable.at(path);
        Self { id: unreadable.id, message: unreadable.error.to_string() }
    }
}

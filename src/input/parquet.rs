//! The reader of Parquet files with a page in a column, such as those of training corpora.
//!
//! Comes in: a file, and the names of columns. Goes out: [`Cells`], one a row, and on demand the [`Page`] in each. Only
//! the columns that are needed are read.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, UInt32Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use crate::error::{Error, ErrorKind, Result};
use crate::input::jsonl::Fields;
use crate::input::limits::Limits;
use crate::input::page::{Content, Id, Page, Unreadable};

/// The rows that are read at once; pages of HTML are large.
const BATCH_ROWS: usize = 64;

/// Which columns of a file are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// Those with the page, its id and its address.
    Needed,
    /// All, to be passed on.
    All,
}

/// One row, within the rows it was read with.
#[derive(Debug, Clone)]
pub struct Cells {
    /// The rows it was read with.
    pub batch: Arc<RecordBatch>,
    /// Its place among them.
    pub index: usize,
    /// Its number in the file, from 1: the id of a row without one.
    pub number: u64,
    roles: Roles,
}

/// The columns that mean something, by their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Roles {
    html: Option<usize>,
    text: Option<usize>,
    id: Option<usize>,
    url: Option<usize>,
}

/// The rows of a Parquet file.
pub struct Table {
    reader: ParquetRecordBatchReader,
    batch: Option<(Arc<RecordBatch>, usize)>,
    roles: Roles,
    number: u64,
}

impl Table {
    /// Opens the file at `path`, in which `fields` names the columns with a page.
    ///
    /// # Errors
    /// If it cannot be read, is no Parquet, or has neither a column for HTML nor one for text.
    pub fn open(path: &Path, fields: &Fields, columns: Columns) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io(path, "read it", error))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| malformed(&error))?;
        let schema = builder.schema();
        let roots: Vec<usize> = match columns {
            Columns::All => (0..schema.fields().len()).collect(),
            Columns::Needed => {
                // Text is read where there is no HTML, in the file or in a row.
                let needed = [&fields.html, &fields.text, &fields.id, &fields.url];
                needed.iter().filter_map(|name| schema.index_of(name).ok()).collect()
            }
        };
        let read = schema.project(&sorted(&roots)).map_err(|error| malformed(&error))?;
        let find = |name: &str| read.index_of(name).ok();
        let roles = Roles {
            html: find(&fields.html),
            text: find(&fields.text),
            id: find(&fields.id),
            url: find(&fields.url),
        };
        if roles.html.is_none() && roles.text.is_none() {
            let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            let message = format!(
                "the table has neither a column {:?} nor {:?} (found: {}); name the column that holds the page with \
                 --html-field or --text-field",
                fields.html,
                fields.text,
                names.join(", ")
            );
            return Err(Error::new(ErrorKind::Format, message));
        }
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build();
        Ok(Self { reader: reader.map_err(|error| malformed(&error))?, batch: None, roles, number: 0 })
    }
}

/// A part of the file that cannot be read gives one error of kind [`ErrorKind::Io`], after which there is nothing to
/// come.
impl Iterator for Table {
    type Item = std::result::Result<Cells, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((batch, index)) = &mut self.batch
                && *index < batch.num_rows()
            {
                self.number += 1;
                *index += 1;
                let (batch, index) = (Arc::clone(batch), *index - 1);
                return Some(Ok(Cells { batch, index, number: self.number, roles: self.roles }));
            }
            match self.reader.next()? {
                Ok(batch) => self.batch = Some((Arc::new(batch), 0)),
                Err(error) => {
                    let message = format!("cannot read on from here: {error}");
                    let error = Error::new(ErrorKind::Io, message).in_record(self.number + 1);
                    return Some(Err(Unreadable {
                        id: Id::from_text(&(self.number + 1).to_string()),
                        error,
                    }));
                }
            }
        }
    }
}

impl Cells {
    /// The bytes of its page.
    pub fn size(&self) -> usize {
        self.page().map_or(0, |(page, _)| page.as_bytes().len())
    }

    /// The column that holds text, or else HTML: where text that is cut goes.
    pub fn text_column(&self) -> Option<usize> {
        self.roles.text.or(self.roles.html)
    }

    /// The column that holds HTML beside text.
    pub fn html_column(&self) -> Option<usize> {
        self.roles.html.filter(|_| self.roles.text.is_some())
    }

    /// The page, and whether it is HTML.
    fn page(&self) -> Option<(Content<'_>, bool)> {
        let cell = |column: Option<usize>| self.cell(column?).filter(|page| !page.as_bytes().is_empty());
        let html = cell(self.roles.html).map(|page| (page, true));
        html.or_else(|| cell(self.roles.text).map(|page| (page, false)))
    }

    /// A cell of text or bytes; none if it is null or of another type.
    fn cell(&self, column: usize) -> Option<Content<'_>> {
        let (array, index) = (self.batch.column(column), self.index);
        if array.is_null(index) {
            return None;
        }
        let text = array.as_string_opt::<i32>().map(|array| array.value(index));
        let text = text
            .or_else(|| array.as_string_opt::<i64>().map(|array| array.value(index)))
            .or_else(|| array.as_string_view_opt().map(|array| array.value(index)));
        let bytes = || {
            let bytes = array.as_binary_opt::<i32>().map(|array| array.value(index));
            bytes
                .or_else(|| array.as_binary_opt::<i64>().map(|array| array.value(index)))
                .or_else(|| array.as_binary_view_opt().map(|array| array.value(index)))
        };
        text.map(Content::Text).or_else(|| bytes().map(Content::Bytes))
    }

    fn bytes(&self, column: usize) -> Option<&[u8]> {
        self.cell(column).map(Content::as_bytes)
    }

    /// The row's id: text, or a whole number, which stays one.
    fn id(&self) -> Id {
        let numbered = || Id::from_text(&self.number.to_string());
        let Some(column) = self.roles.id else { return numbered() };
        if let Some(id) = self.bytes(column) {
            return Id::from_text(&String::from_utf8_lossy(id));
        }
        let array = self.batch.column(column);
        if array.is_null(self.index) {
            return numbered();
        }
        let number = array.as_primitive_opt::<Int64Type>().map(|array| array.value(self.index).to_string());
        let number = number
            .or_else(|| {
                array.as_primitive_opt::<Int32Type>().map(|array| array.value(self.index).to_string())
            })
            .or_else(|| {
                array.as_primitive_opt::<UInt64Type>().map(|array| array.value(self.index).to_string())
            })
            .or_else(|| {
                array.as_primitive_opt::<UInt32Type>().map(|array| array.value(self.index).to_string())
            });
        number
            .and_then(|number| serde_json::value::RawValue::from_string(number).ok())
            .and_then(Id::from_json)
            .unwrap_or_else(numbered)
    }
}

/// Reads the page of one row; one that is null is empty.
///
/// # Errors
/// If the page breaks a limit.
pub fn read(cells: &Cells, limits: &Limits) -> std::result::Result<Page, Unreadable> {
    let id = cells.id();
    let (page, is_html) = cells.page().unwrap_or((Content::Text(""), false));
    let failed = |error: Error| Unreadable { id: id.clone(), error: error.in_record(cells.number) };
    let page_bytes = page.as_bytes().len();
    if page_bytes > limits.record_bytes {
        return Err(failed(limits.record_error(page_bytes as u64)));
    }
    // Text is valid by its type; only a byte order mark may have been left in it.
    let page = match page {
        Content::Text(text) => Content::Text(text.strip_prefix('\u{FEFF}').unwrap_or(text)),
        Content::Bytes(_) => page,
    };
    let document = page.read(Some(is_html));
    limits.check(&document).map_err(failed)?;
    let url = cells.roles.url.and_then(|column| cells.bytes(column));
    let url = url.map(|url| String::from_utf8_lossy(url).into_owned()).filter(|url| !url.is_empty());
    Ok(Page { id, url, document })
}

/// Columns come in the order of the file, whatever the order they are asked for.
fn sorted(columns: &[usize]) -> Vec<usize> {
    let mut sorted = columns.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

fn malformed(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Format, format!("the Parquet file cannot be read: {error}"))
}

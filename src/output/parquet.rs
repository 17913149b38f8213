//! The writer of Parquet: the rows that are passed on, with what was found out about them.
//!
//! Comes in: rows of a Parquet file, or id, address and text of other pages, each with a [`Finding`]. Goes out: a Parquet
//! file with the input's columns and four more.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, RecordBatch, StringArray, UInt32Array, new_null_array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use arrow_select::take::take_record_batch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::error::{Error, ErrorKind, Result};
use crate::input::parquet::Cells;

/// What was found out about a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What the page's content is.
    pub label: String,
    /// What to do with it.
    pub verdict: String,
    /// Why, separated by spaces.
    pub reasons: String,
    /// The probability of the label, 0 to 1.
    pub probability: f32,
    /// What is passed on of the page in place of its text; none if it is all.
    pub text: Option<String>,
}

/// A page that did not come from Parquet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainRow {
    /// Its id as text.
    pub id: String,
    /// Its address.
    pub url: Option<String>,
}

/// A Parquet file that is being written.
pub struct Writer<W: Write + Send> {
    file: ArrowWriter<W>,
    input: SchemaRef,
    schema: SchemaRef,
    rows: Rows,
    findings: Vec<Finding>,
}

/// Rows that wait to be written together.
enum Rows {
    Cells(Vec<Cells>),
    Plain(Vec<PlainRow>),
}

/// Rows that are written together when they are of one batch; more are written in any case.
const MOST_ROWS: usize = 256;
/// The most bytes of a group of rows before it is written out.
const GROUP_BYTES: usize = 32 << 20;

impl<W: Write + Send> Writer<W> {
    /// A writer of rows like `cells`; without such a row, of pages of other origin.
    ///
    /// # Errors
    /// If the columns cannot be written, or one of those that are added is there already.
    pub fn new(out: W, cells: Option<&Cells>) -> Result<Self> {
        let (input, rows) = if let Some(cells) = cells {
            (cells.batch.schema(), Rows::Cells(Vec::new()))
        } else {
            let text = |name: &str| Field::new(name, DataType::Utf8, true);
            (Arc::new(Schema::new(vec![text("id"), text("url"), text("text")])), Rows::Plain(Vec::new()))
        };
        let mut fields: Vec<_> = input.fields().iter().cloned().collect();
        for added in added() {
            if input.index_of(added.name()).is_ok() {
                let message = format!("the table has a column {:?} already; rename it", added.name());
                return Err(Error::new(ErrorKind::Format, message));
            }
            fields.push(Arc::new(added));
        }
        if let (Some(cells), Some(column)) = (cells, cells.and_then(Cells::text_column)) {
            // What is cut is text, whatever the column held.
            let old = cells.batch.schema().field(column).clone();
            fields[column] = Arc::new(old.with_nullable(true));
        }
        if let Some(column) = cells.and_then(Cells::html_column) {
            let old = fields[column].as_ref().clone();
            fields[column] = Arc::new(old.with_nullable(true));
        }
        let schema = Arc::new(Schema::new_with_metadata(fields, input.metadata().clone()));
        let properties =
            WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
        let file = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties)).map_err(failed)?;
        Ok(Self { file, input, schema, rows, findings: Vec::new() })
    }

    /// Adds a row of Parquet.
    ///
    /// # Errors
    /// If it has other columns than the first, or cannot be written.
    pub fn add_cells(&mut self, cells: &Cells, finding: Finding) -> Result<()> {
        if cells.batch.schema().fields() != self.input.fields() {
            let message =
                "the tables have different columns; gate them one after the other or use --output-dir";
            return Err(Error::new(ErrorKind::Format, message));
        }
        let Rows::Cells(rows) = &self.rows else { return Err(mixed()) };
        if rows.first().is_some_and(|first| !Arc::ptr_eq(&first.batch, &cells.batch)) {
            self.flush()?;
        }
        let Rows::Cells(rows) = &mut self.rows else { return Err(mixed()) };
        rows.push(cells.clone());
        self.findings.push(finding);
        Ok(())
    }

    /// Adds a page of another origin.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add_plain(&mut self, row: PlainRow, finding: Finding) -> Result<()> {
        let Rows::Plain(rows) = &mut self.rows else { return Err(mixed()) };
        rows.push(row);
        self.findings.push(finding);
        if self.findings.len() >= MOST_ROWS { self.flush() } else { Ok(()) }
    }

    /// What is written to.
    pub fn inner_mut(&mut self) -> &mut W {
        self.file.inner_mut()
    }

    /// Writes what waits, and the end of the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self) -> Result<W> {
        self.flush()?;
        self.file.into_inner().map_err(failed)
    }

    fn flush(&mut self) -> Result<()> {
        if self.findings.is_empty() {
            return Ok(());
        }
        let findings = std::mem::take(&mut self.findings);
        let mut columns = match &mut self.rows {
            Rows::Cells(rows) => cells_columns(&std::mem::take(rows), &findings)?,
            Rows::Plain(rows) => plain_columns(&std::mem::take(rows), &findings),
        };
        let text = |value: fn(&Finding) -> &str| -> ArrayRef {
            Arc::new(findings.iter().map(|finding| Some(value(finding))).collect::<StringArray>())
        };
        columns.push(text(|finding| &finding.label));
        columns.push(text(|finding| &finding.verdict));
        columns.push(text(|finding| &finding.reasons));
        columns.push(Arc::new(findings.iter().map(|finding| finding.probability).collect::<Float32Array>()));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(failed)?;
        self.file.write(&batch).map_err(failed)?;
        if self.file.in_progress_size() > GROUP_BYTES {
            self.file.flush().map_err(failed)?;
        }
        Ok(())
    }
}

/// The columns that are added.
fn added() -> [Field; 4] {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    [
        text("pagesieve_label"),
        text("pagesieve_verdict"),
        text("pagesieve_reasons"),
        Field::new("pagesieve_p", DataType::Float32, false),
    ]
}

/// The columns of rows of one batch, with text that is cut in place of what was there.
fn cells_columns(rows: &[Cells], findings: &[Finding]) -> Result<Vec<ArrayRef>> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let indices: UInt32Array = rows.iter().map(|cells| cells.index as u32).collect();
    let taken = take_record_batch(&first.batch, &indices).map_err(failed)?;
    let mut columns = taken.columns().to_vec();
    if findings.iter().all(|finding| finding.text.is_none()) {
        return Ok(columns);
    }
    if let Some(column) = first.text_column() {
        let kind = columns[column].data_type().clone();
        columns[column] = cut(findings.iter().map(|finding| finding.text.as_deref()), &kind)?;
    }
    if let Some(column) = first.html_column() {
        columns[column] = new_null_array(&columns[column].data_type().clone(), rows.len());
    }
    Ok(columns)
}

/// Texts as a column of the type that they replace.
fn cut<'a>(texts: impl Iterator<Item = Option<&'a str>>, kind: &DataType) -> Result<ArrayRef> {
    use arrow_array::{BinaryArray, BinaryViewArray, LargeBinaryArray, LargeStringArray, StringViewArray};
    Ok(match kind {
        DataType::Utf8 => Arc::new(texts.collect::<StringArray>()),
        DataType::LargeUtf8 => Arc::new(texts.collect::<LargeStringArray>()),
        DataType::Utf8View => Arc::new(texts.collect::<StringViewArray>()),
        DataType::Binary => Arc::new(texts.map(|text| text.map(str::as_bytes)).collect::<BinaryArray>()),
        DataType::LargeBinary => {
            Arc::new(texts.map(|text| text.map(str::as_bytes)).collect::<LargeBinaryArray>())
        }
        DataType::BinaryView => {
            Arc::new(texts.map(|text| text.map(str::as_bytes)).collect::<BinaryViewArray>())
        }
        other => return Err(failed(format!("a column of the type {other} cannot hold text"))),
    })
}

fn plain_columns(rows: &[PlainRow], findings: &[Finding]) -> Vec<ArrayRef> {
    vec![
        Arc::new(rows.iter().map(|row| Some(row.id.as_str())).collect::<StringArray>()),
        Arc::new(rows.iter().map(|row| row.url.as_deref()).collect::<StringArray>()),
        Arc::new(findings.iter().map(|finding| finding.text.as_deref()).collect::<StringArray>()),
    ]
}

fn mixed() -> Error {
    let message = "some inputs are Parquet and others are not; gate them one after the other";
    Error::new(ErrorKind::Format, message)
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Format, format!("cannot write Parquet: {error}"))
}

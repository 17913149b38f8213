//! Parquet on its way through the command line.
//!
//! Comes in: a path, or rows with what was found out about them. Goes out: rows one by one, or a Parquet file on an
//! [`Output`]. A program built without the feature `parquet` has `no_parquet` in its place.

use std::path::Path;

use pagesieve::input::page;
use pagesieve::input::parquet::{self, Columns};
use pagesieve::output::parquet::{Finding, PlainRow, Writer};

use super::failure::Result;
use super::input::{Input, Item};
use super::output::Output;
use super::reading::Reading;
use super::record::Row;

pub use pagesieve::input::parquet::{Cells, read};

/// The rows of a Parquet file.
pub struct Table(parquet::Table);

impl Table {
    /// Opens the file at `path`.
    pub fn open(path: &Path, reading: &Reading) -> pagesieve::Result<Self> {
        let columns = if reading.all_columns { Columns::All } else { Columns::Needed };
        parquet::Table::open(path, &reading.fields, columns).map(Self)
    }

    /// The next row.
    pub fn next(&mut self) -> Option<std::result::Result<Cells, page::Unreadable>> {
        self.0.next()
    }
}

/// A Parquet file that is being written.
pub struct Sheet(Box<Writer<Vec<u8>>>);

/// What to say of a program that has no Parquet, which this one has.
pub const MISSING: Option<&str> = None;

impl Sheet {
    /// A file of rows like `input`.
    pub fn new(input: Option<&Input>) -> Result<Self> {
        let cells = input.and_then(|input| match &input.item {
            Item::Cells(cells) => Some(cells),
            _ => None,
        });
        Ok(Self(Box::new(Writer::new(Vec::new(), cells)?)))
    }

    /// Adds a row to the file on `output`.
    pub fn add(&mut self, output: &mut Output, input: &Input, row: &Row) -> Result<()> {
        let Row { id, url, .. } = row;
        let finding = Finding {
            label: row.label.clone(),
            verdict: row.verdict.clone(),
            reasons: row.reasons.clone(),
            probability: row.probability,
            text: row.text.clone(),
        };
        match &input.item {
            Item::Cells(cells) => self.0.add_cells(cells, finding)?,
            _ => self.0.add_plain(PlainRow { id: id.clone(), url: url.clone() }, finding)?,
        }
        output.write(&std::mem::take(self.0.inner_mut()))
    }

    /// Writes the end of the file to `output`.
    pub fn finish(self, output: &mut Output) -> Result<()> {
        output.write(&self.0.finish()?)
    }
}

//! What stands for Parquet in a program that was built without it.
//!
//! Comes in: a path or an output. Goes out: the message that says how to get a program that can do more.

use std::path::Path;

use pagesieve::input::limits::Limits;
use pagesieve::input::page::{Page, Unreadable};

use super::failure::{Failure, Result};
use super::input::Input;
use super::output::Output;
use super::reading::Reading;
use super::record::Row;

const HOW: &str = "this program was built without Parquet; build it with `--features parquet`";

/// What to say of a program that has no Parquet.
pub const MISSING: Option<&str> = Some(HOW);

/// No row: there are none without Parquet.
pub enum Cells {}

/// No table.
pub enum Table {}

/// No file.
pub enum Sheet {}

/// No page.
pub fn read(cells: &Cells, _: &Limits) -> std::result::Result<Page, Unreadable> {
    match *cells {}
}

impl Cells {
    /// No size.
    pub fn size(&self) -> usize {
        match *self {}
    }
}

impl Table {
    /// Fails.
    pub fn open(_: &Path, _: &Reading) -> std::result::Result<Self, &'static str> {
        Err(HOW)
    }

    /// No row.
    pub fn next(&mut self) -> Option<std::result::Result<Cells, Unreadable>> {
        match *self {}
    }
}

impl Sheet {
    /// Fails.
    pub fn new(_: Option<&Input>) -> Result<Self> {
        Err(Failure::usage(HOW))
    }

    /// Nothing.
    pub fn add(&mut self, _: &mut Output, _: &Input, _: &Row) -> Result<()> {
        match *self {}
    }

    /// Nothing.
    pub fn finish(self, _: &mut Output) -> Result<()> {
        match self {}
    }
}

//! Labelled CSV as a file: plain or compressed, with the file named in every error.
//!
//! Comes in: a path, or `-`. Goes out: its [`LabelledPage`]s, one at a time.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::input::source;
use crate::labelled::{CsvPages, LabelNames, LabelledPage};

/// The pages of one labelled CSV file.
pub struct CsvFile {
    path: PathBuf,
    pages: CsvPages<Box<dyn BufRead + Send>>,
}

impl CsvFile {
    /// Opens `path`, or standard input for `-`, and reads the header.
    ///
    /// # Errors
    /// If it cannot be read, or has no header with the columns `label` and `text`.
    pub fn open(path: &Path) -> Result<Self> {
        let pages = CsvPages::new(source::open(path)?).map_err(|error| error.at(path))?;
        Ok(Self { path: path.to_owned(), pages })
    }

    /// Reads the next page in the memory of `page`, its labels numbered by `names`; false at the end.
    ///
    /// # Errors
    /// As [`CsvPages::read_page`], with the file's path.
    pub fn read_page(&mut self, names: &mut LabelNames, page: &mut LabelledPage) -> Result<bool> {
        self.pages.read_page(names, page).map_err(|error| error.at(&self.path))
    }
}

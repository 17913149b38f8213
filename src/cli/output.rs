//! Output: standard output, or a file that appears only when it is complete.
//!
//! Comes in: an optional path. Goes out: a writer. A file is written beside its place and renamed at the end, so that
//! nobody ever finds half of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::failure::{Failure, Result};

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    /// Aligned text for people
    Text,
    /// One object
    Json,
}

/// A place to write to.
pub struct Output {
    path: PathBuf,
    writer: BufWriter<Box<dyn Write>>,
    unfinished: Option<Unfinished>,
}

/// A file beside its place; it is deleted unless it was renamed.
struct Unfinished {
    beside: PathBuf,
    place: PathBuf,
}

impl Output {
    /// Opens `path`, or standard output if there is none or it is `-`.
    pub fn open(path: Option<&Path>) -> Result<Self> {
        match path.filter(|path| *path != Path::new("-")) {
            None => Ok(Self::new("standard output".into(), Box::new(io::stdout().lock()), None)),
            Some(path) => Self::file(path).map_err(|error| Failure::output(path, &error)),
        }
    }

    fn new(path: PathBuf, writer: Box<dyn Write>, unfinished: Option<Unfinished>) -> Self {
        Self { path, writer: BufWriter::with_capacity(1 << 16, writer), unfinished }
    }

    fn file(path: &Path) -> io::Result<Self> {
        let existing = fs::metadata(path).ok();
        if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder; name a file"));
        }
        if existing.as_ref().is_some_and(|existing| !existing.is_file()) {
            // A device or pipe is written to, not replaced.
            let file = OpenOptions::new().write(true).open(path)?;
            return Ok(Self::new(path.to_owned(), Box::new(file), None));
        }
        // A link is followed, so that the file it names is replaced, not the link.
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let Some(name) = place.file_name() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no name of a file"));
        };
        let mut beside_name = std::ffi::OsString::from(".");
        beside_name.push(name);
        beside_name.push(format!(".{}.part", std::process::id()));
        let beside = place.with_file_name(beside_name);
        let file = File::create(&beside)?;
        let unfinished = Unfinished { beside, place };
        if let Some(existing) = existing {
            if existing.permissions().readonly() {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is write-protected"));
            }
            file.set_permissions(existing.permissions())?;
        }
        Ok(Self::new(path.to_owned(), Box::new(file), Some(unfinished)))
    }

    /// Writes `bytes`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.write_all(bytes).map_err(|error| Failure::output(&self.path, &error))
    }

    /// Passes on what was written so far.
    pub fn flush(&mut self) -> Result<()> {
        self.writer.flush().map_err(|error| Failure::output(&self.path, &error))
    }

    /// Puts a file in its place. Without this nothing stays of it.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        if let Some(unfinished) = &self.unfinished {
            fs::rename(&unfinished.beside, &unfinished.place)
                .map_err(|error| Failure::output(&self.path, &error))?;
        }
        self.unfinished = None;
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(unfinished) = &self.unfinished {
            // It may be gone already, and there is nobody left to tell.
            let _ = fs::remove_file(&unfinished.beside);
        }
    }
}

//! The one error type: what went wrong, where it stood (file, line or record) and what to do.
//!
//! Comes in: a failure of reading, parsing or using a file. Goes out: a message a user can act on.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of failure an [`Error`] is. More kinds may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file or stream could not be read or written.
    Io,
    /// Bytes that are not what their format promises (truncated archive, malformed JSON).
    Format,
    /// A labelled row or data set that cannot be trained on or measured.
    Data,
    /// A model file that is foreign, damaged or of another version.
    Model,
    /// Input that asks for more than the limits allow: too long, too large, too deep.
    Limit,
    /// A policy or option whose value makes no sense.
    Policy,
}

/// An error with its place. Its `Display` form is one line: `file:line: message`.
///
/// ```
/// use pagesieve::{Model, ErrorKind};
/// let error = Model::from_bytes(b"not a model").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Model);
/// assert!(error.to_string().contains("not a pagesieve model"));
/// ```
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    path: Option<PathBuf>,
    line: Option<u64>,
    record: Option<u64>,
    source: Option<io::Error>,
}

impl Error {
    /// An error of `kind` with a message that says what was wrong, what was expected and what to do.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            path: None,
            line: None,
            record: None,
            source: None,
        }))
    }

    /// A failed read or write of `path`.
    pub(crate) fn io(path: &Path, doing: &str, source: io::Error) -> Self {
        let mut error = Self::new(ErrorKind::Io, format!("cannot {doing}: {source}")).at(path);
        error.0.source = Some(source);
        error
    }

    /// The same error, placed in the file `path` (an outer place does not replace an inner one).
    #[must_use]
    pub fn at(mut self, path: &Path) -> Self {
        self.0.path.get_or_insert_with(|| path.to_owned());
        self
    }

    /// The same error, placed at `line`, counted from 1.
    #[must_use]
    pub fn on_line(mut self, line: u64) -> Self {
        self.0.line.get_or_insert(line);
        self
    }

    /// The same error, placed in record `number` of a file, counted from 1.
    #[must_use]
    pub(crate) fn in_record(mut self, number: u64) -> Self {
        self.0.record.get_or_insert(number);
        self
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What was wrong, without its place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The file it concerns, if it concerns one.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The line within the file, counted from 1, where lines are counted.
    pub fn line(&self) -> Option<u64> {
        self.0.line
    }

    /// The record within the file, counted from 1, where records are counted and lines are not.
    pub fn record(&self) -> Option<u64> {
        self.0.record
    }

    /// Whether the reader of our output went away (`pagesieve … | head`), which is no failure.
    pub fn is_closed_pipe(&self) -> bool {
        self.0.source.as_ref().is_some_and(|source| source.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { message, path, line, record, .. } = &*self.0;
        if let Some(path) = path {
            write!(out, "{}", path.display())?;
            match line {
                Some(line) => write!(out, ":{line}: ")?,
                None => write!(out, ": ")?,
            }
        } else if let Some(line) = line {
            write!(out, "line {line}: ")?;
        }
        if let Some(record) = record {
            write!(out, "record {record}: ")?;
        }
        out.write_str(message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_file_and_line() {
        let error = Error::new(ErrorKind::Data, "the label is empty").on_line(7).at(Path::new("a.csv"));
        assert_eq!(error.to_string(), "a.csv:7: the label is empty");
        assert_eq!(error.line(), Some(7));
    }

    #[test]
    fn an_inner_place_wins() {
        let error = Error::new(ErrorKind::Format, "x").at(Path::new("inner")).at(Path::new("outer"));
        assert_eq!(error.path(), Some(Path::new("inner")));
    }

    #[test]
    fn closed_pipes_are_told_apart() {
        let closed = Error::io(Path::new("-"), "write", io::Error::from(io::ErrorKind::BrokenPipe));
        let other = Error::io(Path::new("-"), "write", io::Error::from(io::ErrorKind::StorageFull));
        assert!(closed.is_closed_pipe() && !other.is_closed_pipe());
    }
}

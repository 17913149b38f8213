//! Labels of lines: what a reader said of plain-text pages of a corpus, kept apart from their text.
//!
//! Comes in: a table of the ids of pages and a letter a line. Goes out: the labels of the page of an id, so that labels of
//! our own can be passed on where the texts are not ours.

use std::collections::HashMap;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// The letter of each label.
const LETTERS: [(char, &str); 5] =
    [('n', "news"), ('l', "listicle"), ('b', "boilerplate"), ('o', "other"), ('?', "disputed")];

/// Labels of the lines of pages, by the pages' ids.
///
/// ```
/// # use pagesieve::corpus::LineLabels;
/// let table = "id\tlabels\npage-1\tbnn\n";
/// let labels = LineLabels::read(table.as_bytes())?;
/// assert_eq!(labels.of("page-1").unwrap(), ["boilerplate", "news", "news"]);
/// assert!(labels.of("page-2").is_none());
/// # Ok::<(), pagesieve::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineLabels(HashMap<String, Vec<&'static str>>);

impl LineLabels {
    /// Reads the file at `path`, a table as [`read`](Self::read) takes it.
    ///
    /// # Errors
    /// If the file cannot be read, and as [`read`](Self::read).
    pub fn open(path: &Path) -> Result<Self> {
        let bytes =
            std::fs::read(path).map_err(|error| Error::io(path, "read the labels of lines", error))?;
        Self::read(&bytes).map_err(|error| error.at(path))
    }

    /// Reads a table: the header `id`, tab, `labels`; then a page a line, its labels one letter each: `n` news, `l`
    /// listicle, `b` boilerplate, `o` other, `?` for a line that readers are torn about.
    ///
    /// # Errors
    /// If the header is another, a line has no tab, a letter is none of these, or an id comes twice.
    pub fn read(table: &[u8]) -> Result<Self> {
        let wrong =
            |line: usize, message: String| Error::new(ErrorKind::Format, message).on_line(line as u64 + 1);
        let text = std::str::from_utf8(table)
            .map_err(|_| Error::new(ErrorKind::Format, "the table of labels is not UTF-8; write it anew"))?;
        let mut lines = text.lines().enumerate();
        if lines.next().map(|(_, header)| header) != Some("id\tlabels") {
            return Err(wrong(
                0,
                "the header is not \"id\", tab, \"labels\"; give a table of labels of lines".into(),
            ));
        }
        let mut pages = HashMap::new();
        for (number, line) in lines {
            let (id, letters) = line.split_once('\t').ok_or_else(|| {
                wrong(number, "there is no tab between a page's id and its labels; put one".into())
            })?;
            let label = |letter: char| {
                let known = LETTERS.iter().find(|(known, _)| *known == letter);
                known.map(|(_, label)| *label).ok_or_else(|| {
                    wrong(number, format!("{letter:?} is no label; there are n, l, b, o and ?"))
                })
            };
            let labels = letters.chars().map(label).collect::<Result<_>>()?;
            if pages.insert(id.to_owned(), labels).is_some() {
                return Err(wrong(
                    number,
                    format!("the page {id} has labels already; leave one line of them"),
                ));
            }
        }
        Ok(Self(pages))
    }

    /// The labels of the lines of the page called `id`; none if it has none here.
    pub fn of(&self, id: &str) -> Option<&[&'static str]> {
        self.0.get(id).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_tables_are_refused_with_their_line() {
        for (table, line, said) in [
            ("", 1, "header"),
            ("id,labels\n", 1, "header"),
            ("id\tlabels\na\tnb\nb", 3, "no tab"),
            ("id\tlabels\na\tnx\n", 2, "'x' is no label"),
            ("id\tlabels\na\tn\na\tb\n", 3, "already"),
        ] {
            let error = LineLabels::read(table.as_bytes()).unwrap_err();
            assert_eq!((error.kind(), error.line()), (ErrorKind::Format, Some(line)), "{error}");
            assert!(error.to_string().contains(said), "{error}");
        }
        assert!(LineLabels::read(b"id\tlabels\na\t\xFF\n").is_err());
    }
}

//! The reader of tables: CSV and TSV with a page in a column.
//!
//! Comes in: a stream with a header that names its columns. Goes out: [`Row`]s with their bytes unchanged, and on demand
//! the [`Page`] in each.

use std::io::BufRead;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::input::jsonl::Fields;
use crate::input::limits::Limits;
use crate::input::lines::{Outcome, read_line};
use crate::input::page::{Id, Page, Unreadable};
use crate::input::{html, text};

/// The first row of a table, and how its cells are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its bytes, with the line end.
    pub bytes: Vec<u8>,
    /// The names of the columns.
    pub names: Vec<String>,
    /// What stands between cells: `,`, `;` or a tab.
    pub delimiter: u8,
    html: Option<usize>,
    text: Option<usize>,
    id: Option<usize>,
    url: Option<usize>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The table's header.
    pub header: Arc<Header>,
    /// The number of its first line in the stream, from 1.
    pub line: u64,
    /// Its number after the header, from 1: the id of a row without one.
    pub record: u64,
    /// Its bytes, with the line end if it has one.
    pub bytes: Vec<u8>,
}

/// The rows of a table. Only one row is held at a time.
pub struct Rows<R> {
    input: R,
    header: Arc<Header>,
    limits: Limits,
    line: u64,
    record: u64,
}

impl<R: BufRead> Rows<R> {
    /// Reads the header of `input`, in which `fields` names the columns with a page. Whether cells are separated by
    /// `,`, `;` or tabs is told by the header.
    ///
    /// # Errors
    /// If there is no header with a column for HTML or text, or it cannot be read.
    pub fn new(mut input: R, fields: &Fields, limits: &Limits) -> Result<Self> {
        let (mut bytes, mut line) = (Vec::new(), 0);
        if read_row(&mut input, &mut bytes, b',', limits, &mut line)? != Outcome::Read {
            return Err(Error::new(
                ErrorKind::Format,
                "the table has no header; its first line must name the columns",
            ));
        }
        let header = Header::parse(bytes, fields).map_err(|error| error.on_line(1))?;
        Ok(Self { input, header: Arc::new(header), limits: *limits, line, record: 0 })
    }

    fn next_row(&mut self) -> Result<Option<Row>> {
        loop {
            let (mut bytes, line) = (Vec::new(), self.line + 1);
            let outcome =
                read_row(&mut self.input, &mut bytes, self.header.delimiter, &self.limits, &mut self.line)?;
            if outcome == Outcome::End {
                return Ok(None);
            }
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            self.record += 1;
            if matches!(outcome, Outcome::TooLong(_)) {
                let message = format!(
                    "the row is longer than the limit of {} bytes (--max-line)",
                    self.limits.line_bytes
                );
                return Err(Error::new(ErrorKind::Limit, message).on_line(line));
            }
            return Ok(Some(Row { header: Arc::clone(&self.header), line, record: self.record, bytes }));
        }
    }
}

/// A row that breaks a limit is an error and the rest goes on; a stream that cannot be read gives one error of kind
/// [`ErrorKind::Io`], after which there is nothing to come.
impl<R: BufRead> Iterator for Rows<R> {
    type Item = std::result::Result<Row, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().transpose().map(|row| {
            row.map_err(|error| Unreadable { id: Id::from_text(&self.record.max(1).to_string()), error })
        })
    }
}

impl Header {
    fn parse(bytes: Vec<u8>, fields: &Fields) -> Result<Self> {
        let names = |delimiter: u8| -> Result<Vec<String>> {
            let cells = cells(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes), delimiter)?;
            Ok(cells.iter().map(|cell| cell.trim().to_owned()).collect())
        };
        let has_page =
            |names: &[String]| names.iter().any(|name| *name == fields.html || *name == fields.text);
        for delimiter in [b',', b';', b'\t'] {
            let names = names(delimiter)?;
            if has_page(&names) {
                let find = |column: &str| names.iter().position(|name| name == column);
                let (html, text) = (find(&fields.html), find(&fields.text));
                let (id, url) = (find(&fields.id), find(&fields.url));
                return Ok(Self { bytes, names, delimiter, html, text, id, url });
            }
        }
        let message = format!(
            "the table has neither a column {:?} nor {:?} (found: {}); name the column that holds the page with \
             --html-field or --text-field",
            fields.html,
            fields.text,
            names(b',')?.join(", ")
        );
        Err(Error::new(ErrorKind::Format, message))
    }
}

impl Row {
    /// The cells, unquoted.
    ///
    /// # Errors
    /// If the row is not valid UTF-8.
    pub fn cells(&self) -> Result<csv::StringRecord> {
        cells(&self.bytes, self.header.delimiter).map_err(|error| error.on_line(self.line))
    }

    /// The same row with `cells` added at its end, and nothing else changed; so too the header, whose bytes are those of
    /// a row.
    pub fn with_cells(bytes: &[u8], delimiter: u8, cells: &[&str]) -> Vec<u8> {
        let end = bytes.trim_ascii_end().len();
        // White space before the line end, as tabs of empty cells, belongs to the row.
        let end = end + bytes[end..].iter().take_while(|byte| !matches!(**byte, b'\r' | b'\n')).count();
        let mut written = bytes[..end].to_vec();
        for cell in cells {
            written.push(delimiter);
            written.extend(cell.as_bytes());
        }
        written.extend(&bytes[end..]);
        written
    }

    /// The same row with `text` as its text, and without HTML. A table without a column for text has it where its HTML
    /// was.
    ///
    /// # Errors
    /// As [`Row::cells`].
    pub fn with_text(&self, text: &str) -> Result<Vec<u8>> {
        let header = &self.header;
        let replaced = self.cells()?;
        let mut out = csv::WriterBuilder::new().delimiter(header.delimiter).from_writer(Vec::new());
        let wrong = |error: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Format, error.to_string()).on_line(self.line)
        };
        for (index, cell) in replaced.iter().enumerate() {
            let cell = if header.text.or(header.html) == Some(index) {
                text
            } else if header.html == Some(index) {
                ""
            } else {
                cell
            };
            out.write_field(cell).map_err(|error| wrong(&error))?;
        }
        out.write_record(None::<&[u8]>).map_err(|error| wrong(&error))?;
        out.into_inner().map_err(|error| wrong(&error))
    }
}

/// Reads the page of one row.
///
/// ```
/// use pagesieve::input::{jsonl::Fields, limits::Limits, rows::{Rows, read}};
/// let table = b"id;text\n7;\"It rained.\nThen it \"\"poured\"\".\"\n";
/// let limits = Limits::default();
/// let row = Rows::new(&table[..], &Fields::default(), &limits)?.next().unwrap().unwrap();
/// let page = read(&row, &limits).map_err(|unreadable| unreadable.error)?;
/// assert_eq!((page.id.to_string().as_str(), page.document.len()), ("7", 2));
/// # Ok::<(), pagesieve::Error>(())
/// ```
///
/// # Errors
/// If the row has other cells than the header names, is not valid UTF-8, or its page breaks a limit.
pub fn read(row: &Row, limits: &Limits) -> std::result::Result<Page, Unreadable> {
    let header = &row.header;
    let numbered = || Id::from_text(&row.record.to_string());
    let cells = row.cells().map_err(|error| Unreadable { id: numbered(), error })?;
    let cell = |column: Option<usize>| column.and_then(|column| cells.get(column));
    let id = cell(header.id).filter(|id| !id.is_empty()).map_or_else(numbered, Id::from_text);
    let failed = |error: Error| Unreadable { id: id.clone(), error: error.on_line(row.line) };
    if cells.len() != header.names.len() {
        let message = format!("the row has {} cells, the header {}", cells.len(), header.names.len());
        return Err(failed(Error::new(ErrorKind::Format, message)));
    }
    let document = match cell(header.html).filter(|page| !page.is_empty()) {
        Some(page) => html::read(page),
        None => text::read(cell(header.text).unwrap_or_default()),
    };
    limits.check(&document).map_err(failed)?;
    let url = cell(header.url).filter(|url| !url.is_empty()).map(str::to_owned);
    Ok(Page { id: id.clone(), url, document })
}

/// Adds one row to `bytes`: a line, or several if a quoted cell goes over line ends.
fn read_row(
    input: &mut impl BufRead,
    bytes: &mut Vec<u8>,
    delimiter: u8,
    limits: &Limits,
    line: &mut u64,
) -> Result<Outcome> {
    let failed =
        |error: std::io::Error| Error::new(ErrorKind::Io, format!("cannot read on from here: {error}"));
    let mut quotes = Quotes::default();
    loop {
        let from = bytes.len();
        let outcome = read_line(input, bytes, limits.line_bytes).map_err(failed)?;
        match outcome {
            // A quote that is never closed ends with the table.
            Outcome::End if !bytes.is_empty() => return Ok(Outcome::Read),
            Outcome::End => return Ok(Outcome::End),
            Outcome::Read | Outcome::TooLong(_) => *line += 1,
        }
        quotes.pass(&bytes[from..], delimiter);
        if matches!(outcome, Outcome::TooLong(_)) || !quotes.is_open {
            return Ok(outcome);
        }
    }
}

/// Whether a place in a row lies within a quoted cell. A quote within a cell that does not start with one is a letter.
#[derive(Default)]
struct Quotes {
    is_open: bool,
}

impl Quotes {
    /// Passes over a line, which starts a row unless a quote is open.
    fn pass(&mut self, line: &[u8], delimiter: u8) {
        let mut rest = line;
        let mut is_cell_start = !self.is_open;
        loop {
            if self.is_open {
                // A doubled quote closes and opens again, which comes to the same.
                let Some(quote) = memchr::memchr(b'"', rest) else { return };
                self.is_open = false;
                rest = &rest[quote + 1..];
                if rest.first() == Some(&b'"') {
                    self.is_open = true;
                    rest = &rest[1..];
                }
            } else if is_cell_start && rest.first() == Some(&b'"') {
                self.is_open = true;
                is_cell_start = false;
                rest = &rest[1..];
            } else {
                let Some(end) = memchr::memchr(delimiter, rest) else { return };
                is_cell_start = true;
                rest = &rest[end + 1..];
            }
        }
    }
}

/// The cells of one row.
fn cells(bytes: &[u8], delimiter: u8) -> Result<csv::StringRecord> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
    let mut record = csv::StringRecord::new();
    reader.read_record(&mut record).map_err(|error| {
        let reason = match error.kind() {
            csv::ErrorKind::Utf8 { .. } => "it is not valid UTF-8".to_owned(),
            _ => error.to_string(),
        };
        Error::new(ErrorKind::Format, format!("the row cannot be read: {reason}"))
    })?;
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::rows::read as read_page;

    fn rows(table: &str) -> Vec<std::result::Result<Row, Unreadable>> {
        Rows::new(table.as_bytes(), &Fields::default(), &Limits::default()).unwrap().collect()
    }

    #[test]
    fn rows_keep_their_bytes() {
        let written = ["1,\"a\nb, \"\"c\"\"\n\"\r\n", "\n", "2,d \"e\" f\r\n", "\"3\",\"\"\n", "4,g"];
        let table = format!("\u{FEFF}id,text\r\n{}", written.concat());
        let rows: Vec<_> = rows(&table).into_iter().map(|row| row.unwrap()).collect();
        let read: Vec<_> = rows.iter().map(|row| str::from_utf8(&row.bytes).unwrap()).collect();
        assert_eq!(read, [written[0], written[2], written[3], written[4]]);
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 6, 7, 8]);
        let page = read_page(&rows[0], &Limits::default()).unwrap();
        assert_eq!((page.id.to_json(), page.document.block(1).text()), ("\"1\"", "b, \"c\""));
        assert_eq!(rows[1].cells().unwrap().iter().collect::<Vec<_>>(), ["2", "d \"e\" f"]);
    }

    #[test]
    fn columns_are_found_whatever_separates_them() {
        for (table, delimiter) in [("url\thtml\nu\t<p>x\n", b'\t'), ("html;url\n<p>x;u\n", b';')] {
            let row = rows(table).remove(0).unwrap();
            let page = read_page(&row, &Limits::default()).unwrap();
            assert_eq!((row.header.delimiter, page.url.as_deref()), (delimiter, Some("u")));
            assert!(page.document.has_markup() && page.id.to_json() == "\"1\"");
        }
        let wrong = Rows::new(&b"a,b\n"[..], &Fields::default(), &Limits::default()).err().unwrap();
        assert!(wrong.to_string().contains("found: a, b") && wrong.to_string().contains("--text-field"));
        assert!(Rows::new(&b""[..], &Fields::default(), &Limits::default()).is_err());
    }

    #[test]
    fn bad_rows_are_errors_of_their_own() {
        let limits = Limits { line_bytes: 30, ..Limits::default() };
        let table = [b"id,text\n1,\xFF\n2,b,c\n", &[b'x'; 40][..], b"\n3,d\n"].concat();
        let read: Vec<_> = Rows::new(&table[..], &Fields::default(), &limits)
            .unwrap()
            .map(|row| {
                row.and_then(|row| read_page(&row, &limits))
                    .map_err(|unreadable| unreadable.error.to_string())
            })
            .collect();
        let message = |index: usize| read[index].as_ref().unwrap_err().as_str();
        assert!(message(0).starts_with("line 2: ") && message(0).contains("UTF-8"), "{}", message(0));
        assert!(message(1).contains("3 cells") && message(2).contains("--max-line"));
        assert_eq!(read[3].as_ref().unwrap().id.to_json(), "\"3\"");
    }

    #[test]
    fn text_can_be_replaced() {
        let row = rows("html,id,text\n<p>a,1,\"b,c\"\n").remove(0).unwrap();
        assert_eq!(row.with_text("d\n\"e\"").unwrap(), b",1,\"d\n\"\"e\"\"\"\n");
        assert_eq!(Row::with_cells(b"a\t\t\r\n", b'\t', &["keep", "1"]), b"a\t\t\tkeep\t1\r\n");
        let row = rows("html\tid\n<p>a\t1\n").remove(0).unwrap();
        assert_eq!(row.with_text("d").unwrap(), b"d\t1\n");
    }
}

//! The reader of crawl archives: WARC, and WET, which is WARC with texts in it.
//!
//! Comes in: a stream of records, stored or packed record by record. Goes out: [`Record`]s with their bytes unchanged,
//! and on demand the [`Page`] in each. After a damaged record reading goes on at the next.

use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;

use memchr::memmem;

use crate::error::{Error, ErrorKind, Result};
use crate::input::http::{self, ContentType};
use crate::input::limits::Limits;
use crate::input::members::Members;
use crate::input::page::{self, Format, Id, Page, SNIFFED_BYTES, Unreadable};
use crate::input::source::Packing;

/// What every record starts with.
const MAGIC: &[u8] = b"WARC/";
/// How the next record starts within damaged ones.
const NEXT: &[u8] = b"\nWARC/";
/// The most bytes of a record's header.
const MOST_HEAD_BYTES: usize = 1 << 20;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number in the file, from 1.
    pub number: u64,
    /// All of it: header, block, and the line ends after it.
    pub bytes: Vec<u8>,
    /// The same as it was packed, if it was packed by itself.
    pub packed: Option<Vec<u8>>,
    head: Range<usize>,
    block: Range<usize>,
}

/// The records of a crawl archive. One record is held at a time.
pub struct Records<R> {
    members: Members<R>,
    limits: Limits,
    /// Unpacked bytes; those before `from` are used up.
    buffer: Vec<u8>,
    from: usize,
    number: u64,
    /// Whether no record of the member was read yet.
    is_first_of_member: bool,
    /// Whether the member cannot be unpacked any further.
    is_damaged: bool,
    is_done: bool,
}

impl<R: Read> Records<R> {
    /// The records in `raw`, which is packed as `packing` says: gzip and zstd are unpacked member by member, anything
    /// else must be stored.
    ///
    /// # Errors
    /// If the first bytes, such as a dictionary of zstd, cannot be read.
    pub fn new(raw: R, packing: Packing, limits: &Limits) -> std::io::Result<Self> {
        Ok(Self {
            members: Members::new(raw, packing, *limits)?,
            limits: *limits,
            buffer: Vec::new(),
            from: 0,
            number: 0,
            is_first_of_member: true,
            is_damaged: false,
            is_done: false,
        })
    }

    fn read(&mut self) -> Result<Option<Record>> {
        let record = match self.find_start() {
            Ok(false) => return Ok(None),
            Ok(true) => {
                self.number += 1;
                self.read_record()
            }
            Err(error) => {
                self.number += 1;
                Err(error)
            }
        };
        self.is_first_of_member = false;
        match record {
            Err(error) if error.kind() != ErrorKind::Limit || self.is_damaged => {
                self.resync();
                Err(error)
            }
            record => record.map(Some),
        }
    }

    /// Goes to the next byte that is no line end; false at the end of the file.
    fn find_start(&mut self) -> Result<bool> {
        loop {
            let blank =
                self.buffer[self.from..].iter().take_while(|byte| matches!(**byte, b'\r' | b'\n')).count();
            self.from += blank;
            if self.from < self.buffer.len() {
                return Ok(true);
            }
            self.buffer.clear();
            self.from = 0;
            if self.unpack()? {
                continue;
            }
            if !self.members.next_member().map_err(|error| self.damaged(&error))? {
                return Ok(false);
            }
            self.is_first_of_member = true;
        }
    }

    fn read_record(&mut self) -> Result<Record> {
        let head_bytes = self.read_head()?;
        let head = &self.buffer[self.from..self.from + head_bytes];
        let length = field(head, "content-length").and_then(|value| value.trim().parse::<u64>().ok());
        let length = length.ok_or_else(|| wrong("the record has no Content-Length that is a number"))?;
        let whole = (head_bytes as u64).saturating_add(length);
        if whole > self.limits.record_bytes as u64 {
            self.skip(whole)?;
            return Err(self.limits.record_error(whole));
        }
        let block = head_bytes..whole as usize;
        if !self.unpack_until(block.end)? {
            let there = self.buffer.len() - self.from - head_bytes;
            return Err(wrong(&format!("the record is cut off: its block has {there} bytes of {length}")));
        }
        // Two line ends follow, which some writers forget, and then a record or nothing.
        self.unpack_until(block.end + 4 + MAGIC.len())?;
        let rest = &self.buffer[self.from + block.end..];
        let ends = rest.iter().take(4).take_while(|byte| matches!(**byte, b'\r' | b'\n')).count();
        let after = rest[ends..].trim_ascii_start();
        if !after.is_empty() && !after.starts_with(&MAGIC[..after.len().min(MAGIC.len())]) {
            return Err(wrong("the record's Content-Length is wrong: no record follows where it ends"));
        }
        let end = self.from + block.end + ends;
        let is_alone = self.is_first_of_member && end == self.buffer.len();
        let packed = self.members.packed().filter(|_| is_alone).map(<[u8]>::to_vec);
        let bytes = if self.from == 0 && end == self.buffer.len() {
            std::mem::take(&mut self.buffer)
        } else {
            self.buffer[self.from..end].to_vec()
        };
        self.from = end.min(self.buffer.len());
        Ok(Record { number: self.number, bytes, packed, head: 0..head_bytes, block })
    }

    /// Reads a record's header, and says how many bytes it has, the blank line included.
    fn read_head(&mut self) -> Result<usize> {
        let mut searched = 0;
        loop {
            let unpacked = &self.buffer[self.from..];
            if !unpacked.starts_with(&MAGIC[..unpacked.len().min(MAGIC.len())]) {
                return Err(wrong("there is no WARC record where one should start"));
            }
            if let Some(end) = blank_line(unpacked, searched) {
                return Ok(end);
            }
            searched = unpacked.len().saturating_sub(3);
            if unpacked.len() > MOST_HEAD_BYTES || !self.unpack()? {
                return Err(wrong("the record's header does not end"));
            }
        }
    }

    /// Passes over `bytes` from the start of the record on.
    fn skip(&mut self, bytes: u64) -> Result<()> {
        let mut missing = bytes;
        loop {
            let there = (self.buffer.len() - self.from) as u64;
            if there >= missing {
                self.from += missing as usize;
                return Ok(());
            }
            missing -= there;
            self.buffer.clear();
            self.from = 0;
            if !self.unpack()? {
                return Ok(());
            }
        }
    }

    /// Unpacks until there are `bytes` from the start of the record on; false if the member ends before.
    fn unpack_until(&mut self, bytes: usize) -> Result<bool> {
        while self.buffer.len() - self.from < bytes {
            if !self.unpack()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Unpacks more of the member; false at its end.
    fn unpack(&mut self) -> Result<bool> {
        if self.from > 0 && self.from >= self.buffer.len() / 2 {
            self.buffer.drain(..self.from);
            self.from = 0;
        }
        self.members.unpack(&mut self.buffer).map_err(|error| self.damaged(&error))
    }

    fn damaged(&mut self, error: &std::io::Error) -> Error {
        self.is_damaged = true;
        wrong(&error.to_string())
    }

    /// After a record that cannot be read, goes to what looks like the next one, in this member or another.
    fn resync(&mut self) {
        // The byte at `from` itself is no start any more.
        while !self.is_damaged {
            if let Some(offset) = memmem::find(&self.buffer[self.from + 1..], NEXT) {
                self.from += 1 + offset + 1;
                return;
            }
            self.from = self.from.max(self.buffer.len().saturating_sub(NEXT.len()));
            if let Ok(false) = self.unpack() {
                self.from = self.buffer.len();
                return;
            }
        }
        loop {
            self.buffer.clear();
            self.from = 0;
            if !self.members.resync().unwrap_or(false) {
                self.is_done = true;
                return;
            }
            self.is_damaged = false;
            self.is_first_of_member = true;
            if self.unpack_until(MAGIC.len()).unwrap_or(false) && self.buffer.starts_with(MAGIC) {
                return;
            }
        }
    }
}

impl<R: Read> Iterator for Records<R> {
    type Item = std::result::Result<Record, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        match self.read() {
            Ok(None) => {
                self.is_done = true;
                None
            }
            Ok(Some(record)) => Some(Ok(record)),
            Err(error) => {
                let id = Id::from_text(&self.number.to_string());
                Some(Err(Unreadable { id, error: error.in_record(self.number) }))
            }
        }
    }
}

impl Record {
    /// The value of the header's field `name`, whatever the case of its letters.
    pub fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        field(&self.bytes[self.head.clone()], name)
    }

    /// What follows the header.
    pub fn block(&self) -> &[u8] {
        &self.bytes[self.block.clone()]
    }

    /// The record's own name, or its number if it has none.
    pub fn id(&self) -> Id {
        let named = self.field("warc-record-id");
        named.map_or_else(|| Id::from_text(&self.number.to_string()), |id| Id::from_text(&id))
    }

    /// What the record is about.
    pub fn url(&self) -> Option<String> {
        let url = self.field("warc-target-uri")?;
        // wget puts it in angle brackets, as an early draft of the standard had it.
        let bare = url.strip_prefix('<').and_then(|url| url.strip_suffix('>'));
        Some(bare.unwrap_or(&url).to_owned())
    }

    /// Whether the record tells of the archive as a whole, and so belongs to any part of it.
    pub fn is_about_the_archive(&self) -> bool {
        self.is_of_type("warcinfo")
    }

    /// Whether the record holds something that was fetched, or its text: not a request, nor what is said about it.
    pub fn holds_content(&self) -> bool {
        ["response", "resource", "conversion"].iter().any(|name| self.is_of_type(name))
    }

    fn is_of_type(&self, name: &str) -> bool {
        self.field("warc-type").is_some_and(|found| found.eq_ignore_ascii_case(name))
    }

    /// What the record was sent as, and what was sent; none if it holds no content.
    fn content(&self, limits: &Limits) -> Result<Option<http::Response<'_>>> {
        if !self.holds_content() {
            return Ok(None);
        }
        let is_response = self.is_of_type("response");
        let content_type = self.field("content-type").and_then(|value| ContentType::parse(&value));
        let is_http = content_type.as_ref().is_some_and(|kind| kind.mime == "application/http");
        if is_http || (is_response && content_type.is_none() && self.block().starts_with(b"HTTP/")) {
            return http::read(self.block(), limits).map(Some);
        }
        Ok(Some(http::Response { content_type, body: Cow::Borrowed(self.block()) }))
    }
}

/// Reads the page in a record; none if the record holds none: one about the crawl, or content that is neither HTML nor
/// plain text.
///
/// ```
/// use pagesieve::input::{limits::Limits, source::Packing, warc};
/// let archive = b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nIt rained.\r\n\r\n";
/// let limits = Limits::default();
/// let record = warc::Records::new(&archive[..], Packing::Stored, &limits)?.next().unwrap().unwrap();
/// let page = warc::read(&record, &limits).unwrap().unwrap();
/// assert_eq!(page.document.block(0).text(), "It rained.");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// If its HTTP response or its body cannot be read, or the page breaks a limit.
pub fn read(record: &Record, limits: &Limits) -> std::result::Result<Option<Page>, Unreadable> {
    let unreadable = |error: Error| Unreadable { id: record.id(), error: error.in_record(record.number) };
    let Some(content) = record.content(limits).map_err(unreadable)? else { return Ok(None) };
    let head = &content.body[..content.body.len().min(SNIFFED_BYTES)];
    let is_html = match content.content_type.as_ref().map(|kind| kind.mime.as_str()) {
        Some("text/html" | "application/xhtml+xml") => true,
        Some("text/plain") => false,
        None if !content.body.is_empty() => Format::sniff(head) == Format::Html,
        _ => return Ok(None),
    };
    if page::refuse_binary(head).is_err() {
        return Ok(None);
    }
    let charset = content.content_type.as_ref().and_then(|kind| kind.charset.as_deref());
    let document = page::read_labelled(&content.body, is_html, charset);
    limits.check(&document).map_err(unreadable)?;
    Ok(Some(Page { id: record.id(), url: record.url(), document }))
}

/// Where the first blank line in `bytes` ends, looked for from `from` on.
fn blank_line(bytes: &[u8], from: usize) -> Option<usize> {
    for at in memchr::memchr_iter(b'\n', &bytes[from..]).map(|offset| from + offset) {
        let after = &bytes[at + 1..];
        if after.starts_with(b"\n") {
            return Some(at + 2);
        }
        if after.starts_with(b"\r\n") {
            return Some(at + 3);
        }
    }
    None
}

/// The value of a field in a header, lines that go on with white space joined.
fn field<'a>(head: &'a [u8], name: &str) -> Option<Cow<'a, str>> {
    let mut lines = head.split(|byte| *byte == b'\n').skip(1).peekable();
    while let Some(line) = lines.next() {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        if !line[..colon].trim_ascii().eq_ignore_ascii_case(name.as_bytes()) {
            continue;
        }
        let mut value = String::from_utf8_lossy(line[colon + 1..].trim_ascii());
        while let Some(more) = lines.next_if(|line| line.starts_with(b" ") || line.starts_with(b"\t")) {
            let more = String::from_utf8_lossy(more.trim_ascii());
            value = Cow::Owned(format!("{value} {more}"));
        }
        return Some(value);
    }
    None
}

fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::Format, message)
}

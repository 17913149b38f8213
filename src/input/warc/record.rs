//! One record of a crawl archive.
//!
//! Comes in: its bytes, cut from the archive. Goes out: the fields of its header, and what was fetched.

use std::borrow::Cow;
use std::ops::Range;

use crate::error::Result;
use crate::input::http::{self, ContentType};
use crate::input::limits::Limits;
use crate::input::page::Id;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number in the file, from 1.
    pub number: u64,
    /// All of it: header, block, and the line ends after it.
    pub bytes: Vec<u8>,
    /// The same as it was packed, if it was packed by itself.
    pub packed: Option<Vec<u8>>,
    pub(super) head: Range<usize>,
    pub(super) block: Range<usize>,
}

impl Record {
    /// The value of the header's field `name`, whatever the case of its letters.
    pub fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        self.fields(name).next()
    }

    /// The values of all the header's fields `name`, in order.
    pub fn fields(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        fields(&self.bytes[self.head.clone()], name)
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
        self.is_of_type(&["warcinfo"])
    }

    /// Whether the record holds something that was fetched, or its text: not a request, nor what is said about it.
    pub fn holds_content(&self) -> bool {
        self.is_of_type(&["response", "resource", "conversion"])
    }

    /// Whether the record belongs to another: what was asked for it, or what is said of it.
    pub fn is_companion(&self) -> bool {
        self.is_of_type(&["request", "metadata"])
    }

    fn is_of_type(&self, names: &[&str]) -> bool {
        self.field("warc-type").is_some_and(|found| names.iter().any(|name| found.eq_ignore_ascii_case(name)))
    }

    /// What the record was sent as, and what was sent; none if it holds no content.
    pub(super) fn content(&self, limits: &Limits) -> Result<Option<http::Response<'_>>> {
        if !self.holds_content() {
            return Ok(None);
        }
        let is_response = self.is_of_type(&["response"]);
        let content_type = self.field("content-type").and_then(|value| ContentType::parse(&value));
        let is_http = content_type.as_ref().is_some_and(|kind| kind.mime == "application/http");
        if is_http || (is_response && content_type.is_none() && self.block().starts_with(b"HTTP/")) {
            return http::read(self.block(), limits).map(Some);
        }
        Ok(Some(http::Response { content_type, body: Cow::Borrowed(self.block()) }))
    }
}

/// The value of the first field `name` in a header.
pub(super) fn field<'a>(head: &'a [u8], name: &str) -> Option<Cow<'a, str>> {
    fields(head, name).next()
}

/// The values of all fields `name` in a header, lines that go on with white space joined.
fn fields<'a>(head: &'a [u8], name: &str) -> impl Iterator<Item = Cow<'a, str>> {
    let mut lines = lines(head).skip(1).peekable();
    std::iter::from_fn(move || {
        loop {
            let line = lines.next()?;
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
    })
}

/// The parts of a header between line ends.
fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    memchr::memchr_iter(b'\n', head).chain([head.len()]).map(move |end| {
        let line = &head[start..end];
        start = end + 1;
        line
    })
}

//! Crawl archives: WARC, and WET, which is WARC with texts in it.
//!
//! Comes in: a stream of records, stored or packed record by record. Goes out: [`Record`]s with their bytes unchanged,
//! and on demand the [`Page`] in each. After a damaged record reading goes on at the next.

mod record;
mod records;

pub use record::Record;
pub use records::Records;

use crate::error::Error;
use crate::input::limits::Limits;
use crate::input::page::{self, Format, Page, SNIFFED_BYTES, Unreadable};

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
pub fn read(record: &Record, limits: &Limits) -> Result<Option<Page>, Unreadable> {
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

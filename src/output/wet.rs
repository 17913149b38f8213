//! WET: the text of a page in a crawl archive as a record of its own.
//!
//! Comes in: the [`Record`] of a page, and a text. Goes out: a conversion record, as Common Crawl writes them.

use crate::input::warc::Record;
use crate::token::{hash_bytes, mix};

/// The record that holds `text` as what became of `record`. The same record and text give the same bytes.
///
/// ```
/// use pagesieve::input::{limits::Limits, source::Packing, warc::Records};
/// use pagesieve::output::wet;
/// let archive = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:x:1>\r\nContent-Length: 0\r\n\r\n\r\n\r\n";
/// let record = Records::new(&archive[..], Packing::Stored, &Limits::default())?.next().unwrap().unwrap();
/// let written = String::from_utf8(wet::write(&record, "It rained.")).unwrap();
/// assert!(written.contains("WARC-Refers-To: <urn:x:1>\r\n") && written.ends_with("\r\n\r\nIt rained.\r\n\r\n"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(record: &Record, text: &str) -> Vec<u8> {
    let mut head = "WARC/1.0\r\nWARC-Type: conversion\r\n".to_owned();
    for name in ["WARC-Target-URI", "WARC-Date"] {
        if let Some(value) = record.field(name) {
            head.extend([name, ": ", value.as_ref(), "\r\n"]);
        }
    }
    head.extend([
        "WARC-Record-ID: <urn:uuid:",
        &uuid(&[record.id().to_json().as_bytes(), text.as_bytes()]),
        ">\r\n",
    ]);
    if let Some(id) = record.field("WARC-Record-ID") {
        head.extend(["WARC-Refers-To: ", id.as_ref(), "\r\n"]);
    }
    head.extend([
        "Content-Type: text/plain; charset=utf-8\r\nContent-Length: ",
        &text.len().to_string(),
        "\r\n\r\n",
    ]);
    [head.as_bytes(), text.as_bytes(), b"\r\n\r\n"].concat()
}

/// A UUID of version 8 (RFC 9562, section 5.8), made of hashes of `parts`.
fn uuid(parts: &[&[u8]]) -> String {
    let half = |seed: u64| parts.iter().fold(seed, |hash, part| mix(hash, hash_bytes(part)));
    let (high, low) = (mix(half(1), 1), mix(half(2), 2));
    let high = high & !0xF000 | 0x8000;
    let low = low & !(0b11 << 62) | 0b10 << 62;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xFFFF,
        high & 0xFFFF,
        low >> 48,
        low & 0xFFFF_FFFF_FFFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_of_version_8_and_differ() {
        let [one, two] = [b"1", b"2"].map(|part| uuid(&[part]));
        assert!(one != two && one == uuid(&[b"1"]));
        assert_eq!((one.len(), one.as_bytes()[14]), (36, b'8'));
        assert!(matches!(one.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}

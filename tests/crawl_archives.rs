//! Crawl archives as they are found: packed in several ways, odd, and damaged.
//!
//! Comes in: archives made here, byte by byte. Goes out: a failure if a record that is whole is not read, one that is
//! not is not reported, or reading does not go on behind it.

#![allow(clippy::unwrap_used)] // in helpers of tests as in tests

use std::io::Write;

use pagesieve::input::limits::Limits;
use pagesieve::input::page::Unreadable;
use pagesieve::input::source::Packing;
use pagesieve::input::warc::{self, Record, Records};
use proptest::prelude::*;

fn record(kind: &str, content_type: &str, block: &[u8]) -> Vec<u8> {
    let head = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:test:{}>\r\nWARC-Target-URI: http://a.test/\r\n\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        block.len(),
        block.len()
    );
    [head.as_bytes(), block, b"\r\n\r\n"].concat()
}

fn text(block: &str) -> Vec<u8> {
    record("conversion", "text/plain", block.as_bytes())
}

fn response(headers: &str, body: &[u8]) -> Vec<u8> {
    let block = [b"HTTP/1.1 200 OK\r\n", headers.as_bytes(), b"\r\n", body].concat();
    record("response", "application/http; msgtype=response", &block)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read_within(archive: &[u8], limits: &Limits) -> Vec<Result<Record, Unreadable>> {
    Records::new(archive, Packing::sniff(archive), limits).unwrap().collect()
}

/// The first block of every page, or why there is none.
fn told(archive: &[u8]) -> Vec<String> {
    let limits = Limits::default();
    let page = |record: Result<Record, Unreadable>| match record
        .and_then(|record| warc::read(&record, &limits))
    {
        Ok(Some(page)) => page.document.blocks().next().map_or("(empty)", |block| block.text()).to_owned(),
        Ok(None) => "(no page)".to_owned(),
        Err(unreadable) => format!("error: {}", unreadable.error),
    };
    read_within(archive, &limits).into_iter().map(page).collect()
}

#[test]
fn records_come_with_their_bytes_however_they_are_packed() {
    let records =
        [record("warcinfo", "application/warc-fields", b"software: hand\r\n"), text("one"), text("two")];
    let frame = |bytes: &Vec<u8>| zstd::bulk::compress(bytes, 3).unwrap();
    let packed_by_record = [
        records.iter().map(|record| gzip(record)).collect::<Vec<_>>(),
        records.iter().map(frame).collect::<Vec<_>>(),
    ];
    let whole = [records.concat(), gzip(&records.concat()), frame(&records.concat())];
    for archive in whole.iter().cloned().chain(packed_by_record.iter().map(|parts| parts.concat())) {
        let read = read_within(&archive, &Limits::default());
        assert_eq!(read.len(), 3);
        for (read, record) in read.iter().zip(&records) {
            assert_eq!(&read.as_ref().unwrap().bytes, record);
        }
        assert!(read[0].as_ref().unwrap().is_about_the_archive());
        assert_eq!(told(&archive), ["(no page)", "one", "two"]);
    }
    for parts in packed_by_record {
        let packed: Vec<_> = read_within(&parts.concat(), &Limits::default())
            .into_iter()
            .map(|r| r.unwrap().packed.unwrap())
            .collect();
        assert_eq!(packed, parts);
    }
}

#[test]
fn pages_are_read_and_other_content_is_passed_over() {
    let html = b"<p>The bridge is closed.</p>";
    let archive = [
        response("Content-Type: text/html; charset=iso-8859-2\r\n", b"<meta charset=utf-8>\xBE\xF3\xB3w"),
        response("Content-Type: image/png\r\n", b"\x89PNG"),
        response("Content-Type: text/html\r\n", b"\x89PNG\r\n\x1a\n"),
        response("Content-Encoding: gzip\r\nContent-Type: text/html\r\n", &gzip(html)),
        response("Transfer-Encoding: chunked\r\n", b"1c\r\n<p>The bridge is closed.</p>\r\n0\r\n\r\n"),
        response("", b"no type, no markup"),
        record("request", "application/http; msgtype=request", b"GET / HTTP/1.0\r\n\r\n"),
        record("resource", "text/html", html),
        record("response", "text/dns", b"a.test. IN A 1.2.3.4"),
        text(""),
    ];
    let bridge = "The bridge is closed.";
    let none = "(no page)";
    assert_eq!(
        told(&archive.concat()),
        ["žółw", none, none, bridge, bridge, "no type, no markup", none, bridge, none, "(empty)"]
    );
    let record = read_within(&archive[0], &Limits::default()).remove(0).unwrap();
    let page = warc::read(&record, &Limits::default()).unwrap().unwrap();
    assert!(page.id.to_string().starts_with("<urn:test:") && page.url.as_deref() == Some("http://a.test/"));
}

#[test]
fn odd_headers_are_read() {
    let odd = [
        &b"WARC/1.1\nwarc-type: conversion\nwarc-target-uri: <http://b.test/>\ncontent-type:\n text/plain\ncontent-length:3\n\none\n\n"[..],
        b"\r\n\r\nWARC/0.18\r\nWARC-Type: Conversion\r\nno colon\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\ntwo",
        b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nthree",
    ];
    assert_eq!(told(&odd.concat()), ["one", "two", "three"]);
    let first = read_within(odd[0], &Limits::default()).remove(0).unwrap();
    assert_eq!((first.url().as_deref(), first.id().to_json()), (Some("http://b.test/"), "\"1\""));
}

#[test]
fn a_wrong_length_costs_one_record() {
    for wrong in
        ["Content-Length: 2\r", "Content-Length: 40\r", "Content-Length: x\r", "Content-Length: -1\r"]
    {
        let bad = String::from_utf8(text("a text of 20 letters")).unwrap();
        let bad = bad.replace("Content-Length: 20\r", wrong).into_bytes();
        let parts = [text("one"), bad, text("three")];
        let by_record: Vec<u8> = parts.iter().flat_map(|part| gzip(part)).collect();
        for archive in [parts.concat(), gzip(&parts.concat()), by_record] {
            let told = told(&archive);
            assert_eq!(
                (told.len(), told[0].as_str(), told[2].as_str()),
                (3, "one", "three"),
                "{wrong} {told:?}"
            );
            assert!(told[1].starts_with("error: record 2: the record") && told[1].len() > 40, "{}", told[1]);
        }
    }
}

#[test]
fn damage_costs_one_record() {
    let mut state = 1_u64;
    let noise: String = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + ((state >> 33) % 26) as u8)
    })
    .take(30_000)
    .collect();
    let bad = gzip(&text(&noise));
    let mut flipped = bad.clone();
    flipped[9000..9010].fill(0xAA);
    for bad in [&bad[..bad.len() / 2], &bad[..bad.len() - 4], &flipped, b"stray bytes, not packed at all"] {
        let archive = [&gzip(&text("one"))[..], bad, &gzip(&text("three"))].concat();
        let told = told(&archive);
        assert_eq!((told.len(), told[0].as_str(), told[2].as_str()), (3, "one", "three"), "{told:?}");
        assert!(told[1].starts_with("error: record 2: "), "{}", told[1]);
    }
    let stored = [&text("one")[..], b"stray bytes\r\n", &text("three")].concat();
    let told = told(&stored);
    // Where nothing is packed, it is the record before whose length seems wrong.
    assert!(told.len() == 2 && told[0].starts_with("error: record 1: ") && told[1] == "three", "{told:?}");
}

#[test]
fn what_is_cut_off_at_the_end_is_reported() {
    let archive = [text("one"), text("two")].concat();
    let told_whole = told(&archive[..archive.len() - 4]);
    assert_eq!(told_whole, ["one", "two"]);
    let cut = told(&archive[..archive.len() - 6]);
    assert!(cut.len() == 2 && cut[1].contains("cut off"), "{cut:?}");
    let cut = told(&archive[..text("one").len() + 20]);
    assert!(cut.len() == 2 && cut[1].contains("does not end"), "{cut:?}");
}

/// What is read behind every record from the bytes behind its mark, and how many marks there were.
fn goes_on_from_every_mark(archive: &[u8]) -> usize {
    let (packing, limits) = (Packing::sniff(archive), Limits { record_bytes: 2000, ..Limits::default() });
    let told = |record: Result<Record, Unreadable>| {
        record.map_err(|unreadable| (unreadable.id.to_string(), unreadable.error.to_string()))
    };
    let all: Vec<_> = read_within(archive, &limits).into_iter().map(told).collect();
    let mut marks = 0;
    for passed in 0..=all.len() {
        let mut records = Records::new(archive, packing, &limits).unwrap();
        assert_eq!(records.by_ref().take(passed).count(), passed);
        if let Some(mark) = records.mark() {
            marks += 1;
            let behind = &archive[mark.bytes as usize..];
            let rest: Vec<_> = Records::after(mark, behind, packing, &limits).unwrap().map(told).collect();
            assert_eq!(rest, all[passed..]);
        }
    }
    marks
}

#[test]
fn reading_goes_on_from_any_mark() {
    let wrong = String::from_utf8(text("wrong")).unwrap().replace("Length: 5", "Length: 3").into_bytes();
    let records = [text("one"), wrong, text(&"long".repeat(1000)), text("four"), text("five")];
    assert_eq!(goes_on_from_every_mark(&records.concat()), 6);
    let members: Vec<_> = records.iter().map(|record| gzip(record)).collect();
    // None before the first, nor behind the damaged one, where the next was unpacked already.
    assert_eq!(goes_on_from_every_mark(&members.concat()), 4);
    let damaged = [&members[0][..], &members[3][..members[3].len() - 5], &members[3], &members[4]].concat();
    assert!(goes_on_from_every_mark(&damaged) >= 3);
    let frames: Vec<_> = records.iter().map(|record| zstd::bulk::compress(record, 3).unwrap()).collect();
    assert!(goes_on_from_every_mark(&frames.concat()) >= 4);
    // Only around a member of several records is there a place to go on from.
    assert_eq!(goes_on_from_every_mark(&gzip(&[text("one"), text("two")].concat())), 1);
}

#[test]
fn records_beyond_the_limit_are_passed_over() {
    let archive = [text("one"), text(&"long ".repeat(60_000)), text("three")];
    let limits = Limits { record_bytes: 1000, ..Limits::default() };
    let by_record: Vec<u8> = archive.iter().flat_map(|part| gzip(part)).collect();
    for archive in [archive.concat(), gzip(&archive.concat()), by_record] {
        let read = read_within(&archive, &limits);
        assert_eq!(read.len(), 3);
        assert!(read[1].as_ref().unwrap_err().error.to_string().contains("--max-record"));
        assert!(read[2].as_ref().unwrap().bytes.ends_with(b"three\r\n\r\n"));
    }
}

proptest! {
    /// Whatever the bytes, reading ends, and what it gives out stood in them.
    #[test]
    fn any_bytes_can_be_read(cut in 0..600_usize, at in 0..600_usize, with in any::<[u8; 3]>(), pack in any::<bool>()) {
        let mut archive = [text("one"), response("Content-Type: text/html\r\n", b"<p>two</p>"), text("three")].concat();
        if pack {
            archive = [gzip(&text("one")), gzip(&text("two")), gzip(&text("three"))].concat();
        }
        archive.truncate(cut.max(6));
        let at = at.clamp(6, archive.len().max(6));
        archive.splice(at..at, with);
        for record in read_within(&archive, &Limits::default()).into_iter().flatten() {
            prop_assert!(pack || memchr::memmem::find(&archive, &record.bytes).is_some());
            let _ = warc::read(&record, &Limits::default());
        }
    }
}

//! Throughput of the readers of crawl archives, against that of unpacking alone.
//!
//! Comes in: archives made of the golden pages, or one that `PAGESIEVE_ARCHIVE` names. Goes out: bytes a second, of what is
//! unpacked, for unpacking, for cutting into records, and for making pages of them.

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::io::{Read, Write};
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pagesieve::input::limits::Limits;
use pagesieve::input::source::{Packing, Source};
use pagesieve::input::warc::{self, Records};

/// The least bytes of an archive, unpacked; smaller ones are repeated.
const LEAST_BYTES: usize = 20_000_000;

fn record(kind: &str, content_type: &str, block: &str) -> Vec<u8> {
    let head = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:x:{}>\r\nContent-Type: {content_type}\r\n\
         Content-Length: {}\r\n\r\n",
        block.len(),
        block.len()
    );
    [head.as_bytes(), block.as_bytes(), b"\r\n\r\n"].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// Archives with their names: pages of HTML (WARC), and texts (WET), packed record by record.
fn archives() -> Vec<(String, Vec<u8>)> {
    if let Some(path) = std::env::var_os("PAGESIEVE_ARCHIVE") {
        let archive = std::fs::read(&path).expect("the archive is read");
        return vec![(path.to_string_lossy().into_owned(), archive)];
    }
    let pages = support::golden();
    let html = pages.iter().filter(|page| page.document.has_markup()).map(|page| {
        let block = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{}", page.page);
        record("response", "application/http; msgtype=response", &block)
    });
    let text = pages.iter().map(|page| {
        let lines: Vec<&str> = page.document.blocks().map(pagesieve::document::Block::text).collect();
        record("conversion", "text/plain", &lines.join("\n"))
    });
    let packed = |records: Vec<Vec<u8>>| -> Vec<u8> {
        let bytes: usize = records.iter().map(Vec::len).sum();
        let once: Vec<u8> = records.iter().flat_map(|record| gzip(record)).collect();
        once.repeat(LEAST_BYTES / bytes + 1)
    };
    vec![("warc.gz".into(), packed(html.collect())), ("wet.gz".into(), packed(text.collect()))]
}

fn unpack(archive: &[u8]) -> u64 {
    let source = Source::new(std::io::Cursor::new(archive.to_vec())).expect("memory is read");
    let limits = Limits { unpacked_ratio: u64::MAX, ..Limits::default() };
    let mut unpacked = source.unpacked(&limits).expect("memory is read");
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        match unpacked.read(&mut buffer).expect("the archive is whole") {
            0 => return bytes,
            read => bytes += black_box(read) as u64,
        }
    }
}

fn readers(criterion: &mut Criterion) {
    let limits = Limits::default();
    for (name, archive) in archives() {
        let records =
            || Records::new(&archive[..], Packing::sniff(&archive), &limits).expect("memory is read");
        let mut group = criterion.benchmark_group(&name);
        group.throughput(Throughput::Bytes(unpack(&archive))).sample_size(10);
        group.measurement_time(Duration::from_secs(3));
        group.bench_function("unpack", |bencher| bencher.iter(|| unpack(&archive)));
        group.bench_function("records", |bencher| bencher.iter(|| records().flatten().count()));
        group.bench_function("pages", |bencher| {
            bencher.iter(|| {
                records().flatten().filter_map(|record| warc::read(&record, &limits).ok().flatten()).count()
            });
        });
    }
}

criterion_group!(benches, readers);
criterion_main!(benches);

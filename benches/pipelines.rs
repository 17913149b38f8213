//! Throughput of the readers of crawl archives and tables, against that of unpacking alone.
//!
//! Comes in: archives made of the golden pages and, where `PAGESIEVE_CORPUS` names a corpus, of its unmodified pages; or
//! one that `PAGESIEVE_ARCHIVE` names. Goes out: bytes a second, of what is unpacked, for unpacking, for cutting into
//! records, and for making pages of them.

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pagesieve::input::limits::Limits;
use pagesieve::input::source::{Packing, Source};
use pagesieve::input::warc::{self, Records};

/// The least bytes of an archive, unpacked; smaller ones are repeated.
const LEAST_BYTES: usize = 20_000_000;

/// Time that the thread was on a processor, so that what others run meanwhile does not count; where the system does not
/// tell it, time on the clock.
struct ProcessorTime {
    since: Instant,
}

impl ProcessorTime {
    fn now(&self) -> Duration {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
        let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse().ok());
        nanoseconds.map_or_else(|| self.since.elapsed(), Duration::from_nanos)
    }
}

impl Measurement for ProcessorTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        self.now()
    }

    fn end(&self, start: Duration) -> Duration {
        self.now().saturating_sub(start)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, time: &Duration) -> f64 {
        WallTime.to_f64(time)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

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

/// Archives with their names: pages of HTML (WARC), texts (WET), and unmodified pages where there is a corpus, packed
/// record by record.
fn archives() -> Vec<(String, Vec<u8>)> {
    if let Some(path) = std::env::var_os("PAGESIEVE_ARCHIVE") {
        let archive = std::fs::read(&path).expect("the archive is read");
        return vec![(path.to_string_lossy().into_owned(), archive)];
    }
    let pages = support::golden();
    let response = |page: &String| {
        let block = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{page}");
        record("response", "application/http; msgtype=response", &block)
    };
    let html = pages.iter().filter(|page| page.document.has_markup()).map(|page| response(&page.page));
    let text = pages.iter().map(|page| {
        let lines: Vec<&str> = page.document.blocks().map(pagesieve::document::Block::text).collect();
        record("conversion", "text/plain", &lines.join("\n"))
    });
    let packed = |records: Vec<Vec<u8>>| -> Vec<u8> {
        let bytes: usize = records.iter().map(Vec::len).sum();
        let once: Vec<u8> = records.iter().flat_map(|record| gzip(record)).collect();
        once.repeat(LEAST_BYTES / bytes + 1)
    };
    let mut archives =
        vec![("warc.gz".into(), packed(html.collect())), ("wet.gz".into(), packed(text.collect()))];
    if let Some(raw) = support::raw_pages() {
        archives.push(("raw warc.gz".into(), packed(raw.iter().map(response).collect())));
    }
    archives
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

fn readers(criterion: &mut Criterion<ProcessorTime>) {
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

/// The texts as a Parquet file, in row groups of a thousand, packed with zstd, as training corpora are published.
#[cfg(feature = "parquet")]
mod table {
    use std::fs::File;
    use std::hint::black_box;
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use arrow_array::{ArrayRef, RecordBatch, StringArray};
    use criterion::{Criterion, Throughput};
    use pagesieve::input::jsonl::Fields;
    use pagesieve::input::limits::Limits;
    use pagesieve::input::parquet::{Columns, Table, read};
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::basic::{Compression, ZstdLevel};
    use parquet::file::properties::WriterProperties;

    use super::{LEAST_BYTES, ProcessorTime, support};

    /// Writes the table, and gives the bytes of its texts.
    fn write(path: &Path) -> u64 {
        let pages = support::golden();
        let text = |page: &support::Golden| {
            page.document.blocks().map(|block| block.text().to_owned()).collect::<Vec<_>>().join("\n")
        };
        let once: Vec<String> = pages.iter().map(text).collect();
        let bytes: usize = once.iter().map(String::len).sum();
        let texts = || once.iter().cycle().take(once.len() * (LEAST_BYTES / bytes + 1));
        let column = |strings: Vec<String>| Arc::new(StringArray::from(strings)) as ArrayRef;
        let columns = [
            ("id", column((0..texts().count()).map(|n| format!("<urn:x:{n}>")).collect())),
            ("text", column(texts().cloned().collect())),
        ];
        let rows = RecordBatch::try_from_iter(columns).expect("the columns are of one length");
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_dictionary_enabled(false)
            .set_max_row_group_row_count(Some(1000));
        let file = File::create(path).expect("the folder can be written to");
        let mut writer =
            ArrowWriter::try_new(file, rows.schema(), Some(properties.build())).expect("the schema is plain");
        writer.write(&rows).expect("the file can be written");
        writer.close().expect("the file can be written");
        texts().map(|text| text.len() as u64).sum()
    }

    pub fn tables(criterion: &mut Criterion<ProcessorTime>) {
        let folder = tempfile::tempdir().expect("there is a folder for it");
        let path = folder.path().join("texts.parquet");
        let mut group = criterion.benchmark_group("parquet");
        group.throughput(Throughput::Bytes(write(&path))).sample_size(10);
        group.measurement_time(Duration::from_secs(3));
        let open =
            || Table::open(&path, &Fields::default(), Columns::Needed).expect("the table is whole").flatten();
        group.bench_function("parquet crate", |bencher| {
            bencher.iter(|| {
                let file = File::open(&path).expect("the table is there");
                let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("the table is whole");
                let batches = builder.build().expect("the table is whole");
                batches.map(|batch| black_box(batch.expect("the table is whole")).num_rows()).sum::<usize>()
            });
        });
        group.bench_function("rows", |bencher| bencher.iter(|| open().count()));
        let limits = Limits::default();
        group.bench_function("pages", |bencher| {
            bencher.iter(|| open().filter_map(|row| read(&row, &limits).ok()).count());
        });
    }
}

fn by_processor_time() -> Criterion<ProcessorTime> {
    Criterion::default().with_measurement(ProcessorTime { since: Instant::now() })
}

#[cfg(feature = "parquet")]
criterion_group!(name = benches; config = by_processor_time(); targets = readers, table::tables);
#[cfg(not(feature = "parquet"))]
criterion_group!(name = benches; config = by_processor_time(); targets = readers);
criterion_main!(benches);

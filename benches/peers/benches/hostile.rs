//! Pages that are built to take long: time a byte beside ordinary pages.
//!
//! `cargo bench -p pagesieve-peers --bench hostile` measures, and prints a table at the end.

use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use pagesieve::{Classifier, Model, input};
use pagesieve_peers::{Report, html};

/// The length of each page, in bytes.
const BYTES: usize = 1_000_000;

/// What a hostile page repeats, with a name for it.
const REPEATED: [(&str, &str); 16] = [
    ("div", "<div>"),
    ("div with text", "<div>x"),
    ("ul li", "<ul><li>"),
    ("table", "<table>"),
    ("table with cells", "<table><tr><td>x"),
    ("b", "<b>"),
    ("b and div", "<b><div>x"),
    ("a", "<a>"),
    ("p with text", "<p>x"),
    ("unknown", "<x-a>x</x-b>"),
    ("quote", "<a href='"),
    ("comment", "<!--"),
    ("ampersand", "&"),
    ("reference", "&amp"),
    ("long name", "&CounterClockwiseContourIntegra"),
    ("less-than", "<"),
];

fn main() {
    let report = Report::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile"));
    let mut criterion = report.criterion();
    let ordinary = html(false).pop().map(|set| set.texts.concat()).unwrap_or_default();
    let hostile = REPEATED.map(|(name, unit)| (name, unit.repeat(BYTES / unit.len())));
    let mut pages = vec![("ordinary", ordinary)];
    pages.extend(hostile);
    for (name, page) in &pages {
        measure(&mut criterion, name, page);
    }
    let time = |work: &str, name: &str, page: &str| Some(report.median(work, name)? / page.len() as f64);
    let mut out = std::io::stdout().lock();
    let mut line = |line: String| writeln!(out, "{line}").expect("standard output is open");
    line("\n| page | blocks, ns a byte | beside ordinary | regions, ns a byte | beside ordinary |".into());
    line("|---|---|---|---|---|".into());
    let times = pages
        .iter()
        .filter_map(|(name, page)| Some((*name, time("read", name, page)?, time("classify", name, page)?)));
    let times: Vec<(&str, f64, f64)> = times.collect();
    let Some((_, read, classify)) = times.first().copied() else { return };
    for (name, blocks, regions) in times {
        let (slower, slower_regions) = (blocks / read, regions / classify);
        line(format!("| {name} | {blocks:.1} | {slower:.1} | {regions:.1} | {slower_regions:.1} |"));
    }
}

/// Measures reading a page, and reading and classifying it.
fn measure(criterion: &mut Criterion, name: &str, page: &str) {
    let classifier = Classifier::new(Model::default_model().expect("the embedded model is read"));
    for work in ["read", "classify"] {
        let mut group = criterion.benchmark_group(work);
        group.throughput(Throughput::Bytes(page.len() as u64)).sample_size(10);
        group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let document = input::html::read(page);
                if work == "classify" {
                    black_box(classifier.classify(&document));
                }
                black_box(document);
            });
        });
    }
}

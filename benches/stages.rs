//! Throughput of every stage, alone and as a whole.
//!
//! Pages come from `tests/golden` and `training-data`; with `PAGESIEVE_CORPUS` naming the folder of the larger corpus,
//! the HTML stages also run on its `bench/pages-raw.jsonl.zst`. Peers will get a workspace member of their own, so that
//! the product does not depend on them.

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::ops::RangeInclusive;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pagesieve::features::{Features, View};
use pagesieve::labelled::{CsvPages, LabelNames, LabelledPage};
use pagesieve::token::tokens;
use pagesieve::train::{Options, Trainer};
use pagesieve::{Classifier, Document, input};

/// The least bytes of a set of pages; small sets are repeated.
const LEAST_BYTES: usize = 300_000;

/// The most bytes taken from the corpus.
const MOST_BYTES: usize = 8_000_000;

/// Lines to train on.
const LINES: usize = 200_000;

/// How long headlines are, in bytes; with what makes rows differ they have 54 on average.
const HEADLINE_BYTES: RangeInclusive<usize> = 30..=80;

/// Pages with the name of where they come from.
struct Pages {
    name: &'static str,
    texts: Vec<String>,
    bytes: u64,
}

impl Pages {
    fn new(name: &'static str, mut texts: Vec<String>) -> Self {
        let bytes = |texts: &[String]| texts.iter().map(String::len).sum::<usize>();
        let once = texts.clone();
        while bytes(&texts) < LEAST_BYTES {
            texts.extend_from_slice(&once);
        }
        Self { name, bytes: bytes(&texts) as u64, texts }
    }

    fn documents(&self, read: impl Fn(&str) -> Document) -> Vec<Document> {
        self.texts.iter().map(|page| read(page)).collect()
    }
}

/// The pages of `training-data`, each a text of lines.
fn text() -> Pages {
    let pages = support::training_pages(&mut LabelNames::default()).into_iter();
    let lines = |document: &Document| document.blocks().map(|block| block.text().to_owned() + "\n").collect();
    Pages::new("training-data", pages.map(|page| lines(&page.document)).collect())
}

/// HTML pages: ours, and the corpus's where there is one.
fn html() -> Vec<Pages> {
    let golden = support::golden().into_iter().filter(|golden| golden.document.has_markup());
    let mut sets = vec![Pages::new("golden", golden.map(|golden| golden.page).collect())];
    if let Some(mut pages) = support::raw_pages() {
        let mut bytes = 0;
        pages.retain(|page| {
            bytes += page.len();
            bytes < MOST_BYTES
        });
        sets.push(Pages::new("pages-raw", pages));
    }
    sets
}

fn tokenise(criterion: &mut Criterion) {
    let text = text();
    let mut group = criterion.benchmark_group("tokenise");
    group.throughput(Throughput::Bytes(text.bytes));
    group.bench_function(text.name, |bencher| {
        bencher.iter(|| -> u64 {
            let tokens = text.texts.iter().flat_map(|page| tokens(page));
            tokens.fold(0, |sum, token| sum ^ token.hash)
        });
    });
    group.finish();
}

fn features(criterion: &mut Criterion) {
    let text = text();
    let documents = text.documents(input::text::read);
    let mut group = criterion.benchmark_group("features");
    group.throughput(Throughput::Bytes(text.bytes));
    group.bench_function(text.name, |bencher| {
        bencher.iter(|| -> usize {
            let features = documents.iter().filter(|document| !document.is_empty()).map(Features::of);
            features.map(|features| features.slots(View::Words, 0).len()).sum()
        });
    });
    group.finish();
}

fn classify_text(criterion: &mut Criterion) {
    let text = text();
    let classifier = Classifier::new(support::model());
    let mut group = criterion.benchmark_group("classify text");
    group.throughput(Throughput::Bytes(text.bytes));
    group.bench_function(text.name, |bencher| {
        bencher.iter(|| {
            for page in &text.texts {
                black_box(classifier.classify(&input::text::read(page)));
            }
        });
    });
    group.finish();
}

fn read_html(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read HTML");
    for set in html() {
        group.throughput(Throughput::Bytes(set.bytes));
        group.bench_with_input(BenchmarkId::from_parameter(set.name), &set, |bencher, set| {
            bencher.iter(|| {
                for page in &set.texts {
                    black_box(input::html::read(page));
                }
            });
        });
    }
    group.finish();
}

fn classify_html(criterion: &mut Criterion) {
    let classifier = Classifier::new(support::model());
    let mut group = criterion.benchmark_group("classify HTML");
    for set in html() {
        group.throughput(Throughput::Bytes(set.bytes));
        group.bench_with_input(BenchmarkId::from_parameter(set.name), &set, |bencher, set| {
            bencher.iter(|| {
                for page in &set.texts {
                    black_box(classifier.classify(&input::html::read(page)));
                }
            });
        });
    }
    group.finish();
}

/// Labelled CSV of [`LINES`] rows without pages: ours of so many bytes, over and over, with words that keep lines apart.
fn lines(lengths: &RangeInclusive<usize>) -> Vec<u8> {
    let mut names = LabelNames::default();
    let pages = support::training_pages(&mut names);
    let rows: Vec<(&str, &str)> = pages
        .iter()
        .flat_map(|page| {
            let labels = page.labels.iter().map(|labels| labels.single().expect("rows have one label"));
            let names = &names;
            page.document
                .blocks()
                .zip(labels)
                .filter(|(block, _)| lengths.contains(&block.text().len()))
                .map(move |(block, label)| (names.names()[label.index()].as_str(), block.text()))
        })
        .collect();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["label", "text"]).expect("memory takes the header");
    for (number, (label, text)) in rows.iter().cycle().take(LINES).enumerate() {
        let word = char::from(b'a' + (number / rows.len() % 26) as u8);
        out.write_record([label, format!("{text} {word}{word}").as_str()]).expect("memory takes the row");
    }
    out.into_inner().expect("memory is flushed")
}

fn train(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("train");
    group.sample_size(10).warm_up_time(Duration::from_millis(500));
    for (rows, lengths) in [("lines", 0..=usize::MAX), ("headlines", HEADLINE_BYTES)] {
        let csv = lines(&lengths);
        let count = || {
            let mut trainer = Trainer::new(Options::default());
            let mut pages = CsvPages::new(csv.as_slice()).expect("the header is ours");
            let mut page = LabelledPage::default();
            while pages.read_page(trainer.names(), &mut page).expect("the rows are ours") {
                trainer.add(&page);
            }
            trainer
        };
        group.throughput(Throughput::Bytes(csv.len() as u64));
        group.bench_function(format!("count 200k {rows}"), |bencher| bencher.iter(|| black_box(count())));
        group.bench_function(format!("200k {rows}"), |bencher| {
            bencher.iter(|| count().finish().expect("there are three labels"));
        });
    }
    group.finish();
}

criterion_group!(benches, tokenise, features, classify_text, read_html, classify_html, train);
criterion_main!(benches);

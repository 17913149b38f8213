//! Pagesieve beside its peers: one process, the same bytes for all.
//!
//! `cargo bench -p pagesieve-peers --bench peers` measures, and prints a table at the end. A word after `--` picks the
//! measurements whose name contains it, as with any criterion bench; training takes most of the time.

use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use fasttext::FastText;
use fasttext::args::Args;
use pagesieve::labelled::{CsvPages, LabelledPage};
use pagesieve::train::{Options, Trainer};
use pagesieve::{Classifier, Model, input};
use pagesieve_peers::{Pages, Report, html, print_rows, repeated, training};

/// Lines to train on.
const LINES: usize = 200_000;

/// How often training is timed.
const TRAININGS: usize = 3;

fn main() {
    let report = Report::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers"));
    let mut criterion = report.criterion();
    let asked = |name: &str| {
        let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
        filter.is_none_or(|filter| name.contains(&filter))
    };
    let sets = html(false);
    for set in &sets {
        read(&mut criterion, set);
        extract(&mut criterion, set);
    }
    let (pages, rows) = training();
    let text = Pages { name: "training-data", texts: pages };
    if asked("text") {
        classify(&mut criterion, &text, &rows);
    }
    let trained = asked("train").then(|| train(&rows));
    for set in &sets {
        report.print(
            &format!("read {}", set.name),
            &["pagesieve", "html5gum", "html5ever", "floor"],
            set.bytes(),
        );
        report.print(
            &format!("extract {}", set.name),
            &["pagesieve", "dom_smoothie", "trafilatura"],
            set.bytes(),
        );
    }
    report.print("text", &["pagesieve", "fasttext", "floor"], text.bytes());
    if let Some((times, bytes)) = trained {
        print_rows("train 200k lines", &times, bytes);
    }
    criterion.final_summary();
}

/// Measures `work` on every page of a set.
fn each(criterion: &mut Criterion, group: &str, set: &Pages, function: &str, mut work: impl FnMut(&str)) {
    let mut group = criterion.benchmark_group(group);
    group.throughput(Throughput::Bytes(set.bytes() as u64)).sample_size(10);
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    group.bench_function(function, |bencher| bencher.iter(|| set.texts.iter().for_each(|page| work(page))));
}

/// HTML to blocks, beside tokens alone, a tree alone, and finding the tags as the floor.
fn read(criterion: &mut Criterion, set: &Pages) {
    let group = format!("read {}", set.name);
    each(criterion, &group, set, "pagesieve", |page| {
        black_box(input::html::read(page));
    });
    each(criterion, &group, set, "html5gum", |page| {
        black_box(html5gum::Tokenizer::new(page).count());
    });
    each(criterion, &group, set, "html5ever", |page| {
        use html5ever::tendril::TendrilSink;
        let parser =
            html5ever::parse_document(markup5ever_rcdom::RcDom::default(), html5ever::ParseOpts::default());
        black_box(parser.one(page));
    });
    each(criterion, &group, set, "floor", |page| {
        black_box(memchr::memchr_iter(b'<', page.as_bytes()).count());
    });
}

/// HTML to labelled regions, beside programs that find the main text.
fn extract(criterion: &mut Criterion, set: &Pages) {
    let group = format!("extract {}", set.name);
    let classifier = classifier();
    each(criterion, &group, set, "pagesieve", |page| {
        black_box(classifier.classify(&input::html::read(page)));
    });
    each(criterion, &group, set, "dom_smoothie", |page| {
        // Pages in which it finds nothing are errors, and count all the same.
        let article = dom_smoothie::Readability::new(page, None, None).map(|mut page| page.parse());
        let _ = black_box(article);
    });
    let options = trafilatura::Options::default();
    each(criterion, &group, set, "trafilatura", |page| {
        let _ = black_box(trafilatura::extract(page, &options));
    });
}

/// Lines to labelled regions, beside a label a line, and a table of bytes with a hash as the floor.
fn classify(criterion: &mut Criterion, set: &Pages, rows: &[(String, String)]) {
    let classifier = classifier();
    each(criterion, "text", set, "pagesieve", |page| {
        black_box(classifier.classify(&input::text::read(page)));
    });
    let rows: Vec<(&str, String)> = rows.iter().map(|(label, text)| (label.as_str(), text.clone())).collect();
    let model = FastText::train(fasttext_args(fasttext_input(&rows).path())).expect("fastText trains");
    each(criterion, "text", set, "fasttext", |page| {
        for line in page.lines() {
            black_box(model.predict(line, 1, 0.0));
        }
    });
    each(criterion, "text", set, "floor", |page| {
        black_box(hash_words(page.as_bytes()));
    });
}

fn classifier() -> Classifier<'static> {
    Classifier::new(Model::default_model().expect("the embedded model is read"))
}

/// What any program does that looks words up: a class for each byte, a hash for each word.
fn hash_words(bytes: &[u8]) -> u64 {
    let is_word: [bool; 256] =
        std::array::from_fn(|byte| (byte as u8).is_ascii_alphanumeric() || byte >= 128);
    let (mut hash, mut all) = (0_u64, 0_u64);
    for byte in bytes {
        if is_word[usize::from(*byte)] {
            hash = (hash ^ u64::from(byte | 0x20)).wrapping_mul(0x0100_0000_01B3);
        } else {
            all ^= hash;
            hash = 0;
        }
    }
    all ^ hash
}

/// Training, each as its users would run it on one thread: seconds are the medians of [`TRAININGS`] runs.
fn train(rows: &[(String, String)]) -> (Vec<(&'static str, f64)>, usize) {
    let rows = repeated(rows, LINES);
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["label", "text"]).expect("memory takes the header");
    for (label, text) in &rows {
        csv.write_record([label, text.as_str()]).expect("memory takes the row");
    }
    let csv = csv.into_inner().expect("memory is flushed");
    let ours = median_time(|| {
        let mut trainer = Trainer::new(Options::default());
        let mut pages = CsvPages::new(csv.as_slice()).expect("the header is ours");
        let mut page = LabelledPage::default();
        while pages.read_page(trainer.names(), &mut page).expect("the rows are ours") {
            trainer.add(&page);
        }
        black_box(trainer.finish().expect("there are three labels"));
    });
    let input = fasttext_input(&rows);
    let theirs = median_time(|| {
        black_box(FastText::train(fasttext_args(input.path())).expect("fastText trains"));
    });
    (vec![("pagesieve", ours), ("fasttext", theirs)], csv.len())
}

/// The median time of `work` in nanoseconds.
fn median_time(mut work: impl FnMut()) -> f64 {
    let mut times = [(); TRAININGS].map(|()| {
        let start = Instant::now();
        work();
        start.elapsed().as_nanos() as f64
    });
    times.sort_by(f64::total_cmp);
    times[TRAININGS / 2]
}

/// A file of rows in the form that fastText reads.
fn fasttext_input(rows: &[(&str, String)]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("there is room");
    let lines: String = rows.iter().flat_map(|(label, text)| ["__label__", label, " ", text, "\n"]).collect();
    file.write_all(lines.as_bytes()).expect("there is room");
    file
}

/// `fastText` as its documentation begins for classifiers, on one thread.
fn fasttext_args(input: &Path) -> Args {
    let mut args = Args::default();
    args.apply_supervised_defaults();
    Args { input: input.to_owned(), thread: 1, verbose: 0, ..args }
}

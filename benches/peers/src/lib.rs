//! What the benchmarks of peers share: the pages, the lines, and the table of results.
//!
//! Comes in: the golden pages and training rows of the repository and, with `PAGESIEVE_CORPUS` naming the folder of the
//! larger corpus, its `bench/pages-raw.jsonl.zst`. Goes out: the same bytes for everybody, and a table of what came of
//! it.

use std::fs;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use criterion::Criterion;
use pagesieve::Document;
use pagesieve::labelled::{CsvPages, LabelNames};

/// The most bytes taken from the corpus.
const MOST_BYTES: usize = 8_000_000;

/// Pages with the name of where they come from.
#[derive(Debug)]
pub struct Pages {
    /// `golden` or `pages-raw`.
    pub name: &'static str,
    /// The pages, decoded.
    pub texts: Vec<String>,
}

impl Pages {
    /// All bytes of the pages.
    pub fn bytes(&self) -> usize {
        self.texts.iter().map(String::len).sum()
    }
}

/// The golden pages that are HTML and, where there is a corpus, the first of its unmodified pages; all of them if
/// `whole`, 8 MB if not.
///
/// # Panics
/// If a file cannot be read.
pub fn html(whole: bool) -> Vec<Pages> {
    let mut sets = vec![Pages { name: "golden", texts: golden() }];
    if let Some(folder) = std::env::var_os("PAGESIEVE_CORPUS") {
        let mut bytes = 0;
        let mut texts = raw(Path::new(&folder));
        texts.retain(|page| {
            bytes += page.len();
            whole || bytes < MOST_BYTES
        });
        sets.push(Pages { name: "pages-raw", texts });
    }
    sets
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("the entry is read").path()).collect();
    paths.sort();
    paths
}

fn golden() -> Vec<String> {
    let pages = list(&repository().join("tests/golden")).into_iter().map(|folder| folder.join("page.html"));
    let texts: Vec<String> = pages.filter_map(|page| fs::read_to_string(page).ok()).collect();
    assert!(!texts.is_empty(), "there is no golden page");
    texts
}

fn raw(folder: &Path) -> Vec<String> {
    let packed = folder.join("bench/pages-raw.jsonl.zst");
    let path = if packed.exists() { packed } else { packed.with_extension("") };
    let file = pagesieve::input::source::open(&path).unwrap_or_else(|error| panic!("{error}"));
    let pages = file.lines().map(|line| {
        let record: serde_json::Value =
            serde_json::from_str(&line.expect("the corpus is read")).expect("the line is JSON");
        record["html"].as_str().expect("the record has a page").to_owned()
    });
    pages.collect()
}

/// The blocks of `training-data` as pages of lines, and as rows of label and text.
///
/// # Panics
/// If a file cannot be read.
pub fn training() -> (Vec<String>, Vec<(String, String)>) {
    let (mut pages, mut rows) = (Vec::new(), Vec::new());
    let mut names = LabelNames::default();
    let files = list(&repository().join("training-data"));
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "csv")) {
        let opened = fs::File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut reader = CsvPages::new(opened).expect("the header is read");
        while let Some(page) = reader.next_page(&mut names).expect("the row is read") {
            pages.push(lines_of(&page.document));
            let labels = page.labels.iter().map(|labels| labels.single().expect("rows have one label"));
            let labels = labels.map(|label| names.names()[label.index()].clone());
            rows.extend(labels.zip(page.document.blocks().map(|block| block.text().to_owned())));
        }
    }
    (pages, rows)
}

fn lines_of(document: &Document) -> String {
    document.blocks().map(|block| block.text().replace('\n', " ") + "\n").collect()
}

/// As many rows as asked for: `rows` over and over, with words that keep the lines apart. Label and text.
pub fn repeated(rows: &[(String, String)], count: usize) -> Vec<(&str, String)> {
    let repeated = rows.iter().cycle().take(count).enumerate();
    let rows = repeated.map(|(number, (label, text))| {
        let word = char::from(b'a' + (number / rows.len() % 26) as u8);
        (label.as_str(), format!("{} {word}{word}", text.replace('\n', " ")))
    });
    rows.collect()
}

/// Where criterion leaves its figures, and the table made of them.
#[derive(Debug)]
pub struct Report {
    folder: PathBuf,
}

impl Report {
    /// A report whose figures are kept in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// A criterion that keeps its figures here and obeys the command line.
    pub fn criterion(&self) -> Criterion {
        Criterion::default().output_directory(&self.folder).without_plots().configure_from_args()
    }

    /// The median time of one iteration in nanoseconds; none if it was not measured.
    pub fn median(&self, group: &str, function: &str) -> Option<f64> {
        let path = self.folder.join(group).join(function).join("new/estimates.json");
        let estimates: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
        estimates["median"]["point_estimate"].as_f64()
    }

    /// Prints what `functions` of `group` did with `bytes`: megabytes a second, and the first one's rate over each.
    ///
    /// # Panics
    /// If standard output is closed.
    pub fn print(&self, group: &str, functions: &[&str], bytes: usize) {
        let median = |function: &str| self.median(group, function);
        let rows = functions.iter().filter_map(|function| Some((*function, median(function)?)));
        print_rows(group, &rows.collect::<Vec<_>>(), bytes);
    }
}

/// Prints a table of names and nanoseconds for `bytes`: megabytes a second, and the first one's rate over each.
///
/// # Panics
/// If standard output is closed.
pub fn print_rows(title: &str, rows: &[(&str, f64)], bytes: usize) {
    let Some((_, first)) = rows.first() else { return };
    let mut out = std::io::stdout().lock();
    let mut line = |line: String| writeln!(out, "{line}").expect("standard output is open");
    line(format!(
        "\n| {title}, {:.1} MB | MB/s | pagesieve is faster by |\n|---|---|---|",
        bytes as f64 / 1e6
    ));
    for (name, nanoseconds) in rows {
        line(format!("| {name} | {:.1} | {:.1} |", bytes as f64 * 1e3 / nanoseconds, nanoseconds / first));
    }
}

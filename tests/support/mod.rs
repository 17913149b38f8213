//! What several tests and benches need: the golden pages and the training rows of the repository.

#![allow(dead_code)] // every test compiles this module for itself and uses a part of it

use std::fs::{self, File};
use std::io::BufRead;
use std::path::{Path, PathBuf};

use pagesieve::labelled::{CsvPages, LabelNames, LabelledPage};
use pagesieve::{Document, Model, input};

/// The labels a reader may give a block of a golden page. The last is for text that is none of the three: it is cut
/// like any other, but no label is right for it, and it is not scored.
const GOLDEN_LABELS: [&str; 4] = ["news", "listicle", "boilerplate", UNSCORED];
const UNSCORED: &str = "other";

/// A page with the labels a reader gave its blocks.
pub struct Golden {
    /// The folder's name, such as `wire-story-01`.
    pub name: String,
    /// The page's bytes as text.
    pub page: String,
    pub document: Document,
    /// Label and text of every block.
    pub expected: Vec<(String, String)>,
}

impl Golden {
    /// The name without its number: `wire-story`.
    pub fn kind(&self) -> &str {
        self.name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-')
    }

    /// The blocks that have a right label, by number.
    pub fn scored(&self) -> impl Iterator<Item = usize> {
        (0..self.expected.len()).filter(|block| self.expected[*block].0 != UNSCORED)
    }
}

/// The repository's folder `name`.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The paths in a folder, sorted.
pub fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("the entry is read").path()).collect();
    paths.sort();
    paths
}

/// All pages of `tests/golden`.
pub fn golden() -> Vec<Golden> {
    let mut folders = list(&folder("tests/golden"));
    folders.retain(|path| path.is_dir());
    let pages: Vec<Golden> = folders.iter().map(|folder| read_golden(folder)).collect();
    assert!(pages.len() >= 60, "only {} golden pages were found", pages.len());
    pages
}

fn read_golden(folder: &Path) -> Golden {
    let name = folder.file_name().expect("it has a name").to_string_lossy().into_owned();
    let (html, text) = (folder.join("page.html"), folder.join("page.txt"));
    let page = fs::read_to_string(if html.exists() { &html } else { &text })
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let document = if html.exists() { input::html::read(&page) } else { input::text::read(&page) };
    let rows = fs::read_to_string(folder.join("expected.tsv")).expect("the labels are read");
    let expected = rows.lines().map(|row| {
        let (label, text) = row.split_once('\t').unwrap_or_else(|| panic!("{name}: no tab in {row:?}"));
        assert!(GOLDEN_LABELS.contains(&label), "{name}: {label:?} is none of {GOLDEN_LABELS:?}");
        (label.to_owned(), text.replace("\\n", "\n"))
    });
    Golden { expected: expected.collect(), name, page, document }
}

/// Unmodified pages from the web, where `PAGESIEVE_CORPUS` names the folder of the larger corpus.
pub fn raw_pages() -> Option<Vec<String>> {
    let folder = PathBuf::from(std::env::var_os("PAGESIEVE_CORPUS")?);
    let packed = folder.join("bench/pages-raw.jsonl.zst");
    let path = if packed.exists() { packed } else { packed.with_extension("") };
    let file = input::source::open(&path).unwrap_or_else(|error| panic!("{error}"));
    let pages = file.lines().map(|line| {
        let record: serde_json::Value =
            serde_json::from_str(&line.expect("the corpus is read")).expect("the line is JSON");
        record["html"].as_str().expect("the record has a page").to_owned()
    });
    Some(pages.collect())
}

/// The files of `training-data`.
pub fn training_files() -> Vec<PathBuf> {
    let mut files = list(&folder("training-data"));
    files.retain(|file| file.extension().is_some_and(|extension| extension == "csv"));
    files
}

/// All pages of `training-data`, their labels numbered by `names`.
pub fn training_pages(names: &mut LabelNames) -> Vec<LabelledPage> {
    let mut pages = Vec::new();
    for file in training_files() {
        let opened = File::open(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        read_pages(opened, names, &mut pages);
    }
    pages
}

/// Reads the pages of labelled CSV.
pub fn read_pages(csv: impl std::io::Read, names: &mut LabelNames, pages: &mut Vec<LabelledPage>) {
    let mut reader = CsvPages::new(csv).expect("the header is read");
    while let Some(page) = reader.next_page(names).expect("the row is read") {
        pages.push(page);
    }
}

/// The model that comes with the program.
pub fn model() -> &'static Model {
    Model::default_model().expect("the embedded model is read")
}

//! Labelled CSV files from the command line.
//!
//! Comes in: files, folders of them, `-`. Goes out: their pages, one by one.

use std::path::{Path, PathBuf};

use pagesieve::Labels;
use pagesieve::corpus::LineLabels;
use pagesieve::input::csv::CsvFile;
use pagesieve::labelled::{LabelNames, LabelledPage};

use super::failure::{Failure, Result};
use super::files::{add_files, or_standard_input};
use super::policy::known;

/// The CSV files at `paths`; in folders those named `.csv`, `.csv.gz` or `.csv.zst`.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let is_csv = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        [".csv", ".csv.gz", ".csv.zst"].iter().any(|ending| name.ends_with(ending))
    };
    let mut files = Vec::new();
    for path in or_standard_input(paths)? {
        add_files(path, &is_csv, &mut files)?;
    }
    Ok(files)
}

/// The file in a folder of rows that says what the lines of a corpus's plain-text pages are.
const LINE_LABELS: &str = "line-labels.tsv";

/// The labels of lines that stand beside the rows: those of the first folder among `paths` that has a file of them.
pub fn line_labels(paths: &[PathBuf]) -> Result<LineLabels> {
    let file = paths.iter().map(|path| path.join(LINE_LABELS)).find(|file| file.is_file());
    Ok(file.as_deref().map(LineLabels::open).transpose()?.unwrap_or_default())
}

/// Passes every page of `files` to `take`. Labels are numbered by `names`.
pub fn each_page(
    files: &[PathBuf],
    names: &mut LabelNames,
    mut take: impl FnMut(&LabelledPage) -> Result<()>,
) -> Result<()> {
    let mut page = LabelledPage::default();
    for file in files {
        let mut pages = CsvFile::open(file)?;
        let mut rows = 0;
        while pages.read_page(names, &mut page)? {
            rows += page.document.len();
            take(&page)?;
        }
        if rows == 0 {
            return Err(Failure::Failed(format!(
                "{}: the file has a header but no rows; label some",
                file.display()
            )));
        }
    }
    Ok(())
}

/// Passes every page of `files` to `take` with the labels numbered as a model numbers `labels`. Pages with others are
/// passed over, and refused once all files are read, so that the message names all that is unknown.
pub fn each_page_of_model(
    files: &[PathBuf],
    labels: &Labels,
    mut take: impl FnMut(&LabelledPage) -> Result<()>,
) -> Result<()> {
    let mut names = LabelNames::default();
    for name in labels.names() {
        names.parse(name)?;
    }
    each_page(files, &mut names, |page| {
        let is_known = page.labels.iter().all(|set| set.iter().all(|label| label.index() < labels.len()));
        if is_known { take(page) } else { Ok(()) }
    })?;
    match &names.names()[labels.len()..] {
        [] => Ok(()),
        unknown => Err(Failure::Failed(format!(
            "the rows have the labels {}, but the model knows {}; choose the model with --model",
            unknown.join(", "),
            known(labels)
        ))),
    }
}

//! Labelled rows: how well a model labels the rows of CSV.
//!
//! Comes in: labelled CSV. Goes out: precision, recall and F1 of the model's predictions for it.

use std::path::PathBuf;

use pagesieve::evaluate::{Confusion, Disagreement};
use pagesieve::labelled::LabelledPage;
use pagesieve::schema::ModelRecord;
use pagesieve::{Analysis, Classifier, Labels, Model};
use serde::Serialize;

use super::super::failure::Result;
use super::super::figures::{self, Figures};
use super::super::output::ReportFormat;
use super::super::settings::Settings;
use super::super::stream::json_line;
use super::super::{Outcome, labelled};
use super::tables;

/// What was counted.
struct Measured {
    pages: u64,
    /// Rows that may have several labels.
    skipped: u64,
    confusion: Confusion,
    /// Where model and labels contradict each other most surely.
    disagreements: Vec<Disagreement>,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Evaluation<'a> {
    pages: u64,
    rows: u64,
    skipped_rows: u64,
    #[serde(flatten)]
    figures: Figures<'a>,
    model: ModelRecord,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    disagreements: Vec<Disagreement>,
}

/// Measures the rows at `paths` and lists as many disagreements.
pub fn run(
    paths: &[PathBuf],
    disagreements: usize,
    format: ReportFormat,
    settings: &Settings,
) -> Result<Outcome> {
    let model = settings.load_model()?;
    let files = labelled::files(paths)?;
    let measured = measure(&files, &model, disagreements)?;
    let printed = match format {
        ReportFormat::Text => text(&measured, model.labels()).into_bytes(),
        ReportFormat::Json => json_line(&Evaluation {
            pages: measured.pages,
            rows: measured.confusion.total(),
            skipped_rows: measured.skipped,
            figures: Figures::new(&measured.confusion, model.labels()),
            model: ModelRecord::new(&model),
            disagreements: measured.disagreements,
        }),
    };
    let mut output = settings.output()?;
    output.write(&printed)?;
    output.finish()?;
    Ok(Outcome::Done)
}

fn measure(files: &[PathBuf], model: &Model, disagreements: usize) -> Result<Measured> {
    let labels = model.labels();
    let classifier = Classifier::new(model);
    let confusion = Confusion::new(labels.len());
    let mut measured = Measured { pages: 0, skipped: 0, confusion, disagreements: Vec::new() };
    let mut contradicted = Vec::new();
    labelled::each_page_of_model(files, labels, |page| {
        let analysis = classifier.classify(&page.document);
        measured.count(page, &analysis);
        if disagreements > 0 {
            let LabelledPage { name, document, labels: truth, .. } = page;
            contradicted.extend(Disagreement::on_blocks(name, document, truth, &analysis, labels));
        }
        Ok(())
    })?;
    measured.disagreements = Disagreement::surest(contradicted, disagreements);
    Ok(measured)
}

impl Measured {
    fn count(&mut self, page: &LabelledPage, analysis: &Analysis) {
        self.pages += 1;
        for (truth, found) in page.labels.iter().zip(&analysis.blocks) {
            match truth.single() {
                Some(truth) => self.confusion.count(truth, found.label),
                None => self.skipped += 1,
            }
        }
    }
}

fn text(measured: &Measured, labels: &Labels) -> String {
    let skipped = match measured.skipped {
        0 => String::new(),
        rows => format!("; {rows} rows with several labels not counted"),
    };
    let mut out = format!("{} rows of {} pages{skipped}\n\n", measured.confusion.total(), measured.pages);
    figures::write(&measured.confusion, labels, &mut out);
    if !measured.disagreements.is_empty() {
        out.push('\n');
        tables::disagreements(&measured.disagreements, &mut out);
    }
    out
}

//! `pagesieve eval`: how good a model is.
//!
//! Comes in: labelled CSV. Goes out: precision, recall and F1 of the model's predictions for it.

use std::path::PathBuf;

use pagesieve::evaluate::Confusion;
use pagesieve::labelled::{LabelNames, LabelledPage};
use pagesieve::schema::ModelRecord;
use pagesieve::{Analysis, Classifier, Labels, Model};
use serde::Serialize;

use super::failure::{Failure, Result};
use super::figures::{self, Figures};
use super::output::ReportFormat;
use super::policy::known;
use super::settings::Settings;
use super::stream::json_line;
use super::{Outcome, labelled};

const EXAMPLES: &str = "\
Examples:
  pagesieve eval held-out.csv
  pagesieve eval held-out/ --model mine.model --format json

The CSV is the one that train reads; rows with several labels (\"news|listicle\") are not counted.
Measure on pages the model was not trained on.";

/// Measure a model on labelled CSV.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// CSV files and folders of them; `-` is standard input, which is read if none is named
    #[arg(value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

/// What was counted.
struct Measured {
    pages: u64,
    /// Rows that may have several labels.
    skipped: u64,
    confusion: Confusion,
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
}

/// Runs the command.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome> {
    let model = settings.load_model()?;
    let files = labelled::files(&args.paths)?;
    let measured = measure(&files, &model)?;
    let printed = match args.format {
        ReportFormat::Text => text(&measured, model.labels()).into_bytes(),
        ReportFormat::Json => json_line(&Evaluation {
            pages: measured.pages,
            rows: measured.confusion.total(),
            skipped_rows: measured.skipped,
            figures: Figures::new(&measured.confusion, model.labels()),
            model: ModelRecord::new(&model),
        }),
    };
    let mut output = settings.output()?;
    output.write(&printed)?;
    output.finish()?;
    Ok(Outcome::Done)
}

fn measure(files: &[PathBuf], model: &Model) -> Result<Measured> {
    let labels = model.labels();
    // Numbered first, the model's labels have the same numbers in the CSV.
    let mut names = LabelNames::default();
    for name in labels.names() {
        names.parse(name)?;
    }
    let classifier = Classifier::new(model);
    let mut measured = Measured { pages: 0, skipped: 0, confusion: Confusion::new(labels.len()) };
    labelled::each_page(files, &mut names, |page| {
        measured.count(&page, &classifier.classify(&page.document));
        Ok(())
    })?;
    if names.names().len() > labels.len() {
        return Err(Failure::Failed(format!(
            "the rows have the labels {}, but the model knows {}; choose the model with --model",
            names.names()[labels.len()..].join(", "),
            known(labels)
        )));
    }
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
    out
}

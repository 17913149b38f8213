//! `pagesieve eval`: how good a model is.
//!
//! Comes in: labelled CSV, or a corpus folder. Goes out: for CSV precision, recall and F1 of the model's predictions;
//! for a corpus the figures of every task it has files for.

mod reading;
mod results;
mod rows;
mod tables;

use std::path::{Path, PathBuf};

use pagesieve::corpus;

use super::Outcome;
use super::failure::{Failure, Result};
use super::held_out::Training;
use super::output::{Output, ReportFormat};
use super::settings::Settings;
use reading::{CountedSites, Reading};
use results::{Results, read_results};

const EXAMPLES: &str = "\
Examples:
  pagesieve eval held-out.csv
  pagesieve eval held-out/ --model mine.model --format json
  pagesieve eval --corpus ../data --json today.json --compare yesterday.json
  pagesieve eval --corpus ../data --site-pages 5 --site
  pagesieve eval --corpus ../data --set train- --folds 5 training-data/ --disagreements 50

The CSV is the one that train reads; rows with several labels (\"news|listicle\") are not counted. Without a
file, the corpus folder is measured that --corpus or the environment variable PAGESIEVE_CORPUS names, task by
task, by its files named dev-*. Measure on pages the model was not trained on; with --folds it never is.";

/// Measure a model on labelled CSV, or on a corpus.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// CSV files and folders of them; `-` is standard input, which is read if there is no file and no corpus
    #[arg(value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// Measure the files of this folder instead [default: `PAGESIEVE_CORPUS`, if no FILE is given]
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Measure the corpus files whose names start so [default: dev-, with --folds train-]
    #[arg(long, value_name = "PREFIX")]
    set: Option<String>,
    /// Train so many models instead, each without a part of the sites, from the corpus and FILEs, and measure each on
    /// the part it has not seen
    #[arg(long, value_name = "N", conflicts_with = "model", value_parser = clap::value_parser!(u8).range(2..=20))]
    folds: Option<u8>,
    /// Break the figures down by source, language, length and era too
    #[arg(long)]
    detail: bool,
    /// Take blocks that stand on many pages of their site as likely boilerplate, as `gate --site` does
    #[arg(long)]
    site: bool,
    /// Measure only pages of sites with at least N pages in the files measured
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    site_pages: u32,
    /// Write the results of a corpus to this file too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Say what moved since the results in this file were written
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// List the N blocks, and pages, whose labels the model contradicts most surely
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    disagreements: usize,
    /// What to print
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

/// Runs the command.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome> {
    match args.corpus()? {
        Some(folder) => args.measure_corpus(&folder, settings),
        None => rows::run(&args.paths, args.disagreements, args.format, settings),
    }
}

impl Args {
    /// The corpus folder to measure; none if rows are.
    fn corpus(&self) -> Result<Option<PathBuf>> {
        let of_environment = std::env::var_os("PAGESIEVE_CORPUS").map(PathBuf::from);
        if !self.paths.is_empty() && self.corpus.is_some() && self.folds.is_none() {
            return Err(Failure::usage("both files and --corpus are given; measure one after the other"));
        }
        let folder = match (&self.corpus, self.folds) {
            (Some(folder), _) => Some(folder.clone()),
            (None, Some(_)) => of_environment,
            (None, None) => of_environment.filter(|_| self.paths.is_empty()),
        };
        let options = [
            ("--folds", self.folds.is_some()),
            ("--set", self.set.is_some()),
            ("--detail", self.detail),
            ("--site", self.site),
            ("--site-pages", self.site_pages > 0),
            ("--json", self.json.is_some()),
            ("--compare", self.compare.is_some()),
        ];
        match options.iter().find(|(_, is_given)| *is_given) {
            Some((name, _)) if folder.is_none() => Err(Failure::usage(format!(
                "{name} is for a corpus; name its folder with --corpus or PAGESIEVE_CORPUS"
            ))),
            _ => Ok(folder),
        }
    }

    fn measure_corpus(&self, folder: &Path, settings: &Settings) -> Result<Outcome> {
        // What cannot be read or written is said before the work, not after.
        let old = self.compare.as_deref().map(read_results).transpose()?;
        let mut json = self.json.as_deref().map(|path| Output::open(Some(path))).transpose()?;
        let default = if self.folds.is_some() { corpus::TRAINING_FILES } else { corpus::DEVELOPMENT_FILES };
        let files = corpus::files(folder, self.set.as_deref().unwrap_or(default))?;
        let workers = settings.workers();
        let count = || CountedSites::of(&workers, &files, self.site, self.site_pages);
        let sites = (self.site || self.site_pages > 0).then(count).transpose()?;
        let mut reading = Reading::new(&workers, self.disagreements).with_sites(sites.as_ref());
        let (reading, model) = match self.folds {
            None => {
                let model = settings.load_model()?;
                reading.read(&files, &model, |_| true)?;
                (reading, Some(model))
            }
            Some(folds) => {
                let training = Training::open(&self.paths, folder)?;
                for fold in 0..usize::from(folds) {
                    let model = training.without(fold, folds.into())?;
                    reading.read(&files, &model, |record| {
                        corpus::fold_of(record.group(), folds.into()) == fold
                    })?;
                }
                (reading, None)
            }
        };
        let outcome = reading.outcome();
        let results = Results::new(reading, model.as_deref(), self.folds, self.detail);
        if let Some(json) = &mut json {
            json.write(&results.to_json())?;
        }
        let printed = match self.format {
            ReportFormat::Text => tables::write(&results, old.as_ref(), self.detail).into_bytes(),
            ReportFormat::Json => results.to_json(),
        };
        let mut output = settings.output()?;
        output.write(&printed)?;
        output.finish()?;
        json.map_or(Ok(()), Output::finish)?;
        Ok(outcome)
    }
}

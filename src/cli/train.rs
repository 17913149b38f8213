//! `pagesieve train`: labelled CSV to a model.
//!
//! Comes in: labelled CSV, and if wanted a base model and a corpus folder. Goes out: a model file, and a report of how
//! well it does on pages it was not trained on.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use pagesieve::features::View;
use pagesieve::labelled::LabelledPage;
use pagesieve::train::{FEWEST_PAGES, Options, Report, THIN_BLOCKS, Trainer};
use pagesieve::{Model, Policy, corpus};

use super::failure::{Failure, Result};
use super::output::Output;
use super::policy::PolicyArgs;
use super::settings::Settings;
use super::table::{Sheet, Table, left, right};
use super::{Outcome, figures, labelled};

const EXAMPLES: &str = "\
Examples:
  pagesieve classify page.html --format csv > mine.csv    then correct the labels, and
  pagesieve train mine.csv --output mine.model
  pagesieve train mine.csv --base first.model --output second.model
  pagesieve train spam.csv --wanted ham --output mail.model
  pagesieve train training-data/ --corpus ../data --output default.model

The CSV needs the columns label and text; rows with the same page, one after the other, are a page.
Training on a base model's data and then on yours gives the same model as on both at once.";

/// Train a model from labelled CSV.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// CSV files and folders of them; `-` is standard input, which is read if none is named
    #[arg(value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// Go on where this model's training stopped
    #[arg(long, value_name = "MODEL")]
    base: Option<PathBuf>,
    /// What the model is called
    #[arg(long, value_name = "NAME", default_value = "custom")]
    name: String,
    /// Train on the train-*.jsonl files in this folder too
    #[arg(long, value_name = "DIR", env = "PAGESIEVE_CORPUS", hide_env_values = true)]
    corpus: Option<PathBuf>,
    /// Fit and measure on at most so many rows [default: 4000; with a corpus all]
    #[arg(long, value_name = "N")]
    sample_rows: Option<usize>,
    /// Leave the sampled pages out of the model: a smaller file, but a poorer base for more training [default with a
    /// corpus]
    #[arg(long)]
    no_sample: bool,
    /// Train without this view of the blocks, to find out what it gives; `pagesieve inspect` lists them
    #[arg(long, value_name = "VIEW", value_parser = parse_view)]
    without_view: Vec<View>,
    #[command(flatten)]
    policy: PolicyArgs,
}

fn parse_view(name: &str) -> std::result::Result<View, String> {
    View::ALL
        .into_iter()
        .find(|view| view.name() == name)
        .ok_or_else(|| format!("there is no such view; there are {}", View::ALL.map(View::name).join(", ")))
}

/// After how many pages the bar is told of them.
const SHOWN_PAGES: u64 = 64;

/// How long the bar waits between two frames.
const FRAME: Duration = Duration::from_millis(120);

/// Runs the command.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome> {
    let started = Instant::now();
    let Some(place) = &settings.output else {
        return Err(Failure::usage("train needs --output, the file to write the model to"));
    };
    if settings.model.is_some() {
        return Err(Failure::usage("train makes a model of its own; --base names one to go on from"));
    }
    let files = labelled::files(&args.paths)?;
    let base = args.base.as_ref().map(Model::open).transpose()?;
    // Opened before the work, so that a place that cannot be written costs no time.
    let mut output = Output::open(Some(place))?;
    let (model, report) = args.train(&files, base.as_ref())?;
    let bytes = model.to_bytes();
    output.write(&bytes)?;
    output.finish()?;
    if let Some(doubt) = doubt(&report) {
        super::note(&format!("pagesieve: {doubt}"));
    }
    if place == Path::new("-") {
        return Ok(Outcome::Done);
    }
    let text = format!(
        "{}\nTrained in {:.1} s. Wrote {} ({}, {} bytes, hash {})\n",
        describe(&report),
        started.elapsed().as_secs_f64(),
        place.display(),
        model.card().name,
        bytes.len(),
        model.hash()
    );
    let mut output = Output::open(None)?;
    output.write(text.as_bytes())?;
    output.finish()?;
    Ok(Outcome::Done)
}

impl Args {
    fn train(&self, files: &[PathBuf], base: Option<&Model>) -> Result<(Model, Report)> {
        let options = self.options(base)?;
        let mut trainer = match base {
            Some(base) => Trainer::with_base(options, base)?,
            None => Trainer::new(options),
        };
        let mut names = trainer.names().clone();
        let progress = progress();
        let mut pages = 0;
        let mut add = |page: &LabelledPage| {
            pages += 1;
            // Not every page: to tell the bar takes longer than to read a short one.
            if pages % SHOWN_PAGES == 0 {
                progress.set_position(pages);
            }
            trainer.add(page);
        };
        labelled::each_page(files, &mut names, |page| {
            if self.corpus.is_some() {
                add(&corpus::own_page(page));
            } else {
                add(page);
            }
            Ok(())
        })?;
        if let Some(folder) = &self.corpus {
            let line_labels = labelled::line_labels(&self.paths)?;
            for file in corpus::files(folder, corpus::TRAINING_FILES)? {
                corpus::read_file(&file, &line_labels, &mut names, |page| add(&page))?;
            }
        }
        *trainer.names() = names;
        progress.set_message("fitting");
        let finished = trainer.finish()?;
        progress.finish_and_clear();
        Ok(finished)
    }

    fn options(&self, base: Option<&Model>) -> Result<Options> {
        let defaults = Options::default();
        let all_rows = self.corpus.as_ref().map(|_| usize::MAX);
        let policy = match base {
            _ if !self.policy.is_given() => None,
            Some(base) => Some(self.policy.over(base.policy().clone())?),
            None => Some(self.policy.over(Policy::default())?),
        };
        Ok(Options {
            name: self.name.clone(),
            policy,
            sample_rows: self.sample_rows.or(all_rows).unwrap_or(defaults.sample_rows),
            views_left_out: self.without_view.clone(),
            keep_sample: !self.no_sample && (self.corpus.is_none() || self.sample_rows.is_some()),
        })
    }
}

/// A count of pages on standard error, if that is a terminal.
fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {pos} pages  {elapsed}  {msg}")
        .expect("the template is a constant that parses");
    let progress = ProgressBar::new_spinner().with_style(style).with_message("reading");
    if !progress.is_hidden() {
        progress.enable_steady_tick(FRAME);
    }
    progress
}

/// Why the held-out figures mean little, if they do.
fn doubt(report: &Report) -> Option<String> {
    let labels =
        report.repeated_labels().map(|(label, pages)| format!("{pages} of {}", report.labels.name(label)));
    let labels: Vec<String> = labels.collect();
    (!labels.is_empty()).then(|| {
        format!(
            "the held-out figures mean little: there are too few different pages or texts ({}); label at least \
             {FEWEST_PAGES} of each",
            labels.join(", ")
        )
    })
}

/// What was learned, and how well.
fn describe(report: &Report) -> String {
    let mut out = String::new();
    let thin: Vec<_> = report.thin_labels().map(|(label, _)| label).collect();
    let mut table = Table::default();
    for (label, blocks) in report.labels.iter().zip(&report.blocks) {
        let advice = if thin.contains(&label) {
            format!("rows: thin, label at least {THIN_BLOCKS}")
        } else {
            "rows".into()
        };
        table.row([left(report.labels.name(label)), right(blocks), left(advice)]);
    }
    table.write(Sheet::PLAIN, &mut out);
    let [words, pairs] = report.vocabulary;
    let pages = report.pages;
    out.extend([format!("{pages} pages; vocabulary of {words} words and {pairs} pairs\n\n")]);
    match &report.confusion {
        Some(confusion) => {
            let (rows, sampled) = (confusion.total(), report.sampled_rows);
            out.extend([format!("Held out, by page ({rows} of {sampled} sampled rows)\n")]);
            figures::write(confusion, &report.labels, &mut out);
            if let Some(doubt) = doubt(report) {
                out.extend(["\n", &doubt, "\n"]);
            }
        }
        None => out.push_str(
            "Not measured: the base model keeps no training pages, so that its fusions stayed as they were\n",
        ),
    }
    out
}

//! `pagesieve calibrate`: probabilities that are true as often as they say, and thresholds for a goal.
//!
//! Comes in: labelled pages that the model has not seen. Goes out: the model with its calibration or its policy changed, and
//! what that costs, as text and as a report with charts.

mod chart;
mod goal;
mod observed;
mod report;

use std::path::PathBuf;

use pagesieve::Model;
use pagesieve::calibrate::{Observation, choose, fit};

use super::Outcome;
use super::failure::Result;
use super::output::Output;
use super::policy::PolicyArgs;
use super::settings::Settings;
use goal::GoalArgs;
use report::{Gated, Report, Told};

const EXAMPLES: &str = "\
Examples:
  pagesieve calibrate mine.csv --output calibrated.model
  pagesieve calibrate mine.csv --max-lost-news 0.01 --output strict.model --report strict.html
  pagesieve calibrate mine.csv --cost fp=10,fn=1,unsure=0.5
  pagesieve calibrate training-data/ --corpus ../data --folds 5 --model first.model --output calibrated.model

Without a goal the probabilities of blocks and pages are fitted to the data; with one the gate's thresholds are
chosen for it, and with --probabilities both. No label changes by it. Use pages that the model was not trained
on; with --folds other models are trained, which have not seen the pages they are asked about.";

/// Make probabilities true, and choose the gate's thresholds for a goal.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Labelled CSV files and folders of them; `-` is standard input, which is read if there is no file and no corpus.
    /// With --folds they are trained on
    #[arg(value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// Use the files of this folder [default: `PAGESIEVE_CORPUS`, if --set or --folds is given]
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Use the corpus files whose names start so [default: with --folds train-]
    #[arg(long, value_name = "PREFIX")]
    set: Option<String>,
    /// Train so many models like this one, each without a part of the sites, from the corpus and FILEs, and take what
    /// each says of the part it has not seen
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=20))]
    folds: Option<u8>,
    #[command(flatten)]
    goal: GoalArgs,
    /// Fit the probabilities although a goal is given
    #[arg(long)]
    probabilities: bool,
    /// Write a report with a reliability diagram and a precision-recall curve to this file, .html or .svg
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// Runs the command.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome> {
    let goal = args.goal.goal()?;
    let format = args.report.as_deref().map(report::format_of).transpose()?;
    let model = settings.load_model()?;
    let policy = args.policy.over(model.policy().clone())?;
    policy.check(model.labels())?;
    // Opened before the work, so that a place that cannot be written costs no time.
    let output = settings.output.as_deref().map(|place| Output::open(Some(place))).transpose()?;
    let report = args.report.as_deref().map(|place| Output::open(Some(place))).transpose()?;
    let (observations, outcome) = args.observe(&model, settings)?;

    let labels = model.labels();
    let fits = goal.is_none() || args.probabilities;
    let calibration =
        if fits { Some(fit(&observations, labels.len())) } else { model.calibration().cloned() };
    let told = Told::new(&observations, labels, fits);
    let observations: Vec<Observation> = match &calibration {
        Some(calibration) => observations.into_iter().map(|page| page.calibrated(calibration)).collect(),
        None => observations,
    };
    let new_policy = match goal {
        Some(goal) => choose(&observations, labels, &policy, goal)?,
        None => policy.clone(),
    };
    let gated = match labels.find(&policy.wanted) {
        Some(_) => Some(Gated::new(&observations, labels, &policy, &new_policy)?),
        None => None,
    };
    let found = Report { told, gated, has_goal: goal.is_some(), labels };
    if let (Some(mut place), Some(format)) = (report, format) {
        place.write(found.write(format).as_bytes())?;
        place.finish()?;
    }
    let calibrated = (*model).clone().with_calibration(calibration).with_policy(new_policy);
    store(&calibrated, output, settings, &found.text())?;
    Ok(outcome)
}

/// Writes the model, if a place for it was named, and says what was found, unless that place is standard output.
fn store(model: &Model, output: Option<Output>, settings: &Settings, text: &str) -> Result<()> {
    let stored = match (output, &settings.output) {
        (Some(mut output), Some(place)) => {
            output.write(&model.to_bytes())?;
            output.finish()?;
            if place.as_os_str() == "-" {
                return Ok(());
            }
            format!("Wrote {} (hash {})", place.display(), model.hash())
        }
        _ => "Nothing was stored; --output names the file for the model".to_owned(),
    };
    let mut output = Output::open(None)?;
    output.write(format!("{text}{stored}\n").as_bytes())?;
    output.finish()
}

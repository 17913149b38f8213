//! `pagesieve gate`: which pages to keep.
//!
//! Comes in: one page, several, or JSON Lines. Goes out: for one page an exit code and the reason; for several the paths
//! of those to keep; for JSON Lines the lines to keep, byte for byte.

use std::path::PathBuf;

use pagesieve::input::page::Page;
use pagesieve::schema::Tag;
use pagesieve::{Analysis, Classifier, Verdict};

use super::Outcome;
use super::failure::{Failure, Result};
use super::inputs::{Input, InputArgs};
use super::policy::PolicyArgs;
use super::settings::Settings;
use super::sorter::Sorter;
use super::stream::{each_page, error_line};
use super::tally::Tally;

const EXAMPLES: &str = "\
Examples:
  pagesieve gate page.html && index page.html      exit code 0 keep, 1 drop, 3 unsure
  curl -s https://example.org/ | pagesieve gate --min-words 100
  zcat crawl.jsonl.gz | pagesieve gate --dropped dropped.jsonl > kept.jsonl
  pagesieve gate crawl.jsonl --tag | jq 'select(.pagesieve.verdict == \"unsure\")'

Of one page nothing is printed but the reason, on standard error. Of several pages, or a folder, the
paths of those kept are printed, of JSON Lines the lines kept, unchanged; a summary goes to standard
error, and the exit code is 0 unless something could not be read.";

/// Decide which pages to keep, and say why not.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    inputs: InputArgs,
    /// Write what is not kept to this file
    #[arg(long, value_name = "FILE")]
    dropped: Option<PathBuf>,
    /// What happens to pages the gate is unsure of: `keep`, `drop`, or the file to write them to
    #[arg(long, value_name = "keep|drop|FILE", default_value = "drop")]
    unsure: PathBuf,
    /// Pass all lines on, and add the verdict to each as its member "pagesieve"
    #[arg(long, conflicts_with_all = ["dropped", "unsure"])]
    tag: bool,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// What the gate found out about a page.
struct Judged {
    verdict: Verdict,
    analysis: Analysis,
    /// The verdict as JSON, if it is to be added.
    tag: Vec<u8>,
}

/// Runs the command.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome> {
    let model = settings.load_model()?;
    let classifier = args.policy.judge(&model)?;
    let mut inputs = args.inputs.open()?.peekable();
    let is_page = matches!(inputs.peek(), Some(Input::File { .. }));
    if args.tag && is_page {
        return Err(Failure::usage("--tag adds to JSON records, but the input is a page; use classify"));
    }
    // One file that is no stream of lines, or cannot even be opened.
    let is_alone = args.inputs.is_one_file();
    if let Some(input) = inputs.next_if(|input| is_alone && !matches!(input, Input::Line { .. })) {
        return match input.read(&args.inputs.fields()) {
            Ok(page) => Ok(args.judge_one(&page, &classifier)),
            Err(unreadable) => Err(Failure::Failed(unreadable.message)),
        };
    }
    args.judge_all(inputs, &classifier, settings)
}

impl Args {
    /// Says on standard error what to do with one page.
    fn judge_one(&self, page: &Page, classifier: &Classifier<'_>) -> Outcome {
        let judged = self.judge(page, classifier);
        super::note(&explained(&judged, classifier));
        match judged.verdict {
            Verdict::Keep => Outcome::Done,
            Verdict::Drop => Outcome::Drop,
            Verdict::Unsure => Outcome::Unsure,
        }
    }

    /// Sorts pages or lines into those kept and the others.
    fn judge_all(
        &self,
        inputs: impl Iterator<Item = Input>,
        classifier: &Classifier<'_>,
        settings: &Settings,
    ) -> Result<Outcome> {
        let pool = settings.threads()?;
        let mut sorter = Sorter::open(settings, self.dropped.as_deref(), &self.unsure)?;
        let mut tally = Tally::default();
        let outcome = each_page(
            &pool,
            inputs,
            &self.inputs.fields(),
            |page| self.judge(page, classifier),
            |input, judged| match judged {
                Ok(judged) => {
                    tally.count(judged.verdict, &judged.analysis.reasons);
                    if self.tag {
                        sorter.tag(&input, &judged.tag)
                    } else {
                        sorter.put(&input, judged.verdict)
                    }
                }
                Err(unreadable) => {
                    tally.unreadable += 1;
                    if self.tag {
                        sorter.keep_line(&error_line(&unreadable))
                    } else {
                        sorter.put_unreadable(&input)
                    }
                }
            },
        )?;
        sorter.finish()?;
        super::note(tally.to_string().trim_end());
        Ok(outcome)
    }

    fn judge(&self, page: &Page, classifier: &Classifier<'_>) -> Judged {
        let analysis = classifier.classify(&page.document);
        let tag = if self.tag {
            serde_json::to_vec(&Tag::new(&analysis, classifier.model().labels()))
                .expect("strings, numbers and lists of them always make JSON")
        } else {
            Vec::new()
        };
        // Every classifier of this command wants a label, so that there is always a verdict; and what is no verdict
        // must not read as keep.
        Judged { verdict: analysis.verdict.unwrap_or(Verdict::Unsure), analysis, tag }
    }
}

/// The verdict with its reasons and the figures they rest on.
fn explained(judged: &Judged, classifier: &Classifier<'_>) -> String {
    let Judged { verdict, analysis, .. } = judged;
    let labels = classifier.model().labels();
    let reasons: Vec<&str> = analysis.reasons.iter().map(|reason| reason.name()).collect();
    let separator = if reasons.is_empty() { "" } else { ": " };
    let wanted = &classifier.policy().wanted;
    let of_wanted = |values: &[f32]| labels.find(wanted).map_or(0.0, |label| values[label.index()]);
    let content: usize = labels
        .iter()
        .filter(|label| Some(*label) != labels.boilerplate())
        .map(|label| analysis.words[label.index()])
        .sum();
    let words = labels.find(wanted).map_or(0, |label| analysis.words[label.index()]);
    let share = match content {
        0 => "no content words".to_owned(),
        _ => format!("{wanted} {:.0} % of {content} content words", 100.0 * words as f64 / content as f64),
    };
    let probability = of_wanted(&analysis.probabilities);
    format!("{verdict}{separator}{} ({share}; p({wanted}) {probability:.2})", reasons.join(", "))
}

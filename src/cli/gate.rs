//! `pagesieve gate`: which pages to keep.
//!
//! Comes in: one page, several, or records of any format. Goes out: for one page an exit code and the reason; for several
//! the paths of those to keep; for records those to keep, byte for byte unless asked for otherwise.

use std::path::Path;

use pagesieve::input::page::Page;
use pagesieve::output::Selection;
use pagesieve::{Analysis, Classifier, LabelSet, Labels, Reason, Verdict};
use serde_json::value::RawValue;

use super::Outcome;
use super::failure::{Failure, Result};
use super::input::{Input, Item};
use super::output::Output;
use super::parquet;
use super::policy::{PolicyArgs, find};
use super::reading::InputArgs;
use super::record::{Format, Made, Recording};
use super::run::{Run, RunArgs};
use super::settings::Settings;
use super::sorter::{Sorter, Way, Ways};
use super::stream::{Worked, Writer, error_line};
use super::tally::Tally;

const EXAMPLES: &str = "\
Examples:
  pagesieve gate page.html && index page.html      exit code 0 keep, 1 drop, 3 unsure
  curl -s https://example.org/ | pagesieve gate --min-words 100
  zcat crawl.jsonl.gz | pagesieve gate --drop-to dropped.jsonl > kept.jsonl
  pagesieve gate crawl.warc.gz --keep-to kept.warc.gz --audit 0.01 --audit-to look.warc.gz
  pagesieve gate pages.csv --keep-regions news --max-removed-words 0.8 > news.csv
  pagesieve gate crawl/ --output-dir kept/ --resume
  pagesieve gate crawl.jsonl --tag | jq 'select(.pagesieve.verdict == \"unsure\")'

Of one page nothing is printed but the reason, on standard error. Of several pages, or a folder, the
paths of those kept are printed, of JSON Lines, tables and crawl archives the records kept, unchanged;
a summary goes to standard error, and the exit code is 0 unless something could not be read.";

/// Decide which pages to keep, and say why not.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    inputs: InputArgs,
    #[command(flatten)]
    ways: Ways,
    /// Pass all records on, and add the verdict to each: to JSON as its member "pagesieve", to tables as columns
    #[arg(long, conflicts_with_all = ["drop_to", "unsure", "audit"])]
    tag: bool,
    /// Of the pages kept, pass on only the text with this label; may be given several times
    #[arg(long, value_name = "LABEL")]
    keep_regions: Vec<String>,
    /// What records are written as
    #[arg(long, value_enum, default_value_t = Format::Same)]
    format: Format,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    run: RunArgs,
}

/// What the gate found out about a page.
struct Judged {
    verdict: Verdict,
    reasons: Vec<Reason>,
    way: Way,
    is_audited: bool,
    /// What is written of it.
    made: Result<Made>,
}

/// Sorts records into those kept and the others.
struct Gate<'a> {
    sorter: Sorter<'a>,
    tally: Tally,
    is_tagging: bool,
    /// Whether records are written as they came.
    is_unchanged: bool,
}

/// Runs the command.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome> {
    let model = settings.load_model()?;
    let classifier = args.policy.judge(&model)?;
    let main = args.ways.keep_to().or(settings.output.as_deref());
    if let Some(missing) = parquet::MISSING.filter(|_| args.format == Format::Parquet) {
        return Err(Failure::usage(missing));
    }
    let mut run = args.run.open(&args.inputs, main, args.format.extension(), &model, settings)?;
    run.read_all_columns();
    if args.inputs.is_one_file()
        && args.is_about_verdicts()
        && let Some(page) = run.only_page()
    {
        if args.tag {
            return Err(Failure::usage("--tag adds to records, but the input is a page; use classify"));
        }
        return match page.read(run.reading()) {
            Ok(page) => Ok(page.map_or(Outcome::Drop, |page| judge_one(&page, &classifier))),
            Err(unreadable) => Err(Failure::Failed(unreadable.message)),
        };
    }
    args.judge_all(&run, &classifier, main)
}

/// Says on standard error what to do with one page.
fn judge_one(page: &Page, classifier: &Classifier<'_>) -> Outcome {
    let analysis = classifier.classify(&page.document);
    let verdict = verdict(&analysis);
    super::note(&explained(verdict, &analysis, classifier));
    match verdict {
        Verdict::Keep => Outcome::Done,
        Verdict::Drop => Outcome::Drop,
        Verdict::Unsure => Outcome::Unsure,
    }
}

/// Every classifier of this command wants a label, so that there is always a verdict; and what is no verdict must not
/// read as keep.
fn verdict(analysis: &Analysis) -> Verdict {
    analysis.verdict.unwrap_or(Verdict::Unsure)
}

impl Args {
    /// Whether of one page the exit code says all.
    fn is_about_verdicts(&self) -> bool {
        self.format == Format::Same && !self.run.has_shards() && self.ways.are_plain()
    }

    /// Sorts records into those kept and the others.
    fn judge_all(&self, run: &Run, classifier: &Classifier<'_>, main: Option<&Path>) -> Result<Outcome> {
        let labels = classifier.model().labels();
        let cut = Selection { labels: self.regions(labels)?, headline: true };
        let recording =
            Recording { format: self.format, is_tagged: self.tag, labels, reading: run.reading() };
        run.each_page(
            |places| {
                let sorter = self.ways.open(main, recording, places)?;
                Ok(Gate {
                    sorter,
                    tally: Tally::default(),
                    is_tagging: self.tag,
                    is_unchanged: self.format == Format::Same,
                })
            },
            |input, page| self.judge(input, page, run.classify(classifier, page), recording, cut),
        )
    }

    fn judge(
        &self,
        input: &Input,
        page: &Page,
        analysis: Analysis,
        recording: Recording<'_>,
        cut: Selection,
    ) -> Judged {
        let verdict = verdict(&analysis);
        let way = if self.tag { Way::Keep } else { self.ways.of(verdict) };
        let selection = if way == Way::Keep && verdict != Verdict::Drop { cut } else { Selection::ALL };
        let made = recording.write(input, page, &analysis, selection);
        let is_audited = self.ways.is_audited(&page.id);
        Judged { verdict, reasons: analysis.reasons, way, is_audited, made }
    }

    fn regions(&self, labels: &Labels) -> Result<Option<LabelSet>> {
        if self.keep_regions.is_empty() {
            return Ok(None);
        }
        self.keep_regions.iter().map(|name| find(name, labels)).collect::<Result<_>>().map(Some)
    }
}

impl Writer<Judged> for Gate<'_> {
    fn take(&mut self, input: &Input, worked: Worked<Judged>) -> Result<()> {
        match worked {
            Worked::Done(judged) => {
                let made = judged.made?;
                self.tally.count(judged.verdict, &judged.reasons);
                self.sorter.put(input, judged.way, &made, judged.is_audited)
            }
            Worked::Skipped if self.is_unchanged && input.is_about_the_archive() => {
                self.sorter.put(input, Way::Keep, &Made::AsItCame, false)
            }
            Worked::Skipped if self.is_unchanged => self.sorter.put_companion(input),
            Worked::Skipped => Ok(()),
            Worked::Unreadable(unreadable) => {
                self.tally.unreadable += 1;
                if self.is_tagging && matches!(input.item, Item::Line(_) | Item::Broken(_)) {
                    self.sorter.keep_line(&error_line(&unreadable))
                } else {
                    self.sorter.put_unreadable(input)
                }
            }
        }
    }

    fn outputs(&mut self) -> Vec<&mut Output> {
        self.sorter.outputs()
    }

    fn state(&self) -> String {
        serde_json::to_string(&(&self.tally, self.sorter.state()))
            .expect("numbers, names and lists of them always make JSON")
    }

    fn restore(&mut self, state: &str) {
        if let Ok((tally, sorter)) = serde_json::from_str::<(Tally, Box<RawValue>)>(state) {
            self.tally = tally;
            self.sorter.restore(&sorter);
        }
    }

    fn told(&self) -> String {
        self.tally.told()
    }

    fn finish(self) -> Result<()> {
        self.sorter.finish()?;
        super::note(self.tally.to_string().trim_end());
        Ok(())
    }
}

/// The verdict with its reasons and the figures they rest on.
fn explained(verdict: Verdict, analysis: &Analysis, classifier: &Classifier<'_>) -> String {
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

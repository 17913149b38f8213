//! `pagesieve classify`: what is where on pages.
//!
//! Comes in: pages. Goes out: a text view, JSON Lines of schema 1, labelled CSV to correct and train on, or attributes
//! for dolma.

use clap::ValueEnum;
use pagesieve::input::jsonl::{self, Fields};
use pagesieve::input::page::Page;
use pagesieve::output::dolma::Attributes;
use pagesieve::schema::{Detail, ModelRecord, PageRecord};
use pagesieve::{Analysis, Classifier, labelled};

use super::Outcome;
use super::failure::{Failure, Result};
use super::input::{Input, Item};
use super::output::Output;
use super::policy::PolicyArgs;
use super::reading::InputArgs;
use super::run::RunArgs;
use super::settings::Settings;
use super::stream::{Worked, Writer, error_line, json_line};
use super::table::Sheet;
use super::view;

const EXAMPLES: &str = "\
Examples:
  pagesieve classify page.html
  pagesieve classify --detail regions saved-pages/
  pagesieve classify pages.jsonl.zst --format jsonl > labelled.jsonl
  pagesieve classify documents/ --format dolma --output-dir attributes/pagesieve

  # correct the labels in a spreadsheet, then learn from them
  pagesieve classify page.html --format csv > mine.csv
  pagesieve train mine.csv --output mine.model

In the text view a blank line ends a region and * marks the page's own headline.";

/// Label every block of pages and join them into regions.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    inputs: InputArgs,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// How much of a page to tell
    #[arg(long, value_enum, default_value_t = Level::Blocks)]
    detail: Level,
    /// Cut the text view to this many columns; 0 never cuts [default: the terminal's, or 80]
    #[arg(long, value_name = "N")]
    width: Option<usize>,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Aligned text for people
    Text,
    /// One object a page
    Jsonl,
    /// One row a block, to correct and train on
    Csv,
    /// Attributes for dolma: a line for each line of its documents, with spans of every label in code points
    Dolma,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Level {
    /// The page as a whole
    Document,
    /// Its regions too
    Regions,
    /// Its blocks too
    Blocks,
}

/// The columns of text that is not for a terminal.
const WIDTH: usize = 80;

/// Runs the command.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome> {
    let model = settings.load_model()?;
    let classifier = args.policy.judge_if_wanted(&model)?;
    let record = ModelRecord::new(&model);
    let print = args.printer(&classifier, &record, settings);
    let extension = match args.format {
        Format::Text => "txt",
        Format::Csv => "csv",
        Format::Jsonl | Format::Dolma => "jsonl",
    };
    let run = args.run.open(&args.inputs, settings.output.as_deref(), Some(extension), &model, settings)?;
    let fields = &run.reading().fields;
    run.each_page(
        |places| {
            let mut output = places.main()?;
            if args.format == Format::Csv && output.is_empty() {
                output.write(&csv(labelled::write_header))?;
            }
            Ok(Printer { output, format: args.format })
        },
        |input, page| {
            let analysis = run.classify(&classifier, page);
            if args.format == Format::Dolma {
                attributes(input, page, &analysis, &classifier, fields)
            } else {
                Ok(print(page, &analysis))
            }
        },
    )
}

/// Pages on their way out.
struct Printer {
    output: Output,
    format: Format,
}

impl Writer<Result<Vec<u8>>> for Printer {
    fn take(&mut self, _: &Input, worked: Worked<Result<Vec<u8>>>) -> Result<()> {
        match worked {
            Worked::Done(printed) => self.output.write(&printed?),
            Worked::Unreadable(unreadable) => match self.format {
                Format::Jsonl => self.output.write(&error_line(&unreadable)),
                Format::Dolma => self.output.write(&json_line(&Attributes::none(&unreadable.id))),
                Format::Text | Format::Csv => Ok(()),
            },
            Worked::Skipped => Ok(()),
        }
    }

    fn outputs(&mut self) -> Vec<&mut Output> {
        vec![&mut self.output]
    }

    fn finish(self) -> Result<()> {
        self.output.finish()
    }
}

/// The line of attributes for a document of dolma.
fn attributes(
    input: &Input,
    page: &Page,
    analysis: &Analysis,
    classifier: &Classifier<'_>,
    fields: &Fields,
) -> Result<Vec<u8>> {
    let Item::Line(line) = &input.item else {
        return Err(Failure::usage(
            "dolma keeps documents in JSON Lines; attributes of anything else have no partner",
        ));
    };
    let source = jsonl::source(line, fields)?;
    let labels = classifier.model().labels();
    Ok(json_line(&Attributes::new(&page.id, &source, &page.document, analysis, labels)))
}

impl Args {
    /// What turns an analysed page into bytes.
    fn printer<'a>(
        &self,
        classifier: &'a Classifier<'_>,
        record: &'a ModelRecord,
        settings: &Settings,
    ) -> impl Fn(&Page, &Analysis) -> Vec<u8> + Sync + use<'a> {
        let labels = classifier.model().labels();
        let format = self.format;
        let detail = match self.detail {
            Level::Document => Detail::Document,
            Level::Regions => Detail::Regions,
            Level::Blocks => Detail::Blocks,
        };
        let sheet = Sheet { width: self.width(settings), is_coloured: settings.is_coloured() };
        move |page, analysis| match format {
            Format::Text => view::write(page, analysis, labels, detail, sheet).into_bytes(),
            Format::Jsonl | Format::Dolma => {
                json_line(&PageRecord::new(page, analysis, labels, record, detail))
            }
            Format::Csv => csv(|out| {
                let cell = |block: usize| labels.name(analysis.blocks[block].label).to_owned();
                labelled::write_page(out, &page.id.to_string(), &page.document, cell)
            }),
        }
    }

    fn width(&self, settings: &Settings) -> Option<usize> {
        let of_terminal = || {
            let size = settings.is_terminal().then(terminal_size::terminal_size).flatten();
            size.map_or(WIDTH, |(width, _)| usize::from(width.0))
        };
        Some(self.width.unwrap_or_else(of_terminal)).filter(|width| *width > 0)
    }
}

fn csv(write: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> csv::Result<()>) -> Vec<u8> {
    let mut out = csv::Writer::from_writer(Vec::new());
    write(&mut out).expect("writing CSV of equal rows into memory cannot fail");
    out.into_inner().expect("flushing into memory cannot fail")
}

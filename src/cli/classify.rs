//! `pagesieve classify`: what is where on pages.
//!
//! Comes in: pages. Goes out: a text view, JSON Lines of schema 1, or labelled CSV to correct and train on.

use clap::ValueEnum;
use pagesieve::input::page::Page;
use pagesieve::schema::{Detail, ModelRecord, PageRecord};
use pagesieve::{Analysis, Classifier, labelled};

use super::Outcome;
use super::failure::Result;
use super::inputs::InputArgs;
use super::policy::PolicyArgs;
use super::settings::Settings;
use super::stream::{each_page, error_line, json_line};
use super::table::Sheet;
use super::view;

const EXAMPLES: &str = "\
Examples:
  pagesieve classify page.html
  pagesieve classify --detail regions saved-pages/
  pagesieve classify pages.jsonl.zst --format jsonl > labelled.jsonl

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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Aligned text for people
    Text,
    /// One object a page
    Jsonl,
    /// One row a block, to correct and train on
    Csv,
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
    let inputs = args.inputs.open()?;
    let pool = settings.threads()?;
    let mut output = settings.output()?;
    if args.format == Format::Csv {
        output.write(&csv(labelled::write_header))?;
    }
    let outcome = each_page(
        &pool,
        inputs,
        &args.inputs.fields(),
        |page| print(page, &classifier.classify(&page.document)),
        |_, printed| match printed {
            Ok(printed) => output.write(&printed),
            Err(unreadable) if args.format == Format::Jsonl => output.write(&error_line(&unreadable)),
            Err(_) => Ok(()),
        },
    )?;
    output.finish()?;
    Ok(outcome)
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
            Format::Jsonl => json_line(&PageRecord::new(page, analysis, labels, record, detail)),
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

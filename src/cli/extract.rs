//! `pagesieve extract`: only the text of one label.
//!
//! Comes in: pages. Goes out: the text of their blocks of the labels asked for; of records, records.

use clap::ValueEnum;
use pagesieve::input::page::{Id, Page};
use pagesieve::output::{Selection, markdown, text};
use pagesieve::{Analysis, Classifier, LabelSet, Model};
use serde::Serialize;

use super::Outcome;
use super::failure::{Failure, Result};
use super::input::{Input, Item};
use super::output::Output;
use super::policy::{find, known};
use super::reading::InputArgs;
use super::run::RunArgs;
use super::settings::Settings;
use super::stream::{Worked, Writer, json_line};

const EXAMPLES: &str = "\
Examples:
  pagesieve extract page.html                      the news on the page
  pagesieve extract page.html --label listicle --label news --no-headline
  curl -s https://example.org/ | pagesieve extract --format markdown
  pagesieve extract pages.jsonl > texts.jsonl      objects with id, url and text
  pagesieve extract crawl/ --output-dir texts/     one file of texts for each archive

Blocks of HTML are separated by a blank line, those of plain text stand on lines of their own; a
blank line separates pages. Pages without such text print nothing.";

/// Print only the text of one label's regions.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    inputs: InputArgs,
    /// The label to print; may be given several times [default: the one the model's policy wants]
    #[arg(long = "label", value_name = "LABEL")]
    labels: Vec<String>,
    /// Leave out the page's own headline
    #[arg(long)]
    no_headline: bool,
    /// What to print [default: text of pages, JSON Lines of records]
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The text, with a blank line between pages
    Text,
    /// Markdown, with a rule between pages
    Markdown,
    /// Objects with id, url and text
    Jsonl,
}

/// What is printed of a record.
#[derive(Serialize)]
struct Extract<'a> {
    id: &'a Id,
    url: Option<&'a str>,
    text: &'a str,
}

/// Texts on their way out.
struct Texts {
    output: Output,
}

/// What is printed of a page, and what before it if it is not the first.
struct Printed {
    bytes: Vec<u8>,
    separator: &'static [u8],
}

/// Runs the command.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome> {
    let model = settings.load_model()?;
    let selection = Selection { labels: Some(args.labels(&model)?), headline: !args.no_headline };
    let classifier = Classifier::new(&model);
    let extension = match args.format {
        Some(Format::Text) => "txt",
        Some(Format::Markdown) => "md",
        Some(Format::Jsonl) | None => "jsonl",
    };
    let run = args.run.open(&args.inputs, settings.output.as_deref(), Some(extension), &model, settings)?;
    run.each_page(
        |places| Ok(Texts { output: places.main()? }),
        |input, page| args.print(input, page, &run.classify(&classifier, page), selection),
    )
}

impl Args {
    fn labels(&self, model: &Model) -> Result<LabelSet> {
        let wanted = &model.policy().wanted;
        if self.labels.is_empty() && wanted.is_empty() {
            return Err(Failure::usage(format!(
                "the model's policy wants none of its labels ({}); name one with --label",
                known(model.labels())
            )));
        }
        let names = if self.labels.is_empty() { std::slice::from_ref(wanted) } else { &self.labels };
        names.iter().map(|name| find(name, model.labels())).collect()
    }

    /// What is printed of a page; nothing if nothing of it is selected.
    fn print(
        &self,
        input: &Input,
        page: &Page,
        analysis: &Analysis,
        selection: Selection,
    ) -> Option<Printed> {
        let default = if matches!(input.item, Item::File { .. }) { Format::Text } else { Format::Jsonl };
        let format = self.format.unwrap_or(default);
        let text = match format {
            Format::Markdown => markdown::write(&page.document, analysis, selection),
            Format::Text | Format::Jsonl => text::write(&page.document, analysis, selection),
        };
        let separator: &[u8] = match format {
            Format::Text => b"\n",
            Format::Markdown => b"\n---\n\n",
            Format::Jsonl => b"",
        };
        let bytes = match format {
            Format::Jsonl => json_line(&Extract { id: &page.id, url: page.url.as_deref(), text: &text }),
            Format::Text | Format::Markdown => format!("{text}\n").into_bytes(),
        };
        (!text.is_empty()).then_some(Printed { bytes, separator })
    }
}

impl Writer<Option<Printed>> for Texts {
    fn take(&mut self, _: &Input, worked: Worked<Option<Printed>>) -> Result<()> {
        let Worked::Done(Some(printed)) = worked else { return Ok(()) };
        if !self.output.is_empty() {
            self.output.write(printed.separator)?;
        }
        self.output.write(&printed.bytes)
    }

    fn outputs(&mut self) -> Vec<&mut Output> {
        vec![&mut self.output]
    }

    fn finish(self) -> Result<()> {
        self.output.finish()
    }
}

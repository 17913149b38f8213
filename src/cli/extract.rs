//! `pagesieve extract`: only the text of one label.
//!
//! Comes in: pages. Goes out: the text of their blocks of the labels asked for; for JSON Lines, JSON Lines.

use pagesieve::input::page::{Id, Page};
use pagesieve::{Analysis, LabelSet, Labels, Model};
use serde::Serialize;

use super::Outcome;
use super::failure::{Failure, Result};
use super::inputs::{Input, InputArgs};
use super::policy::known;
use super::settings::Settings;
use super::stream::{each_page, json_line};

const EXAMPLES: &str = "\
Examples:
  pagesieve extract page.html                      the news on the page
  pagesieve extract page.html --label listicle --label news --no-headline
  curl -s https://example.org/ | pagesieve extract
  pagesieve extract pages.jsonl > texts.jsonl      objects with id, url and text

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
}

/// What is printed of a record.
#[derive(Serialize)]
struct Extract<'a> {
    id: &'a Id,
    url: Option<&'a str>,
    text: &'a str,
}

/// Runs the command.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome> {
    let model = settings.load_model()?;
    let labels = args.labels(&model)?;
    let classifier = pagesieve::Classifier::new(&model);
    let inputs = args.inputs.open()?;
    let pool = settings.threads()?;
    let mut output = settings.output()?;
    let mut is_first = true;
    let outcome = each_page(
        &pool,
        inputs,
        &args.inputs.fields(),
        |page| {
            let text = args.text(page, &classifier.classify(&page.document), labels);
            // Id and address are needed for records only, but cost nothing.
            (page.id.clone(), page.url.clone(), text)
        },
        |input, extracted| match (input, extracted) {
            (_, Err(_)) => Ok(()),
            (_, Ok((_, _, text))) if text.is_empty() => Ok(()),
            (Input::Line { .. }, Ok((id, url, text))) => {
                output.write(&json_line(&Extract { id: &id, url: url.as_deref(), text: &text }))
            }
            (_, Ok((_, _, text))) => {
                let before = if is_first { "" } else { "\n" };
                is_first = false;
                output.write(format!("{before}{text}\n").as_bytes())
            }
        },
    )?;
    output.finish()?;
    Ok(outcome)
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

    fn text(&self, page: &Page, analysis: &Analysis, labels: LabelSet) -> String {
        let blocks = page.document.blocks().zip(&analysis.blocks);
        let wanted = blocks.filter(|(block, found)| {
            labels.contains(found.label) && !(self.no_headline && block.is_headline())
        });
        let texts: Vec<&str> = wanted.map(|(block, _)| block.text()).collect();
        texts.join(if page.document.has_markup() { "\n\n" } else { "\n" })
    }
}

fn find(name: &str, labels: &Labels) -> Result<pagesieve::Label> {
    labels.find(name).ok_or_else(|| {
        Failure::usage(format!("the label {name:?} is not one of the model's ({})", known(labels)))
    })
}

//! `pagesieve inspect`: what is in a model.
//!
//! Comes in: a model. Goes out: its card, labels, views and policy, as text or JSON.

use std::path::PathBuf;

use pagesieve::features::View;
use pagesieve::{Model, Policy};
use serde::Serialize;

use super::Outcome;
use super::failure::Result;
use super::output::ReportFormat;
use super::settings::{Loaded, Settings};
use super::stream::json_line;
use super::table::{Sheet, Table, left, right};

const EXAMPLES: &str = "\
Examples:
  pagesieve inspect                                the model that comes with the program
  pagesieve inspect mine.model
  pagesieve inspect mine.model --format json | jq .hash";

/// Say what is in a model.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// The model [default: that of --model, else the one that comes with the program]
    #[arg(value_name = "MODEL", conflicts_with = "model")]
    path: Option<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

/// What is told of a model.
#[derive(Serialize)]
struct Inspected<'a> {
    name: &'a str,
    version: &'a str,
    hash: String,
    bytes: usize,
    pages: u64,
    labels: Vec<LabelEntry<'a>>,
    markup: bool,
    views: Vec<ViewEntry>,
    strongest_inputs: Vec<InputEntry>,
    policy: &'a Policy,
    keeps_sample: bool,
}

#[derive(Serialize)]
struct LabelEntry<'a> {
    name: &'a str,
    blocks: u64,
}

#[derive(Serialize)]
struct ViewEntry {
    name: &'static str,
    slots: usize,
    needs_markup: bool,
}

/// An input of the last step that weighs evidence.
#[derive(Serialize)]
struct InputEntry {
    name: String,
    /// How far it can move a label, in logits.
    span: f32,
}

/// How many of the strongest inputs are named.
const STRONGEST: usize = 8;

/// Runs the command.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome> {
    let model = match &args.path {
        Some(path) => Loaded::open(path)?,
        None => settings.load_model()?,
    };
    let inspected = Inspected::new(&model);
    let printed = match args.format {
        ReportFormat::Text => inspected.text().into_bytes(),
        ReportFormat::Json => json_line(&inspected),
    };
    let mut output = settings.output()?;
    output.write(&printed)?;
    output.finish()?;
    Ok(Outcome::Done)
}

impl<'a> Inspected<'a> {
    fn new(model: &'a Model) -> Self {
        let blocks = model.labels().names().iter().zip(&model.card().blocks);
        let views = View::ALL.into_iter().map(|view| ViewEntry {
            name: view.name(),
            slots: view.slots(),
            needs_markup: view.needs_markup(),
        });
        Self {
            name: &model.card().name,
            version: &model.card().version,
            hash: model.hash(),
            bytes: model.to_bytes().len(),
            pages: model.card().pages,
            labels: blocks.map(|(name, blocks)| LabelEntry { name, blocks: *blocks }).collect(),
            markup: model.knows_markup(),
            views: views.collect(),
            strongest_inputs: model
                .strongest_inputs(model.knows_markup())
                .into_iter()
                .take(STRONGEST)
                .map(|(name, span)| InputEntry { name, span })
                .collect(),
            policy: model.policy(),
            keeps_sample: model.keeps_sample(),
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let mut facts = Table::default();
        facts.row([left("name"), left(self.name)]);
        facts.row([left("trained by"), left(format!("pagesieve {}", self.version))]);
        facts.row([left("hash"), left(&self.hash)]);
        facts.row([left("size"), left(format!("{} bytes", self.bytes))]);
        facts.row([left("pages"), left(self.pages.to_string())]);
        facts.row([left("reads"), left(if self.markup { "HTML and plain text" } else { "plain text only" })]);
        let sample = if self.keeps_sample {
            "kept: train --base is exact"
        } else {
            "not kept: train --base keeps the fusions"
        };
        facts.row([left("training pages"), left(sample)]);
        facts.write(Sheet::PLAIN, &mut out);

        out.push_str("\nLabels\n");
        let mut labels = Table::default();
        for label in &self.labels {
            labels.row([left(format!("  {}", label.name)), right(label.blocks), left("blocks")]);
        }
        labels.write(Sheet::PLAIN, &mut out);

        out.push_str("\nViews\n");
        let mut views = Table::default();
        for view in &self.views {
            let pages = if view.needs_markup { "slots, HTML only" } else { "slots" };
            views.row([left(format!("  {}", view.name)), right(view.slots), left(pages)]);
        }
        views.write(Sheet::PLAIN, &mut out);

        let of_pages = if self.markup { "HTML pages" } else { "plain text" };
        out.extend(["\nWhat decides most on ", of_pages, ", in logits\n"]);
        let mut inputs = Table::default();
        for input in &self.strongest_inputs {
            inputs.row([left(format!("  {}", input.name)), right(format!("{:.1}", input.span))]);
        }
        inputs.write(Sheet::PLAIN, &mut out);

        out.push_str("\nPolicy\n");
        out.push_str(&self.policy_text());
        out
    }

    fn policy_text(&self) -> String {
        let Policy {
            wanted,
            min_words,
            min_share,
            max_listicle,
            max_removed_words,
            min_confidence,
            drop_below,
        } = self.policy;
        let wanted = if wanted.is_empty() { "(none: name one with --wanted)" } else { wanted };
        let mut table = Table::default();
        table.row([left("  wanted"), left(wanted)]);
        table.row([left("  min-words"), left(min_words.to_string())]);
        table.row([left("  min-share"), left(min_share.to_string())]);
        table.row([left("  max-listicle"), left(max_listicle.to_string())]);
        table.row([left("  max-removed-words"), left(max_removed_words.to_string())]);
        table.row([left("  min-confidence"), left(min_confidence.to_string())]);
        if let Some(probability) = drop_below {
            table.row([left("  drop-below"), left(probability.to_string())]);
        }
        let mut out = String::new();
        table.write(Sheet::PLAIN, &mut out);
        out
    }
}

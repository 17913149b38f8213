//! The commands, one file each, and the nouns they share.
//!
//! Comes in: arguments. Goes out: an [`Outcome`], or the [`Failure`] that stopped the command.

mod batches;
mod calibrate;
mod classify;
mod companions;
mod eval;
mod extract;
mod failure;
mod figures;
mod files;
mod gate;
mod held_out;
mod input;
mod inputs;
mod inspect;
mod interrupt;
mod journal;
mod labelled;
mod limits;
mod output;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "no_parquet.rs"]
mod parquet;
mod policy;
mod progress;
mod queue;
mod reading;
mod record;
mod records;
mod run;
mod settings;
mod shard;
mod shell;
mod site;
mod sorter;
mod stream;
mod table;
mod tally;
mod train;
mod view;
mod workers;

use std::ffi::OsString;
use std::io::Write;

use clap::{CommandFactory, Parser, Subcommand};

use failure::{Failure, Result};
use settings::Settings;

/// How a command that ran to its end went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All done, and a gated page is to be kept.
    Done,
    /// The gated page is to be dropped.
    Drop,
    /// The gate cannot tell.
    Unsure,
    /// Some records could not be read; they were reported one by one.
    Incomplete,
    /// Somebody stopped it.
    Interrupted,
}

impl Outcome {
    /// The exit code of the process.
    pub fn exit_code(self) -> std::process::ExitCode {
        match self {
            Self::Done => 0.into(),
            Self::Drop => 1.into(),
            Self::Unsure => 3.into(),
            Self::Incomplete => 4.into(),
            Self::Interrupted => interrupt::EXIT_CODE.into(),
        }
    }
}

/// Split web pages into news, listicle and boilerplate regions, and gate scraper pipelines with the result.
#[derive(Parser)]
#[command(name = "pagesieve", bin_name = "pagesieve", version, max_term_width = 100, disable_help_subcommand = true, after_long_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    settings: Settings,
}

const EXAMPLES: &str = "\
Examples:
  pagesieve classify page.html                     what is where on a page
  pagesieve extract page.html                      only the news on it
  pagesieve gate page.html && index page.html      act on the verdict
  zcat pages.jsonl.gz | pagesieve gate > kept.jsonl

Exit codes: 0 keep, or all done; 1 drop; 3 unsure; 2 wrong usage; 4 an input, model or output failed.";

#[derive(Subcommand)]
enum Command {
    /// Label every block of pages and join them into regions
    Classify(classify::Args),
    /// Print only the text of one label's regions
    Extract(extract::Args),
    /// Decide which pages to keep, and say why not
    Gate(gate::Args),
    /// Train a model from labelled CSV
    Train(train::Args),
    /// Measure a model on labelled CSV, or on a corpus
    Eval(eval::Args),
    /// Make probabilities true, and choose the gate's thresholds for a goal
    Calibrate(calibrate::Args),
    /// Say what is in a model
    Inspect(inspect::Args),
    /// Print a script that completes pagesieve's arguments in a shell
    Completions(shell::CompletionsArgs),
    /// Print the manual page, or write one a command into a folder
    Man(shell::ManArgs),
}

/// Reads the arguments; none if they asked for help or the version, which is then printed.
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Option<Arguments>> {
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => Ok(Some(arguments)),
        Err(error) if error.use_stderr() => Err(Failure::from_usage(&error)),
        Err(help) => {
            // As elsewhere, a reader that went away is no failure.
            match help.print() {
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                    Err(Failure::output("standard output".as_ref(), &error))
                }
                _ => Ok(None),
            }
        }
    }
}

/// Runs the command that the arguments name.
pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let settings = &arguments.settings;
    match &arguments.command {
        Command::Classify(args) => classify::run(args, settings),
        Command::Extract(args) => extract::run(args, settings),
        Command::Gate(args) => gate::run(args, settings),
        Command::Train(args) => train::run(args, settings),
        Command::Eval(args) => eval::run(args, settings),
        Command::Calibrate(args) => calibrate::run(args, settings),
        Command::Inspect(args) => inspect::run(args, settings),
        Command::Completions(args) => shell::completions(args, Arguments::command(), settings),
        Command::Man(_) => shell::man(Arguments::command(), settings),
    }
}

/// Writes a line to standard error. That nobody reads it must not stop the work.
fn note(message: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{message}");
}

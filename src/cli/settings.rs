//! Settings that mean the same for every command.
//!
//! Comes in: the global arguments. Goes out: a model, threads, an output.

use std::io::{self, IsTerminal};
use std::ops::Deref;
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use pagesieve::Model;

use super::failure::Result;
use super::output::Output;
use super::workers::Workers;

/// Settings of every command.
#[derive(clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Settings {
    /// Use this model instead of the one that comes with the program
    #[arg(long, global = true, value_name = "PATH")]
    pub model: Option<PathBuf>,
    /// Use this many threads [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Write to this file instead of standard output; it is replaced only when all went well
    #[arg(long, global = true, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Colour text for people [default: auto, which is on a terminal, unless `NO_COLOR` is set]
    #[arg(
        long,
        global = true,
        value_name = "auto|always|never",
        value_enum,
        default_value_t = Color::Auto,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub color: Color,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A model that is used for the whole run.
pub enum Loaded {
    /// The one in the program.
    Embedded(&'static Model),
    /// One that was read from a file.
    Opened(Box<Model>),
}

impl Loaded {
    /// Reads a model from a file.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self::Opened(Box::new(Model::open(path)?)))
    }
}

impl Deref for Loaded {
    type Target = Model;

    fn deref(&self) -> &Model {
        match self {
            Self::Embedded(model) => model,
            Self::Opened(model) => model,
        }
    }
}

impl Settings {
    /// The model to use.
    pub fn load_model(&self) -> Result<Loaded> {
        Ok(match &self.model {
            Some(path) => Loaded::open(path)?,
            None => Loaded::Embedded(Model::default_model()?),
        })
    }

    /// The threads to use.
    pub fn workers(&self) -> Workers {
        Workers::new(self.threads)
    }

    /// Where to write.
    pub fn output(&self) -> Result<Output> {
        Output::open(self.output.as_deref())
    }

    /// Whether the output is for a person at a terminal.
    pub fn is_terminal(&self) -> bool {
        self.output.is_none() && io::stdout().is_terminal()
    }

    /// Whether to colour text.
    pub fn is_coloured(&self) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => self.is_terminal() && AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        }
    }
}

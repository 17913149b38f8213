//! Failures: why a command stopped.
//!
//! Comes in: errors of the library, of arguments and of writing. Goes out: one line on standard error and an exit code.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use pagesieve::{Error, ErrorKind};

/// A result of the command line.
pub type Result<T> = std::result::Result<T, Failure>;

/// Why a command stopped.
#[derive(Debug)]
pub enum Failure {
    /// The arguments make no sense.
    Usage(String),
    /// An input, model or output failed.
    Failed(String),
    /// Somebody stopped it before there was anything to go on from.
    Interrupted,
    /// Nobody reads the output any more, which is how `pagesieve … | head` ends.
    ClosedPipe,
}

impl Failure {
    /// Wrong usage, with what to do.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// A failed write to `path`.
    pub fn output(path: &Path, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Failed(format!("{}: cannot write it: {error}", path.display()))
        }
    }

    /// The same failure of a run that has a checkpoint to go on from.
    #[must_use]
    pub fn or_resume(self) -> Self {
        match self {
            Self::Failed(message) => {
                Self::Failed(format!("{message}; what was done is safe, and --resume goes on from there"))
            }
            other => other,
        }
    }

    /// What clap has against the arguments, as one line.
    pub fn from_usage(error: &clap::Error) -> Self {
        use clap::error::ErrorKind::{DisplayHelpOnMissingArgumentOrSubcommand, MissingSubcommand};
        if matches!(error.kind(), DisplayHelpOnMissingArgumentOrSubcommand | MissingSubcommand) {
            return Self::usage("no command given; `pagesieve --help` lists them");
        }
        let rendered = error.render().to_string();
        let mut message = String::new();
        let told = rendered.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
        for line in told.filter(|line| !line.is_empty() && !line.starts_with("For more information")) {
            if !message.is_empty() {
                message.push_str(if message.ends_with(':') { " " } else { "; " });
            }
            message.push_str(line.strip_prefix("error: ").unwrap_or(line));
        }
        Self::Usage(message)
    }

    /// Says on standard error what happened, and gives the exit code.
    pub fn report(&self) -> ExitCode {
        match self {
            Self::Usage(message) => {
                super::note(&format!("pagesieve: {message}"));
                2.into()
            }
            Self::Failed(message) => {
                super::note(&format!("pagesieve: {message}"));
                4.into()
            }
            Self::Interrupted => super::interrupt::EXIT_CODE.into(),
            Self::ClosedPipe => ExitCode::SUCCESS,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if error.is_closed_pipe() {
            Self::ClosedPipe
        } else if error.kind() == ErrorKind::Policy {
            Self::Usage(error.to_string())
        } else {
            Self::Failed(error.to_string())
        }
    }
}

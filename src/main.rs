//! The command line: arguments to a command, a command's outcome to an exit code.
//!
//! Comes in: arguments. Goes out: what the command printed, and how it ended: 0 kept or all done, 1 drop, 3 unsure,
//! 2 wrong usage, 4 an input, model or output that failed.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match cli::parse(std::env::args_os()) {
        Ok(Some(command)) => cli::run(&command),
        Ok(None) => return ExitCode::SUCCESS,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(outcome) => outcome.exit_code(),
        Err(failure) => failure.report(),
    }
}

//! The command line as its users meet it: arguments and files in, output, messages and exit codes out.

// A test that panics has failed, which is what is meant.
#![allow(clippy::unwrap_used)]

#[path = "cli/helpers.rs"]
mod helpers;

#[path = "cli/calibrate.rs"]
mod calibrate;
#[path = "cli/classify.rs"]
mod classify;
#[path = "cli/eval.rs"]
mod eval;
#[path = "cli/extract.rs"]
mod extract;
#[path = "cli/formats.rs"]
mod formats;
#[path = "cli/gate.rs"]
mod gate;
#[path = "cli/inputs.rs"]
mod inputs;
#[path = "cli/long_runs.rs"]
mod long_runs;
#[path = "cli/output.rs"]
mod output;
#[cfg(feature = "parquet")]
#[path = "cli/parquet.rs"]
mod parquet;
#[path = "cli/train.rs"]
mod train;

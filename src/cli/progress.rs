//! Progress: how far a run has come, for whoever watches.
//!
//! Comes in: bytes read and what came of the pages. Goes out: a bar on standard error if that is a terminal, or a line
//! now and then if asked for.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{BinaryBytes, HumanDuration, ProgressBar, ProgressStyle};

/// When to show progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Show {
    /// A bar, if standard error is a terminal and the output is not
    Auto,
    /// A bar or, where there is no terminal, a line every two seconds
    Always,
    /// Nothing
    Never,
}

/// Between two lines, or two changes of the bar.
const LINE: Duration = Duration::from_secs(2);
const FRAME: Duration = Duration::from_millis(100);

/// How far a run has come.
pub struct Progress {
    read_bytes: Arc<AtomicU64>,
    total_bytes: Option<u64>,
    started: Instant,
    /// When it was last shown; the first time comes at once.
    shown: Option<Instant>,
    how: How,
}

enum How {
    Bar(ProgressBar),
    Lines,
    Not,
}

impl Progress {
    /// Watches `read_bytes` grow to `total_bytes`, if that is known.
    pub fn new(
        show: Show,
        is_output_terminal: bool,
        read_bytes: Arc<AtomicU64>,
        total_bytes: Option<u64>,
    ) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let how = match show {
            Show::Never => How::Not,
            Show::Auto if is_output_terminal || !is_terminal => How::Not,
            Show::Always if !is_terminal => How::Lines,
            Show::Auto | Show::Always => How::Bar(bar(total_bytes)),
        };
        Self { read_bytes, total_bytes, started: Instant::now(), shown: None, how }
    }

    /// Shows how far it is, if that was not just done. `pages` and `told` say what came of the pages.
    pub fn show(&mut self, pages: u64, told: impl FnOnce() -> String) {
        let pace = if matches!(self.how, How::Lines) { LINE } else { FRAME };
        if matches!(self.how, How::Not) || self.shown.is_some_and(|shown| shown.elapsed() < pace) {
            return;
        }
        self.shown = Some(Instant::now());
        let read = self.read_bytes.load(Ordering::Relaxed);
        let per_second = pages as f64 / self.started.elapsed().as_secs_f64();
        let message = format!("{per_second:.0} pages/s  {}", told());
        match &self.how {
            How::Bar(bar) => {
                bar.set_position(read);
                bar.set_message(message);
            }
            How::Lines => {
                let of =
                    self.total_bytes.map_or(String::new(), |total| format!(" of {}", BinaryBytes(total)));
                let left =
                    self.left(read).map_or(String::new(), |left| format!("  {} left", HumanDuration(left)));
                super::note(&format!("{}{of}  {message}{left}", BinaryBytes(read)));
            }
            How::Not => {}
        }
    }

    /// Takes the bar away, so that messages stand alone.
    pub fn finish(&self) {
        if let How::Bar(bar) = &self.how {
            bar.finish_and_clear();
        }
    }

    /// The time that the rest will take at the pace so far.
    fn left(&self, read: u64) -> Option<Duration> {
        let total = self.total_bytes.filter(|total| read > 0 && *total >= read)?;
        Some(self.started.elapsed().mul_f64((total - read) as f64 / read as f64))
    }
}

fn bar(total_bytes: Option<u64>) -> ProgressBar {
    let template = match total_bytes {
        Some(_) => "{bar:20} {binary_bytes}/{binary_total_bytes}  {msg}  {eta} left",
        None => "{spinner} {binary_bytes}  {msg}",
    };
    let style = ProgressStyle::with_template(template).expect("the template is a constant that parses");
    let bar = total_bytes.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    bar.with_style(style)
}

//! A stream of pages: every input read and worked on, in parallel, with the unreadable ones reported.
//!
//! Comes in: [`Inputs`] and the work. Goes out: results in order to a [`Writer`], messages on standard error, and from
//! time to time a checkpoint in the journal.

use std::time::{Duration, Instant};

use pagesieve::input::page::Page;
use pagesieve::schema::ErrorRecord;
use serde::{Deserialize, Serialize};

use super::Outcome;
use super::batches::{Sink, in_order};
use super::failure::{Failure, Result};
use super::input::{Input, Unreadable};
use super::inputs::{Inputs, Place};
use super::interrupt;
use super::journal::{Checkpoint, Journal};
use super::output::Output;
use super::progress::Progress;
use super::reading::Reading;
use super::workers::Workers;

/// What became of an input.
pub enum Worked<T> {
    /// It was a page, and this came of it.
    Done(T),
    /// It holds no page.
    Skipped,
    /// It cannot be read.
    Unreadable(Unreadable),
}

/// Where the results of a command go.
pub trait Writer<T> {
    /// Writes what came of an input, in the order of the inputs.
    fn take(&mut self, input: &Input, worked: Worked<T>) -> Result<()>;

    /// All that is written to, in the order it was opened.
    fn outputs(&mut self) -> Vec<&mut Output>;

    /// What to know, besides the outputs, to go on from here; as JSON.
    fn state(&self) -> String {
        String::new()
    }

    /// Goes on from such a state.
    fn restore(&mut self, _state: &str) {}

    /// What came of the pages so far, in a few words.
    fn told(&self) -> String {
        String::new()
    }

    /// Puts the outputs in their places.
    fn finish(self) -> Result<()>;
}

/// What came of the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Pages and what cannot be read.
    pub read: u64,
    /// Records without a page.
    pub skipped: u64,
    /// What cannot be read.
    pub unreadable: u64,
}

/// A stream of pages on its way through a command.
pub struct Stream<'a, W> {
    /// How the inputs are read.
    pub reading: &'a Reading,
    /// Where the results go.
    pub writer: W,
    /// What came of the inputs, also in the runs that this one goes on with.
    pub counts: Counts,
    /// The journal, if the run can be gone on with, and the task's hash.
    pub journal: Option<(Journal, u64)>,
    /// Who watches.
    pub progress: Progress,
}

/// How often a checkpoint is made.
const CHECKPOINT: Duration = Duration::from_millis(500);

impl<W> Stream<'_, W> {
    /// Reads every input from `place` on and does `work` on its page; the writer gets each input with what came of it,
    /// in order. What cannot be read is reported, and the rest goes on.
    pub fn run<T: Send>(
        mut self,
        workers: &Workers,
        inputs: Inputs,
        place: Place,
        work: impl Fn(&Input, &Page) -> T + Sync,
    ) -> Result<Outcome>
    where
        W: Writer<T>,
    {
        let reading = self.reading;
        let is_resumed = place != Place::default();
        let mut flow = Flow { stream: &mut self, place, secured: None, is_stopped: false };
        let worked = |input: &Input| match input.read(reading) {
            Ok(Some(page)) => Worked::Done(work(input, &page)),
            Ok(None) => Worked::Skipped,
            Err(unreadable) => Worked::Unreadable(unreadable),
        };
        let done = in_order(workers, inputs, Input::size, worked, &mut flow);
        let (is_secure, is_stopped) = (is_resumed || flow.secured.is_some(), flow.is_stopped);
        self.progress.finish();
        match done {
            // The same command would come to the same end.
            Err(failure @ Failure::Usage(_)) => {
                self.writer.outputs().into_iter().for_each(Output::forget);
                self.journal.into_iter().for_each(|(journal, _)| journal.finish());
                return Err(failure);
            }
            Err(failure) if is_secure => return Err(failure.or_resume()),
            done => done?,
        }
        if is_stopped {
            let counts = self.counts;
            super::note(&format!(
                "pagesieve: interrupted after {} records; {}",
                counts.read + counts.skipped,
                if is_secure {
                    "the same command with --resume goes on from here"
                } else {
                    "the rest was not read"
                }
            ));
            if !is_secure {
                self.writer.outputs().into_iter().try_for_each(Output::flush)?;
            }
            return Ok(Outcome::Interrupted);
        }
        self.writer.finish().map_err(|failure| if is_secure { failure.or_resume() } else { failure })?;
        if let Some((journal, _)) = self.journal {
            journal.finish();
        }
        Ok(self.counts.report())
    }
}

/// A stream at work.
struct Flow<'s, 'a, W> {
    stream: &'s mut Stream<'a, W>,
    place: Place,
    /// When this run made its last checkpoint.
    secured: Option<Instant>,
    is_stopped: bool,
}

impl<T, W: Writer<T>> Sink<Input, Worked<T>> for Flow<'_, '_, W> {
    fn take(&mut self, input: Input, worked: Worked<T>) -> Result<()> {
        let counts = &mut self.stream.counts;
        match &worked {
            Worked::Done(_) => counts.read += 1,
            Worked::Skipped => counts.skipped += u64::from(input.holds_content()),
            Worked::Unreadable(unreadable) => {
                counts.read += 1;
                counts.unreadable += 1;
                super::note(&format!("pagesieve: {}", unreadable.message));
            }
        }
        self.stream.writer.take(&input, worked)?;
        self.place = input.place;
        Ok(())
    }

    fn pause(&mut self) -> Result<bool> {
        let stream = &mut *self.stream;
        stream.progress.show(stream.counts.read, || stream.writer.told());
        self.is_stopped = interrupt::has_come();
        let is_resumable = stream.writer.outputs().iter().all(|output| output.is_resumable());
        if let Some((journal, task)) = stream.journal.as_mut().filter(|_| is_resumable) {
            if self.is_stopped || self.secured.is_none_or(|secured| secured.elapsed() >= CHECKPOINT) {
                let mut parts = Vec::new();
                for output in stream.writer.outputs() {
                    parts.extend(output.secure()?);
                }
                let state = stream.writer.state();
                let counts = stream.counts;
                journal.add(Checkpoint { task: *task, place: self.place, parts, counts, state, check: 0 })?;
                self.secured = Some(Instant::now());
            }
        } else {
            // Whoever reads a pipe gets what there is.
            stream
                .writer
                .outputs()
                .into_iter()
                .filter(|output| !output.is_file())
                .try_for_each(Output::flush)?;
        }
        Ok(!self.is_stopped)
    }
}

impl Counts {
    /// Says how much could not be read, and gives the outcome.
    fn report(self) -> Outcome {
        if self.skipped > 0 {
            super::note(&format!(
                "pagesieve: {} records without HTML or plain text passed over",
                self.skipped
            ));
        }
        if self.unreadable == 0 {
            return Outcome::Done;
        }
        if self.read > 1 {
            super::note(&format!(
                "pagesieve: {} of {} records could not be read",
                self.unreadable, self.read
            ));
        }
        Outcome::Incomplete
    }
}

/// The line of JSON that stands for a record that could not be read.
pub fn error_line(unreadable: &Unreadable) -> Vec<u8> {
    json_line(&ErrorRecord::new(&unreadable.id, &unreadable.message))
}

/// `record` as a line of JSON.
pub fn json_line(record: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(record).expect("strings, numbers and lists of them always make JSON");
    line.push(b'\n');
    line
}

//! Records: the lines of corpus files, worked on in parallel.
//!
//! Comes in: a corpus file and the work. Goes out: results in the order of the lines, whatever the number of threads. A
//! record that cannot be read is reported, and the others go on.

use std::marker::PhantomData;
use std::path::Path;

use pagesieve::corpus::Record;
use pagesieve::input::jsonl::{Line, Lines};
use pagesieve::input::page::Unreadable;
use pagesieve::input::source;

use super::batches::{Sink, in_order};
use super::failure::Result;
use super::workers::Workers;

/// A line as far as it could be read.
type Input = std::result::Result<Line, Unreadable>;

/// Takes results, and reports the records that gave none.
struct Taken<'a, T, Take: FnMut(T)> {
    file: &'a Path,
    take: Take,
    unreadable: u64,
    results: PhantomData<T>,
}

impl<T, Take: FnMut(T)> Sink<Input, pagesieve::Result<Option<T>>> for Taken<'_, T, Take> {
    fn take(&mut self, input: Input, output: pagesieve::Result<Option<T>>) -> Result<()> {
        match (input, output) {
            (Ok(_), Ok(result)) => result.into_iter().for_each(&mut self.take),
            (Ok(line), Err(error)) => self.report(error.on_line(line.number)),
            (Err(unreadable), _) => self.report(unreadable.error),
        }
        Ok(())
    }

    fn pause(&mut self) -> Result<bool> {
        Ok(true)
    }
}

impl<T, Take: FnMut(T)> Taken<'_, T, Take> {
    fn report(&mut self, error: pagesieve::Error) {
        self.unreadable += 1;
        super::note(&format!("pagesieve: {}", error.at(self.file)));
    }
}

/// Does `work` on every record of `file` and passes what comes of it to `take`, in order. Gives the number of records
/// that could not be read.
pub fn each_record<T: Send>(
    workers: &Workers,
    file: &Path,
    work: impl Fn(&Record) -> pagesieve::Result<Option<T>> + Sync,
    take: impl FnMut(T),
) -> Result<u64> {
    let mut taken = Taken { file, take, unreadable: 0, results: PhantomData };
    let size = |input: &Input| input.as_ref().map_or(0, |line| line.bytes.len());
    let worked = |input: &Input| match input {
        Ok(line) => Record::parse(&line.bytes).and_then(|record| work(&record)),
        Err(_) => Ok(None),
    };
    in_order(workers, Lines::new(source::open(file)?), size, worked, &mut taken)?;
    Ok(taken.unreadable)
}

//! Records: the lines of corpus files, worked on in parallel.
//!
//! Comes in: a corpus file and the work. Goes out: results in the order of the lines, whatever the number of threads. A
//! record that cannot be read is reported, and the others go on.

use std::path::Path;

use pagesieve::corpus::Record;
use pagesieve::input::jsonl::{Line, Lines};
use pagesieve::input::source;
use rayon::ThreadPool;

use super::batches::in_order;
use super::failure::{Failure, Result};

/// Does `work` on every record of `file` and passes what comes of it to `take`, in order. Gives the number of records
/// that could not be read.
pub fn each_record<T: Send>(
    pool: &ThreadPool,
    file: &Path,
    work: impl Fn(&Record) -> pagesieve::Result<Option<T>> + Sync,
    mut take: impl FnMut(T),
) -> Result<u64> {
    let mut failed = None;
    let lines = Lines::new(source::open(file)?);
    let lines = lines.map_while(|line| line.map_err(|error| failed = Some(error)).ok());
    let worked = |line: &Line| {
        let record = Record::parse(&line.bytes).and_then(|record| work(&record));
        record.map_err(|error| format!("{}:{}: {error}", file.display(), line.number))
    };
    let mut unreadable = 0;
    in_order(
        pool,
        lines,
        |line| line.bytes.len(),
        worked,
        |_, worked| {
            match worked {
                Ok(result) => result.into_iter().for_each(&mut take),
                Err(message) => {
                    unreadable += 1;
                    super::note(&format!("pagesieve: {message}"));
                }
            }
            Ok(())
        },
    )?;
    match failed {
        None => Ok(unreadable),
        Some(error) => Err(Failure::Failed(format!("{}: cannot read it: {error}", file.display()))),
    }
}

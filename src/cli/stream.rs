//! A stream of pages: every input read and worked on, in parallel, with the unreadable ones reported.
//!
//! Comes in: [`Inputs`] and the work. Goes out: results in order, messages on standard error, an [`Outcome`].

use pagesieve::input::jsonl::Fields;
use pagesieve::input::page::Page;
use pagesieve::schema::ErrorRecord;
use rayon::ThreadPool;

use super::Outcome;
use super::batches::in_order;
use super::failure::Result;
use super::inputs::{Input, Unreadable};

/// What became of an input.
pub type Worked<T> = std::result::Result<T, Unreadable>;

/// Reads every input and does `work` on its page; `take` gets each input with what came of it, in order. What cannot
/// be read is reported, and the rest goes on.
pub fn each_page<T: Send>(
    pool: &ThreadPool,
    inputs: impl Iterator<Item = Input>,
    fields: &Fields,
    work: impl Fn(&Page) -> T + Sync,
    mut take: impl FnMut(Input, Worked<T>) -> Result<()>,
) -> Result<Outcome> {
    let (mut read, mut unreadable) = (0_u64, 0_u64);
    in_order(
        pool,
        inputs,
        Input::size,
        |input| input.read(fields).map(|page| work(&page)),
        |input, worked| {
            read += 1;
            if let Err(failed) = &worked {
                unreadable += 1;
                super::note(&format!("pagesieve: {}", failed.message));
            }
            take(input, worked)
        },
    )?;
    if unreadable == 0 {
        return Ok(Outcome::Done);
    }
    if read > 1 {
        super::note(&format!("pagesieve: {unreadable} of {read} records could not be read"));
    }
    Ok(Outcome::Incomplete)
}

/// The line of JSON that stands for a record that could not be read.
pub fn error_line(unreadable: &Unreadable) -> Vec<u8> {
    json_line(&ErrorRecord::new(&unreadable.id, &unreadable.message))
}

/// `record` as a line of JSON.
pub fn json_line(record: &impl serde::Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(record).expect("strings, numbers and lists of them always make JSON");
    line.push(b'\n');
    line
}

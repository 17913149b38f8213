//! Epochs: how often the fits go through their rows.
//!
//! Comes in: how many rows are fitted to. Goes out: [`Epochs`]. What few rows have to say is soon learned, and then by
//! heart; of many there is more to learn than their noise.

/// From so many rows on, more epochs are worth their time.
const MANY_ROWS: usize = 50_000;

/// How often each fit goes through its rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Epochs {
    /// Adjusting the tables.
    pub adjusting: usize,
    /// Fitting the fusions, in each run.
    pub fitting: usize,
    /// How many runs, each in an order of its own, a fusion is the mean of.
    pub runs: u64,
}

impl Epochs {
    /// The epochs for so many rows, as held-out pages ask for them. With one to four thousand rows one pass of adjusting in
    /// place of four gives the same macro F1 on our own pages and on headlines, .01 to .04 more on plain-text lines, and
    /// takes a quarter of the time; without any, lines lose as much. With half a million rows six passes give .002 more.
    ///
    /// Where a run ends depends on its order, by as much as ±.02 of macro F1 on plain-text lines. With half a million rows
    /// the mean of four runs is .007 better on held-out lines and .003 on held-out blocks than one, and takes more than
    /// twice the time.
    pub fn over(rows: usize) -> Self {
        if rows < MANY_ROWS {
            Self { adjusting: 1, fitting: 5, runs: 1 }
        } else {
            Self { adjusting: 6, fitting: 10, runs: 4 }
        }
    }
}

//! The tally: how many pages the gate kept, dropped or could not tell, and why.
//!
//! Comes in: verdicts with reasons. Goes out: the summary of a run.

use std::collections::BTreeMap;
use std::fmt;

use pagesieve::{Reason, Verdict};
use serde::{Deserialize, Serialize};

use super::table::{Sheet, Table, left, right};

/// Counts of verdicts and reasons.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    kept: u64,
    dropped: u64,
    unsure: u64,
    reasons: BTreeMap<Reason, u64>,
    /// Records that could not be read.
    pub unreadable: u64,
}

impl Tally {
    /// Counts a page.
    pub fn count(&mut self, verdict: Verdict, reasons: &[Reason]) {
        match verdict {
            Verdict::Keep => self.kept += 1,
            Verdict::Drop => self.dropped += 1,
            Verdict::Unsure => self.unsure += 1,
        }
        for reason in reasons {
            *self.reasons.entry(*reason).or_default() += 1;
        }
    }
}

impl Tally {
    /// The counts of verdicts in a few words.
    pub fn told(&self) -> String {
        format!("{} kept, {} dropped, {} unsure", self.kept, self.dropped, self.unsure)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table.row([left("keep"), right(self.kept)]);
        table.row([left("drop"), right(self.dropped)]);
        // Only an unsure page has this reason, and it has no other.
        let of_drop = self.reasons.iter().filter(|(reason, _)| **reason != Reason::LowConfidence);
        for (reason, count) in of_drop {
            table.row([left(format!("  {reason}")), right(count)]);
        }
        table.row([left("unsure"), right(self.unsure)]);
        if let Some(count) = self.reasons.get(&Reason::LowConfidence) {
            table.row([left(format!("  {}", Reason::LowConfidence)), right(count)]);
        }
        if self.unreadable > 0 {
            table.row([left("unreadable"), right(self.unreadable)]);
        }
        let mut text = String::new();
        table.write(Sheet::PLAIN, &mut text);
        out.write_str(&text)
    }
}

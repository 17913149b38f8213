//! Marks: places between two records of a file.
//!
//! Comes in: how far a reader has come. Goes out: what it takes to go on from there without reading what comes before.

use serde::{Deserialize, Serialize};

/// A place between two records of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mark {
    /// The bytes of the file that come before, packed as they are.
    pub bytes: u64,
    /// The lines that come before, blank ones counted; 0 in crawl archives.
    pub lines: u64,
    /// The records that come before, those that cannot be read counted.
    pub records: u64,
}

//! The journal: how far a run has come, safe on the disk.
//!
//! Comes in: after every stretch of work, where the inputs and outputs stand. Goes out: after a crash, the last place
//! that is safe to go on from. A line is an object; one that was not written to its end does not count.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::failure::{Failure, Result};
use super::inputs::Place;
use super::output::Part;
use super::stream::Counts;

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// What the run does, as a hash: to go on with another makes no sense.
    pub task: u64,
    /// How far the inputs have been read.
    pub place: Place,
    /// The outputs in the order they were opened.
    pub parts: Vec<Part>,
    /// What came of the inputs so far.
    pub counts: Counts,
    /// What the command counts besides, as JSON.
    pub state: String,
    /// A hash of all of the above, by which a torn line is known.
    pub check: u64,
}

/// The journal of one run.
pub struct Journal {
    path: PathBuf,
    file: Option<File>,
}

impl Journal {
    /// The journal at `path`, which is made at the first checkpoint.
    pub fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// The last checkpoint in it; none if there is no journal, or none came that far.
    pub fn last(&self) -> Result<Option<Checkpoint>> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(last(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(Failure::Failed(format!("{}: cannot read the journal: {error}", self.path.display())))
            }
        }
    }

    /// Deletes what an earlier run left that is not gone on with.
    pub fn forget(&self) {
        if let Ok(Some(checkpoint)) = self.last() {
            for part in checkpoint.parts {
                // What cannot be deleted is in nobody's way.
                let _ = fs::remove_file(part.beside);
            }
        }
        let _ = fs::remove_file(&self.path);
    }

    /// Adds a checkpoint, and waits until it is safe.
    pub fn add(&mut self, mut checkpoint: Checkpoint) -> Result<()> {
        checkpoint.check = checkpoint.checksum();
        let line = super::stream::json_line(&checkpoint);
        let mut add = || {
            if self.file.is_none() {
                self.file = Some(OpenOptions::new().create(true).append(true).open(&self.path)?);
            }
            let Some(file) = &mut self.file else { return Ok(()) };
            // A torn line of an earlier run ends here.
            file.write_all(&[b"\n", &line[..]].concat())?;
            file.sync_data()
        };
        add().map_err(|error| Failure::output(&self.path, &error))
    }

    /// Deletes the journal once the outputs are in their places.
    pub fn finish(self) {
        let _ = fs::remove_file(&self.path);
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Checkpoint {
    fn checksum(&self) -> u64 {
        let content = (self.task, &self.place, &self.parts, &self.counts, &self.state);
        hash(&serde_json::to_vec(&content).unwrap_or_default())
    }
}

/// The last whole checkpoint in the lines of a journal.
fn last(bytes: &[u8]) -> Option<Checkpoint> {
    let lines = bytes.split(|byte| *byte == b'\n').rev();
    let mut checkpoints = lines.filter_map(|line| serde_json::from_slice::<Checkpoint>(line).ok());
    checkpoints.find(|checkpoint| checkpoint.check == checkpoint.checksum())
}

/// A hash of `bytes` that is the same everywhere and always: FNV-1a, mixed at the end so that all bits count.
pub fn hash(bytes: &[u8]) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(record: u64) -> Checkpoint {
        let parts = vec![Part { beside: "x".into(), bytes: 10 * record }];
        let place = Place { file: 0, record, mark: None };
        Checkpoint { task: 7, place, parts, counts: Counts::default(), state: "{}".into(), check: 0 }
    }

    #[test]
    fn torn_lines_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::new(path.clone());
        assert_eq!(journal.last().unwrap(), None);
        (1..4).for_each(|record| journal.add(checkpoint(record)).unwrap());
        let whole = fs::read(&path).unwrap();
        for torn in [&whole[..whole.len() - 2], &whole[..whole.len() - 30]] {
            fs::write(&path, torn).unwrap();
            assert_eq!(journal.last().unwrap().unwrap().place.record, 2);
        }
        let altered = String::from_utf8(whole).unwrap().replace("\"record\":3", "\"record\":9");
        fs::write(&path, altered).unwrap();
        assert_eq!(journal.last().unwrap().unwrap().place.record, 2);
        Journal::new(path.clone()).add(checkpoint(4)).unwrap();
        assert_eq!(journal.last().unwrap().unwrap().place.record, 4);
        journal.finish();
        assert!(!path.exists());
    }

    #[test]
    fn the_hash_is_fixed_and_spreads() {
        assert_eq!(hash(b""), hash(b""));
        let share = (0..10_000).filter(|n| hash(format!("page-{n}").as_bytes()) < u64::MAX / 10).count();
        assert!((900..1100).contains(&share), "{share}");
    }
}

//! Reading: corpus files read, and the scores of their pages.
//!
//! Comes in: corpus files and a model. Goes out: scores set by set, and the disagreements, in the order of the files.

use std::path::{Path, PathBuf};

use pagesieve::corpus::{self, Record};
use pagesieve::evaluate::{Disagreement, Evaluator, PageScore, PageSet};
use pagesieve::{Classifier, Model};
use rayon::ThreadPool;

use super::super::Outcome;
use super::super::failure::Result;
use super::super::records::each_record;

/// What was found out about the pages read so far.
pub struct Reading<'p> {
    pool: &'p ThreadPool,
    most_disagreements: usize,
    /// The sets, one a file.
    pub sets: Vec<PageSet>,
    /// Where model and labels contradict each other most surely.
    pub disagreements: Vec<Disagreement>,
    unreadable: u64,
}

impl<'p> Reading<'p> {
    /// Nothing read yet. At most so many disagreements are kept of each kind.
    pub fn new(pool: &'p ThreadPool, most_disagreements: usize) -> Self {
        Self { pool, most_disagreements, sets: Vec::new(), disagreements: Vec::new(), unreadable: 0 }
    }

    /// Reads the records of `files` that `is_wanted` accepts and adds their scores.
    pub fn read(
        &mut self,
        files: &[PathBuf],
        model: &Model,
        is_wanted: impl Fn(&Record) -> bool + Sync,
    ) -> Result<()> {
        let classifier = Classifier::new(model);
        let evaluator = Evaluator::new(&classifier)?;
        let lists_disagreements = self.most_disagreements > 0;
        for file in files {
            let mut scores = Vec::new();
            let mut disagreements = std::mem::take(&mut self.disagreements);
            let score = |record: &Record| {
                if !is_wanted(record) {
                    return Ok(None);
                }
                let judged = evaluator.judge(record)?;
                let disagreements = if lists_disagreements { judged.disagreements() } else { Vec::new() };
                Ok(Some((judged.score(), disagreements)))
            };
            self.unreadable += each_record(self.pool, file, score, |(score, found)| {
                scores.extend(score);
                disagreements.extend(found);
            })?;
            self.disagreements = Disagreement::surest(disagreements, self.most_disagreements);
            self.add(file, scores);
        }
        Ok(())
    }

    fn add(&mut self, file: &Path, scores: Vec<PageScore>) {
        let name = corpus::set_name(file);
        match self.sets.iter_mut().find(|set| set.name == name) {
            Some(set) => set.pages.extend(scores),
            None => self.sets.push(PageSet { name, pages: scores }),
        }
    }

    /// How the reading went.
    pub fn outcome(&self) -> Outcome {
        if self.unreadable == 0 { Outcome::Done } else { Outcome::Incomplete }
    }
}

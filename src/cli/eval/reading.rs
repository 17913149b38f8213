//! Reading: corpus files read, and the scores of their pages.
//!
//! Comes in: corpus files and a model. Goes out: scores set by set, and the disagreements; both in the order of the
//! files, whatever the number of threads. A record that cannot be read is reported, and the others go on.

use std::path::{Path, PathBuf};

use pagesieve::corpus::{self, Record};
use pagesieve::evaluate::{Disagreement, Evaluator, PageScore, PageSet};
use pagesieve::input::jsonl::{Line, Lines};
use pagesieve::input::source;
use pagesieve::{Classifier, Error, Model};
use rayon::ThreadPool;

use super::super::Outcome;
use super::super::batches::in_order;
use super::super::failure::{Failure, Result};

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

/// What was found out about one page, or the line and why it cannot be read.
type Scored = std::result::Result<Option<(Option<PageScore>, Vec<Disagreement>)>, String>;

impl<'p> Reading<'p> {
    /// No sets yet. At most so many disagreements are kept of each kind.
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
        let keeps_disagreements = self.most_disagreements > 0;
        let score = |line: &Line| -> Scored {
            let placed = |error: Error| format!("{}: {error}", line.number);
            let record = Record::parse(&line.bytes).map_err(placed)?;
            if !is_wanted(&record) {
                return Ok(None);
            }
            let judged = evaluator.judge(&record).map_err(placed)?;
            let disagreements = if keeps_disagreements { judged.disagreements() } else { Vec::new() };
            Ok(Some((judged.score(), disagreements)))
        };
        for file in files {
            let mut scored = Vec::new();
            read_lines(self.pool, file, &score, &mut scored)?;
            self.add(file, scored);
        }
        Ok(())
    }

    fn add(&mut self, file: &Path, scored: Vec<Scored>) {
        let name = corpus::set_name(file);
        let known = self.sets.iter().position(|set| set.name == name);
        let index = known.unwrap_or_else(|| {
            self.sets.push(PageSet { name, pages: Vec::new() });
            self.sets.len() - 1
        });
        for page in scored {
            match page {
                Ok(None) => {}
                Ok(Some((score, disagreements))) => {
                    self.sets[index].pages.extend(score);
                    self.disagreements.extend(disagreements);
                }
                Err(message) => {
                    self.unreadable += 1;
                    super::super::note(&format!("pagesieve: {}:{message}", file.display()));
                }
            }
        }
        let all = std::mem::take(&mut self.disagreements);
        self.disagreements = Disagreement::surest(all, self.most_disagreements);
    }

    /// How the reading went.
    pub fn outcome(&self) -> Outcome {
        if self.unreadable == 0 { Outcome::Done } else { Outcome::Incomplete }
    }
}

fn read_lines(
    pool: &ThreadPool,
    file: &Path,
    score: &(impl Fn(&Line) -> Scored + Sync),
    scored: &mut Vec<Scored>,
) -> Result<()> {
    let mut failed = None;
    let lines =
        Lines::new(source::open(file)?).map_while(|line| line.map_err(|error| failed = Some(error)).ok());
    in_order(
        pool,
        lines,
        |line| line.bytes.len(),
        score,
        |_, page| {
            scored.push(page);
            Ok(())
        },
    )?;
    match failed {
        None => Ok(()),
        Some(error) => Err(Failure::Failed(format!("{}: cannot read it: {error}", file.display()))),
    }
}

//! Reading: corpus files read, and the scores of their pages.
//!
//! Comes in: corpus files and a model. Goes out: scores set by set, and the disagreements, in the order of the files.

use std::path::{Path, PathBuf};

use pagesieve::corpus::{self, Record};
use pagesieve::evaluate::{Disagreement, Evaluator, PageScore, PageSet};
use pagesieve::site::{Sightings, Sites};
use pagesieve::{Classifier, Model};

use super::super::Outcome;
use super::super::failure::Result;
use super::super::records::each_record;
use super::super::workers::Workers;

/// What was found out about the pages read so far.
pub struct Reading<'p> {
    workers: &'p Workers,
    most_disagreements: usize,
    sites: Option<&'p CountedSites>,
    /// The sets, one a file.
    pub sets: Vec<PageSet>,
    /// Where model and labels contradict each other most surely.
    pub disagreements: Vec<Disagreement>,
    unreadable: u64,
}

/// The sites of a corpus, and what they are counted for.
pub struct CountedSites {
    sites: Sites,
    /// Whether what recurs on a site counts as likely boilerplate.
    are_evidence: bool,
    fewest_pages: u32,
}

impl CountedSites {
    /// Counts the pages of `files`. Those of sites with fewer than `fewest_pages` are not to be measured.
    pub fn of(workers: &Workers, files: &[PathBuf], are_evidence: bool, fewest_pages: u32) -> Result<Self> {
        let mut sites = Sites::default();
        let sightings = |record: &Record| Ok(Some(Sightings::of(&record.document(), record.site())));
        for file in files {
            // What cannot be read is counted as such when it is read again.
            each_record(workers, file, sightings, |page| sites.add(&page))?;
        }
        Ok(Self { sites, are_evidence, fewest_pages })
    }

    fn are_small(&self, record: &Record) -> bool {
        self.sites.pages(record.site()) < self.fewest_pages
    }
}

impl<'p> Reading<'p> {
    /// Nothing read yet. At most so many disagreements are kept of each kind.
    pub fn new(workers: &'p Workers, most_disagreements: usize) -> Self {
        Self {
            workers,
            most_disagreements,
            sites: None,
            sets: Vec::new(),
            disagreements: Vec::new(),
            unreadable: 0,
        }
    }

    /// The same, with what was counted of the sites.
    pub fn with_sites(self, sites: Option<&'p CountedSites>) -> Self {
        Self { sites, ..self }
    }

    /// Reads the records of `files` that `is_wanted` accepts and adds their scores.
    pub fn read(
        &mut self,
        files: &[PathBuf],
        model: &Model,
        is_wanted: impl Fn(&Record) -> bool + Sync,
    ) -> Result<()> {
        let classifier = Classifier::new(model);
        let sites = self.sites;
        let mut evaluator = Evaluator::new(&classifier)?;
        if let Some(counted) = sites.filter(|counted| counted.are_evidence) {
            evaluator = evaluator.on_sites(&counted.sites);
        }
        let lists_disagreements = self.most_disagreements > 0;
        for file in files {
            let mut scores = Vec::new();
            let mut disagreements = std::mem::take(&mut self.disagreements);
            let score = |record: &Record| {
                if !is_wanted(record) || sites.is_some_and(|sites| sites.are_small(record)) {
                    return Ok(None);
                }
                let judged = evaluator.judge(record)?;
                let disagreements = if lists_disagreements { judged.disagreements() } else { Vec::new() };
                Ok(Some((judged.score(), disagreements)))
            };
            self.unreadable += each_record(self.workers, file, score, |(score, found)| {
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

//! What is observed: pages from CSV or a corpus, with what models that have not seen them say.
//!
//! Comes in: the arguments and a model. Goes out: observations without calibration, in the order of the data.

use std::path::{Path, PathBuf};

use pagesieve::calibrate::Observation;
use pagesieve::corpus::{self, Record};
use pagesieve::evaluate::Evaluator;
use pagesieve::{Classifier, Model};

use super::super::failure::{Failure, Result};
use super::super::held_out::Training;
use super::super::policy::known;
use super::super::records::each_record;
use super::super::settings::Settings;
use super::super::workers::Workers;
use super::super::{Outcome, labelled};
use super::Args;

impl Args {
    /// What models say of the pages that the arguments name.
    pub(super) fn observe(&self, model: &Model, settings: &Settings) -> Result<(Vec<Observation>, Outcome)> {
        let Some(folder) = self.folder()? else {
            let raw = model.clone().with_calibration(None);
            return Ok((of_rows(&self.paths, &raw)?, Outcome::Done));
        };
        let set = self.set.as_deref().unwrap_or(corpus::TRAINING_FILES);
        let files = corpus::files(&folder, set)?;
        let workers = settings.workers();
        let mut observations = Vec::new();
        let mut unreadable = 0;
        match self.folds.map(usize::from) {
            None => {
                let raw = model.clone().with_calibration(None);
                unreadable += of_corpus(&workers, &files, &raw, |_| true, &mut observations)?;
            }
            Some(folds) => {
                let training = Training::open(&self.paths, &folder)?;
                for fold in 0..folds {
                    let held_out = training.without(fold, folds)?;
                    if held_out.labels() != model.labels() {
                        return Err(Failure::Failed(format!(
                            "the models trained on the folds know {}, but the model {}; calibrate it on labelled CSV",
                            known(held_out.labels()),
                            known(model.labels())
                        )));
                    }
                    let is_wanted = |record: &Record| corpus::fold_of(record.group(), folds) == fold;
                    unreadable += of_corpus(&workers, &files, &held_out, is_wanted, &mut observations)?;
                }
            }
        }
        let outcome = if unreadable == 0 { Outcome::Done } else { Outcome::Incomplete };
        Ok((observations, outcome))
    }

    /// The corpus folder to use; none if rows are.
    fn folder(&self) -> Result<Option<PathBuf>> {
        if self.set.is_none() && self.folds.is_none() {
            return match &self.corpus {
                None => Ok(None),
                Some(_) => Err(Failure::usage(
                    "a corpus holds pages that models are trained on; say with --set which files to use, or with \
                     --folds that models are to be trained without them",
                )),
            };
        }
        if self.folds.is_none() && !self.paths.is_empty() {
            return Err(Failure::usage("both files and a corpus are given; calibrate on one of them"));
        }
        let of_environment = || std::env::var_os("PAGESIEVE_CORPUS").map(PathBuf::from);
        self.corpus.clone().or_else(of_environment).map(Some).ok_or_else(|| {
            Failure::usage(
                "--set and --folds are for a corpus; name its folder with --corpus or PAGESIEVE_CORPUS",
            )
        })
    }
}

fn of_rows(paths: &[PathBuf], model: &Model) -> Result<Vec<Observation>> {
    let labels = model.labels();
    let classifier = Classifier::new(model);
    let mut observations = Vec::new();
    labelled::each_page_of_model(&labelled::files(paths)?, labels, |page| {
        let analysis = classifier.classify(&page.document);
        observations.extend(Observation::of_page(page, &analysis, labels));
        Ok(())
    })?;
    Ok(observations)
}

fn of_corpus(
    workers: &Workers,
    files: &[impl AsRef<Path>],
    model: &Model,
    is_wanted: impl Fn(&Record) -> bool + Sync,
    observations: &mut Vec<Observation>,
) -> Result<u64> {
    let classifier = Classifier::new(model);
    let evaluator = Evaluator::new(&classifier)?;
    let observe = |record: &Record| {
        if !is_wanted(record) {
            return Ok(None);
        }
        Ok(Observation::of_record(&evaluator.judge(record)?))
    };
    let mut unreadable = 0;
    for file in files {
        unreadable += each_record(workers, file.as_ref(), observe, |page| observations.push(page))?;
    }
    Ok(unreadable)
}

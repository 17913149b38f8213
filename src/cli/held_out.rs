//! Models held out: trained like the real one, but without the sites they are measured on.
//!
//! Comes in: labelled CSV, a corpus folder and the number of a fold. Goes out: a model that has seen no page of it.

use std::path::{Path, PathBuf};

use pagesieve::corpus::LineLabels;
use pagesieve::labelled::LabelledPage;
use pagesieve::train::{Options, Trainer};
use pagesieve::{Model, corpus};

use super::failure::Result;
use super::labelled;

/// What to train on.
pub struct Training {
    rows: Vec<PathBuf>,
    files: Vec<PathBuf>,
    line_labels: LineLabels,
}

impl Training {
    /// The rows at `paths`, if there are any, and the training files of a corpus folder with the labels of their lines that
    /// stand beside the rows.
    pub fn open(paths: &[PathBuf], folder: &Path) -> Result<Self> {
        let rows = if paths.is_empty() { Vec::new() } else { labelled::files(paths)? };
        let files = corpus::files(folder, corpus::TRAINING_FILES)?;
        Ok(Self { rows, files, line_labels: labelled::line_labels(paths)? })
    }

    /// A model that has not seen the pages of a fold of the corpus, trained as `train --corpus` does.
    pub fn without(&self, fold: usize, folds: usize) -> Result<Model> {
        let options = Options { sample_rows: usize::MAX, keep_sample: false, ..Options::default() };
        let mut trainer = Trainer::new(options);
        let mut names = trainer.names().clone();
        labelled::each_page(&self.rows, &mut names, |page| {
            trainer.add(&corpus::own_page(page));
            Ok(())
        })?;
        for file in &self.files {
            let is_seen = |page: &LabelledPage| corpus::fold_of(page.group, folds) != fold;
            corpus::read_file(file, &self.line_labels, &mut names, |page| {
                if is_seen(&page) {
                    trainer.add(&page);
                }
            })?;
        }
        *trainer.names() = names;
        let (model, _) = trainer.finish()?;
        Ok(model)
    }
}

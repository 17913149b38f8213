//! Training from Python.
//!
//! Comes in: labelled CSV. Goes out: the bytes of a model file, and a report as JSON.

use std::borrow::Cow;
use std::path::PathBuf;

use pagesieve::input::csv::CsvFile;
use pagesieve::labelled::{CsvPages, LabelNames, LabelledPage};
use pagesieve::schema::TrainingRecord;
use pagesieve::train::{self, Options};
use pagesieve::{Model, Policy};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::classifier::json;
use crate::failure::raised;

/// Collects labelled pages; None once it is finished.
#[pyclass(module = "pagesieve._pagesieve")]
pub struct Trainer(Option<train::Trainer>);

#[pymethods]
impl Trainer {
    #[new]
    fn new(
        base: Option<PathBuf>,
        name: Option<String>,
        sample_rows: Option<usize>,
        keep_sample: bool,
        policy: Option<&str>,
    ) -> PyResult<Self> {
        let base = base.map(Model::open).transpose().map_err(raised)?;
        let defaults = Options::default();
        let stored = base.as_ref().map_or_else(Policy::default, |base| base.policy().clone());
        let options = Options {
            name: name.unwrap_or(defaults.name),
            policy: policy.map(|parts| stored.with_parts(parts)).transpose().map_err(raised)?,
            sample_rows: sample_rows.unwrap_or(defaults.sample_rows),
            keep_sample,
            views_left_out: defaults.views_left_out,
        };
        let trainer = match &base {
            Some(base) => train::Trainer::with_base(options, base).map_err(raised)?,
            None => train::Trainer::new(options),
        };
        Ok(Self(Some(trainer)))
    }

    /// Takes the pages of a CSV file; their number.
    fn read(&mut self, py: Python<'_>, path: PathBuf) -> PyResult<usize> {
        self.work(py, |trainer| {
            let mut file = CsvFile::open(&path)?;
            take(trainer, |names, page| file.read_page(names, page))
        })
    }

    /// Takes the pages of CSV in memory; their number.
    fn add_csv(&mut self, py: Python<'_>, csv: PyBackedBytes) -> PyResult<usize> {
        self.work(py, |trainer| {
            let mut rows = CsvPages::new(&*csv)?;
            take(trainer, |names, page| rows.read_page(names, page))
        })
    }

    /// What was collected so far, for another trainer to merge.
    fn collected(&mut self, py: Python<'_>) -> PyResult<Cow<'static, [u8]>> {
        self.work(py, |trainer| Ok(trainer.collected().into()))
    }

    fn merge(&mut self, py: Python<'_>, collected: PyBackedBytes) -> PyResult<()> {
        self.work(py, |trainer| trainer.merge(&collected))
    }

    /// The model's file, and the report.
    fn finish(&mut self, py: Python<'_>) -> PyResult<(Cow<'static, [u8]>, String)> {
        let trainer = self.0.take().ok_or_else(finished)?;
        let (model, report) = py.detach(|| trainer.finish()).map_err(raised)?;
        Ok((model.to_bytes().into(), json(&TrainingRecord::new(&model, &report))))
    }
}

impl Trainer {
    /// What `work` makes of the trainer, while other threads of Python run.
    fn work<T: Send>(
        &mut self,
        py: Python<'_>,
        work: impl FnOnce(&mut train::Trainer) -> pagesieve::Result<T> + Send,
    ) -> PyResult<T> {
        let trainer = self.0.as_mut().ok_or_else(finished)?;
        py.detach(|| work(trainer)).map_err(raised)
    }
}

/// Adds pages until there are no more; their number.
fn take(
    trainer: &mut train::Trainer,
    mut read: impl FnMut(&mut LabelNames, &mut LabelledPage) -> pagesieve::Result<bool>,
) -> pagesieve::Result<usize> {
    let (mut pages, mut page) = (0, LabelledPage::default());
    while read(trainer.names(), &mut page)? {
        trainer.add(&page);
        pages += 1;
    }
    Ok(pages)
}

fn finished() -> PyErr {
    PyRuntimeError::new_err("this trainer has made its model already; make another one")
}

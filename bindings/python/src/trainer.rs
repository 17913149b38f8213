//! Training from Python.
//!
//! Comes in: labelled CSV. Goes out: the bytes of a model file, and a report as JSON.

use std::borrow::Cow;
use std::path::PathBuf;

use pagesieve::evaluate::Confusion;
use pagesieve::input::csv::CsvFile;
use pagesieve::labelled::{CsvPages, LabelNames, LabelledPage};
use pagesieve::schema::ByLabel;
use pagesieve::train::{self, Options, Report};
use pagesieve::{Model, Policy};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

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
        policy: &str,
    ) -> PyResult<Self> {
        let base = base.map(Model::open).transpose().map_err(raised)?;
        let defaults = Options::default();
        let options = Options {
            name: name.unwrap_or(defaults.name),
            policy: crate::sieve::policy(policy, base.as_ref().map_or(&Policy::default(), Model::policy))?,
            sample_rows: sample_rows.unwrap_or(defaults.sample_rows),
            keep_sample,
        };
        let trainer = match &base {
            Some(base) => train::Trainer::with_base(options, base).map_err(raised)?,
            None => train::Trainer::new(options),
        };
        Ok(Self(Some(trainer)))
    }

    /// Takes the pages of a CSV file; their number.
    fn read(&mut self, py: Python<'_>, path: PathBuf) -> PyResult<usize> {
        let trainer = self.0.as_mut().ok_or_else(finished)?;
        py.detach(|| {
            let mut file = CsvFile::open(&path)?;
            take(trainer, |names| file.next_page(names))
        })
        .map_err(raised)
    }

    /// Takes the pages of CSV in memory; their number.
    fn add_csv(&mut self, py: Python<'_>, csv: PyBackedBytes) -> PyResult<usize> {
        let trainer = self.0.as_mut().ok_or_else(finished)?;
        py.detach(|| {
            let mut rows = CsvPages::new(&*csv)?;
            take(trainer, |names| rows.next_page(names))
        })
        .map_err(raised)
    }

    /// What was collected so far, for another trainer to merge.
    fn collected(&self, py: Python<'_>) -> PyResult<Cow<'static, [u8]>> {
        let trainer = self.0.as_ref().ok_or_else(finished)?;
        Ok(py.detach(|| trainer.collected()).into())
    }

    fn merge(&mut self, py: Python<'_>, collected: PyBackedBytes) -> PyResult<()> {
        let trainer = self.0.as_mut().ok_or_else(finished)?;
        py.detach(|| trainer.merge(&collected)).map_err(raised)
    }

    /// The model's file, and the report.
    fn finish(&mut self, py: Python<'_>) -> PyResult<(Cow<'static, [u8]>, String)> {
        let trainer = self.0.take().ok_or_else(finished)?;
        let (model, report) = py.detach(|| trainer.finish()).map_err(raised)?;
        Ok((model.to_bytes().into(), described(&model, &report)))
    }
}

/// Adds pages until there are no more; their number.
fn take(
    trainer: &mut train::Trainer,
    mut next: impl FnMut(&mut LabelNames) -> Result<Option<LabelledPage>, pagesieve::Error>,
) -> Result<usize, pagesieve::Error> {
    let mut pages = 0;
    while let Some(page) = next(trainer.names())? {
        trainer.add(page);
        pages += 1;
    }
    Ok(pages)
}

fn finished() -> PyErr {
    PyRuntimeError::new_err("this trainer has made its model already; make another one")
}

fn described(model: &Model, report: &Report) -> String {
    let labels = &report.labels;
    let f1 = |confusion: &Confusion| serde_json::json!(ByLabel::new(labels, |label| confusion.f1(label)));
    let confusion = report.confusion.as_ref();
    let report = serde_json::json!({
        "hash": model.hash(),
        "pages": report.pages,
        "blocks": ByLabel::new(labels, |label| report.blocks[label.index()]),
        "vocabulary": report.vocabulary,
        "sampled_rows": report.sampled_rows,
        "f1": confusion.map(f1),
        "macro_f1": confusion.map(Confusion::macro_f1),
    });
    report.to_string()
}

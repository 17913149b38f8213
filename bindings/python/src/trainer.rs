//! Training from Python.
//!
//! Comes in: labelled CSV. Goes out: the bytes of a model file, and a report as JSON.

use std::borrow::Cow;
use std::path::PathBuf;

use pagesieve::evaluate::Confusion;
use pagesieve::input::csv::CsvFile;
use pagesieve::schema::ByLabel;
use pagesieve::train::{self, Options, Report};
use pagesieve::{Model, Policy};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::failure::raised;
use crate::sieve::Overrides;

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
        policy: Overrides,
    ) -> PyResult<Self> {
        let base = base.map(Model::open).transpose().map_err(raised)?;
        let defaults = Options::default();
        let options = Options {
            name: name.unwrap_or(defaults.name),
            policy: policy.over(base.as_ref().map_or(&Policy::default(), Model::policy)),
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
            let mut pages = 0;
            while let Some(page) = file.next_page(trainer.names())? {
                trainer.add(page);
                pages += 1;
            }
            Ok(pages)
        })
        .map_err(raised)
    }

    /// The model's file, and the report.
    fn finish(&mut self, py: Python<'_>) -> PyResult<(Cow<'static, [u8]>, String)> {
        let trainer = self.0.take().ok_or_else(finished)?;
        let (model, report) = py.detach(|| trainer.finish()).map_err(raised)?;
        Ok((model.to_bytes().into(), described(&model, &report)))
    }
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

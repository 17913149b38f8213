//! The classifier and what it finds, as Python's own classes build on them.
//!
//! Comes in: pages. Goes out: analyses as JSON of schema 1, record batches.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use pagesieve::LabelSet;
use pagesieve::input::page::{Id, Page};
use pagesieve::schema::{Detail, ExplanationRecord, PageRecord, Tag};
use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatch;
use pyo3_arrow::input::AnyRecordBatch;

use crate::failure::raised;
use crate::sieve::{Sieve, Source, each};

#[pyclass(frozen, module = "pagesieve._pagesieve")]
pub struct Classifier(Arc<Sieve>);

#[pymethods]
impl Classifier {
    #[new]
    fn new(model: Option<PathBuf>, policy: Option<&str>) -> PyResult<Self> {
        Ok(Self(Arc::new(Sieve::open(model.as_deref(), policy).map_err(raised)?)))
    }

    fn classify(
        &self,
        py: Python<'_>,
        page: Source,
        is_html: Option<bool>,
        id: &str,
        url: Option<&str>,
    ) -> Analysis {
        py.detach(|| self.analyse(page, is_html, id, url))
    }

    /// Why every block has its label, as JSON.
    fn explain(&self, py: Python<'_>, page: Source, is_html: Option<bool>) -> String {
        py.detach(|| {
            let document = page.content().read(is_html);
            json(&ExplanationRecord::of(&document, &self.0.classifier.explain(&document), self.0.labels()))
        })
    }

    /// Analyses of `pages` in order; `threads` 0 are all cores.
    fn classify_batch(
        &self,
        py: Python<'_>,
        pages: Vec<Source>,
        is_html: Option<bool>,
        threads: usize,
    ) -> PyResult<Vec<Analysis>> {
        py.detach(|| each(threads, pages, |page| self.analyse(page, is_html, "", None)))
    }

    fn classify_arrow(
        &self,
        py: Python<'_>,
        batch: AnyRecordBatch,
        column: &str,
        is_html: Option<bool>,
        text: bool,
        threads: usize,
    ) -> PyResult<PyRecordBatch> {
        let reader = batch.into_reader()?;
        let classified =
            py.detach(|| crate::arrow::classify(&self.0, reader, column, is_html, text, threads));
        Ok(PyRecordBatch::new(classified?))
    }

    /// Name, version and hash as JSON.
    fn model(&self) -> String {
        json(&self.0.model)
    }

    /// The policy as JSON.
    fn policy(&self) -> String {
        json(self.0.classifier.policy())
    }

    fn labels(&self) -> Vec<String> {
        self.0.labels().names().to_vec()
    }
}

impl Classifier {
    fn analyse(&self, source: Source, is_html: Option<bool>, id: &str, url: Option<&str>) -> Analysis {
        let document = source.content().read(is_html);
        let found = self.0.classifier.classify(&document);
        let page = Page { id: Id::from_text(id), url: url.map(str::to_owned), document };
        Analysis { sieve: Arc::clone(&self.0), source, is_html, page, found, offsets: OnceLock::new() }
    }
}

#[pyclass(frozen, module = "pagesieve._pagesieve")]
pub struct Analysis {
    sieve: Arc<Sieve>,
    source: Source,
    is_html: Option<bool>,
    page: Page,
    found: pagesieve::Analysis,
    /// Where blocks stood, in code points: counted when somebody asks, as it takes a while on long pages.
    offsets: OnceLock<Vec<Range<usize>>>,
}

#[pymethods]
impl Analysis {
    /// JSON of schema 1, with offsets in code points.
    fn to_json(&self, detail: &str) -> PyResult<String> {
        let detail: Detail = detail.parse().map_err(raised)?;
        let Self { page, found, sieve, .. } = self;
        let record = PageRecord::new(page, found, sieve.labels(), &sieve.model, detail);
        if detail < Detail::Blocks {
            return Ok(json(&record));
        }
        let count = || page.document.code_points(&self.source.content().decode(self.is_html).0);
        Ok(json(&record.with_offsets(self.offsets.get_or_init(count))))
    }

    /// The verdict as JSON, as it is added to a record that is passed on.
    fn tag(&self) -> String {
        json(&Tag::new(&self.found, self.sieve.labels()))
    }

    /// The text of `labels`, or of the label that the policy wants.
    fn text(&self, labels: Option<Vec<String>>) -> PyResult<String> {
        let known = self.sieve.labels();
        let labels: LabelSet = match labels {
            Some(labels) => labels.iter().map(|name| known.named(name)).collect::<Result<_, _>>(),
            None => self.sieve.wanted(),
        }
        .map_err(raised)?;
        Ok(self.page.document.text_of(|block| labels.contains(self.found.blocks[block].label)))
    }
}

pub fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("strings, numbers and lists of them always make JSON")
}

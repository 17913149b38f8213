//! The classifier and what it finds, as Python's own classes build on them.
//!
//! Comes in: pages. Goes out: analyses as JSON of schema 1, record batches.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use pagesieve::LabelSet;
use pagesieve::schema::{Detail, PageRecord, Tag};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatch;
use pyo3_arrow::input::AnyRecordBatch;
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::failure::raised;
use crate::sieve::{Analysed, IsHtml, Sieve, Source};

#[pyclass(frozen, module = "pagesieve._pagesieve")]
pub struct Classifier(Arc<Sieve>);

#[pymethods]
impl Classifier {
    #[new]
    fn new(model: Option<PathBuf>, policy: &str) -> PyResult<Self> {
        Ok(Self(Arc::new(Sieve::open(model.as_deref(), policy)?)))
    }

    fn classify(
        &self,
        py: Python<'_>,
        page: Source,
        is_html: IsHtml,
        id: Option<&str>,
        url: Option<&str>,
    ) -> Analysis {
        let id = id.or(url).unwrap_or_default();
        py.detach(|| self.analyse(page, is_html, id, url))
    }

    /// Analyses of `pages` in order; `threads` 0 are all cores.
    fn classify_batch(
        &self,
        py: Python<'_>,
        pages: Vec<Source>,
        is_html: IsHtml,
        threads: usize,
    ) -> PyResult<Vec<Analysis>> {
        py.detach(|| each(threads, pages, |page| self.analyse(page, is_html, "", None)))
    }

    fn classify_arrow(
        &self,
        py: Python<'_>,
        batch: AnyRecordBatch,
        column: &str,
        is_html: IsHtml,
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
        json(&self.0.record)
    }

    /// The policy as JSON.
    fn policy(&self) -> String {
        json(self.0.classifier().policy())
    }

    fn labels(&self) -> Vec<String> {
        self.0.model.labels().names().to_vec()
    }
}

impl Classifier {
    fn analyse(&self, source: Source, is_html: IsHtml, id: &str, url: Option<&str>) -> Analysis {
        let analysed = self.0.analyse(source.content(), is_html, id, url);
        Analysis { sieve: Arc::clone(&self.0), source, is_html, analysed, offsets: OnceLock::new() }
    }
}

#[pyclass(frozen, module = "pagesieve._pagesieve")]
pub struct Analysis {
    sieve: Arc<Sieve>,
    source: Source,
    is_html: IsHtml,
    analysed: Analysed,
    /// Where blocks stood, in code points: counted when somebody asks, as it takes a while on long pages.
    offsets: OnceLock<Vec<Range<usize>>>,
}

#[pymethods]
impl Analysis {
    /// JSON of schema 1, with offsets in code points.
    fn to_json(&self, has_regions: bool, has_blocks: bool) -> String {
        let detail = match (has_regions, has_blocks) {
            (_, true) => Detail::Blocks,
            (true, false) => Detail::Regions,
            (false, false) => Detail::Document,
        };
        let Analysed { page, found } = &self.analysed;
        let record = PageRecord::new(page, found, self.sieve.model.labels(), &self.sieve.record, detail);
        if detail < Detail::Blocks {
            return json(&record);
        }
        let count = || page.document.code_points(&self.source.content().decode(self.is_html).0);
        json(&record.with_offsets(self.offsets.get_or_init(count)))
    }

    /// The verdict as JSON, as it is added to a record that is passed on.
    fn tag(&self) -> String {
        json(&Tag::new(&self.analysed.found, self.sieve.model.labels()))
    }

    /// The text of `labels`, or of the label that the policy wants.
    fn text(&self, labels: Option<Vec<String>>) -> PyResult<String> {
        let known = self.sieve.model.labels();
        let find = |name: String| {
            known.find(&name).ok_or_else(|| {
                let known = known.names().join(", ");
                PyValueError::new_err(format!("the label {name:?} is not one of the model's ({known})"))
            })
        };
        let labels: LabelSet = match labels {
            Some(labels) => labels.into_iter().map(find).collect::<PyResult<_>>()?,
            None => self.sieve.classifier().policy().wanted(known).map_err(raised)?.into(),
        };
        Ok(self.analysed.text(labels))
    }
}

impl Analysed {
    pub fn text(&self, labels: LabelSet) -> String {
        self.page.document.text_of(|block| labels.contains(self.found.blocks[block].label))
    }
}

/// What `work` makes of every item, in order, on so many threads; 0 are all cores, 1 is this one.
pub fn each<Item: Send, Output: Send>(
    threads: usize,
    items: Vec<Item>,
    work: impl Fn(Item) -> Output + Sync + Send,
) -> PyResult<Vec<Output>> {
    if threads == 1 {
        return Ok(items.into_iter().map(work).collect());
    }
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| PyRuntimeError::new_err(format!("cannot start threads: {error}")))?;
    Ok(pool.install(|| items.into_par_iter().map(work).collect()))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("strings, numbers and lists of them always make JSON")
}

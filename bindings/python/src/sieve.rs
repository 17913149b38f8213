//! The sieve: a model under a policy, and pages as Python holds them.
//!
//! Comes in: a path, parts of a policy, `str` and `bytes`. Goes out: classifiers, and what pages hold without a copy.

use std::path::Path;

use pagesieve::input::page::Content;
use pagesieve::schema::ModelRecord;
use pagesieve::{Classifier, LabelSet, Labels, Model};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::PyString;
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// A model under a policy.
pub struct Sieve {
    pub classifier: Classifier<'static>,
    pub model: ModelRecord,
}

impl Sieve {
    /// The model of `path`, or the default model, under its own policy but for `parts`, a JSON object.
    pub fn open(path: Option<&Path>, parts: Option<&str>) -> pagesieve::Result<Self> {
        let mut classifier = match path {
            Some(path) => Classifier::owning(Model::open(path)?),
            None => Classifier::with_default_model()?,
        };
        if let Some(parts) = parts {
            let policy = classifier.policy().with_parts(parts)?;
            classifier = classifier.with_policy(policy)?;
        }
        Ok(Self { model: ModelRecord::new(classifier.model()), classifier })
    }

    pub fn labels(&self) -> &Labels {
        self.classifier.model().labels()
    }

    /// The label that the policy wants.
    pub fn wanted(&self) -> pagesieve::Result<LabelSet> {
        self.classifier.policy().wanted(self.labels()).map(LabelSet::from)
    }
}

/// A page that Python holds; not copied.
pub enum Source {
    Text(PyBackedStr),
    Bytes(PyBackedBytes),
}

impl Source {
    pub fn content(&self) -> Content<'_> {
        match self {
            Self::Text(text) => Content::Text(text),
            Self::Bytes(bytes) => Content::Bytes(bytes),
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Source {
    type Error = PyErr;

    fn extract(page: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if page.is_instance_of::<PyString>() {
            Ok(Self::Text(page.extract()?))
        } else {
            Ok(Self::Bytes(page.extract()?))
        }
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

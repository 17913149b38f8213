//! The sieve: a model under a policy, and pages as Python holds them.
//!
//! Comes in: a path, parts of a policy, `str` and `bytes`. Goes out: pages read and analysed, without Python's lock.

use std::borrow::Cow;
use std::path::Path;

use pagesieve::input::page::{Format, Id, Page, SNIFFED_BYTES};
use pagesieve::input::{charset, html, text};
use pagesieve::schema::ModelRecord;
use pagesieve::{Classifier, Document, Model, Policy};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyByteArray, PyBytes, PyString};

use crate::failure::raised;

/// A model with the policy it is used under.
pub struct Sieve {
    model: Loaded,
    /// None if the model's own policy holds.
    policy: Option<Policy>,
    pub record: ModelRecord,
}

enum Loaded {
    Embedded(&'static Model),
    Opened(Box<Model>),
}

/// A page that was read and analysed.
pub struct Analysed {
    pub page: Page,
    pub found: pagesieve::Analysis,
}

/// Parts of a policy; those not given are None.
#[derive(Clone, Default, PartialEq, FromPyObject)]
#[pyo3(from_item_all)]
pub struct Overrides {
    wanted: Option<String>,
    min_words: Option<usize>,
    min_share: Option<f32>,
    max_listicle: Option<f32>,
    min_confidence: Option<f32>,
}

impl Overrides {
    /// `base` with these parts in place of its own; none if there are no parts.
    pub fn over(self, base: &Policy) -> Option<Policy> {
        (self != Self::default()).then(|| Policy {
            wanted: self.wanted.unwrap_or_else(|| base.wanted.clone()),
            min_words: self.min_words.unwrap_or(base.min_words),
            min_share: self.min_share.unwrap_or(base.min_share),
            max_listicle: self.max_listicle.unwrap_or(base.max_listicle),
            min_confidence: self.min_confidence.unwrap_or(base.min_confidence),
        })
    }
}

impl Sieve {
    pub fn open(path: Option<&Path>, overrides: Overrides) -> PyResult<Self> {
        let model = match path {
            Some(path) => Loaded::Opened(Box::new(Model::open(path).map_err(raised)?)),
            None => Loaded::Embedded(Model::default_model().map_err(raised)?),
        };
        let policy = overrides.over(model.get().policy());
        if let Some(policy) = &policy {
            Classifier::new(model.get()).with_policy(policy.clone()).map_err(raised)?;
        }
        let record = ModelRecord::new(model.get());
        Ok(Self { model, policy, record })
    }

    pub fn model(&self) -> &Model {
        self.model.get()
    }

    pub fn classifier(&self) -> Classifier<'_> {
        let classifier = Classifier::new(self.model());
        match &self.policy {
            Some(policy) => {
                classifier.with_policy(policy.clone()).expect("the policy was checked when it was given")
            }
            None => classifier,
        }
    }

    /// Reads and classifies a page called `id`.
    pub fn analyse(&self, content: Content<'_>, kind: Kind, id: &str, url: Option<&str>) -> Analysed {
        let document = content.read(kind);
        let found = self.classifier().classify(&document);
        Analysed { page: Page { id: Id::from_text(id), url: url.map(str::to_owned), document }, found }
    }
}

impl Loaded {
    fn get(&self) -> &Model {
        match self {
            Self::Embedded(model) => model,
            Self::Opened(model) => model,
        }
    }
}

/// What a page is written in.
#[derive(Clone, Copy)]
pub enum Kind {
    Auto,
    Html,
    Text,
}

impl<'py> FromPyObject<'_, 'py> for Kind {
    type Error = PyErr;

    fn extract(kind: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match &*kind.extract::<PyBackedStr>()? {
            "auto" => Ok(Self::Auto),
            "html" => Ok(Self::Html),
            "text" => Ok(Self::Text),
            other => {
                Err(PyValueError::new_err(format!("the kind is {other:?}, but must be auto, html or text")))
            }
        }
    }
}

/// What a page holds, where Python or Arrow keeps it.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Content<'a> {
    /// The blocks of the page.
    pub fn read(self, kind: Kind) -> Document {
        let (decoded, is_html) = self.decode(kind);
        if is_html { html::read(&decoded) } else { text::read(&decoded) }
    }

    /// The page as text, and whether it is HTML.
    pub fn decode(self, kind: Kind) -> (Cow<'a, str>, bool) {
        let bytes = match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        };
        let is_html = match kind {
            Kind::Auto => Format::sniff(&bytes[..bytes.len().min(SNIFFED_BYTES)]) == Format::Html,
            Kind::Html => true,
            Kind::Text => false,
        };
        let decoded = match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Bytes(bytes) => charset::decode(bytes, is_html),
        };
        (decoded, is_html)
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
        if let Ok(text) = page.cast::<PyString>() {
            // Halves of surrogate pairs are no text; "?" in their place keeps the code points where they are.
            let replaced =
                || text.call_method1("encode", ("utf-8", "replace"))?.call_method0("decode")?.extract();
            return Ok(Self::Text(text.extract().or_else(|_| replaced())?));
        }
        if page.is_instance_of::<PyBytes>() || page.is_instance_of::<PyByteArray>() {
            return Ok(Self::Bytes(page.extract()?));
        }
        let found = page.get_type().name()?;
        Err(PyTypeError::new_err(format!("a page is str or bytes, not {found}; give what the file holds")))
    }
}

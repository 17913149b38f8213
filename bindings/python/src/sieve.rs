//! The sieve: a model under a policy, and pages as Python holds them.
//!
//! Comes in: a path, parts of a policy, `str` and `bytes`. Goes out: pages read and analysed, without Python's lock.

use std::borrow::Cow;
use std::path::Path;

use pagesieve::input::page::{Format, Id, Page, SNIFFED_BYTES};
use pagesieve::input::{charset, html, text};
use pagesieve::schema::ModelRecord;
use pagesieve::{Classifier, Document, Model, Policy};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyByteArray, PyBytes, PyString};
use serde_json::{Map, Value};

use crate::failure::{Error, raised};

/// A model with the policy it is used under.
pub struct Sieve {
    pub model: Cow<'static, Model>,
    /// None if the model's own policy holds.
    policy: Option<Policy>,
    pub record: ModelRecord,
}

/// A page that was read and analysed.
pub struct Analysed {
    pub page: Page,
    pub found: pagesieve::Analysis,
}

/// `base` with the members of a JSON object in place of its own; none if the object is empty.
pub fn policy(parts: &str, base: &Policy) -> PyResult<Option<Policy>> {
    let wrong = |error: serde_json::Error| Error::new_err(format!("the policy cannot be used: {error}"));
    let parts: Map<String, Value> = serde_json::from_str(parts).map_err(wrong)?;
    if parts.is_empty() {
        return Ok(None);
    }
    let mut whole = serde_json::to_value(base).map_err(wrong)?;
    whole.as_object_mut().into_iter().for_each(|whole| whole.extend(parts.clone()));
    serde_json::from_value(whole).map(Some).map_err(wrong)
}

impl Sieve {
    pub fn open(path: Option<&Path>, parts: &str) -> PyResult<Self> {
        let model = match path {
            Some(path) => Cow::Owned(Model::open(path).map_err(raised)?),
            None => Cow::Borrowed(Model::default_model().map_err(raised)?),
        };
        let policy = policy(parts, model.policy())?;
        if let Some(policy) = &policy {
            Classifier::new(&model).with_policy(policy.clone()).map_err(raised)?;
        }
        Ok(Self { record: ModelRecord::new(&model), model, policy })
    }

    pub fn classifier(&self) -> Classifier<'_> {
        let classifier = Classifier::new(&self.model);
        match &self.policy {
            Some(policy) => {
                classifier.with_policy(policy.clone()).expect("the policy was checked when it was given")
            }
            None => classifier,
        }
    }

    /// Reads and classifies a page called `id`.
    pub fn analyse(&self, content: Content<'_>, is_html: IsHtml, id: &str, url: Option<&str>) -> Analysed {
        let document = content.read(is_html);
        let found = self.classifier().classify(&document);
        Analysed { page: Page { id: Id::from_text(id), url: url.map(str::to_owned), document }, found }
    }
}

/// Whether a page is HTML; if that is not said, its first bytes tell.
pub type IsHtml = Option<bool>;

/// What a page holds, where Python or Arrow keeps it.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Content<'a> {
    /// The blocks of the page.
    pub fn read(self, is_html: IsHtml) -> Document {
        let (decoded, is_html) = self.decode(is_html);
        if is_html { html::read(&decoded) } else { text::read(&decoded) }
    }

    /// The page as text, and whether it is HTML.
    pub fn decode(self, is_html: IsHtml) -> (Cow<'a, str>, bool) {
        let bytes = match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        };
        let sniff = || Format::sniff(&bytes[..bytes.len().min(SNIFFED_BYTES)]) == Format::Html;
        let is_html = is_html.unwrap_or_else(sniff);
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

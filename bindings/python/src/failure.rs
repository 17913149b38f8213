//! Failures of the library as exceptions of Python.

use std::error::Error as _;
use std::io;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

pyo3::create_exception!(
    pagesieve,
    Error,
    PyValueError,
    "A model, policy or data set that cannot be used; says what to do."
);

/// The exception for `error`: an `OSError` of the right kind if a file is to blame.
pub fn raised(error: pagesieve::Error) -> PyErr {
    match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(source) => io::Error::new(source.kind(), error.to_string()).into(),
        None => Error::new_err(error.to_string()),
    }
}

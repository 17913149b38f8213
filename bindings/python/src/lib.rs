//! The native half of the Python package `pagesieve`: it opens models and works on pages, Python's classes do the rest.
//! It knows no rule and no default of its own.
#![allow(clippy::needless_pass_by_value)] // what comes from Python comes as values

mod arrow;
mod classifier;
mod failure;
mod sieve;
mod trainer;

use pagesieve::{Policy, Reason};
use pyo3::prelude::*;

#[pymodule]
mod _pagesieve {
    #[pymodule_export]
    use super::classifier::{Analysis, Classifier};
    #[pymodule_export]
    use super::failure::Error;
    #[pymodule_export]
    use super::trainer::Trainer;

    use super::{Bound, Policy, PyModule, PyModuleMethods, PyResult, Reason};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let reasons: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        module.add("REASONS", reasons)?;
        module.add("POLICY", Policy::PARTS)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}

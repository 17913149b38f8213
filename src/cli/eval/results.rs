//! Results: what was measured, as it is kept in files.
//!
//! Comes in: sets of scores, or a file of results. Goes out: measurements as JSON.

use std::path::Path;

use pagesieve::Model;
use pagesieve::evaluate::{Disagreement, Measurement, measure};
use pagesieve::schema::ModelRecord;
use serde::{Deserialize, Serialize};

use super::super::failure::{Failure, Result};
use super::super::stream::json_line;
use super::reading::Reading;

/// The version of the form of results; it goes up when a member changes or goes.
const SCHEMA: u32 = 1;

/// What was measured on a corpus.
#[derive(Serialize)]
pub struct Results {
    schema: u32,
    /// The model; none if one was trained for every fold.
    model: Option<ModelRecord>,
    /// How many models were trained for the figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    folds: Option<u8>,
    /// Every task on every set.
    pub measurements: Vec<Measurement>,
    /// Where model and labels contradict each other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disagreements: Vec<Disagreement>,
}

/// Results that were kept.
#[derive(Deserialize)]
pub struct OldResults {
    schema: u32,
    /// Every task on every set.
    pub measurements: Vec<Measurement>,
}

impl Results {
    /// The figures of what was read.
    pub fn new(reading: Reading<'_>, model: Option<&Model>, folds: Option<u8>, detail: bool) -> Self {
        Self {
            schema: SCHEMA,
            model: model.map(ModelRecord::new),
            folds,
            measurements: measure(&reading.sets, detail),
            disagreements: reading.disagreements,
        }
    }

    /// One object on one line.
    pub fn to_json(&self) -> Vec<u8> {
        json_line(self)
    }
}

/// Reads what [`Results::to_json`] wrote.
pub fn read_results(path: &Path) -> Result<OldResults> {
    let failed = |what: String| Failure::Failed(format!("{}: {what}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| failed(format!("cannot read the results: {error}")))?;
    let results: OldResults = serde_json::from_slice(&bytes)
        .map_err(|error| failed(format!("these are no results of eval --json ({error})")))?;
    if results.schema == SCHEMA {
        return Ok(results);
    }
    Err(failed(format!(
        "the results are of schema {}, but this pagesieve compares schema {SCHEMA}; measure again",
        results.schema
    )))
}

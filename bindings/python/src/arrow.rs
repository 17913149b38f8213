//! Columns of pages to columns of results.
//!
//! Comes in: record batches, through the Arrow C interface. Goes out: one record batch, row by row the same.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchReader};
use arrow_json::ReaderBuilder;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use pagesieve::input::page::Content;
use pagesieve::schema::{ByLabel, Tag};
use pagesieve::{LabelSet, Labels};
use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use serde::Serialize;

use crate::sieve::{Sieve, each};

/// What is told of a row; nothing if it has no page.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    tag: Option<Tag<'a>>,
    words: Option<ByLabel<'a, usize>>,
    news_text: Option<&'a str>,
}

/// Classifies `column` of all batches. A null page has null results.
pub fn classify(
    sieve: &Sieve,
    reader: Box<dyn RecordBatchReader + Send>,
    column: &str,
    is_html: Option<bool>,
    with_text: bool,
    threads: usize,
) -> PyResult<RecordBatch> {
    let index = reader.schema().index_of(column).map_err(|error| PyKeyError::new_err(error.to_string()))?;
    let labels = sieve.labels();
    let wanted = sieve.wanted().ok().filter(|_| with_text);
    let classify = |page: Option<Content<'_>>| page.map(|page| found(sieve, page, is_html, wanted));
    let mut all = Vec::new();
    for batch in reader {
        let batch = batch.map_err(failed)?;
        all.extend(each(threads, pages(batch.column(index), column)?, classify)?);
    }
    let rows = all.iter().map(|row| {
        let (found, text) = row.as_ref().map(|(found, text)| (found, text.as_deref())).unzip();
        let words = found.map(|found| ByLabel::new(labels, |label| found.words[label.index()]));
        Row { tag: found.map(|found| Tag::new(found, labels)), words, news_text: text.flatten() }
    });
    columns(&rows.collect::<Vec<_>>(), labels, with_text).map_err(failed)
}

/// What was found out about a page, and its text of the labels wanted.
fn found(
    sieve: &Sieve,
    page: Content<'_>,
    is_html: Option<bool>,
    wanted: Option<LabelSet>,
) -> (pagesieve::Analysis, Option<String>) {
    let document = page.read(is_html);
    let mut found = sieve.classifier.classify(&document);
    let text = wanted.map(|wanted| document.text_of(|block| wanted.contains(found.blocks[block].label)));
    // What is not told is not held until the last row is done.
    (found.blocks, found.regions) = Default::default();
    (found, text)
}

fn failed(error: ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The pages of a column.
fn pages<'a>(pages: &'a ArrayRef, column: &str) -> PyResult<Vec<Option<Content<'a>>>> {
    let text = |page: Option<&'a str>| page.map(Content::Text);
    let bytes = |page: Option<&'a [u8]>| page.map(Content::Bytes);
    Ok(match pages.data_type() {
        DataType::Utf8 => pages.as_string::<i32>().iter().map(text).collect(),
        DataType::LargeUtf8 => pages.as_string::<i64>().iter().map(text).collect(),
        DataType::Utf8View => pages.as_string_view().iter().map(text).collect(),
        DataType::Binary => pages.as_binary::<i32>().iter().map(bytes).collect(),
        DataType::LargeBinary => pages.as_binary::<i64>().iter().map(bytes).collect(),
        DataType::BinaryView => pages.as_binary_view().iter().map(bytes).collect(),
        DataType::Null => vec![None; pages.len()],
        other => {
            let message = format!("the column {column:?} holds {other}, but pages are strings or binary");
            return Err(PyTypeError::new_err(message));
        }
    })
}

/// The result columns: rows as they are told in JSON.
fn columns(rows: &[Row<'_>], labels: &Labels, with_text: bool) -> Result<RecordBatch, ArrowError> {
    let field = |name: &str, kind: DataType| Field::new(name, kind, true);
    let by_label = |kind: &DataType| labels.names().iter().map(|name| field(name, kind.clone())).collect();
    let mut fields = vec![
        field("label", DataType::Utf8),
        field("probs", DataType::Struct(by_label(&DataType::Float64))),
        field("verdict", DataType::Utf8),
        field("reasons", DataType::new_list(DataType::Utf8, true)),
        field("words", DataType::Struct(by_label(&DataType::Int64))),
    ];
    fields.extend(with_text.then(|| field("news_text", DataType::LargeUtf8)));
    let schema = Arc::new(Schema::new(fields));
    let mut decoder = ReaderBuilder::new(Arc::clone(&schema)).build_decoder()?;
    decoder.serialize(rows)?;
    Ok(decoder.flush()?.unwrap_or_else(|| RecordBatch::new_empty(schema)))
}

//! Columns of pages to columns of results.
//!
//! Comes in: record batches, through the Arrow C interface. Goes out: one record batch, row by row the same.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, Float64Array, Int64Array, LargeStringArray, RecordBatch, RecordBatchReader, StringArray,
    StructArray,
};
use arrow_buffer::NullBuffer;
use arrow_schema::{ArrowError, DataType, Field};
use pagesieve::schema::rounded;
use pagesieve::{LabelSet, Verdict};
use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::classifier::each;
use crate::sieve::{Content, IsHtml, Sieve};

/// What is told of a row that holds a page.
struct Row {
    found: pagesieve::Analysis,
    text: Option<String>,
}

/// Classifies `column` of all batches. A null page has null results.
pub fn classify(
    sieve: &Sieve,
    reader: Box<dyn RecordBatchReader + Send>,
    column: &str,
    is_html: IsHtml,
    with_text: bool,
    threads: usize,
) -> PyResult<RecordBatch> {
    let schema = reader.schema();
    let (index, _) = schema.column_with_name(column).ok_or_else(|| {
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        PyKeyError::new_err(format!("there is no column {column:?} (found: {})", names.join(", ")))
    })?;
    let wanted = sieve.classifier().policy().wanted(sieve.model.labels()).ok().map(LabelSet::from);
    let wanted = wanted.filter(|_| with_text);
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.map_err(failed)?;
        let cells = cells(batch.column(index), column)?;
        let classify = |cell: Option<Content<'_>>| cell.map(|cell| row(sieve, cell, is_html, wanted));
        rows.extend(each(threads, cells, classify)?);
    }
    columns(sieve, &rows, with_text).map_err(failed)
}

fn row(sieve: &Sieve, page: Content<'_>, is_html: IsHtml, wanted: Option<LabelSet>) -> Row {
    let document = page.read(is_html);
    let mut found = sieve.classifier().classify(&document);
    let text = wanted.map(|wanted| document.text_of(|block| wanted.contains(found.blocks[block].label)));
    // What is not told is not held until the last row is done.
    (found.blocks, found.regions) = Default::default();
    Row { found, text }
}

fn failed(error: ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The pages of a column.
fn cells<'a>(pages: &'a ArrayRef, column: &str) -> PyResult<Vec<Option<Content<'a>>>> {
    Ok(match pages.data_type() {
        DataType::Utf8 => pages.as_string::<i32>().iter().map(|page| page.map(Content::Text)).collect(),
        DataType::LargeUtf8 => pages.as_string::<i64>().iter().map(|page| page.map(Content::Text)).collect(),
        DataType::Utf8View => pages.as_string_view().iter().map(|page| page.map(Content::Text)).collect(),
        DataType::Binary => pages.as_binary::<i32>().iter().map(|page| page.map(Content::Bytes)).collect(),
        DataType::LargeBinary => {
            pages.as_binary::<i64>().iter().map(|page| page.map(Content::Bytes)).collect()
        }
        DataType::BinaryView => pages.as_binary_view().iter().map(|page| page.map(Content::Bytes)).collect(),
        DataType::Null => vec![None; pages.len()],
        other => {
            let message = format!("the column {column:?} holds {other}, but pages are strings or binary");
            return Err(PyTypeError::new_err(message));
        }
    })
}

/// The result columns.
fn columns(sieve: &Sieve, rows: &[Option<Row>], with_text: bool) -> Result<RecordBatch, ArrowError> {
    let labels = sieve.model.labels();
    let found = || rows.iter().map(|row| row.as_ref().map(|row| &row.found));
    let mut reasons = ListBuilder::new(StringBuilder::new());
    for found in found() {
        for reason in found.iter().flat_map(|found| &found.reasons) {
            reasons.values().append_value(reason.name());
        }
        reasons.append(found.is_some());
    }
    let probability = |label: usize| {
        column::<Float64Array, _>(found().map(|found| found.map(|found| rounded(found.probabilities[label]))))
    };
    let words = |label: usize| {
        column::<Int64Array, _>(found().map(|found| found.map(|found| found.words[label] as i64)))
    };
    let nulls: NullBuffer = rows.iter().map(Option::is_some).collect();
    let by_label = |part: &dyn Fn(usize) -> ArrayRef| -> Result<ArrayRef, ArrowError> {
        let parts: Vec<ArrayRef> = labels.iter().map(|label| part(label.index())).collect();
        let fields = labels.names().iter().zip(&parts);
        let fields = fields.map(|(name, part)| Field::new(name, part.data_type().clone(), true)).collect();
        Ok(Arc::new(StructArray::try_new(fields, parts, Some(nulls.clone()))?))
    };
    let label = found().map(|found| found.map(|found| labels.name(found.label)));
    let verdict = found().map(|found| found.and_then(|found| found.verdict).map(Verdict::name));
    let mut columns = vec![
        ("label", column::<StringArray, _>(label)),
        ("probs", by_label(&probability)?),
        ("verdict", column::<StringArray, _>(verdict)),
        ("reasons", Arc::new(reasons.finish()) as ArrayRef),
        ("words", by_label(&words)?),
    ];
    if with_text {
        let texts = rows.iter().map(|row| row.as_ref().and_then(|row| row.text.as_deref()));
        columns.push(("news_text", column::<LargeStringArray, _>(texts)));
    }
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
}

fn column<A, T>(values: impl Iterator<Item = Option<T>>) -> ArrayRef
where
    A: FromIterator<Option<T>> + Array + 'static,
{
    Arc::new(values.collect::<A>())
}

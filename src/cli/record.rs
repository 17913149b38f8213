//! The record of a page that is passed on: what it was, or what it becomes.
//!
//! Comes in: an input with its page and analysis, and what the arguments ask for. Goes out: the bytes to write for it.

use clap::ValueEnum;
use pagesieve::input::jsonl;
use pagesieve::input::page::{Id, Page};
use pagesieve::input::rows;
use pagesieve::output::{Selection, markdown, text, wet};
use pagesieve::schema::Tag;
use pagesieve::{Analysis, Labels};
use serde::Serialize;

use super::failure::{Failure, Result};
use super::input::{Input, Item};
use super::reading::Reading;
use super::stream::json_line;

/// What records are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// As they came: lines, rows and records byte for byte, of pages the paths
    Same,
    /// Objects with id, url, text and the verdict
    Jsonl,
    /// Rows with id, url, label, verdict, reasons, probability and text
    Csv,
    /// The text, with a blank line between pages
    Text,
    /// Markdown, with a rule between pages
    Markdown,
    /// Parquet: the columns of Parquet, or else id, url and text, with label, verdict, reasons and probability
    Parquet,
}

/// What is written of an input.
#[derive(Debug, Clone, PartialEq)]
pub enum Made {
    /// The input as it came.
    AsItCame,
    /// These bytes.
    Bytes(Vec<u8>),
    /// This row of Parquet.
    Row(Box<Row>),
}

/// A row of Parquet.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The page's id as text.
    pub id: String,
    /// Its address.
    pub url: Option<String>,
    /// Its text, or what is passed on of it; none of Parquet that is passed on as it is.
    pub text: Option<String>,
    /// What its content is.
    pub label: String,
    /// What to do with it.
    pub verdict: String,
    /// Why.
    pub reasons: String,
    /// The probability of the label.
    pub probability: f32,
}

/// The columns of [`Format::Csv`].
const COLUMNS: [&str; 7] = ["id", "url", "label", "verdict", "reasons", "p", "text"];
/// The columns that a tag adds to a table.
const TAG_COLUMNS: [&str; 3] = ["pagesieve_label", "pagesieve_verdict", "pagesieve_reasons"];

/// How the records of pages are written.
#[derive(Debug, Clone, Copy)]
pub struct Recording<'a> {
    /// What they are written as.
    pub format: Format,
    /// Whether the verdict is added to records that stay as they are.
    pub is_tagged: bool,
    /// The model's labels.
    pub labels: &'a Labels,
    /// How the inputs are read.
    pub reading: &'a Reading,
}

#[derive(Serialize)]
struct TextRecord<'a> {
    id: &'a Id,
    url: Option<&'a str>,
    text: &'a str,
    pagesieve: Tag<'a>,
}

impl Format {
    /// The extension of files in this format; none if it is that of the input.
    pub fn extension(self) -> Option<&'static str> {
        match self {
            Self::Same => None,
            Self::Jsonl => Some("jsonl"),
            Self::Csv => Some("csv"),
            Self::Text => Some("txt"),
            Self::Markdown => Some("md"),
            Self::Parquet => Some("parquet"),
        }
    }

    /// What stands between two records.
    pub fn separator(self) -> &'static [u8] {
        match self {
            Self::Text => b"\n",
            Self::Markdown => b"\n---\n\n",
            _ => b"",
        }
    }
}

impl Recording<'_> {
    /// What is written of a page of which `selection` is passed on.
    pub fn write(
        &self,
        input: &Input,
        page: &Page,
        analysis: &Analysis,
        selection: Selection,
    ) -> Result<Made> {
        let all = || text::write(&page.document, analysis, selection);
        Ok(Made::Bytes(match self.format {
            Format::Same => return self.same(input, page, analysis, selection),
            Format::Parquet => {
                let is_cut = selection != Selection::ALL || !matches!(input.item, Item::Cells(_));
                return Ok(self.parquet_row(page, analysis, is_cut.then(all)));
            }
            Format::Text => (all() + "\n").into_bytes(),
            Format::Markdown => (markdown::write(&page.document, analysis, selection) + "\n").into_bytes(),
            Format::Jsonl => json_line(&TextRecord {
                id: &page.id,
                url: page.url.as_deref(),
                text: &all(),
                pagesieve: Tag::new(analysis, self.labels),
            }),
            Format::Csv => self.row(page, analysis, &all())?,
        }))
    }

    fn parquet_row(&self, page: &Page, analysis: &Analysis, text: Option<String>) -> Made {
        let [verdict, reasons] = verdict(analysis);
        Made::Row(Box::new(Row {
            id: page.id.to_string(),
            url: page.url.clone(),
            text,
            label: self.labels.name(analysis.label).to_owned(),
            verdict,
            reasons,
            probability: analysis.probabilities[analysis.label.index()],
        }))
    }

    fn row(&self, page: &Page, analysis: &Analysis, text: &str) -> Result<Vec<u8>> {
        let label = self.labels.name(analysis.label);
        let [verdict, reasons] = verdict(analysis);
        let probability = format!("{:.4}", analysis.probabilities[analysis.label.index()]);
        let id = page.id.to_string();
        let cells = [
            &id,
            page.url.as_deref().unwrap_or_default(),
            label,
            verdict.as_str(),
            &reasons,
            &probability,
            text,
        ];
        csv_line(&cells)
    }

    /// The header that stands before the records of inputs like `input`, if one does.
    pub fn header(&self, input: &Input) -> Result<Option<Vec<u8>>> {
        match (self.format, &input.item) {
            (Format::Csv, _) => csv_line(&COLUMNS).map(Some),
            (Format::Same, Item::Row(row)) => Ok(Some(if self.is_tagged {
                rows::Row::with_cells(&row.header.bytes, row.header.delimiter, &TAG_COLUMNS)
            } else {
                row.header.bytes.clone()
            })),
            _ => Ok(None),
        }
    }

    /// The input with only the text that is selected, and its verdict if that is asked for.
    fn same(&self, input: &Input, page: &Page, analysis: &Analysis, selection: Selection) -> Result<Made> {
        let cut = (selection != Selection::ALL).then(|| text::write(&page.document, analysis, selection));
        let made = match (&input.item, cut) {
            (Item::Line(line), cut) => {
                let cut = cut.map(|text| jsonl::with_text(line, &self.reading.fields, &text)).transpose()?;
                self.is_tagged
                    .then(|| self.tagged_line(cut.as_deref().unwrap_or(&line.bytes), analysis))
                    .or(cut)
            }
            (Item::Row(row), cut) => {
                let cut = cut.map(|text| row.with_text(&text)).transpose()?;
                let tagged = |bytes| self.tagged_row(bytes, row.header.delimiter, analysis);
                self.is_tagged.then(|| tagged(cut.as_deref().unwrap_or(&row.bytes))).or(cut)
            }
            (Item::Cells(_), cut) => return Ok(self.parquet_row(page, analysis, cut)),
            (Item::Record(record), Some(text)) => Some(wet::write(record, &text)),
            (Item::File { .. }, Some(_)) => {
                return Err(Failure::usage(
                    "of pages the paths are passed on, which have no regions; choose --format text, markdown or jsonl",
                ));
            }
            _ => None,
        };
        Ok(made.map_or(Made::AsItCame, Made::Bytes))
    }

    fn tagged_line(&self, line: &[u8], analysis: &Analysis) -> Vec<u8> {
        let tag = serde_json::to_vec(&Tag::new(analysis, self.labels))
            .expect("strings, numbers and lists of them always make JSON");
        tagged(line, &tag)
    }

    fn tagged_row(&self, row: &[u8], delimiter: u8, analysis: &Analysis) -> Vec<u8> {
        let [verdict, reasons] = verdict(analysis);
        rows::Row::with_cells(row, delimiter, &[self.labels.name(analysis.label), &verdict, &reasons])
    }
}

fn verdict(analysis: &Analysis) -> [String; 2] {
    let reasons: Vec<&str> = analysis.reasons.iter().map(|reason| reason.name()).collect();
    [analysis.verdict.map_or(String::new(), |verdict| verdict.to_string()), reasons.join(" ")]
}

fn csv_line(cells: &[&str]) -> Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(cells).map_err(|error| Failure::Failed(error.to_string()))?;
    out.into_inner().map_err(|error| Failure::Failed(error.to_string()))
}

/// The object in `line` with a last member `pagesieve`. The line is known to hold an object, and one with a member.
fn tagged(line: &[u8], tag: &[u8]) -> Vec<u8> {
    let end = line.iter().rposition(|byte| *byte == b'}').unwrap_or(line.len());
    let (before, after) = line.split_at(end);
    [before, b",\"pagesieve\":", tag, after].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_change_nothing_else() {
        assert_eq!(tagged(b"{\"a\": {} } \r\n", b"{}"), b"{\"a\": {} ,\"pagesieve\":{}} \r\n");
    }
}

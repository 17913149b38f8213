//! Records: the lines of a corpus file.
//!
//! Comes in: a line of JSON. Goes out: a [`Record`] with its page and what is known of it, its [`Gold`].

use serde::Deserialize;

use crate::document::{Document, DocumentBuilder};
use crate::error::{Error, ErrorKind, Result};
use crate::input::{html, text};
use crate::token::hash_bytes;

/// A line of a corpus file.
#[derive(Debug, Deserialize)]
pub struct Record {
    id: String,
    source: Option<String>,
    url: Option<String>,
    domain: Option<String>,
    lang: Option<String>,
    html: Option<String>,
    gold_text: Option<String>,
    with: Option<Vec<String>>,
    without: Option<Vec<String>>,
    blocks: Option<Vec<Line>>,
    lines: Option<Vec<Line>>,
    text: Option<String>,
    label: Option<String>,
    format: Option<String>,
    confidence: Option<f64>,
    content: Option<String>,
    content_sure: Option<bool>,
    /// What a page labelled line by line is as a whole.
    page: Option<String>,
}

/// A line or block with the label a reader gave it.
#[derive(Debug, Deserialize)]
pub struct Line {
    /// What it says.
    pub text: String,
    /// Its label.
    pub label: String,
}

/// What is known of a record's page.
#[derive(Debug, Clone, Copy)]
pub enum Gold<'a> {
    /// The main text of a page with markup.
    Text(&'a str),
    /// Strings that the main text holds, and strings of the page that it does not hold.
    Strings {
        /// Those it holds.
        wanted: &'a [String],
        /// Those it does not hold.
        unwanted: &'a [String],
    },
    /// All blocks of a page with markup, in page order; to be aligned with our own.
    Blocks(&'a [Line]),
    /// All lines of plain text, in order.
    Lines(&'a [Line]),
    /// The label of a single line, such as a headline.
    Label(&'a str),
    /// The kind of a plain-text page.
    Format {
        /// What the kind is called.
        name: &'a str,
        /// How sure that is, 0 to 1; 1 if the record does not say.
        confidence: f64,
    },
}

impl Record {
    /// Reads one line.
    ///
    /// # Errors
    /// If it is no JSON object of one of the forms of the [module](super).
    pub fn parse(line: &[u8]) -> Result<Self> {
        let record: Self = serde_json::from_slice(line).map_err(|error| {
            Error::new(ErrorKind::Format, format!("the line is no corpus record ({error})"))
        })?;
        if record.find_gold().is_some() {
            return Ok(record);
        }
        let message = "the line has neither html with gold_text, blocks or with and without, nor lines, nor text \
                       with label or format";
        Err(Error::new(ErrorKind::Format, message))
    }

    fn find_gold(&self) -> Option<Gold<'_>> {
        if self.html.is_some() {
            return match (&self.gold_text, &self.blocks, &self.with, &self.without) {
                (Some(text), ..) => Some(Gold::Text(text)),
                (_, Some(blocks), ..) => Some(Gold::Blocks(blocks)),
                (.., Some(wanted), Some(unwanted)) => Some(Gold::Strings { wanted, unwanted }),
                _ => None,
            };
        }
        if let Some(lines) = &self.lines {
            return Some(Gold::Lines(lines));
        }
        match (&self.text, &self.label, &self.format) {
            (Some(_), Some(label), _) => Some(Gold::Label(label)),
            (Some(_), None, Some(name)) => {
                Some(Gold::Format { name, confidence: self.confidence.unwrap_or(1.0) })
            }
            _ => None,
        }
    }

    /// What is known of the page.
    #[allow(clippy::missing_panics_doc)] // it cannot
    pub fn gold(&self) -> Gold<'_> {
        self.find_gold().expect("records without gold are refused when they are read")
    }

    /// The page as `classify` would read it. What has one label is one block, even if it is several lines.
    pub fn document(&self) -> Document {
        let text = self.text.as_deref().unwrap_or_default();
        match (&self.html, self.gold()) {
            (Some(html), _) => html::read(html),
            (None, Gold::Lines(lines)) => of_lines(lines.iter().map(|line| line.text.trim())),
            (None, Gold::Label(_)) => of_lines(std::iter::once(text.trim())),
            (None, _) => text::read(text),
        }
    }

    /// What the page is called.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The data set the page comes from.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// Where the page stood.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// The address whose host is the page's site: its own, or that of the site alone.
    pub fn site(&self) -> Option<&str> {
        self.url.as_deref().or(self.domain.as_deref())
    }

    /// The code of its language.
    pub fn language(&self) -> Option<&str> {
        self.lang.as_deref()
    }

    /// What its main text is, if a reader was sure of it: `news`, `listicle`, `other`.
    pub fn content(&self) -> Option<&str> {
        self.content.as_deref().filter(|_| self.content_sure != Some(false))
    }

    /// What a page labelled line by line is as a whole.
    pub fn page(&self) -> Option<&str> {
        self.page.as_deref()
    }

    /// Whether a reader was torn between kinds of content.
    pub(super) fn is_torn(&self) -> bool {
        self.content.is_some() && self.content_sure == Some(false)
    }

    /// The group of pages it belongs to: those of its site.
    pub fn group(&self) -> u64 {
        hash_bytes(self.domain.as_ref().unwrap_or(&self.id).as_bytes())
    }
}

/// One block a line that is not empty.
fn of_lines<'a>(lines: impl Iterator<Item = &'a str>) -> Document {
    let mut builder = DocumentBuilder::new(false);
    let mut at = 0;
    for line in lines {
        builder.block(line, at..at + line.len(), None, 0, false);
        at += line.len() + 1;
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_by_their_fields() {
        let gold = |json: &str| format!("{:?}", Record::parse(json.as_bytes()).unwrap().gold());
        assert_eq!(gold(r#"{"id":"a","html":"<p>x","gold_text":"x"}"#), r#"Text("x")"#);
        assert_eq!(
            gold(r#"{"id":"a","html":"<p>x","with":["x"],"without":["y"]}"#),
            r#"Strings { wanted: ["x"], unwanted: ["y"] }"#
        );
        assert_eq!(gold(r#"{"id":"a","text":"x","label":"news","format":"y"}"#), r#"Label("news")"#);
        assert_eq!(
            gold(r#"{"id":"a","text":"x","format":"Listicle"}"#),
            r#"Format { name: "Listicle", confidence: 1.0 }"#
        );
    }

    #[test]
    fn unknown_forms_are_refused() {
        for line in [r#"{"id":"a","html":"<p>x"}"#, r#"{"id":"a","text":"x"}"#, "{}", "x"] {
            let error = Record::parse(line.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Format, "{error}");
        }
    }

    #[test]
    fn blank_lines_are_no_blocks() {
        let json =
            r#"{"id":"a","lines":[{"text":" Home ","label":"boilerplate"},{"text":" ","label":"news"}]}"#;
        let document = Record::parse(json.as_bytes()).unwrap().document();
        assert_eq!((document.len(), document.block(0).text()), (1, "Home"));
    }
}

//! Attributes for dolma, the toolkit that mixes training corpora from documents and what taggers say of them.
//!
//! Comes in: a page's source text and its analysis. Goes out: the spans of every label, in code points of that text.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::classifier::Analysis;
use crate::document::Document;
use crate::input::page::Id;
use crate::label::Labels;
use crate::schema::Probability;

/// The names of attributes start with this: the tagger and its version.
const TAGGER: &str = "pagesieve__v1__";

/// The line of attributes that belongs to one document.
#[derive(Debug, Serialize)]
pub struct Attributes<'a> {
    id: &'a Id,
    attributes: Spans<'a>,
}

#[derive(Debug)]
struct Spans<'a>(Vec<(&'a str, Vec<Span>)>);

/// Start and end in code points, and the probability of the label.
#[derive(Debug, Serialize)]
struct Span(usize, usize, Probability);

impl<'a> Attributes<'a> {
    /// The regions of `document`, which was read from `source`, one list a label.
    ///
    /// ```
    /// use pagesieve::input::{page::Id, text};
    /// use pagesieve::{Classifier, output::dolma::Attributes};
    /// let classifier = Classifier::with_default_model()?;
    /// let (id, source) = (Id::from_text("a"), "Précis\n— — —\n");
    /// let page = text::read(source);
    /// let line = Attributes::new(&id, source, &page, &classifier.classify(&page), classifier.model().labels());
    /// let line = serde_json::to_value(&line).unwrap();
    /// assert_eq!(line["attributes"]["pagesieve__v1__boilerplate"][0][1], 12);
    /// # Ok::<(), pagesieve::Error>(())
    /// ```
    pub fn new(
        id: &'a Id,
        source: &str,
        document: &Document,
        analysis: &Analysis,
        labels: &'a Labels,
    ) -> Self {
        let mut spans: Vec<(&str, Vec<Span>)> =
            labels.names().iter().map(|name| (name.as_str(), Vec::new())).collect();
        let mut points = CodePoints { source, byte: 0, point: 0 };
        for region in &analysis.regions {
            let start = points.at(document.block(region.first).source().start);
            let end = points.at(document.block(region.last).source().end);
            spans[region.label.index()].1.push(Span(start, end, Probability::new(region.probability)));
        }
        Self { id, attributes: Spans(spans) }
    }

    /// The line for a document that could not be read, so that lines keep their partners.
    pub fn none(id: &'a Id) -> Self {
        Self { id, attributes: Spans(Vec::new()) }
    }
}

impl Serialize for Spans<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut members = out.serialize_map(Some(self.0.len()))?;
        for (label, spans) in &self.0 {
            members.serialize_entry(&format!("{TAGGER}{label}"), spans)?;
        }
        members.end()
    }
}

/// Counts code points along a text.
struct CodePoints<'a> {
    source: &'a str,
    byte: usize,
    point: usize,
}

impl CodePoints<'_> {
    /// How many code points stand before `byte`. Asked for in ascending order, it counts each once.
    fn at(&mut self, byte: usize) -> usize {
        let byte = byte.min(self.source.len());
        if byte < self.byte {
            (self.byte, self.point) = (0, 0);
        }
        let between = &self.source.as_bytes()[self.byte..byte];
        // Bytes that go on with a character start with the bits 10.
        self.point += between.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        self.byte = byte;
        self.point
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_are_counted() {
        let source = "aé—𝄞b";
        let mut points = CodePoints { source, byte: 0, point: 0 };
        let offsets = [0, 1, 3, 6, 10, 11, 99, 3];
        assert_eq!(offsets.map(|byte| points.at(byte)), [0, 1, 2, 3, 4, 5, 5, 2]);
    }
}

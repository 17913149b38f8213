//! JSON schema 1: what other programs read of a classified page.
//!
//! Comes in: a [`Page`] and its [`Analysis`]. Goes out: values that serialise to the documented objects, members in
//! the documented order, probabilities rounded to four decimals.

use std::ops::Range;
use std::str::FromStr;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::classifier::Analysis;
use crate::document::Document;
use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "train")]
use crate::evaluate::Confusion;
use crate::explain::{Contribution, Explanation};
use crate::gate::{Reason, Verdict};
use crate::input::page::{Id, Page};
use crate::label::{Label, Labels};
use crate::model::Model;
#[cfg(feature = "train")]
use crate::train::Report;

/// The version of the schema; it goes up when a member changes or goes.
pub const SCHEMA: u32 = 1;

/// How much of a page is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detail {
    /// The page as a whole.
    Document,
    /// Its regions too.
    Regions,
    /// Its blocks too.
    Blocks,
}

/// From `document`, `regions` or `blocks`.
impl FromStr for Detail {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "document" => Ok(Self::Document),
            "regions" => Ok(Self::Regions),
            "blocks" => Ok(Self::Blocks),
            _ => {
                let message = format!("the detail is {name:?}, but must be document, regions or blocks");
                Err(Error::new(ErrorKind::Policy, message))
            }
        }
    }
}

/// A classified page.
#[derive(Debug, Serialize)]
pub struct PageRecord<'a> {
    schema: u32,
    id: &'a Id,
    url: Option<&'a str>,
    label: &'a str,
    probs: ByLabel<'a, Probability>,
    verdict: Option<Verdict>,
    reasons: &'a [Reason],
    words: ByLabel<'a, usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regions: Option<Vec<RegionRecord<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocks: Option<Vec<BlockRecord<'a>>>,
    model: &'a ModelRecord,
}

/// A run of blocks with one label; `first` and `last` count blocks from 0, both inclusive.
#[derive(Debug, Serialize)]
struct RegionRecord<'a> {
    label: &'a str,
    first: usize,
    last: usize,
    p: Probability,
}

#[derive(Debug, Serialize)]
struct BlockRecord<'a> {
    text: &'a str,
    label: &'a str,
    p: Probability,
    start: usize,
    end: usize,
    tag: &'a str,
    headline: bool,
}

/// Which model classified.
#[derive(Debug, Clone, Serialize)]
pub struct ModelRecord {
    name: String,
    version: String,
    hash: String,
}

/// Why a block has its label. All numbers are logits by label, rounded to four decimals.
#[derive(Debug, Serialize)]
pub struct ExplanationRecord<'a> {
    /// The block, counted from 0.
    block: usize,
    text: &'a str,
    label: &'a str,
    logits: ByLabel<'a, f64>,
    contributions: Vec<ContributionRecord<'a>>,
    evidence: Vec<ContributionRecord<'a>>,
    features: Vec<ContributionRecord<'a>>,
}

#[derive(Debug, Serialize)]
struct ContributionRecord<'a> {
    name: &'a str,
    logits: ByLabel<'a, f64>,
}

/// A record that could not be read.
#[derive(Debug, Serialize)]
pub struct ErrorRecord<'a> {
    schema: u32,
    id: &'a Id,
    error: &'a str,
}

/// A verdict, as it is added to a record that is passed on.
#[derive(Debug, Serialize)]
pub struct Tag<'a> {
    label: &'a str,
    probs: ByLabel<'a, Probability>,
    verdict: Option<Verdict>,
    reasons: &'a [Reason],
}

impl<'a> PageRecord<'a> {
    /// What is told of `page` in this `detail`.
    pub fn new(
        page: &'a Page,
        analysis: &'a Analysis,
        labels: &'a Labels,
        model: &'a ModelRecord,
        detail: Detail,
    ) -> Self {
        Self {
            schema: SCHEMA,
            id: &page.id,
            url: page.url.as_deref(),
            label: labels.name(analysis.label),
            probs: probabilities(analysis, labels),
            verdict: analysis.verdict,
            reasons: &analysis.reasons,
            words: ByLabel::new(labels, |label| analysis.words[label.index()]),
            regions: (detail >= Detail::Regions).then(|| regions(analysis, labels)),
            blocks: (detail >= Detail::Blocks).then(|| blocks(&page.document, analysis, labels)),
            model,
        }
    }

    /// The same with other offsets, one range a block: by default they are bytes of the decoded page.
    #[must_use]
    pub fn with_offsets(mut self, offsets: &[Range<usize>]) -> Self {
        for (block, offset) in self.blocks.iter_mut().flatten().zip(offsets) {
            (block.start, block.end) = (offset.start, offset.end);
        }
        self
    }
}

fn probabilities<'a>(analysis: &Analysis, labels: &'a Labels) -> ByLabel<'a, Probability> {
    ByLabel::new(labels, |label| Probability(analysis.probabilities[label.index()]))
}

fn regions<'a>(analysis: &Analysis, labels: &'a Labels) -> Vec<RegionRecord<'a>> {
    let regions = analysis.regions.iter().map(|region| RegionRecord {
        label: labels.name(region.label),
        first: region.first,
        last: region.last,
        p: Probability(region.probability),
    });
    regions.collect()
}

fn blocks<'a>(document: &'a Document, analysis: &Analysis, labels: &'a Labels) -> Vec<BlockRecord<'a>> {
    let blocks = document.blocks().zip(&analysis.blocks).map(|(block, found)| BlockRecord {
        text: block.text(),
        label: labels.name(found.label),
        p: Probability(found.probability),
        start: block.source().start,
        end: block.source().end,
        tag: block.tag(),
        headline: block.is_headline(),
    });
    blocks.collect()
}

impl ModelRecord {
    /// What identifies `model`.
    pub fn new(model: &Model) -> Self {
        Self { name: model.card().name.clone(), version: model.card().version.clone(), hash: model.hash() }
    }
}

impl<'a> ExplanationRecord<'a> {
    /// What is told of every block of `document`, in order.
    pub fn of(document: &'a Document, explanations: &'a [Explanation], labels: &'a Labels) -> Vec<Self> {
        let logits = |logits: &[f32]| ByLabel::new(labels, |label| rounded(logits[label.index()]));
        let records = |contributions: &'a [Contribution]| {
            let record = |contribution: &'a Contribution| ContributionRecord {
                name: &contribution.name,
                logits: logits(&contribution.logits),
            };
            contributions.iter().map(record).collect()
        };
        let blocks = document.blocks().zip(explanations).enumerate().map(|(index, (block, why))| Self {
            block: index,
            text: block.text(),
            label: labels.name(why.label),
            logits: logits(&why.logits),
            contributions: records(&why.contributions),
            evidence: records(&why.evidence),
            features: records(&why.features),
        });
        blocks.collect()
    }
}

impl<'a> ErrorRecord<'a> {
    /// The record called `id` could not be read because of `error`.
    pub fn new(id: &'a Id, error: &'a str) -> Self {
        Self { schema: SCHEMA, id, error }
    }
}

impl<'a> Tag<'a> {
    /// The verdict in `analysis`.
    pub fn new(analysis: &'a Analysis, labels: &'a Labels) -> Self {
        Self {
            label: labels.name(analysis.label),
            probs: probabilities(analysis, labels),
            verdict: analysis.verdict,
            reasons: &analysis.reasons,
        }
    }
}

/// How a training run went: a member for each part of its [`Report`], and the model's hash.
#[cfg(feature = "train")]
#[derive(Debug, Serialize)]
pub struct TrainingRecord<'a> {
    hash: String,
    pages: u64,
    blocks: ByLabel<'a, u64>,
    vocabulary: [usize; 2],
    sampled_rows: usize,
    f1: Option<ByLabel<'a, f64>>,
    macro_f1: Option<f64>,
}

#[cfg(feature = "train")]
impl<'a> TrainingRecord<'a> {
    /// What is told of the run that made `model`.
    pub fn new(model: &Model, report: &'a Report) -> Self {
        let labels = &report.labels;
        let confusion = report.confusion.as_ref();
        Self {
            hash: model.hash(),
            pages: report.pages,
            blocks: ByLabel::new(labels, |label| report.blocks[label.index()]),
            vocabulary: report.vocabulary,
            sampled_rows: report.sampled_rows,
            f1: confusion.map(|confusion| ByLabel::new(labels, |label| confusion.f1(label))),
            macro_f1: confusion.map(Confusion::macro_f1),
        }
    }
}

/// Serialises to a JSON number with at most four decimals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probability(f32);

impl Probability {
    pub(crate) fn new(probability: f32) -> Self {
        Self(probability)
    }
}

impl Serialize for Probability {
    fn serialize<S: Serializer>(&self, out: S) -> std::result::Result<S::Ok, S::Error> {
        out.serialize_f64(rounded(self.0))
    }
}

/// A probability as it is told to other programs: the number with four decimals nearest to it.
///
/// ```
/// assert_eq!(pagesieve::schema::rounded(0.123_456), 0.1235);
/// ```
pub fn rounded(probability: f32) -> f64 {
    f64::from((probability * 1e4).round()) / 1e4
}

/// Serialises to an object with a member for each label, in the order of the model's labels.
#[derive(Debug)]
pub struct ByLabel<'a, T> {
    labels: &'a Labels,
    values: Vec<T>,
}

impl<'a, T> ByLabel<'a, T> {
    /// The value of each label.
    pub fn new(labels: &'a Labels, value: impl FnMut(Label) -> T) -> Self {
        Self { labels, values: labels.iter().map(value).collect() }
    }
}

impl<T: Serialize> Serialize for ByLabel<'_, T> {
    fn serialize<S: Serializer>(&self, out: S) -> std::result::Result<S::Ok, S::Error> {
        let mut members = out.serialize_map(Some(self.values.len()))?;
        for (name, value) in self.labels.names().iter().zip(&self.values) {
            members.serialize_entry(name, value)?;
        }
        members.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Classifier;
    use crate::input::text;

    fn json(detail: Detail) -> serde_json::Value {
        let classifier = Classifier::with_default_model().unwrap();
        let document = text::read("Share this\nThe council voted on Monday to close the bridge.\n");
        let page = Page { id: Id::from_text("a"), url: None, document };
        let analysis = classifier.classify(&page.document);
        let (labels, model) = (classifier.model().labels(), ModelRecord::new(classifier.model()));
        let record = PageRecord::new(&page, &analysis, labels, &model, detail);
        serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap()
    }

    #[test]
    fn detail_trims_the_record() {
        let blocks = json(Detail::Blocks);
        assert_eq!(blocks["blocks"][1]["start"], 11);
        assert_eq!(blocks["url"], serde_json::Value::Null);
        let regions = json(Detail::Regions);
        assert!(regions["regions"].is_array() && regions.get("blocks").is_none());
        assert!(json(Detail::Document).get("regions").is_none());
    }

    #[test]
    fn details_have_names() {
        let details: [Detail; 3] = ["document", "regions", "blocks"].map(|name| name.parse().unwrap());
        assert_eq!(details, [Detail::Document, Detail::Regions, Detail::Blocks]);
        assert!("all".parse::<Detail>().unwrap_err().to_string().contains("document, regions or blocks"));
    }

    #[test]
    fn offsets_may_be_of_another_unit() {
        let classifier = Classifier::with_default_model().unwrap();
        let document = text::read("né\nça\n");
        let page = Page { id: Id::from_text("a"), url: None, document };
        let analysis = classifier.classify(&page.document);
        let (labels, model) = (classifier.model().labels(), ModelRecord::new(classifier.model()));
        let offsets = page.document.code_points("né\nça\n");
        let record = PageRecord::new(&page, &analysis, labels, &model, Detail::Blocks).with_offsets(&offsets);
        let json: serde_json::Value = serde_json::to_value(record).unwrap();
        assert_eq!((&json["blocks"][1]["start"], &json["blocks"][1]["end"]), (&3.into(), &5.into()));
    }

    #[test]
    fn probabilities_have_four_decimals() {
        assert_eq!(serde_json::to_string(&Probability(0.123_456)).unwrap(), "0.1235");
        assert_eq!(serde_json::to_string(&Probability(1.0)).unwrap(), "1.0");
    }
}

//! Pages: what a model says of one labelled page, and how right that is.
//!
//! Comes in: a [`Record`] and a [`Classifier`]. Goes out: a [`Judged`] page, and from it a [`PageScore`] that figures
//! over many pages are made of, and the blocks that model and reader disagree on.

use super::disagreement::Disagreement;
use super::facets::Facets;
use super::overlap::Overlap;
use super::reliability::Reliability;
use super::strings::Strings;
use super::tally::{CORPUS_LABELS, Tally};
use crate::classifier::{Analysis, Classifier};
use crate::corpus::{Gold, LineLabels, Record};
use crate::document::Document;
use crate::error::{Error, ErrorKind, Result};
use crate::features::{Facts, Features};
use crate::label::{Label, LabelSet, Labels};
use crate::labelled::LabelNames;
use crate::site::Sites;

/// Page formats are measured only where whoever gave them was as sure as this.
const LEAST_CONFIDENCE: f64 = 0.9;

/// Measures a classifier on records.
#[derive(Debug)]
pub struct Evaluator<'c, 'm> {
    classifier: &'c Classifier<'m>,
    /// What recurs on the sites of the pages, if that is to be known.
    sites: Option<&'c Sites>,
    /// [`CORPUS_LABELS`] in the model.
    corpus_labels: [Label; CORPUS_LABELS.len()],
    /// The model's labels, numbered as in the model.
    names: LabelNames,
}

/// One page with what the model says of it and what it is.
#[derive(Debug)]
pub struct Judged<'e> {
    evaluator: &'e Evaluator<'e, 'e>,
    record: &'e Record,
    document: Document,
    analysis: Analysis,
    /// The labels of the blocks, as far as they are known; empty if nothing is.
    labels: Vec<LabelSet>,
}

/// How right a model is on one page.
#[derive(Debug, Clone, PartialEq)]
pub struct PageScore {
    /// By the measure of the page's task.
    pub outcome: Outcome,
    /// The probabilities of blocks whose one label is known.
    pub blocks: Reliability,
    /// The probability of what the page was taken for, and whether it is; none if that is not known.
    pub page: Option<(f32, bool)>,
    /// Whether no text was found on a page with markup that has prose; none without prose or markup.
    pub is_empty: Option<bool>,
    /// By what the figures can be broken down.
    pub facets: Facets,
}

/// How right a model is on one page, by the measure of the page's task.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// How much of the main text was found.
    Text(Overlap),
    /// Which strings were found.
    Strings(Strings),
    /// Which lines were labelled right.
    Lines(Tally),
    /// Which blocks were labelled right.
    Blocks(Tally),
    /// Which of two kinds a headline was taken for.
    Headline(Margin),
    /// Which of two kinds a whole page was taken for.
    Document(Margin),
}

/// How far a page was taken for a listicle rather than news.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margin {
    /// The logarithm of the ratio of both probabilities; above 0 it was taken for a listicle.
    pub logarithm: f64,
    /// Whether it is one.
    pub is_listicle: bool,
}

impl<'c, 'm> Evaluator<'c, 'm> {
    /// An evaluator of `classifier`.
    ///
    /// # Errors
    /// If its model does not have the labels news, listicle and boilerplate.
    pub fn new(classifier: &'c Classifier<'m>) -> Result<Self> {
        let labels = classifier.model().labels();
        let mut names = LabelNames::default();
        for name in labels.names() {
            names.parse(name)?;
        }
        let find = |name: &str| labels.find(name).ok_or_else(|| lacks(labels, name));
        let [news, listicle, boilerplate] = CORPUS_LABELS.map(find);
        Ok(Self { classifier, sites: None, corpus_labels: [news?, listicle?, boilerplate?], names })
    }

    /// The same, but blocks that recur on a site are taken as likely boilerplate.
    #[must_use]
    pub fn on_sites(self, sites: &'c Sites) -> Self {
        Self { sites: Some(sites), ..self }
    }

    /// Classifies the page of a record.
    ///
    /// # Errors
    /// If the model's labels leave no room for those of the corpus, which those it must have never do.
    pub fn judge<'e>(&'e self, record: &'e Record) -> Result<Judged<'e>> {
        let labelled = record.labelled(&LineLabels::default(), &mut self.names.clone())?;
        let document = record.document();
        let labels = labelled.map(|page| page.labels).filter(|labels| labels.len() == document.len());
        let analysis = match self.sites {
            None => self.classifier.classify(&document),
            Some(sites) => {
                self.classifier.classify_on_site(&document, &sites.recurring(&document, record.site()))
            }
        };
        Ok(Judged { evaluator: self, record, document, analysis, labels: labels.unwrap_or_default() })
    }

    /// The place of one of the model's labels in [`CORPUS_LABELS`].
    fn corpus_label(&self, label: Label) -> Option<usize> {
        self.corpus_labels.iter().position(|known| *known == label)
    }
}

fn lacks(labels: &Labels, name: &str) -> Error {
    let message = format!(
        "a corpus has the labels {}, but the model knows {} and not {name}; choose the model with --model",
        CORPUS_LABELS.join(", "),
        labels.names().join(", ")
    );
    Error::new(ErrorKind::Data, message)
}

impl Judged<'_> {
    /// How right the model is; none if the record says too little to tell.
    pub fn score(&self) -> Option<PageScore> {
        let outcome = self.outcome()?;
        let blocks = self.known_blocks().map(|(block, truth)| (self.analysis.blocks[block], truth));
        let mut reliability = Reliability::default();
        blocks.for_each(|(found, truth)| reliability.count(found.probability, found.label == truth));
        let probability = self.analysis.probabilities[self.analysis.label.index()];
        let has_prose =
            self.document.has_markup() && Features::of(&self.document).facts().iter().any(Facts::is_prose);
        Some(PageScore {
            outcome,
            blocks: reliability,
            page: self.content().map(|truth| (probability, self.analysis.label == truth)),
            is_empty: has_prose.then(|| self.main_text().trim().is_empty()),
            facets: Facets::of(self.record, self.analysis.words.iter().sum()),
        })
    }

    /// The blocks whose one label is known. Where nobody knows what the main text is, boilerplate alone would be left,
    /// and every prediction of anything else wrong: there are none then.
    pub fn known_blocks(&self) -> impl Iterator<Item = (usize, Label)> {
        let is_one_sided = matches!(self.record.gold(), Gold::Text(_)) && self.content().is_none();
        let labels = if is_one_sided { &[][..] } else { &self.labels[..] };
        labels.iter().enumerate().filter_map(|(block, truth)| Some((block, truth.single()?)))
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(match self.record.gold() {
            Gold::Text(gold) => Outcome::Text(Overlap::of(gold, &self.main_text())),
            Gold::Strings { wanted, unwanted } => {
                Outcome::Strings(Strings::of(wanted, unwanted, &self.main_text()))
            }
            Gold::Lines(lines) => {
                let is_aligned = lines.len() == self.document.len();
                let mut tally = Tally::default();
                for (line, gold) in lines.iter().enumerate() {
                    if let Some(truth) = CORPUS_LABELS.iter().position(|name| *name == gold.label) {
                        let found = is_aligned.then(|| self.analysis.blocks[line].label);
                        tally.count(truth, found.and_then(|label| self.evaluator.corpus_label(label)));
                    }
                }
                Outcome::Lines(tally)
            }
            Gold::Blocks(_) => {
                let mut tally = Tally::default();
                for (block, truth) in self.known_blocks() {
                    if let Some(truth) = self.evaluator.corpus_label(truth) {
                        tally.count(truth, self.evaluator.corpus_label(self.analysis.blocks[block].label));
                    }
                }
                Outcome::Blocks(tally)
            }
            Gold::Label("listicle") => Outcome::Headline(self.margin(true)),
            Gold::Label("news") => Outcome::Headline(self.margin(false)),
            Gold::Format { name: "Listicle", confidence } if confidence >= LEAST_CONFIDENCE => {
                Outcome::Document(self.margin(true))
            }
            Gold::Format { name: "News Article", confidence } if confidence >= LEAST_CONFIDENCE => {
                Outcome::Document(self.margin(false))
            }
            Gold::Label(_) | Gold::Format { .. } => return None,
        })
    }

    /// The text of the page's own content, without its headline.
    fn main_text(&self) -> String {
        let [news, listicle, _] = self.evaluator.corpus_labels;
        let blocks = self.document.blocks().zip(&self.analysis.blocks);
        let own = blocks.filter(|(block, found)| {
            (found.label == news || found.label == listicle) && !block.is_headline()
        });
        own.map(|(block, _)| block.text()).collect::<Vec<_>>().join("\n")
    }

    fn margin(&self, is_listicle: bool) -> Margin {
        let [news, listicle, _] = self.evaluator.corpus_labels;
        // As printed: what stands there with four decimals is all that a user of the output can compare.
        let logarithm = |label: Label| {
            let printed = f64::from((self.analysis.probabilities[label.index()] * 1e4).round()) / 1e4;
            libm::log(printed.max(1e-300))
        };
        Margin { logarithm: logarithm(listicle) - logarithm(news), is_listicle }
    }

    /// The page.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What the model says of it.
    pub fn analysis(&self) -> &Analysis {
        &self.analysis
    }

    /// The group of pages it belongs to.
    pub fn group(&self) -> u64 {
        self.record.group()
    }

    /// The label of the page's own content, where that is one of the model's.
    pub fn content(&self) -> Option<Label> {
        let name = match self.record.gold() {
            Gold::Label(label) => Some(label),
            Gold::Lines(_) => self.record.page(),
            Gold::Format { name: "Listicle", confidence } if confidence >= LEAST_CONFIDENCE => {
                Some("listicle")
            }
            Gold::Format { name: "News Article", confidence } if confidence >= LEAST_CONFIDENCE => {
                Some("news")
            }
            Gold::Format { .. } => None,
            _ => self.record.content(),
        };
        name.and_then(|name| self.evaluator.classifier.model().labels().find(name))
    }

    /// Where the model contradicts the labels: the page as a whole, then its blocks in order.
    pub fn disagreements(&self) -> Vec<Disagreement> {
        let names = self.evaluator.classifier.model().labels();
        let id = self.record.id();
        let page = self
            .content()
            .and_then(|truth| Disagreement::on_page(id, &self.document, truth, &self.analysis, names));
        let blocks = Disagreement::on_blocks(id, &self.document, &self.labels, &self.analysis, names);
        page.into_iter().chain(blocks).collect()
    }
}

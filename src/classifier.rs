//! The whole pipeline on one screen: document, features, scores, fusions, segmentation, regions, verdict.
//!
//! Comes in: a [`Document`] and a [`Model`]. Goes out: an [`Analysis`].

use std::borrow::Cow;
use std::cell::RefCell;

use crate::context::{Columns, Scene, Scores, scores};
use crate::document::Document;
use crate::error::Result;
use crate::features::Features;
use crate::fusion::{Fusion, PerLabel, softmax};
use crate::gate::{Evidence, Policy, Reason, Verdict};
use crate::label::{Label, Labels, MAX_LABELS};
use crate::model::{Fusions, Model};
use crate::segment::{Region, first_of_most, regions, rescue};

thread_local! {
    /// Room for the features of one document after another.
    static FEATURES: RefCell<Features> = RefCell::default();
}

/// Labels documents with one model and judges them by one policy.
///
/// ```
/// use pagesieve::{Classifier, input};
/// let classifier = Classifier::with_default_model()?;
/// let page = input::text::read("Share this\nThe council voted on Monday to close the old bridge, the mayor said.\n");
/// let analysis = classifier.classify(&page);
/// assert_eq!(analysis.blocks.len(), 2);
/// # Ok::<(), pagesieve::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Classifier<'m> {
    model: Cow<'m, Model>,
    policy: Policy,
    wanted: Option<Label>,
}

/// What was found out about a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// What the page's own content is.
    pub label: Label,
    /// The probability of every label for the page's own content, in the order of the model's labels; sums to 1.
    pub probabilities: Vec<f32>,
    /// Words by block label, in the order of the model's labels.
    pub words: Vec<usize>,
    /// Runs of blocks with one label; they cover the page.
    pub regions: Vec<Region>,
    /// One a block of the document.
    pub blocks: Vec<BlockLabel>,
    /// What a pipeline should do with the page; none if the policy wants no label of the model's.
    pub verdict: Option<Verdict>,
    /// Why the verdict is not `keep`.
    pub reasons: Vec<Reason>,
}

/// The label of one block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlockLabel {
    /// The label.
    pub label: Label,
    /// How probable the label is, given the whole page; 0 to 1.
    pub probability: f32,
    /// The block's words.
    pub words: usize,
}

impl Analysis {
    /// The words of a region of this page.
    pub fn region_words(&self, region: &Region) -> usize {
        self.blocks[region.first..=region.last].iter().map(|block| block.words).sum()
    }
}

impl Classifier<'static> {
    /// A classifier with the model that comes with the program and the policy in it.
    ///
    /// # Errors
    /// As [`Model::default_model`].
    pub fn with_default_model() -> Result<Self> {
        Ok(Self::new(Model::default_model()?))
    }

    /// A classifier with the model's own policy, for those who keep it longer than they keep the model.
    pub fn owning(model: Model) -> Self {
        Self::of(Cow::Owned(model))
    }
}

impl<'m> Classifier<'m> {
    /// A classifier with the model's own policy.
    pub fn new(model: &'m Model) -> Self {
        Self::of(Cow::Borrowed(model))
    }

    fn of(model: Cow<'m, Model>) -> Self {
        let policy = model.policy().clone();
        Self { wanted: policy.wanted(model.labels()).ok(), model, policy }
    }

    /// The same classifier under another policy.
    ///
    /// # Errors
    /// If the policy's numbers are out of range or it wants a label that the model does not know.
    pub fn with_policy(self, policy: Policy) -> Result<Self> {
        policy.check(self.model.labels())?;
        let wanted = Some(policy.wanted(self.model.labels())?);
        Ok(Self { policy, wanted, ..self })
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Labels every block of `document`, joins them into regions and judges the page. Cannot fail.
    pub fn classify(&self, document: &Document) -> Analysis {
        self.classify_on_site(document, &[])
    }

    /// The same of a page whose site is known: `recurring` says of every block whether it stands on many of the site's
    /// pages ([`Sites::recurring`](crate::site::Sites::recurring)), which speaks for boilerplate. Blocks beyond its end do not.
    pub fn classify_on_site(&self, document: &Document, recurring: &[bool]) -> Analysis {
        let document = &*self.as_known(document);
        FEATURES.with_borrow_mut(|features| {
            features.fill(document);
            self.analyse(document, features, recurring)
        })
    }

    /// The document as the model knows such: without its markup, if it never saw any.
    pub(crate) fn as_known<'d>(&self, document: &'d Document) -> Cow<'d, Document> {
        if document.has_markup() && !self.model.knows_markup() {
            Cow::Owned(document.without_markup())
        } else {
            Cow::Borrowed(document)
        }
    }

    fn analyse(&self, document: &Document, features: &Features, recurring: &[bool]) -> Analysis {
        let labels = self.model.labels();
        let fusions = self.model.fusions(document.has_markup());
        let scene = Scene::new(document, features.observed());
        let scores = self.model.scores(features, document.len());
        let mut logits = fusions.block_logits(&scene, &scores, labels, |_, _| {});
        if let Some(boilerplate) = labels.boilerplate() {
            let recurring = logits.iter_mut().zip(recurring).filter(|(_, recurs)| **recurs);
            recurring.for_each(|(logits, _)| logits[boilerplate.index()] += RECURRING_LOGIT);
        }
        let mut sequence = fusions.transitions.best(&logits);
        let mut marginals = fusions.transitions.marginals(&logits);
        if let Some(boilerplate) = labels.boilerplate() {
            let is_prose = |block: usize| scene.facts()[block].is_prose();
            let is_headline = |block: usize| document.block(block).is_headline();
            rescue(&mut sequence, &marginals, boilerplate, is_headline, is_prose, |block| {
                scene.parent(block)
            });
            label_headlines(&mut sequence, document, boilerplate);
        }

        let page = scene.page(&scores, &logits, &marginals, labels);
        let mut probabilities = page_probabilities(&fusions.page.logits(&page.values), &marginals, labels);
        let label = Label::new(first_of_most(&probabilities));
        if let Some(calibration) = self.model.calibration() {
            let calibration = calibration.of(document);
            calibration.calibrate_blocks(&sequence, &mut marginals);
            calibration.calibrate_page(&mut probabilities);
        }
        let mut words = vec![0; labels.len()];
        for (label, facts) in sequence.iter().zip(scene.facts()) {
            words[label.index()] += facts.words;
        }
        let evidence = Evidence { words: &words, probabilities: &probabilities };
        let judged = self.wanted.map(|wanted| self.policy.judge(labels, wanted, evidence));
        let blocks = sequence.iter().zip(&marginals).zip(scene.facts());
        Analysis {
            label,
            regions: regions(&sequence, &marginals, |block| scene.facts()[block].words),
            blocks: blocks
                .map(|((label, marginal), facts)| BlockLabel {
                    label: *label,
                    probability: marginal[label.index()],
                    words: facts.words,
                })
                .collect(),
            verdict: judged.as_ref().map(|(verdict, _)| *verdict),
            reasons: judged.map(|(_, reasons)| reasons).unwrap_or_default(),
            probabilities,
            words,
        }
    }
}

/// Gives the page's own headline, where it is a heading, the label of the text that follows: it belongs to it by definition,
/// however lonely it stands among the furniture around the head of a page.
fn label_headlines(sequence: &mut [Label], document: &Document, boilerplate: Label) {
    for index in 0..sequence.len() {
        let block = document.block(index);
        let is_heading = matches!(block.tag(), "h1" | "h2" | "h3");
        if is_heading && block.is_headline() && sequence[index] == boilerplate {
            let following = sequence[index..].iter().copied().find(|label| *label != boilerplate);
            sequence[index] = following.unwrap_or(boilerplate);
        }
    }
}

/// What the page's own content is. That it has any is as sure as its surest block of content; of which kind, if so, the
/// page's fusion says.
fn page_probabilities(logits: &PerLabel, marginals: &[PerLabel], labels: &Labels) -> Vec<f32> {
    let mut logits = *logits;
    let Some(boilerplate) = labels.boilerplate().map(Label::index) else {
        return softmax(&logits, labels.len())[..labels.len()].to_vec();
    };
    logits[boilerplate] = f32::NEG_INFINITY;
    let surest = marginals.iter().map(|marginal| 1.0 - marginal[boilerplate]).fold(0.0, f32::max);
    let mut probabilities = softmax(&logits, labels.len()).map(|probability| probability * surest);
    probabilities[boilerplate] = 1.0 - surest;
    probabilities[..labels.len()].to_vec()
}

impl Model {
    /// The scores of every block in every view.
    pub(crate) fn scores(&self, features: &Features, blocks: usize) -> Vec<Scores> {
        scores(features, blocks, |view, slots| self.tables[view.index()].score(slots))
    }
}

/// What it is worth to boilerplate that a block stands on many pages of its site. A judgement, fitted to nothing: as much as
/// to outweigh all but the surest of other evidence. `eval --site --site-pages 5` measures it; docs/pipelines.md has the
/// figures.
const RECURRING_LOGIT: f32 = 8.0;

/// What a block without a letter or digit is worth to boilerplate, whatever stands around it: separators are furniture by
/// definition.
const SEPARATOR_LOGIT: f32 = 12.0;

impl Fusions {
    /// The final logits of every block: first from its own evidence, then pass by pass from what is around it. `look` is
    /// shown every fusion with its inputs.
    pub(crate) fn block_logits(
        &self,
        scene: &Scene<'_>,
        scores: &[Scores],
        labels: &Labels,
        mut look: impl FnMut(&Fusion, &Columns),
    ) -> Vec<PerLabel> {
        let mut apply = |fusion: &Fusion, inputs: &Columns| {
            look(fusion, inputs);
            fusion.logits_of_columns(inputs.rows(), inputs.groups())
        };
        let mut logits = apply(&self.evidence, &scene.evidence(scores, labels.len()));
        for pass in &self.around {
            logits = apply(pass, &scene.around(scores, &logits, labels));
        }
        for (block, logits) in logits.iter_mut().enumerate() {
            logits.iter_mut().for_each(|logit| *logit /= self.temperature);
            if let Some(separator) = Self::separator_logits(scene, block, labels) {
                logits.iter_mut().zip(separator).for_each(|(logit, more)| *logit += more);
            }
        }
        logits
    }

    /// What is added to the logits of a block that says nothing.
    pub(crate) fn separator_logits(scene: &Scene<'_>, block: usize, labels: &Labels) -> Option<PerLabel> {
        let boilerplate = labels.boilerplate().filter(|_| !scene.facts()[block].says_something())?;
        let mut logits = [0.0; MAX_LABELS];
        logits[boilerplate.index()] = SEPARATOR_LOGIT;
        Some(logits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: [f32; 3]) -> PerLabel {
        let mut row = [0.0; MAX_LABELS];
        row[..3].copy_from_slice(&values);
        row
    }

    #[test]
    fn headlines_go_with_the_text_that_follows() {
        let page = crate::input::html::read(
            "<title>A dog bit a man | Site</title><h3>Other news</h3><h1>A dog bit a man</h1><p>By me</p><p>It did.</p>",
        );
        let [news, boilerplate] = [Label::new(0), Label::new(2)];
        let mut sequence = [boilerplate, boilerplate, boilerplate, news];
        label_headlines(&mut sequence, &page, boilerplate);
        assert_eq!(sequence, [boilerplate, news, boilerplate, news]);
        let mut nothing = [boilerplate; 4];
        label_headlines(&mut nothing, &page, boilerplate);
        assert_eq!(nothing, [boilerplate; 4]);
    }

    #[test]
    fn what_recurs_on_a_site_is_likely_furniture() {
        let text =
            "The council voted on Monday to close the old bridge over the river, the mayor told reporters.";
        let page = crate::input::text::read(&format!("{text}\n{text}"));
        let classifier = Classifier::with_default_model().unwrap();
        let alone = classifier.classify(&page);
        let on_site = classifier.classify_on_site(&page, &[true]);
        assert!(on_site.blocks[0].probability < alone.blocks[0].probability - 0.01);
        assert_eq!(classifier.classify_on_site(&page, &[false, false]), alone);
    }

    #[test]
    fn a_page_has_content_as_surely_as_its_surest_block() {
        let labels = Labels::new(["news", "listicle", "boilerplate"]).unwrap();
        let blocks = [row([0.1, 0.1, 0.8]), row([0.5, 0.25, 0.25])];
        // The fusion says news to listicle is 3 to 1, whatever it says of boilerplate.
        let logits = row([libm::logf(3.0), 0.0, 5.0]);
        let page = page_probabilities(&logits, &blocks, &labels);
        for (found, expected) in page.iter().zip([0.5625, 0.1875, 0.25]) {
            assert!((found - expected).abs() < 1e-6, "{page:?}");
        }
        assert_eq!(page_probabilities(&logits, &[], &labels), [0.0, 0.0, 1.0]);
    }
}

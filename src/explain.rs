//! Explanation: why a block has its label, as sums of named contributions.
//!
//! Comes in: a document and the classifier that labels it. Goes out: one [`Explanation`] a block. It goes the classifier's
//! own way again, with a look at every step, so that classifying pays nothing for it.

use std::collections::HashMap;

use crate::classifier::Classifier;
use crate::context::{Scene, Scores, around_names, damping, evidence_names};
use crate::document::Document;
use crate::features::{Features, View, names};
use crate::fusion::PerLabel;
use crate::label::{Label, Labels};
use crate::model::{Fusions, Model};

/// Why a block has its label.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The label the block has in the end. What comes after the sums may have given it: transitions between labels; the
    /// page's own headline goes with the text that follows; a page with prose does not come out empty.
    pub label: Label,
    /// The block's logit for every label, in the order of the model's labels: the sum of `contributions`.
    pub logits: Vec<f32>,
    /// What adds up to `logits`: the block's own evidence (inputs named `itself: …`) and what stands around it.
    pub contributions: Vec<Contribution>,
    /// What the block's own evidence is made of, before anything around it was looked at: for each label the sum is the
    /// value that the input `itself: …` has. Empty if the model does not look around, for then `contributions` are this.
    pub evidence: Vec<Contribution>,
    /// The features that speak most in the views of the evidence: words, classes, lengths. Nats of naive Bayes, damped
    /// as a view's score is; at most [`MOST_FEATURES`].
    pub features: Vec<Contribution>,
}

/// One term of a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// What it comes from.
    pub name: String,
    /// What it adds for every label, in the order of the model's labels.
    pub logits: Vec<f32>,
}

/// The most features that an explanation lists.
pub const MOST_FEATURES: usize = 20;

impl Contribution {
    fn new(name: impl Into<String>, logits: &PerLabel, labels: &Labels) -> Self {
        Self { name: name.into(), logits: logits[..labels.len()].to_vec() }
    }

    /// How far it moves the labels apart: the greatest value less the least.
    pub fn spread(&self) -> f32 {
        let (least, most) = self
            .logits
            .iter()
            .fold((f32::MAX, f32::MIN), |(low, high), logit| (low.min(*logit), high.max(*logit)));
        most - least
    }
}

impl Classifier<'_> {
    /// Why every block of `document` has its label, strongest contributions first; what recurs on the page's site is not
    /// looked at.
    ///
    /// ```
    /// use pagesieve::{Classifier, input};
    /// let classifier = Classifier::with_default_model()?;
    /// let page = input::text::read("Share this\nThe council voted on Monday to close the old bridge, the mayor said.\n");
    /// let why = classifier.explain(&page);
    /// let sum: f32 = why[1].contributions.iter().map(|contribution| contribution.logits[0]).sum();
    /// assert!((sum - why[1].logits[0]).abs() < 1e-3);
    /// # Ok::<(), pagesieve::Error>(())
    /// ```
    pub fn explain(&self, document: &Document) -> Vec<Explanation> {
        let document = &*self.as_known(document);
        let analysis = self.classify(document);
        let (model, labels) = (self.model(), self.model().labels());
        let features = Features::of(document);
        let scene = Scene::new(document, features.observed());
        let scores = model.scores(&features, document.len());
        let fusions = model.fusions(document.has_markup());
        // For each stage and block the terms of its sum.
        let mut stages: Vec<Vec<Vec<PerLabel>>> = Vec::new();
        let logits = fusions.block_logits(&scene, &scores, labels, |fusion, inputs| {
            stages.push(inputs.to_rows().rows().map(|row| fusion.contributions(row).collect()).collect());
        });
        let (first_names, last_names) = match stages.len() {
            0 | 1 => (Vec::new(), evidence_names(labels, document.has_markup())),
            _ => (evidence_names(labels, document.has_markup()), around_names(labels, document.has_markup())),
        };
        let features = strongest_features(document, &features, &scores, model);
        let explain = |(block, features): (usize, Vec<Contribution>)| {
            let terms = |stage: Option<&Vec<Vec<PerLabel>>>, names: &[String], divisor: f32| {
                let terms = stage.map_or(&[][..], |blocks| &blocks[block]).iter();
                // The first term is what the sum starts from.
                let names = std::iter::once("start").chain(names.iter().map(String::as_str));
                let scaled = terms.map(|term| term.map(|logit| logit / divisor));
                names
                    .zip(scaled)
                    .map(|(name, term)| Contribution::new(name, &term, labels))
                    .collect::<Vec<_>>()
            };
            let mut contributions = terms(stages.last(), &last_names, fusions.temperature);
            if let Some(separator) = Fusions::separator_logits(&scene, block, labels) {
                contributions.push(Contribution::new("no letter or digit", &separator, labels));
            }
            let evidence =
                if stages.len() > 1 { terms(stages.first(), &first_names, 1.0) } else { Vec::new() };
            Explanation {
                label: analysis.blocks[block].label,
                logits: logits[block][..labels.len()].to_vec(),
                contributions: strongest_first(contributions),
                evidence: strongest_first(evidence),
                features,
            }
        };
        features.into_iter().enumerate().map(explain).collect()
    }
}

/// Terms that move nothing are left out.
fn strongest_first(mut contributions: Vec<Contribution>) -> Vec<Contribution> {
    contributions.retain(|contribution| contribution.logits.iter().any(|logit| *logit != 0.0));
    contributions.sort_by(|one, other| {
        other.spread().total_cmp(&one.spread()).then_with(|| one.name.cmp(&other.name))
    });
    contributions
}

/// The features of each block that say most, in all views that look at blocks.
fn strongest_features(
    document: &Document,
    features: &Features,
    scores: &[Scores],
    model: &Model,
) -> Vec<Vec<Contribution>> {
    // A feature that a block has twice says it twice.
    let mut blocks: Vec<HashMap<String, PerLabel>> = vec![HashMap::new(); document.len()];
    for view in View::ALL.into_iter().filter(|view| !view.is_of_page()) {
        for (block, names) in names(view, document).into_iter().enumerate() {
            let damping = damping(scores[block][view.index()].1);
            for (name, slot) in names.into_iter().zip(features.slots(view, block)) {
                let says = model.tables[view.index()].score(&[*slot]);
                let sum = blocks[block].entry(format!("{}: {name}", view.name())).or_default();
                sum.iter_mut().zip(says).for_each(|(sum, nats)| *sum += nats * damping);
            }
        }
    }
    let listed = |sums: HashMap<String, PerLabel>| {
        let all = sums.iter().map(|(name, sum)| Contribution::new(name, sum, model.labels()));
        let mut all = strongest_first(all.collect());
        all.truncate(MOST_FEATURES);
        all
    };
    blocks.into_iter().map(listed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{html, text};

    #[test]
    fn contributions_add_up_to_the_logits() {
        let classifier = Classifier::with_default_model().unwrap();
        let story = "The council voted on Monday to close the old bridge, the mayor told reporters.";
        let pages = [
            html::read(&format!("<h1>7 tips</h1><nav><a href=/>Home</a></nav><p>{story}</p><p>***</p>")),
            text::read(&format!("{story}\n---\n10 Best Tips You Need - May 3, 2021\n")),
            text::read("10 Best Tips You Need"),
            text::read(""),
        ];
        for page in &pages {
            let (analysis, why) = (classifier.classify(page), classifier.explain(page));
            assert_eq!(why.len(), page.len());
            for (explanation, block) in why.iter().zip(&analysis.blocks) {
                assert_eq!(explanation.label, block.label);
                for label in 0..3 {
                    let sum: f32 = explanation.contributions.iter().map(|term| term.logits[label]).sum();
                    assert!((sum - explanation.logits[label]).abs() < 1e-3, "{explanation:?}");
                }
                assert!(explanation.contributions.is_sorted_by(|one, other| one.spread() >= other.spread()));
            }
        }
    }

    #[test]
    fn telling_words_are_named() {
        let classifier = Classifier::with_default_model().unwrap();
        let why =
            classifier.explain(&text::read("10 Best Tips You Need to Know\nThe mayor said so on Monday.\n"));
        let listicle = classifier.model().labels().find("listicle").unwrap().index();
        let tips = why[0].features.iter().find(|feature| feature.name == "words: tips");
        let tips = tips.unwrap_or_else(|| panic!("{:?}", why[0].features));
        assert!(tips.logits.iter().all(|logit| *logit <= tips.logits[listicle]));
        assert!(why.iter().all(|why| why.features.len() <= MOST_FEATURES));
    }
}

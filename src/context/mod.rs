//! The inputs of the fusions: numbers that describe a block by its evidence, by the blocks around it, and a page by
//! its blocks.
//!
//! Comes in: a document with scores or first probabilities. Goes out: rows of inputs, in a fixed order that
//! [`evidence_names`] and [`around_names`] name.

mod content;
mod plain;
mod windows;

use std::collections::HashMap;

use crate::document::{Block, Document, Element};
use crate::features::{Facts, Features, Mass, Observed, VIEWS, View};
use crate::fusion::{PerLabel, softmax};
use crate::label::{Labels, MAX_LABELS};
use crate::token::{hash_bytes, mix};
use content::{ContentEvidence, WORD_VIEWS};
use plain::{FACT_NAMES, FACTS, plain_facts};
use windows::{WINDOWS, Windows};

/// A block's score in each view: log-likelihood of every label less their mean, and the number of features.
pub(crate) type Scores = [(PerLabel, usize); VIEWS];

/// A table of inputs: one row a block (or page).
#[derive(Debug, Clone, Default)]
pub(crate) struct Inputs {
    pub width: usize,
    pub values: Vec<f32>,
}

impl Inputs {
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.width.max(1))
    }
}

/// A document with all that the inputs are computed from.
pub(crate) struct Scene<'a> {
    pub document: &'a Document,
    facts: &'a [Facts],
    /// Of every element what it holds.
    masses: &'a [Mass],
    /// The logarithm of every block's words, as [`log`] takes it.
    log_words: Vec<f32>,
    /// For each block the ids of its second to fourth container: its own element says nothing about others.
    containers: Vec<[Option<usize>; LEVELS]>,
    /// For each block a hash of what its element and that one's container are called.
    templates: Vec<u64>,
    /// For each block the inputs that are the same in all fusions, as [`FACT_NAMES`] names them.
    plain_facts: Vec<[f32; FACTS]>,
    words: f32,
}

/// How many containers around a block's own element are looked at.
const LEVELS: usize = 3;

/// The views whose scores count for a page of this kind.
pub(crate) fn views(markup: bool) -> impl Iterator<Item = View> {
    View::ALL.into_iter().filter(move |view| markup || !view.needs_markup())
}

fn log(count: f32) -> f32 {
    libm::logf(1.0 + count)
}

/// How much the summed weights of so many features count: correlated features say the same too often, and the root keeps
/// long blocks comparable with short ones.
pub(crate) fn damping(features: usize) -> f32 {
    1.0 / ((features + 4) as f32).sqrt()
}

impl<'a> Scene<'a> {
    pub fn new(document: &'a Document, observed: &'a Observed) -> Self {
        let Observed { facts, masses } = observed;
        let containers = document.blocks().map(|block| {
            let mut ids = [None; LEVELS];
            for (id, container) in ids.iter_mut().zip(block.containers().skip(1)) {
                *id = Some(container.id());
            }
            ids
        });
        let containers = containers.collect();
        let template = |block: Block<'_>| {
            let names = block.containers().take(2).map(|container| hash_bytes(container.name().as_bytes()));
            names.fold(0, mix)
        };
        let templates = document.blocks().map(template).collect();
        let log_words = facts.iter().map(|facts| log(facts.words as f32)).collect();
        let words = facts.iter().map(|facts| facts.words).sum::<usize>() as f32;
        let plain_facts = plain_facts(document, facts, words);
        Self { document, facts, masses, log_words, containers, templates, plain_facts, words }
    }

    pub fn facts(&self) -> &[Facts] {
        self.facts
    }

    /// The container of the block's own element, which it shares with its neighbours; none in plain text.
    pub fn parent(&self, block: usize) -> Option<usize> {
        self.containers[block][0]
    }

    /// Inputs of the first fusion: each view's scores, and a few plain facts.
    pub fn evidence(&self, scores: &[Scores], labels: usize) -> Inputs {
        let markup = self.document.has_markup();
        let prose =
            self.facts.iter().filter(|facts| facts.is_prose()).map(|facts| facts.words).sum::<usize>();
        let masses_width = if markup { MASS_LEVELS * MASSES } else { 0 };
        let width = views(markup).count() * labels + masses_width + FACTS;
        let mut inputs = Inputs { width, values: Vec::new() };
        inputs.values.reserve(inputs.width * self.facts.len());
        for (index, scores) in scores.iter().enumerate() {
            for view in views(markup) {
                let (score, features) = &scores[view.index()];
                let damped = damping(*features);
                inputs.values.extend(score[..labels].iter().map(|score| score * damped));
            }
            for container in self.containers[index].iter().take(if markup { MASS_LEVELS } else { 0 }) {
                let shares = container.map_or([-0.1; MASSES], |id| {
                    let Mass { prose: inside, words, blocks, bytes, link_bytes } = self.masses[id];
                    let share = |part: usize, whole: usize| part as f32 / whole.max(1) as f32;
                    [share(inside, prose), share(inside, words), share(link_bytes, bytes), log(blocks as f32)]
                });
                inputs.values.extend(shares);
            }
            inputs.values.extend(self.plain_facts[index]);
        }
        inputs
    }

    /// Inputs of the later fusions: a block's own logits, and the probabilities around it.
    pub fn around(&self, scores: &[Scores], logits: &[PerLabel], labels: &Labels) -> Inputs {
        let probabilities: Vec<PerLabel> =
            logits.iter().map(|logits| softmax(logits, labels.len())).collect();
        let evidence = ContentEvidence::new(scores, &probabilities, labels);
        let labels = labels.len();
        let count = self.facts.len();
        let markup = self.document.has_markup();
        let width = labels * (OWN + if markup { 1 + 2 * LEVELS } else { 0 }) + FACTS;
        let mut inputs = Inputs { width, values: Vec::with_capacity(width * count) };
        let mass = |index: usize, label: usize| probabilities[index][label] * self.facts[index].words as f32;
        let element_mass = if markup { self.element_masses(&probabilities, labels) } else { Vec::new() };
        let mut total = [0.0; MAX_LABELS];
        for index in 0..count {
            (0..labels).for_each(|label| total[label] += mass(index, label));
        }
        let alike = if markup { self.alike(&probabilities, labels) } else { Vec::new() };
        let whole = Self::whole(scores);
        let windows = Windows::new(&probabilities, &self.log_words);
        let log_total = total.map(log);
        let mut before = [0.0; MAX_LABELS];
        for index in 0..count {
            let at = |offset: isize, label: usize| {
                let other = index.checked_add_signed(offset).filter(|other| *other < count);
                other.map_or(-0.2, |other| probabilities[other][label])
            };
            let windows = WINDOWS.map(|(from, to)| {
                let from = index.saturating_add_signed(from).min(count);
                windows.mean(from..(index + 1).saturating_add_signed(to).clamp(from, count))
            });
            // Apart, so that at the border of two regions each side speaks for itself.
            let before_it = evidence.of(index.saturating_sub(NEARBY)..index + 1);
            let after_it = evidence.of(index..(index + NEARBY + 1).min(count));
            for label in 0..labels {
                inputs.values.extend([
                    logits[index][label],
                    at(-1, label),
                    at(1, label),
                    windows[0][label],
                    windows[1][label],
                    windows[2][label],
                    windows[3][label],
                    total[label] / self.words.max(1.0),
                    before[label] / total[label].max(1.0),
                    log_total[label],
                    at(-2, label),
                    at(2, label),
                ]);
                inputs
                    .values
                    .extend(before_it.iter().chain(&after_it).chain(&whole).map(|evidence| evidence[label]));
                if markup {
                    inputs.values.push(alike[index][label]);
                }
                for container in self.containers[index].iter().take(if markup { LEVELS } else { 0 }) {
                    // Within the container, but without the block itself.
                    let (inside, words) = container.map_or((0.0, 0.0), |id| element_mass[id][label]);
                    let (own, own_words) = (mass(index, label), self.facts[index].words as f32);
                    let others = words - own_words;
                    inputs.values.push(if others > 0.5 { (inside - own) / others } else { -0.2 });
                    inputs.values.push(inside / total[label].max(1.0));
                }
            }
            inputs.values.extend(self.plain_facts[index]);
            (0..labels).for_each(|label| before[label] += mass(index, label));
        }
        inputs
    }

    /// What is said of the page as a whole, by each of [`WHOLE_VIEWS`]: damped scores by label.
    fn whole(scores: &[Scores]) -> [PerLabel; WHOLE] {
        WHOLE_VIEWS.map(|view| {
            // The headline may stand on the page several times; all say the same.
            let speaks = |scores: &&Scores| scores[view.index()].1 > 0;
            scores.iter().find(speaks).map_or([0.0; MAX_LABELS], |scores| {
                let (score, features) = scores[view.index()];
                score.map(|score| score * damping(features))
            })
        })
    }

    /// For every block the mean probabilities of the other blocks whose element and container have the same names:
    /// what a page's template repeats is of one kind. Negative where there are none.
    fn alike(&self, probabilities: &[PerLabel], labels: usize) -> Vec<PerLabel> {
        let weight = |block: usize| 0.3 + self.log_words[block];
        let mut sums: HashMap<u64, (PerLabel, f32)> = HashMap::new();
        for (block, probabilities) in probabilities.iter().enumerate() {
            let (sum, weights) = sums.entry(self.templates[block]).or_default();
            (0..labels).for_each(|label| sum[label] += probabilities[label] * weight(block));
            *weights += weight(block);
        }
        let of = |(block, own): (usize, &PerLabel)| {
            let (sum, weights) = sums[&self.templates[block]];
            let others = weights - weight(block);
            let mean = |label: usize| (sum[label] - own[label] * weight(block)) / others;
            std::array::from_fn(|label| if label < labels && others > 0.2 { mean(label) } else { -0.2 })
        };
        probabilities.iter().enumerate().map(of).collect()
    }

    /// For every element and label the expected words of that label within it, with all its words.
    fn element_masses(&self, probabilities: &[PerLabel], labels: usize) -> Vec<PerLabelMass> {
        let mut masses = vec![[(0.0, 0.0); MAX_LABELS]; self.document.element_count()];
        for ((block, facts), probabilities) in self.document.blocks().zip(self.facts).zip(probabilities) {
            if let Some(element) = block.element() {
                for label in 0..labels {
                    let (inside, words) = &mut masses[element.id()][label];
                    *inside += probabilities[label] * facts.words as f32;
                    *words += facts.words as f32;
                }
            }
        }
        for element in self.document.elements().rev() {
            if let Some(parent) = element.parent().map(Element::id) {
                for label in 0..labels {
                    let (inside, words) = masses[element.id()][label];
                    masses[parent][label].0 += inside;
                    masses[parent][label].1 += words;
                }
            }
        }
        masses
    }

    /// Inputs of the page's own fusion: what its blocks say together.
    pub fn page(
        &self,
        scores: &[Scores],
        logits: &[PerLabel],
        probabilities: &[PerLabel],
        labels: &Labels,
    ) -> Inputs {
        let count = labels.len();
        let mut mass = [0.0; MAX_LABELS];
        for (facts, probabilities) in self.facts.iter().zip(probabilities) {
            (0..count).for_each(|label| mass[label] += probabilities[label] * facts.words as f32);
        }
        let [words_evidence, pairs_evidence, brief_evidence] =
            ContentEvidence::new(scores, probabilities, labels).of(0..self.facts.len());
        let content = self.words - labels.boilerplate().map_or(0.0, |label| mass[label.index()]);
        let whole = Self::whole(scores);
        let single = self.facts.len() == 1;
        let mut inputs = Inputs::default();
        for label in 0..count {
            let own = [
                mass[label] / self.words.max(1.0),
                mass[label] / content.max(1.0),
                words_evidence[label],
                pairs_evidence[label],
                brief_evidence[label],
            ];
            // A page of one block, such as a headline, is weighed by curves of its own.
            inputs.values.extend(own.map(|value| if single { 0.0 } else { value }));
            let only = logits.first().filter(|_| single);
            inputs.values.push(only.map_or(0.0, |logits| logits[label]));
            inputs.values.extend(own[2..].iter().map(|value| if single { *value } else { 0.0 }));
            inputs.values.extend(whole.map(|said| if single { 0.0 } else { said[label] }));
            inputs.values.push(if single { whole[0][label] } else { 0.0 });
        }
        inputs.values.extend([log(self.words), log(content.max(0.0)), log(self.facts.len() as f32)]);
        inputs.width = inputs.values.len();
        inputs
    }
}

/// How many blocks before and after are nearby: a region of its own on a page is longer than that, as a rule.
const NEARBY: usize = 10;

/// The views that speak of the page as a whole.
const WHOLE_VIEWS: [View; WHOLE] = [View::Title, View::Page];
const WHOLE: usize = 2;

/// How many containers' masses are inputs of the first fusion, and how many numbers each gives.
const MASS_LEVELS: usize = 3;
const MASSES: usize = 4;

type PerLabelMass = [(f32, f32); MAX_LABELS];

/// Inputs a label in [`Scene::around`] that need no markup.
const OWN: usize = 12 + 2 * WORD_VIEWS.len() + WHOLE;

/// The names of the inputs of [`Scene::evidence`].
pub(crate) fn evidence_names(labels: &Labels, markup: bool) -> Vec<String> {
    let scores = views(markup)
        .flat_map(|view| labels.names().iter().map(move |name| format!("{} say {name}", view.name())));
    let levels = (1..=MASS_LEVELS).take(if markup { MASS_LEVELS } else { 0 });
    let masses = levels.flat_map(|level| {
        [
            format!("prose in container {level}"),
            format!("share of prose in container {level}"),
            format!("share of links in container {level}"),
            format!("blocks in container {level}"),
        ]
    });
    scores.chain(masses).chain(FACT_NAMES.map(str::to_owned)).collect()
}

/// The names of the inputs of [`Scene::around`].
pub(crate) fn around_names(labels: &Labels, markup: bool) -> Vec<String> {
    let mut names = Vec::new();
    for label in labels.names() {
        names.extend([
            format!("itself: {label}"),
            format!("block before: {label}"),
            format!("block after: {label}"),
            format!("further before: {label}"),
            format!("further after: {label}"),
            format!("far before: {label}"),
            format!("far after: {label}"),
            format!("page: {label}"),
            format!("share of {label} before"),
            format!("words of {label}"),
            format!("second block before: {label}"),
            format!("second block after: {label}"),
        ]);
        for side in ["before", "after"] {
            names.extend(WORD_VIEWS.map(|view| format!("{} shortly {side} say {label}", view.name())));
        }
        names.extend(WHOLE_VIEWS.map(|view| format!("{} says {label}", view.name())));
        if markup {
            names.push(format!("blocks alike: {label}"));
        }
        for level in (1..=LEVELS).take(if markup { LEVELS } else { 0 }) {
            names.push(format!("container {level}: {label}"));
            names.push(format!("container {level} of all {label}"));
        }
    }
    names.extend(FACT_NAMES.map(str::to_owned));
    names
}

/// Scores of all blocks of a document.
pub(crate) fn scores(
    features: &Features,
    blocks: usize,
    score: impl Fn(View, &[u32]) -> PerLabel,
) -> Vec<Scores> {
    let scored = |view: View, block: usize| {
        let slots = features.slots(view, block);
        (score(view, slots), slots.len())
    };
    let of_page = View::ALL
        .map(|view| if blocks > 0 && view.is_of_page() { scored(view, 0) } else { Default::default() });
    let of_block = |block: usize| {
        View::ALL.map(|view| if view.is_of_page() { of_page[view.index()] } else { scored(view, block) })
    };
    (0..blocks).map(of_block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{html, text};

    #[test]
    fn every_input_has_a_name() {
        let labels = Labels::new(["news", "listicle", "boilerplate"]).unwrap();
        for document in
            [html::read("<h1>A</h1><div><p>B c.</p><p>D</p></div>"), text::read("A\nB c.\n"), text::read("")]
        {
            let markup = document.has_markup();
            let features = Features::of(&document);
            let scene = Scene::new(&document, features.observed());
            let scores = scores(&features, document.len(), |_, _| [0.5; MAX_LABELS]);
            let even = vec![[1.0 / 3.0; MAX_LABELS]; document.len()];
            let evidence = scene.evidence(&scores, 3);
            let around = scene.around(&scores, &even, &labels);
            let page = scene.page(&scores, &even, &even, &labels);
            assert_eq!(evidence.width, evidence_names(&labels, markup).len());
            assert_eq!(around.width, around_names(&labels, markup).len());
            assert_eq!(evidence.values.len(), evidence.width * document.len());
            assert_eq!(around.values.len(), around.width * document.len());
            assert!(
                [evidence, around, page]
                    .iter()
                    .all(|inputs| inputs.values.iter().all(|value| value.is_finite()))
            );
        }
    }
}

//! The inputs of the fusions: numbers that describe a block by its evidence, by the blocks around it, and a page by
//! its blocks.
//!
//! Comes in: a document with scores or first probabilities. Goes out: tables of inputs, in a fixed order that
//! [`evidence_names`] and [`around_names`] name.

mod alike;
mod around;
mod columns;
mod content;
mod plain;
mod windows;

use std::sync::LazyLock;

use crate::document::Document;
use crate::features::{Facts, Features, Mass, Observed, VIEWS, View};
use crate::fusion::PerLabel;
use crate::label::{Labels, MAX_LABELS};
use alike::Templates;
pub(crate) use around::around_names;
pub(crate) use columns::{Columns, Inputs};
use content::{ContentEvidence, WORD_VIEWS};
use plain::{FACT_NAMES, FACTS, plain_facts};

/// A block's score in each view: log-likelihood of every label less their mean, and the number of features.
pub(crate) type Scores = [(PerLabel, usize); VIEWS];

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
    /// The inputs that are the same in all fusions, as [`FACT_NAMES`] names them.
    plain_facts: Columns,
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

/// The same of a whole number.
fn log_count(count: usize) -> f32 {
    static SMALL: LazyLock<[f32; 256]> = LazyLock::new(|| std::array::from_fn(|count| log(count as f32)));
    SMALL.get(count).copied().unwrap_or_else(|| log(count as f32))
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
        let log_words = facts.iter().map(|facts| log_count(facts.words)).collect();
        let words = facts.iter().map(|facts| facts.words).sum::<usize>() as f32;
        let plain_facts = plain_facts(document, facts, words);
        Self { document, facts, masses, log_words, containers, plain_facts, words }
    }

    pub fn facts(&self) -> &[Facts] {
        self.facts
    }

    /// The container of the block's own element, which it shares with its neighbours; none in plain text.
    pub fn parent(&self, block: usize) -> Option<usize> {
        self.containers[block][0]
    }

    /// Inputs of the first fusion: each view's scores, and a few plain facts.
    pub fn evidence(&self, scores: &[Scores], labels: usize) -> Columns {
        let markup = self.document.has_markup();
        let masses_width = if markup { MASS_LEVELS * MASSES } else { 0 };
        let mut columns =
            Columns::new(self.facts.len(), views(markup).count() * labels + masses_width + FACTS);
        for view in views(markup) {
            let scores = || scores.iter().map(|scores| &scores[view.index()]);
            let damped: Vec<f32> = scores().map(|(_, features)| damping(*features)).collect();
            for label in 0..labels {
                columns.extend(scores().zip(&damped).map(|((score, _), damped)| score[label] * damped));
            }
        }
        if markup {
            self.add_masses(&mut columns);
        }
        columns.extend_from(&self.plain_facts);
        columns
    }

    /// What the containers around each block hold, a few numbers each.
    fn add_masses(&self, columns: &mut Columns) {
        let prose =
            self.facts.iter().filter(|facts| facts.is_prose()).map(|facts| facts.words).sum::<usize>();
        let share = |part: usize, whole: usize| part as f32 / whole.max(1) as f32;
        let of_element = |mass: &Mass| -> [f32; MASSES] {
            let Mass { prose: inside, words, blocks, bytes, link_bytes } = *mass;
            [share(inside, prose), share(inside, words), share(link_bytes, bytes), log_count(blocks)]
        };
        let of_elements: Vec<[f32; MASSES]> = self.masses.iter().map(of_element).collect();
        for level in 0..MASS_LEVELS {
            for number in 0..MASSES {
                let of_block = |containers: &[Option<usize>; LEVELS]| {
                    containers[level].map_or(-0.1, |id| of_elements[id][number])
                };
                columns.extend(self.containers.iter().map(of_block));
            }
        }
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

/// The views that speak of the page as a whole.
const WHOLE_VIEWS: [View; WHOLE] = [View::Title, View::Page];
const WHOLE: usize = 2;

/// How many containers' masses are inputs of the first fusion, and how many numbers each gives.
const MASS_LEVELS: usize = 3;
const MASSES: usize = 4;

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
            let evidence = scene.evidence(&scores, 3).to_rows();
            let around = scene.around(&scores, &even, &labels).to_rows();
            let page = scene.page(&scores, &even, &even, &labels);
            assert_eq!(evidence.values.len(), evidence_names(&labels, markup).len() * document.len());
            assert_eq!(around.values.len(), around_names(&labels, markup).len() * document.len());
            assert!(
                [evidence, around, page]
                    .iter()
                    .all(|inputs| inputs.values.iter().all(|value| value.is_finite()))
            );
        }
    }
}

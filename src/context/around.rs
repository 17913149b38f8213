//! What stands around a block: the inputs of the later fusions.
//!
//! Comes in: the logits of all blocks of a page as they are so far. Goes out: [`Columns`] of each block's own logits, and
//! of the probabilities of its neighbours, its containers, the blocks like it and the page.

use super::content::Evidence;
use super::windows::{WINDOWS, Windows, sums_before};
use super::{
    Columns, ContentEvidence, FACT_NAMES, FACTS, LEVELS, Scene, Scores, Templates, WHOLE, WHOLE_VIEWS,
    WORD_VIEWS, log,
};
use crate::document::Element;
use crate::fusion::{PerLabel, softmax};
use crate::label::Labels;

/// How many blocks before and after are nearby: a region of its own on a page is longer than that, as a rule.
const NEARBY: usize = 10;

/// Inputs a label in [`Scene::around`] that need no markup.
const OWN: usize = 12 + 2 * WORD_VIEWS.len() + WHOLE;

impl Scene<'_> {
    /// Inputs of the later fusions: a block's own logits, and the probabilities around it.
    pub fn around(&self, scores: &[Scores], logits: &[PerLabel], labels: &Labels) -> Columns {
        let count = labels.len();
        let markup = self.document.has_markup();
        let width = count * (OWN + if markup { 1 + 2 * LEVELS } else { 0 }) + FACTS;
        let mut columns = Columns::new(self.facts.len(), width);
        let probabilities: Vec<PerLabel> = logits.iter().map(|logits| softmax(logits, count)).collect();
        let weights_before = sums_before(self.log_words.iter().copied());
        // Apart, so that at the border of two regions each side speaks for itself.
        let nearby = ContentEvidence::new(scores, &probabilities, labels).beside(NEARBY);
        let whole = Self::whole(scores);
        let templates = markup.then(|| Templates::of(self.document));
        for label in 0..count {
            columns.extend(logits.iter().map(|logits| logits[label]));
            self.add_neighbours(&mut columns, &probabilities, &weights_before, label);
            for evidence in &nearby {
                for view in 0..WORD_VIEWS.len() {
                    columns.extend(evidence.iter().map(|evidence: &Evidence| evidence[view][label]));
                }
            }
            whole.iter().for_each(|said| columns.add_same(said[label]));
            if let Some(templates) = &templates {
                let weight = |block: usize| 0.3 + self.log_words[block];
                columns.extend(templates.means(&probabilities, label, weight));
                self.add_containers(&mut columns, &probabilities, label);
            }
        }
        columns.extend_from(&self.plain_facts);
        columns
    }

    /// A label's probability beside each block, and on the page.
    fn add_neighbours(
        &self,
        columns: &mut Columns,
        probabilities: &[PerLabel],
        weights_before: &[f64],
        label: usize,
    ) {
        let [near, far] = WINDOWS;
        let before = |index: usize, offset: usize| {
            index.checked_sub(offset).map_or(-0.2, |other| probabilities[other][label])
        };
        let after = |index: usize, offset: usize| {
            probabilities.get(index + offset).map_or(-0.2, |probabilities| probabilities[label])
        };
        let total: f32 = self.label_words(probabilities, label).sum();
        let of_label = probabilities.iter().map(|probabilities| probabilities[label]);
        let windows = Windows::new(of_label, &self.log_words, weights_before);
        columns.add(|index| before(index, 1));
        columns.add(|index| after(index, 1));
        columns.add(|index| windows.before(near, index));
        columns.add(|index| windows.after(near, index));
        columns.add(|index| windows.before(far, index));
        columns.add(|index| windows.after(far, index));
        columns.add_same(total / self.words.max(1.0));
        let mut sum = 0.0;
        columns.extend(self.label_words(probabilities, label).map(|words| {
            let share = sum / total.max(1.0);
            sum += words;
            share
        }));
        columns.add_same(log(total));
        columns.add(|index| before(index, 2));
        columns.add(|index| after(index, 2));
    }

    /// The expected words of `label` in each block.
    fn label_words(&self, probabilities: &[PerLabel], label: usize) -> impl Iterator<Item = f32> {
        self.facts.iter().zip(probabilities).map(move |(facts, row)| row[label] * facts.words as f32)
    }

    /// For each of a block's containers the share of `label` in it, without the block itself, and its share of all there is
    /// of the label.
    fn add_containers(&self, columns: &mut Columns, probabilities: &[PerLabel], label: usize) {
        let total: f32 = self.label_words(probabilities, label).sum();
        let masses = self.element_masses(probabilities, label);
        for level in 0..LEVELS {
            let mass = |index: usize| self.containers[index][level].map_or((0.0, 0.0), |id| masses[id]);
            columns.extend(self.label_words(probabilities, label).enumerate().map(|(index, own)| {
                let (inside, words) = mass(index);
                let others = words - self.facts[index].words as f32;
                if others > 0.5 { (inside - own) / others } else { -0.2 }
            }));
            columns.add(|index| mass(index).0 / total.max(1.0));
        }
    }

    /// For every element the expected words of `label` within it, with all its words.
    fn element_masses(&self, probabilities: &[PerLabel], label: usize) -> Vec<(f32, f32)> {
        let mut masses = vec![(0.0, 0.0); self.document.element_count()];
        for ((block, facts), probabilities) in self.document.blocks().zip(self.facts).zip(probabilities) {
            if let Some(element) = block.element() {
                let (inside, words) = &mut masses[element.id()];
                *inside += probabilities[label] * facts.words as f32;
                *words += facts.words as f32;
            }
        }
        for element in self.document.elements().rev() {
            if let Some(parent) = element.parent().map(Element::id) {
                let (inside, words) = masses[element.id()];
                masses[parent].0 += inside;
                masses[parent].1 += words;
            }
        }
        masses
    }
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

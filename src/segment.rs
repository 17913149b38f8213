//! Segmentation: per-block probabilities to one sequence of labels, and to regions.
//!
//! Comes in: logits of every block and learned transitions. Goes out: the best label sequence (Viterbi), each block's
//! probability given the whole page (forward-backward), and runs of one label as regions.

use serde::{Deserialize, Serialize};

use crate::fusion::{PerLabel, exponential, softmax};
use crate::label::{Label, MAX_LABELS};

/// How much more or less often one label follows another than chance would have it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Transitions {
    pub labels: usize,
    /// Log of the lift of `to` after `from`, times the fitted strength: `from * labels + to`.
    pub steps: Vec<f32>,
    /// The same for the first block of a page.
    pub first: Vec<f32>,
}

/// How often labels follow each other in training pages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct TransitionCounts {
    /// `steps[from][to]`.
    pub steps: [[u64; MAX_LABELS]; MAX_LABELS],
    /// Labels of first blocks.
    pub first: [u64; MAX_LABELS],
    /// Labels of all blocks.
    pub all: [u64; MAX_LABELS],
}

/// A run of blocks with one label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    /// The label of all its blocks.
    pub label: Label,
    /// The index of its first block.
    pub first: usize,
    /// The index of its last block.
    pub last: usize,
    /// How probable the label is for its blocks, as a mean weighted by words; 0 to 1.
    pub probability: f32,
}

impl TransitionCounts {
    /// Adds the counts of other pages.
    pub fn add(&mut self, other: &Self) {
        for (row, other) in self.steps.iter_mut().zip(&other.steps) {
            row.iter_mut().zip(other).for_each(|(count, other)| *count += other);
        }
        self.first.iter_mut().zip(other.first).for_each(|(count, other)| *count += other);
        self.all.iter_mut().zip(other.all).for_each(|(count, other)| *count += other);
    }

    /// Transitions of a given strength: 0 leaves every block to itself, 1 believes the counts.
    pub fn freeze(&self, labels: usize, strength: f64) -> Transitions {
        // Add-one smoothing: no sequence is impossible.
        let share = |counts: &[u64], label: usize| {
            (counts[label] + 1) as f64 / (counts[..labels].iter().sum::<u64>() + labels as u64) as f64
        };
        let lift = |counts: &[u64], label: usize| {
            (strength * libm::log(share(counts, label) / share(&self.all, label))) as f32
        };
        let steps = (0..labels * labels).map(|step| lift(&self.steps[step / labels], step % labels));
        Transitions {
            labels,
            steps: steps.collect(),
            first: (0..labels).map(|label| lift(&self.first, label)).collect(),
        }
    }
}

impl Transitions {
    /// Whether they leave every block to itself.
    fn are_idle(&self) -> bool {
        self.steps.iter().chain(&self.first).all(|lift| *lift == 0.0)
    }

    fn step(&self, from: usize, to: usize) -> f32 {
        self.steps[from * self.labels + to]
    }

    /// The best sequence of labels for blocks with these logits (Viterbi 1967); of equals, the earlier label.
    pub fn best(&self, logits: &[PerLabel]) -> Vec<Label> {
        let labels = self.labels;
        if self.are_idle() {
            return logits.iter().map(|logits| Label::new(first_of_most(&logits[..labels]))).collect();
        }
        let mut back: Vec<[u8; MAX_LABELS]> = Vec::with_capacity(logits.len());
        let mut score: PerLabel = [0.0; MAX_LABELS];
        for (index, logits) in logits.iter().enumerate() {
            let mut next = [0.0; MAX_LABELS];
            let mut from_of = [0; MAX_LABELS];
            for to in 0..labels {
                let (mut from, mut most) = (0, self.first[to]);
                if index > 0 {
                    most = f32::NEG_INFINITY;
                    for candidate in 0..labels {
                        let value = score[candidate] + self.step(candidate, to);
                        if value > most {
                            (from, most) = (candidate, value);
                        }
                    }
                }
                next[to] = most + logits[to];
                from_of[to] = from as u8;
            }
            score = normalised(next, labels);
            back.push(from_of);
        }
        let mut best = first_of_most(&score[..labels]);
        let mut sequence = vec![Label::new(best); logits.len()];
        for (index, from_of) in back.iter().enumerate().rev() {
            sequence[index] = Label::new(best);
            best = usize::from(from_of[best]);
        }
        sequence
    }

    /// Every block's probabilities given all logits of the page (forward-backward, in logarithms).
    pub fn marginals(&self, logits: &[PerLabel]) -> Vec<PerLabel> {
        let labels = self.labels;
        if self.are_idle() {
            return logits.iter().map(|logits| softmax(logits, labels)).collect();
        }
        let mut forward: Vec<PerLabel> = Vec::with_capacity(logits.len());
        for (index, logits) in logits.iter().enumerate() {
            let mut here = [0.0; MAX_LABELS];
            for to in 0..labels {
                let reached = match index.checked_sub(1) {
                    None => self.first[to],
                    Some(before) => {
                        log_sum((0..labels).map(|from| forward[before][from] + self.step(from, to)))
                    }
                };
                here[to] = reached + logits[to];
            }
            forward.push(normalised(here, labels));
        }
        let mut backward = [0.0; MAX_LABELS];
        let mut marginals = vec![[0.0; MAX_LABELS]; logits.len()];
        for index in (0..logits.len()).rev() {
            let mut joint = [0.0; MAX_LABELS];
            (0..labels).for_each(|label| joint[label] = forward[index][label] + backward[label]);
            marginals[index] = softmax(&joint, labels);
            let mut before = [0.0; MAX_LABELS];
            for (from, before) in before.iter_mut().enumerate().take(labels) {
                *before =
                    log_sum((0..labels).map(|to| self.step(from, to) + logits[index][to] + backward[to]));
            }
            backward = normalised(before, labels);
        }
        marginals
    }
}

/// The same scores, less the greatest: sums over long pages stay small.
fn normalised(mut scores: PerLabel, labels: usize) -> PerLabel {
    let most = scores[..labels].iter().copied().fold(f32::NEG_INFINITY, f32::max);
    scores[..labels].iter_mut().for_each(|score| *score -= most);
    scores
}

fn log_sum(terms: impl Iterator<Item = f32> + Clone) -> f32 {
    let most = terms.clone().fold(f32::NEG_INFINITY, f32::max);
    most + libm::logf(terms.map(|term| exponential(term - most)).sum())
}

/// The index of the greatest value; of equals, the first.
pub(crate) fn first_of_most(values: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}

/// The least probability of content at which prose is still taken for it, on a page with nothing better.
const LEAST_HOPE: f32 = 0.1;

/// Where a whole page came out as `boilerplate`, but for its headline, although it has prose: gives the most hopeful of it
/// a content label.
/// A page with one paragraph of prose looks like furniture through and through, but to return nothing of it is the
/// worse mistake. `group` says which prose belongs together, such as by its container; probabilities stay as they are.
pub(crate) fn rescue<G: PartialEq>(
    sequence: &mut [Label],
    marginals: &[PerLabel],
    boilerplate: Label,
    is_headline: impl Fn(usize) -> bool,
    is_prose: impl Fn(usize) -> bool,
    group: impl Fn(usize) -> G,
) {
    let is_content = |(block, label): (usize, &Label)| *label != boilerplate && !is_headline(block);
    if sequence.iter().enumerate().any(is_content) {
        return;
    }
    let hope = |block: &usize| 1.0 - marginals[*block][boilerplate.index()];
    let prose: Vec<usize> = (0..sequence.len()).filter(|block| is_prose(*block)).collect();
    let Some(best) = prose.iter().copied().max_by(|one, other| hope(one).total_cmp(&hope(other))) else {
        return;
    };
    if hope(&best) < LEAST_HOPE {
        return;
    }
    for block in
        prose.into_iter().filter(|block| group(*block) == group(best) && hope(block) >= hope(&best) / 2.0)
    {
        let mut content = marginals[block];
        content[boilerplate.index()] = f32::NEG_INFINITY;
        sequence[block] = Label::new(first_of_most(&content));
    }
}

/// Joins neighbouring blocks of one label. `words` weighs the blocks' probabilities.
pub(crate) fn regions(
    sequence: &[Label],
    marginals: &[PerLabel],
    words: impl Fn(usize) -> usize,
) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    let mut first = 0;
    for run in sequence.chunk_by(|one, other| one == other) {
        let (label, last) = (run[0], first + run.len() - 1);
        let (mut sum, mut weight) = (0.0, 0.0);
        for block in first..=last {
            let words = words(block).max(1) as f32;
            sum += marginals[block][label.index()] * words;
            weight += words;
        }
        regions.push(Region { label, first, last, probability: sum / weight });
        first = last + 1;
    }
    regions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sticky() -> Transitions {
        let mut counts = TransitionCounts::default();
        for label in 0..2 {
            counts.steps[label][label] = 90;
            counts.steps[label][1 - label] = 10;
            counts.all[label] = 100;
            counts.first[label] = 50;
        }
        counts.freeze(2, 1.0)
    }

    fn logits(values: &[f32]) -> Vec<PerLabel> {
        let row = |value: &f32| {
            let mut row = [0.0; MAX_LABELS];
            row[0] = *value;
            row
        };
        values.iter().map(row).collect()
    }

    /// All sequences of two labels, scored one by one.
    fn exhaustive(transitions: &Transitions, logits: &[PerLabel]) -> (Vec<usize>, Vec<f64>) {
        let count = logits.len();
        let (mut best, mut most) = (0, f64::NEG_INFINITY);
        let (mut total, mut ones) = (0.0, vec![0.0; count]);
        for code in 0..1usize << count {
            let label = |index: usize| code >> index & 1;
            let mut score = f64::from(transitions.first[label(0)]);
            for index in 0..count {
                score += f64::from(logits[index][label(index)]);
                if index > 0 {
                    score += f64::from(transitions.step(label(index - 1), label(index)));
                }
            }
            if score > most {
                (best, most) = (code, score);
            }
            total += score.exp();
            (0..count).filter(|index| label(*index) == 0).for_each(|index| ones[index] += score.exp());
        }
        ((0..count).map(|index| best >> index & 1).collect(), ones.iter().map(|one| one / total).collect())
    }

    #[test]
    fn both_passes_agree_with_trying_all_sequences() {
        let transitions = sticky();
        let logits = logits(&[2.0, -0.5, 1.5, -3.0, 0.3, -2.0, 0.1]);
        let (best, marginals) = exhaustive(&transitions, &logits);
        assert_eq!(transitions.best(&logits).iter().map(|label| label.index()).collect::<Vec<_>>(), best);
        for (mine, theirs) in transitions.marginals(&logits).iter().zip(marginals) {
            assert!((f64::from(mine[0]) - theirs).abs() < 1e-5);
        }
    }

    #[test]
    fn idle_transitions_leave_blocks_to_themselves() {
        let idle = TransitionCounts::default().freeze(2, 0.0);
        let logits = logits(&[2.0, -0.5, 1.5, 0.0]);
        let alone: Vec<PerLabel> = logits.iter().map(|logits| softmax(logits, 2)).collect();
        assert!(idle.are_idle() && !sticky().are_idle());
        assert_eq!(idle.best(&logits).iter().map(|label| label.index()).collect::<Vec<_>>(), [0, 1, 0, 0]);
        assert_eq!(idle.marginals(&logits), alone);
    }

    #[test]
    fn a_lone_doubtful_block_joins_its_neighbours() {
        let transitions = sticky();
        let path = transitions.best(&logits(&[2.0, 2.0, -0.5, 2.0, 2.0]));
        assert!(path.iter().all(|label| label.index() == 0));
    }

    #[test]
    fn regions_cover_the_page() {
        let label = Label::new;
        let marginals = logits(&[0.5, 1.0, 0.25, 0.25]);
        let regions =
            regions(&[label(0), label(0), label(1), label(0)], &marginals, |block| [1, 3, 1, 1][block]);
        let spans: Vec<_> =
            regions.iter().map(|region| (region.label.index(), region.first, region.last)).collect();
        assert_eq!(spans, [(0, 0, 1), (1, 2, 2), (0, 3, 3)]);
        assert_eq!(regions[0].probability, 0.875);
    }

    #[test]
    fn prose_is_rescued_from_pages_without_content() {
        let label = Label::new;
        // Labels: content 0, content 1, boilerplate 2.
        let row = |one: f32, other: f32| {
            let mut row = [0.0; MAX_LABELS];
            row[..3].copy_from_slice(&[one, other, 1.0 - one - other]);
            row
        };
        let marginals = [row(0.4, 0.0), row(0.05, 0.25), row(0.02, 0.2), row(0.0, 0.3), row(0.01, 0.01)];
        let rescued = |prose: &[usize]| {
            let mut sequence = [label(2); 5];
            rescue(
                &mut sequence,
                &marginals,
                label(2),
                |_| false,
                |block| prose.contains(&block),
                |block| block == 3,
            );
            sequence.map(Label::index)
        };
        assert_eq!(rescued(&[1, 2, 4]), [2, 1, 1, 2, 2], "block 0 is no prose, block 4 hopeless");
        assert_eq!(rescued(&[1, 2, 3]), [2, 2, 2, 1, 2], "block 3 is the most hopeful, and stands alone");
        assert_eq!(rescued(&[4]), [2; 5]);
        let mut kept = [label(2), label(0)];
        rescue(&mut kept, &marginals, label(2), |_| false, |_| true, |_| 0);
        assert_eq!(kept, [label(2), label(0)], "the page has content");
        rescue(&mut kept, &marginals, label(2), |block| block == 1, |block| block == 0, |_| 0);
        assert_eq!(kept, [label(0), label(0)], "the page has a headline only");
    }

    #[test]
    fn empty_pages_have_no_regions() {
        assert!(sticky().best(&[]).is_empty() && sticky().marginals(&[]).is_empty());
        assert!(regions(&[], &[], |_| 0).is_empty());
    }
}

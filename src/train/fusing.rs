//! Fusing: what the sampled pages teach about weighing views, neighbours and transitions.
//!
//! Comes in: labelled pages and naive Bayes tables that have not seen each page's fold. Goes out: the [`Fusions`] for
//! plain text and for markup, and how well the whole does on pages held out.

use super::adjust::{self, Rows, adjust};
use super::epochs::Epochs;
use super::estimator::SampleCounts;
use super::fit::{Examples, Prepared, is_telling};
use super::fold_of;
use super::vocabulary::Vocabulary;
use crate::context::{Inputs, Scene, Scores, scores};
use crate::document::Document;
use crate::evaluate::Confusion;
use crate::features::{Facts, Features, Observed, VIEWS, View};
use crate::fusion::{Fusion, PerLabel};
use crate::label::{LabelSet, Labels};
use crate::labelled::LabelledPage;
use crate::model::{Counts, FOLDS, Fusions, Table};
use crate::segment::{TransitionCounts, Transitions};

/// Passes that look around. A second one made held-out figures worse: what it reads was fitted, at one remove, to the
/// labels it is to find.
const PASSES: usize = 1;

/// Pages stripped of their markup are not quite what plain text looks like: they count less than pages that came so.
const STRIPPED_WEIGHT: f32 = 0.3;

/// Among pages of several blocks, those of one count less when blocks are fitted: they have a fusion of their own, and
/// are never furniture.
const SINGLE_WEIGHT: f32 = 0.1;

/// What was fitted.
pub(super) struct Fused {
    pub plain: Fusions,
    pub markup: Option<Fusions>,
    pub corrections: [Table; VIEWS],
    /// Held-out predictions for pages that came as plain text and as markup.
    pub confusions: Option<[Confusion; 2]>,
}

/// What is known before anything is fitted.
pub(super) struct Learned<'a> {
    pub labels: &'a Labels,
    /// All counts, by fold.
    pub counts: &'a Counts,
    pub transitions: &'a TransitionCounts,
    /// Views that are not to be used.
    pub left_out: &'a [View],
    /// How often to go through the rows.
    pub epochs: Epochs,
}

impl Learned<'_> {
    /// Fits corrections of the estimates, and fusions for plain text (from all pages, without their markup) and for
    /// markup (from pages that have it).
    pub fn fuse(&self, pages: &[LabelledPage]) -> Fused {
        let (labels, epochs) = (self.labels, self.epochs);
        let with_markup: Vec<&LabelledPage> =
            pages.iter().filter(|page| page.document.has_markup()).collect();
        let as_text = |page: &LabelledPage| Example::new(page, page.document.without_markup(), labels);
        let as_markup = |page: &&LabelledPage| Example::new(page, page.document.clone(), labels);
        let (mut plain, mut markup): (Vec<Example>, Vec<Example>) =
            in_two(|| pages.iter().map(as_text).collect(), || with_markup.iter().map(as_markup).collect());
        let (corrections, held_out) = self.correct(&plain, &markup);
        let fit = |examples: &mut Vec<Example>| {
            examples.iter_mut().for_each(|example| example.score(&held_out));
            (!examples.is_empty()).then(|| Fitting { labels, examples, epochs }.run(self.transitions))
        };
        let (plain, markup) = in_two(|| fit(&mut plain), || fit(&mut markup));
        // Without pages there is nothing to fit, and fusions that know nothing.
        let (plain, of_plain) = plain
            .unwrap_or_else(|| Fitting { labels, examples: &[], epochs }.run(&TransitionCounts::default()));
        let (markup, of_markup) = match markup {
            Some((markup, confusion)) => (Some(markup), confusion),
            None => (None, Confusion::new(labels.len())),
        };
        Fused { plain, markup, corrections, confusions: Some([of_plain, of_markup]) }
    }

    /// Corrections to the estimate of every view, and the view's estimates without each fold, corrected.
    fn correct(&self, plain: &[Example], markup: &[Example]) -> ([Table; VIEWS], Vec<HeldOut>) {
        let of_views = |views: Vec<View>| {
            views.into_iter().map(|view| (view, self.correct_view(view, plain, markup))).collect::<Vec<_>>()
        };
        let (of_words, others) = View::ALL.into_iter().partition(|view| view.reads_words());
        let (mut views, others) = in_two(|| of_views(of_words), || of_views(others));
        views.extend(others);
        views.sort_unstable_by_key(|(view, _)| view.index());
        let (corrections, held_out): (Vec<Table>, _) = views.into_iter().map(|(_, tables)| tables).unzip();
        (corrections.try_into().expect("every view was corrected"), held_out)
    }

    fn correct_view(&self, view: View, plain: &[Example], markup: &[Example]) -> (Table, HeldOut) {
        let (labels, epochs) = (self.labels.len(), self.epochs.adjusting);
        let lists = plain.iter().chain(markup).flat_map(|example| example.lists(view));
        let vocabulary = Vocabulary::of(view, lists);
        let mut rows = Rows::default();
        // What a page says in words is the same with and without markup; how it looks is not.
        let in_words = view.reads_words();
        let is_read =
            |example: &&Example| !self.left_out.contains(&view) && (!in_words || example.as_it_came);
        for example in plain.iter().chain(markup).filter(is_read) {
            if view.is_of_page() {
                // What kind of page it is, is surer than what each of its blocks is.
                let weight = example.content_weight.sqrt();
                let slots = vocabulary.numbers(example.features.slots(view, 0));
                rows.push(slots, example.content, weight, example.fold);
                continue;
            }
            for (block, weight) in example.weights.iter().copied().enumerate() {
                if !(in_words && example.observed.facts[block].is_teaser()) {
                    let slots = vocabulary.numbers(example.features.slots(view, block));
                    rows.push(slots, example.labels[block], weight, example.fold);
                }
            }
        }
        let counts = SampleCounts::of(self.counts, view, labels, &vocabulary);
        let estimates: [Table; FOLDS] = std::array::from_fn(|left_out| counts.table_without(left_out));
        let corrections: [Table; FOLDS] = std::array::from_fn(|left_out| {
            adjust(&rows, &estimates[left_out], labels, epochs, |fold| fold != left_out)
        });
        let without = std::array::from_fn(|left_out| estimates[left_out].plus(&corrections[left_out]));
        let correction = adjust::mean(&corrections, labels).spread(vocabulary.slots(), view.slots());
        (correction, HeldOut { vocabulary, without })
    }
}

/// The corrected estimates of a view without each fold, as far as the sampled pages need them.
struct HeldOut {
    vocabulary: Vocabulary,
    without: [Table; FOLDS],
}

/// Runs two tasks side by side: `one`, where the more memory is needed, in this thread, which has most at hand.
fn in_two<A: Send, B: Send>(one: impl FnOnce() -> A, other: impl FnOnce() -> B + Send) -> (A, B) {
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        (one(), other.join().expect("tasks do not panic"))
    })
}

/// A page in the form it is fitted in.
struct Example {
    document: Document,
    features: Features,
    observed: Observed,
    scores: Vec<Scores>,
    labels: Vec<LabelSet>,
    content: LabelSet,
    content_weight: f32,
    /// How much each block counts in fitting.
    weights: Vec<f32>,
    fold: usize,
    /// Whether the page came in this form, so that it counts in the report.
    as_it_came: bool,
}

impl Example {
    fn new(page: &LabelledPage, document: Document, known: &Labels) -> Self {
        let features = Features::of(&document);
        let observed = features.observed().clone();
        let as_it_came = document.has_markup() == page.document.has_markup();
        let (mut labels, fold) = (page.labels.clone(), fold_of(page.group));
        let content = page.kind(known.boilerplate());
        let (mut weight, mut content_weight) = (page.weight, page.content_weight);
        if !as_it_came {
            weight *= STRIPPED_WEIGHT;
            content_weight *= STRIPPED_WEIGHT;
            // Once the link and the place are gone, nothing tells a teaser beside an article from a list's item.
            let with_markup = Features::of(&page.document);
            for (label, facts) in labels.iter_mut().zip(with_markup.facts()) {
                if facts.is_teaser() {
                    *label = LabelSet::EMPTY;
                }
            }
        }
        let weights = weights(weight, &observed.facts);
        let scores = Vec::new();
        Self {
            document,
            features,
            observed,
            scores,
            labels,
            content,
            content_weight,
            weights,
            fold,
            as_it_came,
        }
    }

    fn scene(&self) -> Scene<'_> {
        Scene::new(&self.document, &self.observed)
    }

    /// The slots of `view` in each block, or in the page where they are the same for all blocks.
    fn lists(&self, view: View) -> impl Iterator<Item = &[u32]> {
        let blocks = if view.is_of_page() { self.document.len().min(1) } else { self.document.len() };
        (0..blocks).map(move |block| self.features.slots(view, block))
    }

    /// Scores the blocks by what was learned without the page's fold: `held_out` has the tables of every view.
    fn score(&mut self, held_out: &[HeldOut]) {
        self.scores = scores(&self.features, self.document.len(), |view, slots| {
            let HeldOut { vocabulary, without } = &held_out[view.index()];
            let numbers: Vec<u32> = vocabulary.numbers(slots).collect();
            without[self.fold].score(&numbers)
        });
        self.features = Features::default();
    }
}

/// How much each block counts: long ones more than short ones, and those of long pages less, so that neither one page
/// nor its menus outweigh the rest.
fn weights(page_weight: f32, facts: &[Facts]) -> Vec<f32> {
    let page = page_weight * (20.0 / (facts.len() as f32 + 4.0)).sqrt();
    facts.iter().map(|facts| page * (0.3 + 0.25 * libm::logf(1.0 + facts.words as f32))).collect()
}

/// Each stage is fitted on all pages, and without each fold for use on it, so that the next stage (and the report) sees
/// what the stage does on pages it was not fitted to.
struct Fitting<'a> {
    labels: &'a Labels,
    examples: &'a [Example],
    epochs: Epochs,
}

impl Fitting<'_> {
    fn run(&self, counts: &TransitionCounts) -> (Fusions, Confusion) {
        let count = self.labels.len();
        let (evidence, mut logits) =
            self.stage(|example, _| example.scene().evidence(&example.scores, count).to_rows(), &[]);
        let mut around = Vec::new();
        let passes = if self.are_single_rows() { 0 } else { PASSES };
        for _ in 0..passes {
            let inputs = |example: &Example, logits: &[PerLabel]| {
                example.scene().around(&example.scores, logits, self.labels).to_rows()
            };
            let (pass, next) = self.stage(inputs, &logits);
            around.push(pass);
            logits = next;
        }
        let transitions = self.transitions(&logits, counts);
        let temperature = self.temperature(&logits, &transitions);
        for logits in logits.iter_mut().flatten() {
            logits.iter_mut().for_each(|logit| *logit /= temperature);
        }
        let page = self.page(&logits, &transitions);
        let confusion = self.confusion(&logits, &transitions);
        (Fusions { evidence, around, page, transitions, temperature }, confusion)
    }

    /// Whether every page is a single row, so that there is nothing around and nothing to go over to.
    fn are_single_rows(&self) -> bool {
        self.examples.iter().all(|example| example.document.len() < 2)
    }

    /// Fits a stage, and gives what it says of each page when fitted without the page's fold. What is kept is the mean of
    /// those fits: all pages have their say in it, and it takes no fit of its own.
    fn stage(
        &self,
        inputs: impl Fn(&Example, &[PerLabel]) -> Inputs,
        before: &[Vec<PerLabel>],
    ) -> (Fusion, Vec<Vec<PerLabel>>) {
        let mut examples = Examples::default();
        let single_rows = self.are_single_rows();
        for (index, example) in self.examples.iter().enumerate() {
            let inputs = inputs(example, before.get(index).map_or(&[], Vec::as_slice));
            let scale = if example.document.len() < 2 && !single_rows { SINGLE_WEIGHT } else { 1.0 };
            let weights = example.weights.iter().map(|weight| weight * scale);
            examples.extend(&inputs, &example.labels, weights, example.fold);
        }
        let prepared = Prepared::of(&examples, self.labels.len(), self.epochs);
        let without: [Fusion; FOLDS] = std::array::from_fn(|left_out| prepared.fit(|fold| fold != left_out));
        let fitted = prepared.mean(&without);
        let mut rows = examples.inputs.rows();
        let held_out = self.examples.iter().map(|example| {
            let fusion = &without[example.fold];
            rows.by_ref().take(example.document.len()).map(|row| fusion.logits(row)).collect()
        });
        let held_out = held_out.collect();
        (fitted, held_out)
    }

    /// Mean log-probability of the true labels, over blocks of pages with at least two.
    fn likelihood(&self, logits: &[Vec<PerLabel>], transitions: &Transitions, temperature: f32) -> f64 {
        let (mut sum, mut weight) = (0.0, 0.0);
        for (example, logits) in self.examples.iter().zip(logits) {
            let cooled: Vec<PerLabel> =
                logits.iter().map(|logits| logits.map(|logit| logit / temperature)).collect();
            let marginals = transitions.marginals(&cooled);
            for ((marginal, labels), block) in marginals.iter().zip(&example.labels).zip(&example.weights) {
                if is_telling(*labels, self.labels.len()) {
                    let true_share: f32 = labels.iter().map(|label| marginal[label.index()]).sum();
                    sum += f64::from(*block) * libm::log(f64::from(true_share.max(1e-9)));
                    weight += f64::from(*block);
                }
            }
        }
        if weight > 0.0 { sum / weight } else { 0.0 }
    }

    /// Transitions of the strength that suits held-out pages best. The passes have looked at the neighbours already,
    /// so that full strength would count them twice.
    fn transitions(&self, logits: &[Vec<PerLabel>], counts: &TransitionCounts) -> Transitions {
        let frozen = |strength| counts.freeze(self.labels.len(), strength);
        if self.are_single_rows() {
            return frozen(0.0);
        }
        let candidates = [0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8].map(frozen);
        best_of(candidates, |transitions| self.likelihood(logits, transitions, 1.0))
    }

    fn temperature(&self, logits: &[Vec<PerLabel>], transitions: &Transitions) -> f32 {
        let candidates: [f32; 13] = std::array::from_fn(|step| 0.3 + 0.1 * step as f32);
        best_of(candidates, |temperature| self.likelihood(logits, transitions, *temperature))
    }

    fn page(&self, logits: &[Vec<PerLabel>], transitions: &Transitions) -> Fusion {
        let mut examples = Examples::default();
        for (example, logits) in self.examples.iter().zip(logits) {
            let scene = example.scene();
            let inputs = scene.page(&example.scores, logits, &transitions.marginals(logits), self.labels);
            examples.extend(
                &inputs,
                &[example.content],
                std::iter::once(example.content_weight),
                example.fold,
            );
        }
        Prepared::of(&examples, self.labels.len(), self.epochs).fit(|_| true)
    }

    fn confusion(&self, logits: &[Vec<PerLabel>], transitions: &Transitions) -> Confusion {
        let mut confusion = Confusion::new(self.labels.len());
        for (example, logits) in self.examples.iter().zip(logits).filter(|(example, _)| example.as_it_came) {
            for (predicted, labels) in transitions.best(logits).iter().zip(&example.labels) {
                if let Some(label) = labels.single() {
                    confusion.count(label, *predicted);
                }
            }
        }
        confusion
    }
}

/// The candidate that scores best; of equals, the first.
fn best_of<T>(candidates: impl IntoIterator<Item = T>, score: impl Fn(&T) -> f64) -> T {
    let mut scored = candidates.into_iter().map(|candidate| (score(&candidate), candidate));
    let first = scored.next().expect("there are candidates");
    scored.fold(first, |best, next| if next.0 > best.0 { next } else { best }).1
}

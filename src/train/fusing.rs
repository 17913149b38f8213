//! Fusing: what the sampled pages teach about weighing views, neighbours and transitions.
//!
//! Comes in: labelled pages and naive Bayes tables that have not seen each page's fold. Goes out: the [`Fusions`] for
//! plain text and for markup, and how well the whole does on pages held out.

use super::fit::{Examples, fit};
use super::{content_of, fold_of};
use crate::context::{Inputs, Scene, Scores, scores};
use crate::document::Document;
use crate::evaluate::Confusion;
use crate::features::{Features, VIEWS};
use crate::fusion::{Fusion, PerLabel, softmax};
use crate::label::{LabelSet, Labels};
use crate::labelled::LabelledPage;
use crate::model::{FOLDS, Fusions, Table};
use crate::segment::{TransitionCounts, Transitions};

/// Passes that look around. The second reads cleaner probabilities than the first; a third changes little.
const PASSES: usize = 2;

/// What was fitted.
pub(super) struct Fused {
    pub plain: Fusions,
    pub markup: Option<Fusions>,
    pub confusion: Option<Confusion>,
}

/// Fits the fusions for plain text (from all pages, without their markup) and for markup (from pages that have it).
pub(super) fn fuse(
    pages: &[LabelledPage],
    labels: &Labels,
    held_out: &[[Table; VIEWS]; FOLDS],
    transitions: &TransitionCounts,
) -> Fused {
    let with_markup: Vec<&LabelledPage> = pages.iter().filter(|page| page.document.has_markup()).collect();
    let markup = || {
        let examples: Vec<Example> =
            with_markup.iter().map(|page| Example::new(page, page.document.clone(), held_out)).collect();
        (!examples.is_empty()).then(|| Fitting { labels, examples: &examples }.run(transitions))
    };
    let plain = || {
        let without = |page: &LabelledPage| Example::new(page, page.document.without_markup(), held_out);
        let examples: Vec<Example> = pages.iter().map(without).collect();
        Fitting { labels, examples: &examples }.run(transitions)
    };
    let (markup, (plain, plain_confusion)) = std::thread::scope(|scope| {
        let markup = scope.spawn(markup);
        let plain = plain();
        (markup.join().expect("fitting does not panic"), plain)
    });
    // Each page is measured in the form it came in.
    let plain_only = with_markup.is_empty();
    let (markup, confusion) = match markup {
        None => (None, plain_confusion),
        Some((markup, confusion)) => {
            let mut confusion = confusion;
            if !plain_only {
                confusion.add(&plain_confusion);
            }
            (Some(markup), confusion)
        }
    };
    Fused { plain, markup, confusion: Some(confusion) }
}

/// A page in the form it is fitted in.
struct Example {
    document: Document,
    scores: Vec<Scores>,
    labels: Vec<LabelSet>,
    content: Option<LabelSet>,
    weight: f32,
    fold: usize,
    /// Whether the page came in this form, so that it counts in the report.
    as_it_came: bool,
}

impl Example {
    fn new(page: &LabelledPage, document: Document, held_out: &[[Table; VIEWS]; FOLDS]) -> Self {
        let fold = fold_of(page.group);
        let tables = &held_out[fold];
        let features = Features::of(&document);
        let scores = scores(&features, document.len(), |view, slots| tables[view.index()].score(slots));
        let as_it_came = document.has_markup() == page.document.has_markup();
        let labels = page.labels.clone();
        Self { document, scores, labels, content: page.content, weight: page.weight, fold, as_it_came }
    }

    /// How much each block counts: long ones more than short ones, and those of long pages less, so that neither one
    /// page nor its menus outweigh the rest.
    fn weights(&self, scene: &Scene<'_>) -> impl Iterator<Item = f32> {
        let page = self.weight * (20.0 / (self.labels.len() as f32 + 4.0)).sqrt();
        let blocks: Vec<f32> = scene
            .facts()
            .iter()
            .map(|facts| page * (0.3 + 0.25 * libm::logf(1.0 + facts.words as f32)))
            .collect();
        blocks.into_iter()
    }
}

/// Each stage is fitted three times: on all pages, and on each half for use on the other, so that the next stage (and
/// the report) sees what the stage does on pages it was not fitted to.
struct Fitting<'a> {
    labels: &'a Labels,
    examples: &'a [Example],
}

/// The half of the folds that a fold belongs to.
fn half(fold: usize) -> usize {
    usize::from(fold >= FOLDS / 2)
}

impl Fitting<'_> {
    fn run(&self, counts: &TransitionCounts) -> (Fusions, Confusion) {
        let count = self.labels.len();
        let (evidence, mut logits) =
            self.stage(|example, _| Scene::new(&example.document).evidence(&example.scores, count), &[]);
        let mut around = Vec::new();
        for _ in 0..PASSES {
            let inputs = |example: &Example, logits: &[PerLabel]| {
                let probabilities: Vec<PerLabel> =
                    logits.iter().map(|logits| softmax(logits, count)).collect();
                Scene::new(&example.document).around(logits, &probabilities, count)
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

    /// Fits a stage, and gives what it says of each page when fitted without the page's half.
    fn stage(
        &self,
        inputs: impl Fn(&Example, &[PerLabel]) -> Inputs,
        before: &[Vec<PerLabel>],
    ) -> (Fusion, Vec<Vec<PerLabel>>) {
        let mut examples = Examples::default();
        for (index, example) in self.examples.iter().enumerate() {
            let scene = Scene::new(&example.document);
            let inputs = inputs(example, before.get(index).map_or(&[], Vec::as_slice));
            examples.extend(&inputs, &example.labels, example.weights(&scene), example.fold);
        }
        let count = self.labels.len();
        let fitted = fit(&examples, count, |_| true);
        let without = [0, 1].map(|left_out| fit(&examples, count, |fold| half(fold) != left_out));
        let mut rows = examples.inputs.rows();
        let held_out = self.examples.iter().map(|example| {
            let fusion = &without[half(example.fold)];
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
            let scene = Scene::new(&example.document);
            for ((marginal, labels), block) in
                marginals.iter().zip(&example.labels).zip(example.weights(&scene))
            {
                if labels.len() < self.labels.len() {
                    let true_share: f32 = labels.iter().map(|label| marginal[label.index()]).sum();
                    sum += f64::from(block) * libm::log(f64::from(true_share.max(1e-9)));
                    weight += f64::from(block);
                }
            }
        }
        if weight > 0.0 { sum / weight } else { 0.0 }
    }

    /// Transitions of the strength that suits held-out pages best. The passes have looked at the neighbours already,
    /// so that full strength would count them twice.
    fn transitions(&self, logits: &[Vec<PerLabel>], counts: &TransitionCounts) -> Transitions {
        let candidates =
            [0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8].map(|strength| counts.freeze(self.labels.len(), strength));
        best_of(candidates, |transitions| self.likelihood(logits, transitions, 1.0))
    }

    fn temperature(&self, logits: &[Vec<PerLabel>], transitions: &Transitions) -> f32 {
        let candidates: [f32; 13] = std::array::from_fn(|step| 0.7 + 0.1 * step as f32);
        best_of(candidates, |temperature| self.likelihood(logits, transitions, *temperature))
    }

    fn page(&self, logits: &[Vec<PerLabel>], transitions: &Transitions) -> Fusion {
        let mut examples = Examples::default();
        for (example, logits) in self.examples.iter().zip(logits) {
            let scene = Scene::new(&example.document);
            let inputs = scene.page(&example.scores, &transitions.marginals(logits), self.labels);
            let content = example.content.unwrap_or_else(|| content_of(&example.as_page(), self.labels));
            examples.extend(&inputs, &[content], std::iter::once(example.weight), example.fold);
        }
        fit(&examples, self.labels.len(), |_| true)
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

impl Example {
    fn as_page(&self) -> LabelledPage {
        LabelledPage {
            name: String::new(),
            group: 0,
            document: self.document.clone(),
            labels: self.labels.clone(),
            content: self.content,
            weight: self.weight,
        }
    }
}

/// The candidate that scores best; of equals, the first.
fn best_of<T>(candidates: impl IntoIterator<Item = T>, score: impl Fn(&T) -> f64) -> T {
    let mut scored = candidates.into_iter().map(|candidate| (score(&candidate), candidate));
    let first = scored.next().expect("there are candidates");
    scored.fold(first, |best, next| if next.0 > best.0 { next } else { best }).1
}

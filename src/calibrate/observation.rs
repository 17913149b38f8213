//! Observations: what a model said of a labelled page, and what was true.
//!
//! Comes in: a judged record, or a labelled page with its analysis. Goes out: what calibration is fitted to.

use crate::classifier::Analysis;
use crate::corpus::fold_of;
use crate::document::Document;
use crate::evaluate::Judged;
use crate::label::{Label, Labels};
use crate::labelled::LabelledPage;
use crate::model::{Calibration, form_of};

/// What a model said of a page, and what was true.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The index of its form.
    pub(super) form: usize,
    /// Which half of the sites it belongs to.
    pub(super) half: usize,
    /// For each block whose one label is known the predicted label, its probability and whether it is right.
    pub(super) blocks: Vec<(Label, f32, bool)>,
    /// The page as a whole, if what its content is is known.
    pub(super) page: Option<PageObservation>,
}

/// What a model said of a page as a whole, and what was true.
#[derive(Debug, Clone, PartialEq)]
pub struct PageObservation {
    /// The probabilities of the labels.
    pub(super) probabilities: Vec<f32>,
    /// The page's words by label.
    pub(super) words: Vec<usize>,
    /// The predicted label.
    pub(super) label: Label,
    /// The true label.
    pub(super) truth: Label,
}

impl Observation {
    /// What there is to observe on a record; none if nothing is known of it.
    pub fn of_record(judged: &Judged<'_>) -> Option<Self> {
        let blocks = judged.known_blocks();
        Self::new(judged.document(), judged.analysis(), blocks, judged.content(), judged.group())
    }

    /// What there is to observe on a labelled page; none if nothing is known of it. A page whose blocks have several
    /// labels is of the one that most of its text has, boilerplate apart.
    pub fn of_page(page: &LabelledPage, analysis: &Analysis, labels: &Labels) -> Option<Self> {
        let content = page.kind(labels.boilerplate());
        let blocks = page.labels.iter().enumerate();
        let blocks = blocks.filter_map(|(block, truth)| Some((block, truth.single()?)));
        Self::new(&page.document, analysis, blocks, content.single(), page.group)
    }

    fn new(
        document: &Document,
        analysis: &Analysis,
        blocks: impl Iterator<Item = (usize, Label)>,
        content: Option<Label>,
        group: u64,
    ) -> Option<Self> {
        let told = |(block, truth): (usize, Label)| {
            let found = analysis.blocks[block];
            (found.label, found.probability, found.label == truth)
        };
        let blocks: Vec<_> = blocks.map(told).collect();
        let page = content.map(|truth| PageObservation {
            probabilities: analysis.probabilities.clone(),
            words: analysis.words.clone(),
            label: analysis.label,
            truth,
        });
        let is_known = page.is_some() || !blocks.is_empty();
        is_known.then(|| Self { form: form_of(document), half: fold_of(group, 2), blocks, page })
    }

    /// The same with calibrated probabilities; none of them were before.
    #[must_use]
    pub fn calibrated(mut self, calibration: &Calibration) -> Self {
        let form = &calibration.forms[self.form];
        if let Some(page) = &mut self.page {
            form.calibrate_page(&mut page.probabilities);
        }
        for (label, probability, _) in &mut self.blocks {
            *probability = form.blocks[label.index()].at(*probability);
        }
        self
    }

    /// The page as a whole, if what its content is is known.
    pub fn page(&self) -> Option<&PageObservation> {
        self.page.as_ref()
    }
}

//! The model: all that was learned, ready to score blocks, and the counts it was learned from.
//!
//! Comes in: the bytes of a model file, or the parts a training run made. Goes out: scores and fusions for the
//! classifier, counts for further training.

mod bytes;
mod calibration;
mod counts;
mod file;
mod packed;
mod table;

use std::path::Path;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::context;
use crate::error::{Error, Result};
use crate::features::VIEWS;
use crate::fusion::Fusion;
use crate::gate::Policy;
use crate::label::Labels;
use crate::segment::Transitions;
pub use calibration::Calibration;
#[cfg(feature = "train")]
pub(crate) use calibration::{FORMS, FormCalibration, Rise, form_of};
pub(crate) use counts::Counts;
#[cfg(feature = "train")]
pub(crate) use counts::{FOLDS, Fold};
#[cfg(feature = "train")]
pub(crate) use file::FORMAT_VERSION;
use packed::Packed;
pub(crate) use table::Table;

/// The default model, made by the command in its model card.
static DEFAULT: &[u8] = include_bytes!("../../models/default.model");

/// A trained model. Cheap to share: clone an `Arc` of it, not the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) labels: Labels,
    pub(crate) card: Card,
    pub(crate) policy: Policy,
    /// The weights of every view: what naive Bayes makes of the counts, and corrections.
    pub(crate) tables: [Table; VIEWS],
    pub(crate) plain: Fusions,
    /// None if no page with markup was seen in training: then pages are read by their text alone.
    pub(crate) markup: Option<Fusions>,
    /// None if probabilities are told as the fusions give them.
    pub(crate) calibration: Option<Calibration>,
    /// What was counted in training.
    counts: Packed,
    /// Training pages kept for further training (CSV, as read); empty if they were not kept.
    sample: Packed,
    hash: u64,
}

/// What a model says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The model's name.
    pub name: String,
    /// The version of pagesieve that trained it.
    pub version: String,
    /// Pages it was trained on.
    pub pages: u64,
    /// Blocks it was trained on, by label, in the order of its labels.
    pub blocks: Vec<u64>,
}

/// How the scores of a page's blocks become labels: once for pages with markup, once for plain text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fusions {
    /// Weighs the views of each block by itself.
    pub evidence: Fusion,
    /// Weighs a block against those around it; each pass reads the probabilities of the one before.
    pub around: Vec<Fusion>,
    /// Weighs what the blocks say of the page.
    pub page: Fusion,
    pub transitions: Transitions,
    /// Divides the final logits: above 1 the fusions were too sure of themselves.
    pub temperature: f32,
}

impl Model {
    /// The model that comes with the program.
    ///
    /// # Errors
    /// If the program was built with a model file of another version, which a released one never is.
    pub fn default_model() -> Result<&'static Self> {
        static MODEL: LazyLock<Result<Model>> = LazyLock::new(|| file::read_embedded(DEFAULT));
        MODEL.as_ref().map_err(|error| {
            Error::new(
                error.kind(),
                format!("{error}; this build embeds an unusable model, train one with `pagesieve train`"),
            )
        })
    }

    /// A model of these parts.
    #[allow(clippy::too_many_arguments)] // its parts, each given once by the trainer
    pub(crate) fn new(
        labels: Labels,
        card: Card,
        policy: Policy,
        tables: [Table; VIEWS],
        plain: Fusions,
        markup: Option<Fusions>,
        counts: &Counts,
        sample: &[u8],
    ) -> Self {
        let (counts, sample) = (Packed::of(&counts.to_bytes(labels.len())), Packed::of(sample));
        let mut model =
            Self { labels, card, policy, tables, plain, markup, calibration: None, counts, sample, hash: 0 };
        model.hash = file::fingerprint(&model);
        model
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// If the file cannot be read, is no model, is damaged, or was written by an incompatible version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|error| Error::io(path, "read the model", error))?;
        Self::from_bytes(&bytes).map_err(|error| error.at(path))
    }

    /// Reads a model from the bytes of its file.
    ///
    /// # Errors
    /// If the bytes are no model, are damaged, or were written by an incompatible version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        file::read(bytes)
    }

    /// The bytes of the model's file: the same model gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        file::write(self)
    }

    /// The labels it tells apart.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// What the model says of itself.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The gate's policy stored in the model.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// A fingerprint of all that decides what the model says, 16 hexadecimal digits.
    pub fn hash(&self) -> String {
        format!("{:016x}", self.hash)
    }

    /// Whether it knows pages with markup, not only plain text.
    pub fn knows_markup(&self) -> bool {
        self.markup.is_some()
    }

    /// What decides between labels once the views have spoken, for pages with or without markup: the inputs of the last
    /// fusion by name with how far each can move a label (in logits), strongest first.
    pub fn strongest_inputs(&self, markup: bool) -> Vec<(String, f32)> {
        let fusions = self.fusions(markup);
        let markup = markup && self.knows_markup();
        let (names, fusion) = match fusions.around.last() {
            Some(last) => (context::around_names(&self.labels, markup), last),
            None => (context::evidence_names(&self.labels, markup), &fusions.evidence),
        };
        let mut inputs: Vec<(String, f32)> = names.into_iter().zip(fusion.spans()).collect();
        inputs.sort_by(|one, other| other.1.total_cmp(&one.1));
        inputs
    }

    /// What was counted in training.
    ///
    /// # Errors
    /// If the model file was written by something else than [`to_bytes`](Self::to_bytes).
    #[cfg(feature = "train")]
    pub(crate) fn counts(&self) -> Result<Counts> {
        Counts::from_bytes(&self.counts.unpack()?, self.labels.len())
    }

    /// The training pages kept, as CSV; empty if none were.
    ///
    /// # Errors
    /// As [`counts`](Self::counts).
    #[cfg(feature = "train")]
    pub(crate) fn sample(&self) -> Result<Vec<u8>> {
        self.sample.unpack()
    }

    /// Whether it holds a sample of its training pages, from which further training fits anew.
    pub fn keeps_sample(&self) -> bool {
        !self.sample.is_empty()
    }

    /// The same model under another policy, which is stored with it.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self.hash = file::fingerprint(&self);
        self
    }

    /// The same model with other calibrated probabilities, or none.
    #[must_use]
    pub fn with_calibration(mut self, calibration: Option<Calibration>) -> Self {
        if self.calibration != calibration {
            self.calibration = calibration;
            self.hash = file::fingerprint(&self);
        }
        self
    }

    /// How its probabilities are calibrated; none if they are told as they come.
    pub fn calibration(&self) -> Option<&Calibration> {
        self.calibration.as_ref()
    }

    /// The fusions for a page with or without markup.
    pub(crate) fn fusions(&self, markup: bool) -> &Fusions {
        self.markup.as_ref().filter(|_| markup).unwrap_or(&self.plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_model_is_what_its_file_says() {
        let embedded = Model::default_model().unwrap();
        assert!(Model::from_bytes(DEFAULT).unwrap() == *embedded, "its checksum is right");
        assert_eq!(file::fingerprint(embedded), embedded.hash);
        assert!(embedded.to_bytes() == DEFAULT);
    }
}

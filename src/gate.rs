//! The gate: what a pipeline should do with a page, and why.
//!
//! Comes in: an analysed page and a [`Policy`]. Goes out: a [`Verdict`] with its [`Reason`]s.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};
use crate::label::{Label, Labels};

/// What a page must be like to be kept. Shares are of the page's words, 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Policy {
    /// The label a page is kept for.
    pub wanted: String,
    /// Fewest words of the wanted label.
    pub min_words: usize,
    /// Smallest share of the wanted label among the words that are not boilerplate.
    pub min_share: f32,
    /// Largest share of listicle among the words that are not boilerplate.
    pub max_listicle: f32,
    /// Largest share of the page's words that are not of the wanted label; 1 allows all.
    #[serde(skip_serializing_if = "allows_all")]
    pub max_removed_words: f32,
    /// Smallest probability that the page is of the wanted label; below it, and above 1 less it, the verdict is
    /// `unsure`. 0.5 to 1; with `drop_below` 0 to 1.
    pub min_confidence: f32,
    /// The probability below which the verdict is `drop`, in place of 1 less `min_confidence`, and at most that; at it
    /// there are no `unsure` pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop_below: Option<f32>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            wanted: "news".into(),
            min_words: 40,
            min_share: 0.5,
            max_listicle: 0.4,
            max_removed_words: 1.0,
            min_confidence: 0.7,
            drop_below: None,
        }
    }
}

/// A share that everything keeps to need not be stored.
#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
fn allows_all(share: &f32) -> bool {
    *share >= 1.0
}

/// What to do with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Pass it on.
    Keep,
    /// Leave it out.
    Drop,
    /// Let somebody look.
    Unsure,
}

/// Why a page was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// It has no text.
    Empty,
    /// Too few words of the wanted label.
    FewWords,
    /// The wanted label's share is too small.
    SmallShare,
    /// Too much of it is listicle.
    Listicle,
    /// Too much of it would be cut away.
    RemovedWords,
    /// It is probably not of the wanted label.
    Unwanted,
    /// It may or may not be of the wanted label.
    LowConfidence,
}

/// What the gate weighs of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence<'a> {
    /// The page's words by label.
    pub words: &'a [usize],
    /// The page's probabilities by label.
    pub probabilities: &'a [f32],
}

impl Policy {
    /// The names of its parts, as in JSON, in TOML and on the command line.
    pub const PARTS: [&str; 7] = [
        "wanted",
        "min-words",
        "min-share",
        "max-listicle",
        "max-removed-words",
        "min-confidence",
        "drop-below",
    ];

    /// The same policy with the members of a JSON object in place of its own. Not yet checked against labels.
    ///
    /// ```
    /// let policy = pagesieve::Policy::default().with_parts(r#"{"min-words": 100}"#)?;
    /// assert_eq!((policy.min_words, policy.wanted.as_str()), (100, "news"));
    /// # Ok::<(), pagesieve::Error>(())
    /// ```
    ///
    /// # Errors
    /// If it is no JSON object, or has members that are none of [`Policy::PARTS`] or not of their type.
    pub fn with_parts(&self, json: &str) -> Result<Self> {
        let merge = || -> serde_json::Result<Self> {
            let mut whole: Map<String, Value> = serde_json::from_value(serde_json::to_value(self)?)?;
            whole.extend(serde_json::from_str::<Map<String, Value>>(json)?);
            serde_json::from_value(Value::Object(whole))
        };
        merge().map_err(|error| Error::new(ErrorKind::Policy, format!("the policy cannot be used: {error}")))
    }

    /// Says what is wrong with the policy for a model with these labels.
    ///
    /// # Errors
    /// A share or confidence out of its range, or a wanted label that the model does not know.
    pub fn check(&self, labels: &Labels) -> Result<()> {
        let ranges = [
            ("min-share", self.min_share, 0.0),
            ("max-listicle", self.max_listicle, 0.0),
            ("min-confidence", self.min_confidence, if self.drop_below.is_some() { 0.0 } else { 0.5 }),
            ("max-removed-words", self.max_removed_words, 0.0),
        ];
        let ranges = ranges.map(|(name, value, least)| (name, value, least, 1.0));
        let drop_below = self.drop_below.map(|value| ("drop-below", value, 0.0, self.min_confidence));
        for (name, value, least, most) in ranges.into_iter().chain(drop_below) {
            if !(least..=most).contains(&value) {
                let message =
                    format!("the policy's {name} is {value}, but must be between {least} and {most}");
                return Err(Error::new(ErrorKind::Policy, message));
            }
        }
        if !self.wanted.is_empty() && labels.find(&self.wanted).is_none() {
            return Err(unknown_label(&self.wanted, labels));
        }
        Ok(())
    }

    /// The label wanted in a model with these labels.
    ///
    /// # Errors
    /// If the policy names none, or one that the model does not know.
    pub fn wanted(&self, labels: &Labels) -> Result<Label> {
        labels.find(&self.wanted).ok_or_else(|| unknown_label(&self.wanted, labels))
    }

    /// Whether a page of the wanted label with this probability is dropped for it.
    fn is_unwanted(&self, probability: f32) -> bool {
        match self.drop_below {
            Some(least) => probability < least,
            None => probability <= 1.0 - self.min_confidence,
        }
    }

    /// The policy's verdict on a page, and why it is not `keep`.
    pub(crate) fn judge(&self, labels: &Labels, wanted: Label, page: Evidence<'_>) -> (Verdict, Vec<Reason>) {
        let boilerplate = labels.boilerplate();
        let content: usize = labels
            .iter()
            .filter(|label| Some(*label) != boilerplate)
            .map(|label| page.words[label.index()])
            .sum();
        let words = page.words[wanted.index()];
        let share = |label: Label| page.words[label.index()] as f32 / content.max(1) as f32;
        let mut reasons = Vec::new();
        let all: usize = page.words.iter().sum();
        if all == 0 {
            reasons.push(Reason::Empty);
        } else {
            if words < self.min_words {
                reasons.push(Reason::FewWords);
            }
            if content > 0 && share(wanted) < self.min_share {
                reasons.push(Reason::SmallShare);
            }
            let listicle = labels.find("listicle").filter(|label| *label != wanted);
            if listicle.is_some_and(|label| share(label) > self.max_listicle) {
                reasons.push(Reason::Listicle);
            }
            if (all - words) as f32 / all as f32 > self.max_removed_words {
                reasons.push(Reason::RemovedWords);
            }
            if self.is_unwanted(page.probabilities[wanted.index()]) {
                reasons.push(Reason::Unwanted);
            }
        }
        if !reasons.is_empty() {
            (Verdict::Drop, reasons)
        } else if page.probabilities[wanted.index()] < self.min_confidence {
            (Verdict::Unsure, vec![Reason::LowConfidence])
        } else {
            (Verdict::Keep, reasons)
        }
    }
}

fn unknown_label(wanted: &str, labels: &Labels) -> Error {
    let known = labels.names().join(", ");
    let message =
        format!("the wanted label {wanted:?} is not one of the model's ({known}); name one with --wanted");
    Error::new(ErrorKind::Policy, message)
}

impl Verdict {
    /// `keep`, `drop` or `unsure`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Drop => "drop",
            Self::Unsure => "unsure",
        }
    }
}

impl Reason {
    /// All reasons, in the order they are given.
    pub const ALL: [Self; 7] = [
        Self::Empty,
        Self::FewWords,
        Self::SmallShare,
        Self::Listicle,
        Self::RemovedWords,
        Self::Unwanted,
        Self::LowConfidence,
    ];

    /// The reason as a word, as in the JSON output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::FewWords => "few-words",
            Self::SmallShare => "small-share",
            Self::Listicle => "listicle",
            Self::RemovedWords => "removed-words",
            Self::Unwanted => "unwanted",
            Self::LowConfidence => "low-confidence",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(words: [usize; 3], probabilities: [f32; 3]) -> (Verdict, Vec<Reason>) {
        let labels = Labels::new(["news", "listicle", "boilerplate"]).unwrap();
        let policy = Policy::default();
        let wanted = policy.wanted(&labels).unwrap();
        policy.judge(&labels, wanted, Evidence { words: &words, probabilities: &probabilities })
    }

    #[test]
    fn verdicts_and_reasons() {
        assert_eq!(judge([500, 0, 900], [0.95, 0.03, 0.02]), (Verdict::Keep, vec![]));
        assert_eq!(judge([500, 0, 0], [0.6, 0.4, 0.0]), (Verdict::Unsure, vec![Reason::LowConfidence]));
        assert_eq!(judge([39, 0, 0], [0.9, 0.1, 0.0]), (Verdict::Drop, vec![Reason::FewWords]));
        assert_eq!(judge([0, 0, 0], [0.3, 0.3, 0.4]), (Verdict::Drop, vec![Reason::Empty]));
        let (verdict, reasons) = judge([100, 400, 0], [0.1, 0.9, 0.0]);
        assert_eq!(verdict, Verdict::Drop);
        assert_eq!(reasons, [Reason::SmallShare, Reason::Listicle, Reason::Unwanted]);
    }

    #[test]
    fn a_lower_bound_of_its_own_makes_room_for_less_confidence() {
        let labels = Labels::new(["news", "listicle", "boilerplate"]).unwrap();
        let policy = Policy { min_confidence: 0.4, drop_below: Some(0.2), ..Policy::default() };
        policy.check(&labels).unwrap();
        let wanted = policy.wanted(&labels).unwrap();
        let verdict = |probability: f32| {
            let probabilities = [probability, 1.0 - probability, 0.0];
            policy.judge(&labels, wanted, Evidence { words: &[99, 0, 0], probabilities: &probabilities }).0
        };
        let found = [0.4, 0.39, 0.2, 0.19].map(verdict);
        assert_eq!(found, [Verdict::Keep, Verdict::Unsure, Verdict::Unsure, Verdict::Drop]);
        let above = Policy { min_confidence: 0.4, drop_below: Some(0.5), ..Policy::default() };
        assert!(above.check(&labels).unwrap_err().to_string().contains("drop-below is 0.5"));
        assert!(Policy { min_confidence: 0.4, ..Policy::default() }.check(&labels).is_err());
    }

    #[test]
    fn a_page_may_lose_too_many_words() {
        let labels = Labels::new(["news", "listicle", "boilerplate"]).unwrap();
        let judge = |max_removed_words| {
            let policy = Policy { max_removed_words, ..Policy::default() };
            let evidence = Evidence { words: &[100, 0, 300], probabilities: &[0.9, 0.0, 0.1] };
            policy.judge(&labels, policy.wanted(&labels).unwrap(), evidence)
        };
        assert_eq!(judge(0.75), (Verdict::Keep, vec![]));
        assert_eq!(judge(0.7), (Verdict::Drop, vec![Reason::RemovedWords]));
        let stored = serde_json::to_string(&Policy::default()).unwrap();
        assert!(!stored.contains("removed"), "{stored}");
    }

    #[test]
    fn all_reasons_are_listed_in_order() {
        // Each stands where its number says; the match is here so that a new reason asks to be listed.
        for (index, reason) in Reason::ALL.into_iter().enumerate() {
            let number = match reason {
                Reason::Empty => 0,
                Reason::FewWords => 1,
                Reason::SmallShare => 2,
                Reason::Listicle => 3,
                Reason::RemovedWords => 4,
                Reason::Unwanted => 5,
                Reason::LowConfidence => 6,
            };
            assert_eq!(number, index, "{reason}");
        }
    }

    #[test]
    fn all_parts_are_named_in_order() {
        // What serde says of a member that is none names those that are.
        let message = Policy::default().with_parts(r#"{"length": 1}"#).unwrap_err().to_string();
        let known = Policy::PARTS.map(|part| format!("`{part}`")).join(", ");
        assert!(message.contains(&format!("`length`, expected one of {known}")), "{message}");
    }

    #[test]
    fn parts_replace_those_of_another_policy() {
        let strict = Policy { min_share: 0.9, drop_below: Some(0.1), ..Policy::default() };
        let policy = strict.with_parts(r#"{"max-removed-words": 0.5, "min-share": 0.7}"#).unwrap();
        assert_eq!(policy, Policy { min_share: 0.7, max_removed_words: 0.5, ..strict.clone() });
        assert_eq!(strict.with_parts("{}").unwrap(), strict);
        for wrong in ["[]", "{", r#"{"min-words": -1}"#, r#"{"min-share": "much"}"#] {
            assert_eq!(strict.with_parts(wrong).unwrap_err().kind(), ErrorKind::Policy, "{wrong}");
        }
    }

    #[test]
    fn policies_are_checked() {
        let labels = Labels::new(["good", "bad"]).unwrap();
        let message = |policy: Policy| policy.check(&labels).unwrap_err().to_string();
        assert!(message(Policy::default()).contains("good, bad"));
        assert!(
            message(Policy { min_share: 1.5, wanted: "good".into(), ..Policy::default() })
                .contains("min-share")
        );
        assert!(message(Policy { min_confidence: f32::NAN, ..Policy::default() }).contains("min-confidence"));
        assert!(Policy { wanted: String::new(), ..Policy::default() }.check(&labels).is_ok());
    }
}

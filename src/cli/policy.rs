//! The gate's policy from arguments, a file and the model, in this order of precedence.
//!
//! Comes in: arguments and the model's own policy. Goes out: a checked [`Policy`].

use std::path::{Path, PathBuf};

use pagesieve::{Classifier, Label, Labels, Model, Policy};
use serde::Deserialize;

use super::failure::{Failure, Result};

/// What a page must be like to be kept.
#[derive(clap::Args)]
#[command(next_help_heading = "Policy (default: the model's)")]
pub struct PolicyArgs {
    /// Read the policy from this TOML file: the names below without dashes in front, `min-words = 80`
    #[arg(long = "policy", value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    given: Overrides,
}

/// Parts of a policy, from arguments or from a file.
#[derive(Debug, Clone, Default, PartialEq, clap::Args, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Overrides {
    /// Keep pages for this label
    #[arg(long, value_name = "LABEL")]
    wanted: Option<String>,
    /// Fewest words of the wanted label
    #[arg(long, value_name = "N")]
    min_words: Option<usize>,
    /// Smallest share of the wanted label among the words that are not boilerplate, 0 to 1
    #[arg(long, value_name = "SHARE")]
    min_share: Option<f32>,
    /// Largest share of listicle among the words that are not boilerplate, 0 to 1
    #[arg(long, value_name = "SHARE")]
    max_listicle: Option<f32>,
    /// Largest share of the page's words that are not of the wanted label, 0 to 1
    #[arg(long, value_name = "SHARE")]
    max_removed_words: Option<f32>,
    /// Smallest probability of the wanted label; below it the verdict is unsure, below 1 less it drop. 0.5 to 1
    #[arg(long, value_name = "P")]
    min_confidence: Option<f32>,
    /// Drop below this probability of the wanted label; min-confidence may then be less than 0.5
    #[arg(long, value_name = "P")]
    drop_below: Option<f32>,
}

impl Overrides {
    fn over(&self, policy: Policy) -> Policy {
        Policy {
            wanted: self.wanted.clone().unwrap_or(policy.wanted),
            min_words: self.min_words.unwrap_or(policy.min_words),
            min_share: self.min_share.unwrap_or(policy.min_share),
            max_listicle: self.max_listicle.unwrap_or(policy.max_listicle),
            max_removed_words: self.max_removed_words.unwrap_or(policy.max_removed_words),
            min_confidence: self.min_confidence.unwrap_or(policy.min_confidence),
            drop_below: self.drop_below.or(policy.drop_below),
        }
    }
}

impl PolicyArgs {
    /// Whether any argument says something about the policy.
    pub fn is_given(&self) -> bool {
        self.file.is_some() || self.given != Overrides::default()
    }

    /// The policy: arguments before the file before `base`. Not yet checked against a model's labels.
    pub fn over(&self, base: Policy) -> Result<Policy> {
        let from_file = self.file.as_deref().map(read_file).transpose()?.unwrap_or_default();
        Ok(self.given.over(from_file.over(base)))
    }

    /// A classifier of `model` under this policy, which must want one of the model's labels.
    pub fn judge<'m>(&self, model: &'m Model) -> Result<Classifier<'m>> {
        let policy = self.over(model.policy().clone())?;
        if policy.wanted.is_empty() {
            return Err(Failure::usage(format!(
                "the model's policy wants none of its labels ({}); name one with --wanted",
                known(model.labels())
            )));
        }
        Ok(Classifier::new(model).with_policy(policy)?)
    }

    /// The same, but a model without a wanted label gives a classifier without verdicts.
    pub fn judge_if_wanted<'m>(&self, model: &'m Model) -> Result<Classifier<'m>> {
        if model.policy().wanted.is_empty() && !self.is_given() {
            return Ok(Classifier::new(model));
        }
        self.judge(model)
    }
}

/// The names of `labels`, for messages.
pub fn known(labels: &Labels) -> String {
    labels.names().join(", ")
}

/// The label called `name`, which must be one of the model's.
pub fn find(name: &str, labels: &Labels) -> Result<Label> {
    labels.named(name).map_err(|error| Failure::usage(error.to_string()))
}

fn read_file(path: &Path) -> Result<Overrides> {
    let place = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Failed(format!("{place}: cannot read the policy: {error}")))?;
    toml::from_str(&text).map_err(|error| {
        let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or_default());
        let line = before.matches('\n').count() + 1;
        let reason = error.message().replace('\n', "; ");
        Failure::Failed(format!("{place}:{line}: the policy cannot be read: {reason}"))
    })
}

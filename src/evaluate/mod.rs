//! Evaluation: how right a model is, task by task.
//!
//! Comes in: labelled pages and what a model says of them. Goes out: a [`Confusion`] matrix for labelled rows, and for
//! the pages of a corpus [`Measurement`]s with the figures of every [`Task`], each with its bootstrap interval.
//!
//! ```
//! use pagesieve::Classifier;
//! use pagesieve::corpus::Record;
//! use pagesieve::evaluate::{Evaluator, PageSet, measure};
//!
//! let classifier = Classifier::with_default_model()?;
//! let evaluator = Evaluator::new(&classifier)?;
//! let line = br#"{"id":"a","text":"10 Tips for a Better Night's Sleep","label":"listicle"}"#;
//! let record = Record::parse(line)?;
//! let pages = evaluator.judge(&record)?.score().into_iter().collect();
//! let found = measure(&[PageSet { name: "mine".into(), pages }], false);
//! assert_eq!((found[0].task.as_str(), found[0].pages), ("headlines", 1));
//! # Ok::<(), pagesieve::Error>(())
//! ```

pub mod bootstrap;
mod confusion;
mod disagreement;
mod facets;
mod measurement;
mod overlap;
mod page;
mod ranking;
mod reliability;
mod strings;
mod tally;
mod task;

pub use confusion::Confusion;
pub use disagreement::Disagreement;
pub use facets::{Facet, Facets};
pub use measurement::{Figure, Measurement, PageSet, measure};
pub use overlap::Overlap;
pub use page::{Evaluator, Judged, Margin, Outcome, PageScore};
pub use ranking::{Accuracy, Ranking};
pub use reliability::{BINS, Bin, Reliability};
pub use strings::Strings;
pub use tally::{CORPUS_LABELS, Tally};
pub use task::{FigureName, Task};

//! pagesieve cuts web pages into text blocks, labels each block **news**, **listicle** (SEO and click text) or
//! **boilerplate** with a naive Bayes model, joins blocks into regions, and gates pipelines with the result.
//!
//! # A tour
//!
//! A page becomes a [`Document`] (a reader of [`input`]), a [`Classifier`] makes an [`Analysis`] of it: a label for every
//! block, regions, probabilities for the page, and a [`Verdict`] with its reasons.
//!
//! ```
//! use pagesieve::{Classifier, Verdict, input};
//!
//! let classifier = Classifier::with_default_model()?;
//! let page = input::html::read("<nav><a href=/>Home</a></nav><p>The council voted on Monday to close the bridge.</p>");
//! let analysis = classifier.classify(&page);
//! for (block, found) in page.blocks().zip(&analysis.blocks) {
//!     println!("{} {:.2} {}", classifier.model().labels().name(found.label), found.probability, block.text());
//! }
//! if analysis.verdict == Some(Verdict::Keep) {
//!     // pass it on
//! }
//! # Ok::<(), pagesieve::Error>(())
//! ```
//!
//! Nothing after the reading can fail: any bytes are a page ([`input::charset::decode`] turns them into text). The same
//! page and model give the same analysis on every platform.
//!
//! [`Model`] is what was learned; with the feature `train` (on by default, with the command line in `cli`) models are
//! made by `train::Trainer` from pages that [`labelled::CsvPages`] reads. [`schema`] is the JSON that the command line
//! prints. Without default features the crate classifies and gates only.
#![cfg_attr(not(feature = "train"), allow(dead_code))] // what only training uses then idles

#[cfg(feature = "train")]
pub mod calibrate;
mod classifier;
mod context;
#[cfg(feature = "train")]
pub mod corpus;
pub mod document;
mod error;
#[cfg(feature = "train")]
pub mod evaluate;
pub mod explain;
pub mod features;
mod fusion;
mod gate;
pub mod input;
pub mod label;
pub mod labelled;
mod model;
pub mod output;
pub mod schema;
mod segment;
pub mod site;
mod tag;
pub mod token;
#[cfg(feature = "train")]
pub mod train;

pub use classifier::{Analysis, BlockLabel, Classifier};
pub use document::Document;
pub use error::{Error, ErrorKind, Result};
pub use gate::{Policy, Reason, Verdict};
pub use label::{Label, LabelSet, Labels};
pub use model::{Calibration, Card, Model};
pub use segment::Region;

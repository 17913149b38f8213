//! pagesieve
mod classifier;
mod context;
pub mod document;
mod error;
#[cfg(feature = "train")]
pub mod evaluate;
pub mod features;
mod fusion;
mod gate;
pub mod input;
pub mod label;
pub mod labelled;
mod model;
pub mod schema;
mod segment;
mod tag;
pub mod token;
#[cfg(feature = "train")]
pub mod train;

pub use classifier::{Analysis, BlockLabel, Classifier};
pub use document::Document;
pub use error::{Error, ErrorKind, Result};
pub use gate::{Policy, Reason, Verdict};
pub use label::{Label, LabelSet, Labels};
pub use model::{Card, Model};
pub use segment::Region;

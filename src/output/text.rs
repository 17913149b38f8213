//! Plain text of selected blocks.
//!
//! Comes in: a page and its analysis. Goes out: the blocks' text, one a line, with blank lines between if the page had
//! markup.

use crate::classifier::Analysis;
use crate::document::{Block, Document};
use crate::output::Selection;

/// The text of the selected blocks; empty if there are none, else without a line end.
///
/// ```
/// use pagesieve::{Classifier, input, output::{Selection, text}};
/// let classifier = Classifier::with_default_model()?;
/// let page = input::html::read("<p>It rained.<p>Then it poured.");
/// assert_eq!(text::write(&page, &classifier.classify(&page), Selection::ALL), "It rained.\n\nThen it poured.");
/// # Ok::<(), pagesieve::Error>(())
/// ```
pub fn write(document: &Document, analysis: &Analysis, selection: Selection) -> String {
    let texts: Vec<&str> = selection.blocks(document, analysis).map(Block::text).collect();
    texts.join(if document.has_markup() { "\n\n" } else { "\n" })
}

//! Writers: what is passed on of a page, in the form that others read.
//!
//! Comes in: a page, its [`Analysis`] and the labels to keep. Goes out: text, Markdown, attributes for dolma, records of
//! crawl archives.

pub mod dolma;
pub mod markdown;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod text;
pub mod wet;

use crate::classifier::Analysis;
use crate::document::{Block, Document};
use crate::label::LabelSet;

/// Which blocks of a page are passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// Those with these labels; none selects all.
    pub labels: Option<LabelSet>,
    /// Whether the page's own headline is among them.
    pub headline: bool,
}

impl Selection {
    /// All blocks.
    pub const ALL: Self = Self { labels: None, headline: true };

    /// The blocks of the page that are selected, in order.
    pub fn blocks<'a>(
        self,
        document: &'a Document,
        analysis: &'a Analysis,
    ) -> impl Iterator<Item = Block<'a>> {
        let blocks = document.blocks().zip(&analysis.blocks);
        let wanted = blocks.filter(move |(block, found)| {
            self.labels.is_none_or(|labels| labels.contains(found.label))
                && (self.headline || !block.is_headline())
        });
        wanted.map(|(block, _)| block)
    }
}

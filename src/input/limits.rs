//! Limits: how much one record, line, page or archive may ask for.
//!
//! Comes in: nothing but defaults and options. Goes out: [`Limits`], which the readers hold their input to. What breaks
//! a limit is an error of that record, never a crash or a hang.

use crate::document::Document;
use crate::error::{Error, ErrorKind, Result};

/// The most that input may ask for.
///
/// ```
/// use pagesieve::input::limits::Limits;
/// let limits = Limits { blocks: 2, ..Limits::default() };
/// let page = pagesieve::input::text::read("one\ntwo\nthree\n");
/// assert!(limits.check(&page).unwrap_err().to_string().contains("3 blocks"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one record: a page, a row, a record of a crawl archive, and what its body unpacks to.
    pub record_bytes: usize,
    /// Bytes of one line of JSON Lines or CSV.
    pub line_bytes: usize,
    /// How many times its own size a compressed file may unpack to.
    pub unpacked_ratio: u64,
    /// Bytes that one compressed file may unpack to.
    pub unpacked_bytes: u64,
    /// Blocks of one page.
    pub blocks: usize,
    /// Elements around one block. Readers flatten what lies deeper than 512, so that this bites below that only.
    pub nesting: usize,
}

/// Unpacked bytes that are let through before their ratio to the packed ones is looked at: short texts may well repeat.
const RATIO_SLACK_BYTES: u64 = 16 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes: 64 << 20,
            line_bytes: 64 << 20,
            unpacked_ratio: 250,
            unpacked_bytes: 1 << 40,
            blocks: 200_000,
            nesting: 512,
        }
    }
}

impl Limits {
    /// Checks a page that was read.
    ///
    /// # Errors
    /// If it has more blocks, or they lie deeper in elements, than the limits allow.
    pub fn check(&self, document: &Document) -> Result<()> {
        if document.len() > self.blocks {
            let message = format!(
                "the page has {} blocks, more than the limit of {} (--max-blocks)",
                document.len(),
                self.blocks
            );
            return Err(Error::new(ErrorKind::Limit, message));
        }
        let deepest = deepest(document);
        if deepest > self.nesting {
            let message = format!(
                "the page's elements are nested {deepest} deep, more than the limit of {} (--max-nesting)",
                self.nesting
            );
            return Err(Error::new(ErrorKind::Limit, message));
        }
        Ok(())
    }

    /// A record of `bytes`, or more, is larger than the limit.
    pub(crate) fn record_error(&self, bytes: u64) -> Error {
        let message = format!(
            "the record has {bytes} bytes, more than the limit of {} (--max-record)",
            self.record_bytes
        );
        Error::new(ErrorKind::Limit, message)
    }

    /// What is wrong with having unpacked `packed` bytes to `unpacked`, if anything is.
    pub(crate) fn check_unpacking(&self, packed: u64, unpacked: u64) -> std::result::Result<(), String> {
        let fair = packed.saturating_mul(self.unpacked_ratio).saturating_add(RATIO_SLACK_BYTES);
        if unpacked > fair {
            return Err(format!(
                "it unpacks to more than {} times its size, which bombs do (--max-ratio)",
                self.unpacked_ratio
            ));
        }
        if unpacked > self.unpacked_bytes {
            return Err(format!(
                "it unpacks to more than the limit of {} bytes (--max-unpacked)",
                self.unpacked_bytes
            ));
        }
        Ok(())
    }
}

/// The most elements around one another; a parent comes before its children.
fn deepest(document: &Document) -> usize {
    let mut depths: Vec<usize> = Vec::with_capacity(document.element_count());
    for element in document.elements() {
        let above = element.parent().map_or(0, |parent| depths[parent.id()]);
        depths.push(above + 1);
    }
    depths.into_iter().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::html;

    #[test]
    fn nesting_is_counted() {
        let page = html::read("<html><body><div><div><p>Deep</p></div></div><p>Flat</p></body></html>");
        assert_eq!(deepest(&page), 4); // `html` itself is not kept

        let limits = Limits { nesting: 3, ..Limits::default() };
        assert!(limits.check(&page).unwrap_err().to_string().contains("4 deep"));
        assert!(Limits::default().check(&page).is_ok());
        let abyss = html::read(&("<div>".repeat(5000) + "text"));
        assert!(Limits::default().check(&abyss).is_ok());
    }

    #[test]
    fn bombs_are_told_from_texts() {
        let limits = Limits::default();
        assert!(limits.check_unpacking(1, RATIO_SLACK_BYTES).is_ok());
        assert!(limits.check_unpacking(1 << 20, 200 << 20).is_ok());
        assert!(limits.check_unpacking(1 << 20, 300 << 20).unwrap_err().contains("--max-ratio"));
        assert!(limits.check_unpacking(1 << 40, (1 << 40) + 1).unwrap_err().contains("--max-unpacked"));
    }
}

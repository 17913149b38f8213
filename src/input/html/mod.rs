//! The HTML reader.
//!
//! Comes in: a page of HTML as text. Goes out: its [`Document`]: blocks of visible text with the elements around
//! them, the bytes that are links, and the page's own headline marked.

mod attributes;
mod cutter;
mod element;
mod entity;
mod foreign;
mod headline;
mod pieces;
mod tokenizer;

use crate::document::Document;

/// Reads a page of HTML. Any text is a page; time is linear in its length whatever the nesting.
///
/// ```
/// let document = pagesieve::input::html::read("<nav><a>Home</a></nav><p>It rained &amp; poured.");
/// let texts: Vec<_> = document.blocks().map(|block| (block.tag(), block.text())).collect();
/// assert_eq!(texts, [("nav", "Home"), ("p", "It rained & poured.")]);
/// ```
pub fn read(html: &str) -> Document {
    let mut cutter = cutter::Cutter::new();
    tokenizer::tokenize(html, &mut cutter);
    let mut document = cutter.finish().finish();
    headline::mark(&mut document);
    document
}

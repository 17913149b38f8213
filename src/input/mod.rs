//! Readers: bytes of any supported kind to documents.
//!
//! Comes in: files, standard input, bytes of pages. Goes out: text and [`Document`](crate::Document)s.

pub mod charset;
pub mod csv;
pub mod html;
pub mod jsonl;
pub mod page;
pub mod source;
pub mod text;

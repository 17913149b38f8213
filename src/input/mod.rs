//! Readers: bytes of any supported kind to documents.
//!
//! Comes in: files, standard input, bytes of pages. Goes out: text and [`Document`](crate::Document)s.

pub mod charset;
pub mod csv;
pub mod html;
mod http;
pub mod jsonl;
pub mod limits;
mod lines;
pub mod mark;
mod members;
pub mod page;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod rows;
pub mod source;
pub mod text;
mod unpacker;
pub mod warc;

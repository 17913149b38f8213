//! Sources: files and standard input, unpacked.
//!
//! Comes in: a path, or `-`. Goes out: a stream of bytes, decompressed if its first bytes say that it is gzip or zstd.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::error::{Error, Result};

/// The path that stands for standard input.
pub const STDIN: &str = "-";

const GZIP: [u8; 2] = [0x1F, 0x8B];
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// Opens `path`, or standard input for `-`.
///
/// # Errors
/// If it cannot be opened or read.
pub fn open(path: &Path) -> Result<Box<dyn BufRead + Send>> {
    let failed = |error| Error::io(path, "read it", error);
    let raw: Box<dyn Read + Send> = if path == Path::new(STDIN) {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    unpacked(raw).map_err(failed)
}

/// The bytes of `raw`, decompressed if they are gzip (all members) or zstd (all frames).
///
/// # Errors
/// If the first bytes cannot be read.
pub fn unpacked(raw: impl Read + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    let mut raw = BufReader::with_capacity(1 << 16, raw);
    // A pipe may give its first bytes one by one.
    let mut start = Vec::with_capacity(4);
    while start.len() < 4 {
        let have = raw.fill_buf()?;
        if have.is_empty() {
            break;
        }
        let taken = have.len().min(4 - start.len());
        start.extend_from_slice(&have[..taken]);
        raw.consume(taken);
    }
    let gzip = start.starts_with(&GZIP);
    let zstd = start.starts_with(&ZSTD);
    let whole = io::Cursor::new(start).chain(raw);
    Ok(if gzip {
        Box::new(BufReader::with_capacity(1 << 16, flate2::bufread::MultiGzDecoder::new(whole)))
    } else if zstd {
        Box::new(BufReader::with_capacity(1 << 16, zstd::Decoder::with_buffer(whole)?))
    } else {
        Box::new(whole)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bytes: Vec<u8>) -> io::Result<String> {
        let mut text = String::new();
        unpacked(io::Cursor::new(bytes))?.read_to_string(&mut text).map(|_| text)
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn packed_bytes_are_unpacked() {
        assert_eq!(read(b"plain".to_vec()).unwrap(), "plain");
        assert_eq!(read(b"x".to_vec()).unwrap(), "x");
        assert_eq!(read(Vec::new()).unwrap(), "");
        assert_eq!(read([gzip("one "), gzip("two")].concat()).unwrap(), "one two");
        assert_eq!(read(zstd::bulk::compress(b"packed", 3).unwrap()).unwrap(), "packed");
    }

    #[test]
    fn truncated_archives_are_errors() {
        let whole = gzip(&"some text ".repeat(100));
        assert!(read(whole[..whole.len() - 9].to_vec()).is_err());
        let whole = zstd::bulk::compress("some text ".repeat(100).as_bytes(), 3).unwrap();
        assert!(read(whole[..whole.len() - 3].to_vec()).is_err());
    }
}

//! HTTP responses as crawl archives keep them.
//!
//! Comes in: status line, headers and body as they went over the wire. Goes out: the type of what was sent, and the body
//! without chunks and compression.

use std::borrow::Cow;
use std::io::{self, Read};

use crate::error::{Error, ErrorKind, Result};
use crate::input::limits::Limits;

/// The most headers of a response.
const MOST_HEADERS: usize = 256;
/// The most compressions laid on a body, one over the other.
const MOST_ENCODINGS: usize = 4;
/// Bytes of the buffer that a brotli stream is read through.
const BROTLI_BUFFER_BYTES: usize = 1 << 14;

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Response<'a> {
    /// What kind of content the server said it sent.
    pub content_type: Option<ContentType>,
    /// The content.
    pub body: Cow<'a, [u8]>,
}

/// What a `Content-Type` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContentType {
    /// The kind, in lower case, such as `text/html`.
    pub mime: String,
    /// The character set.
    pub charset: Option<String>,
}

impl ContentType {
    /// Reads the value of a `Content-Type` field; none if it is empty.
    pub fn parse(value: &str) -> Option<Self> {
        let mut parts = value.split([';', ',']).map(str::trim);
        let mime = parts.next().filter(|mime| !mime.is_empty())?.to_ascii_lowercase();
        let charset = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            let value = value.trim().trim_matches(['"', '\'']);
            (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| value.to_owned())
        });
        Some(Self { mime, charset })
    }
}

/// Reads a response. Chunks that are cut off, and compressed bodies that are, give what could be read of them, because
/// crawlers cut long pages.
pub(super) fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Response<'a>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = httparse::ParserConfig::default()
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_multiple_spaces_in_response_status_delimiters(true)
        .ignore_invalid_headers_in_responses(true)
        .parse_response(&mut response, bytes);
    let head_bytes = match parsed {
        Ok(httparse::Status::Complete(head_bytes)) => head_bytes,
        Ok(httparse::Status::Partial) => return Err(malformed("the headers do not end")),
        Err(error) => return Err(malformed(error)),
    };
    let values = |name: &'static str| {
        let named = response.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| String::from_utf8_lossy(header.value))
    };
    let mut body = Cow::Borrowed(&bytes[head_bytes..]);
    let is_chunked = values("transfer-encoding").any(|value| value.to_ascii_lowercase().contains("chunked"));
    // Some crawlers take the chunks apart and leave the header.
    if let Some(joined) = is_chunked.then(|| dechunked(&body)).flatten() {
        body = Cow::Owned(joined);
    }
    let encodings: Vec<String> = values("content-encoding")
        .flat_map(|value| value.split(',').map(|name| name.trim().to_ascii_lowercase()).collect::<Vec<_>>())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect();
    if encodings.len() > MOST_ENCODINGS {
        return Err(malformed(format!("its body is compressed {} times over", encodings.len())));
    }
    for encoding in encodings.iter().rev() {
        if let Some(unpacked) = unpacked(&body, encoding, limits)? {
            body = Cow::Owned(unpacked);
        }
    }
    let content_type = values("content-type").find_map(|value| ContentType::parse(&value));
    Ok(Response { content_type, body })
}

/// The body without chunk sizes between its parts; none if it has no chunks.
fn dechunked(body: &[u8]) -> Option<Vec<u8>> {
    let mut joined = Vec::with_capacity(body.len());
    let mut rest = body;
    let mut is_first = true;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let line = rest[..end].split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let size = str::from_utf8(line).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(size) = size else { return (!is_first).then_some(joined) };
        if size == 0 {
            return Some(joined);
        }
        is_first = false;
        rest = &rest[end + 1..];
        joined.extend_from_slice(&rest[..size.min(rest.len())]);
        rest = rest.get(size..).unwrap_or_default();
        rest = rest.strip_prefix(b"\r").unwrap_or(rest);
        rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    }
    (!is_first).then_some(joined)
}

/// The body unpacked; none if it is not packed in the way it says, because some crawlers unpack and leave the header.
fn unpacked(body: &[u8], encoding: &str, limits: &Limits) -> Result<Option<Vec<u8>>> {
    let bounded = |decoder: &mut dyn Read| -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let limit = limits.record_bytes;
        let outcome = decoder.take(limit as u64 + 1).read_to_end(&mut bytes);
        if bytes.len() > limit {
            return Err(limits.record_error(bytes.len() as u64));
        }
        match outcome {
            Err(error) if bytes.is_empty() => {
                Err(malformed(format!("its body cannot be unpacked as {encoding}: {error}")))
            }
            _ => Ok(Some(bytes)),
        }
    };
    if body.is_empty() {
        return Ok(None);
    }
    match encoding {
        "gzip" | "x-gzip" if !body.starts_with(&[0x1F, 0x8B]) => Ok(None),
        "gzip" | "x-gzip" => bounded(&mut flate2::bufread::MultiGzDecoder::new(body)),
        "deflate" if is_zlib(body) => bounded(&mut flate2::bufread::ZlibDecoder::new(body)),
        // The standard asks for zlib, some servers send the bare stream, and some crawlers neither.
        "deflate" => Ok(bounded(&mut flate2::bufread::DeflateDecoder::new(body)).unwrap_or(None)),
        "br" => bounded(&mut brotli_decompressor::Decompressor::new(body, BROTLI_BUFFER_BYTES))
            .or_else(|error| if looks_like_markup(body) { Ok(None) } else { Err(error) }),
        "zstd" if !body.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) => Ok(None),
        "zstd" => {
            bounded(&mut zstd::Decoder::with_buffer(body).map_err(|error: io::Error| malformed(error))?)
        }
        _ => Err(malformed(format!("its body is compressed in a way unknown here ({encoding})"))),
    }
}

/// Whether the two bytes of zlib's header are there (RFC 1950, section 2.2).
fn is_zlib(body: &[u8]) -> bool {
    body.len() >= 2
        && body[0] & 0x0F == 8
        && (u16::from(body[0]) << 8 | u16::from(body[1])).is_multiple_of(31)
}

fn looks_like_markup(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

fn malformed(reason: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Format, format!("the HTTP response cannot be read: {reason}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const PAGE: &[u8] = b"<p>The bridge is closed.</p>";

    fn body(headers: &str, body: &[u8]) -> Result<Vec<u8>> {
        let response = [b"HTTP/1.1 200 OK\r\n", headers.as_bytes(), b"\r\n", body].concat();
        read(&response, &Limits::default()).map(|response| response.body.into_owned())
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn bodies_are_unpacked_whatever_lies_over_them() {
        let deflate = |bytes: &[u8]| {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        let zlib = |bytes: &[u8]| {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        // `PAGE` through the reference implementation's `brotli`.
        let brotli = b"\x8f\x0d\x80<p>The bridge is closed.</p>\x03";
        for (encoding, packed) in [
            ("gzip", gzip(PAGE)),
            ("X-GZip", gzip(PAGE)),
            ("gzip, gzip", gzip(&gzip(PAGE))),
            ("deflate", deflate(PAGE)),
            ("deflate", zlib(PAGE)),
            ("br", brotli.to_vec()),
            ("zstd", zstd::bulk::compress(PAGE, 1).unwrap()),
            ("identity", PAGE.to_vec()),
            ("gzip", PAGE.to_vec()),
            ("deflate", PAGE.to_vec()),
            ("br", PAGE.to_vec()),
        ] {
            let header = format!("Content-Encoding: {encoding}\r\n");
            assert_eq!(body(&header, &packed).unwrap(), PAGE, "{encoding}");
        }
        assert!(body("Content-Encoding: compress\r\n", PAGE).unwrap_err().to_string().contains("compress"));
    }

    #[test]
    fn chunks_are_joined() {
        let header = "Transfer-Encoding: chunked\r\n";
        assert_eq!(body(header, b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n").unwrap(), b"abcde");
        assert_eq!(body(header, b"3\nabc\n9\nde").unwrap(), b"abcde");
        assert_eq!(body(header, PAGE).unwrap(), PAGE);
        assert_eq!(body(header, b"fffffffffffffffff\r\nx").unwrap(), b"fffffffffffffffff\r\nx");
    }

    #[test]
    fn what_is_cut_off_counts_as_far_as_it_goes() {
        let long: Vec<u8> =
            (0..9000_u32).map(|n| b'a' + (n.wrapping_mul(2_654_435_761) >> 28) as u8).collect();
        let packed = gzip(&long);
        let found = body("Content-Encoding: gzip\r\n", &packed[..packed.len() / 2]).unwrap();
        assert!(!found.is_empty() && long.starts_with(&found));
    }

    #[test]
    fn a_bomb_is_an_error() {
        let limits = Limits { record_bytes: 1000, ..Limits::default() };
        let response = [b"HTTP/1.1 200 OK\nContent-Encoding: gzip\n\n", &gzip(&[0; 2000])[..]].concat();
        assert!(read(&response, &limits).unwrap_err().to_string().contains("--max-record"));
    }

    #[test]
    fn odd_heads_are_read() {
        let head = b"HTTP/1.1 200\ncontent-type : Text/HTML; x=1; Charset=\"utf-8\"\nBad Header: 1\n\nhello";
        let response = read(head, &Limits::default()).unwrap();
        let expected = ContentType { mime: "text/html".into(), charset: Some("utf-8".into()) };
        assert_eq!((response.content_type, &*response.body), (Some(expected), &b"hello"[..]));
        assert!(read(b"HTTP/1.1 200 OK\r\nno end", &Limits::default()).is_err());
        assert!(read(b"<html>", &Limits::default()).is_err());
        assert_eq!(ContentType::parse(" ; charset=x"), None);
    }
}

//! Character sets: bytes of a page to text.
//!
//! Comes in: bytes. Goes out: text, by byte order mark, declaration in the page, or detection, in that order.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};
use memchr::memmem;

/// How far into a page a declaration is looked for, in bytes (WHATWG HTML, section 13.2.3.2).
const PRESCAN_BYTES: usize = 1024;

/// The longest part of a page from which its character set is guessed, in bytes.
const DETECTION_BYTES: usize = 1 << 18;

/// Decodes a page. Malformed sequences become U+FFFD; nothing fails. Valid UTF-8 is not copied.
///
/// With `html`, a `<meta charset>` is honoured, as browsers do, unless the bytes are valid UTF-8 beyond doubt.
///
/// ```
/// let page = b"<meta charset=iso-8859-2><p>\xBE\xF3\xB3w";
/// assert!(pagesieve::input::charset::decode(page, true).ends_with("žółw"));
/// ```
pub fn decode(bytes: &[u8], html: bool) -> Cow<'_, str> {
    decode_labelled(bytes, html, None)
}

/// Decodes a page that came with the name of its character set, as from an HTTP server, which counts for more than what
/// the page itself declares and less than a byte order mark. A name that nobody knows is passed over.
///
/// ```
/// use pagesieve::input::charset::decode_labelled;
/// assert_eq!(decode_labelled(b"\xBE\xF3\xB3w", false, Some("ISO-8859-2")), "žółw");
/// ```
pub fn decode_labelled<'a>(bytes: &'a [u8], html: bool, label: Option<&str>) -> Cow<'a, str> {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark_bytes..]).0;
    }
    if let Some(encoding) = utf_16_without_mark(bytes) {
        return encoding.decode_without_bom_handling(bytes).0;
    }
    if let Ok(text) = str::from_utf8(bytes) {
        // Valid UTF-8 with multi-byte characters is no accident, whatever the page declares; and with ASCII alone
        // the declaration changes nothing, but for the escapes of ISO-2022-JP.
        if !html || memchr::memchr(0x1B, bytes).is_none() {
            return Cow::Borrowed(text);
        }
    }
    let labelled = label.and_then(|label| usable(Encoding::for_label(label.as_bytes())?));
    let declared = labelled.or_else(|| if html { declared(bytes) } else { None });
    declared.unwrap_or_else(|| detect(bytes)).decode_without_bom_handling(bytes).0
}

/// The character set that the start of an HTML page declares.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes[..bytes.len().min(PRESCAN_BYTES)].to_ascii_lowercase();
    let mut from = 0;
    while let Some(offset) = memmem::find(&head[from..], b"<meta") {
        let start = from + offset;
        let end = memchr::memchr(b'>', &head[start..]).map_or(head.len(), |length| start + length);
        if let Some(encoding) = charset_of(&head[start..end]) {
            return Some(encoding);
        }
        from = end;
    }
    None
}

/// The encoding named by `charset=` in a tag.
fn charset_of(tag: &[u8]) -> Option<&'static Encoding> {
    let after = &tag[memmem::find(tag, b"charset")? + b"charset".len()..];
    let value = after.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b';' | b'/' | b'>');
    let label = &value[..value.iter().position(is_end).unwrap_or(value.len())];
    usable(Encoding::for_label(label)?)
}

/// The encoding that a declaration means.
fn usable(encoding: &'static Encoding) -> Option<&'static Encoding> {
    // A declaration that could be read is not UTF-16 (WHATWG HTML, section 13.2.3.2, step 2.15).
    if encoding == UTF_16LE || encoding == UTF_16BE {
        Some(UTF_8)
    } else if encoding == X_USER_DEFINED {
        Some(WINDOWS_1252)
    } else {
        (encoding != REPLACEMENT).then_some(encoding)
    }
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&bytes[..bytes.len().min(DETECTION_BYTES)], true);
    detector.guess(None, Utf8Detection::Allow)
}

/// UTF-16 of mostly Latin text shows as zero bytes in every other place.
pub(super) fn utf_16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(PRESCAN_BYTES)];
    // Text without a zero byte is the rule, and told at once.
    memchr::memchr(0, sample)?;
    let zeros = |first: usize| sample.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let most = sample.len() * 2 / 5;
    if sample.len() < 16 {
        None
    } else if odd > most && even * 8 < odd {
        Some(UTF_16LE)
    } else if even > most && odd * 8 < even {
        Some(UTF_16BE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_first() {
        assert_eq!(decode(b"\xEF\xBB\xBFa", true), "a");
        assert_eq!(decode(b"\xFF\xFEa\0", false), "a");
        assert_eq!(decode(b"\xFE\xFF\0a", false), "a");
    }

    #[test]
    fn declarations_are_honoured_in_html() {
        assert_eq!(
            decode(b"<META http-equiv=x content='text/html; charset=windows-1251'>\xCF", true).pop_char(),
            'П'
        );
        assert_eq!(decode(b"<meta charset=\"shift_jis\">\x83\x65\x83\x58\x83\x67", true).pop_char(), 'ト');
        assert_eq!(decode(b"<meta charset=utf-16>\xC3\xA9\xFF", true).chars().nth(21), Some('é'));
    }

    #[test]
    fn valid_utf_8_is_believed_and_borrowed() {
        let page = "<meta charset=iso-8859-1>é";
        assert!(matches!(decode(page.as_bytes(), true), Cow::Borrowed(text) if text == page));
    }

    #[test]
    fn undeclared_sets_are_detected() {
        let latin =
            b"Le ch\xE2teau fut d\xE9truit par l'incendie, a d\xE9clar\xE9 le maire apr\xE8s la r\xE9union.";
        assert!(decode(latin, false).contains("château"));
        assert!(decode(b"h\0e\0l\0l\0o\0 \0w\0o\0r\0l\0d\0", false).starts_with("hello"));
    }

    #[test]
    fn anything_decodes() {
        for bytes in [&b"\xFF\xFE\x00"[..], b"\x80\x81\xFE\xFF\x00\x01", b"", b"\0\0\0\0", b"\x1B$B"] {
            let _ = decode(bytes, true);
            let _ = decode(bytes, false);
        }
    }

    trait PopChar {
        fn pop_char(&self) -> char;
    }
    impl PopChar for Cow<'_, str> {
        fn pop_char(&self) -> char {
            self.chars().last().unwrap()
        }
    }
}

//! Pages: the bytes of one file to a document, whatever its format.
//!
//! Comes in: a path and the first bytes of what it holds. Goes out: its [`Format`], and the page as a [`Page`].

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::document::Document;
use crate::error::{Error, ErrorKind, Result};
use crate::input::{charset, html, text};

/// How many bytes [`Format::sniff`] and [`refuse_binary`] look at.
pub const SNIFFED_BYTES: usize = 1024;

/// A page with what it is called.
#[derive(Debug, Clone)]
pub struct Page {
    /// What identifies it: its record's `id`, or its path.
    pub id: Id,
    /// Where it came from, if that is known.
    pub url: Option<String>,
    /// The page.
    pub document: Document,
}

/// A record that cannot be read, with its id as far as that was found.
#[derive(Debug)]
pub struct Unreadable {
    /// The record's id, or its number.
    pub id: Id,
    /// Why it cannot be read, with the line if lines are counted.
    pub error: Error,
}

impl Unreadable {
    /// The same, with the file that the record stands in.
    #[must_use]
    pub fn at(self, path: &Path) -> Self {
        Self { error: self.error.at(path), ..self }
    }
}

/// The id of a page: any JSON scalar, kept letter for letter.
///
/// ```
/// use pagesieve::input::page::Id;
/// assert_eq!(Id::from_text("a \"b\"").to_json(), r#""a \"b\"""#);
/// assert_eq!(Id::from_text("a \"b\"").to_string(), "a \"b\"");
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(Box<RawValue>);

impl Id {
    /// The id that is this string.
    pub fn from_text(text: &str) -> Self {
        Self(serde_json::value::to_raw_value(text).unwrap_or_default())
    }

    /// The id that `json` holds, unless it is `null`, a list or an object, which identify nothing.
    pub(super) fn from_json(json: Box<RawValue>) -> Option<Self> {
        (!json.get().starts_with(['{', '[', 'n'])).then_some(Self(json))
    }

    /// The id as JSON.
    pub fn to_json(&self) -> &str {
        self.0.get()
    }
}

/// Without the quotes and escapes of JSON.
impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: Cow<'_, str> =
            serde_json::from_str::<String>(self.to_json()).map_or(self.to_json().into(), Cow::Owned);
        out.write_str(&text)
    }
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// One page of plain text.
    Text,
    /// One page of HTML.
    Html,
    /// A page a line, as JSON objects.
    Jsonl,
    /// A page a row, in a column of CSV or TSV.
    Csv,
    /// A crawl archive: WARC or WET.
    Warc,
    /// A page a row, in a column of Parquet.
    Parquet,
}

impl Format {
    /// The format of which the first bytes are proof.
    ///
    /// # Errors
    /// If they are of a format that is known but not read.
    pub fn of_magic(head: &[u8]) -> Result<Option<Self>> {
        if head.starts_with(b"filedesc://") {
            let message = "this is an ARC file, which came before WARC and is not read; `warcio recompress` makes WARC of it";
            return Err(Error::new(ErrorKind::Format, message));
        }
        let magic: [(&[u8], Self); 2] = [(b"WARC/", Self::Warc), (b"PAR1", Self::Parquet)];
        Ok(magic.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, format)| *format))
    }

    /// The format that a path's extension promises; extensions of packed files, such as `.gz`, are looked past.
    ///
    /// ```
    /// use pagesieve::input::page::Format;
    /// assert_eq!(Format::of_path("pages.jsonl.zst".as_ref()), Some(Format::Jsonl));
    /// assert_eq!(Format::of_path("README".as_ref()), None);
    /// ```
    pub fn of_path(path: &Path) -> Option<Self> {
        let is_packed = |extension: &OsStr| {
            ["gz", "zst", "zstd", "bz2", "xz"].iter().any(|known| extension.eq_ignore_ascii_case(known))
        };
        let name = Path::new(path.file_name()?);
        let extension = match name.extension()? {
            packed if is_packed(packed) => Path::new(name.file_stem()?).extension()?,
            extension => extension,
        };
        match extension.to_str()?.to_ascii_lowercase().as_str() {
            "txt" | "md" | "text" => Some(Self::Text),
            "html" | "htm" | "xhtml" => Some(Self::Html),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "csv" | "tsv" | "tab" => Some(Self::Csv),
            "warc" | "wet" => Some(Self::Warc),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// The format that the first bytes of a file look like; those after [`SNIFFED_BYTES`] are not looked at.
    pub fn sniff(head: &[u8]) -> Self {
        let decoded = charset::decode(&head[..head.len().min(SNIFFED_BYTES)], true);
        let mut signs = decoded.trim_start_matches('\u{FEFF}').chars().filter(|sign| !sign.is_whitespace());
        match (signs.next(), signs.next()) {
            (Some('{'), Some('"' | '}')) => Self::Jsonl,
            (Some('<'), Some('!' | '?' | '/' | 'a'..='z' | 'A'..='Z')) => Self::Html,
            _ => Self::Text,
        }
    }
}

/// First bytes of common kinds of files that are no pages.
const BINARY_KINDS: [(&[u8], &str); 18] = [
    (b"\x89PNG", "a PNG image"),
    (b"\xFF\xD8\xFF", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a RIFF file"),
    (b"%PDF-", "a PDF"),
    (b"\x7FELF", "a program"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "a zip archive"),
    (b"Rar!\x1A\x07", "a RAR archive"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive"),
    (b"\xFD7zXZ\0", "an xz archive within an archive"),
    (b"BZh", "a bzip2 archive within an archive"),
    (b"\x1F\x8B", "a gzip archive within an archive"),
    (b"\x28\xB5\x2F\xFD", "a zstd archive within an archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"OggS", "an Ogg file"),
    (b"\0asm", "a WebAssembly module"),
    (b"PGSV", "a pagesieve model"),
];

/// Checks that the first bytes of a file may belong to a page.
///
/// # Errors
/// If they are those of a known kind of binary file, or more than a twentieth are control characters and they are not
/// UTF-16. Of bytes that could be any, as in what is packed or encrypted, a tenth are.
pub fn refuse_binary(head: &[u8]) -> Result<()> {
    let refuse = |kind: &str| {
        let message = format!("looks like binary data ({kind}); --from text reads it anyway");
        Err(Error::new(ErrorKind::Format, message))
    };
    if let Some((_, kind)) = BINARY_KINDS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return refuse(kind);
    }
    let is_utf_16 = head.starts_with(b"\xFF\xFE")
        || head.starts_with(b"\xFE\xFF")
        || charset::utf_16_without_mark(head).is_some();
    // Escape belongs to ISO-2022-JP; the others are white space.
    #[allow(clippy::needless_bitwise_bool)] // without branches many bytes are looked at in one step
    let is_control = |byte: u8| {
        (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r') & (byte != 0x0C) & (byte != 0x1B)
    };
    let controls: usize = head.iter().map(|byte| usize::from(is_control(*byte))).sum();
    if !is_utf_16 && controls * 20 > head.len() {
        return refuse("many control characters");
    }
    Ok(())
}

/// A page in memory: text, or bytes of whatever character set.
///
/// ```
/// use pagesieve::input::page::Content;
/// assert_eq!(Content::Bytes(b"<p>caf\xE9").decode(None), ("<p>café".into(), true));
/// assert_eq!(Content::Text("a\nb").read(None).len(), 2);
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// A page that was decoded already, whatever character set it says it is in.
    Text(&'a str),
    /// A page as it came.
    Bytes(&'a [u8]),
}

impl<'a> Content<'a> {
    /// The blocks of the page. If it is not said whether it is HTML, its first bytes tell.
    pub fn read(self, is_html: Option<bool>) -> Document {
        let (decoded, is_html) = self.decode(is_html);
        if is_html { html::read(&decoded) } else { text::read(&decoded) }
    }

    /// Its bytes, of text those of UTF-8.
    pub fn as_bytes(self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// The page as text, and whether it is HTML.
    pub fn decode(self, is_html: Option<bool>) -> (Cow<'a, str>, bool) {
        let is_html = is_html.unwrap_or_else(|| Format::sniff(self.as_bytes()) == Format::Html);
        match self {
            Self::Text(text) => (Cow::Borrowed(text), is_html),
            Self::Bytes(bytes) => (charset::decode(bytes, is_html), is_html),
        }
    }
}

/// Reads the bytes of one page, of HTML or plain text, in whatever character set. Any bytes are a page.
pub fn read(bytes: &[u8], is_html: bool) -> Document {
    read_labelled(bytes, is_html, None)
}

/// Reads the bytes of one page that came with the name of its character set.
pub(super) fn read_labelled(bytes: &[u8], is_html: bool, charset: Option<&str>) -> Document {
    let decoded = charset::decode_labelled(bytes, is_html, charset);
    if is_html { html::read(&decoded) } else { text::read(&decoded) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_name_formats() {
        let of = |path: &str| Format::of_path(Path::new(path));
        assert_eq!(of("a/b.HTM"), Some(Format::Html));
        assert_eq!(of("b.xhtml.gz"), Some(Format::Html));
        assert_eq!(of("b.ndjson.ZST"), Some(Format::Jsonl));
        assert_eq!(of("b.md"), Some(Format::Text));
        assert_eq!([of("b.warc.wet.gz"), of("b.warc.xz")], [Some(Format::Warc); 2]);
        assert_eq!([of("b.TSV.bz2"), of("b.csv")], [Some(Format::Csv); 2]);
        assert_eq!([of("b.gz"), of("-"), of(".."), of(".html")], [None; 4]);
    }

    #[test]
    fn first_bytes_tell_formats_apart() {
        assert_eq!(Format::sniff(b"\xEF\xBB\xBF \n{\"id\":1"), Format::Jsonl);
        assert_eq!(Format::sniff(b"{braces} in prose"), Format::Text);
        assert_eq!(Format::sniff(b"\n<!doctype html>"), Format::Html);
        assert_eq!(Format::sniff(b"<3 is a heart"), Format::Text);
        assert_eq!(Format::sniff(b"\xFF\xFE<\0p\0>\0"), Format::Html);
        assert_eq!(Format::sniff(b""), Format::Text);
    }

    #[test]
    fn text_is_not_decoded_again() {
        // Signs that are escapes in the character set that the page says it is in.
        let page = "<meta charset=iso-2022-jp><p>\u{1B}$B$3\u{1B}(B";
        assert_eq!(Content::Text(page).decode(None), (page.into(), true));
        assert!(Content::Bytes(page.as_bytes()).decode(None).0.ends_with("<p>こ"));
        assert_eq!(Content::Text("<p>a").read(Some(false)).block(0).text(), "<p>a");
    }

    #[test]
    fn only_the_first_bytes_are_looked_at() {
        let blank = " ".repeat(SNIFFED_BYTES);
        assert_eq!(Format::sniff(format!("{blank}<p>").as_bytes()), Format::Text);
        assert_eq!(Format::sniff(format!("{}<p>", &blank[2..]).as_bytes()), Format::Html);
    }

    #[test]
    fn magic_is_proof() {
        assert_eq!(Format::of_magic(b"WARC/1.0\r\n").unwrap(), Some(Format::Warc));
        assert_eq!(Format::of_magic(b"WAR").unwrap(), None);
        assert!(Format::of_magic(b"filedesc://a.arc 0.0.0.0").unwrap_err().to_string().contains("ARC"));
    }

    #[test]
    fn binary_is_refused_but_utf_16_and_stray_zeros_are_not() {
        let message = |bytes: &[u8]| refuse_binary(bytes).unwrap_err().to_string();
        assert!(message(b"\x89PNG\r\n\x1a\n").contains("PNG"));
        assert!(message(&[1, 2, 3, 0, 0, 200]).contains("--from text"));
        let any: Vec<u8> =
            (0..SNIFFED_BYTES as u64).map(|nth| (crate::token::mix(nth, 7) >> 40) as u8).collect();
        assert!(message(&any).contains("control characters"));
        for text in
            [&b""[..], b"\xFF\xFEa\0", b"h\0e\0l\0l\0o\0 \0w\0o\0r\0l\0d\0", b"some text, one \0 in it"]
        {
            assert!(refuse_binary(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn ids_keep_their_letters() {
        let id = |json: &str| Id::from_json(serde_json::from_str(json).unwrap());
        let long = "123456789012345678901234567890";
        assert_eq!(id(long).unwrap().to_json(), long);
        assert_eq!(id("\"\\u00e9\"").unwrap().to_string(), "é");
        assert!(id("null").is_none() && id("{}").is_none() && id("[1]").is_none());
    }
}

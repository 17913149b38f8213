//! The JSON Lines reader.
//!
//! Comes in: a stream of lines, each an object with a page in `html` or `text`. Goes out: [`Line`]s with their bytes
//! unchanged, and on demand the [`Page`] in each.

use std::borrow::Cow;
use std::fmt;
use std::io::BufRead;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, Result};
use crate::input::limits::Limits;
use crate::input::lines::{Outcome, read_line};
use crate::input::mark::Mark;
use crate::input::page::{Id, Page, Unreadable};
use crate::input::{html, text};

/// The names of the members, or columns, that hold a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// The member with HTML, which is read if there are both.
    pub html: String,
    /// The member with plain text.
    pub text: String,
    /// The member that identifies the record.
    pub id: String,
    /// The member that says where the page came from.
    pub url: String,
}

impl Default for Fields {
    fn default() -> Self {
        Self { html: "html".into(), text: "text".into(), id: "id".into(), url: "url".into() }
    }
}

/// One line that is not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in the stream, blank lines counted, from 1.
    pub number: u64,
    /// Its number among the lines that are not blank, from 1: the id of a record without one.
    pub record: u64,
    /// Its bytes, with the line end if it has one.
    pub bytes: Vec<u8>,
}

/// The lines of a stream that are not blank. Only one line is held at a time.
pub struct Lines<R> {
    input: R,
    limits: Limits,
    mark: Mark,
}

impl<R: BufRead> Lines<R> {
    /// The lines of `input`.
    pub fn new(input: R) -> Self {
        Self::within(input, &Limits::default())
    }

    /// The lines of `input`, of which those beyond `limits` are errors.
    pub fn within(input: R, limits: &Limits) -> Self {
        Self::after(Mark::default(), input, limits)
    }

    /// The lines of a file behind `mark`, of which `input` gives the bytes behind it.
    pub fn after(mark: Mark, input: R, limits: &Limits) -> Self {
        Self { input, limits: *limits, mark }
    }

    /// The place behind the last line.
    pub fn mark(&self) -> Mark {
        self.mark
    }
}

/// A line that breaks a limit is an error and the rest goes on; a stream that cannot be read gives one error of kind
/// [`ErrorKind::Io`], after which there is nothing to come.
impl<R: BufRead> Iterator for Lines<R> {
    type Item = std::result::Result<Line, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut bytes = Vec::new();
            let outcome = read_line(&mut self.input, &mut bytes, self.limits.line_bytes);
            let failed = |lines: &Self, error: Error| {
                let id = Id::from_text(&(lines.mark.records + 1).to_string());
                Some(Err(Unreadable { id, error: error.on_line(lines.mark.lines + 1) }))
            };
            match outcome {
                Ok(Outcome::End) => return None,
                Ok(Outcome::Read) => self.mark.lines += 1,
                Ok(Outcome::TooLong(gone_bytes)) => {
                    let limit = self.limits.line_bytes;
                    let message = format!("the line is longer than the limit of {limit} bytes (--max-line)");
                    let unreadable = failed(self, Error::new(ErrorKind::Limit, message));
                    self.mark.bytes += (bytes.len() + gone_bytes) as u64;
                    self.mark.lines += 1;
                    self.mark.records += 1;
                    return unreadable;
                }
                Err(error) => {
                    let message = format!("cannot read on from here: {error}");
                    return failed(self, Error::new(ErrorKind::Io, message));
                }
            }
            self.mark.bytes += bytes.len() as u64;
            if !bytes.trim_ascii().is_empty() {
                self.mark.records += 1;
                return Some(Ok(Line { number: self.mark.lines, record: self.mark.records, bytes }));
            }
        }
    }
}

/// Reads the page of one line.
///
/// ```
/// use pagesieve::input::jsonl::{Fields, Lines, read};
/// let line = Lines::new(&b"{\"id\":7,\"text\":\"It rained.\"}\n"[..]).next().unwrap().unwrap();
/// let page = read(&line, &Fields::default()).unwrap();
/// assert_eq!((page.id.to_json(), page.document.len()), ("7", 1));
/// ```
///
/// # Errors
/// If the line is not a JSON object, or has no page in it.
pub fn read(line: &Line, fields: &Fields) -> std::result::Result<Page, Unreadable> {
    let numbered = || Id::from_text(&line.record.to_string());
    let failed = |id: Id, error: Error| Unreadable { id, error: error.on_line(line.number) };
    let record = parse(&line.bytes, fields).map_err(|error| failed(numbered(), error))?;
    let id = record.id.and_then(Id::from_json).unwrap_or_else(numbered);
    let document = match (&record.html, &record.text) {
        (Some(page), _) => html::read(page),
        (None, Some(page)) => text::read(page),
        (None, None) => {
            let message = format!(
                "the record has neither {:?} nor {:?}; name the member that holds the page with --html-field or \
                 --text-field",
                fields.html, fields.text
            );
            return Err(failed(id, Error::new(ErrorKind::Format, message)));
        }
    };
    Ok(Page { id, url: record.url, document })
}

/// The text that the page of one line was read from: its HTML, or else its plain text.
///
/// # Errors
/// As [`read`].
pub fn source<'a>(line: &'a Line, fields: &'a Fields) -> Result<Cow<'a, str>> {
    let record = parse(&line.bytes, fields)?;
    Ok(record.html.or(record.text).unwrap_or_default())
}

/// The same line with `text` as its plain text and without HTML, its other members as they were.
///
/// # Errors
/// If the line is no JSON object.
pub fn with_text(line: &Line, fields: &Fields, text: &str) -> Result<Vec<u8>> {
    let wrong =
        |error: serde_json::Error| Error::new(ErrorKind::Format, error.to_string()).on_line(line.number);
    let bytes = line.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line.bytes);
    let Members(members) = serde_json::from_slice(bytes).map_err(wrong)?;
    let text = serde_json::value::to_raw_value(text).map_err(wrong)?;
    let mut written = b"{".to_vec();
    let others = members.iter().filter(|(name, _)| *name != fields.text && *name != fields.html);
    for (name, value) in others.map(|(name, value)| (&**name, *value)).chain([(fields.text.as_str(), &*text)])
    {
        if written.len() > 1 {
            written.push(b',');
        }
        serde_json::to_writer(&mut written, name).map_err(wrong)?;
        written.extend([b":", value.get().as_bytes()].concat());
    }
    written.extend(b"}\n");
    Ok(written)
}

/// The members of an object in their order, values letter for letter.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> std::result::Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Text(name), value)) = map.next_entry::<Text<'de>, &RawValue>()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        input.deserialize_map(Collect)
    }
}

fn parse<'a>(bytes: &'a [u8], fields: &'a Fields) -> Result<Record<'a>> {
    let wrong = |message: String| Error::new(ErrorKind::Format, message);
    let json = str::from_utf8(bytes).map_err(|error| {
        wrong(format!("the line is not valid UTF-8 (byte {}); JSON must be", error.valid_up_to() + 1))
    })?;
    let mut deserializer = serde_json::Deserializer::from_str(json.trim_start_matches('\u{FEFF}'));
    RecordSeed(fields)
        .deserialize(&mut deserializer)
        .and_then(|record| deserializer.end().map(|()| record))
        .map_err(|error| {
            // The parser saw one line only; the line's number in the file stands in front.
            let text = error.to_string();
            let reason = text.split(" at line ").next().unwrap_or(&text);
            wrong(format!("the line is no JSON record ({reason}, column {})", error.column()))
        })
}

/// What is read of a record.
#[derive(Default)]
struct Record<'a> {
    id: Option<Box<RawValue>>,
    url: Option<String>,
    html: Option<Cow<'a, str>>,
    text: Option<Cow<'a, str>>,
}

/// Reads the members that `Fields` name and passes over all others without building them.
struct RecordSeed<'a>(&'a Fields);

impl<'de> DeserializeSeed<'de> for RecordSeed<'de> {
    type Value = Record<'de>;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> std::result::Result<Self::Value, D::Error> {
        input.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RecordSeed<'de> {
    type Value = Record<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<Self::Value, A::Error> {
        let mut record = Record::default();
        while let Some(Text(name)) = members.next_key::<Text<'de>>()? {
            if name == self.0.html.as_str() {
                record.html = members.next_value::<Option<Text<'de>>>()?.map(|text| text.0);
            } else if name == self.0.text.as_str() {
                record.text = members.next_value::<Option<Text<'de>>>()?.map(|text| text.0);
            } else if name == self.0.id.as_str() {
                record.id = Some(members.next_value()?);
            } else if name == self.0.url.as_str() {
                // A URL of another type is a stranger's business; the page can be read without it.
                let url: &RawValue = members.next_value()?;
                record.url = serde_json::from_str(url.get()).unwrap_or_default();
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(record)
    }
}

/// A string, borrowed from the line unless it holds escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn record(json: &str) -> std::result::Result<Page, Unreadable> {
        read(&Line { number: 7, record: 3, bytes: json.into() }, &Fields::default())
    }

    #[test]
    fn lines_keep_their_bytes_and_numbers() {
        let lines: Vec<_> = Lines::new(&b"\n{\"a\":1}\r\n \r\n{}"[..])
            .map(|line| line.map(|l| (l.number, l.record, l.bytes)).unwrap())
            .collect();
        assert_eq!(lines, [(2, 1, b"{\"a\":1}\r\n".to_vec()), (4, 2, b"{}".to_vec())]);
    }

    #[test]
    fn long_lines_are_errors_and_the_rest_goes_on() {
        let limits = Limits { line_bytes: 5, ..Limits::default() };
        let mut lines = Lines::within(&b"{}\n{\"a\":1}\n{}\n"[..], &limits).skip(1);
        let unreadable = lines.next().unwrap().unwrap_err();
        assert_eq!((unreadable.id.to_json(), unreadable.error.line()), ("\"2\"", Some(2)));
        assert_eq!(lines.next().unwrap().unwrap().record, 3);
    }

    #[test]
    fn reading_goes_on_from_any_mark() {
        let stream = b"{\"a\":1}\n\n{\"a\":1234567}\r\n \n{\"a\":2}\n{\"a\":3}";
        let limits = Limits { line_bytes: 10, ..Limits::default() };
        let rest = |lines: Lines<&[u8]>| {
            let told = |line: std::result::Result<Line, Unreadable>| {
                line.map(|line| (line.number, line.record, line.bytes)).map_err(|line| line.error.to_string())
            };
            lines.map(told).collect::<Vec<_>>()
        };
        let all = rest(Lines::within(&stream[..], &limits));
        assert_eq!(all.len(), 4);
        for passed in 0..=all.len() {
            let mut lines = Lines::within(&stream[..], &limits);
            assert_eq!(lines.by_ref().take(passed).count(), passed);
            let mark = lines.mark();
            assert_eq!(rest(Lines::after(mark, &stream[mark.bytes as usize..], &limits)), all[passed..]);
        }
    }

    #[test]
    fn members_may_stand_in_any_order_among_others() {
        let page = record(r#"{"x":{"y":[1,2]},"text":"a\nb","url":"u","html":null,"id":"q"}"#).unwrap();
        assert_eq!(
            (page.id.to_string(), page.url.as_deref(), page.document.len()),
            ("q".into(), Some("u"), 2)
        );
        let both = record(r#"{"text":"a","html":"<p>b<p>c"}"#).unwrap();
        assert_eq!((both.id.to_json(), both.document.has_markup()), ("\"3\"", true));
        assert_eq!(record(r#"{"text":"","url":5,"id":null}"#).unwrap().url, None);
    }

    #[test]
    fn unreadable_records_say_why() {
        let message = |json: &str| record(json).map(|_| ()).unwrap_err().error.to_string();
        assert!(message("{\"id\":1").starts_with("line 7: the line is no JSON record"));
        assert!(message("[1]").contains("a JSON object"));
        assert!(message("{} {}").contains("trailing characters"));
        assert!(message(r#"{"html":5}"#).contains("expected a string"));
        assert!(message("{\"id\":1}").contains("--text-field"));
        assert_eq!(record(r#"{"id":1}"#).unwrap_err().id.to_json(), "1");
    }

    #[test]
    fn text_can_be_replaced() {
        let replaced = |json: &str| {
            let line = Line { number: 1, record: 1, bytes: json.into() };
            String::from_utf8(with_text(&line, &Fields::default(), "a\n\"b\"").unwrap()).unwrap()
        };
        assert_eq!(
            replaced(r#"{ "id":1.50, "html":"<p>", "\u0061" : [1,  2],"text":null} "#),
            "{\"id\":1.50,\"a\":[1,  2],\"text\":\"a\\n\\\"b\\\"\"}\n"
        );
        assert_eq!(replaced(r#"{"html":"x"}"#), "{\"text\":\"a\\n\\\"b\\\"\"}\n");
    }

    #[test]
    fn bad_utf_8_is_an_error_of_the_line() {
        let line = Line { number: 1, record: 1, bytes: b"{\"text\":\"\xFF\"}".to_vec() };
        assert!(read(&line, &Fields::default()).unwrap_err().error.to_string().contains("UTF-8"));
    }
}

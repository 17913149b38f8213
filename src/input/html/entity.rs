//! Character references: `&amp;`, `&eacute`, `&#8217;`, `&#x2014;`.
//!
//! Comes in: the text after an ampersand. Goes out: the characters meant and the bytes they took
//! (WHATWG HTML, section 13.2.5.72).

use std::sync::LazyLock;

/// What a reference stands for: one or two characters and the bytes it took after the ampersand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reference {
    pub chars: [Option<char>; 2],
    pub bytes: usize,
}

struct Named {
    name: &'static str,
    /// Whether the reference also counts without its semicolon.
    bare: bool,
    chars: [Option<char>; 2],
}

/// The standard's table of names, sorted: `name`, then `!` if the semicolon may be missing, then code points.
static NAMED: LazyLock<Vec<Named>> = LazyLock::new(|| {
    let entries = include_str!("entities.txt").split(['\n', ',']);
    let named = entries.filter_map(|entry| {
        let mark = entry.find(['!', ' '])?;
        let mut codes = entry[mark + 1..]
            .split('+')
            .map(|hex| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32));
        let chars = [codes.next()?, codes.next().flatten()];
        Some(Named { name: &entry[..mark], bare: entry.as_bytes()[mark] == b'!', chars })
    });
    named.collect()
});

/// Where the names with each first byte start in the table, and where the last ones end: binary search is for the rest.
static STARTS: LazyLock<[usize; 129]> = LazyLock::new(|| {
    std::array::from_fn(|byte| NAMED.partition_point(|named| usize::from(named.name.as_bytes()[0]) < byte))
});

/// The longest name that counts without a semicolon.
const LONGEST_BARE_NAME: usize = 6;
/// The longest name of all.
const LONGEST_NAME: usize = 31;

/// Reads the reference whose ampersand stood just before `rest`; none if the ampersand is only itself.
pub(super) fn decode(rest: &[u8]) -> Option<Reference> {
    match rest.first()? {
        b'#' => decode_number(rest),
        byte if byte.is_ascii_alphabetic() => decode_name(rest),
        _ => None,
    }
}

/// The value of an attribute with its character references decoded.
pub(super) fn decoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(ampersand) = rest.find('&') {
        text.push_str(&rest[..ampersand]);
        rest = &rest[ampersand + 1..];
        match decode(rest.as_bytes()) {
            Some(reference) => {
                text.extend(reference.chars.into_iter().flatten());
                rest = &rest[reference.bytes..];
            }
            None => text.push('&'),
        }
    }
    text + rest
}

fn decode_name(rest: &[u8]) -> Option<Reference> {
    let run = rest.iter().take(LONGEST_NAME + 1).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if rest.get(run) == Some(&b';')
        && let Some(named) = find(&rest[..run])
    {
        return Some(Reference { chars: named.chars, bytes: run + 1 });
    }
    (2..=run.min(LONGEST_BARE_NAME)).rev().find_map(|bytes| {
        let named = find(&rest[..bytes]).filter(|named| named.bare)?;
        Some(Reference { chars: named.chars, bytes })
    })
}

fn find(name: &[u8]) -> Option<&'static Named> {
    let (first, rest) = name.split_first()?;
    let first = usize::from(*first);
    let near = &NAMED[*STARTS.get(first)?..*STARTS.get(first + 1)?];
    let at = near.binary_search_by(|named| named.name.as_bytes()[1..].cmp(rest)).ok()?;
    Some(&near[at])
}

fn decode_number(rest: &[u8]) -> Option<Reference> {
    let hex = matches!(rest.get(1), Some(b'x' | b'X'));
    let (radix, start) = if hex { (16, 2) } else { (10, 1) };
    let mut code: u32 = 0;
    let mut at = start;
    while let Some(digit) = rest.get(at).and_then(|byte| char::from(*byte).to_digit(radix)) {
        code = code.saturating_mul(radix).saturating_add(digit);
        at += 1;
    }
    if at == start {
        return None;
    }
    at += usize::from(rest.get(at) == Some(&b';'));
    Some(Reference { chars: [Some(numbered(code)), None], bytes: at })
}

/// The character with the number `code`, after the standard's repairs: what Windows-1252 writers meant by
/// 0x80-0x9F, and U+FFFD for what is no character.
fn numbered(code: u32) -> char {
    const WINDOWS_1252: [u16; 32] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152,
        0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122,
        0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
    ];
    let code = match code {
        0 => 0xFFFD,
        0x80..=0x9F => u32::from(WINDOWS_1252[(code - 0x80) as usize]),
        _ => code,
    };
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(rest: &str) -> Option<(String, usize)> {
        decode(rest.as_bytes()).map(|reference| (reference.chars.iter().flatten().collect(), reference.bytes))
    }

    #[test]
    fn names_with_and_without_semicolon() {
        assert_eq!(text("amp;x"), Some(("&".into(), 4)));
        assert_eq!(text("eacute x"), Some(("é".into(), 6)));
        assert_eq!(text("notit;"), Some(("¬".into(), 3)));
        assert_eq!(text("notin;"), Some(("∉".into(), 6)));
        assert_eq!(text("nvlt;"), Some(("<\u{20D2}".into(), 5)));
        assert_eq!(text("CounterClockwiseContourIntegral;"), Some(("∳".into(), 32)));
        assert_eq!(text("hellip"), None);
        assert_eq!(text("nosuchthing;"), None);
        assert_eq!(text(" "), None);
    }

    #[test]
    fn numbers_are_repaired() {
        assert_eq!(text("#8217;s"), Some(("’".into(), 6)));
        assert_eq!(text("#x2014 "), Some(("—".into(), 6)));
        assert_eq!(text("#150;"), Some(("–".into(), 5)));
        assert_eq!(text("#0;"), Some(("\u{FFFD}".into(), 3)));
        assert_eq!(text("#xD800;"), Some(("\u{FFFD}".into(), 7)));
        assert_eq!(text("#99999999999;"), Some(("\u{FFFD}".into(), 13)));
        assert_eq!(text("#;"), None);
        assert_eq!(text("#x;"), None);
    }

    #[test]
    fn the_table_is_whole_and_sorted() {
        assert_eq!(NAMED.len(), 2125);
        assert_eq!(NAMED.iter().filter(|named| named.bare).count(), 106);
        assert!(NAMED.is_sorted_by_key(|named| named.name));
        assert!(NAMED.iter().all(|named| named.name.len() <= LONGEST_NAME && named.chars[0].is_some()));
        assert!(NAMED.iter().all(|named| !named.bare || named.name.len() <= LONGEST_BARE_NAME));
    }
}

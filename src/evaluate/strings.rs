//! Strings: which of the wanted and unwanted strings of a page are in its text.
//!
//! Comes in: lists of strings and a found text. Goes out: counts from which precision and recall follow.

use super::overlap::words;

/// How many strings of one page, or several, were found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strings {
    /// Wanted ones that were found.
    pub wanted_found: u64,
    /// Wanted ones that were not.
    pub wanted_missed: u64,
    /// Unwanted ones that were found.
    pub unwanted_found: u64,
    /// Unwanted ones that were not.
    pub unwanted_missed: u64,
}

/// The words of `text` with single spaces between them.
fn squashed(text: &str) -> String {
    words(text).collect::<Vec<_>>().join(" ")
}

impl Strings {
    /// Looks for the words of every string, in a row, in those of `found`.
    pub fn of(wanted: &[String], unwanted: &[String], found: &str) -> Self {
        let text = squashed(found);
        let count = |strings: &[String]| {
            let hits = strings.iter().filter(|string| text.contains(&squashed(string))).count();
            (hits as u64, (strings.len() - hits) as u64)
        };
        let (wanted_found, wanted_missed) = count(wanted);
        let (unwanted_found, unwanted_missed) = count(unwanted);
        Self { wanted_found, wanted_missed, unwanted_found, unwanted_missed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_found_whatever_stands_between_their_words() {
        let list = |strings: &[&str]| strings.iter().map(|string| (*string).to_owned()).collect::<Vec<_>>();
        let found = Strings::of(
            &list(&["a man, a dog", "the cat"]),
            &list(&["Share!", "Log in"]),
            "A day with a man\n\na dog.\nShare",
        );
        let expected = Strings { wanted_found: 1, wanted_missed: 1, unwanted_found: 1, unwanted_missed: 1 };
        assert_eq!(found, expected);
    }
}

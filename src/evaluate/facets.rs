//! Facets: by what figures are broken down.
//!
//! Comes in: a record and its page. Goes out: its source, language, length and era, each as a word.

use crate::corpus::Record;

/// A way of dividing pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Facet {
    /// The data set it comes from.
    Source,
    /// The language its record names.
    Language,
    /// How many words it has.
    Length,
    /// When it was written, by the year in its address.
    Era,
}

impl Facet {
    /// All facets in order.
    pub const ALL: [Self; 4] = [Self::Source, Self::Language, Self::Length, Self::Era];

    /// The facet's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Language => "language",
            Self::Length => "length",
            Self::Era => "era",
        }
    }
}

/// What a page is in each facet; empty where that is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets([String; Facet::ALL.len()]);

impl Facets {
    /// The facets of a record whose page has so many words.
    pub fn of(record: &Record, words: usize) -> Self {
        let name = |name: Option<&str>| name.unwrap_or_default().to_owned();
        let year = record.url().and_then(year).or_else(|| year(record.id()));
        Self([
            name(record.source()),
            name(record.language()),
            length(words).to_owned(),
            year.map(era).unwrap_or_default(),
        ])
    }

    /// The page's value in `facet`.
    pub fn get(&self, facet: Facet) -> &str {
        &self.0[facet as usize]
    }
}

fn length(words: usize) -> &'static str {
    match words {
        0..200 => "under 200 words",
        200..1000 => "200-999 words",
        _ => "1000 words and more",
    }
}

/// Years that pages of the web can be from.
const YEARS: std::ops::RangeInclusive<u32> = 1995..=2035;

/// The year in an address: four digits by themselves, or the first of a date (201203, 20120304).
fn year(address: &str) -> Option<u32> {
    let runs = address.split(|sign: char| !sign.is_ascii_digit());
    let years = runs.filter(|run| matches!(run.len(), 4 | 6 | 8)).filter_map(|run| run[..4].parse().ok());
    years.into_iter().find(|year| YEARS.contains(year))
}

/// The years around `year` that are reported together.
fn era(year: u32) -> String {
    let first = year - year % 5;
    format!("{first}-{}", first + 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_found_in_addresses() {
        assert_eq!(year("https://a.org/2012/05/31/x"), Some(2012));
        assert_eq!(year("https://a.org/id/1234/20170430-x"), Some(2017));
        assert_eq!(year("https://a.org/article20121.html"), None);
        assert_eq!((era(2012), era(2010)), ("2010-2014".into(), "2010-2014".into()));
    }

    #[test]
    fn facets_of_a_record() {
        let json = r#"{"id":"20111121_x","source":"s","text":"x","label":"news"}"#;
        let facets = Facets::of(&Record::parse(json.as_bytes()).unwrap(), 200);
        assert_eq!(Facet::ALL.map(|facet| facets.get(facet)), ["s", "", "200-999 words", "2010-2014"]);
    }
}

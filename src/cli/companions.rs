//! Companions: the records of a crawl archive that belong to a page, such as its request and what is said of it.
//!
//! Comes in: records in order, those with content with what becomes of them. Goes out: the same for their companions,
//! whichever comes first. A record that comes long before or after what it belongs to is left out: memory is bounded.

use std::collections::VecDeque;

use pagesieve::input::warc::Record;
use serde::{Deserialize, Serialize};

use super::journal::hash;
use super::sorter::Way;

/// How many records are remembered for the companions that come after them.
const REMEMBERED: usize = 64;
/// How many companions wait for the record that they belong to, and bytes of them. Those who write archives put side by
/// side what belongs together; and what waits goes into the journal.
const WAITING: usize = 64;
const WAITING_BYTES: usize = 1 << 16;

/// What becomes of a record that is passed on as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fate {
    pub way: Way,
    /// Whether it is chosen for the audit.
    pub is_audited: bool,
}

/// What becomes of the companions of the records that come.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Companions {
    /// The last records by name, oldest first; without a fate, what was not passed on as it came.
    known: VecDeque<(u64, Option<Fate>)>,
    /// Oldest first.
    waiting: VecDeque<Companion>,
}

/// A record that belongs to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Companion {
    name: Option<u64>,
    /// The names of the records that it belongs to.
    owners: Vec<u64>,
    #[serde(with = "octets")]
    bytes: Vec<u8>,
    /// The same as it was packed; empty if it was not packed by itself.
    #[serde(with = "octets")]
    packed: Vec<u8>,
}

impl Companions {
    /// Takes note of a record with content, and gives the companions that waited for it.
    pub fn settle(&mut self, record: &Record, fate: Option<Fate>) -> Vec<Companion> {
        let name = name(record);
        let mut related: Vec<u64> = name.into_iter().chain(owners(record)).collect();
        let mut found = Vec::new();
        self.waiting.retain(|companion| {
            let is_of_it = companion.name.iter().chain(&companion.owners).any(|name| related.contains(name));
            if is_of_it {
                related.extend(companion.name);
                found.push(companion.clone());
            }
            !is_of_it
        });
        for name in name.into_iter().chain(found.iter().filter_map(|companion| companion.name)) {
            self.remember(name, fate);
        }
        found
    }

    /// What becomes of a companion; none if it is not passed on, or not yet.
    pub fn follow(&mut self, record: &Record) -> Option<Fate> {
        let (name, owners) = (name(record), owners(record).collect::<Vec<_>>());
        let owner = self.known.iter().rev().find(|(known, _)| owners.contains(known));
        if let Some((_, fate)) = owner.copied() {
            name.into_iter().for_each(|name| self.remember(name, fate));
            return fate;
        }
        let packed = record.packed.clone().unwrap_or_default();
        let companion = Companion { name, owners, bytes: record.bytes.clone(), packed };
        if companion.size() <= WAITING_BYTES {
            self.waiting.push_back(companion);
        }
        while self.waiting.len() > WAITING
            || self.waiting.iter().map(Companion::size).sum::<usize>() > WAITING_BYTES
        {
            self.waiting.pop_front();
        }
        None
    }

    fn remember(&mut self, name: u64, fate: Option<Fate>) {
        self.known.push_back((name, fate));
        if self.known.len() > REMEMBERED {
            self.known.pop_front();
        }
    }
}

impl Companion {
    /// The record.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same as it was packed, if it was packed by itself.
    pub fn packed(&self) -> Option<&[u8]> {
        Some(self.packed.as_slice()).filter(|packed| !packed.is_empty())
    }

    fn size(&self) -> usize {
        self.bytes.len() + self.packed.len()
    }
}

/// What a record is called, as a hash.
fn name(record: &Record) -> Option<u64> {
    record.field("warc-record-id").map(|id| hash(id.as_bytes()))
}

/// The names of the records that a record says it belongs to.
fn owners(record: &Record) -> impl Iterator<Item = u64> {
    let fields = ["warc-concurrent-to", "warc-refers-to"].into_iter().flat_map(|name| record.fields(name));
    fields.map(|id| hash(id.as_bytes()))
}

/// Bytes as text for the journal: each the character with its number.
mod octets {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(bytes: &[u8], out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&bytes.iter().map(|byte| char::from(*byte)).collect::<String>())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(input)?;
        text.chars().map(|sign| u8::try_from(sign).map_err(D::Error::custom)).collect()
    }
}

#[cfg(test)]
mod tests {
    use pagesieve::input::limits::Limits;
    use pagesieve::input::source::Packing;
    use pagesieve::input::warc::Records;

    use super::*;

    const KEPT: Option<Fate> = Some(Fate { way: Way::Keep, is_audited: false });

    fn record(id: &str, fields: &str, block: &str) -> Record {
        let bytes = format!(
            "WARC/1.0\r\nWARC-Record-ID: <{id}>\r\n{fields}Content-Length: {}\r\n\r\n{block}\r\n\r\n",
            block.len()
        );
        let limits = Limits::default();
        Records::new(bytes.as_bytes(), Packing::Stored, &limits).unwrap().next().unwrap().unwrap()
    }

    fn of(owner: &str) -> String {
        format!("WARC-Concurrent-To: <{owner}>\r\n")
    }

    #[test]
    fn whichever_names_the_other_they_find_each_other() {
        let mut companions = Companions::default();
        let request = record("request", "", "a\0\u{e9}\u{2014}");
        let said = record("said", &of("request"), "b");
        assert_eq!((companions.follow(&request), companions.follow(&said)), (None, None));
        assert_eq!(companions.follow(&record("other", &of("elsewhere"), "")), None);
        // What waits outlives the run.
        let journal = serde_json::to_string(&companions).unwrap();
        let mut companions: Companions = serde_json::from_str(&journal).unwrap();
        let page = record("page", &of("request"), "");
        let found = companions.settle(&page, KEPT);
        let found: Vec<&[u8]> = found.iter().map(Companion::bytes).collect();
        assert_eq!(found, [&request.bytes, &said.bytes]);
        assert!(companions.settle(&page, KEPT).is_empty(), "nothing comes twice");
        // Behind their record, both by its name and by that of another companion.
        for owner in ["page", "request"] {
            assert_eq!(companions.follow(&record("late", &of(owner), "")), KEPT);
        }
        let two = of("nobody") + &of("page");
        assert_eq!(companions.follow(&record("later", &two, "")), KEPT);
    }

    #[test]
    fn what_belongs_to_nothing_that_is_passed_on_stays_out() {
        let mut companions = Companions::default();
        companions.follow(&record("request", "", ""));
        assert_eq!(companions.settle(&record("image", &of("request"), ""), None).len(), 1);
        assert_eq!(companions.follow(&record("said", &of("image"), "")), None);
        assert!(companions.waiting.is_empty());
    }

    #[test]
    fn what_waits_and_what_is_remembered_is_bounded() {
        let mut companions = Companions::default();
        for n in 0..1000 {
            companions.follow(&record(&format!("request {n}"), "", &"x".repeat(n % 300 * 10)));
            companions.settle(&record(&format!("page {n}"), "", ""), KEPT);
        }
        companions.follow(&record("huge", "", &"x".repeat(WAITING_BYTES)));
        let bytes: usize = companions.waiting.iter().map(Companion::size).sum();
        assert!(companions.waiting.len() <= WAITING && bytes <= WAITING_BYTES);
        assert!(companions.waiting.len() > 10, "what is too large puts nothing else out");
        assert_eq!(companions.known.len(), REMEMBERED);
        assert_eq!(companions.follow(&record("late", &of("page 999"), "")), KEPT);
        assert_eq!(companions.follow(&record("too late", &of("page 0"), "")), None);
    }
}

//! What a trainer has collected, as bytes: counts and sampled pages on their way from one machine to another.
//!
//! Comes in: a trainer's label names, counts and sample. Goes out: bytes that another trainer of the same version adds
//! to its own. Sums and draws do not depend on their order, so that the model does not depend on who read which page.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::features::View;
use crate::label::{Label, LabelSet, MAX_LABELS};
use crate::labelled::{CsvPages, LabelNames, LabelledPage, write_header, write_page};
use crate::model::{Counts, FOLDS, FORMAT_VERSION};
use crate::token::TOKENIZER_VERSION;

/// Pages and counts, the labels numbered as in `names`.
#[derive(Serialize, Deserialize)]
pub(super) struct Collected {
    versions: (u16, u16),
    pub names: Vec<String>,
    pub counts: Counts,
    pages: Vec<StoredPage>,
}

/// A labelled page: its blocks as CSV, and what CSV does not hold.
#[derive(Serialize, Deserialize)]
struct StoredPage {
    csv: Vec<u8>,
    labels: Vec<Vec<u8>>,
    content: Option<Vec<u8>>,
    group: u64,
    weight: f32,
    content_weight: f32,
}

const MAGIC: &[u8; 4] = b"PGSC";
/// Fast rather than small: the bytes live as long as a training run.
const COMPRESSION: i32 = 1;
/// The most that the bytes may unpack to.
const LARGEST: usize = 1 << 31;

impl Collected {
    pub fn new<'a>(names: &[String], counts: Counts, pages: impl Iterator<Item = &'a LabelledPage>) -> Self {
        Self {
            versions: (FORMAT_VERSION, TOKENIZER_VERSION),
            names: names.to_vec(),
            counts,
            pages: pages.map(StoredPage::new).collect(),
        }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let bytes = postcard::to_stdvec(self).expect("numbers, strings and lists of them always serialise");
        let packed = zstd::bulk::compress(&bytes, COMPRESSION).expect("compressing into memory cannot fail");
        [MAGIC.as_slice(), &crc32fast::hash(&packed).to_le_bytes(), &packed].concat()
    }

    /// Reads what [`Collected::to_bytes`] wrote.
    ///
    /// # Errors
    /// If the bytes are something else, damaged, or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let wrong = |what: &str| {
            let message = format!("these are no collected counts: {what}; collect them with this version");
            Error::new(ErrorKind::Model, message)
        };
        let (checksum, packed) = bytes
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.split_first_chunk::<4>())
            .ok_or_else(|| wrong("they start otherwise"))?;
        if crc32fast::hash(packed).to_le_bytes() != *checksum {
            return Err(wrong("the checksum does not match"));
        }
        let size = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten();
        let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= LARGEST);
        let size = size.ok_or_else(|| wrong("they are too large"))?;
        let unpacked = zstd::bulk::decompress(packed, size).map_err(|_| wrong("they do not unpack"))?;
        let versions = postcard::take_from_bytes::<(u16, u16)>(&unpacked).map(|(versions, _)| versions);
        if versions != Ok((FORMAT_VERSION, TOKENIZER_VERSION)) {
            return Err(wrong("they are of another version"));
        }
        let collected: Self = postcard::from_bytes(&unpacked).map_err(|_| wrong("they are cut short"))?;
        let has_slots = |fold: usize, view: View, label: usize| {
            let slots = collected.counts.fold(fold).features(view, label).len();
            slots == 0 || slots == view.slots()
        };
        let is_whole = (0..FOLDS).all(|fold| {
            View::ALL.iter().all(|view| (0..MAX_LABELS).all(|label| has_slots(fold, *view, label)))
        });
        if !is_whole || collected.names.len() > MAX_LABELS {
            return Err(wrong("they are of another vocabulary"));
        }
        Ok(collected)
    }

    /// The pages, with their labels renumbered: `to[old] = new`.
    ///
    /// # Errors
    /// If a page is damaged.
    pub fn pages(&self, to: &[usize]) -> impl Iterator<Item = Result<LabelledPage>> {
        self.pages.iter().map(|page| page.read(to))
    }
}

/// What orders pages of the same name and text, whatever order they came in.
pub(super) fn order(page: &LabelledPage) -> Vec<u8> {
    postcard::to_stdvec(&StoredPage::new(page)).expect("numbers, strings and lists of them always serialise")
}

impl StoredPage {
    fn new(page: &LabelledPage) -> Self {
        let mut out = csv::Writer::from_writer(Vec::new());
        let written = write_header(&mut out)
            .and_then(|()| write_page(&mut out, &page.name, &page.document, |_| PLACEHOLDER.into()));
        written.expect("writing CSV of equal rows into memory cannot fail");
        Self {
            csv: out.into_inner().expect("flushing into memory cannot fail"),
            labels: page.labels.iter().map(|set| numbers(*set)).collect(),
            content: page.content.map(numbers),
            group: page.group,
            weight: page.weight,
            content_weight: page.content_weight,
        }
    }

    fn read(&self, to: &[usize]) -> Result<LabelledPage> {
        let damaged = || Error::new(ErrorKind::Model, "a collected page is damaged; collect it again");
        let set = |numbers: &Vec<u8>| -> Result<LabelSet> {
            let label =
                |number: &u8| to.get(usize::from(*number)).map(|new| Label::new(*new)).ok_or_else(damaged);
            numbers.iter().map(label).collect()
        };
        let mut names = LabelNames::default();
        let page = CsvPages::new(self.csv.as_slice())?.next_page(&mut names)?.ok_or_else(damaged)?;
        if page.document.len() != self.labels.len() {
            return Err(damaged());
        }
        Ok(LabelledPage {
            labels: self.labels.iter().map(set).collect::<Result<_>>()?,
            content: self.content.as_ref().map(set).transpose()?,
            group: self.group,
            weight: self.weight,
            content_weight: self.content_weight,
            ..page
        })
    }
}

/// Stands in the column of labels, which are kept apart.
const PLACEHOLDER: &str = "-";

fn numbers(set: LabelSet) -> Vec<u8> {
    set.iter().map(|label| label.index() as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{Options, Trainer};

    const CSV: &str = "label,text,page\nham,See you at lunch,a\nspam,Buy cheap pills now,a\nham,Same,\nspam,Same,\n\
        ham,Thanks for the letter,b\nspam|ham,Hello,b\nspam,You have won a prize,c\nham,Shall we meet on Friday,d\n";

    fn trainer(pages: &[LabelledPage], names: &LabelNames) -> Trainer {
        let mut trainer = Trainer::new(Options::default());
        *trainer.names() = names.clone();
        pages.iter().for_each(|page| trainer.add(page));
        trainer
    }

    fn read(csv: &str) -> (Vec<LabelledPage>, LabelNames) {
        let mut names = LabelNames::default();
        let mut reader = CsvPages::new(csv.as_bytes()).unwrap();
        let pages = std::iter::from_fn(|| reader.next_page(&mut names).unwrap()).collect();
        (pages, names)
    }

    fn model(trainer: Trainer) -> Vec<u8> {
        trainer.finish().unwrap().0.to_bytes()
    }

    #[test]
    fn the_model_does_not_depend_on_who_collected_what() {
        let (pages, names) = read(CSV);
        let whole = model(trainer(&pages, &names));
        // The same rows, but the labels are seen in the other order.
        let (_, other_names) = read("label,text\nspam,x\nham,y\n");
        for split in 0..=pages.len() {
            let (one, other) = pages.split_at(split);
            let swapped: Vec<LabelledPage> = other
                .iter()
                .map(|page| {
                    let swap =
                        |set: &LabelSet| set.iter().map(|label| Label::new(1 - label.index())).collect();
                    LabelledPage { labels: page.labels.iter().map(swap).collect(), ..page.clone() }
                })
                .collect();
            let parts = [trainer(one, &names).collected(), trainer(&swapped, &other_names).collected()];
            for order in [[0, 1], [1, 0]] {
                let mut merged = Trainer::new(Options::default());
                order.iter().for_each(|part| merged.merge(&parts[*part]).unwrap());
                assert_eq!(model(merged), whole, "split at {split}, in the order {order:?}");
            }
        }
    }

    #[test]
    fn foreign_and_damaged_bytes_are_refused() {
        let (pages, names) = read(CSV);
        let bytes = trainer(&pages, &names).collected();
        let mut target = Trainer::new(Options::default());
        let mut message = |bytes: &[u8]| target.merge(bytes).unwrap_err().to_string();
        assert!(message(b"PGSVxxxx").contains("start otherwise"));
        assert!(message(&bytes[..bytes.len() - 1]).contains("checksum"));
        let mut old = Collected::from_bytes(&bytes).unwrap();
        old.versions.0 += 1;
        assert!(message(&old.to_bytes()).contains("another version"));
        assert!(target.finish().is_err(), "nothing was taken");
    }
}

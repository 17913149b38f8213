//! The sorter: where records go once they are judged.
//!
//! Comes in: inputs with verdicts. Goes out: the kept to the output, the others to the files named for them; what is
//! passed on as it came, byte for byte.

use std::path::{Path, PathBuf};

use pagesieve::Verdict;
use pagesieve::input::page::Id;
use serde::{Deserialize, Serialize};

use super::companions::{Companions, Fate};
use super::failure::{Failure, Result};
use super::input::{Input, Item, Kind};
use super::journal::hash;
use super::output::Output;
use super::parquet::Sheet;
use super::record::{Format, Made, Recording};
use super::shard::Places;

/// Where records are to go.
#[derive(clap::Args)]
pub struct Ways {
    /// Write what is kept to this file instead of standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "output_dir"])]
    keep_to: Option<PathBuf>,
    /// Write what is dropped to this file; with --output-dir to files of this folder
    #[arg(long, visible_alias = "dropped", value_name = "FILE")]
    drop_to: Option<PathBuf>,
    /// What happens to pages the gate is unsure of: `keep`, `drop`, or the file to write them to
    #[arg(long, value_name = "keep|drop|FILE", default_value = "drop")]
    unsure: PathBuf,
    /// Copy this share of what is dropped, 0 to 1, chosen by a hash of the id, so that the choice is the same every time
    #[arg(long, value_name = "SHARE", requires = "audit_to", value_parser = share)]
    audit: Option<f64>,
    /// The file for the copies
    #[arg(long, value_name = "FILE", requires = "audit")]
    audit_to: Option<PathBuf>,
    /// Choose other pages for --audit
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// The way that a record goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// With what is kept.
    Keep,
    /// With what is dropped.
    Drop,
    /// To the file for the unsure.
    Apart,
}

/// The ways out.
pub struct Sorter<'a> {
    recording: Recording<'a>,
    kept: Lane,
    dropped: Option<Lane>,
    apart: Option<Lane>,
    audit: Option<Lane>,
    /// What comes in, known from the first input on.
    kind: Option<Kind>,
    companions: Companions,
}

/// An output for whole records.
struct Lane {
    output: Output,
    /// Whether the last line came without a line end, which another one would run into.
    is_open: bool,
    /// What stands before the records.
    header: Option<Vec<u8>>,
    /// The Parquet that is written, if it is.
    sheet: Option<Sheet>,
}

/// What an interrupted sorter must know again.
#[derive(Serialize, Deserialize)]
struct State {
    /// Which lanes are open, in the order of the outputs.
    are_open: Vec<bool>,
    companions: Companions,
}

impl Ways {
    /// The place of what is kept.
    pub fn keep_to(&self) -> Option<&Path> {
        self.keep_to.as_deref()
    }

    /// Whether nothing but what is kept goes anywhere.
    pub fn are_plain(&self) -> bool {
        self.keep_to.is_none() && self.drop_to.is_none() && self.audit.is_none() && self.apart().is_none()
    }

    /// The way of a page with this verdict.
    pub fn of(&self, verdict: Verdict) -> Way {
        match verdict {
            Verdict::Keep => Way::Keep,
            Verdict::Drop => Way::Drop,
            Verdict::Unsure if self.unsure == Path::new("keep") => Way::Keep,
            Verdict::Unsure if self.apart().is_none() => Way::Drop,
            Verdict::Unsure => Way::Apart,
        }
    }

    /// Whether the page called `id` is chosen for the audit.
    pub fn is_audited(&self, id: &Id) -> bool {
        let Some(share) = self.audit else { return false };
        let drawn = hash(&[&self.seed.to_le_bytes(), id.to_json().as_bytes()].concat());
        // 53 bits are what a number with a fraction holds.
        ((drawn >> 11) as f64) < share * (1_u64 << 53) as f64
    }

    fn apart(&self) -> Option<&Path> {
        Some(self.unsure.as_path()).filter(|unsure| !matches!(unsure.to_str(), Some("keep" | "drop")))
    }

    /// Opens the ways out. `main` is the place of what is kept, for messages.
    pub fn open<'a>(
        &self,
        main: Option<&Path>,
        recording: Recording<'a>,
        places: &mut Places,
    ) -> Result<Sorter<'a>> {
        let standard_output = Path::new("-");
        let named = [
            Some(main.unwrap_or(standard_output)),
            self.drop_to.as_deref(),
            self.apart(),
            self.audit_to.as_deref(),
        ];
        for (index, place) in named.iter().enumerate() {
            if place.is_some() && named[..index].contains(place) {
                return Err(Failure::usage("two outputs have the same name; name different files"));
            }
        }
        let kept = Lane::new(places.main()?);
        let mut lane = |path: Option<&Path>| -> Result<Option<Lane>> {
            path.map(|path| places.other(path)).transpose().map(|output| output.map(Lane::new))
        };
        let dropped = lane(self.drop_to.as_deref())?;
        let apart = lane(self.apart())?;
        let audit = lane(self.audit_to.as_deref())?;
        Ok(Sorter { recording, kept, dropped, apart, audit, kind: None, companions: Companions::default() })
    }
}

impl Sorter<'_> {
    /// Puts an input on its way: as it came, or as what was `made` of it.
    pub fn put(&mut self, input: &Input, way: Way, made: &Made, is_audited: bool) -> Result<()> {
        self.check_kind(input)?;
        if matches!(made, Made::Row(_)) {
            // Also a file to which nothing goes has the columns.
            self.lanes().try_for_each(|lane| lane.open_sheet(input))?;
        }
        self.settle(input, (*made == Made::AsItCame).then_some(Fate { way, is_audited }))?;
        let recording = self.recording;
        self.lanes_of(Fate { way, is_audited }).try_for_each(|lane| lane.put(input, made, &recording))
    }

    /// Puts what cannot be read with the dropped.
    pub fn put_unreadable(&mut self, input: &Input) -> Result<()> {
        let dropped = Fate { way: Way::Drop, is_audited: false };
        self.settle(input, Some(dropped))?;
        let recording = self.recording;
        self.lanes_of(dropped).try_for_each(|lane| lane.put(input, &Made::AsItCame, &recording))
    }

    /// Puts what is no page beside the page that it belongs to, if it belongs to one.
    pub fn put_companion(&mut self, input: &Input) -> Result<()> {
        let Item::Record(record) = &input.item else { return Ok(()) };
        if !record.is_companion() {
            return self.settle(input, None);
        }
        let Some(fate) = self.companions.follow(record) else { return Ok(()) };
        self.lanes_of(fate)
            .try_for_each(|lane| lane.output.write_member(&record.bytes, record.packed.as_deref()))
    }

    /// Takes note of what becomes of a record with content, and puts the companions that waited for it before it.
    fn settle(&mut self, input: &Input, fate: Option<Fate>) -> Result<()> {
        let Item::Record(record) = &input.item else { return Ok(()) };
        if self.recording.format != Format::Same || !record.holds_content() {
            return Ok(());
        }
        let waited = self.companions.settle(record, fate);
        let Some(fate) = fate else { return Ok(()) };
        self.lanes_of(fate).try_for_each(|lane| {
            waited
                .iter()
                .try_for_each(|companion| lane.output.write_member(companion.bytes(), companion.packed()))
        })
    }

    /// The lanes in which a record with this fate goes.
    fn lanes_of(&mut self, fate: Fate) -> impl Iterator<Item = &mut Lane> {
        let lane = match fate.way {
            Way::Keep => Some(&mut self.kept),
            Way::Drop => self.dropped.as_mut(),
            Way::Apart => self.apart.as_mut(),
        };
        let audit = self.audit.as_mut().filter(|_| fate.way == Way::Drop && fate.is_audited);
        audit.into_iter().chain(lane)
    }

    /// Passes on a line of our own.
    pub fn keep_line(&mut self, line: &[u8]) -> Result<()> {
        self.kept.line(line)
    }

    /// All outputs, in the order they were opened.
    pub fn outputs(&mut self) -> Vec<&mut Output> {
        self.lanes().map(|lane| &mut lane.output).collect()
    }

    /// What must be known to go on.
    pub fn state(&self) -> impl Serialize + use<> {
        let lanes = [Some(&self.kept), self.dropped.as_ref(), self.apart.as_ref(), self.audit.as_ref()];
        let are_open = lanes.into_iter().flatten().map(|lane| lane.is_open).collect();
        State { are_open, companions: self.companions.clone() }
    }

    /// Goes on from such a state, as JSON.
    pub fn restore(&mut self, state: &serde_json::value::RawValue) {
        let Ok(State { are_open, companions }) = serde_json::from_str(state.get()) else { return };
        self.companions = companions;
        for (lane, is_open) in self.lanes().zip(are_open) {
            lane.is_open = is_open;
        }
    }

    /// Puts the files in their places.
    pub fn finish(self) -> Result<()> {
        // The kept come last: whoever sees them finds the others complete.
        let is_parquet = self.recording.format == Format::Parquet;
        for lane in [self.audit, self.apart, self.dropped].into_iter().flatten() {
            lane.finish(is_parquet)?;
        }
        self.kept.finish(is_parquet)
    }

    fn lanes(&mut self) -> impl Iterator<Item = &mut Lane> {
        let lanes = [Some(&mut self.kept), self.dropped.as_mut(), self.apart.as_mut(), self.audit.as_mut()];
        lanes.into_iter().flatten()
    }

    /// Records of several kinds in one output would be of use to nobody, unless they are made alike.
    fn check_kind(&mut self, input: &Input) -> Result<()> {
        let Some(kind) = input.kind() else { return Ok(()) };
        let first = *self.kind.get_or_insert(kind);
        if first == kind || self.recording.format != Format::Same {
            return Ok(());
        }
        let name = |kind| match kind {
            Kind::Pages => "pages",
            Kind::Lines => "JSON Lines",
            Kind::Rows => "tables",
            Kind::Records => "crawl archives",
            Kind::Cells => "Parquet",
        };
        Err(Failure::usage(format!(
            "some inputs are {} and others are {}; gate them one after the other, or choose a --format",
            name(first),
            name(kind)
        )))
    }
}

impl Lane {
    fn new(output: Output) -> Self {
        Self { output, is_open: false, header: None, sheet: None }
    }

    fn put(&mut self, input: &Input, made: &Made, recording: &Recording<'_>) -> Result<()> {
        let is_first = self.output.is_empty();
        if let Some(header) = recording.header(input)? {
            if is_first {
                self.output.write(&header)?;
            }
            let same =
                self.header.get_or_insert_with(|| header.clone()).trim_ascii_end() == header.trim_ascii_end();
            if !same {
                return Err(Failure::usage(
                    "the tables have different columns; gate them one after the other, use --output-dir, or choose a \
                     --format",
                ));
            }
        }
        match (&input.item, made) {
            (_, Made::Row(row)) => match &mut self.sheet {
                Some(sheet) => sheet.add(&mut self.output, input, row),
                None => Ok(()),
            },
            (Item::Record(_), Made::Bytes(record)) if recording.format == Format::Same => {
                self.output.write_member(record, None)
            }
            (_, Made::Bytes(record)) => {
                if !is_first {
                    self.output.write(recording.format.separator())?;
                }
                self.line(record)
            }
            (Item::File { .. }, Made::AsItCame) => {
                self.line(&[input.path.as_os_str().as_encoded_bytes(), b"\n"].concat())
            }
            (Item::Line(line), Made::AsItCame) => self.line(&line.bytes),
            (Item::Row(row), Made::AsItCame) => self.line(&row.bytes),
            (Item::Record(record), Made::AsItCame) => {
                self.output.write_member(&record.bytes, record.packed.as_deref())
            }
            // A row that cannot be read was reported; there is no place for it among rows that can.
            (Item::Broken(_) | Item::Cells(_), Made::AsItCame) => Ok(()),
        }
    }

    /// Makes the output Parquet, with columns like those of `input`.
    fn open_sheet(&mut self, input: &Input) -> Result<()> {
        if self.sheet.is_none() {
            self.output.forbid_resuming();
            self.sheet = Some(Sheet::new(Some(input))?);
        }
        Ok(())
    }

    fn finish(mut self, is_parquet: bool) -> Result<()> {
        if is_parquet && self.sheet.is_none() {
            self.sheet = Some(Sheet::new(None)?);
        }
        if let Some(sheet) = self.sheet.take() {
            sheet.finish(&mut self.output)?;
        }
        self.output.finish()
    }

    fn line(&mut self, line: &[u8]) -> Result<()> {
        if self.is_open {
            self.output.write(b"\n")?;
        }
        self.is_open = !line.ends_with(b"\n");
        self.output.write(line)
    }
}

fn share(text: &str) -> std::result::Result<f64, String> {
    let share = text.parse().map_err(|_| "a share is a number from 0 to 1".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("a share is a number from 0 to 1".to_owned()) }
}

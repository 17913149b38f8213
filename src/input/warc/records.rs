//! The cutter of crawl archives.
//!
//! Comes in: a stream of records, stored or packed record by record. Goes out: [`Record`]s with their bytes unchanged;
//! after a damaged one, the next that can be found.

use std::io::Read;

use memchr::memmem;

use super::record::{Record, field};
use crate::error::{Error, ErrorKind, Result};
use crate::input::limits::Limits;
use crate::input::mark::Mark;
use crate::input::members::Members;
use crate::input::page::{Id, Unreadable};
use crate::input::source::Packing;

/// What every record starts with.
const MAGIC: &[u8] = b"WARC/";
/// How the next record starts within damaged ones.
const NEXT: &[u8] = b"\nWARC/";
/// The most bytes of a record's header.
const MOST_HEAD_BYTES: usize = 1 << 20;

/// The records of a crawl archive. One record is held at a time.
pub struct Records<R> {
    members: Members<R>,
    limits: Limits,
    /// Unpacked bytes; those before `from` are used up.
    buffer: Vec<u8>,
    from: usize,
    /// Where in the file reading started.
    start: Mark,
    number: u64,
    /// Whether no record of the member was read yet.
    is_first_of_member: bool,
    /// Whether the member cannot be unpacked any further.
    is_damaged: bool,
    is_done: bool,
}

impl<R: Read> Records<R> {
    /// The records in `raw`, which is packed as `packing` says: gzip and zstd are unpacked member by member, anything
    /// else must be stored.
    ///
    /// # Errors
    /// If the first bytes, such as a dictionary of zstd, cannot be read.
    pub fn new(raw: R, packing: Packing, limits: &Limits) -> std::io::Result<Self> {
        Self::after(Mark::default(), raw, packing, limits)
    }

    /// The records of a file behind `mark`, of which `raw` gives the bytes behind it.
    ///
    /// # Errors
    /// As [`Records::new`].
    pub fn after(mark: Mark, raw: R, packing: Packing, limits: &Limits) -> std::io::Result<Self> {
        Ok(Self {
            members: Members::new(raw, packing, *limits)?,
            limits: *limits,
            buffer: Vec::new(),
            from: 0,
            start: mark,
            number: mark.records,
            is_first_of_member: true,
            is_damaged: false,
            is_done: false,
        })
    }

    /// The place behind the last record; none if what follows cannot be unpacked without what comes before, as within a
    /// member of gzip that holds several records.
    pub fn mark(&self) -> Option<Mark> {
        let ahead = (self.buffer.len() - self.from) as u64;
        let passed = self.members.passed_bytes()?;
        if ahead > 0 && !self.members.are_stored() {
            return None;
        }
        Some(Mark { bytes: self.start.bytes + passed - ahead, lines: 0, records: self.number })
    }

    fn read(&mut self) -> Result<Option<Record>> {
        let record = match self.find_start() {
            Ok(false) => return Ok(None),
            Ok(true) => {
                self.number += 1;
                self.read_record()
            }
            Err(error) => {
                self.number += 1;
                Err(error)
            }
        };
        self.is_first_of_member = false;
        match record {
            Err(error) if error.kind() != ErrorKind::Limit || self.is_damaged => {
                self.resync();
                Err(error)
            }
            record => record.map(Some),
        }
    }

    /// Goes to the next byte that is no line end; false at the end of the file.
    fn find_start(&mut self) -> Result<bool> {
        loop {
            let blank =
                self.buffer[self.from..].iter().take_while(|byte| matches!(**byte, b'\r' | b'\n')).count();
            self.from += blank;
            if self.from < self.buffer.len() {
                return Ok(true);
            }
            self.buffer.clear();
            self.from = 0;
            if self.unpack()? {
                continue;
            }
            if !self.members.next_member().map_err(|error| self.damaged(&error))? {
                return Ok(false);
            }
            self.is_first_of_member = true;
        }
    }

    fn read_record(&mut self) -> Result<Record> {
        let head_bytes = self.read_head()?;
        let head = &self.buffer[self.from..self.from + head_bytes];
        let length = field(head, "content-length").and_then(|value| value.trim().parse::<u64>().ok());
        let length = length.ok_or_else(|| wrong("the record has no Content-Length that is a number"))?;
        let whole = (head_bytes as u64).saturating_add(length);
        if whole > self.limits.record_bytes as u64 {
            self.skip(whole)?;
            return Err(self.limits.record_error(whole));
        }
        let block = head_bytes..whole as usize;
        if !self.unpack_until(block.end)? {
            let there = self.buffer.len() - self.from - head_bytes;
            return Err(wrong(&format!("the record is cut off: its block has {there} bytes of {length}")));
        }
        // Two line ends follow, which some writers forget, and then a record or nothing.
        self.unpack_until(block.end + 4 + MAGIC.len())?;
        let rest = &self.buffer[self.from + block.end..];
        let ends = rest.iter().take(4).take_while(|byte| matches!(**byte, b'\r' | b'\n')).count();
        let after = rest[ends..].trim_ascii_start();
        if !after.is_empty() && !after.starts_with(&MAGIC[..after.len().min(MAGIC.len())]) {
            return Err(wrong("the record's Content-Length is wrong: no record follows where it ends"));
        }
        let end = self.from + block.end + ends;
        let is_alone = self.is_first_of_member && end == self.buffer.len();
        let packed = self.members.packed().filter(|_| is_alone).map(<[u8]>::to_vec);
        let bytes = if self.from == 0 && end == self.buffer.len() {
            std::mem::take(&mut self.buffer)
        } else {
            self.buffer[self.from..end].to_vec()
        };
        self.from = end.min(self.buffer.len());
        Ok(Record { number: self.number, bytes, packed, head: 0..head_bytes, block })
    }

    /// Reads a record's header, and says how many bytes it has, the blank line included.
    fn read_head(&mut self) -> Result<usize> {
        let mut searched = 0;
        loop {
            let unpacked = &self.buffer[self.from..];
            if !unpacked.starts_with(&MAGIC[..unpacked.len().min(MAGIC.len())]) {
                return Err(wrong("there is no WARC record where one should start"));
            }
            if let Some(end) = blank_line(unpacked, searched) {
                return Ok(end);
            }
            searched = unpacked.len().saturating_sub(3);
            if unpacked.len() > MOST_HEAD_BYTES || !self.unpack()? {
                return Err(wrong("the record's header does not end"));
            }
        }
    }

    /// Passes over `bytes` from the start of the record on.
    fn skip(&mut self, bytes: u64) -> Result<()> {
        let mut missing = bytes;
        loop {
            let there = (self.buffer.len() - self.from) as u64;
            if there >= missing {
                self.from += missing as usize;
                return Ok(());
            }
            missing -= there;
            self.buffer.clear();
            self.from = 0;
            if !self.unpack()? {
                return Ok(());
            }
        }
    }

    /// Unpacks until there are `bytes` from the start of the record on; false if the member ends before.
    fn unpack_until(&mut self, bytes: usize) -> Result<bool> {
        while self.buffer.len() - self.from < bytes {
            if !self.unpack()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Unpacks more of the member; false at its end.
    fn unpack(&mut self) -> Result<bool> {
        if self.from > 0 && self.from >= self.buffer.len() / 2 {
            self.buffer.drain(..self.from);
            self.from = 0;
        }
        self.members.unpack(&mut self.buffer).map_err(|error| self.damaged(&error))
    }

    fn damaged(&mut self, error: &std::io::Error) -> Error {
        self.is_damaged = true;
        wrong(&error.to_string())
    }

    /// After a record that cannot be read, goes to what looks like the next one, in this member or another.
    fn resync(&mut self) {
        // The byte at `from` itself is no start any more.
        while !self.is_damaged {
            if let Some(offset) = memmem::find(&self.buffer[self.from + 1..], NEXT) {
                self.from += 1 + offset + 1;
                return;
            }
            self.from = self.from.max(self.buffer.len().saturating_sub(NEXT.len()));
            if let Ok(false) = self.unpack() {
                self.from = self.buffer.len();
                return;
            }
        }
        loop {
            self.buffer.clear();
            self.from = 0;
            if !self.members.resync().unwrap_or(false) {
                self.is_done = true;
                return;
            }
            self.is_damaged = false;
            self.is_first_of_member = true;
            if self.unpack_until(MAGIC.len()).unwrap_or(false) && self.buffer.starts_with(MAGIC) {
                return;
            }
        }
    }
}

impl<R: Read> Iterator for Records<R> {
    type Item = std::result::Result<Record, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        match self.read() {
            Ok(None) => {
                self.is_done = true;
                None
            }
            Ok(Some(record)) => Some(Ok(record)),
            Err(error) => {
                let id = Id::from_text(&self.number.to_string());
                Some(Err(Unreadable { id, error: error.in_record(self.number) }))
            }
        }
    }
}

/// Where the first blank line in `bytes` ends, looked for from `from` on.
fn blank_line(bytes: &[u8], from: usize) -> Option<usize> {
    for at in memchr::memchr_iter(b'\n', &bytes[from..]).map(|offset| from + offset) {
        let after = &bytes[at + 1..];
        if after.starts_with(b"\n") {
            return Some(at + 2);
        }
        if after.starts_with(b"\r\n") {
            return Some(at + 3);
        }
    }
    None
}

fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::Format, message)
}

//! Members: the parts of a packed file that can be unpacked each for itself.
//!
//! Comes in: the bytes of a file of gzip members, zstd frames (with or without a dictionary in front), or of one stored
//! whole. Goes out: the unpacked bytes member by member, the packed bytes of a member, and after a damaged member the
//! next one.

use std::io::{self, Read};
use std::ops::Range;

use memchr::memmem;

use crate::input::limits::Limits;
use crate::input::source::Packing;
use crate::input::unpacker::{Unpacker, ZSTD};

/// The bytes that are read or unpacked at once.
const CHUNK_BYTES: usize = 1 << 16;
/// The skippable frame that holds the dictionary of a crawl archive.
const DICTIONARY: &[u8] = b"\x5D\x2A\x4D\x18";

/// The members of a packed file.
pub(super) struct Members<R> {
    raw: R,
    unpacker: Unpacker,
    limits: Limits,
    /// Packed bytes from the start of the member on, if they are kept, and what was read ahead.
    buffer: Vec<u8>,
    /// What was unpacked last; records are small, and to clear so much for each would take longer than to unpack it.
    chunk: Box<[u8]>,
    /// The bytes of the file before `buffer`.
    gone_before: u64,
    /// Whether the members need what stands in front of them.
    has_dictionary: bool,
    /// The member's packed bytes so far.
    member: Range<usize>,
    /// Whether `member` has all of them: of long members the first ones are let go.
    is_whole: bool,
    /// Packed bytes of the member that were let go.
    gone_bytes: u64,
    unpacked_bytes: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    Within,
    Ended,
}

impl<R: Read> Members<R> {
    /// The members of `raw`, which is packed as `packing` says; if that has no members of its own, all of it is one.
    pub fn new(raw: R, packing: Packing, limits: Limits) -> io::Result<Self> {
        let mut members = Self {
            raw,
            unpacker: Unpacker::new(packing)?,
            limits,
            buffer: Vec::new(),
            chunk: vec![0; CHUNK_BYTES].into(),
            gone_before: 0,
            has_dictionary: false,
            member: 0..0,
            is_whole: true,
            gone_bytes: 0,
            unpacked_bytes: 0,
            state: State::Before,
        };
        if packing == Packing::Zstd {
            members.read_dictionary()?;
        }
        Ok(members)
    }

    /// Goes to the next member; false if there is none. What is left of the member before is passed over.
    pub fn next_member(&mut self) -> io::Result<bool> {
        let mut rest = Vec::new();
        while self.unpack(&mut rest)? {
            rest.clear();
        }
        self.member.start = self.member.end;
        // Padding with zeros is common on tapes and in the cloud.
        while !self.unpacker.is_stored() {
            if self.member.end == self.buffer.len() && !self.read_ahead()? {
                return Ok(false);
            }
            let padding = self.buffer[self.member.end..].iter().take_while(|byte| **byte == 0).count();
            self.member = self.member.end + padding..self.member.end + padding;
            if self.member.end < self.buffer.len() {
                break;
            }
        }
        if self.member.end == self.buffer.len() && !self.read_ahead()? {
            return Ok(false);
        }
        self.start()?;
        Ok(true)
    }

    /// Unpacks more of the member to the end of `out`; false at its end.
    ///
    /// # Errors
    /// If the file cannot be read, the member is damaged or cut off, or it breaks a limit.
    pub fn unpack(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        while self.state == State::Within {
            if self.member.end == self.buffer.len() && !self.read_ahead()? {
                if !self.unpacker.is_stored() {
                    let message = "the file ends within a packed member";
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
                }
                self.state = State::Ended;
                return Ok(false);
            }
            let step = self.unpacker.step(&self.buffer[self.member.end..], &mut self.chunk)?;
            out.extend_from_slice(&self.chunk[..step.written]);
            self.member.end += step.read;
            self.unpacked_bytes += step.written as u64;
            if step.is_end {
                self.state = State::Ended;
            }
            if !self.unpacker.is_stored() {
                let packed = self.gone_bytes + self.member.len() as u64;
                self.limits.check_unpacking(packed, self.unpacked_bytes).map_err(io::Error::other)?;
            }
            if step.written > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The packed bytes of the member, if it has ended, is packed, and is not too long to be kept.
    pub fn packed(&self) -> Option<&[u8]> {
        let is_complete = self.state == State::Ended && self.is_whole;
        (is_complete && !self.unpacker.is_stored()).then(|| &self.buffer[self.member.clone()])
    }

    /// After damage, goes to what looks like the start of another member; false if there is none.
    pub fn resync(&mut self) -> io::Result<bool> {
        let Some(magic) = self.unpacker.magic() else { return Ok(false) };
        // A member that was cut off has swallowed the start of the next one.
        let mut from = if self.is_whole { self.member.start + 1 } else { self.member.end };
        loop {
            from = from.min(self.buffer.len());
            if let Some(offset) = memmem::find(&self.buffer[from..], magic) {
                self.member = from + offset..from + offset;
                self.start()?;
                return Ok(true);
            }
            let kept = (self.buffer.len() - from).min(magic.len() - 1);
            self.member = self.buffer.len() - kept..self.buffer.len() - kept;
            self.forget(self.member.start);
            self.member = 0..0;
            from = 0;
            let before = self.buffer.len();
            self.buffer.resize(before + CHUNK_BYTES, 0);
            let read = read_some(&mut self.raw, &mut self.buffer[before..])?;
            self.buffer.truncate(before + read);
            if read == 0 {
                self.forget(self.buffer.len());
                self.state = State::Ended;
                return Ok(false);
            }
        }
    }

    /// How many bytes of the file were unpacked, if the members behind can be unpacked without them: at the end of a
    /// member, or anywhere in a file that is stored.
    pub fn passed_bytes(&self) -> Option<u64> {
        let is_between = self.unpacker.is_stored() || self.state == State::Ended;
        (is_between && !self.has_dictionary).then(|| self.gone_before + self.member.end as u64)
    }

    /// Whether nothing is packed, and the bytes of the file are those of the records.
    pub fn are_stored(&self) -> bool {
        self.unpacker.is_stored()
    }

    fn forget(&mut self, bytes: usize) {
        self.buffer.drain(..bytes);
        self.gone_before += bytes as u64;
    }

    /// A member starts where the last one ended.
    fn start(&mut self) -> io::Result<()> {
        (self.is_whole, self.gone_bytes, self.unpacked_bytes) = (true, 0, 0);
        self.state = State::Within;
        self.unpacker.restart()
    }

    /// Reads more packed bytes; false at the end of the file.
    fn read_ahead(&mut self) -> io::Result<bool> {
        let is_stored = self.unpacker.is_stored();
        if is_stored || self.member.len() > self.limits.record_bytes {
            self.is_whole = false;
            self.gone_bytes += self.member.len() as u64;
            self.member.start = self.member.end;
        }
        self.forget(self.member.start);
        self.member = 0..self.member.len();
        let before = self.buffer.len();
        self.buffer.resize(before + CHUNK_BYTES, 0);
        let read = read_some(&mut self.raw, &mut self.buffer[before..])?;
        self.buffer.truncate(before + read);
        Ok(read > 0)
    }

    /// Reads the dictionary that may stand in front of the frames, itself packed or not.
    fn read_dictionary(&mut self) -> io::Result<()> {
        while self.buffer.len() < 8 && self.read_ahead()? {}
        if !self.buffer.starts_with(DICTIONARY) {
            return Ok(());
        }
        let wrong = |message: &str| io::Error::new(io::ErrorKind::InvalidData, message);
        let size = self.buffer.get(4..8).and_then(|size| size.try_into().ok()).map_or(0, u32::from_le_bytes)
            as usize;
        if size > self.limits.record_bytes {
            return Err(wrong("the dictionary in front is larger than a record may be (--max-record)"));
        }
        while self.buffer.len() < 8 + size {
            if !self.read_ahead()? {
                return Err(wrong("the file ends within the dictionary in front"));
            }
        }
        let mut dictionary = self.buffer[8..8 + size].to_vec();
        self.forget(8 + size);
        self.has_dictionary = true;
        if dictionary.starts_with(ZSTD) {
            let mut unpacked = Vec::new();
            let limit = self.limits.record_bytes as u64;
            zstd::Decoder::with_buffer(&dictionary[..])?.take(limit).read_to_end(&mut unpacked)?;
            dictionary = unpacked;
        }
        self.unpacker = Unpacker::with_dictionary(&dictionary)?;
        Ok(())
    }
}

fn read_some(raw: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match raw.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        zstd::bulk::compress(text, 3).unwrap()
    }

    /// Gives its bytes a few at a time, as a pipe may.
    struct Trickle(Vec<u8>, usize);

    impl Read for Trickle {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let bytes = (self.0.len() - self.1).min(7).min(buffer.len());
            buffer[..bytes].copy_from_slice(&self.0[self.1..self.1 + bytes]);
            self.1 += bytes;
            Ok(bytes)
        }
    }

    fn members(bytes: Vec<u8>, packing: Packing) -> Members<Trickle> {
        Members::new(Trickle(bytes, 0), packing, Limits::default()).unwrap()
    }

    fn whole(members: &mut Members<Trickle>) -> io::Result<String> {
        let mut out = Vec::new();
        while members.unpack(&mut out)? {}
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn members_come_one_by_one_with_their_packed_bytes() {
        for (pack, packing) in [(gzip as fn(&[u8]) -> Vec<u8>, Packing::Gzip), (zstd, Packing::Zstd)] {
            let parts = ["one".to_owned(), String::new(), "three ".repeat(20_000)];
            let packed: Vec<Vec<u8>> = parts.iter().map(|part| pack(part.as_bytes())).collect();
            let mut members = members([&packed.concat()[..], &[0; 100]].concat(), packing);
            let mut passed = 0;
            for (part, packed) in parts.iter().zip(&packed) {
                assert!(members.next_member().unwrap());
                assert_eq!(members.packed(), None);
                assert_eq!(&whole(&mut members).unwrap(), part);
                assert_eq!(members.packed(), Some(&packed[..]));
                passed += packed.len() as u64;
                assert_eq!(members.passed_bytes(), Some(passed));
            }
            assert!(!members.next_member().unwrap());
        }
    }

    #[test]
    fn stored_bytes_are_one_member() {
        let mut members = members(b"as it is".to_vec(), Packing::Stored);
        assert!(members.next_member().unwrap());
        assert_eq!(whole(&mut members).unwrap(), "as it is");
        assert!(members.packed().is_none() && !members.next_member().unwrap());
    }

    #[test]
    fn damage_costs_one_member() {
        let noise: Vec<u8> =
            (0..5000_u32).map(|n| b'a' + (n.wrapping_mul(2_654_435_761) >> 28) as u8).collect();
        for (pack, packing) in [(gzip as fn(&[u8]) -> Vec<u8>, Packing::Gzip), (zstd, Packing::Zstd)] {
            let damaged = pack(&noise);
            let mut flipped = damaged.clone();
            flipped[damaged.len() / 2..damaged.len() / 2 + 8].fill(0xFF);
            for damaged in [&damaged[..damaged.len() - 60], &flipped] {
                let mut members = members([damaged, &pack(b"two"), &pack(b"three")].concat(), packing);
                assert!(members.next_member().unwrap());
                // A checksum, which zstd's frames here lack, shows what else would pass.
                if whole(&mut members).is_err() {
                    assert!(members.resync().unwrap());
                } else {
                    assert!(packing == Packing::Zstd && members.next_member().unwrap());
                }
                assert_eq!(whole(&mut members).unwrap(), "two");
                assert!(members.next_member().unwrap());
                assert_eq!(whole(&mut members).unwrap(), "three");
                assert!(!members.next_member().unwrap());
            }
        }
    }

    #[test]
    fn frames_may_need_the_dictionary_in_front() {
        let dictionary = b"WARC/1.1\r\nWARC-Type: response\r\nnumber ".to_vec();
        let samples = [[&dictionary[..], b"1\r\n"].concat(), [&dictionary[..], b"2\r\n"].concat()];
        let mut compressor = zstd::bulk::Compressor::with_dictionary(3, &dictionary).unwrap();
        let frames = [compressor.compress(&samples[0]).unwrap(), compressor.compress(&samples[1]).unwrap()];
        for dictionary in [dictionary.clone(), zstd(&dictionary)] {
            let size = (dictionary.len() as u32).to_le_bytes();
            let mut members =
                members([DICTIONARY, &size, &dictionary, &frames.concat()].concat(), Packing::Zstd);
            for sample in &samples {
                assert!(members.next_member().unwrap());
                assert_eq!(whole(&mut members).unwrap().as_bytes(), sample);
                assert_eq!(members.passed_bytes(), None);
            }
            assert!(!members.next_member().unwrap());
        }
    }

    #[test]
    fn a_bomb_is_an_error_of_its_member() {
        let bomb = gzip(&vec![0; 40 << 20]);
        let mut members = members([&bomb[..], &gzip(b"two")].concat(), Packing::Gzip);
        assert!(members.next_member().unwrap());
        let mut out = Vec::new();
        let error = loop {
            out.clear();
            if let Err(error) = members.unpack(&mut out) {
                break error;
            }
        };
        assert!(error.to_string().contains("--max-ratio"), "{error}");
        assert!(members.resync().unwrap());
        assert_eq!(whole(&mut members).unwrap(), "two");
    }
}

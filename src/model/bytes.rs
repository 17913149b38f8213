//! Numbers in the bytes of a model file, little-endian.
//!
//! Comes in: the bytes of a section, or numbers. Goes out: the other. Every length is checked, and numbers that are not
//! finite are refused.

use crate::error::{Error, ErrorKind, Result};

/// What is said of bytes that are not what was written.
pub(super) fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::Model, format!("the model file is damaged: {what}; fetch or train it again"))
}

/// Reads numbers off bytes, and never past their end.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take(&mut self, bytes: usize) -> Result<&'a [u8]> {
        let (taken, rest) =
            self.0.split_at_checked(bytes).ok_or_else(|| damaged("a section is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("take gives the length asked for"))
    }

    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub fn f32(&mut self) -> Result<f32> {
        let value = f32::from_le_bytes(self.array()?);
        if value.is_finite() { Ok(value) } else { Err(damaged("a number in it is not finite")) }
    }

    pub fn f32s(&mut self, count: usize) -> Result<Vec<f32>> {
        (0..count).map(|_| self.f32()).collect()
    }

    /// An unsigned number in groups of seven bits, lowest first.
    pub fn varint(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.array::<1>()?[0];
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(damaged("a count in it is too large"))
    }

    pub fn end(&self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(damaged("a section is too long")) }
    }
}

/// Writes an unsigned number as [`Reader::varint`] reads it.
pub(super) fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Writes counts, most of which are small: where a number of them are, all at once.
pub(super) fn write_varints(out: &mut Vec<u8>, counts: &[u32]) {
    for counts in counts.chunks(32) {
        if counts.iter().fold(0, |bits, count| bits | count) < 0x80 {
            out.extend(counts.iter().map(|count| *count as u8));
        } else {
            counts.iter().for_each(|count| write_varint(out, u64::from(*count)));
        }
    }
}

pub(super) fn write_f32s<'a>(out: &mut Vec<u8>, values: impl IntoIterator<Item = &'a f32>) {
    values.into_iter().for_each(|value| out.extend(value.to_le_bytes()));
}

//! What only further training reads: counts and training pages, packed as a model file holds them.
//!
//! Comes in: bytes. Goes out: the same, packed until somebody asks for them, so that who only classifies does not wait.

use std::borrow::Cow;

use super::bytes::damaged;
use crate::error::Result;

/// zstd's level: small enough, and fast to write.
const COMPRESSION: i32 = 1;
/// The most that packed bytes may unpack to.
const LARGEST: usize = 1 << 30;

/// Bytes packed with zstd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed(Cow<'static, [u8]>);

impl Packed {
    /// Packs bytes; none stay none.
    pub fn of(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self(Cow::Borrowed(&[]));
        }
        let packed = zstd::bulk::compress(bytes, COMPRESSION).expect("compressing into memory cannot fail");
        Self(Cow::Owned(packed))
    }

    /// Takes bytes as [`as_bytes`](Self::as_bytes) gives them. What they hold is known when they are unpacked.
    pub fn from_bytes(packed: Cow<'static, [u8]>) -> Self {
        Self(packed)
    }

    /// The packed bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether nothing was packed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was packed.
    ///
    /// # Errors
    /// If the bytes are not packed ones, or would unpack to too many.
    pub fn unpack(&self) -> Result<Vec<u8>> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        let size = zstd::zstd_safe::get_frame_content_size(&self.0).ok().flatten();
        let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= LARGEST);
        let size = size.ok_or_else(|| damaged("a compressed section is too large"))?;
        zstd::bulk::decompress(&self.0, size)
            .map_err(|error| damaged(&format!("a section does not unpack ({error})")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_and_nothing_else_does() {
        for bytes in [Vec::new(), b"label,text\n".to_vec(), vec![0; 100_000]] {
            let packed = Packed::of(&bytes);
            assert_eq!(packed.unpack().unwrap(), bytes);
            assert_eq!(packed.is_empty(), bytes.is_empty());
        }
        assert!(Packed::from_bytes(Cow::Borrowed(b"something else")).unpack().is_err());
    }
}

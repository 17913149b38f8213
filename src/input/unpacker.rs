//! Unpackers: the decoders of members, one step at a time.
//!
//! Comes in: packed bytes of one member. Goes out: what they unpack to, and whether the member ends there.

use std::io;

use zstd::stream::raw::{Decoder, Operation};

use crate::input::source::Packing;

/// What a member of gzip starts with: its magic, and deflate as the method.
const GZIP: &[u8] = b"\x1F\x8B\x08";
/// What a frame of zstd starts with.
pub(super) const ZSTD: &[u8] = b"\x28\xB5\x2F\xFD";

/// The decoder of the members of one file.
pub(super) enum Unpacker {
    Stored,
    Gzip(Box<flate2::Decompress>),
    Zstd(Box<Decoder<'static>>),
}

/// What one step of unpacking did.
pub(super) struct Step {
    /// Packed bytes that were used up.
    pub read: usize,
    /// Unpacked bytes that were made.
    pub written: usize,
    /// Whether the member ended.
    pub is_end: bool,
}

impl Unpacker {
    /// The decoder for members that are packed as `packing` says; what has none is copied.
    pub fn new(packing: Packing) -> io::Result<Self> {
        Ok(match packing {
            Packing::Gzip => Self::Gzip(Box::new(flate2::Decompress::new_gzip(15))),
            Packing::Zstd => Self::Zstd(Box::new(Decoder::new()?)),
            _ => Self::Stored,
        })
    }

    /// The decoder for zstd frames that need `dictionary`.
    pub fn with_dictionary(dictionary: &[u8]) -> io::Result<Self> {
        Ok(Self::Zstd(Box::new(Decoder::with_dictionary(dictionary)?)))
    }

    /// Whether there is nothing to unpack, and so no member ends before the file does.
    pub fn is_stored(&self) -> bool {
        matches!(self, Self::Stored)
    }

    /// What every member starts with; none if there is no telling.
    pub fn magic(&self) -> Option<&'static [u8]> {
        match self {
            Self::Stored => None,
            Self::Gzip(_) => Some(GZIP),
            Self::Zstd(_) => Some(ZSTD),
        }
    }

    /// Gets ready for another member.
    pub fn restart(&mut self) -> io::Result<()> {
        match self {
            Self::Stored => Ok(()),
            // That it is gzip, not zlib, stays as it was made.
            Self::Gzip(decoder) => {
                decoder.reset(true);
                Ok(())
            }
            Self::Zstd(decoder) => decoder.reinit(),
        }
    }

    /// Unpacks as much of `packed` to `out` as fits.
    ///
    /// # Errors
    /// If the member is damaged.
    pub fn step(&mut self, packed: &[u8], out: &mut [u8]) -> io::Result<Step> {
        match self {
            Self::Stored => {
                let bytes = packed.len().min(out.len());
                out[..bytes].copy_from_slice(&packed[..bytes]);
                Ok(Step { read: bytes, written: bytes, is_end: false })
            }
            Self::Gzip(decoder) => {
                let (read, written) = (decoder.total_in(), decoder.total_out());
                let status =
                    decoder.decompress(packed, out, flate2::FlushDecompress::None).map_err(damaged)?;
                let (read, written) = (decoder.total_in() - read, decoder.total_out() - written);
                if read == 0 && written == 0 && status != flate2::Status::StreamEnd {
                    return Err(damaged("it makes no progress"));
                }
                let is_end = status == flate2::Status::StreamEnd;
                Ok(Step { read: read as usize, written: written as usize, is_end })
            }
            Self::Zstd(decoder) => {
                let status = decoder.run_on_buffers(packed, out).map_err(damaged)?;
                Ok(Step {
                    read: status.bytes_read,
                    written: status.bytes_written,
                    is_end: status.remaining == 0,
                })
            }
        }
    }
}

fn damaged(reason: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a packed member is damaged ({reason})"))
}

//! Sources: files and standard input, unpacked.
//!
//! Comes in: a path, or `-`. Goes out: a stream of bytes, decompressed if its first bytes say that it is gzip, zstd,
//! bzip2 or xz, and held to [`Limits`].

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};
use crate::input::limits::Limits;

/// The path that stands for standard input.
pub const STDIN: &str = "-";

/// The bytes of buffers.
const BUFFER_BYTES: usize = 1 << 16;
/// The most packed bytes that are read to see the start of what they unpack to; a block of bzip2 has up to 900,000.
const PACKED_HEAD_BYTES: usize = 1 << 20;
/// The most memory that xz may ask for, in bytes; `xz -9` asks for 65 MiB.
const XZ_MEMORY_BYTES: u64 = 256 << 20;

/// How bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Packing {
    /// Not at all.
    Stored,
    /// gzip, of one or more members.
    Gzip,
    /// zstd, of one or more frames.
    Zstd,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
}

impl Packing {
    /// How bytes are packed that start with `head`; six bytes are enough.
    pub fn sniff(head: &[u8]) -> Self {
        // A skippable frame may come first: in crawl archives it holds the dictionary.
        let is_skippable = head.len() >= 4 && head[0] & 0xF0 == 0x50 && head[1..4] == [0x2A, 0x4D, 0x18];
        if head.starts_with(&[0x1F, 0x8B]) {
            Self::Gzip
        } else if head.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) || is_skippable {
            Self::Zstd
        } else if head.starts_with(b"BZh") && head.get(3).is_none_or(|level| matches!(level, b'1'..=b'9')) {
            Self::Bzip2
        } else if head.starts_with(b"\xFD7zXZ\0") {
            Self::Xz
        } else {
            Self::Stored
        }
    }

    /// How the file at `path` is packed by its extension.
    ///
    /// ```
    /// use pagesieve::input::source::Packing;
    /// assert_eq!(Packing::of_path("pages.jsonl.ZST".as_ref()), Packing::Zstd);
    /// assert_eq!(Packing::of_path("pages.jsonl".as_ref()), Packing::Stored);
    /// ```
    pub fn of_path(path: &Path) -> Self {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "gz" => Self::Gzip,
            "zst" | "zstd" => Self::Zstd,
            "bz2" => Self::Bzip2,
            "xz" => Self::Xz,
            _ => Self::Stored,
        }
    }
}

/// A stream of bytes whose start has been looked at but not used up.
pub struct Source {
    raw: Box<dyn Read + Send>,
    /// What was read of `raw` already.
    head: Vec<u8>,
    is_at_end: bool,
    packing: Packing,
    read_bytes: Arc<AtomicU64>,
}

/// Opens `path`, or standard input for `-`, and unpacks it within the default [`Limits`].
///
/// # Errors
/// If it cannot be opened or read.
pub fn open(path: &Path) -> Result<Box<dyn BufRead + Send>> {
    let failed = |error| Error::io(path, "read it", error);
    Source::open(path)?.unpacked(&Limits::default()).map_err(failed)
}

/// Opens the file at `path` behind its first `bytes`, as it is packed. They are added to `read_bytes`, as
/// are those that are read.
///
/// # Errors
/// If it cannot be opened or read, or is no file.
pub fn open_after(bytes: u64, path: &Path, read_bytes: &Arc<AtomicU64>) -> Result<Box<dyn BufRead + Send>> {
    let open = || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(bytes))?;
        Ok(file)
    };
    let file = open().map_err(|error| Error::io(path, "read it", error))?;
    read_bytes.fetch_add(bytes, Ordering::Relaxed);
    let counted = Counted { inner: file, bytes: Arc::clone(read_bytes) };
    Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, counted)))
}

impl Source {
    /// Opens `path`, or standard input for `-`.
    ///
    /// # Errors
    /// If it cannot be opened or read.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_counted(path, &Arc::default())
    }

    /// The same, with the packed bytes added to `read_bytes` as they are read.
    ///
    /// # Errors
    /// If it cannot be opened or read.
    pub fn open_counted(path: &Path, read_bytes: &Arc<AtomicU64>) -> Result<Self> {
        let failed = |error| Error::io(path, "read it", error);
        let raw: Box<dyn Read + Send> = if path == Path::new(STDIN) {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).map_err(failed)?)
        };
        Self::new(Counted { inner: raw, bytes: Arc::clone(read_bytes) }).map_err(failed)
    }

    /// A source of the bytes of `raw`.
    ///
    /// # Errors
    /// If the first bytes cannot be read.
    pub fn new(raw: impl Read + Send + 'static) -> io::Result<Self> {
        let read_bytes = Arc::new(AtomicU64::new(0));
        let raw = Box::new(Counted { inner: raw, bytes: Arc::clone(&read_bytes) });
        let mut source =
            Self { raw, head: Vec::new(), is_at_end: false, packing: Packing::Stored, read_bytes };
        source.read_head(6)?;
        source.packing = Packing::sniff(&source.head);
        Ok(source)
    }

    /// How the bytes are packed.
    pub fn packing(&self) -> Packing {
        self.packing
    }

    /// The first bytes of what is unpacked, `bytes` of them or as many as there are; they are not used up. Where the
    /// packed bytes are damaged, what could be unpacked before.
    ///
    /// # Errors
    /// If the packed bytes cannot be read.
    pub fn head(&mut self, bytes: usize) -> io::Result<Vec<u8>> {
        let mut packed_bytes = bytes;
        loop {
            self.read_head(packed_bytes)?;
            let mut head = Vec::with_capacity(bytes);
            let packed = Cursor::new(self.head.clone());
            // That the packed bytes end in the middle is no error here.
            let _ = decoder(self.packing, packed)?.take(bytes as u64).read_to_end(&mut head);
            if head.len() == bytes || self.is_at_end || packed_bytes >= PACKED_HEAD_BYTES {
                return Ok(head);
            }
            packed_bytes *= 8;
        }
    }

    /// The unpacked bytes: of gzip all members, of zstd all frames. What breaks `limits` is an error of reading.
    ///
    /// # Errors
    /// If no decoder can be set up.
    pub fn unpacked(self, limits: &Limits) -> io::Result<Box<dyn BufRead + Send>> {
        let packing = self.packing;
        if packing == Packing::Stored {
            return Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, self.packed())));
        }
        let packed_bytes = Arc::clone(&self.read_bytes);
        let raw = BufReader::with_capacity(BUFFER_BYTES, self.packed());
        let bounded =
            Bounded { inner: decoder(packing, raw)?, packed_bytes, unpacked_bytes: 0, limits: *limits };
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, bounded)))
    }

    /// The bytes as they are.
    pub fn packed(self) -> impl Read + Send + use<> {
        Cursor::new(self.head).chain(self.raw)
    }

    /// Reads on until `head` has `bytes` or all there are. A pipe may give them one by one.
    fn read_head(&mut self, bytes: usize) -> io::Result<()> {
        while self.head.len() < bytes && !self.is_at_end {
            let missing = (bytes - self.head.len()) as u64;
            let read = self.raw.by_ref().take(missing).read_to_end(&mut self.head)?;
            self.is_at_end = read == 0;
        }
        Ok(())
    }
}

fn decoder(packing: Packing, raw: impl BufRead + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    Ok(match packing {
        Packing::Stored => Box::new(raw),
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(raw)),
        Packing::Zstd => Box::new(zstd::Decoder::with_buffer(raw)?),
        Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(raw)),
        Packing::Xz => {
            let stream =
                liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY_BYTES, liblzma::stream::CONCATENATED)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(raw, stream))
        }
    })
}

/// Counts the bytes that go through.
struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Unpacked bytes that are weighed against the packed ones.
struct Bounded<R> {
    inner: R,
    packed_bytes: Arc<AtomicU64>,
    unpacked_bytes: u64,
    limits: Limits,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.unpacked_bytes += read as u64;
        let packed = self.packed_bytes.load(Ordering::Relaxed);
        self.limits.check_unpacking(packed, self.unpacked_bytes).map_err(io::Error::other)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bytes: Vec<u8>) -> io::Result<String> {
        let mut text = String::new();
        let source = Source::new(Cursor::new(bytes))?;
        source.unpacked(&Limits::default())?.read_to_string(&mut text).map(|_| text)
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn bzip2(text: &str) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn xz(text: &str) -> Vec<u8> {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 6);
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &str) -> Vec<u8> {
        zstd::bulk::compress(text.as_bytes(), 3).unwrap()
    }

    const PACKERS: [fn(&str) -> Vec<u8>; 4] = [gzip, zstd, bzip2, xz];

    #[test]
    fn packed_bytes_are_unpacked_part_after_part() {
        assert_eq!(read(b"plain".to_vec()).unwrap(), "plain");
        assert_eq!(read(b"x".to_vec()).unwrap(), "x");
        assert_eq!(read(Vec::new()).unwrap(), "");
        for pack in PACKERS {
            assert_eq!(read([pack("one "), pack("two")].concat()).unwrap(), "one two");
        }
    }

    #[test]
    fn truncated_archives_are_errors() {
        for pack in PACKERS {
            let whole = pack(&"some text ".repeat(100));
            assert!(read(whole[..whole.len() - 3].to_vec()).is_err());
        }
    }

    #[test]
    fn the_head_is_seen_but_not_used_up() {
        let text = "some text ".repeat(10_000);
        for packed in PACKERS.map(|pack| pack(&text)).into_iter().chain([text.clone().into_bytes()]) {
            let mut source = Source::new(Cursor::new(packed.clone())).unwrap();
            assert_eq!(source.head(1000).unwrap(), text.as_bytes()[..1000]);
            assert_eq!(source.head(10).unwrap(), text.as_bytes()[..10]);
            let mut whole = String::new();
            source.unpacked(&Limits::default()).unwrap().read_to_string(&mut whole).unwrap();
            assert_eq!(whole, text);
            let damaged =
                Source::new(Cursor::new(packed[..packed.len() / 2].to_vec())).unwrap().head(1 << 20);
            assert!(damaged.unwrap().len() < text.len());
        }
    }

    #[test]
    fn bombs_are_defused_within_the_slack() {
        let zeros = "\0".repeat(40 << 20);
        for pack in [zstd, bzip2] {
            assert!(read(pack(&zeros)).unwrap_err().to_string().contains("--max-ratio"));
        }
        let total = Limits { unpacked_bytes: 1000, ..Limits::default() };
        let mut source = Source::new(Cursor::new(gzip(&"ab".repeat(501)))).unwrap().unpacked(&total).unwrap();
        assert!(source.read_to_end(&mut Vec::new()).unwrap_err().to_string().contains("--max-unpacked"));
    }
}

//! Output: standard output, or a file that appears only when it is complete.
//!
//! Comes in: an optional path. Goes out: a writer. A file is written beside its place and renamed at the end, so that
//! nobody ever finds half of it; a long run can be gone on with from a length that was safely on the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use pagesieve::input::source::Packing;

use super::failure::{Failure, Result};

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    /// Aligned text for people
    Text,
    /// One object
    Json,
}

/// The level of gzip, and that of zstd.
const LEVELS: (u32, i32) = (6, 3);
/// Packed bytes that may pile up before they are written.
const PACKED_BYTES: usize = 1 << 16;

/// A place to write to.
pub struct Output {
    path: PathBuf,
    writer: BufWriter<Box<dyn Write + Send>>,
    /// Bytes given to `writer` so far, in this run and in those it goes on with.
    written: u64,
    packing: Packing,
    member: Option<Member>,
    unfinished: Option<Unfinished>,
    is_indivisible: bool,
}

/// A file beside its place; it is deleted unless it was renamed, or is to be gone on with.
struct Unfinished {
    file: File,
    beside: PathBuf,
    place: PathBuf,
    is_kept: bool,
}

/// The member of gzip or frame of zstd that is being packed.
enum Member {
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
    Zstd(zstd::Encoder<'static, Vec<u8>>),
}

/// A file beside its place, and how much of it is safe.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Part {
    /// The file.
    pub beside: PathBuf,
    /// The bytes that are safely on the disk.
    pub bytes: u64,
}

impl Output {
    /// Opens `path`, or standard output if there is none or it is `-`.
    pub fn open(path: Option<&Path>) -> Result<Self> {
        match path.filter(|path| *path != Path::new("-")) {
            None => Ok(Self::new("standard output".into(), Box::new(io::stdout()), None)),
            Some(path) => Self::file(path).map_err(|error| Failure::output(path, &error)),
        }
    }

    /// Opens `path` for what is packed as its extension says.
    pub fn open_packed(path: Option<&Path>) -> Result<Self> {
        let packing = packing(path)?;
        let mut output = Self::open(path)?;
        output.packing = packing;
        Ok(output)
    }

    /// Goes on with what an interrupted run left of `path`.
    pub fn reopen(path: &Path, part: &Part) -> Result<Self> {
        let packing = packing(Some(path))?;
        let reopen = || {
            let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
            if !part.beside.exists() && place.exists() {
                // The run was stopped while it put its outputs in their places.
                fs::rename(&place, &part.beside)?;
            }
            let mut file = OpenOptions::new().write(true).open(&part.beside)?;
            if file.metadata()?.len() < part.bytes {
                return Err(io::Error::other("the part written so far is shorter than its journal says"));
            }
            file.set_len(part.bytes)?;
            file.seek(SeekFrom::End(0))?;
            let unfinished =
                Unfinished { file: file.try_clone()?, beside: part.beside.clone(), place, is_kept: true };
            let mut output = Self::new(path.to_owned(), Box::new(file), Some(unfinished));
            (output.packing, output.written) = (packing, part.bytes);
            Ok(output)
        };
        reopen().map_err(|error| Failure::output(path, &error))
    }

    fn new(path: PathBuf, writer: Box<dyn Write + Send>, unfinished: Option<Unfinished>) -> Self {
        let writer = BufWriter::with_capacity(1 << 16, writer);
        Self {
            path,
            writer,
            written: 0,
            packing: Packing::Stored,
            member: None,
            unfinished,
            is_indivisible: false,
        }
    }

    fn file(path: &Path) -> io::Result<Self> {
        let existing = fs::metadata(path).ok();
        if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder; name a file"));
        }
        if existing.as_ref().is_some_and(|existing| !existing.is_file()) {
            // A device or pipe is written to, not replaced.
            let file = OpenOptions::new().write(true).open(path)?;
            return Ok(Self::new(path.to_owned(), Box::new(file), None));
        }
        // A link is followed, so that the file it names is replaced, not the link.
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let beside = beside(&place, &format!("{}.part", std::process::id()))?;
        let file = File::create(&beside)?;
        let unfinished = Unfinished { file: file.try_clone()?, beside, place, is_kept: false };
        if let Some(existing) = existing {
            if existing.permissions().readonly() {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is write-protected"));
            }
            file.set_permissions(existing.permissions())?;
        }
        Ok(Self::new(path.to_owned(), Box::new(file), Some(unfinished)))
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.written == 0 && self.member.is_none()
    }

    /// Whether the place is a file that appears at the end.
    pub fn is_file(&self) -> bool {
        self.unfinished.is_some()
    }

    /// Whether a run that writes it can be gone on with: it is a file, whose name a journal can hold.
    pub fn is_resumable(&self) -> bool {
        let has_name =
            self.unfinished.as_ref().is_some_and(|unfinished| unfinished.beside.to_str().is_some());
        has_name && !self.is_indivisible
    }

    /// Says that what is written makes sense only as a whole.
    pub fn forbid_resuming(&mut self) {
        self.is_indivisible = true;
    }

    /// Writes `bytes`, packed if the output is.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.packing == Packing::Stored {
            return self.put(bytes);
        }
        let mut member = match self.member.take() {
            Some(member) => member,
            None => Member::new(self.packing).map_err(|error| Failure::output(&self.path, &error))?,
        };
        let packed = member.write(bytes).map_err(|error| Failure::output(&self.path, &error))?;
        self.member = Some(member);
        self.put(&packed)
    }

    /// Writes a member of its own: `packed` if that is at hand in the output's packing, else `bytes`.
    pub fn write_member(&mut self, bytes: &[u8], packed: Option<&[u8]>) -> Result<()> {
        self.end_member()?;
        if let Some(packed) = packed.filter(|packed| Packing::sniff(packed) == self.packing) {
            return self.put(packed);
        }
        self.write(bytes)?;
        self.end_member()
    }

    /// Passes on what was written so far.
    pub fn flush(&mut self) -> Result<()> {
        self.writer.flush().map_err(|error| Failure::output(&self.path, &error))
    }

    /// Makes safe what was written so far, and says where it is; none if the place is no file. From now on the part
    /// stays, whatever happens.
    pub fn secure(&mut self) -> Result<Option<Part>> {
        self.end_member()?;
        self.flush()?;
        let Some(unfinished) = &mut self.unfinished else { return Ok(None) };
        unfinished.file.sync_data().map_err(|error| Failure::output(&self.path, &error))?;
        unfinished.is_kept = true;
        Ok(Some(Part { beside: unfinished.beside.clone(), bytes: self.written }))
    }

    /// Leaves nothing of what was written, not even what was made safe.
    pub fn forget(&mut self) {
        if let Some(unfinished) = &mut self.unfinished {
            unfinished.is_kept = false;
        }
    }

    /// Puts a file in its place. Without this nothing stays of it, unless it was made safe.
    pub fn finish(mut self) -> Result<()> {
        self.end_member()?;
        if self.written == 0 && self.packing != Packing::Stored {
            // An empty file is no archive; an empty member is.
            self.write(b"")?;
            self.end_member()?;
        }
        self.flush()?;
        if let Some(unfinished) = &self.unfinished {
            let place = || {
                if unfinished.is_kept {
                    unfinished.file.sync_all()?;
                }
                fs::rename(&unfinished.beside, &unfinished.place)
            };
            place().map_err(|error| Failure::output(&self.path, &error))?;
        }
        self.unfinished = None;
        Ok(())
    }

    fn end_member(&mut self) -> Result<()> {
        let Some(member) = self.member.take() else { return Ok(()) };
        let packed = member.finish().map_err(|error| Failure::output(&self.path, &error))?;
        self.put(&packed)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.written += bytes.len() as u64;
        self.writer.write_all(bytes).map_err(|error| Failure::output(&self.path, &error))
    }
}

/// Its bytes can be written as they come, by formats that write by themselves.
impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written += bytes.len() as u64;
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Member {
    fn new(packing: Packing) -> io::Result<Self> {
        let (gzip, zstd) = LEVELS;
        Ok(match packing {
            Packing::Zstd => {
                let mut encoder = zstd::Encoder::new(Vec::new(), zstd)?;
                encoder.include_checksum(true)?;
                Self::Zstd(encoder)
            }
            _ => Self::Gzip(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(gzip))),
        })
    }

    /// Packs `bytes`, and gives back what has piled up if that is much.
    fn write(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let packed = match self {
            Self::Gzip(encoder) => {
                encoder.write_all(bytes)?;
                encoder.get_mut()
            }
            Self::Zstd(encoder) => {
                encoder.write_all(bytes)?;
                encoder.get_mut()
            }
        };
        Ok(if packed.len() >= PACKED_BYTES { std::mem::take(packed) } else { Vec::new() })
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(unfinished) = self.unfinished.as_ref().filter(|unfinished| !unfinished.is_kept) {
            // It may be gone already, and there is nobody left to tell.
            let _ = fs::remove_file(&unfinished.beside);
        }
    }
}

/// The hidden file beside `place` whose name ends in `ending`.
pub fn beside(place: &Path, ending: &str) -> io::Result<PathBuf> {
    let Some(name) = place.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no name of a file"));
    };
    let mut beside_name = std::ffi::OsString::from(".");
    beside_name.push(name);
    beside_name.push(".");
    beside_name.push(ending);
    Ok(place.with_file_name(beside_name))
}

/// How what goes to `path` is packed.
fn packing(path: Option<&Path>) -> Result<Packing> {
    match (path, path.map_or(Packing::Stored, Packing::of_path)) {
        (Some(path), Packing::Bzip2 | Packing::Xz) => Err(Failure::usage(format!(
            "{}: bzip2 and xz are read but not written; name it .gz or .zst",
            path.display()
        ))),
        (_, packing) => Ok(packing),
    }
}

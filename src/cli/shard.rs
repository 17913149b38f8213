//! Shards: inputs with an output of their own.
//!
//! Comes in: files, and an output for all or a folder for one output each. Goes out: [`Shard`]s, and the [`Places`] where
//! each is written.

use std::path::{Path, PathBuf};

use pagesieve::input::source;

use super::failure::{Failure, Result};
use super::journal::Journal;
use super::output::{Output, Part, beside};

/// Inputs with an output of their own.
pub struct Shard {
    /// What is read.
    pub files: Vec<PathBuf>,
    /// Where the main output goes; none is standard output.
    pub output: Option<PathBuf>,
    /// The output's name if others may stand in the same folder.
    pub name: Option<PathBuf>,
}

/// The places that a writer opens.
pub struct Places {
    pub output: Option<PathBuf>,
    pub name: Option<PathBuf>,
    pub parts: std::vec::IntoIter<Part>,
}

/// One shard a file, in `folder`.
pub fn shards(files: Vec<(PathBuf, PathBuf)>, folder: &Path, extension: Option<&str>) -> Result<Vec<Shard>> {
    let mut shards: Vec<Shard> = Vec::new();
    for (file, name) in files {
        if file == Path::new(source::STDIN) {
            return Err(Failure::usage(
                "--output-dir names outputs after inputs, and standard input has no name",
            ));
        }
        let name = shard_name(&name, extension);
        if shards.iter().any(|shard| shard.name.as_ref() == Some(&name)) {
            let message = format!("two inputs would write the output {}; run them apart", name.display());
            return Err(Failure::usage(message));
        }
        shards.push(Shard { files: vec![file], output: Some(folder.join(&name)), name: Some(name) });
    }
    Ok(shards)
}

/// The name of the output for the input `name`. What is read but not written, bzip2 and xz, becomes gzip.
fn shard_name(name: &Path, extension: Option<&str>) -> PathBuf {
    let is = |path: &Path, known: &[&str]| {
        path.extension().is_some_and(|found| known.iter().any(|known| found.eq_ignore_ascii_case(known)))
    };
    let packed = is(name, &["gz", "zst", "zstd", "bz2", "xz"]);
    let packing = match name.extension() {
        Some(extension) if packed && !is(name, &["bz2", "xz"]) => extension.to_os_string(),
        _ => "gz".into(),
    };
    let mut bare = if packed { name.with_extension("") } else { name.to_owned() };
    match extension {
        Some("jsonl") if is(&bare, &["jsonl", "ndjson"]) => {}
        Some(extension) => bare = bare.with_extension(extension),
        None => {}
    }
    if packed {
        bare.as_mut_os_string().push(".");
        bare.as_mut_os_string().push(packing);
    }
    bare
}

impl Shard {
    /// The journal beside the output; none if the run cannot be gone on with.
    pub fn journal(&self) -> Result<Option<Journal>> {
        let Some(output) = &self.output else { return Ok(None) };
        let is_device = std::fs::metadata(output).is_ok_and(|output| !output.is_file());
        // What came through a pipe cannot be read again.
        let is_pipe = |file: &PathBuf| std::fs::metadata(file).is_ok_and(|file| !file.is_file());
        if is_device || self.files.iter().any(|file| file == Path::new(source::STDIN) || is_pipe(file)) {
            return Ok(None);
        }
        if let (Some(_), Some(folder)) = (&self.name, output.parent()) {
            std::fs::create_dir_all(folder).map_err(|error| Failure::output(folder, &error))?;
        }
        let path = beside(output, "journal").map_err(|error| Failure::output(output, &error))?;
        Ok(Some(Journal::new(path)))
    }

    /// The bytes of its files, if all are files.
    pub fn bytes(&self) -> Option<u64> {
        let bytes = |file: &PathBuf| {
            std::fs::metadata(file).ok().filter(std::fs::Metadata::is_file).map(|file| file.len())
        };
        self.files.iter().map(bytes).sum()
    }
}

impl Places {
    /// Opens the main output.
    pub fn main(&mut self) -> Result<Output> {
        let output = self.output.clone();
        self.place(output.as_deref())
    }

    /// Opens another output: a file, or with one output an input a folder of files.
    pub fn other(&mut self, path: &Path) -> Result<Output> {
        let Some(name) = &self.name else { return self.place(Some(path)) };
        let path = path.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Failure::output(folder, &error))?;
        }
        self.place(Some(&path))
    }

    fn place(&mut self, path: Option<&Path>) -> Result<Output> {
        match (path, self.parts.next()) {
            (Some(path), Some(part)) => Output::reopen(path, &part),
            (path, _) => Output::open_packed(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_named_after_inputs() {
        let name =
            |name: &str, extension| shard_name(Path::new(name), extension).to_str().unwrap().to_owned();
        assert_eq!(name("a/b.warc.gz", None), "a/b.warc.gz");
        assert_eq!(name("b.jsonl.xz", None), "b.jsonl.gz");
        assert_eq!(name("b.warc.zst", Some("jsonl")), "b.jsonl.zst");
        assert_eq!(name("b.ndjson.gz", Some("jsonl")), "b.ndjson.gz");
        assert_eq!(name("b.html", Some("jsonl")), "b.jsonl");
    }
}

//! A run of a command over its inputs: one output for all, or one an input.
//!
//! Comes in: arguments, work to do on each page, and how to write what comes of it. Goes out: the [`Outcome`]; after a
//! crash or an interruption `--resume` goes on from the journal.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use pagesieve::input::page::Page;
use pagesieve::input::source;
use pagesieve::site::{Sightings, Sites};
use pagesieve::{Analysis, Classifier, Model};
use rayon::ThreadPool;

use super::Outcome;
use super::batches::{Sink, in_order};
use super::failure::{Failure, Result};
use super::inputs::{Input, InputArgs, Inputs, Item, Place, Reading};
use super::interrupt;
use super::journal::{Journal, hash};
use super::output::{Output, Part, beside};
use super::progress::{Progress, Show};
use super::settings::Settings;
use super::stream::{Counts, Stream, Writer};

/// How a long run goes.
#[derive(clap::Args)]
#[command(next_help_heading = "Long runs")]
pub struct RunArgs {
    /// Write one output an input into this folder, under the input's name; inputs whose output is there are passed over
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    output_dir: Option<PathBuf>,
    /// Read the inputs twice, and take blocks that stand on many pages of their site, by the host of the address, as
    /// likely boilerplate
    #[arg(long)]
    site: bool,
    /// Go on where a run with the same arguments was interrupted; outputs must be files
    #[arg(long)]
    resume: bool,
    /// Show bytes, pages a second, what came of the pages and the time left, on standard error
    #[arg(long, value_name = "auto|always|never", value_enum, default_value_t = Show::Auto, hide_default_value = true, hide_possible_values = true)]
    progress: Show,
}

/// A run.
pub struct Run {
    reading: Reading,
    pool: ThreadPool,
    shards: Vec<Shard>,
    resume: bool,
    show: Show,
    is_terminal: bool,
    task: u64,
    /// The inputs of the only shard, if they were looked at.
    opened: Mutex<Option<Inputs>>,
    /// What recurs on the sites, if that is asked for.
    sites: Option<Sites>,
}

/// Inputs with an output of their own.
struct Shard {
    files: Vec<PathBuf>,
    /// Where the main output goes; none is standard output.
    output: Option<PathBuf>,
    /// The output's name if others may stand in the same folder.
    name: Option<PathBuf>,
}

/// The places that a writer opens.
pub struct Places {
    output: Option<PathBuf>,
    name: Option<PathBuf>,
    parts: std::vec::IntoIter<Part>,
}

impl RunArgs {
    /// A run over `inputs`. `output` is the place of the main output; in a folder of outputs, `extension` names the
    /// format of what is written if that is not the format of the input.
    pub fn open(
        &self,
        inputs: &InputArgs,
        output: Option<&Path>,
        extension: Option<&str>,
        model: &Model,
        settings: &Settings,
    ) -> Result<Run> {
        interrupt::watch();
        let files = inputs.files()?;
        let task = task(&files, model);
        let shards = match &self.output_dir {
            None => {
                let files = files.into_iter().map(|(file, _)| file).collect();
                let output = output.filter(|path| *path != Path::new(source::STDIN)).map(Path::to_owned);
                vec![Shard { files, output, name: None }]
            }
            Some(folder) => shards(files, folder, extension)?,
        };
        if self.resume && shards.iter().any(|shard| shard.output.is_none()) {
            return Err(Failure::usage("--resume needs an output that is a file; name it with --output"));
        }
        let (reading, pool) = (inputs.reading(), settings.threads()?);
        let sites = self.site.then(|| count_sites(&shards, &reading, &pool)).transpose()?;
        Ok(Run {
            reading,
            pool,
            sites,
            shards,
            resume: self.resume,
            show: self.progress,
            is_terminal: settings.is_terminal(),
            task,
            opened: Mutex::new(None),
        })
    }

    /// Whether every input has an output of its own.
    pub fn has_shards(&self) -> bool {
        self.output_dir.is_some()
    }
}

/// Counts the blocks of all pages by site.
fn count_sites(shards: &[Shard], reading: &Reading, pool: &ThreadPool) -> Result<Sites> {
    let files: Vec<PathBuf> = shards.iter().flat_map(|shard| shard.files.clone()).collect();
    if files.iter().any(|file| file == Path::new(source::STDIN)) {
        return Err(Failure::usage(
            "--site reads its inputs twice, which standard input cannot be; name files",
        ));
    }
    let inputs = Inputs::new(files, reading.clone(), Arc::default());
    let mut counted = Counted(Sites::default());
    let sightings = |input: &Input| {
        // What cannot be read is reported when it is read again.
        let page = input.read(reading).ok().flatten()?;
        Some(Sightings::of(&page.document, page.url.as_deref()))
    };
    in_order(pool, inputs, Input::size, sightings, &mut counted)?;
    if interrupt::has_come() {
        return Err(Failure::Interrupted);
    }
    Ok(counted.0)
}

/// Sites that are being counted.
struct Counted(Sites);

impl Sink<Input, Option<Sightings>> for Counted {
    fn take(&mut self, _: Input, sightings: Option<Sightings>) -> Result<()> {
        sightings.iter().for_each(|page| self.0.add(page));
        Ok(())
    }

    fn pause(&mut self) -> Result<bool> {
        Ok(!interrupt::has_come())
    }
}

/// What a run does: its arguments, inputs and model.
fn task(files: &[(PathBuf, PathBuf)], model: &Model) -> u64 {
    let mut told = format!("{} {}", env!("CARGO_PKG_VERSION"), model.hash());
    for argument in std::env::args_os().skip(1).filter(|argument| argument != "--resume") {
        told.extend([" ", &argument.to_string_lossy()]);
    }
    for (file, _) in files {
        let bytes = std::fs::metadata(file).map_or(0, |file| file.len());
        told.extend([" ", &file.to_string_lossy(), " ", &bytes.to_string()]);
    }
    hash(told.as_bytes())
}

/// One shard a file, in `folder`.
fn shards(files: Vec<(PathBuf, PathBuf)>, folder: &Path, extension: Option<&str>) -> Result<Vec<Shard>> {
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

impl Run {
    /// How the inputs are read.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Also reads columns that are not needed, to be passed on.
    pub fn read_all_columns(&mut self) {
        self.reading.all_columns = true;
    }

    /// Classifies a page, with what is known of its site.
    pub fn classify(&self, classifier: &Classifier<'_>, page: &Page) -> Analysis {
        match &self.sites {
            Some(sites) => {
                let recurring = sites.recurring(&page.document, page.url.as_deref());
                classifier.classify_on_site(&page.document, &recurring)
            }
            None => classifier.classify(&page.document),
        }
    }

    /// The only input, if it is a page or cannot be read at all; a stream of records is left for later.
    pub fn only_page(&self) -> Option<Input> {
        let shard = self.shards.first()?;
        let mut inputs = Inputs::new(shard.files.clone(), self.reading.clone(), Arc::default());
        let first = inputs.next()?;
        if matches!(first.item, Item::File { .. } | Item::Broken(_)) && inputs.is_between_files() {
            return Some(first);
        }
        inputs.put_back(first);
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(inputs);
        None
    }

    /// Does `work` on every page of every shard, and writes what comes of it with the writer that `open` opens.
    pub fn each_page<T: Send, W: Writer<T>>(
        &self,
        mut open: impl FnMut(&mut Places) -> Result<W>,
        work: impl Fn(&Input, &Page) -> T + Sync,
    ) -> Result<Outcome> {
        let mut whole = Outcome::Done;
        let mut finished = 0;
        for shard in &self.shards {
            if shard.name.is_some() && shard.output.as_ref().is_some_and(|output| output.exists()) {
                finished += 1;
                continue;
            }
            match self.shard(shard, &mut open, &work)? {
                Outcome::Interrupted => return Ok(Outcome::Interrupted),
                Outcome::Incomplete => whole = Outcome::Incomplete,
                _ => {}
            }
        }
        if finished > 0 {
            let all = self.shards.len();
            super::note(&format!("pagesieve: {finished} of {all} inputs had their output already"));
        }
        Ok(whole)
    }

    fn shard<T: Send, W: Writer<T>>(
        &self,
        shard: &Shard,
        open: &mut impl FnMut(&mut Places) -> Result<W>,
        work: &(impl Fn(&Input, &Page) -> T + Sync),
    ) -> Result<Outcome> {
        let journal = shard.journal()?;
        let checkpoint = match &journal {
            Some(journal) if self.resume => journal.last()?,
            _ => None,
        };
        let task =
            self.task ^ hash(shard.name.as_deref().unwrap_or(Path::new("")).as_os_str().as_encoded_bytes());
        if let (Some(checkpoint), Some(journal)) = (&checkpoint, &journal)
            && checkpoint.task != task
        {
            return Err(Failure::usage(format!(
                "{} is of a run with other arguments, inputs or model; give the same, or leave out --resume to start anew",
                journal.path().display()
            )));
        }
        if let (None, Some(journal)) = (&checkpoint, &journal) {
            journal.forget();
        }
        let parts = checkpoint.as_ref().map(|checkpoint| checkpoint.parts.clone()).unwrap_or_default();
        let mut places =
            Places { output: shard.output.clone(), name: shard.name.clone(), parts: parts.into_iter() };
        let mut writer = open(&mut places)?;
        let (mut place, mut counts) = (Place::default(), Counts::default());
        if let Some(checkpoint) = checkpoint {
            (place, counts) = (checkpoint.place, checkpoint.counts);
            writer.restore(&checkpoint.state);
            super::note(&format!("pagesieve: going on after {} records", counts.read + counts.skipped));
        }

        let new = || Inputs::new(shard.files.clone(), self.reading.clone(), Arc::default());
        let mut inputs =
            self.opened.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_else(new);
        let progress = Progress::new(self.show, self.is_terminal, inputs.read_bytes(), shard.bytes());
        inputs.skip_to(place)?;
        let journal = journal.map(|journal| (journal, task));
        let stream = Stream { reading: &self.reading, writer, counts, journal, progress };
        stream.run(&self.pool, inputs, place, work)
    }
}

impl Shard {
    /// The journal beside the output; none if the run cannot be gone on with.
    fn journal(&self) -> Result<Option<Journal>> {
        let Some(output) = &self.output else { return Ok(None) };
        let is_device = std::fs::metadata(output).is_ok_and(|output| !output.is_file());
        if is_device || self.files.iter().any(|file| file == Path::new(source::STDIN)) {
            return Ok(None);
        }
        if let (Some(_), Some(folder)) = (&self.name, output.parent()) {
            std::fs::create_dir_all(folder).map_err(|error| Failure::output(folder, &error))?;
        }
        let path = beside(output, "journal").map_err(|error| Failure::output(output, &error))?;
        Ok(Some(Journal::new(path)))
    }

    /// The bytes of its files, if all are files.
    fn bytes(&self) -> Option<u64> {
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

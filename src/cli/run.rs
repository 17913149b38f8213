//! A run of a command over its inputs: one output for all, or one an input.
//!
//! Comes in: arguments, work to do on each page, and how to write what comes of it. Goes out: the [`Outcome`]; after a
//! crash or an interruption `--resume` goes on from the journal.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use pagesieve::input::page::Page;
use pagesieve::input::source;
use pagesieve::site::Sites;
use pagesieve::{Analysis, Classifier, Model};

use super::Outcome;
use super::failure::{Failure, Result};
use super::input::{Input, Item};
use super::inputs::{Inputs, Place};
use super::interrupt;
use super::journal::hash;
use super::progress::{Progress, Show};
use super::reading::{InputArgs, Reading};
use super::settings::Settings;
use super::shard::{Places, Shard, shards};
use super::site::count_sites;
use super::stream::{Counts, Stream, Writer};
use super::workers::Workers;

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
    workers: Workers,
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
        let (reading, workers) = (inputs.reading(), settings.workers());
        let files = || shards.iter().flat_map(|shard| shard.files.clone()).collect();
        let sites = self.site.then(|| count_sites(files(), &reading, &workers)).transpose()?;
        Ok(Run {
            reading,
            workers,
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

        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut inputs = opened
            .filter(|_| place == Place::default())
            .unwrap_or_else(|| Inputs::new(shard.files.clone(), self.reading.clone(), Arc::default()));
        let progress = Progress::new(self.show, self.is_terminal, inputs.read_bytes(), shard.bytes());
        inputs.skip_to(place)?;
        let journal = journal.map(|journal| (journal, task));
        let stream = Stream { reading: &self.reading, writer, counts, journal, progress };
        stream.run(&self.workers, inputs, place, work)
    }
}

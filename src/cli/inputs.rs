//! Inputs: paths to pages and lines.
//!
//! Comes in: files, folders, `-`, and what the arguments say of their format. Goes out: [`Input`]s in order, opened
//! one by one, which become [`Page`]s where they are worked on.

use std::io::{self, BufRead, Cursor, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use pagesieve::input::jsonl::{self, Fields, Line, Lines};
use pagesieve::input::page::{self, Format, Id, Page};
use pagesieve::input::source;

use super::failure::{Failure, Result};

/// What to read.
#[derive(clap::Args)]
pub struct InputArgs {
    /// Files and folders to read; `-` is standard input, which is read if none is named
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// What the inputs hold [default: by extension, else by the first bytes]
    #[arg(
        long,
        value_name = "text|html|jsonl",
        value_enum,
        default_value_t = From::Auto,
        hide_default_value = true,
        hide_possible_values = true
    )]
    from: From,
    /// The member of a JSON record that holds HTML
    #[arg(long, value_name = "NAME", default_value = "html")]
    html_field: String,
    /// The member of a JSON record that holds plain text
    #[arg(long, value_name = "NAME", default_value = "text")]
    text_field: String,
}

/// What the inputs are said to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// Whatever extension or first bytes tell
    Auto,
    /// A page of plain text
    Text,
    /// A page of HTML
    Html,
    /// A page a line
    Jsonl,
}

/// One page, or one line that holds one.
pub enum Input {
    /// A file that is a page.
    File {
        /// Its path as it was given.
        path: Arc<Path>,
        /// Whether it is HTML, not plain text.
        is_html: bool,
        /// What is in it, unpacked.
        bytes: Vec<u8>,
    },
    /// A line of JSON.
    Line {
        /// The path of its file.
        path: Arc<Path>,
        /// The line.
        line: Line,
    },
    /// A file, or the rest of one, that cannot be read.
    Broken(Unreadable),
}

/// Something that cannot be read.
#[derive(Debug, Clone)]
pub struct Unreadable {
    /// What it is called.
    pub id: Id,
    /// Where it stands and why it cannot be read.
    pub message: String,
}

/// The inputs in order. Only what is asked for is held in memory.
pub struct Inputs {
    paths: std::vec::IntoIter<PathBuf>,
    from: From,
    /// The file of JSON Lines that is being read.
    open: Option<OpenLines>,
}

/// A file of JSON Lines that is being read.
struct OpenLines {
    path: Arc<Path>,
    lines: Lines<Box<dyn BufRead + Send>>,
}

impl InputArgs {
    /// The names of the members of JSON records.
    pub fn fields(&self) -> Fields {
        Fields { html: self.html_field.clone(), text: self.text_field.clone() }
    }

    /// The inputs, folders replaced by the files in them.
    pub fn open(&self) -> Result<Inputs> {
        let paths = or_standard_input(&self.paths)?;
        let mut files = Vec::new();
        for path in paths {
            add_files(path, &|_| true, &mut files)?;
        }
        Ok(Inputs { paths: files.into_iter(), from: self.from, open: None })
    }

    /// Whether one file was named, or standard input: not several, and no folder.
    pub fn is_one_file(&self) -> bool {
        match &self.paths[..] {
            [] => true,
            [path] => !path.is_dir(),
            _ => false,
        }
    }
}

/// The paths given, or standard input if there are none and something is piped in.
pub fn or_standard_input(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    if !paths.is_empty() {
        return Ok(paths.to_vec());
    }
    if io::stdin().is_terminal() {
        return Err(Failure::usage("no input; name files or folders, or pipe something in"));
    }
    Ok(vec![source::STDIN.into()])
}

/// Adds `path` to `files`, or the files in it for which `is_wanted` holds, if it is a folder: those of all folders
/// below, sorted by path, without hidden ones.
pub fn add_files(path: PathBuf, is_wanted: &dyn Fn(&Path) -> bool, files: &mut Vec<PathBuf>) -> Result<()> {
    if path == Path::new(source::STDIN) || !path.is_dir() {
        files.push(path);
        return Ok(());
    }
    let mut found = Vec::new();
    let mut folders = vec![path.clone()];
    while let Some(folder) = folders.pop() {
        let failed =
            |error| Failure::Failed(format!("{}: cannot list the folder: {error}", folder.display()));
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            // A link to a folder is not followed: it may lead back up.
            if entry.file_type().map_err(failed)?.is_dir() {
                folders.push(entry.path());
            } else if entry.path().is_file() && is_wanted(&entry.path()) {
                found.push(entry.path());
            }
        }
    }
    if found.is_empty() {
        return Err(Failure::Failed(format!("{}: the folder holds no files to read", path.display())));
    }
    found.sort();
    files.extend(found);
    Ok(())
}

impl Iterator for Inputs {
    type Item = Input;

    fn next(&mut self) -> Option<Input> {
        loop {
            if let Some(open) = &mut self.open {
                match open.next() {
                    Some(Input::Broken(rest)) => {
                        self.open = None;
                        return Some(Input::Broken(rest));
                    }
                    Some(line) => return Some(line),
                    None => self.open = None,
                }
            }
            let path = self.paths.next()?;
            match self.start(&path) {
                Ok(Some(input)) => return Some(input),
                Ok(None) => {}
                Err(message) => {
                    return Some(Input::Broken(Unreadable::new(&path.to_string_lossy(), message)));
                }
            }
        }
    }
}

impl OpenLines {
    /// The next line; broken if the rest of the file cannot be read.
    fn next(&mut self) -> Option<Input> {
        let id = self.lines.next_record().to_string();
        match self.lines.next()? {
            Ok(line) => Some(Input::Line { path: Arc::clone(&self.path), line }),
            Err(error) => {
                let place = format!("{}:{}", self.path.display(), self.lines.next_number());
                let message = format!("{place}: cannot read on from here: {error}");
                Some(Input::Broken(Unreadable::new(&id, message)))
            }
        }
    }
}

impl Inputs {
    /// Opens a file: a page comes back whole, lines are kept for later.
    fn start(&mut self, path: &Path) -> std::result::Result<Option<Input>, String> {
        let in_file = |message: &dyn std::fmt::Display| format!("{}: {message}", path.display());
        let failed = |error: io::Error| in_file(&format!("cannot read it: {error}"));
        let mut source = source::open(path).map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        source.by_ref().take(page::SNIFFED_BYTES as u64).read_to_end(&mut bytes).map_err(failed)?;
        let format = match self.from {
            From::Text => Format::Text,
            From::Html => Format::Html,
            From::Jsonl => Format::Jsonl,
            From::Auto => {
                page::refuse_binary(&bytes).map_err(|error| in_file(&error))?;
                Format::of_path(path).unwrap_or_else(|| Format::sniff(&bytes))
            }
        };
        let path: Arc<Path> = path.into();
        if format == Format::Jsonl {
            let lines = Lines::new(Box::new(Cursor::new(bytes).chain(source)) as Box<dyn BufRead + Send>);
            self.open = Some(OpenLines { path, lines });
            return Ok(None);
        }
        source.read_to_end(&mut bytes).map_err(failed)?;
        Ok(Some(Input::File { path, is_html: format == Format::Html, bytes }))
    }
}

impl Input {
    /// The page.
    pub fn read(&self, fields: &Fields) -> std::result::Result<Page, Unreadable> {
        match self {
            Self::File { path, is_html, bytes } => Ok(Page {
                id: Id::from_text(&path.to_string_lossy()),
                url: None,
                document: page::read(bytes, *is_html),
            }),
            Self::Line { path, line } => jsonl::read(line, fields).map_err(|unreadable| {
                let unreadable = unreadable.at(path);
                Unreadable { id: unreadable.id, message: unreadable.error.to_string() }
            }),
            Self::Broken(unreadable) => Err(unreadable.clone()),
        }
    }

    /// The bytes it holds.
    pub fn size(&self) -> usize {
        match self {
            Self::File { bytes, .. } => bytes.len(),
            Self::Line { line, .. } => line.bytes.len(),
            Self::Broken(_) => 0,
        }
    }
}

impl Unreadable {
    fn new(id: &str, message: String) -> Self {
        Self { id: Id::from_text(id), message }
    }
}

//! How inputs are to be read.
//!
//! Comes in: arguments. Goes out: the files they name, and a [`Reading`], which says of what format each is.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use pagesieve::input::jsonl::Fields;
use pagesieve::input::limits::Limits;
use pagesieve::input::page::{self, Format};

use super::failure::Result;
use super::files::{add_files, or_standard_input};
use super::limits::LimitArgs;

/// What to read.
#[derive(clap::Args)]
pub struct InputArgs {
    /// Files and folders to read; `-` is standard input, which is read if none is named
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// What the inputs hold [default: by first bytes that prove it, else by extension, else by likeness]
    #[arg(
        long,
        value_name = "text|html|jsonl|csv|warc|parquet",
        value_enum,
        default_value_t = From::Auto,
        hide_default_value = true,
        hide_possible_values = true
    )]
    from: From,
    /// The member of a JSON record, or the column of a table, that holds HTML
    #[arg(long, value_name = "NAME", default_value = "html")]
    html_field: String,
    /// The member or column that holds plain text
    #[arg(long, value_name = "NAME", default_value = "text")]
    text_field: String,
    /// The member or column that identifies a page
    #[arg(long, value_name = "NAME", default_value = "id")]
    id_field: String,
    /// The member or column with the address of a page
    #[arg(long, value_name = "NAME", default_value = "url")]
    url_field: String,
    #[command(flatten)]
    limits: LimitArgs,
}

/// What the inputs are said to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// Whatever first bytes or extension tell
    Auto,
    /// A page of plain text
    Text,
    /// A page of HTML
    Html,
    /// A page a line
    #[value(alias = "ndjson")]
    Jsonl,
    /// A page a row of CSV or TSV
    #[value(alias = "tsv")]
    Csv,
    /// A crawl archive
    #[value(alias = "wet")]
    Warc,
    /// A page a row of Parquet
    Parquet,
}

/// How inputs are to be read.
#[derive(Debug, Clone)]
pub struct Reading {
    from: From,
    /// The names of members and columns.
    pub fields: Fields,
    /// What the inputs may ask for.
    pub limits: Limits,
    /// Whether columns that are not needed are read too, to be passed on.
    pub all_columns: bool,
}

impl InputArgs {
    /// How the inputs are to be read.
    pub fn reading(&self) -> Reading {
        let fields = Fields {
            html: self.html_field.clone(),
            text: self.text_field.clone(),
            id: self.id_field.clone(),
            url: self.url_field.clone(),
        };
        Reading { from: self.from, fields, limits: self.limits.limits(), all_columns: false }
    }

    /// The files to read, folders replaced by the files in them, each with its name below the folder it was found in.
    pub fn files(&self) -> Result<Vec<(PathBuf, PathBuf)>> {
        let mut named = Vec::new();
        for path in or_standard_input(&self.paths)? {
            let mut files = Vec::new();
            add_files(path.clone(), &|_| true, &mut files)?;
            named.extend(files.into_iter().map(|file| {
                let below = file.strip_prefix(&path).ok().filter(|name| !name.as_os_str().is_empty());
                let name = below.map_or_else(|| file.file_name().unwrap_or_default().into(), Path::to_owned);
                (file, name)
            }));
        }
        Ok(named)
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

impl Reading {
    /// The format of the file at `path` that starts with `head`.
    pub fn format(&self, path: &Path, head: &[u8]) -> pagesieve::Result<Format> {
        Ok(match self.from {
            From::Text => Format::Text,
            From::Html => Format::Html,
            From::Jsonl => Format::Jsonl,
            From::Csv => Format::Csv,
            From::Warc => Format::Warc,
            From::Parquet => Format::Parquet,
            From::Auto => {
                if let Some(format) = Format::of_magic(head)? {
                    return Ok(format);
                }
                page::refuse_binary(head)?;
                Format::of_path(path).unwrap_or_else(|| Format::sniff(head))
            }
        })
    }
}

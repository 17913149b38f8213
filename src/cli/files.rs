//! Files: the paths of arguments, with folders replaced by what is in them.
//!
//! Comes in: paths, or none. Goes out: paths of files in a fixed order, or `-`.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use pagesieve::input::source;

use super::failure::{Failure, Result};

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

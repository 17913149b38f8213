//! Sites: the first of the two passes of `--site`.
//!
//! Comes in: the files of a run. Goes out: on how many pages of its site each block stands.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pagesieve::input::source;
use pagesieve::site::{Sightings, Sites};

use super::batches::{Sink, in_order};
use super::failure::{Failure, Result};
use super::input::Input;
use super::inputs::Inputs;
use super::interrupt;
use super::reading::Reading;
use super::workers::Workers;

/// Counts the blocks of all pages by site.
pub fn count_sites(files: Vec<PathBuf>, reading: &Reading, workers: &Workers) -> Result<Sites> {
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
    in_order(workers, inputs, Input::size, sightings, &mut counted)?;
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

//! The sorter: where lines and paths go once they are judged.
//!
//! Comes in: inputs with verdicts. Goes out: the kept to the output, the others to the files named for them; lines
//! byte for byte.

use std::path::Path;

use pagesieve::Verdict;

use super::failure::{Failure, Result};
use super::inputs::Input;
use super::output::Output;
use super::settings::Settings;

/// Three ways out.
pub struct Sorter {
    kept: Lane,
    dropped: Option<Lane>,
    unsure: Unsure,
    /// Whether lines come in, not pages; known from the first input on.
    takes_lines: Option<bool>,
}

/// Where the unsure go.
enum Unsure {
    Keep,
    Drop,
    Apart(Lane),
}

/// An output for whole lines.
struct Lane {
    output: Output,
    /// Whether the last line came without a line end, which another one would run into.
    is_open: bool,
}

impl Sorter {
    /// Opens the ways out.
    pub fn open(settings: &Settings, dropped: Option<&Path>, unsure: &Path) -> Result<Self> {
        let apart = Some(unsure).filter(|unsure| !matches!(unsure.to_str(), Some("keep" | "drop")));
        let standard_output = Path::new("-");
        let places = [settings.output.as_deref().or(Some(standard_output)), dropped, apart];
        for (index, place) in places.iter().enumerate() {
            if place.is_some() && places[..index].contains(place) {
                return Err(Failure::usage("two outputs have the same name; name different files"));
            }
        }
        let unsure = match apart {
            Some(path) => Unsure::Apart(Lane::new(Output::open(Some(path))?)),
            None if unsure == Path::new("keep") => Unsure::Keep,
            None => Unsure::Drop,
        };
        let dropped = dropped.map(|path| Output::open(Some(path))).transpose()?.map(Lane::new);
        Ok(Self { kept: Lane::new(settings.output()?), dropped, unsure, takes_lines: None })
    }

    /// Puts an input where its verdict sends it: a line itself, of a page the path.
    pub fn put(&mut self, input: &Input, verdict: Verdict) -> Result<()> {
        self.check_kind(input)?;
        let lane = match (verdict, &mut self.unsure) {
            (Verdict::Keep, _) | (Verdict::Unsure, Unsure::Keep) => Some(&mut self.kept),
            (Verdict::Unsure, Unsure::Apart(lane)) => Some(lane),
            (Verdict::Drop, _) | (Verdict::Unsure, Unsure::Drop) => self.dropped.as_mut(),
        };
        lane.map_or(Ok(()), |lane| lane.put(input))
    }

    /// Puts a line that cannot be read with the dropped ones.
    pub fn put_unreadable(&mut self, input: &Input) -> Result<()> {
        self.dropped.as_mut().map_or(Ok(()), |lane| lane.put(input))
    }

    /// Passes a line on with `tag` added as the last member of its object, and nothing else changed.
    pub fn tag(&mut self, input: &Input, tag: &[u8]) -> Result<()> {
        self.check_kind(input)?;
        match input {
            Input::Line { line, .. } => self.kept.write(&tagged(&line.bytes, tag)),
            _ => Ok(()),
        }
    }

    /// Passes on a line of our own.
    pub fn keep_line(&mut self, line: &[u8]) -> Result<()> {
        self.kept.write(line)
    }

    /// Puts the files in their places.
    pub fn finish(self) -> Result<()> {
        // The kept come last: whoever sees them finds the others complete.
        if let Unsure::Apart(lane) = self.unsure {
            lane.output.finish()?;
        }
        if let Some(lane) = self.dropped {
            lane.output.finish()?;
        }
        self.kept.output.finish()
    }

    /// Lines and paths in one output would be of use to nobody.
    fn check_kind(&mut self, input: &Input) -> Result<()> {
        let is_line = matches!(input, Input::Line { .. });
        if *self.takes_lines.get_or_insert(is_line) == is_line {
            return Ok(());
        }
        Err(Failure::usage("some inputs are JSON Lines and others are pages; gate them one after the other"))
    }
}

impl Lane {
    fn new(output: Output) -> Self {
        Self { output, is_open: false }
    }

    fn put(&mut self, input: &Input) -> Result<()> {
        match input {
            Input::File { path, .. } => self.write(&[path.as_os_str().as_encoded_bytes(), b"\n"].concat()),
            Input::Line { line, .. } => self.write(&line.bytes),
            Input::Broken(_) => Ok(()),
        }
    }

    fn write(&mut self, line: &[u8]) -> Result<()> {
        if self.is_open {
            self.output.write(b"\n")?;
        }
        self.is_open = !line.ends_with(b"\n");
        self.output.write(line)
    }
}

/// The object in `line` with a last member `pagesieve`. The line is known to hold an object, and one with a member.
fn tagged(line: &[u8], tag: &[u8]) -> Vec<u8> {
    let end = line.iter().rposition(|byte| *byte == b'}').unwrap_or(line.len());
    let (before, after) = line.split_at(end);
    [before, b",\"pagesieve\":", tag, after].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_change_nothing_else() {
        assert_eq!(tagged(b"{\"a\": {} } \r\n", b"{}"), b"{\"a\": {} ,\"pagesieve\":{}} \r\n");
    }
}

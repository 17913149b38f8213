//! Lines: a stream cut at its line feeds, held to a limit.
//!
//! Comes in: a stream of bytes. Goes out: lines with their ends, and of a line that is too long the fact that it was.

use std::io::{self, BufRead, Read};

/// What became of reading a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was added, with its line feed if it had one.
    Read,
    /// It was too long; what was not added, so many bytes, is gone.
    TooLong(usize),
    /// There was no more line.
    End,
}

/// Adds the next line of `input` to `line`, unless that grew longer than `limit` bytes.
pub(super) fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>, limit: usize) -> io::Result<Outcome> {
    let room = limit.saturating_sub(line.len()) as u64;
    let read = input.by_ref().take(room + 1).read_until(b'\n', line)?;
    if read == 0 {
        return Ok(Outcome::End);
    }
    if read as u64 <= room || line.ends_with(b"\n") {
        return Ok(Outcome::Read);
    }
    Ok(Outcome::TooLong(input.skip_until(b'\n')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_passed_over() {
        let mut input = &b"12345\n123456\n\n12345"[..];
        let mut read = || {
            let mut line = Vec::new();
            (read_line(&mut input, &mut line, 5).unwrap(), line)
        };
        assert_eq!(read(), (Outcome::Read, b"12345\n".to_vec()));
        assert_eq!(read(), (Outcome::TooLong(1), b"123456".to_vec()));
        assert_eq!(read(), (Outcome::Read, b"\n".to_vec()));
        assert_eq!(read(), (Outcome::Read, b"12345".to_vec()));
        assert_eq!(read().0, Outcome::End);
    }
}

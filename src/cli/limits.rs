//! The limits of what is read, from arguments.
//!
//! Comes in: arguments. Goes out: [`Limits`].

use pagesieve::input::limits::Limits;

/// What the inputs may ask for at most; what asks for more is reported as unreadable, and the rest goes on.
#[derive(clap::Args)]
#[command(next_help_heading = "Limits")]
#[allow(clippy::struct_field_names)] // they are the names of the arguments
pub struct LimitArgs {
    /// Bytes of a page or record, also unpacked; K, M, G and T mean powers of 1024 [default: 64M]
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    max_record: Option<u64>,
    /// Bytes of a line of JSON Lines or CSV [default: 64M]
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    max_line: Option<u64>,
    /// How many times its size a compressed file may unpack to [default: 250]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_ratio: Option<u64>,
    /// Bytes that a compressed file may unpack to [default: 1T]
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    max_unpacked: Option<u64>,
    /// Blocks of a page [default: 200000]
    #[arg(long, value_name = "N")]
    max_blocks: Option<usize>,
    /// Elements around a block; what lies deeper than 512 is flattened in any case [default: 512]
    #[arg(long, value_name = "N")]
    max_nesting: Option<usize>,
}

impl LimitArgs {
    /// The limits: those given before the defaults.
    pub fn limits(&self) -> Limits {
        let default = Limits::default();
        Limits {
            record_bytes: self.max_record.map_or(default.record_bytes, |bytes| bytes as usize),
            line_bytes: self.max_line.map_or(default.line_bytes, |bytes| bytes as usize),
            unpacked_ratio: self.max_ratio.unwrap_or(default.unpacked_ratio),
            unpacked_bytes: self.max_unpacked.unwrap_or(default.unpacked_bytes),
            blocks: self.max_blocks.unwrap_or(default.blocks),
            nesting: self.max_nesting.unwrap_or(default.nesting),
        }
    }
}

/// Reads a number of bytes such as `64M`.
fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match &text[digits.len()..].to_ascii_uppercase()[..] {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err("a number of bytes ends in nothing, K, M, G or T".into()),
    };
    let number: u64 =
        digits.parse().map_err(|_| "a number of bytes is digits, as in 500 or 64M".to_owned())?;
    match number.checked_mul(1 << shift) {
        Some(bytes) if bytes > 0 => Ok(bytes),
        _ => Err("the number of bytes must be between 1 and 16,777,215T".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_may_be_abbreviated() {
        assert_eq!(bytes("500"), Ok(500));
        assert_eq!(bytes("64k"), Ok(65_536));
        assert_eq!(bytes("2T"), Ok(2 << 40));
        for wrong in ["", "0", "M", "1.5M", "64MB", "-1", "20000000T"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}

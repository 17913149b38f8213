//! Letters: runs of letters and digits of ASCII, eight bytes at a time.
//!
//! Comes in: the bytes of a text and a place in them. Goes out: how far a run reaches, folded or counted.

/// One in every byte, and the highest bit of every byte.
const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGHEST: u64 = ONES << 7;

/// How many of eight bytes, from the lowest, are letters and digits of ASCII, and these folded; what follows is 0. All
/// bytes are looked at together, each in its own part of the word: sums of two numbers below 128 carry nothing over.
#[inline]
pub(super) fn fold_run(bytes: u64) -> (u64, u32) {
    let low = bytes & !HIGHEST;
    let lower = low | (ONES * 0x20);
    let reach = |of: u64, least: u8| of + ONES * (0x80 - u64::from(least));
    let letters = reach(lower, b'a') & !reach(lower, b'z' + 1);
    let digits = reach(low, b'0') & !reach(low, b'9' + 1) & HIGHEST;
    let others = !((letters | digits) & !bytes) & HIGHEST;
    // The lowest four bits of a digit are its value.
    let folded = lower & !((digits >> 7) * 0x0F);
    if others == 0 {
        return (folded, 8);
    }
    let count = others.trailing_zeros() / 8;
    (folded & !(u64::MAX << (8 * count)), count)
}

/// Letters, digits and spaces of ASCII, which most of the bytes of most texts are, from a place on.
pub(crate) struct LetterRun {
    /// How many there are, up to 8.
    pub bytes: usize,
    /// Lower and upper case letters among them.
    pub lowers: usize,
    pub uppers: usize,
}

impl LetterRun {
    /// The run from `at` on; eight bytes are looked at together, as [`fold_run`] does.
    #[inline]
    pub fn of(bytes: &[u8], at: usize) -> Self {
        let bytes = eight_bytes(bytes, at);
        let low = bytes & !HIGHEST;
        let within = |of: u64, least: u8, most: u8| {
            let reach = |least: u8| of + ONES * (0x80 - u64::from(least));
            reach(least) & !reach(most + 1) & !bytes & HIGHEST
        };
        let letters = within(low | (ONES * 0x20), b'a', b'z');
        let others = (letters | within(low, b'0', b'9') | within(low, b' ', b' ')) ^ HIGHEST;
        // As many of the lowest bits as the run has: those below the first other byte's highest.
        let run = others.wrapping_sub(1) & !others;
        let is_lower = bytes << 2;
        let count = |bytes: u64| ((bytes & run) >> 7).wrapping_mul(ONES) >> 56;
        Self {
            bytes: (others.trailing_zeros() / 8) as usize,
            lowers: count(letters & is_lower) as usize,
            uppers: count(letters & !is_lower) as usize,
        }
    }
}

/// The eight bytes from `at` on, the first in the lowest place; zeros beyond the end.
#[inline]
pub(super) fn eight_bytes(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..).and_then(<[u8]>::first_chunk) {
        Some(eight) => u64::from_le_bytes(*eight),
        None => last_bytes(bytes, at),
    }
}

/// The same where there are fewer: apart, so that what is at hand for most words is short.
#[cold]
fn last_bytes(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_letters_and_digits_are_folded_at_once() {
        let slowly = |bytes: &[u8]| {
            let run: Vec<u8> = bytes.iter().copied().take_while(u8::is_ascii_alphanumeric).collect();
            let fold = |byte: &u8| if byte.is_ascii_digit() { b'0' } else { byte.to_ascii_lowercase() };
            let folded = run.iter().rev().fold(0, |word, byte| word << 8 | u64::from(fold(byte)));
            (folded, run.len() as u32)
        };
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                for around in [*b"aZ09zA5m", [byte; 8], [0xFF; 8]] {
                    let mut bytes = around;
                    bytes[place] = byte;
                    assert_eq!(fold_run(u64::from_le_bytes(bytes)), slowly(&bytes), "{bytes:?}");
                }
            }
        }
        assert_eq!(eight_bytes(b"abc", 1), u64::from_le_bytes(*b"bc\0\0\0\0\0\0"));
    }

    #[test]
    fn letters_are_counted_up_to_the_first_other_byte() {
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                for around in [*b"a Z09zA5", *b"zzzzzzzz", [byte; 8]] {
                    let mut bytes = around;
                    bytes[place] = byte;
                    let is_within = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b' ';
                    let run: Vec<u8> = bytes.iter().take_while(is_within).copied().collect();
                    let LetterRun { bytes: found, lowers, uppers } = LetterRun::of(&bytes, 0);
                    let count =
                        |is_counted: fn(&u8) -> bool| run.iter().filter(|byte| is_counted(byte)).count();
                    let expected = (run.len(), count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase));
                    assert_eq!((found, lowers, uppers), expected, "{bytes:?}");
                }
            }
        }
    }
}

//! Lists of words that mean something by themselves, such as the names of months.
//!
//! Comes in: words. Goes out: whether a token is one of them, found by its hash.

use crate::token::tokens;

/// Many more slots than words, so that hardly a word that is not in a list meets one that is.
const SLOTS: usize = 1024;

/// Hashes of words, as tokens have them, each at the first free slot from its highest bits on.
#[derive(Debug)]
pub(super) struct WordList {
    slots: [u64; SLOTS],
}

impl WordList {
    /// A list of words of which each is one token; far fewer than there are slots.
    pub fn new(words: &[&str]) -> Self {
        let mut list = Self { slots: [0; SLOTS] };
        for token in words.iter().flat_map(|word| tokens(word)) {
            let slot = list.place(token.hash);
            list.slots[slot] = token.hash;
        }
        list
    }

    /// Whether a token with this hash is one of the words, whatever its case.
    pub fn has(&self, hash: u64) -> bool {
        self.slots[self.place(hash)] == hash
    }

    /// The slot that holds `hash`, or would.
    fn place(&self, hash: u64) -> usize {
        let mut slot = (hash >> (u64::BITS - SLOTS.ilog2())) as usize;
        while self.slots[slot] != 0 && self.slots[slot] != hash {
            slot = (slot + 1) % SLOTS;
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_case() {
        let list = WordList::new(&["März", "reply"]);
        let found: Vec<bool> = tokens("Reply in märz or not").map(|token| list.has(token.hash)).collect();
        assert_eq!(found, [true, false, true, false, false]);
    }
}

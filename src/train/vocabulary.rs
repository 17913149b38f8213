//! The vocabulary of a sample: the slots of a view that its pages use, numbered from 0.
//!
//! Comes in: lists of slots. Goes out: a number for every slot in them. What is fitted to a sample can change no weight
//! but theirs, and tables of theirs alone are small.

use crate::features::View;

/// The slots in use, in order.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// By slot of the view; [`UNUSED`] for those that no list holds.
    numbers: Vec<u32>,
    slots: Vec<u32>,
}

const UNUSED: u32 = u32::MAX;

impl Vocabulary {
    /// The vocabulary of these lists of slots of `view`.
    pub fn of<'a>(view: View, lists: impl Iterator<Item = &'a [u32]>) -> Self {
        let mut numbers = vec![UNUSED; view.slots()];
        lists.flatten().for_each(|slot| numbers[*slot as usize] = 0);
        let mut slots = Vec::new();
        for (slot, number) in numbers.iter_mut().enumerate().filter(|(_, number)| **number != UNUSED) {
            *number = slots.len() as u32;
            slots.push(slot as u32);
        }
        Self { numbers, slots }
    }

    /// The slots, by number.
    pub fn slots(&self) -> &[u32] {
        &self.slots
    }

    /// The numbers of `slots`, which must be of the lists that the vocabulary was made of.
    pub fn numbers<'a>(&'a self, slots: &'a [u32]) -> impl ExactSizeIterator<Item = u32> + 'a {
        slots.iter().map(|slot| self.numbers[*slot as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_numbered_in_order() {
        let lists: [&[u32]; 3] = [&[7, 3, 7], &[], &[4095, 3]];
        let vocabulary = Vocabulary::of(View::Shape, lists.into_iter());
        assert_eq!(vocabulary.slots(), [3, 7, 4095]);
        assert_eq!(vocabulary.numbers(&[4095, 3]).collect::<Vec<_>>(), [2, 0]);
    }
}

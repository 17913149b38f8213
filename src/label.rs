//! Labels: what a block can be, and sets of labels it may be.
//!
//! Comes in: names from a model or a CSV. Goes out: small indices ([`Label`]) and bit sets ([`LabelSet`]).

use crate::error::{Error, ErrorKind, Result};

/// The most labels one model can tell apart.
pub const MAX_LABELS: usize = 8;

/// The name of the label for page furniture; a model that has it treats all other labels as content.
pub const BOILERPLATE: &str = "boilerplate";

/// The names of the labels a model knows, in the model's order (at most [`MAX_LABELS`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    names: Vec<String>,
}

/// One label: an index into its model's [`Labels`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(u8);

/// The labels a block may have; more than one where its reader could not, or need not, decide, and none where nothing
/// is known, so that the block only stands around others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct LabelSet(u8);

impl Labels {
    /// Labels with these names, in this order.
    ///
    /// # Errors
    /// Fewer than 2 or more than [`MAX_LABELS`] names, an empty or repeated name, or a name with `|`, which
    /// separates alternatives in a label cell.
    pub fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Result<Self> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let wrong = |message: String| Err(Error::new(ErrorKind::Data, message));
        if names.len() < 2 {
            return wrong(format!(
                "only one label ({}) is present; a classifier needs rows of at least two labels",
                names.first().map_or("none", String::as_str)
            ));
        }
        if names.len() > MAX_LABELS {
            return wrong(format!(
                "{} labels ({}, …), but a model holds at most {MAX_LABELS}; is the label column the right one?",
                names.len(),
                names[..3].join(", ")
            ));
        }
        for (index, name) in names.iter().enumerate() {
            if name.is_empty() || name.contains('|') {
                return wrong(format!("the label name {name:?} is empty or contains \"|\"; rename it"));
            }
            if names[..index].contains(name) {
                return wrong(format!("the label name {name:?} is given twice"));
            }
        }
        Ok(Self { names })
    }

    /// How many labels there are.
    #[allow(clippy::len_without_is_empty)] // never empty: two labels at least
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// All labels in order.
    pub fn iter(&self) -> impl Iterator<Item = Label> + use<> {
        (0..self.names.len()).map(Label::new)
    }

    /// The names in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The name of `label`.
    pub fn name(&self, label: Label) -> &str {
        &self.names[label.index()]
    }

    /// The label called `name`.
    pub fn find(&self, name: &str) -> Option<Label> {
        self.names.iter().position(|known| known == name).map(Label::new)
    }

    /// The label called `name`, which somebody asked for.
    ///
    /// # Errors
    /// If there is none; the message lists those there are.
    pub fn named(&self, name: &str) -> Result<Label> {
        self.find(name).ok_or_else(|| {
            let known = self.names.join(", ");
            let message = format!("the label {name:?} is not one of the model's ({known})");
            Error::new(ErrorKind::Policy, message)
        })
    }

    /// The label for page furniture, in a model that has one.
    pub fn boilerplate(&self) -> Option<Label> {
        self.find(BOILERPLATE)
    }

    /// The set of all labels.
    pub fn all(&self) -> LabelSet {
        self.iter().collect()
    }
}

impl Label {
    pub(crate) fn new(index: usize) -> Self {
        debug_assert!(index < MAX_LABELS);
        Self(index as u8)
    }

    /// The label's index in its model's [`Labels`].
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl LabelSet {
    /// No label: nothing is known.
    pub const EMPTY: Self = Self(0);

    /// Whether `label` is in the set.
    pub fn contains(self, label: Label) -> bool {
        self.0 & (1 << label.0) != 0
    }

    /// The only label of a set of one.
    pub fn single(self) -> Option<Label> {
        self.0.is_power_of_two().then(|| Label(self.0.trailing_zeros() as u8))
    }

    /// The labels of the set in order.
    pub fn iter(self) -> impl Iterator<Item = Label> {
        let mut bits = self.0;
        std::iter::from_fn(move || {
            let label = (bits != 0).then(|| Label(bits.trailing_zeros() as u8))?;
            bits &= bits - 1;
            Some(label)
        })
    }

    /// The number of labels in the set.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl From<Label> for LabelSet {
    fn from(label: Label) -> Self {
        Self(1 << label.0)
    }
}

impl FromIterator<Label> for LabelSet {
    fn from_iter<I: IntoIterator<Item = Label>>(labels: I) -> Self {
        Self(labels.into_iter().fold(0, |bits, label| bits | 1 << label.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        let message = |names: &[&str]| Labels::new(names.iter().copied()).unwrap_err().to_string();
        assert!(message(&["news"]).contains("at least two labels"));
        assert!(message(&["a", "b", "a"]).contains("twice"));
        assert!(message(&["a|b", "c"]).contains('|'));
        assert!(message(&["a", "b", "c", "d", "e", "f", "g", "h", "i"]).contains("at most 8"));
    }

    #[test]
    fn sets_hold_alternatives() {
        let labels = Labels::new(["news", "listicle", "boilerplate"]).unwrap();
        let (news, listicle) = (labels.find("news").unwrap(), labels.find("listicle").unwrap());
        let either: LabelSet = [news, listicle].into_iter().collect();
        assert_eq!(either.single(), None);
        assert_eq!(LabelSet::from(listicle).single(), Some(listicle));
        assert_eq!(either.iter().collect::<Vec<_>>(), [news, listicle]);
        assert_eq!(labels.all().len(), 3);
    }
}

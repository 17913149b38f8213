//! Ranking: how well a number tells two kinds of items apart.
//!
//! Comes in: items of two kinds with a number each. Goes out: the area under the ROC curve, and precision and recall of
//! numbers above 0. Items may count several times or not at all, as in a bootstrap sample.

/// Items in the order of their numbers.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// The number, whether the item is of the kind looked for, and its index.
    items: Vec<(f64, bool, usize)>,
}

/// Precision and recall of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Accuracy {
    /// The share of those taken for it that are of the kind.
    pub precision: f64,
    /// The share of the kind that was taken for it.
    pub recall: f64,
}

impl Accuracy {
    /// Precision and recall from counts; 0 where there is nothing to count.
    pub fn of(right: f64, wrong: f64, missed: f64) -> Self {
        let share = |rest: f64| if right > 0.0 { right / (right + rest) } else { 0.0 };
        Self { precision: share(wrong), recall: share(missed) }
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(self) -> f64 {
        let sum = self.precision + self.recall;
        if sum > 0.0 { 2.0 * self.precision * self.recall / sum } else { 0.0 }
    }
}

impl Ranking {
    /// Items with a number and whether they are of the kind that high numbers stand for.
    pub fn new(items: impl IntoIterator<Item = (f64, bool)>) -> Self {
        let mut items: Vec<(f64, bool, usize)> =
            items.into_iter().enumerate().map(|(index, (number, kind))| (number, kind, index)).collect();
        items.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.2.cmp(&other.2)));
        Self { items }
    }

    /// The chance that an item of the kind has a higher number than one that is not, with `times` giving how often each
    /// item counts; ties count half. None if there are not items of both kinds.
    pub fn area(&self, times: impl Fn(usize) -> f64) -> Option<f64> {
        let (mut below, mut area, mut of_kind) = (0.0, 0.0, 0.0);
        for tied in self.items.chunk_by(|one, other| one.0 == other.0) {
            let weigh =
                |kind: bool| tied.iter().filter(|item| item.1 == kind).map(|item| times(item.2)).sum::<f64>();
            let (here, others) = (weigh(true), weigh(false));
            area += here * (below + others / 2.0);
            of_kind += here;
            below += others;
        }
        (of_kind * below > 0.0).then(|| area / (of_kind * below))
    }

    /// How well numbers above 0 stand for the kind.
    pub fn accuracy(&self, times: impl Fn(usize) -> f64) -> Accuracy {
        let (mut right, mut wrong, mut missed) = (0.0, 0.0, 0.0);
        for (number, kind, index) in &self.items {
            match (*number > 0.0, kind) {
                (true, true) => right += times(*index),
                (true, false) => wrong += times(*index),
                (false, true) => missed += times(*index),
                (false, false) => {}
            }
        }
        Accuracy::of(right, wrong, missed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(items: &[(f64, bool)]) -> Option<f64> {
        Ranking::new(items.iter().copied()).area(|_| 1.0)
    }

    #[test]
    fn areas_of_small_rankings() {
        assert_eq!(area(&[(1.0, true), (0.0, false)]), Some(1.0));
        assert_eq!(area(&[(0.0, true), (1.0, false)]), Some(0.0));
        assert_eq!(area(&[(0.0, true), (0.0, false)]), Some(0.5));
        assert_eq!(area(&[(3.0, true), (2.0, false), (1.0, true), (0.0, false)]), Some(0.75));
        assert_eq!(area(&[(1.0, true)]), None);
    }

    #[test]
    fn an_item_that_counts_twice_is_two_items() {
        let once = Ranking::new([(1.0, true), (2.0, false), (3.0, true)]);
        let twice = area(&[(1.0, true), (2.0, false), (3.0, true), (3.0, true)]);
        assert_eq!(once.area(|index| if index == 2 { 2.0 } else { 1.0 }), twice);
        let accuracy = once.accuracy(|_| 1.0);
        assert!((accuracy.f1() - 0.8).abs() < 1e-12, "{accuracy:?}");
    }
}

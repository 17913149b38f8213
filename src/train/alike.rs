//! Inputs that are alike: in the rows a fusion is fitted to, they always have the same value, or each its own.
//!
//! Comes in: rows of inputs. Goes out: the [`Columns`] that differ. The curves of inputs that are alike start alike and
//! take the same steps, so that one is fitted for all of them. Rows that are pages of their own have many such inputs.

use crate::fusion::{Curve, KNOTS};
use crate::token::mix;

/// The inputs of a fusion without those that say nothing new.
pub(super) struct Columns {
    /// For each input the number of its column.
    pub of_input: Vec<usize>,
    /// For each column the first input that has its values.
    pub inputs: Vec<usize>,
}

impl Columns {
    /// The columns of these rows of so many inputs.
    pub fn of(rows: &[&[f32]], width: usize) -> Self {
        let mut columns = Self { of_input: Vec::with_capacity(width), inputs: Vec::new() };
        let first = rows.first().copied().unwrap_or_default();
        let mut kinds = vec![(0, true); width];
        for row in rows {
            for ((hash, is_constant), (value, first)) in kinds.iter_mut().zip(row.iter().zip(first)) {
                *hash = mix(*hash, u64::from(value.to_bits()));
                *is_constant &= value == first;
            }
        }
        for (input, (hash, is_constant)) in kinds.iter().enumerate() {
            let is_alike = |known: &usize| {
                let (known_hash, known_constant) = kinds[*known];
                let is_equal = || rows.iter().all(|row| row[input].to_bits() == row[*known].to_bits());
                *is_constant && known_constant || *hash == known_hash && is_equal()
            };
            let column = columns.inputs.iter().position(is_alike).unwrap_or_else(|| {
                columns.inputs.push(input);
                columns.inputs.len() - 1
            });
            columns.of_input.push(column);
        }
        columns
    }
}

/// Where the values of each row stand on the curves, row by row, column by column: places as [`Curve::place`] gives them.
pub(super) struct Places {
    columns: usize,
    knots: Vec<u8>,
    shares: Vec<f32>,
}

impl Places {
    /// The places of `rows` on the curves of their inputs.
    pub fn of(rows: &[&[f32]], columns: &Columns, curves: &[Curve]) -> Self {
        const { assert!(KNOTS <= 256) };
        let count = columns.inputs.len();
        let (mut knots, mut shares) = (vec![0; count * rows.len()], vec![0.0; count * rows.len()]);
        for (column, input) in columns.inputs.iter().enumerate() {
            let curve = &curves[*input];
            let places = knots.iter_mut().zip(&mut shares).skip(column).step_by(count);
            for ((knot, share), row) in places.zip(rows) {
                let (below, after) = curve.place(row[*input]);
                (*knot, *share) = (below as u8, after);
            }
        }
        Self { columns: count, knots, shares }
    }

    /// The places of the row numbered `row`, column by column.
    #[inline]
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, f32)> {
        let range = row * self.columns..(row + 1) * self.columns;
        let knots = self.knots[range.clone()].iter().map(|knot| usize::from(*knot));
        knots.zip(self.shares[range].iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [&[f32]; 3] =
        [&[1.0, 5.0, 1.0, 2.0, -7.0], &[2.0, 5.0, 2.0, 1.0, -7.0], &[3.0, 5.0, 3.0, 3.0, -7.0]];

    #[test]
    fn equal_and_constant_inputs_are_alike() {
        let columns = Columns::of(&ROWS, 5);
        assert_eq!(columns.of_input, [0, 1, 0, 2, 1]);
        assert_eq!(columns.inputs, [0, 1, 3]);
    }

    #[test]
    fn places_are_those_on_the_curves() {
        let columns = Columns::of(&ROWS, 5);
        let curves: Vec<Curve> =
            (0..5).map(|input| Curve::flat(std::array::from_fn(|knot| (knot + input) as f32))).collect();
        let places = Places::of(&ROWS, &columns, &curves);
        for (number, row) in ROWS.iter().enumerate() {
            let expected = columns.inputs.iter().map(|input| curves[*input].place(row[*input]));
            assert!(places.row(number).eq(expected));
        }
    }
}

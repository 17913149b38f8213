//! Tables of inputs: column by column as they are made and weighed, row by row as they are fitted to.
//!
//! Comes in: the value of one input after another, each for all blocks. Goes out: [`Columns`], or [`Inputs`] with the
//! same values the other way round.

use crate::fusion::TOGETHER;

/// A table of inputs: one row a block (or page).
#[derive(Debug, Clone, Default)]
pub(crate) struct Inputs {
    pub width: usize,
    pub values: Vec<f32>,
}

impl Inputs {
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.width.max(1))
    }
}

/// The same, one column an input, so that what is alike in all blocks is found and weighed at once.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    rows: usize,
    /// Values a column: the rows, filled up to whole groups by what the column ends with.
    height: usize,
    values: Vec<f32>,
}

impl Columns {
    /// A table of so many rows, with room for `width` columns.
    pub fn new(rows: usize, width: usize) -> Self {
        let height = rows.next_multiple_of(TOGETHER);
        Self { rows, height, values: Vec::with_capacity(height * width) }
    }

    /// Adds a column of these values, of which there must be one a row.
    pub fn extend(&mut self, values: impl Iterator<Item = f32>) {
        let end = self.values.len() + self.height;
        self.values.extend(values);
        let last = self.values.last().copied().unwrap_or_default();
        self.values.resize(end, last);
    }

    /// Adds a column with a value for each row's number.
    pub fn add(&mut self, value: impl FnMut(usize) -> f32) {
        self.extend((0..self.rows).map(value));
    }

    /// Adds a column of one value.
    pub fn add_same(&mut self, value: f32) {
        self.values.resize(self.values.len() + self.height, value);
    }

    /// Adds all columns of another table of as many rows.
    pub fn extend_from(&mut self, other: &Self) {
        self.values.extend_from_slice(&other.values);
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns end to end, in groups.
    pub fn groups(&self) -> &[[f32; TOGETHER]] {
        self.values.as_chunks().0
    }

    /// The same table row by row.
    pub fn to_rows(&self) -> Inputs {
        let width = self.values.len().checked_div(self.height).unwrap_or(0);
        let row = |row: usize| self.values.iter().skip(row).step_by(self.height);
        Inputs { width, values: (0..self.rows).flat_map(row).copied().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_turn_into_rows() {
        let mut columns = Columns::new(2, 3);
        columns.add(|row| row as f32);
        columns.add_same(7.0);
        let mut more = Columns::new(2, 1);
        more.add(|row| 5.0 - row as f32);
        columns.extend_from(&more);
        let rows = columns.to_rows();
        assert_eq!(rows.rows().collect::<Vec<_>>(), [[0.0, 7.0, 5.0], [1.0, 7.0, 4.0]]);
        assert_eq!(Columns::new(0, 3).to_rows().values, [0.0; 0]);
    }
}

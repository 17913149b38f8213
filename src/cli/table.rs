//! Tables: aligned text for people.
//!
//! Comes in: rows of cells with styles. Goes out: lines in which columns stand below each other, the last one cut to
//! the width of the sheet.

use std::fmt::Display;

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What is written on.
#[derive(Debug, Clone, Copy)]
pub struct Sheet {
    /// Columns of a line; none if lines may have any length.
    pub width: Option<usize>,
    /// Whether styles show.
    pub is_coloured: bool,
}

/// One cell.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    style: Style,
    is_right: bool,
}

/// Rows of cells; a row without cells is a blank line.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
}

/// What stands between two columns.
const GAP: &str = "  ";
/// The last column is never cut to less than this.
const NARROWEST: usize = 12;

/// A cell with its text at the left.
pub fn left(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), style: Style::new(), is_right: false }
}

/// A cell with its text at the right, as for numbers.
pub fn right(text: impl Display) -> Cell {
    Cell { text: format!("{text}"), style: Style::new(), is_right: true }
}

impl Cell {
    /// The same cell in a style.
    #[must_use]
    pub fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }
}

impl Sheet {
    /// A sheet without colours and limits.
    pub const PLAIN: Self = Self { width: None, is_coloured: false };

    /// Writes `text` in a style.
    pub fn styled(&self, text: &str, style: Style, out: &mut String) {
        if self.is_coloured && style != Style::new() {
            out.extend([&style.render().to_string(), text, &style.render_reset().to_string()]);
        } else {
            out.push_str(text);
        }
    }
}

impl Table {
    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds a blank line.
    pub fn blank(&mut self) {
        self.rows.push(Vec::new());
    }

    /// Writes the rows.
    pub fn write(&self, sheet: Sheet, out: &mut String) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut widths = vec![0; columns];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.width());
            }
        }
        if let (Some((last, others)), Some(limit)) = (widths.split_last_mut(), sheet.width) {
            let before: usize = others.iter().map(|width| width + GAP.len()).sum();
            *last = (*last).min(limit.saturating_sub(before).max(NARROWEST));
        }
        for row in &self.rows {
            write_row(row, &widths, sheet, out);
        }
    }
}

fn write_row(row: &[Cell], widths: &[usize], sheet: Sheet, out: &mut String) {
    for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
        let text = if index + 1 == widths.len() { cut(&cell.text, *width) } else { cell.text.clone() };
        let padding = " ".repeat(width.saturating_sub(text.width()));
        if cell.is_right {
            out.push_str(&padding);
        }
        sheet.styled(&text, cell.style, out);
        // Nothing follows the last cell of a row, least of all white space.
        if index + 1 < row.len() {
            if !cell.is_right {
                out.push_str(&padding);
            }
            out.push_str(GAP);
        }
    }
    out.push('\n');
}

/// `text` in at most `width` columns, with "…" in place of what does not fit.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut taken = 0;
    for sign in text.chars() {
        taken += sign.width().unwrap_or(0);
        // One column is left for the "…".
        if taken >= width {
            break;
        }
        cut.push(sign);
    }
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// `text` on one line and safe for a terminal: white space becomes single spaces, and control characters, which could
/// command the terminal, become "\u{FFFD}". At most the first `longest` characters.
pub fn visible(text: &str, longest: usize) -> String {
    let mut line = String::new();
    for sign in text.chars().take(longest) {
        // Marks that reverse the direction of text could make a line show what it does not say.
        let is_reversing = matches!(sign, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        if sign.is_whitespace() {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
        } else if sign.is_control() || is_reversing {
            line.push('\u{FFFD}');
        } else {
            line.push(sign);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_the_last_is_cut() {
        let mut table = Table::default();
        table.row([left("news"), right(7), left("All of this is far too long")]);
        table.blank();
        table.row([left("日本"), right(123), left("short")]);
        let mut out = String::new();
        table.write(Sheet { width: Some(25), is_coloured: false }, &mut out);
        assert_eq!(out, "news    7  All of this i…\n\n日本  123  short\n");
    }

    #[test]
    fn wide_characters_are_cut_whole() {
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("ab cd", 4), "ab…");
    }

    #[test]
    fn terminals_are_safe() {
        assert_eq!(visible(" a\n\t b\x1B[31mc\u{202E} ", 99), "a b\u{FFFD}[31mc\u{FFFD}");
    }
}

//! Figures: how well labels were predicted.
//!
//! Comes in: a confusion matrix. Goes out: precision, recall and F1 a label, and the matrix, as aligned text or JSON.

use pagesieve::Labels;
use pagesieve::evaluate::Confusion;
use pagesieve::schema::ByLabel;
use serde::Serialize;

use super::table::{Sheet, Table, left, right};

/// Writes the figures of `confusion` as text.
pub fn write(confusion: &Confusion, labels: &Labels, out: &mut String) {
    let mut table = Table::default();
    table.row([left(""), right("precision"), right("recall"), right("F1"), right("rows")]);
    for label in labels.iter() {
        table.row([
            left(labels.name(label)),
            right(format!("{:.3}", confusion.precision(label))),
            right(format!("{:.3}", confusion.recall(label))),
            right(format!("{:.3}", confusion.f1(label))),
            right(confusion.support(label)),
        ]);
    }
    let macro_f1 = format!("{:.3}", confusion.macro_f1());
    table.row([left("macro"), right(""), right(""), right(macro_f1), right(confusion.total())]);
    table.write(Sheet::PLAIN, out);

    out.push_str("\nConfusion: true labels down, predicted ones across\n");
    let mut table = Table::default();
    table.row(std::iter::once(left("")).chain(labels.names().iter().map(right)));
    for truth in labels.iter() {
        let counts = labels.iter().map(|predicted| right(confusion.get(truth, predicted)));
        table.row(std::iter::once(left(labels.name(truth))).chain(counts));
    }
    table.write(Sheet::PLAIN, out);
}

/// The figures of a confusion matrix, as members of a JSON object.
#[derive(Serialize)]
pub struct Figures<'a> {
    labels: ByLabel<'a, LabelFigures>,
    macro_f1: f64,
    accuracy: f64,
    /// By true label, then by predicted one.
    confusion: ByLabel<'a, ByLabel<'a, u64>>,
}

/// The figures of one label.
#[derive(Serialize)]
struct LabelFigures {
    precision: f64,
    recall: f64,
    f1: f64,
    rows: u64,
}

impl<'a> Figures<'a> {
    /// The figures of `confusion`.
    pub fn new(confusion: &Confusion, labels: &'a Labels) -> Self {
        let figures = |label| LabelFigures {
            precision: rounded(confusion.precision(label)),
            recall: rounded(confusion.recall(label)),
            f1: rounded(confusion.f1(label)),
            rows: confusion.support(label),
        };
        let predictions = |truth| ByLabel::new(labels, |predicted| confusion.get(truth, predicted));
        Self {
            labels: ByLabel::new(labels, figures),
            macro_f1: rounded(confusion.macro_f1()),
            accuracy: rounded(confusion.accuracy()),
            confusion: ByLabel::new(labels, predictions),
        }
    }
}

fn rounded(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}

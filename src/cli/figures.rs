//! Figures: how well labels were predicted.
//!
//! Comes in: a confusion matrix. Goes out: precision, recall and F1 a label, and the matrix, as aligned text or JSON.

use pagesieve::Labels;
use pagesieve::evaluate::Confusion;
use serde::Serialize;
use serde_json::{Map, Value, json};

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

/// The figures of one label.
#[derive(Serialize)]
struct LabelFigures {
    precision: f64,
    recall: f64,
    f1: f64,
    rows: u64,
}

/// The figures of `confusion` as members of a JSON object.
pub fn json(confusion: &Confusion, labels: &Labels) -> Map<String, Value> {
    let by_label = |value: &dyn Fn(pagesieve::Label) -> Value| -> Map<String, Value> {
        labels.iter().map(|label| (labels.name(label).to_owned(), value(label))).collect()
    };
    let figures = by_label(&|label| {
        json!(LabelFigures {
            precision: rounded(confusion.precision(label)),
            recall: rounded(confusion.recall(label)),
            f1: rounded(confusion.f1(label)),
            rows: confusion.support(label),
        })
    });
    let matrix = by_label(&|truth| by_label(&|predicted| json!(confusion.get(truth, predicted))).into());
    let mut all = Map::new();
    all.insert("labels".into(), figures.into());
    all.insert("macro_f1".into(), json!(rounded(confusion.macro_f1())));
    all.insert("accuracy".into(), json!(rounded(confusion.accuracy())));
    all.insert("confusion".into(), matrix.into());
    all
}

fn rounded(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}

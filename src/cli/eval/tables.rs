//! Tables of results.
//!
//! Comes in: results, and older ones to compare them with. Goes out: a table a task, and lists of what moved and of
//! what model and labels disagree on.

use pagesieve::evaluate::{Disagreement, Figure, Measurement, Task};

use super::super::table::{Cell, Sheet, Table, left, right, visible};
use super::results::{OldResults, Results};

/// Characters of a text that are shown.
const SHOWN: usize = 160;

/// All results as text.
pub fn write(results: &Results, old: Option<&OldResults>, detail: bool) -> String {
    let mut out = String::new();
    for task in Task::ALL {
        let of_task: Vec<&Measurement> =
            results.measurements.iter().filter(|one| one.task == task.name()).collect();
        if !of_task.is_empty() {
            write_task(task, &of_task, &mut out);
        }
    }
    if let Some(old) = old {
        write_moves(&results.measurements, &old.measurements, detail, &mut out);
    }
    disagreements(&results.disagreements, &mut out);
    out
}

fn write_task(task: Task, measurements: &[&Measurement], out: &mut String) {
    let mut table = Table::default();
    let mut head = vec![left(task.name()), right("pages"), right("items")];
    for figure in task.figures() {
        head.push(right(figure.name));
        if figure.is_aim {
            head.push(right("95 %"));
        }
    }
    table.row(head);
    for one in measurements {
        let name = match (&one.facet, &one.group) {
            (Some(facet), Some(group)) => format!("    {facet} {group}"),
            _ => format!("  {}", one.set),
        };
        let mut row = vec![left(name), right(one.pages), right(one.items)];
        for figure in task.figures() {
            row.extend(cells(one.figure(figure.name), figure.is_aim));
        }
        table.row(row);
    }
    table.write(Sheet::PLAIN, out);
    out.push('\n');
}

/// A figure, and its interval if that is asked for.
fn cells(figure: Option<&Figure>, with_interval: bool) -> Vec<Cell> {
    let value = figure.map_or("-".to_owned(), |figure| format!("{:.4}", figure.value));
    let interval = figure.map_or(left(""), |figure| right(format!("{:.3}-{:.3}", figure.low, figure.high)));
    if with_interval { vec![right(value), interval] } else { vec![right(value)] }
}

fn write_moves(new: &[Measurement], old: &[Measurement], detail: bool, out: &mut String) {
    let is_aim = |task: &str, name: &str| {
        let task = Task::ALL.into_iter().find(|known| known.name() == task);
        let mut figures = task.map_or(&[][..], Task::figures).iter();
        figures.any(|figure| figure.name == name && figure.is_aim)
    };
    let mut table = Table::default();
    let mut moves = 0;
    for (new, old) in new.iter().filter_map(|new| Some((new, old.iter().find(|old| new.is_like(old))?))) {
        for (figure, before) in
            new.figures.iter().filter_map(|figure| Some((figure, old.figure(&figure.name)?)))
        {
            if figure.value == before.value || !(detail || is_aim(&new.task, &figure.name)) {
                continue;
            }
            moves += 1;
            let group = [&new.facet, &new.group].map(|part| part.as_deref().unwrap_or_default()).join(" ");
            table.row([
                left(&new.task),
                left(format!("{} {group}", new.set).trim_end()),
                left(&figure.name),
                right(format!("{:.4}", before.value)),
                right(format!("{:.4}", figure.value)),
                right(format!("{:+.4}", figure.value - before.value)),
                left(if figure.differs_from(before) { "*" } else { "" }),
            ]);
        }
    }
    if moves == 0 {
        out.push_str("Nothing moved.\n\n");
        return;
    }
    out.push_str("Moved: before, now, change; * if each value is outside of the other's interval\n");
    table.write(Sheet::PLAIN, out);
    out.push('\n');
}

/// Lists of pages and blocks whose labels the model contradicts; nothing if there are none.
pub fn disagreements(all: &[Disagreement], out: &mut String) {
    for (title, is_block) in [("Pages", false), ("Blocks", true)] {
        let mut table = Table::default();
        let of_kind: Vec<&Disagreement> = all.iter().filter(|one| one.block.is_some() == is_block).collect();
        for one in &of_kind {
            table.row([
                left(visible(&one.page, SHOWN)),
                right(one.block.map_or(String::new(), |block| block.to_string())),
                left(format!("{} -> {}", one.label, one.predicted)),
                right(format!("{:.3}", one.probability)),
                left(visible(&one.text, SHOWN)),
            ]);
        }
        if !of_kind.is_empty() {
            out.extend([title, " whose label the model contradicts: label -> prediction, probability\n"]);
            table.write(Sheet::PLAIN, out);
            out.push('\n');
        }
    }
}

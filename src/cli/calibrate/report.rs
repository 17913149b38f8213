//! The report: what calibration changed, as text, HTML or SVG.
//!
//! Comes in: reliabilities before and after, and verdicts under the old policy and the new. Goes out: tables, a reliability
//! diagram and a precision-recall curve.

use std::fmt::Write;
use std::path::Path;

use pagesieve::calibrate::{
    Observation, Verdicts, held_out_reliability, precision_and_recall, reliability, verdicts,
};
use pagesieve::evaluate::Reliability;
use pagesieve::{Label, Labels, Policy, Verdict};

use super::super::failure::{Failure, Result};
use super::super::table::{Sheet, Table, left, right};
use super::chart::{Chart, Series, escaped};

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A page with charts and tables.
    Html,
    /// The charts alone.
    Svg,
}

/// How reliable probabilities are, of blocks and of pages.
pub struct Told {
    /// As the model tells them without calibration.
    pub before: [Reliability; 2],
    /// As calibrated; none if nothing was fitted.
    pub after: Option<[Reliability; 2]>,
    /// How many pages were observed.
    pub pages: usize,
}

/// What policies do with pages.
pub struct Gated {
    policy: Policy,
    wanted: Label,
    old: Verdicts,
    new: Verdicts,
    /// Recall and precision for every threshold.
    curve: Vec<(f64, f64)>,
}

/// All that is told.
pub struct Report<'a> {
    /// Of probabilities.
    pub told: Told,
    /// Of thresholds; none without a wanted label.
    pub gated: Option<Gated>,
    /// Whether thresholds were chosen, and not only drawn.
    pub has_goal: bool,
    /// The model's labels.
    pub labels: &'a Labels,
}

/// What the two kinds of probabilities are called.
const KINDS: [&str; 2] = ["blocks", "pages"];

impl Told {
    /// How reliable the probabilities of uncalibrated pages are, and, if calibration was fitted, how reliable they are
    /// after it on sites it was not fitted to.
    pub fn new(observations: &[Observation], labels: &Labels, is_fitted: bool) -> Self {
        Self {
            before: reliability(observations, None),
            after: is_fitted.then(|| held_out_reliability(observations, labels.len())),
            pages: observations.len(),
        }
    }
}

/// The format that the name of a report asks for.
pub fn format_of(path: &Path) -> Result<Format> {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match extension.as_str() {
        "html" | "htm" => Ok(Format::Html),
        "svg" => Ok(Format::Svg),
        _ => Err(Failure::usage(format!("{}: a report is named .html or .svg", path.display()))),
    }
}

impl Gated {
    /// What becomes of the observed pages.
    pub fn new(observations: &[Observation], labels: &Labels, old: &Policy, new: &Policy) -> Result<Self> {
        let wanted = new.wanted(labels)?;
        Ok(Self {
            wanted,
            old: verdicts(observations, labels, old)?,
            new: verdicts(observations, labels, new)?,
            curve: precision_and_recall(observations, wanted),
            policy: new.clone(),
        })
    }

    fn is_useful(&self) -> bool {
        self.new.of_label(self.wanted) > 0
    }

    /// The share of pages of a label that are not kept, with its 95 % interval (Wilson 1927).
    fn lost(&self, label: Label) -> String {
        let (all, lost) =
            (self.new.of_label(label), self.new.of_label(label) - self.new.get(label, Verdict::Keep));
        let (low, high) = wilson(lost, all);
        format!("{lost} of {all}; 95 %: {:.1}-{:.1} %", 100.0 * low, 100.0 * high)
    }

    /// What the thresholds cost, in one sentence.
    fn sentence(&self, labels: &Labels) -> String {
        let share = |label: Label| {
            let all = self.new.of_label(label);
            100.0 * (all - self.new.get(label, Verdict::Keep)) as f64 / all.max(1) as f64
        };
        let others = labels.iter().filter(|label| *label != self.wanted && self.new.of_label(*label) > 0);
        let others: Vec<String> = others
            .map(|label| {
                let name = labels.name(label);
                format!("{:.1} % of {name} pages dropped ({})", share(label), self.lost(label))
            })
            .collect();
        let wanted = labels.name(self.wanted);
        let lost = format!("{:.1} % of {wanted} pages lost ({})", share(self.wanted), self.lost(self.wanted));
        if others.is_empty() { lost } else { format!("{lost} = {}", others.join(", ")) }
    }

    fn table(&self, labels: &Labels) -> Table {
        let mut table = Table::default();
        table.row(
            ["", "kept", "unsure", "dropped", "kept before"]
                .map(|head| if head.is_empty() { left(head) } else { right(head) }),
        );
        for label in labels.iter().filter(|label| self.new.of_label(*label) > 0) {
            let count = |verdict| right(self.new.get(label, verdict));
            let name = left(format!("  {}", labels.name(label)));
            let before = right(self.old.get(label, Verdict::Keep));
            table.row([name, count(Verdict::Keep), count(Verdict::Unsure), count(Verdict::Drop), before]);
        }
        table
    }

    fn thresholds(&self) -> String {
        let Policy { min_words, min_share, max_listicle, min_confidence, drop_below, .. } = &self.policy;
        let drop_below = drop_below.map_or(String::new(), |below| format!(", drop-below {below}"));
        format!(
            "min-words {min_words}, min-share {min_share}, max-listicle {max_listicle}, min-confidence \
             {min_confidence}{drop_below}"
        )
    }
}

/// The interval that a share of `all` that `some` were found to be lies in.
fn wilson(some: u64, all: u64) -> (f64, f64) {
    if all == 0 {
        return (0.0, 1.0);
    }
    let z = 1.96;
    let (count, share) = (all as f64, some as f64 / all as f64);
    let centre = share + z * z / (2.0 * count);
    let spread = z * (share * (1.0 - share) / count + z * z / (4.0 * count * count)).sqrt();
    let scale = 1.0 + z * z / count;
    (((centre - spread) / scale).max(0.0), ((centre + spread) / scale).min(1.0))
}

impl Report<'_> {
    /// The report for a terminal.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "Probabilities of {} pages: expected calibration error", self.told.pages);
        self.errors().write(Sheet::PLAIN, &mut out);
        if let Some(gated) = self.gated.as_ref().filter(|gated| self.has_goal && gated.is_useful()) {
            let _ = writeln!(out, "\nGate for {}: {}", gated.policy.wanted, gated.thresholds());
            gated.table(self.labels).write(Sheet::PLAIN, &mut out);
            let _ = writeln!(out, "{}", gated.sentence(self.labels));
        }
        out.push('\n');
        out
    }

    fn errors(&self) -> Table {
        let mut table = Table::default();
        let mut head = vec![left(""), right("items"), right("before")];
        if self.told.after.is_some() {
            head.push(right("after, on sites held out"));
        }
        table.row(head);
        for (kind, name) in KINDS.iter().enumerate() {
            let before = &self.told.before[kind];
            let mut row = vec![left(format!("  {name}")), right(before.total() as u64), error(before)];
            row.extend(self.told.after.as_ref().map(|after| error(&after[kind])));
            table.row(row);
        }
        table
    }

    /// The report for a file.
    pub fn write(&self, format: Format) -> String {
        let charts = self.charts();
        match format {
            Format::Svg => super::chart::side_by_side(&charts),
            Format::Html => {
                let charts: String = charts.iter().map(Chart::to_svg).collect();
                let title = "Calibration of a pagesieve model";
                let text = escaped(&self.text());
                format!(
                    "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\n\
                     <style>body{{font:16px/1.5 sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}}\
                     pre{{overflow-x:auto}}svg{{max-width:100%;height:auto}}</style></head>\n\
                     <body>\n<h1>{title}</h1>\n<pre>{text}</pre>\n{charts}</body>\n</html>\n"
                )
            }
        }
    }

    fn charts(&self) -> Vec<Chart> {
        let mut charts = Vec::new();
        for (kind, name) in KINDS.iter().enumerate().filter(|(kind, _)| self.told.before[*kind].total() > 0.0)
        {
            let points = |reliability: &Reliability| {
                let bins = reliability.bins().iter().filter(|bin| bin.count > 0.0);
                bins.map(|bin| (bin.probability / bin.count, bin.right / bin.count)).collect::<Vec<_>>()
            };
            let mut chart =
                Chart::new(&format!("Reliability of {name}"), "probability", "share that is right");
            chart.diagonal();
            chart.add(Series::line("before", points(&self.told.before[kind])));
            if let Some(after) = &self.told.after {
                chart.add(Series::line("after", points(&after[kind])));
            }
            charts.push(chart);
        }
        if let Some(gated) = self.gated.as_ref().filter(|gated| gated.is_useful()) {
            let wanted = self.labels.name(gated.wanted);
            let mut chart = Chart::new(&format!("Keeping {wanted} pages"), "recall", "precision");
            chart.add(Series::line("by probability alone", gated.curve.clone()));
            let kept = gated.new.get(gated.wanted, Verdict::Keep) as f64;
            let point = (
                kept / gated.new.of_label(gated.wanted) as f64,
                kept / gated.new.of_verdict(Verdict::Keep).max(1) as f64,
            );
            chart.add(Series::point("the policy", point));
            charts.push(chart);
        }
        charts
    }
}

fn error(reliability: &Reliability) -> super::super::table::Cell {
    right(if reliability.total() > 0.0 { format!("{:.4}", reliability.error()) } else { "-".into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_of_shares() {
        let (low, high) = wilson(5, 100);
        assert!((low - 0.0215).abs() < 1e-3 && (high - 0.1118).abs() < 1e-3, "{low} {high}");
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        assert_eq!(wilson(0, 50).0, 0.0);
    }

    #[test]
    fn reports_are_named_by_what_they_are() {
        assert_eq!(format_of("a/b.HTML".as_ref()).unwrap(), Format::Html);
        assert_eq!(format_of("b.svg".as_ref()).unwrap(), Format::Svg);
        assert!(format_of("b.pdf".as_ref()).is_err());
    }
}

//! Measurements: the figures of sets of pages, with how sure they are.
//!
//! Comes in: sets of page scores. Goes out: [`Measurement`]s, to be printed, kept and compared.

use serde::{Deserialize, Serialize};

use super::bootstrap::{draws, interval};
use super::facets::Facet;
use super::page::PageScore;
use super::task::Task;

/// The scores of the pages of one corpus file.
#[derive(Debug, Clone)]
pub struct PageSet {
    /// The name of the set.
    pub name: String,
    /// Its pages.
    pub pages: Vec<PageScore>,
}

/// The figures of one task on one set of pages, or on a group of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The name of the task.
    pub task: String,
    /// The name of the set; `mean` for the mean over the sets of a task, `all` for all pages of all sets.
    pub set: String,
    /// By what the set is divided, if this is a part of it: `source`, `language`, `length` or `era`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub facet: Option<String>,
    /// Which part of the set this is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<String>,
    /// How many pages the figures are over.
    pub pages: usize,
    /// How many lines, blocks or pages the figures are over.
    pub items: u64,
    /// The figures, the main one first.
    pub figures: Vec<Figure>,
}

/// A figure with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is called.
    pub name: String,
    /// Its value over all pages.
    pub value: f64,
    /// The lower end of the interval that holds 95 % of bootstrap values.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The mean over the sets of a task.
const MEAN: &str = "mean";
/// All pages of all sets.
const ALL: &str = "all";

/// Measures every task that the sets have pages for; with `detail` also every group of pages that a facet makes.
pub fn measure(sets: &[PageSet], detail: bool) -> Vec<Measurement> {
    let mut found = Vec::new();
    for task in Task::ALL {
        let mut estimates = Vec::new();
        for set in sets {
            let pages = task.relevant(&set.pages);
            if pages.is_empty() {
                continue;
            }
            let estimate = Estimate::of(task, &pages);
            found.push(estimate.measurement(task, &set.name, task.items(&pages)));
            if detail {
                found.extend(groups(task, &set.name, &pages));
            }
            estimates.push(estimate);
        }
        if estimates.len() < 2 {
            continue;
        }
        match task {
            Task::Articles => {
                let items = estimates.iter().map(|estimate| estimate.pages as u64).sum();
                found.push(Estimate::mean(&estimates).measurement(task, MEAN, items));
            }
            Task::Calibration | Task::Empty => {
                let pages: Vec<_> = sets.iter().flat_map(|set| task.relevant(&set.pages)).collect();
                found.push(Estimate::of(task, &pages).measurement(task, ALL, task.items(&pages)));
            }
            _ => {}
        }
    }
    found
}

/// The figures of every part that a facet divides pages into; a facet that divides nothing is left out.
fn groups(task: Task, set: &str, pages: &[&PageScore]) -> Vec<Measurement> {
    let mut found = Vec::new();
    for facet in Facet::ALL {
        let mut values: Vec<&str> = pages.iter().map(|page| page.facets.get(facet)).collect();
        values.sort_unstable();
        values.dedup();
        if values.len() < 2 {
            continue;
        }
        for value in values {
            let part: Vec<&PageScore> =
                pages.iter().copied().filter(|page| page.facets.get(facet) == value).collect();
            let whole = Estimate::of(task, &part).measurement(task, set, task.items(&part));
            let group = if value.is_empty() { "unknown" } else { value };
            found.push(Measurement { facet: Some(facet.name().into()), group: Some(group.into()), ..whole });
        }
    }
    found
}

/// Figures with their values over bootstrap draws.
struct Estimate {
    pages: usize,
    values: Vec<Option<f64>>,
    /// For each draw the figures.
    draws: Vec<Vec<Option<f64>>>,
}

impl Estimate {
    fn of(task: Task, pages: &[&PageScore]) -> Self {
        let measure = task.measure(pages);
        Self {
            pages: pages.len(),
            values: measure(&vec![1.0; pages.len()]),
            draws: draws(pages.len()).map(|times| measure(&times)).collect(),
        }
    }

    /// The mean of each figure over sets that are drawn from independently.
    fn mean(sets: &[Self]) -> Self {
        let mean_of = |rows: Vec<&Vec<Option<f64>>>| -> Vec<Option<f64>> {
            let figures = 0..rows[0].len();
            let mean = |figure: usize| {
                let values: Option<Vec<f64>> = rows.iter().map(|row| row[figure]).collect();
                values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
            };
            figures.map(mean).collect()
        };
        let draws = 0..sets.iter().map(|set| set.draws.len()).min().unwrap_or(0);
        Self {
            pages: sets.iter().map(|set| set.pages).sum(),
            values: mean_of(sets.iter().map(|set| &set.values).collect()),
            draws: draws.map(|draw| mean_of(sets.iter().map(|set| &set.draws[draw]).collect())).collect(),
        }
    }

    fn measurement(&self, task: Task, set: &str, items: u64) -> Measurement {
        let figures = task.figures().iter().enumerate().filter_map(|(index, figure)| {
            let value = self.values[index]?;
            let interval = interval(self.draws.iter().filter_map(|draw| draw[index]).collect());
            let interval = interval.unwrap_or(value..value);
            let [value, low, high] = [value, interval.start, interval.end].map(rounded);
            Some(Figure { name: figure.name.into(), value, low, high })
        });
        Measurement {
            task: task.name().into(),
            set: set.into(),
            facet: None,
            group: None,
            pages: self.pages,
            items,
            figures: figures.collect(),
        }
    }
}

/// Four decimals: more would be noise.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

impl Measurement {
    /// Whether `other` is the same task on the same pages, perhaps by another model.
    pub fn is_like(&self, other: &Self) -> bool {
        let key = |one: &Self| (one.task.clone(), one.set.clone(), one.facet.clone(), one.group.clone());
        key(self) == key(other)
    }

    /// The figure called `name`.
    pub fn figure(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }
}

impl Figure {
    /// Whether each value is outside of the other's interval, so that chance does not explain the difference.
    pub fn differs_from(&self, other: &Self) -> bool {
        let is_in = |value: f64, figure: &Self| (figure.low..=figure.high).contains(&value);
        !is_in(self.value, other) && !is_in(other.value, self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::facets::Facets;
    use super::super::overlap::Overlap;
    use super::super::page::Outcome;
    use super::super::reliability::Reliability;
    use super::*;
    use crate::corpus::Record;

    fn page(language: &str, found: &str) -> PageScore {
        let json = format!(r#"{{"id":"a","lang":"{language}","text":"x","label":"news"}}"#);
        let record = Record::parse(json.as_bytes()).unwrap();
        PageScore {
            outcome: Outcome::Text(Overlap::of("a b c d", found)),
            blocks: Reliability::default(),
            page: Some((0.9, found.len() > 3)),
            is_empty: Some(found.is_empty()),
            facets: Facets::of(&record, 10),
        }
    }

    fn set(name: &str, languages: [&str; 2]) -> PageSet {
        let pages =
            vec![page(languages[0], "a b c d"), page(languages[1], ""), page(languages[0], "a b c d")];
        PageSet { name: name.into(), pages }
    }

    fn find<'m>(all: &'m [Measurement], task: &str, set: &str) -> &'m Measurement {
        all.iter()
            .find(|one| (one.task.as_str(), one.set.as_str()) == (task, set) && one.facet.is_none())
            .unwrap()
    }

    #[test]
    fn sets_are_measured_one_by_one_and_together() {
        let sets = [set("one", ["en", "en"]), set("two", ["en", "de"]), set("three", ["ru", "en"])];
        let found = measure(&sets, false);
        // Nothing was found of one page of three: recall is 2/3, precision over the others 1.
        let figures = &find(&found, "article-text", "one").figures;
        assert_eq!((figures[0].value, figures[1].value, figures[2].value), (0.8, 1.0, 0.6667));
        assert!(figures[0].low < 0.8 && figures[0].high == 1.0, "{figures:?}");
        assert_eq!(find(&found, "article-text", "mean").pages, 6);
        assert_eq!(find(&found, "other-languages", "three").pages, 3);
        assert_eq!(find(&found, "empty-output", "all").figures[0].value, 0.3333);
        // Said 0.9, true for two of three.
        assert_eq!(find(&found, "calibration", "all").figure("document_ece").unwrap().value, 0.2333);
        assert!(find(&found, "calibration", "all").figure("block_ece").is_none());
        assert!(found.iter().all(|one| one.group.is_none()));
    }

    #[test]
    fn details_divide_sets() {
        let found = measure(&[set("two", ["en", "de"])], true);
        let german =
            found.iter().find(|one| one.group.as_deref() == Some("de") && one.task == "article-text");
        assert_eq!((german.unwrap().pages, german.unwrap().figures[0].value), (1, 0.0));
        // All pages are of one length.
        assert!(found.iter().all(|one| one.facet.as_deref() != Some("length")));
    }

    #[test]
    fn differences_within_intervals_are_none() {
        let figure = |value: f64| Figure { name: "f1".into(), value, low: value - 0.02, high: value + 0.02 };
        assert!(!figure(0.9).differs_from(&figure(0.91)));
        assert!(figure(0.9).differs_from(&figure(0.93)));
    }
}

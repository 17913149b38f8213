//! Tasks: what is measured of a set of pages, and by which figures.
//!
//! Comes in: the scores of pages. Goes out: for each figure a value over all of them, or over a draw of them in which
//! pages count several times or not at all.

use super::facets::Facet;
use super::page::{Outcome, PageScore};
use super::ranking::{Accuracy, Ranking};
use super::reliability::Reliability;
use super::tally::Tally;

/// What is measured of a set of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// Main text of pages in English.
    Articles,
    /// Main text of pages in other languages.
    Languages,
    /// Wanted and unwanted strings.
    Strings,
    /// Labels of the lines of plain text.
    Lines,
    /// Labels of the blocks of pages with markup.
    Blocks,
    /// Headlines, listicle against news.
    Headlines,
    /// Whole plain-text pages, listicle against news.
    Documents,
    /// Whether probabilities are what they say they are.
    Calibration,
    /// Pages with prose of which nothing was found.
    Empty,
}

/// A figure of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FigureName {
    /// What it is called.
    pub name: &'static str,
    /// Whether it is what the task is about; the others explain it.
    pub is_aim: bool,
}

const fn aim(name: &'static str) -> FigureName {
    FigureName { name, is_aim: true }
}

const fn detail(name: &'static str) -> FigureName {
    FigureName { name, is_aim: false }
}

const TEXT_FIGURES: &[FigureName] = &[aim("f1"), detail("precision"), detail("recall")];
const STRING_FIGURES: &[FigureName] = &[aim("f1"), detail("precision"), detail("recall"), detail("accuracy")];
const LABEL_FIGURES: &[FigureName] = &[
    aim("macro_f1"),
    detail("f1_news"),
    detail("f1_listicle"),
    detail("f1_boilerplate"),
    detail("accuracy"),
];
const KIND_FIGURES: &[FigureName] = &[aim("f1"), aim("auc"), detail("precision"), detail("recall")];
const CALIBRATION_FIGURES: &[FigureName] = &[aim("block_ece"), aim("document_ece")];
const EMPTY_FIGURES: &[FigureName] = &[aim("empty_share")];

impl Task {
    /// All tasks in the order they are reported.
    pub const ALL: [Self; 9] = [
        Self::Articles,
        Self::Languages,
        Self::Strings,
        Self::Lines,
        Self::Blocks,
        Self::Headlines,
        Self::Documents,
        Self::Calibration,
        Self::Empty,
    ];

    /// The task's name, as in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Articles => "article-text",
            Self::Languages => "other-languages",
            Self::Strings => "strings",
            Self::Lines => "lines",
            Self::Blocks => "blocks",
            Self::Headlines => "headlines",
            Self::Documents => "documents",
            Self::Calibration => "calibration",
            Self::Empty => "empty-output",
        }
    }

    /// The figures it is measured by, the main one first.
    pub fn figures(self) -> &'static [FigureName] {
        match self {
            Self::Articles | Self::Languages => TEXT_FIGURES,
            Self::Strings => STRING_FIGURES,
            Self::Lines | Self::Blocks => LABEL_FIGURES,
            Self::Headlines | Self::Documents => KIND_FIGURES,
            Self::Calibration => CALIBRATION_FIGURES,
            Self::Empty => EMPTY_FIGURES,
        }
    }

    /// The pages of a set that say something to this task. A set is of other languages if most of its pages are not in
    /// English.
    pub(super) fn relevant(self, set: &[PageScore]) -> Vec<&PageScore> {
        let is_foreign = || {
            let foreign = |page: &&PageScore| !matches!(page.facets.get(Facet::Language), "en" | "");
            set.iter().filter(foreign).count() * 2 > set.len()
        };
        if matches!(self, Self::Articles | Self::Languages) && is_foreign() != (self == Self::Languages) {
            return Vec::new();
        }
        let is_relevant = |page: &&PageScore| match (self, &page.outcome) {
            (Self::Articles | Self::Languages, Outcome::Text(_))
            | (Self::Strings, Outcome::Strings(_))
            | (Self::Lines, Outcome::Lines(_))
            | (Self::Blocks, Outcome::Blocks(_))
            | (Self::Headlines, Outcome::Headline(_))
            | (Self::Documents, Outcome::Document(_)) => true,
            (Self::Calibration, _) => page.page.is_some() || page.blocks.total() > 0.0,
            (Self::Empty, _) => page.is_empty.is_some(),
            _ => false,
        };
        set.iter().filter(is_relevant).collect()
    }

    /// How many lines, blocks or pages the figures are over.
    pub(super) fn items(self, pages: &[&PageScore]) -> u64 {
        let items = |page: &&PageScore| match &page.outcome {
            _ if self == Self::Calibration => page.blocks.total() as u64,
            Outcome::Lines(tally) | Outcome::Blocks(tally) if self != Self::Empty => tally.total() as u64,
            _ => 1,
        };
        pages.iter().map(items).sum()
    }

    /// A function that computes the figures, in their order, from how often each of `pages` counts. A figure is none
    /// where there is nothing to compute it from.
    pub(super) fn measure<'p>(self, pages: &'p [&'p PageScore]) -> Box<Measure<'p>> {
        match self {
            Self::Articles | Self::Languages => Box::new(|times| texts(pages, times)),
            Self::Strings => Box::new(|times| strings(pages, times)),
            Self::Lines | Self::Blocks => Box::new(|times| labels(pages, times)),
            Self::Headlines | Self::Documents => {
                let margins = pages.iter().filter_map(|page| match &page.outcome {
                    Outcome::Headline(margin) | Outcome::Document(margin) => {
                        Some((margin.logarithm, margin.is_listicle))
                    }
                    _ => None,
                });
                let ranking = Ranking::new(margins);
                Box::new(move |times| kinds(&ranking, times))
            }
            Self::Calibration => Box::new(|times| calibration(pages, times)),
            Self::Empty => Box::new(|times| empty(pages, times)),
        }
    }
}

/// Computes the figures of a task from how often each page counts.
pub(super) type Measure<'p> = dyn Fn(&[f64]) -> Vec<Option<f64>> + 'p;

/// The mean of those values that are there, each counted so often; 0 if there is none.
fn mean(values: impl Iterator<Item = (Option<f64>, f64)>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (value, times) in values.filter_map(|(value, times)| Some((value?, times))) {
        sum += times * value;
        count += times;
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

fn texts(pages: &[&PageScore], times: &[f64]) -> Vec<Option<f64>> {
    let overlaps = || {
        pages.iter().zip(times).filter_map(|(page, times)| match page.outcome {
            Outcome::Text(overlap) => Some((overlap, *times)),
            _ => None,
        })
    };
    let precision = mean(overlaps().map(|(overlap, times)| (overlap.precision(), times)));
    let recall = mean(overlaps().map(|(overlap, times)| (overlap.recall(), times)));
    vec![Some(Accuracy { precision, recall }.f1()), Some(precision), Some(recall)]
}

fn strings(pages: &[&PageScore], times: &[f64]) -> Vec<Option<f64>> {
    let (mut right, mut wrong, mut missed, mut left_out) = (0.0, 0.0, 0.0, 0.0);
    for (page, times) in pages.iter().zip(times) {
        if let Outcome::Strings(found) = page.outcome {
            right += times * found.wanted_found as f64;
            missed += times * found.wanted_missed as f64;
            wrong += times * found.unwanted_found as f64;
            left_out += times * found.unwanted_missed as f64;
        }
    }
    let accuracy = Accuracy::of(right, wrong, missed);
    let all = right + wrong + missed + left_out;
    let share = if all > 0.0 { (right + left_out) / all } else { 0.0 };
    vec![Some(accuracy.f1()), Some(accuracy.precision), Some(accuracy.recall), Some(share)]
}

fn labels(pages: &[&PageScore], times: &[f64]) -> Vec<Option<f64>> {
    let mut sum = Tally::default();
    for (page, times) in pages.iter().zip(times) {
        if let Outcome::Lines(tally) | Outcome::Blocks(tally) = &page.outcome {
            sum.add(tally, *times);
        }
    }
    let [news, listicle, boilerplate] = sum.f1();
    vec![Some(sum.macro_f1()), Some(news), Some(listicle), Some(boilerplate), Some(sum.accuracy())]
}

fn kinds(ranking: &Ranking, times: &[f64]) -> Vec<Option<f64>> {
    let accuracy = ranking.accuracy(|index| times[index]);
    let area = ranking.area(|index| times[index]);
    vec![Some(accuracy.f1()), area, Some(accuracy.precision), Some(accuracy.recall)]
}

fn calibration(pages: &[&PageScore], times: &[f64]) -> Vec<Option<f64>> {
    let (mut of_blocks, mut of_pages) = (Reliability::default(), Reliability::default());
    for (page, times) in pages.iter().zip(times) {
        of_blocks.add(&page.blocks, *times);
        if let Some((probability, is_right)) = page.page {
            let mut one = Reliability::default();
            one.count(probability, is_right);
            of_pages.add(&one, *times);
        }
    }
    [of_blocks, of_pages].map(|all| (all.total() > 0.0).then(|| all.error())).to_vec()
}

fn empty(pages: &[&PageScore], times: &[f64]) -> Vec<Option<f64>> {
    let share = pages
        .iter()
        .zip(times)
        .map(|(page, times)| (page.is_empty.map(|is_empty| f64::from(u8::from(is_empty))), *times));
    vec![Some(mean(share))]
}

//! Training from the repository's own rows alone, and those rows themselves.
//!
//! With `PAGESIEVE_CORPUS` naming the folder of the larger corpus, one of its files is read as well.

#![allow(clippy::print_stderr)] // says which test was skipped

mod support;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use pagesieve::corpus::LineLabels;
use pagesieve::labelled::LabelNames;
use pagesieve::train::{Options, Report, Trainer};
use pagesieve::{Classifier, Model, corpus, input};

/// The least macro F1 on pages held out of training.
const FLOOR: f64 = 0.70;

/// The least number of rows and pages in `training-data`.
const FEWEST: (usize, usize) = (2_500, 150);

/// A row longer than this, in bytes, stands on one page only.
const LONG_ROW: usize = 80;

fn train() -> (Model, Report) {
    let mut trainer = Trainer::new(Options::default());
    for page in support::training_pages(trainer.names()) {
        trainer.add(&page);
    }
    trainer.finish().expect("the rows are trained on")
}

#[test]
fn training_data_alone_makes_a_useful_model() {
    let (model, report) = train();
    let confusion = report.confusion.expect("pages were held out");
    assert!(confusion.macro_f1() >= FLOOR, "macro F1 {:.3} < {FLOOR}: {confusion:?}", confusion.macro_f1());
    assert_eq!(model.labels().names(), ["news", "listicle", "boilerplate"]);
    assert!(report.blocks.iter().sum::<u64>() >= FEWEST.0 as u64);

    let page = input::html::read(
        "<nav><a href=/>Home</a></nav><main><h1>Council votes to close the old bridge</h1><p>The town council \
         voted on Monday to close the bridge, the mayor said, after engineers found cracks in two pillars.</p></main>",
    );
    let analysis = Classifier::new(&model).classify(&page);
    let found: Vec<&str> = analysis.blocks.iter().map(|block| model.labels().name(block.label)).collect();
    assert_eq!((found[0], found[2]), ("boilerplate", "news"));

    let (again, second) = train();
    assert!(again.to_bytes() == model.to_bytes(), "the same rows made another model");
    assert_eq!(second.confusion, Some(confusion));
}

#[test]
fn training_data_is_as_promised() {
    let mut names = LabelNames::default();
    let pages = support::training_pages(&mut names);
    let rows: usize = pages.iter().map(|page| page.document.len()).sum();
    assert!(rows >= FEWEST.0, "{rows} rows");
    assert!(pages.len() >= FEWEST.1, "{} pages", pages.len());

    let mut labels = names.names().to_vec();
    labels.sort();
    assert_eq!(labels, ["boilerplate", "listicle", "news"]);

    let mut seen = HashSet::new();
    let mut long_rows: HashMap<&str, &str> = HashMap::new();
    let mut repeated = Vec::new();
    for page in &pages {
        assert!(
            !page.name.is_empty(),
            "a row of training-data has no page: {:?}",
            page.document.block(0).text()
        );
        assert!(seen.insert(&page.name), "the rows of page {} do not follow each other", page.name);
        assert!(page.labels.iter().all(|labels| labels.single().is_some()), "{}: several labels", page.name);
        for block in page.document.blocks().filter(|block| block.text().len() > LONG_ROW) {
            let first = long_rows.entry(block.text()).or_insert(&page.name);
            if *first != page.name {
                repeated.push(format!("{first} and {}: {}", page.name, block.text()));
            }
        }
    }
    assert!(repeated.is_empty(), "long rows that stand on two pages:\n{}", repeated.join("\n"));
}

#[test]
fn the_corpus_is_read_where_it_is() {
    let Some(folder) = std::env::var_os("PAGESIEVE_CORPUS") else {
        eprintln!("skipped: PAGESIEVE_CORPUS is not set");
        return;
    };
    let files =
        corpus::files(Path::new(&folder), corpus::TRAINING_FILES).expect("the corpus has training files");
    let smallest = files.iter().min_by_key(|file| file.metadata().map_or(u64::MAX, |data| data.len()));
    let file = smallest.expect("there is a file");
    let mut names = LabelNames::default();
    let mut counts: HashMap<usize, usize> = HashMap::new();
    corpus::read_file(file, &LineLabels::default(), &mut names, |page| {
        assert_eq!(page.labels.len(), page.document.len(), "{}", page.name);
        for label in page.labels.iter().filter_map(|labels| labels.single()) {
            *counts.entry(label.index()).or_default() += 1;
        }
    })
    .unwrap_or_else(|error| panic!("{error}"));
    assert!(counts.values().sum::<usize>() > 0, "{}: no block has a label of its own", file.display());
}

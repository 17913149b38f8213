//! What the documents show is what the program does.
//!
//! Comes in: README.md and the model card. Goes out: a failure if output or figures in them are not today's.

#![allow(clippy::unwrap_used)] // in helpers of tests as in tests

use std::fs;
use std::process::Command;

use pagesieve::Model;

fn printed(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pagesieve"));
    let output = command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

fn document(name: &str) -> String {
    fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn the_readme_shows_true_output() {
    let readme = document("README.md");
    let page = "examples/harbour.txt";
    for arguments in [&["classify", page][..], &["gate", page, "--max-listicle", "0.1"]] {
        let printed = printed(arguments);
        assert!(readme.contains(printed.trim_end()), "README.md does not show what this prints:\n{printed}");
    }
    let news = printed(&["extract", page]);
    let first = news.lines().next().unwrap();
    assert!(readme.contains(first), "README.md does not show {first:?}");
}

#[test]
fn the_model_card_is_of_this_model() {
    let model = Model::default_model().unwrap();
    let card = document("models/README.md");
    let thousands = |number: u64| {
        let digits = number.to_string();
        let groups: Vec<&str> =
            digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap()).collect();
        groups.join(",")
    };
    let blocks = model.card().blocks.iter().copied();
    let figures = [model.hash(), thousands(model.to_bytes().len() as u64), thousands(model.card().pages)];
    for figure in figures.into_iter().chain(blocks.map(thousands)) {
        assert!(card.contains(&figure), "models/README.md does not say {figure}");
    }
}

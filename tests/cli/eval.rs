use std::path::Path;

use serde_json::Value;

use crate::helpers::{Folder, Run};

/// The folder of the corpus made for these tests.
pub fn tiny_corpus() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny-corpus").to_string_lossy().into_owned()
}

fn eval(folder: &Folder, arguments: &[&str]) -> Run {
    let corpus = tiny_corpus();
    folder.run(&[&["eval", "--corpus", &corpus], arguments].concat())
}

/// `text` with every number between 0 and 1 replaced, so that tests outlive the model.
fn masked(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let is_decimal = |at: usize| signs.get(at).is_some_and(char::is_ascii_digit);
    let mut masked = String::new();
    for (at, sign) in signs.iter().enumerate() {
        let is_whole = is_decimal(at) && signs.get(at + 1) == Some(&'.') && is_decimal(at + 2);
        let fraction = signs[..at].iter().rev().take_while(|sign| sign.is_ascii_digit()).count();
        let is_fraction = is_decimal(at) && at > fraction && signs[at - fraction - 1] == '.';
        masked.push(if is_whole || is_fraction { '#' } else { *sign });
    }
    masked
}

fn figure(results: &Value, task: &str, set: &str, name: &str) -> Option<f64> {
    let all = results["measurements"].as_array().unwrap();
    let one =
        all.iter().find(|one| one["task"] == task && one["set"] == set && one.get("facet").is_none())?;
    one["figures"].as_array().unwrap().iter().find(|figure| figure["name"] == name)?["value"].as_f64()
}

#[test]
fn pages_are_measured_as_of_their_site() {
    let plea = "The harbour paper has told the stories of this coast since 1921, and its readers have paid for all of them.";
    let page = |site: &str, n: usize| {
        let story = format!(
            "The council of ward {n} voted on Monday to close the bridge for {n} weeks, the mayor told reporters."
        );
        let html = format!(
            "<title>Bridge {n}</title><article><h1>Bridge {n}</h1><p>{story}</p><p>{plea}</p></article>"
        );
        let page = serde_json::json!({
            "id": format!("{site}/{n}"), "url": format!("http://{site}/{n}"), "domain": site, "lang": "en",
            "html": html, "gold_text": story, "content": "news",
        });
        format!("{page}\n")
    };
    let large: String = (1..=5).map(|n| page("large.test", n)).collect();
    let folder = Folder::new();
    folder.write("dev-site.jsonl", large + &page("small.test", 1));
    let f1 = |arguments: &[&str]| {
        let arguments = [&["eval", "--corpus", ".", "--format", "json"], arguments].concat();
        let results: Value = serde_json::from_str(&folder.run(&arguments).expect(0).text()).unwrap();
        let pages = results["measurements"].as_array().unwrap()[0]["pages"].as_u64().unwrap();
        (pages, figure(&results, "article-text", "dev-site", "f1").unwrap())
    };
    let (all, without) = f1(&["--site-pages", "2"]);
    let (same, with) = f1(&["--site-pages", "2", "--site"]);
    assert_eq!((all, same, f1(&["--site"]).0), (5, 5, 6));
    assert!(with > without + 0.1, "{with} {without}");
}

#[test]
fn a_corpus_is_measured_task_by_task() {
    let folder = Folder::new();
    let text = eval(&folder, &[]).expect(0).text();
    insta::assert_snapshot!(masked(&text), @"
    article-text  pages  items      f1         95 %  precision  recall
      dev-pages       3      3  #.####  #.###-#.###     #.####  #.####

    other-languages  pages  items      f1         95 %  precision  recall
      dev-foreign        2      2  #.####  #.###-#.###     #.####  #.####

    strings        pages  items      f1         95 %  precision  recall  accuracy
      dev-strings      1      1  #.####  #.###-#.###     #.####  #.####    #.####

    lines        pages  items  macro_f1         95 %  f1_news  f1_listicle  f1_boilerplate  accuracy
      dev-lines      2      9    #.####  #.###-#.###   #.####       #.####          #.####    #.####

    headlines        pages  items      f1         95 %     auc         95 %  precision  recall
      dev-headlines      6      6  #.####  #.###-#.###  #.####  #.###-#.###     #.####  #.####

    calibration      pages  items  block_ece         95 %  document_ece         95 %
      dev-foreign        2     12     #.####  #.###-#.###        #.####  #.###-#.###
      dev-headlines      6      6     #.####  #.###-#.###        #.####  #.###-#.###
      dev-lines          2      9     #.####  #.###-#.###        #.####  #.###-#.###
      dev-pages          3     20     #.####  #.###-#.###        #.####  #.###-#.###
      all               13     47     #.####  #.###-#.###        #.####  #.###-#.###

    empty-output   pages  items  empty_share         95 %
      dev-foreign      2      2       #.####  #.###-#.###
      dev-pages        3      3       #.####  #.###-#.###
      dev-strings      1      1       #.####  #.###-#.###
      all              6      6       #.####  #.###-#.###
    ");
}

#[test]
fn figures_are_kept_and_compared() {
    let folder = Folder::new();
    let first = eval(&folder, &["--json", "first.json", "--format", "json"]).expect(0);
    assert!(folder.read("first.json") == first.stdout);
    let results = &first.records()[0];
    assert_eq!(results["model"]["name"], "default");
    for (task, set, name) in [
        ("article-text", "dev-pages", "f1"),
        ("other-languages", "dev-foreign", "recall"),
        ("strings", "dev-strings", "accuracy"),
        ("lines", "dev-lines", "macro_f1"),
        ("headlines", "dev-headlines", "auc"),
        ("calibration", "all", "block_ece"),
        ("empty-output", "all", "empty_share"),
    ] {
        let value = figure(results, task, set, name);
        assert!(value.is_some_and(|value| (0.0..=1.0).contains(&value)), "{task} {set} {name}: {value:?}");
    }
    let same = eval(&folder, &["--compare", "first.json"]).expect(0).text();
    assert!(same.contains("Nothing moved."), "{same}");

    let mut other = results.clone();
    let lines = other["measurements"].as_array_mut().unwrap().iter_mut().find(|one| one["task"] == "lines");
    let figure = &mut lines.unwrap()["figures"][0];
    for member in ["value", "low", "high"] {
        figure[member] = 0.01.into();
    }
    folder.write("other.json", other.to_string());
    let moved = eval(&folder, &["--compare", "other.json"]).expect(0).text();
    let line = moved.lines().find(|line| line.starts_with("lines  dev-lines  macro_f1  0.0100"));
    assert!(line.is_some_and(|line| line.ends_with('*')), "{moved}");
    folder.write("none.json", "{}");
    let refused = eval(&folder, &["--compare", "none.json"]).expect(4);
    assert!(refused.stderr.contains("none.json: these are no results of eval --json"), "{}", refused.stderr);
}

#[test]
fn results_do_not_depend_on_threads() {
    let folder = Folder::new();
    let arguments = |threads| ["--format", "json", "--detail", "--disagreements", "9", "--threads", threads];
    let one = eval(&folder, &arguments("1")).expect(0);
    assert!(one.stdout == eval(&folder, &arguments("3")).expect(0).stdout);
    let results = &one.records()[0];
    let mut groups = results["measurements"].as_array().unwrap().iter();
    assert!(groups.any(|one| one["facet"] == "era" && one["group"] == "2010-2014"));
}

#[test]
fn sets_are_chosen_by_prefix() {
    let folder = Folder::new();
    let results = &eval(&folder, &["--set", "train-", "--format", "json"]).expect(0).records()[0];
    assert!(figure(results, "documents", "train-documents", "auc").is_some());
    assert!(figure(results, "blocks", "train-blocks", "macro_f1").is_some());
    let documents = results["measurements"].as_array().unwrap().iter().find(|one| one["task"] == "documents");
    assert_eq!(documents.unwrap()["pages"], 4, "those of other formats, or unsure, do not count");
    let none = eval(&folder, &["--set", "other-"]).expect(4);
    assert!(none.stderr.contains("no file named other-*.jsonl"), "{}", none.stderr);
}

#[test]
fn the_corpus_may_come_from_the_environment() {
    let folder = Folder::new();
    let mut command = folder.command(&["eval", "--set", "dev-headlines"]);
    let output = command.env("PAGESIEVE_CORPUS", tiny_corpus()).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("headlines"));
    // Files go before it.
    folder.write("a.csv", "label,text\nnews,The council met on Monday.\n");
    let mut command = folder.command(&["eval", "a.csv"]);
    let output = command.env("PAGESIEVE_CORPUS", tiny_corpus()).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("1 rows of 1 pages"));
}

#[test]
fn one_bad_record_does_not_lose_the_others() {
    let folder = Folder::new();
    let good = r#"{"id":"a","text":"Parliament passes budget","label":"news"}"#;
    folder.write("corpus/dev-a.jsonl", format!("{good}\n{{\"id\":\"b\"}}\n\n{good}\n"));
    let run = folder.run(&["eval", "--corpus", "corpus"]).expect(4);
    assert!(run.stderr.contains("dev-a.jsonl:2: the line has neither"), "{}", run.stderr);
    assert!(run.text().contains("dev-a        2      2"), "{}", run.text());
}

#[test]
fn disagreements_are_listed_surest_first() {
    let folder = Folder::new();
    folder.write(
        "wrong.csv",
        "label,text\nlisticle,\"The council voted on Monday to close the bridge, the mayor said.\"\nnews,10 Best Gifts for Dads\n\
         boilerplate,Home\n",
    );
    let text = folder.run(&["eval", "wrong.csv", "--disagreements", "5"]).expect(0).text();
    assert!(text.contains("listicle -> news"), "{text}");
    let json =
        &folder.run(&["eval", "wrong.csv", "--disagreements", "1", "--format", "json"]).expect(0).records()
            [0];
    assert_eq!(json["disagreements"].as_array().unwrap().len(), 1);
}

#[test]
fn folds_measure_what_was_not_trained_on() {
    let folder = Folder::new();
    let arguments = ["--folds", "2", "--set", "train-blocks", "--format", "json", "--disagreements", "3"];
    let run = eval(&folder, &arguments).expect(0);
    let results = &run.records()[0];
    assert_eq!((&results["model"], &results["folds"]), (&Value::Null, &Value::from(2)));
    let blocks = &results["measurements"].as_array().unwrap()[0];
    assert_eq!((blocks["task"].as_str(), blocks["pages"].as_u64()), (Some("blocks"), Some(3)));
    assert!(run.stdout == eval(&folder, &arguments).expect(0).stdout);
}

#[test]
fn senseless_arguments_are_refused() {
    let folder = Folder::new();
    folder.write("a.csv", "label,text\nnews,x\n");
    let message = |arguments: &[&str]| folder.run(arguments).expect(2).stderr;
    assert!(message(&["eval", "a.csv", "--detail"]).contains("--detail is for a corpus"));
    assert!(message(&["eval", "a.csv", "--corpus", "x"]).contains("measure one after the other"));
    folder.write("mail.csv", "label,text\nham,x y\nspam,z\n");
    folder.run(&["train", "mail.csv", "--output", "mail.model"]).expect(0);
    let foreign = eval(&folder, &["--model", "mail.model"]).expect(4);
    assert!(foreign.stderr.contains("the model knows ham, spam and not news"), "{}", foreign.stderr);
}

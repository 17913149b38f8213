use crate::eval::tiny_corpus;
use crate::helpers::{Folder, Run};

/// Pages of labels `ham` and `spam`, every tenth with the other's label.
fn mail(first: usize, pages: usize) -> String {
    let row = |page: usize| {
        let labels = if page % 10 == 3 { ["spam", "ham"] } else { ["ham", "spam"] };
        format!(
            "{},\"See you at lunch on day {page}, then we can talk about the report\",h{page}\n\
             {},\"Buy {page} cheap pills now, the best price on the whole market\",s{page}\n",
            labels[0], labels[1]
        )
    };
    format!("label,text,page\n{}", (first..first + pages).map(row).collect::<String>())
}

/// A folder with a model that tells ham from spam, and rows it has not seen.
fn mailbox() -> Folder {
    let folder = Folder::new();
    folder.write("seen.csv", mail(0, 40)).write("held-out.csv", mail(100, 150));
    let train = ["train", "seen.csv", "--wanted", "ham", "--min-words", "3", "--output", "first.model"];
    folder.run(&train).expect(0);
    folder
}

fn calibrate(folder: &Folder, arguments: &[&str]) -> Run {
    folder.run(&[&["calibrate", "held-out.csv", "--model", "first.model"], arguments].concat())
}

/// What `classify` says of every page: label, label of each block, verdict, and the probability of the label.
fn classified(folder: &Folder, model: &str) -> Vec<(String, Vec<String>, String, f64)> {
    folder
        .write("a.txt", "See you at lunch on day 777, then we can talk about the report\n")
        .write("b.txt", "Buy cheap pills now\nSee you there\n");
    let run = folder.run(&["classify", "a.txt", "b.txt", "--model", model, "--format", "jsonl"]).expect(0);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let records = run.records();
    let pages = records.iter().map(|page| {
        let blocks = page["blocks"].as_array().unwrap().iter().map(|block| text(&block["label"])).collect();
        let label = text(&page["label"]);
        let probability = page["probs"][&label].as_f64().unwrap();
        (label, blocks, text(&page["verdict"]), probability)
    });
    pages.collect()
}

#[test]
fn probabilities_change_and_labels_do_not() {
    let folder = mailbox();
    // Either half of the sites must have enough blocks of each label.
    folder.write("held-out.csv", mail(1000, 500));
    let run = calibrate(&folder, &["--output", "second.model"]).expect(0);
    let text = run.text();
    for told in ["Probabilities of 1000 pages", "after, on sites held out", "Wrote second.model"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let (before, after) = (classified(&folder, "first.model"), classified(&folder, "second.model"));
    let labels = |pages: &[(String, Vec<String>, String, f64)]| {
        pages.iter().map(|page| (page.0.clone(), page.1.clone())).collect::<Vec<_>>()
    };
    assert_eq!(labels(&before), labels(&after));
    assert!((after[0].3 - before[0].3).abs() > 0.01, "{before:?} {after:?}");
    // One in ten is not what it looks like, and now the probabilities of blocks say so, on sites held out too.
    let blocks = text.lines().find(|line| line.starts_with("  blocks")).unwrap();
    let errors: Vec<f64> = blocks.split_whitespace().skip(2).map(|error| error.parse().unwrap()).collect();
    assert!(errors[1] < errors[0] && errors[1] < 0.03, "{text}");
    // The same data gives the same bytes, whether or not the model was calibrated before.
    let again = ["calibrate", "held-out.csv", "--model", "second.model", "--output", "third.model"];
    folder.run(&again).expect(0);
    assert!(folder.read("second.model") == folder.read("third.model"));
}

#[test]
fn thresholds_are_chosen_for_a_goal_and_stored() {
    let folder = mailbox();
    let arguments = ["--max-lost-news", "0.15", "--output", "strict.model", "--report", "report.html"];
    let text = calibrate(&folder, &arguments).expect(0).text();
    assert!(text.contains(" % of ham pages lost (15 of 150; 95 %: 6.2-15.8 %) = "), "{text}");
    assert!(
        text.contains("Gate for ham: min-words 3, ") && text.contains(" % of spam pages dropped"),
        "{text}"
    );
    let model = &folder.run(&["inspect", "strict.model", "--format", "json"]).expect(0).records()[0];
    let policy = &model["policy"];
    assert_eq!(policy["drop-below"], policy["min-confidence"]);
    assert_eq!((policy["wanted"].as_str(), policy["min-words"].as_u64()), (Some("ham"), Some(3)));
    // Labels and probabilities are those of the first model.
    let (before, after) = (classified(&folder, "first.model"), classified(&folder, "strict.model"));
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((&before.0, &before.1, before.3), (&after.0, &after.1, after.3));
    }
    let html = String::from_utf8(folder.read("report.html")).unwrap();
    for told in
        ["<!doctype html>", "Reliability of blocks", "Reliability of pages", "Keeping ham pages", "polyline"]
    {
        assert!(html.contains(told), "{told}");
    }
}

#[test]
fn goals_weigh_what_is_kept_against_what_is_lost() {
    let folder = mailbox();
    let kept = |arguments: &[&str]| -> (u64, u64) {
        let text = calibrate(&folder, arguments).expect(0).text();
        let of = |label: &str| {
            let line = text.lines().find(|line| line.trim_start().starts_with(&format!("{label} "))).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        (of("ham"), of("spam"))
    };
    assert_eq!(kept(&["--keep-rate", "1", "--min-words", "0"]), (150, 150));
    assert_eq!(kept(&["--keep-rate", "0.4"]), (135, 15));
    assert_eq!(kept(&["--cost", "fp=1,fn=1"]), (135, 15));
    assert_eq!(kept(&["--cost", "fp=1,fn=100", "--min-words", "0"]), (150, 150));
    assert_eq!(kept(&["--cost", "fp=100,fn=1"]).1, 0);
}

#[test]
fn calibration_goes_with_the_fusions_it_was_fitted_to() {
    let folder = mailbox();
    folder.run(&["train", "seen.csv", "--no-sample", "--output", "small.model", "--wanted", "ham"]).expect(0);
    folder.write("more.csv", mail(300, 10));
    let hash = |model: &str| {
        folder.run(&["inspect", model, "--format", "json"]).expect(0).records()[0]["hash"].clone()
    };
    let go_on = |base: &str, output: &str| {
        folder.run(&["train", "more.csv", "--base", base, "--output", output]).expect(0);
    };
    folder
        .run(&["calibrate", "held-out.csv", "--model", "small.model", "--output", "small-c.model"])
        .expect(0);
    go_on("small.model", "small-more.model");
    go_on("small-c.model", "small-c-more.model");
    assert_ne!(hash("small-more.model"), hash("small-c-more.model"), "the fusions stayed, and so does it");
    calibrate(&folder, &["--output", "first-c.model"]).expect(0);
    go_on("first.model", "more.model");
    go_on("first-c.model", "c-more.model");
    assert_eq!(hash("more.model"), hash("c-more.model"), "the fusions were fitted anew, and it is gone");
}

#[test]
fn a_corpus_is_calibrated_on_by_folds_or_by_name() {
    let folder = Folder::new();
    let corpus = tiny_corpus();
    let of_corpus =
        |arguments: &[&str]| folder.run(&[&["calibrate", "--corpus", &corpus], arguments].concat());
    let text = of_corpus(&["--set", "dev-lines", "--report", "charts.svg"]).expect(0).text();
    assert!(text.starts_with("Probabilities of 2 pages"), "{text}");
    assert!(text.ends_with("Nothing was stored; --output names the file for the model\n"), "{text}");
    assert!(folder.read("charts.svg").starts_with(b"<svg "));
    let text = of_corpus(&["--folds", "2", "--threads", "1"]).expect(0).text();
    assert_eq!(text, of_corpus(&["--folds", "2", "--threads", "3"]).expect(0).text());
    assert!(of_corpus(&[]).expect(2).stderr.contains("say with --set which files"));
    folder.write("a.csv", "label,text\nnews,x\n");
    assert!(of_corpus(&["a.csv", "--set", "dev-"]).expect(2).stderr.contains("calibrate on one of them"));
    let without = folder.run(&["calibrate", "--set", "dev-"]).expect(2);
    assert!(without.stderr.contains("name its folder with --corpus"), "{}", without.stderr);
}

#[test]
fn senseless_goals_and_data_are_refused() {
    let folder = mailbox();
    let refused = |arguments: &[&str], code: i32, told: &str| {
        let run = calibrate(&folder, &[arguments, &["--output", "no.model"]].concat()).expect(code);
        assert!(run.stderr.contains(told) && run.stderr.lines().count() == 1, "{told}: {}", run.stderr);
        assert!(!folder.path("no.model").exists());
    };
    refused(&["--keep-rate", "1.5"], 2, "share of pages to keep is 1.5");
    refused(&["--cost", "fp=1"], 2, "both fp and fn need a price");
    refused(&["--keep-rate", "0.5", "--cost", "fp=1,fn=1"], 2, "cannot be used with");
    refused(&["--max-lost-news", "0", "--min-words", "99"], 4, "have fewer than 99 words");
    refused(&["--report", "report.pdf"], 2, "named .html or .svg");
    folder.write("held-out.csv", "label,text\nham,See you at lunch\n");
    refused(&["--max-lost-news", "0.1"], 4, "of 1 pages 1 are ham");
    folder.write("held-out.csv", "label,text\nother,See you at lunch\n");
    refused(&[], 4, "the model knows ham, spam");
}

#[test]
fn damaged_calibrations_are_refused() {
    let folder = mailbox();
    calibrate(&folder, &["--output", "second.model"]).expect(0);
    let mut bytes = folder.read("second.model");
    let at = bytes.windows(4).position(|tag| tag == b"CALB").unwrap();
    // The first temperature, behind tag and length, becomes 0; the checksum is made right again.
    bytes[at + 12..at + 16].fill(0);
    let end = bytes.len() - 4;
    let checksum = crc32fast::hash(&bytes[..end - 12]);
    bytes[end..].copy_from_slice(&checksum.to_le_bytes());
    folder.write("damaged.model", bytes);
    let run = folder.run(&["inspect", "damaged.model"]).expect(4);
    assert!(run.stderr.contains("a temperature of its calibration is not above 0"), "{}", run.stderr);
}

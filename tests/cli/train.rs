use crate::eval::tiny_corpus;
use crate::helpers::{Folder, HTML, LISTICLE, TEXT, gzip};

/// Rows of small pages with the labels `spam` and `ham`.
fn mail(first: usize, pages: usize) -> String {
    let rows = |page: usize| {
        format!(
            "ham,\"See you at lunch on day {page}, then\",p{page}\nspam,Buy {page} cheap pills now,p{page}\n\
             ham,Bring the report of week {page},p{page}\n"
        )
    };
    format!("label,text,page\n{}", (first..first + pages).map(rows).collect::<Vec<_>>().concat())
}

#[test]
fn training_reports_how_well_it_does() {
    let folder = Folder::new();
    folder.write("mail.csv", mail(0, 30));
    let report = folder.run(&["train", "mail.csv", "--output", "mail.model", "--name", "mail"]).expect(0);
    let text = report.text();
    for told in [
        "ham   60  rows",
        "thin",
        "30 pages; vocabulary of ",
        "precision",
        "macro",
        "Confusion",
        "Wrote mail.model (mail, ",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert_eq!(report.stderr, "");
    assert_eq!(folder.names(), ["mail.csv", "mail.model"]);
    let model = &folder.run(&["inspect", "mail.model", "--format", "json"]).expect(0).records()[0];
    assert_eq!((model["name"].as_str(), model["keeps_sample"].as_bool()), (Some("mail"), Some(true)));
    assert_eq!(model["policy"]["wanted"], "");
}

#[test]
fn figures_of_repeated_texts_are_doubted() {
    let folder = Folder::new();
    let rows =
        "ham,See you at lunch then\nspam,Buy cheap pills now\nspam,Cheap watches for sale\n".repeat(30);
    folder.write("few.csv", format!("label,text\n{rows}"));
    let run = folder.run(&["train", "few.csv", "--output", "few.model"]).expect(0);
    for told in [&run.stderr, &run.text()] {
        assert!(told.contains("held-out figures mean little"), "{told}");
        assert!(told.contains("(1 of ham, 2 of spam); label at least 5 of each"), "{told}");
    }
    // Nothing is measured, and so nothing is in doubt, on a base without its pages.
    folder.run(&["train", "few.csv", "--no-sample", "--output", "small.model"]).expect(0);
    let run = folder.run(&["train", "few.csv", "--base", "small.model", "--output", "b.model"]).expect(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn going_on_from_a_base_equals_training_at_once() {
    let folder = Folder::new();
    folder.write("a.csv", mail(0, 12)).write("b.csv", mail(12, 9));
    folder.run(&["train", "a.csv", "b.csv", "--output", "both.model"]).expect(0);
    folder.run(&["train", "a.csv", "--output", "a.model"]).expect(0);
    folder.run(&["train", "b.csv", "--base", "a.model", "--output", "a-then-b.model"]).expect(0);
    assert!(folder.read("both.model") == folder.read("a-then-b.model"));
    folder.run(&["train", "a.csv", "--no-sample", "--output", "small.model"]).expect(0);
    let report = folder.run(&["train", "b.csv", "--base", "small.model", "--output", "more.model"]).expect(0);
    assert!(report.text().contains("Not measured"), "{}", report.text());
}

#[test]
fn csv_is_read_from_folders_archives_and_standard_input() {
    let folder = Folder::new();
    folder
        .write("in/a.csv", mail(0, 6))
        .write("in/b.csv.gz", gzip(mail(6, 6).as_bytes()))
        .write("in/notes.txt", "no");
    folder.run(&["train", "in", "--output", "one.model"]).expect(0);
    let both = mail(0, 12);
    folder.pipe(&["train", "-", "--output", "other.model"], both.as_bytes()).expect(0);
    assert!(folder.read("one.model") == folder.read("other.model"));
}

#[test]
fn annotation_goes_round() {
    let folder = Folder::new();
    for n in 0..8 {
        folder.write(&format!("pages/{n}a.html"), HTML.replace("112", &format!("{n}12")));
        folder.write(&format!("pages/{n}b.html"), LISTICLE.replace("3000", &format!("{n}000")));
        folder.write(&format!("pages/{n}c.txt"), TEXT.replace("112", &format!("{n}34")));
    }
    folder.run(&["classify", "pages", "--format", "csv", "--output", "labelled.csv"]).expect(0);
    let csv = String::from_utf8(folder.read("labelled.csv")).unwrap();
    assert!(csv.starts_with("label,text,page,tag,place,link_bytes,headline\n"));
    folder.run(&["train", "labelled.csv", "--output", "mine.model"]).expect(0);
    let labels = |format: &str| {
        folder.run(&["classify", "pages", "--model", "mine.model", "--format", format]).expect(0)
    };
    assert_eq!(labels("jsonl").records().len(), 24);
    let eval = folder.run(&["eval", "labelled.csv", "--model", "mine.model", "--format", "json"]).expect(0);
    let figures = &eval.records()[0];
    assert_eq!(figures["pages"], 24);
    assert!(figures["accuracy"].as_f64().unwrap() > 0.9, "{figures}");
}

#[test]
fn evaluation_counts_single_labels_only() {
    let folder = Folder::new();
    folder.write("mail.csv", mail(0, 20)).write("test.csv", mail(50, 2) + "ham|spam,Either of the two,\n");
    folder.run(&["train", "mail.csv", "--output", "mail.model"]).expect(0);
    let text = folder.run(&["eval", "test.csv", "--model", "mail.model"]).expect(0).text();
    assert!(text.starts_with("6 rows of 3 pages; 1 rows with several labels not counted\n"), "{text}");
    let foreign = folder.run(&["eval", "test.csv"]).expect(4);
    assert_eq!(
        foreign.stderr,
        "pagesieve: the rows have the labels ham, spam, but the model knows news, listicle, boilerplate; choose the \
         model with --model\n"
    );
}

#[test]
fn bad_rows_are_named_with_file_and_line() {
    let folder = Folder::new();
    let cases: [(&[u8], &str); 8] = [
        (b"", "bad.csv:1: the header has no column"),
        (b"a,b\n1,2\n", "bad.csv:1: the header has no column \"label\""),
        (b"label,text\n", "bad.csv: the file has a header but no rows"),
        (b"label,text\nnews,a\n,b\n", "bad.csv:3: the label is empty"),
        (b"label,text\nnews,a\nnews,b,c\n", "bad.csv:3: the row has 3 columns"),
        (b"label,text\nnews,a\nnews,\xFF\n", "bad.csv:3: column 2 is not valid UTF-8"),
        (b"label,text\nnews,\"a\nnews,b\n", "only one label (news)"),
        (b"label,text\nnews,a\nnews,b\n", "only one label (news)"),
    ];
    for (csv, told) in cases {
        let run = folder.write("bad.csv", csv).run(&["train", "bad.csv", "--output", "m.model"]).expect(4);
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1);
        assert_eq!(folder.names(), ["bad.csv"]);
    }
}

#[test]
fn policies_are_stored_in_the_model() {
    let folder = Folder::new();
    folder.write("mail.csv", mail(0, 10)).write("policy.toml", "min-words = 7\n");
    let arguments =
        ["train", "mail.csv", "--output", "m.model", "--wanted", "ham", "--policy", "policy.toml"];
    folder.run(&arguments).expect(0);
    let model = &folder.run(&["inspect", "m.model", "--format", "json"]).expect(0).records()[0];
    assert_eq!(
        (model["policy"]["wanted"].as_str(), model["policy"]["min-words"].as_u64()),
        (Some("ham"), Some(7))
    );
    folder.run(&["train", "mail.csv", "--output", "n.model", "--wanted", "other"]).expect(2);
    assert!(!folder.path("n.model").exists());
}

#[test]
fn a_corpus_keeps_no_sample() {
    let folder = Folder::new();
    let line = serde_json::json!({ "id": "a", "lines": [{ "text": "Home", "label": "boilerplate" }, { "text": "It rained on Monday.", "label": "news" }] });
    folder.write("corpus/train-a.jsonl", format!("{line}\n")).write("corpus/dev-a.jsonl", "no record");
    folder.write("a.csv", "label,text\nlisticle,Ten tips for your garden\n");
    let run = folder.run(&["train", "a.csv", "--corpus", "corpus", "--output", "m.model"]).expect(0);
    assert!(run.text().contains("2 pages"), "{}", run.text());
    let model = &folder.run(&["inspect", "m.model", "--format", "json"]).expect(0).records()[0];
    assert_eq!(model["keeps_sample"], false);
}

#[test]
fn lines_of_a_corpus_are_labelled_beside_the_rows() {
    let folder = Folder::new();
    let rows = "news,The mayor said on Monday that the bridge will close.\nlisticle,Ten tips you need now!\nboilerplate,Home\n";
    folder.write("rows/mine.csv", format!("label,text\n{}", rows.repeat(8)));
    let corpus = tiny_corpus();
    let train = || folder.run(&["train", "rows", "--corpus", &corpus, "--output", "m.model"]);
    let boilerplate = || {
        let counted = folder.run(&["inspect", "m.model", "--format", "json"]).expect(0).records();
        counted[0]["labels"][2]["blocks"].as_u64().unwrap()
    };
    train().expect(0);
    let before = boilerplate();
    folder.write("rows/line-labels.tsv", "id\tlabels\ndocument-0\tbnnb\nunheard-of\tn\n");
    train().expect(0);
    assert_eq!(boilerplate(), before + 2);

    folder.write("rows/line-labels.tsv", "id\tlabels\ndocument-0\tbnn\n");
    let refused = train().expect(4).stderr;
    assert!(refused.contains("document-0 has 4 lines, but labels for 3"), "{refused}");
    assert!(refused.contains("train-documents.jsonl:1"), "{refused}");
    folder.write("rows/line-labels.tsv", "document-0\tbnn\n");
    let refused = train().expect(4).stderr;
    assert!(refused.contains("line-labels.tsv:1: the header is not"), "{refused}");
}

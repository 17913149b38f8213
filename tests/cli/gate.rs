use crate::helpers::{Folder, HTML, LISTICLE, TEXT, record};

/// With this confidence nothing that is not dropped is sure enough.
const NEVER_SURE: [&str; 2] = ["--min-confidence", "1"];

#[test]
fn one_page_gives_an_exit_code_and_a_reason() {
    let folder = Folder::new();
    folder.write("news.html", HTML).write("list.html", LISTICLE).write("empty.html", "");
    let kept = folder.run(&["gate", "news.html"]).expect(0);
    assert!(
        kept.stderr.starts_with("keep (news ") && kept.stderr.contains(" content words; p(news) "),
        "{}",
        kept.stderr
    );
    let dropped = folder.run(&["gate", "list.html"]).expect(1);
    assert!(
        dropped.stderr.starts_with("drop: ") && dropped.stderr.contains("listicle"),
        "{}",
        dropped.stderr
    );
    let empty = folder.run(&["gate", "empty.html"]).expect(1);
    assert!(empty.stderr.starts_with("drop: empty (no content words; "), "{}", empty.stderr);
    let unsure = folder.run(&[&["gate", "news.html"][..], &NEVER_SURE].concat()).expect(3);
    assert!(unsure.stderr.starts_with("unsure: low-confidence ("), "{}", unsure.stderr);
    for run in [kept, dropped, empty, unsure] {
        assert!(run.stdout.is_empty());
        assert_eq!(run.stderr.lines().count(), 1);
    }
    folder.pipe(&["gate", "-"], HTML.as_bytes()).expect(0);
    folder.pipe(&["gate"], LISTICLE.as_bytes()).expect(1);
}

#[test]
fn an_error_never_reads_as_keep() {
    let folder = Folder::new();
    folder.write("image.html", b"\x89PNG\r\n\x1A\n").write("bad.model", "x").write("page.html", HTML);
    for arguments in [
        &["gate", "missing.html"][..],
        &["gate", "image.html"],
        &["gate", "page.html", "--model", "bad.model"],
        &["gate", "page.html", "--model", "missing.model"],
        &["gate", "page.html", "--policy", "missing.toml"],
    ] {
        let run = folder.run(arguments).expect(4);
        assert!(run.stdout.is_empty());
        assert!(run.stderr.starts_with("pagesieve: ") && run.stderr.lines().count() == 1, "{}", run.stderr);
    }
}

/// Lines with odd white space, line ends, escapes and members, which must come through as they are.
fn odd_lines() -> (Vec<u8>, Vec<u8>) {
    let page = serde_json::to_string(HTML).unwrap();
    let kept = [
        format!("{{ \"id\" : 1,\t\"html\":{page} , \"x\": 1.50 }} \r\n"),
        format!("{{\"html\":{page},\"extra\":{{\"\\u0061\":[1,  2]}}}}\n"),
    ];
    let dropped = serde_json::json!({ "id": 3, "html": LISTICLE }).to_string() + "\r\n";
    (kept.concat().into_bytes(), dropped.into_bytes())
}

#[test]
fn lines_come_through_byte_for_byte() {
    let folder = Folder::new();
    let (kept, dropped) = odd_lines();
    let last = record("z", "text", TEXT);
    let last = last.trim_end().as_bytes();
    let stream = [&kept[..], b"\n", &dropped, b"{broken\r\n", last].concat();
    let run = folder.write("in.jsonl", stream).run(&["gate", "in.jsonl", "--dropped", "out.jsonl"]).expect(4);
    assert_eq!(run.stdout, [&kept[..], last].concat());
    assert_eq!(folder.read("out.jsonl"), [&dropped[..], b"{broken\r\n"].concat());
    let summary: Vec<Vec<_>> = run.stderr.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(summary.contains(&vec!["keep", "3"]) && summary.contains(&vec!["drop", "1"]), "{}", run.stderr);
    assert!(summary.contains(&vec!["listicle", "1"]) && summary.contains(&vec!["unreadable", "1"]));
}

#[test]
fn a_last_line_without_end_does_not_run_into_the_next_file() {
    let folder = Folder::new();
    let line = record("a", "html", HTML);
    folder.write("a.jsonl", line.trim_end()).write("b.jsonl", &line);
    assert_eq!(folder.run(&["gate", "a.jsonl", "b.jsonl"]).expect(0).text(), line.repeat(2));
}

#[test]
fn the_unsure_go_where_they_are_sent() {
    let folder = Folder::new();
    let line = record("a", "html", HTML);
    let run = |more: &[&str]| {
        let arguments = [&["gate", "--dropped", "dropped.jsonl"][..], &NEVER_SURE, more].concat();
        folder.pipe(&arguments, line.as_bytes()).expect(0).text()
    };
    assert_eq!((run(&[]), folder.read("dropped.jsonl")), (String::new(), line.clone().into_bytes()));
    assert_eq!((run(&["--unsure", "keep"]), folder.read("dropped.jsonl")), (line.clone(), vec![]));
    assert_eq!(run(&["--unsure", "unsure.jsonl"]), "");
    assert_eq!(
        (folder.read("unsure.jsonl"), folder.read("dropped.jsonl")),
        (line.clone().into_bytes(), vec![])
    );
}

#[test]
fn tags_are_added_and_nothing_else_changes() {
    let folder = Folder::new();
    let (kept, dropped) = odd_lines();
    let stream = [&kept[..], &dropped, b"{\"id\":9}\n"].concat();
    let run = folder.pipe(&["gate", "--tag"], &stream).expect(4);
    let lines: Vec<_> = run.stdout.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(lines.len(), 4);
    for (line, original) in lines.iter().zip(stream.split_inclusive(|byte| *byte == b'\n')).take(3) {
        let (line, original) = (str::from_utf8(line).unwrap(), str::from_utf8(original).unwrap());
        let end = original.rfind('}').unwrap();
        assert!(line.starts_with(&original[..end]) && line.ends_with(&original[end..]));
        let added = &line[end..line.len() - original[end..].len()];
        let tag = &serde_json::from_str::<serde_json::Value>(line).unwrap()["pagesieve"];
        assert!(added.starts_with(",\"pagesieve\":{\"label\":\""), "{added}");
        assert!(["verdict", "probs", "reasons"].iter().all(|member| tag.get(member).is_some()));
    }
    let records: Vec<serde_json::Value> =
        lines.iter().map(|line| serde_json::from_slice(line).unwrap()).collect();
    assert_eq!(records[0]["pagesieve"]["verdict"], "keep");
    assert_eq!(records[2]["pagesieve"]["verdict"], "drop");
    assert_eq!((records[3]["id"].as_u64(), records[3].get("error").is_some()), (Some(9), true));
}

#[test]
fn several_pages_give_the_paths_of_the_kept() {
    let folder = Folder::new();
    folder.write("pages/b.html", HTML).write("pages/a/c.txt", TEXT).write("pages/d.html", LISTICLE);
    folder.write("pages/.hidden/e.html", HTML);
    let run = folder.run(&["gate", "pages", "--dropped", "dropped.txt"]).expect(0);
    assert_eq!(run.text(), "pages/a/c.txt\npages/b.html\n");
    assert_eq!(folder.read("dropped.txt"), b"pages/d.html\n");
    assert_eq!(folder.run(&["gate", "pages/b.html", "pages/d.html"]).expect(0).text(), "pages/b.html\n");
    let broken = folder.run(&["gate", "pages/b.html", "missing.html"]).expect(4);
    assert_eq!(broken.text(), "pages/b.html\n");
}

#[test]
fn policies_come_from_arguments_before_files_before_the_model() {
    let folder = Folder::new();
    folder.write("page.html", HTML).write("policy.toml", "min-words = 5000\nmin-share = 0.1\n");
    let strict = folder.run(&["gate", "page.html", "--policy", "policy.toml"]).expect(1);
    assert!(strict.stderr.starts_with("drop: few-words ("), "{}", strict.stderr);
    folder.run(&["gate", "page.html", "--policy", "policy.toml", "--min-words", "10"]).expect(0);
    let run = |policy: &str, code| {
        folder
            .write("bad.toml", policy)
            .run(&["gate", "page.html", "--policy", "bad.toml"])
            .expect(code)
            .stderr
    };
    assert!(run("# mine\nmin-word = 3\n", 4).starts_with("pagesieve: bad.toml:2: "));
    assert!(run("min-share = 3.0\n", 2).contains("min-share is 3"));
    let unknown = folder.run(&["gate", "page.html", "--wanted", "sport"]).expect(2).stderr;
    assert!(unknown.contains("\"sport\"") && unknown.contains("news, listicle, boilerplate"), "{unknown}");
}

#[test]
fn a_model_with_other_labels_needs_a_wanted_one() {
    let folder = Folder::new();
    let row = |n| format!("spam,Buy {n} cheap pills now and save\nham,See you on day {n} at lunch then\n");
    let rows = (0..30).map(row).collect::<Vec<_>>().concat();
    folder
        .write("mail.csv", format!("label,text\n{rows}"))
        .write("page.txt", "See you on day 44 at lunch then\n");
    folder.run(&["train", "mail.csv", "--output", "mail.model"]).expect(0);
    let refused = folder.run(&["gate", "page.txt", "--model", "mail.model"]).expect(2);
    assert_eq!(
        refused.stderr,
        "pagesieve: the model's policy wants none of its labels (ham, spam); name one with --wanted\n"
    );
    folder
        .run(&[
            "gate",
            "page.txt",
            "--model",
            "mail.model",
            "--wanted",
            "ham",
            "--min-words",
            "1",
            "--min-confidence",
            "0.5",
        ])
        .expect(0);
    let run = folder.run(&["classify", "page.txt", "--model", "mail.model", "--format", "jsonl"]).expect(0);
    assert_eq!(run.records()[0]["verdict"], serde_json::Value::Null);
}

#[test]
fn lines_and_pages_do_not_mix() {
    let folder = Folder::new();
    folder.write("a.jsonl", record("a", "html", HTML)).write("b.html", HTML);
    let mixed = folder.run(&["gate", "a.jsonl", "b.html"]).expect(2);
    assert!(mixed.stderr.contains("JSON Lines"), "{}", mixed.stderr);
    folder.run(&["gate", "b.html", "--tag"]).expect(2);
    folder.run(&["gate", "a.jsonl", "--tag", "--dropped", "d"]).expect(2);
    folder.run(&["gate", "a.jsonl", "--unsure", "d", "--dropped", "d"]).expect(2);
    folder.run(&["gate", "a.jsonl", "--dropped", "-"]).expect(2);
}

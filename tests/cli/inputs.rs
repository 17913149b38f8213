use crate::helpers::{Folder, HTML, TEXT, gzip, record};

fn jsonl(folder: &Folder, arguments: &[&str]) -> Vec<serde_json::Value> {
    let all = [&["classify", "--format", "jsonl"][..], arguments].concat();
    folder.run(&all).expect(0).records()
}

#[test]
fn folders_are_read_in_order_without_hidden_entries() {
    let folder = Folder::new();
    for name in ["in/b.html", "in/a/z.txt", "in/c.md", "in/.git/config", "in/.hidden.txt"] {
        folder.write(name, TEXT);
    }
    let ids: Vec<_> = jsonl(&folder, &["in"]).iter().map(|page| page["id"].to_string()).collect();
    assert_eq!(ids, ["\"in/a/z.txt\"", "\"in/b.html\"", "\"in/c.md\""]);
    std::fs::create_dir(folder.path("none")).unwrap();
    let empty = folder.run(&["classify", "none"]).expect(4);
    assert_eq!(empty.stderr, "pagesieve: none: the folder holds no files to read\n");
}

#[test]
fn formats_are_known_by_extension_then_by_first_bytes() {
    let folder = Folder::new();
    folder.write("page", HTML).write("note.txt", HTML).write("lines", record("a", "text", TEXT));
    folder.write("page.html.gz", gzip(HTML.as_bytes())).write("words", TEXT);
    folder.write("lines.ndjson.zst", zstd::bulk::compress(record("b", "html", HTML).as_bytes(), 3).unwrap());
    let pages = jsonl(&folder, &["page", "note.txt", "lines", "page.html.gz", "words", "lines.ndjson.zst"]);
    let seen: Vec<_> = pages
        .iter()
        .map(|page| (page["id"].as_str().unwrap(), page["blocks"][0]["text"].as_str().unwrap()))
        .collect();
    let doctype = HTML.lines().next().unwrap();
    assert_eq!(
        seen,
        [
            ("page", "Home"),
            ("note.txt", doctype),
            ("a", "Home"),
            ("page.html.gz", "Home"),
            ("words", "Home"),
            ("b", "Home")
        ]
    );
    assert_eq!(pages[0]["blocks"], pages[3]["blocks"]);
    assert_eq!(jsonl(&folder, &["note.txt", "--from", "html"])[0]["blocks"], pages[0]["blocks"]);
}

#[test]
fn standard_input_is_read_like_a_file() {
    let folder = Folder::new();
    for (arguments, input, tag) in [
        (&["classify", "--format", "jsonl"][..], HTML.as_bytes().to_vec(), "li"),
        (&["classify", "--format", "jsonl", "-"], gzip(HTML.as_bytes()), "li"),
        (&["classify", "--format", "jsonl", "-", "--from", "text"], HTML.as_bytes().to_vec(), ""),
    ] {
        let run = folder.pipe(arguments, &input).expect(0);
        assert_eq!(
            (run.records()[0]["id"].as_str(), run.records()[0]["blocks"][0]["tag"].as_str()),
            (Some("-"), Some(tag))
        );
    }
}

#[test]
fn binary_data_is_refused_unless_asked_for() {
    let folder = Folder::new();
    folder
        .write("a.txt", b"%PDF-1.7\n")
        .write("b", [0, 1, 2, 3, 250, 251])
        .write("c.txt", "\0 one zero in a long line of text");
    let refused = folder.run(&["classify", "a.txt", "b", "c.txt", "--format", "jsonl"]).expect(4);
    let errors: Vec<_> =
        refused.records().iter().map(|record| record["error"].as_str().map(str::to_owned)).collect();
    assert_eq!(
        errors[0].as_deref(),
        Some("a.txt: looks like binary data (a PDF); --from text reads it anyway")
    );
    assert!(errors[1].is_some() && errors[2].is_none());
    folder.run(&["classify", "a.txt", "b", "--from", "text"]).expect(0);
}

#[test]
fn character_sets_are_recognised() {
    let folder = Folder::new();
    let utf_16: Vec<u8> = "\u{FEFF}<p>Grüße aus Köln".encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("a.html", utf_16).write("b.html", b"<meta charset=windows-1252><p>Gr\xFC\xDFe aus K\xF6ln");
    for page in jsonl(&folder, &["a.html", "b.html"]) {
        assert_eq!(page["blocks"][0]["text"], "Grüße aus Köln");
    }
}

#[test]
fn truncated_archives_are_reported_after_what_could_be_read() {
    let folder = Folder::new();
    let noise: String = (0..40_000_u32)
        .map(|n| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> 27) as u8 % 26))
        .collect();
    let stream = record("a", "text", TEXT) + &record("b", "text", &noise);
    let packed = gzip(stream.as_bytes());
    folder
        .write("in.jsonl.gz", &packed[..packed.len() - 20])
        .write("page.txt.gz", &packed[..packed.len() / 2]);
    let run = folder.run(&["classify", "in.jsonl.gz", "page.txt.gz", "--format", "jsonl"]).expect(4);
    let records = run.records();
    assert_eq!((records[0]["id"].as_str(), records[1]["id"].as_str()), (Some("a"), Some("2")));
    assert!(records[1].get("error").is_some() && records[2].get("error").is_some());
    assert!(run.stderr.contains("in.jsonl.gz:2: cannot read on"), "{}", run.stderr);
}

#[test]
fn nothing_crashes() {
    let folder = Folder::new();
    let junk: Vec<Vec<u8>> = vec![
        vec![],
        vec![0; 5000],
        vec![0xFF; 5000],
        (0..=255).cycle().take(20_000).collect(),
        b"<".repeat(10_000),
        b"<div>".repeat(20_000),
        b"{".repeat(10_000),
        b"{\"text\":".repeat(5000),
        vec![b'a'; 3_000_000],
        b"\x1B$B\x80\xFE\xFF<!--".to_vec(),
    ];
    for (index, bytes) in junk.iter().enumerate() {
        folder.write(&format!("junk/{index}"), bytes);
        let run = folder.pipe(&["gate"], bytes);
        assert!([1, 3, 4].contains(&run.code) || run.stdout.is_empty(), "{index}: {}", run.stderr);
        assert!(!run.stderr.contains("panicked"), "{index}: {}", run.stderr);
    }
    for from in ["auto", "text", "html", "jsonl"] {
        for command in ["classify", "extract", "gate"] {
            let run = folder.run(&[command, "--from", from, "junk"]);
            assert!([0, 4].contains(&run.code), "{command} {from}: {}", run.stderr);
            assert!(!run.stderr.contains("panicked"), "{command} {from}: {}", run.stderr);
        }
    }
}

#[cfg(unix)]
#[test]
fn paths_need_not_be_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = Folder::new();
    let name = OsStr::from_bytes(b"caf\xE9.html");
    if std::fs::write(folder.path("").join(name), HTML).is_err() {
        return; // this file system takes UTF-8 only
    }
    folder.write("b.html", HTML);
    let output = folder.command(&["gate", "b.html"]).arg(name).output().unwrap();
    assert_eq!(output.stdout, b"b.html\ncaf\xE9.html\n");
    let output = folder.command(&["classify", "--format", "jsonl"]).arg(name).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("\"id\":\"caf\u{FFFD}.html\""));
}

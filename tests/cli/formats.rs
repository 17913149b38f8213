use std::io::Read;

use crate::helpers::{Folder, HTML, LISTICLE, TEXT, gzip, record};

fn warc(kind: &str, content_type: &str, id: &str, block: &str) -> String {
    format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:test:{id}>\r\nWARC-Target-URI: http://{id}.test/\r\n\
         WARC-Date: 2024-03-04T00:00:00Z\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
        block.len()
    )
}

fn response(id: &str, page: &str) -> String {
    let block = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{page}");
    warc("response", "application/http; msgtype=response", id, &block)
}

/// An archive of a record about itself, a page to keep, an image and a page to drop.
fn archive() -> [String; 4] {
    [
        warc("warcinfo", "application/warc-fields", "info", "software: a test\r\n"),
        response("good", HTML),
        warc("response", "image/png", "image", "no page"),
        response("bad", LISTICLE),
    ]
}

/// A record that names others it belongs to.
fn related(kind: &str, id: &str, owners: &[&str], block: &str) -> String {
    let named = owners.iter().map(|owner| ["WARC-Concurrent-To: <urn:test:", owner, ">\r\n"].concat());
    let named: String = named.collect();
    warc(kind, "application/http; msgtype=request", id, block)
        .replace("WARC-Date", &format!("{named}WARC-Date"))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn unzip(bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut unpacked).unwrap();
    unpacked
}

#[test]
fn requests_and_metadata_go_where_their_page_goes() {
    let get = "GET / HTTP/1.1\r\n\r\n";
    let page = |id: &str, owners: &[&str], page: &str| {
        let block = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{page}");
        related("response", id, owners, &block).replace("msgtype=request", "msgtype=response")
    };
    let records = [
        warc("warcinfo", "application/warc-fields", "info", "software: a test\r\n"),
        // As wget writes them, and Common Crawl: the request first, named by the response; two at a time.
        related("request", "good-request", &[], get),
        related("request", "bad-request", &[], get),
        page("good", &["good-request"], HTML),
        page("bad", &["bad-request"], LISTICLE),
        related("metadata", "good-said", &["good"], "fetchTimeMs: 1"),
        related("metadata", "bad-said", &["bad"], "fetchTimeMs: 1"),
        // As warcio writes them: the response first, named by the request.
        page("late", &[], HTML),
        related("request", "late-request", &["late"], get),
        warc("response", "image/png", "image", "no page"),
        related("request", "image-request", &["image"], get),
        related("metadata", "stray", &["elsewhere"], "fetchTimeMs: 1"),
    ];
    let members: Vec<Vec<u8>> = records.iter().map(|record| gzip(record.as_bytes())).collect();
    let folder = Folder::new();
    folder.write("a.warc", records.concat()).write("a.warc.gz", members.concat());
    let (kept, dropped) = ([0, 1, 3, 5, 7, 8], [2, 4, 6]);
    for (name, all) in [
        ("a.warc", records.iter().map(|record| record.as_bytes().to_vec()).collect()),
        ("a.warc.gz", members),
    ] {
        let [to, from, audit] = ["kept-", "dropped-", "audit-"].map(|prefix| format!("{prefix}{name}"));
        let arguments = ["gate", name, "--keep-to", &to, "--drop-to", &from];
        folder.run(&[&arguments[..], &["--audit", "1", "--audit-to", &audit]].concat()).expect(0);
        let chosen = |indices: &[usize]| -> Vec<u8> {
            indices.iter().flat_map(|index: &usize| -> &Vec<u8> { &all[*index] }).copied().collect()
        };
        assert!(folder.read(&to) == chosen(&kept), "{name}");
        assert!(folder.read(&from) == chosen(&dropped), "{name}");
        assert!(folder.read(&audit) == chosen(&dropped), "{name}");
    }
    // What is no longer the response has no request.
    let cut = folder.run(&["gate", "a.warc", "--keep-regions", "news"]).expect(0).text();
    assert!(cut.contains("WARC-Type: conversion") && !cut.contains("WARC-Type: request"));
}

#[test]
fn archives_are_gated_record_by_record() {
    let folder = Folder::new();
    let records = archive();
    let by_record: Vec<Vec<u8>> = records.iter().map(|record| gzip(record.as_bytes())).collect();
    let frames: Vec<u8> =
        records.iter().flat_map(|record| zstd::bulk::compress(record.as_bytes(), 3).unwrap()).collect();
    folder.write("a.warc", records.concat()).write("b", by_record.concat()).write("c.warc.zst", frames);
    let kept = [&records[0][..], &records[1]].concat();
    for name in ["a.warc", "b", "c.warc.zst"] {
        let run = folder.run(&["gate", name, "--drop-to", "dropped.warc"]).expect(0);
        assert_eq!(
            (run.text(), folder.read("dropped.warc")),
            (kept.clone(), records[3].clone().into_bytes())
        );
        assert!(run.stderr.contains("1 records without HTML or plain text passed over"), "{}", run.stderr);
    }
    folder.run(&["gate", "b", "--keep-to", "kept.warc.gz"]).expect(0);
    assert_eq!(folder.read("kept.warc.gz"), by_record[..2].concat());
    folder.run(&["gate", "a.warc", "--keep-to", "kept.warc.gz"]).expect(0);
    assert_eq!(unzip(&folder.read("kept.warc.gz")), kept.as_bytes());
    let ids = folder.run(&["classify", "b", "--format", "jsonl"]).expect(0).records();
    assert_eq!(
        (ids[0]["id"].as_str(), ids[1]["url"].as_str()),
        (Some("<urn:test:good>"), Some("http://bad.test/"))
    );
    let damaged = [&by_record[0][..], &by_record[3][..40], &by_record[1]].concat();
    let run = folder.write("d.warc.gz", damaged).run(&["gate", "d.warc.gz"]).expect(4);
    assert_eq!(run.text(), kept);
    assert!(run.stderr.contains("d.warc.gz: record 2: "), "{}", run.stderr);
    let arc = folder.write("e.arc", "filedesc://e.arc 0.0.0.0 20240101 text/plain 8\n1 0 x\n");
    let run = arc.run(&["gate", "e.arc"]).expect(4);
    assert!(run.stderr.contains("ARC file") && run.stderr.contains("warcio recompress"), "{}", run.stderr);
}

#[test]
fn texts_of_archives_are_read() {
    let folder = Folder::new();
    folder.write("a.warc.wet", warc("conversion", "text/plain", "a", TEXT));
    let texts = folder.run(&["extract", "a.warc.wet"]).expect(0).records();
    assert!(texts[0]["text"].as_str().unwrap().contains("SKARVOY, March 4"));
}

#[test]
fn tables_are_gated_row_by_row() {
    let folder = Folder::new();
    let header = "id\thtml\tnote\r\n";
    let rows = [
        format!("1\t{}\t\"a\"\"b\"\r\n", quoted(HTML)),
        format!("2\t{}\tc\r\n", quoted(LISTICLE)),
        "3\tonly two cells\r\n".to_owned(),
        format!("4\t{}\td", quoted(HTML)),
    ];
    folder.write("in.tsv.gz", gzip([header, &rows.concat()].concat().as_bytes()));
    let run = folder.run(&["gate", "in.tsv.gz", "--drop-to", "dropped.tsv"]).expect(4);
    assert_eq!(run.text(), [header, &rows[0], &rows[3]].concat());
    assert_eq!(folder.read("dropped.tsv"), [header, &rows[1], &rows[2]].concat().as_bytes());
    let line = 1 + [header, &rows[0], &rows[1]].concat().matches('\n').count();
    let told = format!("in.tsv.gz:{line}: the row has 2 cells, the header 3");
    assert!(run.stderr.contains(&told), "{}", run.stderr);
    let tagged = folder.run(&["gate", "in.tsv.gz", "--tag"]).expect(4).text();
    assert!(tagged.starts_with("id\thtml\tnote\tpagesieve_label\tpagesieve_verdict\tpagesieve_reasons\r\n"));
    assert!(
        tagged.contains("\"a\"\"b\"\tnews\tkeep\t\r\n") && tagged.contains("\tc\tlisticle\tdrop\t"),
        "{tagged}"
    );
    let none = folder.write("x.csv", "a,b\n1,2\n").run(&["gate", "x.csv"]).expect(4);
    assert!(none.stderr.contains("x.csv:1: ") && none.stderr.contains("--text-field"), "{}", none.stderr);
    folder.write("y.csv", "id,text\n1,2\n").write("z.csv", "text,id\n1,2\n");
    let mixed = folder.run(&["gate", "y.csv", "z.csv", "--drop-to", "d.csv"]).expect(2);
    assert!(mixed.stderr.contains("different columns"), "{}", mixed.stderr);
}

#[test]
fn kept_pages_can_be_cut_to_their_news() {
    let folder = Folder::new();
    let cut = ["--keep-regions", "news"];
    let starts_right = |text: &str| text.starts_with("Ferry runs aground") && !text.contains("Copyright");
    let line = format!("{{\"id\":1,\"html\":{},\"n\":1.50}}\n", serde_json::json!(HTML));
    let kept = folder.pipe(&[&["gate"], &cut[..]].concat(), line.as_bytes()).expect(0);
    assert!(kept.text().starts_with("{\"id\":1,\"n\":1.50,\"text\":\"Ferry"), "{}", kept.text());
    assert!(starts_right(kept.records()[0]["text"].as_str().unwrap()));
    folder.write("a.csv", format!("id,html\n1,{}\n", quoted(HTML)));
    let kept = folder.run(&[&["gate", "a.csv"], &cut[..]].concat()).expect(0).text();
    assert!(kept.starts_with("id,html\n1,\"Ferry runs aground") && !kept.contains("Copyright"), "{kept}");
    folder.write("a.warc", archive().concat());
    let kept = folder.run(&[&["gate", "a.warc"], &cut[..]].concat()).expect(0).text();
    assert!(kept.contains("WARC-Type: conversion\r\nWARC-Target-URI: http://good.test/\r\n"), "{kept}");
    assert!(
        kept.contains("WARC-Refers-To: <urn:test:good>\r\n") && kept.contains("\r\n\r\nFerry runs"),
        "{kept}"
    );
    folder.write("kept.warc", &kept);
    assert!(starts_right(
        folder.run(&["extract", "kept.warc"]).expect(0).records()[0]["text"].as_str().unwrap()
    ));
    folder.write("a.html", HTML).write("b.html", HTML);
    folder.run(&[&["gate", "a.html", "b.html"], &cut[..]].concat()).expect(2);
    folder.run(&["gate", "a.html", "b.html", "--keep-regions", "sport"]).expect(2);
}

#[test]
fn records_can_be_written_in_other_formats() {
    let folder = Folder::new();
    folder.write("a.warc", archive().concat()).write("b.html", HTML);
    let run = |format: &str| {
        folder.run(&["gate", "a.warc", "b.html", "--keep-regions", "news", "--format", format]).expect(0)
    };
    let records = run("jsonl").records();
    assert_eq!((records.len(), records[0]["id"].as_str()), (2, Some("<urn:test:good>")));
    assert_eq!(records[1]["pagesieve"]["verdict"], "keep");
    assert_eq!(records[0]["text"], records[1]["text"]);
    let markdown = run("markdown").text();
    let pages: Vec<_> = markdown.split("\n---\n\n").collect();
    assert!(
        pages.len() == 2
            && pages.iter().all(|page| page.starts_with("# Ferry runs aground off Skarvoy\n\nSKARVOY"))
    );
    let text = run("text").text();
    assert_eq!(text.matches("Ferry runs aground off Skarvoy\n\nSKARVOY").count(), 2);
    let table = run("csv").text();
    assert!(
        table.starts_with(
            "id,url,label,verdict,reasons,p,text\n<urn:test:good>,http://good.test/,news,keep,,"
        )
    );
    folder.write("table.csv", &table);
    assert_eq!(folder.run(&["gate", "table.csv"]).expect(0).text(), table);
    let one = folder.run(&["gate", "b.html", "--format", "jsonl"]).expect(0).records();
    assert_eq!(one[0]["id"], "b.html");
    let extracted = folder.run(&["extract", "b.html", "--format", "markdown"]).expect(0).text();
    assert_eq!(extracted, pages[1]);
}

#[test]
fn dolma_gets_a_line_of_attributes_for_each_of_its_own() {
    let folder = Folder::new();
    let text = "Ménü\nSport\n".to_owned() + TEXT;
    let lines = [record("a", "text", &text), "{\"id\":\"b\"}\n".to_owned(), record("c", "text", "")];
    folder.write("documents/x/y.jsonl.gz", gzip(lines.concat().as_bytes()));
    folder.run(&["classify", "documents", "--format", "dolma", "--output-dir", "attributes/sieve"]).expect(4);
    let attributes = unzip(&folder.read("attributes/sieve/x/y.jsonl.gz"));
    let attributes: Vec<serde_json::Value> = str::from_utf8(&attributes)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        attributes.iter().map(|line| line["id"].as_str().unwrap()).collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
    let points: Vec<char> = text.chars().collect();
    let span = &attributes[0]["attributes"]["pagesieve__v1__news"][0];
    let [start, end] = [0, 1].map(|index| span[index].as_u64().unwrap() as usize);
    let news: String = points[start..end].iter().collect();
    let page = folder.run(&["classify", "documents", "--format", "jsonl"]).expect(4).records().remove(0);
    let region = page["regions"].as_array().unwrap().iter().find(|region| region["label"] == "news").unwrap();
    let byte = |block: &str, end: &str| {
        page["blocks"][region[block].as_u64().unwrap() as usize][end].as_u64().unwrap() as usize
    };
    assert_eq!(news, text[byte("first", "start")..byte("last", "end")]);
    assert!(end < byte("last", "end"), "code points and bytes are the same here");
    let score = span[2].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&score));
    assert_eq!(attributes[2]["attributes"]["pagesieve__v1__news"].as_array().map(Vec::len), Some(0));
    folder.write("a.html", HTML).run(&["classify", "a.html", "--format", "dolma"]).expect(2);
}

#[test]
fn limits_make_errors_of_their_records_only() {
    let folder = Folder::new();
    let [a, b, c] = ["a", "b", "c"].map(|id| record(id, "html", HTML));
    let long = record("b", "html", &HTML.repeat(30));
    let kept = |stream: &str, limit: &[&str]| {
        let run = folder.pipe(&[&["gate", "--from", "jsonl"], limit].concat(), stream.as_bytes()).expect(4);
        (run.text(), run.stderr)
    };
    for limit in [["--max-line", "4K"], ["--max-blocks", "20"]] {
        let (kept, told) = kept(&[&a[..], &long, &c].concat(), &limit);
        assert_eq!(kept, [&a[..], &c].concat());
        assert!(told.contains(limit[0]) && told.contains("-:2: ") && told.contains("unreadable"), "{told}");
    }
    let deep = record("b", "html", &("<div>".repeat(40) + HTML));
    let (found, told) = kept(&[&a[..], &deep, &c].concat(), &["--max-nesting", "30"]);
    assert!(found == [&a[..], &c].concat() && told.contains("--max-nesting"), "{told}");
    let bomb = [a.as_bytes(), &b" ".repeat(30 << 20), b"\n"].concat();
    folder.write("bomb.jsonl.gz", gzip(&bomb)).write("page.html", HTML);
    let run = folder.run(&["gate", "bomb.jsonl.gz"]).expect(4);
    assert!(run.text() == a && run.stderr.contains("--max-ratio"), "{}", run.stderr);
    let run = folder.run(&["gate", "page.html", "--max-record", "100"]).expect(4);
    assert!(run.stderr.contains("--max-record"), "{}", run.stderr);
    let archive = [response("good", HTML), response("long", &HTML.repeat(30)), response("good", HTML)];
    folder.write("a.warc", archive.concat());
    let run = folder.run(&["gate", "a.warc", "--max-record", "4K"]).expect(4);
    assert_eq!(run.text(), archive[0].repeat(2));
    folder.run(&["gate", "page.html", "--max-record", "1X"]).expect(2);
    drop(b);
}

#[test]
fn packed_files_of_all_kinds_are_read() {
    let folder = Folder::new();
    let line = record("a", "html", HTML);
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    std::io::Write::write_all(&mut bzip2, line.as_bytes()).unwrap();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 6);
    std::io::Write::write_all(&mut xz, line.as_bytes()).unwrap();
    folder.write("a.jsonl.bz2", bzip2.finish().unwrap()).write("b", xz.finish().unwrap());
    folder.write("c.jsonl.gz", gzip(line.as_bytes()));
    let run = folder.run(&["gate", "a.jsonl.bz2", "b", "c.jsonl.gz", "--keep-to", "kept.jsonl.gz"]).expect(0);
    assert!(run.stdout.is_empty());
    assert_eq!(unzip(&folder.read("kept.jsonl.gz")), line.repeat(3).as_bytes());
    folder.run(&["gate", "b", "--keep-to", "kept.jsonl.xz"]).expect(2);
    folder.write("empty.jsonl", "\n").run(&["gate", "empty.jsonl", "--keep-to", "none.jsonl.gz"]).expect(0);
    assert_eq!(unzip(&folder.read("none.jsonl.gz")), b"");
}

#[test]
fn audits_choose_by_id_and_seed() {
    let folder = Folder::new();
    let stream: String = (0..200).map(|n| record(&format!("p{n}"), "html", LISTICLE)).collect();
    folder.write("in.jsonl", &stream);
    let chosen = |share: &str, seed: &str| {
        let audit = [
            "gate",
            "in.jsonl",
            "--audit",
            share,
            "--seed",
            seed,
            "--audit-to",
            "audit.jsonl",
            "--drop-to",
            "d",
        ];
        folder.run(&audit).expect(0);
        assert_eq!(folder.read("d"), stream.as_bytes());
        String::from_utf8(folder.read("audit.jsonl")).unwrap()
    };
    let some = chosen("0.1", "7");
    assert!((5..40).contains(&some.lines().count()), "{}", some.lines().count());
    assert_eq!(some, chosen("0.1", "7"));
    assert_ne!(some, chosen("0.1", "8"));
    assert_eq!((chosen("0", "7").len(), chosen("1", "7")), (0, stream.clone()));
    folder.run(&["gate", "in.jsonl", "--audit", "2", "--audit-to", "x"]).expect(2);
    folder.run(&["gate", "in.jsonl", "--audit", "0.5"]).expect(2);
}

#[test]
fn what_recurs_on_a_site_counts_as_furniture() {
    let folder = Folder::new();
    // Prose that, on one page alone, reads as part of the story.
    let notice = "A ferry timetable for the coast is printed every Monday in the paper.";
    let page = |n: usize| {
        let story = HTML.replace("112", &n.to_string()).replace("two hours", &format!("{n} hours"));
        story.replace("7:15", &format!("{n}:15")).replace("</article>", &format!("<p>{notice}</p></article>"))
    };
    let pages = (2..6).map(|n| record(&format!("one.test/{n}"), "html", &page(n)));
    folder.write("in.jsonl", pages.collect::<String>());
    let with_notice = |more: &[&str]| {
        let texts = folder.run(&[&["extract", "in.jsonl"], more].concat()).expect(0).records();
        assert!(texts.iter().all(|page| page["text"].as_str().unwrap().contains("SKARVOY, March 4")));
        texts.iter().filter(|page| page["text"].as_str().unwrap().contains(notice)).count()
    };
    assert_eq!((with_notice(&[]), with_notice(&["--site"])), (4, 0));
    folder.pipe(&["extract", "--site"], b"{}").expect(2);
}

#[test]
fn pages_that_would_lose_too_much_are_dropped() {
    let folder = Folder::new();
    let padded =
        HTML.replace("</footer>", &"<p>Share Print Email Facebook Twitter</p>".repeat(60)) + "</footer>";
    folder.write("page.html", padded);
    folder.run(&["gate", "page.html"]).expect(0);
    let run = folder.run(&["gate", "page.html", "--max-removed-words", "0.5"]).expect(1);
    assert!(run.stderr.starts_with("drop: removed-words ("), "{}", run.stderr);
}

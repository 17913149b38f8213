use crate::helpers::{Folder, HTML, TEXT, masked, record};

#[test]
fn the_text_view_shows_regions_at_80_columns() {
    let folder = Folder::new();
    let view = folder.write("page.html", HTML).run(&["classify", "page.html"]).expect(0).text();
    insta::assert_snapshot!(masked(&view), @r"
    page.html  news 0.##  keep  words: news 87, listicle 0, boilerplate 10

    boilerplate  0.##  li     Home
    boilerplate  0.##  li     Sport

    news         0.##  h1  *  Ferry runs aground off Skarvoy
    news         0.##  p      SKARVOY, March 4 (NTB) - A passenger ferry with 112 p…
    news         0.##  p      All passengers were taken ashore by the lifeboat with…
    news         0.##  p      The ferry had left the mainland at 7:15 a.m. in thick…

    boilerplate  0.##  p      Copyright 2024 The Skarvoy Post. All rights reserved.
    ");
    assert!(view.lines().all(|line| line.chars().count() <= 80), "{view}");
}

#[test]
fn plain_text_has_no_column_of_tags() {
    let folder = Folder::new();
    let view = folder.write("page.txt", TEXT).run(&["classify", "--width", "0", "page.txt"]).expect(0).text();
    let story = view.lines().find(|line| line.contains("coast guard said.")).unwrap();
    assert!(story.starts_with("news ") && story.contains("  SKARVOY, March 4"), "{story}");
}

#[test]
fn regions_are_one_row_each() {
    let folder = Folder::new();
    let view =
        folder.write("page.html", HTML).run(&["classify", "--detail", "regions", "page.html"]).expect(0);
    insta::assert_snapshot!(masked(&view.text()), @r"
    page.html  news 0.##  keep  words: news 87, listicle 0, boilerplate 10

    boilerplate  0.##  blocks 0-1   2  words  Home
    news         0.##  blocks 2-5  87  words  Ferry runs aground off Skarvoy
    boilerplate  0.##  block 6      8  words  Copyright 2024 The Skarvoy Post. All…
    ");
}

#[test]
fn several_pages_of_detail_document_are_a_list() {
    let folder = Folder::new();
    folder.write("a.html", HTML).write("b.txt", "").write("c.txt", " \n\n");
    let view = folder.run(&["classify", "--detail", "document", "a.html", "b.txt", "c.txt"]).expect(0).text();
    let first: Vec<_> = view.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(first.len(), 3, "{view}");
    assert!(first[1].starts_with("b.txt  ") && first[1].contains("drop: empty"), "{view}");
}

#[test]
fn records_follow_schema_1() {
    let folder = Folder::new();
    let run = folder.write("page.html", HTML).run(&["classify", "--format", "jsonl", "page.html"]).expect(0);
    let line = run.text();
    let members = [
        "{\"schema\":1,\"id\":\"page.html\",\"url\":null,\"label\":",
        ",\"probs\":{\"news\":",
        ",\"verdict\":",
        ",\"reasons\":[",
        ",\"words\":{\"news\":",
        ",\"regions\":[{\"label\":",
        ",\"blocks\":[{\"text\":\"Home\",\"label\":",
        ",\"model\":{\"name\":",
    ];
    let places: Vec<_> = members.iter().map(|member| line.find(member).expect(member)).collect();
    assert!(places.is_sorted(), "{line}");

    let page = &run.records()[0];
    let blocks = page["blocks"].as_array().unwrap();
    let headline = blocks.iter().find(|block| block["headline"] == true).unwrap();
    assert_eq!((headline["tag"].as_str(), headline["label"].as_str()), (Some("h1"), Some("news")));
    for block in blocks {
        let (start, end) =
            (block["start"].as_u64().unwrap() as usize, block["end"].as_u64().unwrap() as usize);
        assert_eq!(&HTML[start..end], block["text"].as_str().unwrap());
        assert!((0.0..=1.0).contains(&block["p"].as_f64().unwrap()));
    }
    let regions = page["regions"].as_array().unwrap();
    assert_eq!(regions[0]["first"], 0);
    assert_eq!(regions.last().unwrap()["last"], blocks.len() - 1);
    for pair in regions.windows(2) {
        assert_eq!(pair[0]["last"].as_u64().unwrap() + 1, pair[1]["first"].as_u64().unwrap());
    }
    for probability in page["probs"].as_object().unwrap().values() {
        let text = probability.to_string();
        assert!(text.split('.').nth(1).is_none_or(|decimals| decimals.len() <= 4), "{text}");
    }
}

#[test]
fn detail_trims_records() {
    let folder = Folder::new();
    folder.write("page.txt", TEXT);
    for (detail, has_regions) in [("regions", true), ("document", false)] {
        let run = folder.run(&["classify", "--format", "jsonl", "--detail", detail, "page.txt"]).expect(0);
        let page = &run.records()[0];
        assert_eq!(page.get("regions").is_some(), has_regions);
        assert!(page.get("blocks").is_none() && page.get("model").is_some());
    }
}

#[test]
fn plain_text_blocks_are_lines_with_empty_tags() {
    let folder = Folder::new();
    let run = folder.write("page.txt", TEXT).run(&["classify", "--format", "jsonl", "page.txt"]).expect(0);
    let page = &run.records()[0];
    let blocks = page["blocks"].as_array().unwrap();
    let texts: Vec<_> = blocks.iter().map(|block| block["text"].as_str().unwrap()).collect();
    assert_eq!(texts, TEXT.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>());
    assert!(blocks.iter().all(|block| block["tag"] == ""));
}

#[test]
fn unreadable_records_stand_in_their_place() {
    let folder = Folder::new();
    let mut stream = record("a", "html", HTML).into_bytes();
    stream.extend(b"\n{\"id\":1\n{\"id\":[1],\"text\":\"x\"}\r\n{\"id\":7,\"title\":\"x\"}\n{\"id\":8,\"text\":\"\xFF\"}\n");
    stream.extend(record("z", "text", TEXT).bytes());
    let run =
        folder.write("pages.jsonl", stream).run(&["classify", "pages.jsonl", "--format", "jsonl"]).expect(4);
    let ids: Vec<_> = run.records().iter().map(|record| record["id"].to_string()).collect();
    assert_eq!(ids, ["\"a\"", "\"2\"", "\"3\"", "7", "\"5\"", "\"z\""]);
    let errors: Vec<_> = run.records().iter().map(|record| record.get("error").is_some()).collect();
    assert_eq!(errors, [false, true, false, true, true, false]);
    assert_eq!(run.records()[3]["schema"], 1);
    let messages: Vec<_> = run.stderr.lines().collect();
    assert!(messages[0].starts_with("pagesieve: pages.jsonl:3: "), "{messages:?}");
    assert!(messages[1].starts_with("pagesieve: pages.jsonl:5: ") && messages[1].contains("--text-field"));
    assert_eq!(messages[3], "pagesieve: 3 of 6 records could not be read");
}

#[test]
fn ids_and_urls_come_back_unchanged() {
    let folder = Folder::new();
    let stream = "{\"text\":\"x\",\"id\":123456789012345678901234567890}\n{\"text\":\"x\"}\n{\"id\":true,\"url\":\"u\",\"text\":\"x\"}";
    let text = folder
        .pipe(&["classify", "--format", "jsonl", "--detail", "document"], stream.as_bytes())
        .expect(0)
        .text();
    for (line, id) in text.lines().zip(["123456789012345678901234567890,", "\"2\",", "true,\"url\":\"u\""]) {
        assert!(line.contains(&format!("\"id\":{id}")), "{line}");
    }
}

#[test]
fn fields_may_have_other_names_and_html_wins() {
    let folder = Folder::new();
    let stream =
        "{\"id\":1,\"raw\":\"<p>from html\",\"body\":\"from text\"}\n{\"id\":2,\"body\":\"from text\"}\n";
    let arguments = ["classify", "--format", "jsonl", "--html-field", "raw", "--text-field", "body"];
    let run = folder.pipe(&arguments, stream.as_bytes()).expect(0);
    let texts: Vec<_> = run.records().iter().map(|page| page["blocks"][0]["text"].to_string()).collect();
    assert_eq!(texts, ["\"from html\"", "\"from text\""]);
}

#[test]
fn output_does_not_depend_on_the_number_of_threads() {
    let folder = Folder::new();
    let pages = [HTML, TEXT, crate::helpers::LISTICLE, ""];
    let stream: String =
        (0..1300).map(|n| record(&n.to_string(), ["html", "text"][n % 2], pages[n % 4])).collect();
    folder.write("pages.jsonl", stream);
    let one = folder.run(&["classify", "pages.jsonl", "--format", "jsonl", "--threads", "1"]).expect(0);
    let four = folder.run(&["classify", "pages.jsonl", "--format", "jsonl", "--threads", "4"]).expect(0);
    assert!(one.stdout == four.stdout);
    assert_eq!(one.records().len(), 1300);
    assert_eq!(one.records()[1299]["id"], "1299");
}

#[test]
fn colours_are_for_terminals_and_those_who_ask() {
    let folder = Folder::new();
    folder.write("page.html", HTML);
    assert!(!folder.run(&["classify", "page.html"]).expect(0).text().contains('\x1B'));
    assert!(
        folder.run(&["classify", "page.html", "--color", "always"]).expect(0).text().contains("\x1B[32mnews")
    );
}

#[test]
fn pages_cannot_command_the_terminal() {
    let folder = Folder::new();
    let view = folder
        .pipe(&["classify", "--from", "text"], b"\x1B]0;title\x07 and \x1B[2J more text\n")
        .expect(0)
        .text();
    assert!(!view.contains(['\x1B', '\x07']), "{view:?}");
}

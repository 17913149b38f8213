use crate::helpers::{Folder, HTML, TEXT, record};

#[test]
fn only_the_news_is_printed() {
    let folder = Folder::new();
    folder.write("page.html", HTML).write("page.txt", TEXT);
    let html = folder.run(&["extract", "page.html"]).expect(0).text();
    assert!(html.starts_with("Ferry runs aground off Skarvoy\n\nSKARVOY, March 4"), "{html}");
    assert!(html.ends_with("Haugen told reporters.\n") && !html.contains("Sport"), "{html}");
    let text = folder.run(&["extract", "page.txt"]).expect(0).text();
    assert!(text.contains("the coast guard said.\nAll passengers"), "{text}");
    let body = folder.run(&["extract", "page.html", "--no-headline"]).expect(0).text();
    assert!(body.starts_with("SKARVOY, March 4"), "{body}");
}

#[test]
fn pages_are_separated_by_a_blank_line_and_empty_ones_print_nothing() {
    let folder = Folder::new();
    folder.write("a.txt", TEXT).write("b.txt", "").write("c.txt", TEXT);
    let one = folder.run(&["extract", "a.txt"]).expect(0).text();
    let all = folder.run(&["extract", "a.txt", "b.txt", "c.txt"]).expect(0).text();
    assert_eq!(all, format!("{one}\n{one}"));
    assert_eq!(folder.run(&["extract", "b.txt"]).expect(0).text(), "");
}

#[test]
fn records_come_out_as_records() {
    let folder = Folder::new();
    let stream = record("a", "html", HTML)
        + "{\"id\":\"none\",\"text\":\"\"}\n{\"id\":\n"
        + &record("b", "text", TEXT);
    let run = folder.pipe(&["extract"], stream.as_bytes()).expect(4);
    let records = run.records();
    assert_eq!(records.iter().map(|record| record["id"].as_str().unwrap()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(records[0]["url"], "https://a/");
    assert!(records[0]["text"].as_str().unwrap().contains("divers will look"));
    assert!(run.stderr.contains("-:3: "), "{}", run.stderr);
}

#[test]
fn labels_are_chosen_and_checked() {
    let folder = Folder::new();
    folder.write("page.html", HTML);
    let both =
        folder.run(&["extract", "page.html", "--label", "boilerplate", "--label", "news"]).expect(0).text();
    assert!(both.starts_with("Home\n\nSport\n\nFerry"), "{both}");
    let unknown = folder.run(&["extract", "page.html", "--label", "sport"]).expect(2);
    assert_eq!(
        unknown.stderr,
        "pagesieve: the label \"sport\" is not one of the model's (news, listicle, boilerplate)\n"
    );
}

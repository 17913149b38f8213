//! A crawl of a site on this machine, whose pages are golden pages of the repository.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;

use pagesieve::Classifier;
use spider::tokio;

const NEWS: [&str; 3] = ["local-news-01", "wire-story-01", "wire-story-02"];
const OTHERS: [&str; 3] = ["buyers-guide-01", "guest-post-index-01", "list-article-01"];
/// What robots.txt asks not to fetch; it would be kept.
const PRIVATE: &str = "press-release-01";

/// What the server answers to a request for `path`; none if there is no such page.
fn answer(path: &str) -> Option<String> {
    let listed = || NEWS.iter().chain(&OTHERS).chain([&PRIVATE]);
    match path {
        "/" => Some(listed().map(|name| ["<li><a href=/", name, ">", name, "</a>\n"].concat()).collect()),
        "/robots.txt" => Some(format!("User-agent: *\nDisallow: /{PRIVATE}\n")),
        _ => {
            let name = listed().find(|name| path[1..] == ***name)?;
            let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
            Some(fs::read_to_string(golden.join(name).join("page.html")).expect("the golden page is there"))
        }
    }
}

fn serve(mut request: TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(request.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let (status, body) = match answer(first.split(' ').nth(1).unwrap_or("/")) {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", "<p>There is no such page.".to_owned()),
    };
    write!(
        request,
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn a_crawl_keeps_the_news() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let site = format!("http://{}", listener.local_addr().expect("the listener has an address"));
    thread::spawn(move || {
        // A crawler that hangs up early is no concern of the server.
        listener.incoming().flatten().for_each(|request| drop(thread::spawn(|| serve(request))));
    });

    let classifier = Classifier::with_default_model().expect("the default model is whole");
    let (mut kept, mut fetched) = (BTreeSet::new(), BTreeSet::new());
    let crawl = spider_gate::crawl(&site, 100, &classifier, |page| {
        let path = page.url.strip_prefix(&site).unwrap_or(&page.url).trim_start_matches('/').to_owned();
        if page.is_kept() {
            assert_eq!(page.html, answer(&format!("/{path}")).unwrap_or_default().into_bytes());
            kept.insert(path.clone());
        }
        assert!(fetched.insert(path), "{} came twice", page.url);
    });
    let runtime = tokio::runtime::Runtime::new().expect("threads start");
    runtime.block_on(crawl).expect("no page is lost");

    assert_eq!(kept, NEWS.map(str::to_owned).into());
    // Links of the golden pages lead nowhere, and what robots.txt forbids was not asked for.
    let expected = NEWS.iter().chain(&OTHERS).chain([&""]).map(|path| (*path).to_owned());
    assert_eq!(fetched, expected.collect());
}

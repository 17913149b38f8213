//! How fast one thread classifies the pages of a file: `cargo run --release --example throughput -- pages.jsonl 5`.
//!
//! Prints the seconds of each page at its fastest of so many passes, which what else the machine does disturbs least.
//! The pages are JSON Lines with `html` or `text`. Reading the file is not part of the time; decoding pages and
//! cutting them into blocks is.

use std::hint::black_box;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use pagesieve::{Classifier, input};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("give a file of JSON Lines")?;
    let passes: usize = arguments.next().map_or(Ok(5), |passes| passes.parse())?;
    let mut pages = Vec::new();
    for line in input::source::open(Path::new(&path))?.lines() {
        let record: serde_json::Value = serde_json::from_str(&line?)?;
        let page = |name: &str| record[name].as_str().map(str::to_owned);
        let html = page("html");
        let is_html = html.is_some();
        pages.push((is_html, html.or_else(|| page("text")).ok_or("a record has neither html nor text")?));
    }

    let classifier = Classifier::with_default_model()?;
    let mut fastest = vec![f64::INFINITY; pages.len()];
    for _ in 0..passes {
        for ((is_html, page), fastest) in pages.iter().zip(&mut fastest) {
            let start = Instant::now();
            black_box(classifier.classify(&input::page::read(page.as_bytes(), *is_html)));
            *fastest = fastest.min(start.elapsed().as_secs_f64());
        }
    }
    let mut out = std::io::stdout().lock();
    fastest.iter().try_for_each(|seconds| writeln!(out, "{seconds:.9}"))?;
    Ok(())
}

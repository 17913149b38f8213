//! `spider-gate URL [MOST_PAGES]`: prints the addresses of the pages to keep, and why others are not.

use std::io::Write;

use pagesieve::Classifier;
use spider::tokio;

/// How many pages are fetched unless another number is given.
const MOST_PAGES: u32 = 1000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("give the address of a site, and how many pages to fetch at most")?;
    let most_pages = arguments.next().map_or(Ok(MOST_PAGES), |number| number.parse())?;
    let classifier = Classifier::with_default_model()?;
    let (mut kept, mut dropped) = (std::io::stdout().lock(), std::io::stderr().lock());
    let mut written = Ok(());
    let crawl = spider_gate::crawl(&url, most_pages, &classifier, |page| {
        let line = if page.is_kept() {
            writeln!(kept, "{}", page.url)
        } else {
            writeln!(dropped, "{}: {:?} {:?}", page.url, page.analysis.verdict, page.analysis.reasons)
        };
        if written.is_ok() {
            written = line;
        }
    });
    tokio::runtime::Runtime::new()?.block_on(crawl)?;
    Ok(written?)
}

//! A crawl with a gate in it: every page is judged as soon as it is fetched, while others are.
//!
//! Comes in: the address of a site. Goes out: each of its pages with the gate's verdict.

use std::collections::HashSet;

use pagesieve::{Analysis, Classifier, Verdict, input};
use spider::tokio;
use spider::tokio::sync::broadcast::error::RecvError;
use spider::website::Website;

/// A page that was fetched and judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Its address.
    pub url: String,
    /// The page as it came.
    pub html: Vec<u8>,
    /// What pagesieve makes of it.
    pub analysis: Analysis,
}

impl Judged {
    /// Whether the gate keeps the page.
    pub fn is_kept(&self) -> bool {
        self.analysis.verdict == Some(Verdict::Keep)
    }
}

/// Crawls the site at `url`, following its own links and its robots.txt, and passes every page to `take`, at most
/// `most_pages` of them. What is not answered with success is passed over.
///
/// # Errors
/// If pages came faster than they could be judged, which the room for `most_pages` of them rules out.
pub async fn crawl(
    url: &str,
    most_pages: u32,
    classifier: &Classifier<'_>,
    mut take: impl FnMut(Judged),
) -> Result<(), RecvError> {
    let mut site = Website::new(url);
    site.with_limit(most_pages).with_respect_robots_txt(true);
    // A channel of spider forgets its oldest pages when it is full; this one holds all that may come.
    let mut pages = site.subscribe(most_pages as usize);
    let crawled = tokio::spawn(async move {
        Box::pin(site.crawl()).await;
        // Ends the channel, and with it the loop below.
        site.unsubscribe();
    });
    // The home page is fetched again, with a slash at the end of its address, when others link to it.
    let mut seen = HashSet::new();
    loop {
        let page = match pages.recv().await {
            Ok(page) => page,
            Err(RecvError::Closed) => break,
            Err(lost) => return Err(lost),
        };
        let url = page.get_url();
        if !page.status_code.is_success() || !seen.insert(url.trim_end_matches('/').to_owned()) {
            continue;
        }
        let html = page.get_html_bytes_u8().to_vec();
        let document = input::page::read(&html, true);
        take(Judged { url: url.to_owned(), html, analysis: classifier.classify(&document) });
    }
    // A crawl that panicked has sent what it had fetched.
    let _ = crawled.await;
    Ok(())
}

//! Sites: blocks that stand on many pages of one site.
//!
//! Comes in: the pages of sites, counted first. Goes out: for any of them, which blocks recur and so are likely to be
//! furniture.

use std::collections::HashMap;

use crate::document::Document;
use crate::token::{hash_bytes, mix};

/// The fewest pages of a site that a recurring block stands on.
const FEWEST_PAGES: u32 = 3;
/// The smallest share of a site's pages, as one in so many.
const ONE_IN: u32 = 20;
/// How many blocks are counted before those seen once are forgotten.
const MOST_BLOCKS: usize = 4_000_000;

/// On how many pages of their sites blocks stand.
///
/// ```
/// use pagesieve::{input::text, site::{Sightings, Sites}};
/// let pages: Vec<_> = ["A tram broke down.", "Rain is coming.", "It rained."]
///     .iter().map(|story| text::read(&format!("Read our newsletter\n{story}"))).collect();
/// let mut sites = Sites::default();
/// pages.iter().for_each(|page| sites.add(&Sightings::of(page, Some("https://a.test/"))));
/// assert_eq!(sites.recurring(&pages[0], Some("https://a.test/x")), [true, false]);
/// assert_eq!(sites.recurring(&pages[0], Some("https://b.test/")), [false, false]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Sites {
    pages: HashMap<u64, u32>,
    blocks: HashMap<u64, u32>,
}

/// What is counted of one page: its site and the hashes of its blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sightings {
    site: u64,
    blocks: Vec<u64>,
}

impl Sightings {
    /// What is to be counted of a page that came from `url`. Pages of unknown origin count as of one site.
    pub fn of(document: &Document, url: Option<&str>) -> Self {
        let site = site(url);
        let mut blocks = hashes(site, document).collect::<Vec<_>>();
        // A block that stands on a page twice stands on one page.
        blocks.sort_unstable();
        blocks.dedup();
        Self { site, blocks }
    }
}

impl Sites {
    /// Counts a page.
    pub fn add(&mut self, page: &Sightings) {
        *self.pages.entry(page.site).or_default() += 1;
        for block in &page.blocks {
            *self.blocks.entry(*block).or_default() += 1;
        }
        if self.blocks.len() > MOST_BLOCKS {
            self.blocks.retain(|_, pages| *pages > 1);
        }
    }

    /// How many pages were counted of the site that `url` is of.
    pub fn pages(&self, url: Option<&str>) -> u32 {
        self.pages.get(&site(url)).copied().unwrap_or(0)
    }

    /// Which blocks of a page that came from `url` recur on its site. The page's own headline is never one of them: it
    /// recurs in lists of headlines.
    pub fn recurring(&self, document: &Document, url: Option<&str>) -> Vec<bool> {
        let site = site(url);
        let least = FEWEST_PAGES.max(self.pages(url) / ONE_IN);
        let blocks = hashes(site, document).zip(document.blocks());
        let recurs = |hash: u64| self.blocks.get(&hash).is_some_and(|seen| *seen >= least);
        blocks.map(|(hash, block)| !block.is_headline() && recurs(hash)).collect()
    }
}

fn hashes(site: u64, document: &Document) -> impl Iterator<Item = u64> {
    document.blocks().map(move |block| mix(site, hash_bytes(block.text().as_bytes())))
}

/// The site of an address, which is its host without `www.`.
fn site(url: Option<&str>) -> u64 {
    let url = url.unwrap_or_default();
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
    let host = host.to_ascii_lowercase();
    hash_bytes(host.strip_prefix("www.").unwrap_or(&host).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::html;

    #[test]
    fn sites_are_hosts() {
        let same = ["https://www.A.test:80/x", "http://a.test?y", "a.test", "https://me@a.test#z"];
        assert!(same.iter().all(|url| site(Some(url)) == site(Some("a.test"))));
        assert_ne!(site(Some("https://b.test/a.test")), site(Some("a.test")));
    }

    #[test]
    fn recurring_blocks_stand_on_enough_pages_and_are_no_headlines() {
        let page = |n: usize| {
            let head = if n < 4 { "<p>Early edition</p>" } else { "" };
            html::read(&format!(
                "<title>Story {n}</title>{head}<h1>Story {n}</h1><p>Text {n}</p><p>Share</p><p>Share</p>"
            ))
        };
        let mut sites = Sites::default();
        let pages: Vec<_> = (0..100).map(page).collect();
        // Each headline also stands on many other pages.
        let index = html::read("<p>Story 1</p>");
        pages
            .iter()
            .chain(std::iter::repeat_n(&index, 10))
            .for_each(|page| sites.add(&Sightings::of(page, None)));
        assert_eq!(sites.recurring(&pages[1], None), [false, false, false, true, true]);
        assert_eq!(sites.recurring(&index, None), [true]);
        assert_eq!((sites.pages(None), sites.pages(Some("a.test"))), (110, 0));
        assert_eq!(Sites::default().recurring(&index, None), [false]);
    }
}

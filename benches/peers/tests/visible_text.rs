//! The words that the HTML reader shows, held against those of html5ever's tree: on the golden pages, on pages of the
//! corpus where `PAGESIEVE_CORPUS` names it, and on short cases of markup gone wrong.
//!
//! White space is left out of the comparison: which elements part words is a matter of blocks and not of the standard's
//! tree. Where the two differ on purpose, `docs/performance.md` says why.
#![allow(clippy::print_stderr)] // says which test was skipped, and what differs

use html5ever::ParseOpts;
use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use pagesieve::document::Block;
use pagesieve::input::html::read;
use pagesieve_peers::html;

/// Elements whose text is not shown as a block.
const UNSEEN: [&str; 9] =
    ["title", "script", "style", "iframe", "noembed", "noframes", "template", "svg", "head"];

/// The text of html5ever's tree that is shown, without white space.
fn reference(page: &str) -> String {
    let mut options = ParseOpts::default();
    // As with the reader: what a page shows to those who run no scripts.
    options.tree_builder.scripting_enabled = false;
    let dom = html5ever::parse_document(RcDom::default(), options).one(page);
    let mut text = String::new();
    // A list instead of recursion: pages may nest deeper than the call stack is.
    let mut open: Vec<Handle> = vec![dom.document.clone()];
    while let Some(node) = open.pop() {
        match &node.data {
            NodeData::Text { contents } => text.push_str(&contents.borrow()),
            NodeData::Element { name, .. } if UNSEEN.contains(&name.local.as_ref()) => continue,
            _ => {}
        }
        open.extend(node.children.borrow().iter().rev().cloned());
    }
    without_white_space(&text)
}

fn shown(page: &str) -> String {
    let document = read(page);
    without_white_space(&document.blocks().map(Block::text).collect::<String>())
}

fn without_white_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\0').collect()
}

#[test]
fn golden_pages_show_what_the_tree_shows() {
    for page in &html(true)[0].texts {
        assert_eq!(shown(page), reference(page));
    }
}

/// Pages that differ are listed when the test runs with `--nocapture`.
#[test]
fn corpus_pages_show_what_the_tree_shows() {
    let sets = html(true);
    let Some(raw) = sets.get(1) else {
        eprintln!("skipped: PAGESIEVE_CORPUS names no corpus");
        return;
    };
    let mut different = Vec::new();
    for (number, page) in raw.texts.iter().enumerate() {
        let (ours, theirs) = (shown(page), reference(page));
        if ours != theirs {
            let same = ours.char_indices().zip(theirs.chars()).find(|((_, our), their)| our != their);
            let at = same.map_or(ours.len().min(theirs.len()), |((at, _), _)| at);
            let from = |text: &str| text.get(at..).unwrap_or_default().chars().take(60).collect::<String>();
            different.push(format!(
                "page {number}: {} and {} characters, from {at}: {:?} and {:?}",
                ours.chars().count(),
                theirs.chars().count(),
                from(&ours),
                from(&theirs)
            ));
        }
    }
    eprintln!("{} of {} pages differ\n{}", different.len(), raw.texts.len(), different.join("\n"));
    assert!(different.is_empty(), "no page may differ");
}

#[test]
fn markup_gone_wrong_shows_what_the_tree_shows() {
    for page in [
        "a<p>b<!-->c<!--->d<!--e--!>f<!-- -- > -->g<!x>h<?y?>i</ z>j</>k",
        "a&amp;b&ampc&notit;d&notin;e&#x41f&#65g&#150;h&#0;i&#xD800;j&nosuch;k&",
        "<p title='&amp;>'>a<p title=\">\">b<p title=c>d<p a=b'c>e",
        "<svg><![CDATA[a]]></svg>b<![CDATA[c]]>d<math><mi><![CDATA[<e>]]></mi></math>f",
        "<script><!-- <script> a </script> b --> </script>c",
        "<script><!-- <script> a </script> b </script>c",
        "<script><!--</script>a<script>b<!-- --></script>c",
        "<textarea>a&lt;<b>c</textareax></textarea>d<title>e</title>f",
        "<style>a</style b>c<xmp>d<e>&amp;</xmp>f<noscript>g</noscript>h",
        "a\0b<p>c\0</p>\r\nd\re",
        "<plaintext>a</plaintext>&amp;<b>",
        "<p>a<div",
        "<p>a<div class",
        "<p>a<div class=",
        "<p>a<div class='b",
        "<p>a</",
        "<p>a</d",
        "<p>a<",
        "<p>a<!",
        "<p>a<!-",
        "<p>a<!--b-",
        "<p>a<script>b",
        "<p>a<script><!--b",
        "<p>a<style>b</style",
        "<p>a&",
        "<p>a&#",
        "<p>a&#x",
        "<p>a&am",
        "<p>a&amp",
        "<svg><![CDATA[a]]",
        "<p>a<svg><desc><p>b</p>c</desc><g>d</g></svg>e",
        "a<svg><title><p>b<section>c</title></svg>d",
        "a<svg><foreignObject><div>b</foreignObject></svg>c</div></foreignObject></svg>d",
        "a<svg><desc>b</svg>c",
        "a<svg><section>b</svg>c<svg><b>d",
        "a<svg><font>b</svg>c<svg><font size=1>d",
        "a<svg><g>b</p>c",
        "<p>a<a href=b>c<svg><a>d</a></svg>e</a>f",
    ] {
        assert_eq!(shown(page), reference(page), "{page:?}");
    }
}

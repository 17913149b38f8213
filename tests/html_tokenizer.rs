//! The HTML reader against the standard: visible text equal to what html5gum finds, and blocks as WHATWG HTML has it.
//!
//! The reference knows no elements, only tokens, so text within unseen elements that are nested wrongly is left to the
//! cases written by hand. Both sides show `<noscript>` and text that is hidden by attributes or styles, and neither
//! shows `<title>`, which is the page's name and not a block.

mod support;

use html5gum::{State, Token, Tokenizer};
use pagesieve::Document;
use pagesieve::document::{Block, Element};
use pagesieve::input::html::read;
use proptest::prelude::*;

/// Elements whose text is not shown as a block.
const UNSEEN: [&str; 8] = ["title", "script", "style", "iframe", "noembed", "noframes", "template", "svg"];

/// Elements that do not part words.
const INLINE: [&str; 14] =
    ["a", "abbr", "b", "cite", "code", "em", "font", "i", "small", "span", "strong", "sup", "time", "u"];

/// The page's visible text as html5gum's tokens tell it, with white space where a tag parts words.
fn reference(html: &str) -> String {
    let mut tokenizer = Tokenizer::new(html);
    let mut text = String::new();
    let mut unseen: Vec<String> = Vec::new();
    while let Some(Ok(token)) = tokenizer.next() {
        let name = match &token {
            Token::StartTag(tag) => &tag.name,
            Token::EndTag(tag) => &tag.name,
            Token::String(string) if unseen.is_empty() => {
                text.push_str(&String::from_utf8_lossy(&string.value));
                continue;
            }
            _ => continue,
        };
        let name = String::from_utf8_lossy(name).into_owned();
        if !INLINE.contains(&name.as_str()) {
            text.push(' ');
        }
        if matches!(token, Token::EndTag(_)) {
            if unseen.last() == Some(&name) {
                unseen.pop();
            }
            continue;
        }
        if unseen.last().is_none_or(|outer| outer != "svg") {
            let state = match name.as_str() {
                "title" | "textarea" => State::RcData,
                "script" => State::ScriptData,
                "style" | "iframe" | "noembed" | "noframes" | "xmp" => State::RawText,
                "plaintext" => State::PlainText,
                _ => State::Data,
            };
            tokenizer.set_state(state);
        }
        if UNSEEN.contains(&name.as_str()) {
            unseen.push(name);
        }
    }
    text
}

fn texts(document: &Document) -> Vec<&str> {
    document.blocks().map(Block::text).collect()
}

fn without_white_space(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Every character but white space is the same: words may be parted where only a tree tells.
#[track_caller]
fn agrees(html: &str) {
    let document = read(html);
    assert_eq!(
        without_white_space(&texts(&document).concat()),
        without_white_space(&reference(html)),
        "{}",
        html.chars().take(2_000).collect::<String>()
    );
}

/// The page's blocks, each as `tag:text`.
#[track_caller]
fn blocks(html: &str, expected: &[&str]) {
    let document = read(html);
    let found: Vec<String> =
        document.blocks().map(|block| format!("{}:{}", block.tag(), block.text())).collect();
    assert_eq!(found, expected, "{html}");
}

#[test]
fn golden_pages_have_the_words_of_the_reference() {
    for golden in support::golden().iter().filter(|golden| golden.document.has_markup()) {
        let found: Vec<&str> =
            golden.document.blocks().flat_map(|block| block.text().split_whitespace()).collect();
        let expected = reference(&golden.page);
        let expected: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!(found, expected, "{}", golden.name);
    }
}

#[test]
fn nasty_markup_has_the_text_of_the_reference() {
    for html in [
        // Tags that are none, and tags that the page ends within.
        "a < b <3 c <= d << e <> f",
        "1</ 2></> 3<? 4?>5<! 6>7",
        "<p",
        "a<p b=c",
        "a<p b='c>d",
        "a</p",
        "a</",
        "a<",
        // Attributes with signs of markup in them.
        "<p a='>' b=\">\" c=x>y</p>z",
        "<p a=b'c\"d>e",
        "<p a = b c= d e =f g>h",
        "<p =a>b<p ==>c<p a==b>d",
        "<p/a/b/>c<p a=/>d<p a=b/>e",
        "<p a='b'c=\"d\">e",
        "<p\na\t=\u{c}b\r>c",
        "<p a<b>c<p <b>d",
        "<pé>a<p\u{a0}b>c",
        // Comments.
        "a<!-->b<!--->c<!---->d<!-- -- >e-->f<!--g--!>h",
        "a<!--b<!--c-->d-->e",
        "a<!-- <p> </p> '>' -->b<!- c ->d<!>e",
        "a<!--b",
        "a<!--b--",
        // Doctypes, processing instructions and CDATA, which is a comment in HTML.
        "a<!DOCTYPE html PUBLIC \"x>y\" 'z'>b<!doctype>c",
        "a<?xml version='1.0'?>b<![CDATA[c>d]]>e",
        // Raw text and its ends.
        "<script>a</scriptx>b</script>c",
        "<script>'</SCRIPT\n>'d",
        "<script><!-- <script> </script> </script> --> a",
        "<script><!-- a --></script>b</script>c",
        "<script><!--<script x>a</script >b--></script>c",
        "<script><!--a--!></script>b<!-- --> c",
        "<script></scrip</script/>a",
        "<style>p::before{content:'</p>'}</style >a</style>b",
        "<xmp>a<b>&amp;</b></xmp>c",
        "<textarea>a<b>&amp;&lt;</b></textareas></textarea>c",
        "<title>a</b>&amp;</title>b</title>c",
        "<iframe><p>a</iframe>b<noembed>c</noembed>d<noframes>e</noframes>f",
        // But not of a title or textarea that never ends, where the reader departs from the standard on purpose.
        "<script>a",
        "<noscript><p>a</p><img src=b></noscript>c",
        "<plaintext>a</plaintext><p>&amp;<script>b",
        "<template><p>a<template>b</template>c</template>d",
        "a<svg><text>b</text><style>c</style></svg>d",
        // Case.
        "<SCRIPT>a</ScRiPt>b<P>c</p>d<TiTle>e</tITLE>f",
    ] {
        agrees(html);
    }
}

#[test]
fn character_references_are_those_of_the_reference() {
    for html in [
        "&amp;&lt;&gt;&quot;&apos;&nbsp;&copy;&hellip;&mdash;",
        "&amp &lt &copy2020 &ampx &notit; &notin; &notinva &NotEqualTilde; &acE;",
        "&AMP;&Amp;&COPY&reg&eacute&Eacute;&fjlig;&ThickSpace;x",
        "& &; &# &#; &#x &#x; &#xg &1 &é &-",
        "&#65;&#65 &#65x&#x41;&#X41&#x41g",
        "&#0;&#x80;&#x9f;&#x81;&#150;&#xD800;&#xDFFF;&#x110000;&#99999999999999;&#xFFFE;&#13;&#11;",
        "&unknown; &ltx &lt= &gt&lt &amp;amp; &amp;lt;",
        "&CounterClockwiseContourIntegral;&CounterClockwiseContourIntegra;",
        "a&ampb<p>&not<b>in;</b>",
        "<textarea>&notit;&#x26;</textarea><xmp>&amp;</xmp>",
        "&",
        "x&#",
        "x&#x",
        "x&am",
        "x&amp",
    ] {
        agrees(html);
    }
}

#[test]
fn start_tags_end_what_cannot_hold_them() {
    blocks("<p>a<p>b<div>c</div>d", &["p:a", "p:b", "div:c", "body:d"]);
    blocks("<p>a<ul><li>b<li>c</ul>d", &["p:a", "li:b", "li:c", "body:d"]);
    blocks("<ul><li>a<ul><li>b</ul>c<li>d</ul>", &["li:a", "li:b", "li:c", "li:d"]);
    blocks("<dl><dt>a<dd>b<dt>c<dd>d</dl>e", &["dt:a", "dd:b", "dt:c", "dd:d", "body:e"]);
    blocks("<h1>a<h2>b</h1>c</h2>d", &["h1:a", "h2:b", "body:cd"]);
    blocks("<h1><p>a<h2>b</h2>c", &["p:a", "h2:b", "body:c"]);
    blocks(
        "<select><option>a<option>b<optgroup><option>c</select>d",
        &["option:a", "option:b", "option:c", "body:d"],
    );
    blocks("<button>a<button>b</button>c", &["button:a", "button:b", "body:c"]);
    blocks("<p>a<b>b<p>c</b>d", &["p:ab", "p:cd"]);
    blocks("<p>a<button><p>b</button>c</p>d", &["p:a", "p:b", "p:c", "body:d"]);
}

#[test]
fn what_a_start_tag_ends_is_no_ancestor() {
    for (html, expected) in [
        ("<ul><li>a<li>b", "li ul body"),
        ("<ul><li>a<li><ul><li>b", "li ul li ul body"),
        ("<ul><li>a<div><li>b", "li ul body"),
        ("<dl><dt>a<dd>c<dt>b", "dt dl body"),
        ("<p>a<p>b", "p body"),
        ("<h1>a<h2>b", "h2 body"),
        ("<table><tr><td>a<td>b", "td tr table body"),
        ("<table><tr><td>a<tr><th>b", "th tr table body"),
        ("<table><thead><tr><td>a<tbody><tr><td>b", "td tr tbody table body"),
        ("<select><optgroup><option>a<option>b", "option optgroup select body"),
        ("<select><optgroup><option>a<optgroup><option>b", "option optgroup select body"),
        ("<button>a<button>b", "button body"),
    ] {
        let document = read(html);
        let last = document.blocks().last().expect("there is a block");
        let containers: Vec<&str> = last.containers().map(Element::tag).collect();
        assert_eq!((last.text(), containers.join(" ").as_str()), ("b", expected), "{html}");
    }
}

#[test]
fn tables_need_few_end_tags() {
    blocks("<table><tr><td>a<td>b<tr><th>c<td>d</table>e", &["td:a", "td:b", "th:c", "td:d", "body:e"]);
    blocks(
        "<table><caption>a</caption><thead><tr><th>b<tbody><tr><td>c<tfoot><tr><td>d</table>",
        &["caption:a", "th:b", "td:c", "td:d"],
    );
    blocks("<table><tr><td><table><tr><td>a</table>b<td>c</table>d", &["td:a", "td:b", "td:c", "body:d"]);
    blocks("<table><tr><td><p>a<td><li>b</table>c", &["p:a", "li:b", "body:c"]);
    blocks("<div><table><tr><td>a</div>b</table>c</div>d", &["td:ab", "div:c", "body:d"]);
}

#[test]
fn end_tags_without_a_start_change_nothing() {
    blocks("<p>a</div>b</li>c</h1>d</td>e</p>f", &["p:abcde", "body:f"]);
    blocks("a</p>b", &["body:a", "body:b"]);
    blocks("<p>a</br>b</p>", &["p:a b"]);
    blocks("<ul><li>a<ul>b</li>c</ul>d", &["li:a", "ul:bc", "li:d"]);
    blocks("<div><span>a</div>b</span>c", &["div:a", "body:bc"]);
    blocks("<ul><li>a</ul></ul></li>b", &["li:a", "body:b"]);
    blocks("<x-card>a<x-title>b</x-card>c</x-title>d", &["x-card:a", "x-title:b", "body:cd"]);
    blocks("<a>a<div>b</a>c</div>d", &["body:a", "div:bc", "body:d"]);
}

#[test]
fn inline_elements_glue_and_blocks_part() {
    blocks("<p>un<b>believ</b><i>able</i>, <a>isn't</a> it</p>", &["p:unbelievable, isn't it"]);
    blocks("<p>a<br>b<br>c</p>", &["p:a b c"]);
    blocks("<p>a<br>\n <br>b</p>", &["p:a", "p:b"]);
    blocks("<div>a<p>b</p>c<hr>d</div>", &["div:a", "p:b", "div:c", "div:d"]);
    blocks("<p>a<wbr>b&shy;c<img>d<input>e</p>", &["p:ab\u{ad}cde"]);
    blocks("<pre>a\n  b\n\nc</pre>", &["pre:a\nb", "pre:c"]);
    blocks("<p> \u{a0}\n a \t\r\n b </p><p> &nbsp; </p>", &["p:a b"]);
    blocks("<label>a</label><legend>b</legend>", &["label:a", "legend:b"]);
}

#[test]
fn what_is_not_shown_has_no_block() {
    blocks("<head><title>a</title><style>b</style><script>c</script></head>d", &["body:d"]);
    blocks("<template><div><p>a</template>b", &["body:b"]);
    blocks("<template><table><tr><td>a</template>b", &["body:b"]);
    blocks("a<svg viewBox='0 0 1 1'><title>b</title><path d=c /><g>d</g></svg>e", &["body:ae"]);
    blocks("<svg><![CDATA[a]]></svg>b<![CDATA[c]]>d", &["body:bd"]);
    blocks("<svg><circle>a<p>b", &["p:b"]);
    // What stands in these elements of SVG is HTML, and none of it shown.
    blocks("<p>a<svg><desc><p>b</p>c</desc><g>d</g></svg>e", &["p:ae"]);
    blocks("a<svg><title><p>b</title></svg>c</p></title></svg>d", &["body:ad"]);
    blocks("a<svg><foreignObject><div>b</foreignObject></svg>c</div></foreignObject></svg>d", &["body:ad"]);
    blocks("a<svg><desc>b</svg>c", &["body:ac"]);
    blocks("a<svg><section>b</svg>c<svg><b>d", &["body:acd"]);
    blocks("a<svg><font>b</svg>c<svg><font size=1>d", &["body:acd"]);
    blocks("a<svg><g>b</p>c", &["body:a", "body:c"]);
    blocks("<p>a<a href=b>c<svg><a>d</a></svg>e</a>f", &["p:acef"]);
    blocks("<svg/>a<svg><use/><script/>b</svg>c", &["body:ac"]);
    blocks("<p>if <math><mi>x</mi><mo>=</mo><![CDATA[<y>]]></math>, z", &["p:if x=<y>, z"]);
    blocks("a\0b<p>\0</p>c", &["body:ab", "body:c"]);
}

#[test]
fn links_are_measured_wherever_they_end() {
    let links = |html: &str| -> Vec<(String, usize)> {
        read(html).blocks().map(|block| (block.text().to_owned(), block.link_bytes())).collect()
    };
    let expect = |html: &str, expected: &[(&str, usize)]| {
        let found = links(html);
        let found: Vec<(&str, usize)> = found.iter().map(|(text, bytes)| (text.as_str(), *bytes)).collect();
        assert_eq!(found, expected, "{html}");
    };
    expect("<p>a <a href=x>bcd</a> e", &[("a bcd e", 3)]);
    expect("<a href=x><div>ab</div><div>cd</a>ef</div>", &[("ab", 2), ("cdef", 2)]);
    expect("<a>ab<a>cd</a>ef", &[("abcdef", 4)]);
    expect("<a><p>ab</p>cd</a><p>ef", &[("ab", 2), ("cd", 2), ("ef", 0)]);
    expect("<table><tr><td><a>ab<td>cd</table>", &[("ab", 2), ("cd", 0)]);
}

#[test]
fn nesting_beyond_the_limit_keeps_the_text() {
    for tag in ["div", "b", "ul><li", "table><tr><td", "blockquote", "x-box"] {
        let html = format!("<p>start</p>{}end", format!("<{tag}>").repeat(2_000));
        agrees(&html);
    }
    let depth = 1_500;
    let closed = format!("{}deep{}<p>after", "<div>".repeat(depth), "</div>".repeat(depth));
    blocks(&closed, &["div:deep", "p:after"]);
    let unseen = format!("{}<script>a</script>b<style>c</style><title>d</title>e", "<div><b>".repeat(depth));
    agrees(&unseen);
}

#[test]
fn places_point_at_the_words() {
    let html = "<h1>Caf&eacute; <b>am</b> See</h1>\n<p>\u{feff}Zoë &amp; Jo</p>";
    let document = read(html);
    let sources: Vec<&str> = document.blocks().map(|block| &html[block.source()]).collect();
    assert_eq!(sources, ["Caf&eacute; <b>am</b> See", "\u{feff}Zoë &amp; Jo"]);
}

/// Pieces of pages, well-formed and not. Elements with unseen text come whole, for want of a tree in the reference.
fn soup() -> impl Strategy<Value = String> {
    let words =
        prop::sample::select(vec!["one", "Zwei ", " trois", "四", " ", "\n", "<", ">", "'", "\"", "&", "-"]);
    let references = prop::sample::select(vec![
        "&amp;", "&ampx", "&notit;", "&#8217;", "&#x2014", "&nbsp;", "&nosuch;", "&#", "&eacute", "&#0;",
    ]);
    let names = prop::sample::select(vec![
        "p", "div", "li", "ul", "td", "tr", "table", "a", "b", "span", "h2", "option", "select", "button",
        "body", "x-y", "br", "img", "form", "dd", "section", "noscript", "em",
    ]);
    let attributes = prop::sample::select(vec![
        "",
        " a",
        " class=x",
        " a='>'",
        " a=\"<p>\"",
        " hidden",
        " a=b/",
        "/",
        " /",
        " a=",
        " =",
        "\n",
        " a='\">'",
    ]);
    let start = (names.clone(), attributes.clone()).prop_map(|(name, more)| format!("<{name}{more}>"));
    let end = (names, attributes).prop_map(|(name, more)| format!("</{name}{more}>"));
    let odd = prop::sample::select(vec![
        "<!--x-->",
        "<!-->",
        "<!--->",
        "<!-- > -- --!>",
        "<!x>",
        "<?x?>",
        "</>",
        "</ x>",
        "<![CDATA[x]]>",
        "<3",
    ]);
    let whole = prop::sample::select(vec![
        "<script>if (a<b) '</p>'</script>",
        "<script><!--<script></script>--></script>",
        "<style>a>b{}</style>",
        "<textarea><p>&amp;</textarea>",
        "<title>x</title>",
        "<template><p>x</p></template>",
        "<svg><path d='x'/><text>y</text></svg>",
        "<iframe><p></iframe>",
        "<xmp><p>&amp;</xmp>",
    ]);
    let last = prop::sample::select(vec![
        "",
        "",
        "<script>x",
        "<p a='",
        "<!--",
        "</p",
        "<textarea>y",
        "<plaintext><p>&lt;",
    ]);
    let piece = prop_oneof![
        4 => words.prop_map(str::to_owned),
        2 => references.prop_map(str::to_owned),
        4 => start,
        3 => end,
        1 => odd.prop_map(str::to_owned),
        1 => whole.prop_map(str::to_owned),
    ];
    (prop::collection::vec(piece, 0..60), last).prop_map(|(pieces, last)| pieces.concat() + last)
}

proptest! {
    #[test]
    fn tag_soup_has_the_text_of_the_reference(html in soup()) {
        agrees(&html);
    }
}

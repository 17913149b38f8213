//! What holds for every page, every labelled page and every model file, whatever is in it.
//!
//! Pages are generated from any characters and from pieces of markup; models are trained on a few pages of the
//! repository's rows.

mod support;

use std::ops::Range;
use std::sync::LazyLock;

use pagesieve::document::Block;
use pagesieve::features::{Features, View};
use pagesieve::labelled::{CsvPages, LabelNames, LabelledPage, write_header, write_page};
use pagesieve::train::{Options, Trainer};
use pagesieve::{Analysis, Classifier, Document, ErrorKind, Model, Verdict, input};
use proptest::prelude::*;

/// Sums of a few hundred 32-bit numbers are off by less.
const TOLERANCE: f32 = 1e-4;

/// Any characters, those that matter to readers more often than others.
fn anything() -> impl Strategy<Value = String> {
    let telling = "<>/!-&;='\" \n\r\t\0\u{a0}\u{ad}\u{feff}\u{2028}|.?©«東京ไทยéÉ0aA";
    let telling = prop::sample::select(telling.chars().collect::<Vec<_>>());
    prop::collection::vec(prop_oneof![telling, any::<char>()], 0..200).prop_map(String::from_iter)
}

/// Pages with elements, some with names that are hard to write down.
fn html() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "p", "div", "li", "ul", "a", "b", "h1", "td", "table", "x-y", "x\u{a0}", "title",
    ]);
    let attributes = prop::sample::select(vec![
        "",
        "",
        " class=x",
        " class='a b'",
        " class='a+ +b'",
        " class='\u{a0}'",
        " class='x\u{b}'",
        " id='a,b\"c'",
        " id='\u{2003}y\u{2003}'",
        " role=main",
        " hidden",
        " class='é|[=]'",
        " href=/",
        " id=x#y.z",
    ]);
    let words = prop::sample::select(vec![
        "The council voted on Monday",
        "to close the bridge,",
        "10 Best Tips",
        "Share",
        " | ",
        "© 2024",
        "\n",
        "=1+1",
        "\"quoted, text\"",
        "東京で会議",
        "&amp;",
        "&#13;",
        "a\rb",
        "-",
        "<br><br>",
    ]);
    let piece = prop_oneof![
        3 => (names.clone(), attributes).prop_map(|(name, attributes)| format!("<{name}{attributes}>")),
        2 => names.prop_map(|name| format!("</{name}>")),
        4 => words.prop_map(str::to_owned),
        1 => anything(),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Checks the blocks of a document read from `page`.
fn check_blocks(page: &str, document: &Document) -> Result<(), TestCaseError> {
    let mut before = 0;
    for block in document.blocks() {
        let Range { start, end } = block.source();
        prop_assert!(!block.text().is_empty());
        prop_assert_eq!(block.text().trim(), block.text());
        prop_assert!(block.link_bytes() <= block.text().len());
        prop_assert!(before <= start && start < end, "{}..{} after {}", start, end, before);
        let source = page.get(start..end);
        prop_assert!(source.is_some(), "{}..{} is no part of the page", start, end);
        if !document.has_markup() {
            prop_assert_eq!(source, Some(block.text()));
        }
        before = end;
    }
    Ok(())
}

fn is_probability(value: f32) -> bool {
    (0.0..=1.0 + TOLERANCE).contains(&value)
}

/// Checks what was found out about a document.
fn check_analysis(document: &Document, analysis: &Analysis) -> Result<(), TestCaseError> {
    prop_assert_eq!(analysis.blocks.len(), document.len());
    let mut next = 0;
    for region in &analysis.regions {
        prop_assert_eq!(region.first, next);
        prop_assert!(region.last >= region.first && region.last < document.len());
        prop_assert!(is_probability(region.probability));
        for block in &analysis.blocks[region.first..=region.last] {
            prop_assert_eq!(block.label, region.label);
        }
        next = region.last + 1;
    }
    prop_assert_eq!(next, document.len());
    for neighbours in analysis.regions.windows(2) {
        prop_assert_ne!(neighbours[0].label, neighbours[1].label);
    }
    prop_assert!(analysis.blocks.iter().all(|block| is_probability(block.probability)));
    prop_assert!(analysis.probabilities.iter().all(|value| is_probability(*value)));
    let sum: f32 = analysis.probabilities.iter().sum();
    prop_assert!((sum - 1.0).abs() < TOLERANCE, "probabilities sum to {}", sum);
    prop_assert_eq!(analysis.verdict == Some(Verdict::Keep), analysis.reasons.is_empty());
    Ok(())
}

fn classify(document: &Document) -> Analysis {
    Classifier::new(support::model()).classify(document)
}

/// One page as labelled CSV, with the same label for all blocks.
fn write(name: &str, document: &Document, label: impl Fn(usize) -> String) -> Vec<u8> {
    let mut out = csv::Writer::from_writer(Vec::new());
    write_header(&mut out).expect("memory takes the header");
    write_page(&mut out, name, document, label).expect("memory takes the rows");
    out.into_inner().expect("memory is flushed")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_page_of_text(page in anything()) {
        let document = input::text::read(&page);
        check_blocks(&page, &document)?;
        check_analysis(&document, &classify(&document))?;
        let lines = page.split('\n').map(str::trim).filter(|line| !line.is_empty());
        prop_assert!(document.blocks().map(Block::text).eq(lines));
    }

    #[test]
    fn any_text_is_a_page_of_html(page in prop_oneof![anything(), html()]) {
        let document = input::html::read(&page);
        check_blocks(&page, &document)?;
        check_analysis(&document, &classify(&document))?;
        let plain = document.without_markup();
        check_analysis(&plain, &classify(&plain))?;
    }

    #[test]
    fn any_bytes_are_a_page(bytes in prop::collection::vec(any::<u8>(), 0..300), mark in 0..4_usize) {
        let mark: &[u8] = [&b""[..], b"\xEF\xBB\xBF", b"\xFF\xFE", b"<meta charset=shift_jis>"][mark];
        let bytes = [mark, &bytes].concat();
        for html in [false, true] {
            let page = input::charset::decode(&bytes, html);
            let document = if html { input::html::read(&page) } else { input::text::read(&page) };
            check_blocks(&page, &document)?;
            check_analysis(&document, &classify(&document))?;
        }
    }

    #[test]
    fn pages_are_the_same_after_csv(page in html()) {
        let document = input::html::read(&page);
        prop_assume!(!document.is_empty());
        let csv = write("page", &document, |_| "news".into());
        let mut reader = CsvPages::new(csv.as_slice()).expect("the header is ours");
        let mut names = LabelNames::default();
        let again = reader.next_page(&mut names).expect("the rows are ours").expect("there is a page").document;
        prop_assert!(reader.next_page(&mut names).expect("the rows are ours").is_none());
        prop_assert_eq!(again.len(), document.len());
        for (index, (one, other)) in document.blocks().zip(again.blocks()).enumerate() {
            prop_assert_eq!(one.text(), other.text());
            prop_assert_eq!(one.is_headline(), other.is_headline());
            let (mine, theirs) = (Features::of(&document), Features::of(&again));
            for view in View::ALL {
                prop_assert_eq!(mine.slots(view, index), theirs.slots(view, index), "{} of {}", view.name(), index);
            }
        }
        prop_assert_eq!(classify(&again), classify(&document));
    }
}

/// A few pages of the repository's rows and one of plain text, each as CSV.
static PAGES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut names = LabelNames::default();
    let pages = support::training_pages(&mut names).into_iter().step_by(12);
    let label = |page: &LabelledPage, block: usize| {
        let label = page.labels[block].single().expect("the repository's rows have one label");
        names.names()[label.index()].clone()
    };
    let mut pages: Vec<Vec<u8>> =
        pages.map(|page| write(&page.name, &page.document, |block| label(&page, block))).collect();
    // Its labels come in another order than on pages that start with a menu.
    pages.push(
        b"label,text,page\nlisticle,7 Tips for Roofers,text\nnews,It rained on Monday.,text\n".to_vec(),
    );
    pages
});

fn train<'a>(base: Option<&Model>, pages: impl IntoIterator<Item = &'a Vec<u8>>) -> Model {
    let options = Options { sample_rows: 300, ..Options::default() };
    let mut trainer = match base {
        Some(base) => Trainer::with_base(options, base).expect("the base holds its pages"),
        None => Trainer::new(options),
    };
    for csv in pages {
        let mut reader = CsvPages::new(csv.as_slice()).expect("the header is ours");
        while let Some(page) = reader.next_page(trainer.names()).expect("the rows are ours") {
            trainer.add(&page);
        }
    }
    trainer.finish().expect("there are three labels").0
}

/// The bytes of the model of all pages in order.
static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| train(None, PAGES.iter()).to_bytes());

#[test]
fn training_does_not_depend_on_the_order_of_pages() {
    let back = train(None, PAGES.iter().rev());
    assert!(back.to_bytes() == *WHOLE, "another order made another model");
}

#[test]
fn training_goes_on_where_it_stopped() {
    let (first, rest) = PAGES.split_at(PAGES.len() / 3);
    let base = Model::from_bytes(&train(None, first).to_bytes()).expect("the base is read");
    assert!(base.to_bytes() != *WHOLE, "the rest of the pages teaches nothing");
    assert!(train(Some(&base), rest).to_bytes() == *WHOLE, "two sittings made another model");
}

#[test]
fn models_survive_their_file() {
    let model = support::model();
    let again = Model::from_bytes(&model.to_bytes()).expect("the file is read");
    assert_eq!(&again, model);
    assert_eq!(again.to_bytes(), model.to_bytes());
}

/// Places of a file worth trying: all near its ends, and some in between.
fn places(bytes: usize) -> impl Iterator<Item = usize> {
    let step = bytes / 61;
    (0..bytes).filter(move |place| *place < 64 || bytes - place <= 64 || place % step == 0)
}

#[test]
fn damaged_models_are_refused() {
    let whole = support::model().to_bytes();
    for place in places(whole.len()) {
        for bits in [1, 0x80, 0xFF] {
            let mut damaged = whole.clone();
            damaged[place] ^= bits;
            let refused = Model::from_bytes(&damaged).map_err(|error| error.kind());
            assert_eq!(refused.err(), Some(ErrorKind::Model), "byte {place} of {} changed", whole.len());
        }
        let refused = Model::from_bytes(&whole[..place]).map_err(|error| error.kind());
        assert_eq!(refused.err(), Some(ErrorKind::Model), "cut after byte {place} of {}", whole.len());
    }
    assert!(Model::from_bytes(&[whole.as_slice(), b"x"].concat()).is_err(), "a byte too many");
}

#[test]
fn forged_models_do_no_harm() {
    let whole = support::model().to_bytes();
    let document =
        input::html::read("<h1>10 Best Tips</h1><p>The council voted on Monday to close the bridge.</p>");
    let content = whole.len() - 16;
    for place in places(content).filter(|place| *place >= 8).step_by(6) {
        let mut forged = whole.clone();
        forged[place] ^= 0x41;
        let checksum = crc32fast::hash(&forged[..content]);
        forged[content + 12..].copy_from_slice(&checksum.to_le_bytes());
        if let Ok(model) = Model::from_bytes(&forged) {
            assert_eq!(Classifier::new(&model).classify(&document).blocks.len(), document.len());
        }
    }
}

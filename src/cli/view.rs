//! The text view of a classified page.
//!
//! Comes in: a page and its analysis. Goes out: a head with the verdict, then one aligned row a block or region, with
//! a blank line wherever a region ends.

use anstyle::{AnsiColor, Style};
use pagesieve::document::Block;
use pagesieve::input::page::Page;
use pagesieve::schema::Detail;
use pagesieve::{Analysis, Label, Labels};
use unicode_width::UnicodeWidthStr;

use super::table::{Sheet, Table, left, right, visible};

/// Marks the page's own headline.
const HEADLINE: &str = "*";
/// Tags longer than this are cut; real ones are not.
const LONGEST_TAG: usize = 10;
/// What stands before a line that goes on with the head.
const INDENT: &str = "    ";

/// Writes one page.
pub fn write(page: &Page, analysis: &Analysis, labels: &Labels, detail: Detail, sheet: Sheet) -> String {
    let mut out = String::new();
    head(page, analysis, labels, sheet, &mut out);
    if detail == Detail::Document || page.document.is_empty() {
        return out;
    }
    out.push('\n');
    let table = match detail {
        Detail::Regions => regions(page, analysis, labels, sheet),
        _ => blocks(page, analysis, labels, sheet),
    };
    table.write(sheet, &mut out);
    out.push('\n');
    out
}

/// The colour of a label: ours have their own, others one each as far as they last.
fn colour(label: Label, labels: &Labels) -> Style {
    const OTHERS: [AnsiColor; 4] = [AnsiColor::Cyan, AnsiColor::Magenta, AnsiColor::Blue, AnsiColor::Red];
    match labels.name(label) {
        "news" => AnsiColor::Green.on_default(),
        "listicle" => AnsiColor::Yellow.on_default(),
        "boilerplate" => Style::new().dimmed(),
        _ => OTHERS[label.index() % OTHERS.len()].on_default(),
    }
}

/// The style of a row's text: furniture steps back.
fn text_style(label: Label, labels: &Labels) -> Style {
    if labels.boilerplate() == Some(label) { Style::new().dimmed() } else { Style::new() }
}

/// Id, label, verdict and words: on one line, or as many as they need.
fn head(page: &Page, analysis: &Analysis, labels: &Labels, sheet: Sheet, out: &mut String) {
    let words: Vec<String> =
        labels.names().iter().zip(&analysis.words).map(|(name, words)| format!("{name} {words}")).collect();
    let found = format!(
        "{} {:.2}",
        labels.name(analysis.label),
        analysis.probabilities.get(analysis.label.index()).copied().unwrap_or_default()
    );
    let verdict = analysis.verdict.map(|verdict| {
        let reasons: Vec<&str> = analysis.reasons.iter().map(|reason| reason.name()).collect();
        let separator = if reasons.is_empty() { "" } else { ": " };
        format!("{verdict}{separator}{}", reasons.join(", "))
    });
    let id = visible(&page.id.to_string(), usize::MAX);
    let parts = [
        (Some(id), Style::new().bold()),
        (Some(found), colour(analysis.label, labels)),
        (verdict, Style::new()),
        (Some(format!("words: {}", words.join(", "))), Style::new()),
    ];
    let mut column = 0;
    for (part, style) in parts.into_iter().filter_map(|(part, style)| part.map(|part| (part, style))) {
        let width = part.width();
        if column > 0 && sheet.width.is_some_and(|limit| column + 2 + width > limit) {
            out.push('\n');
            out.push_str(INDENT);
            column = INDENT.len() + width;
        } else {
            out.push_str(if column > 0 { "  " } else { "" });
            column += width + if column > 0 { 2 } else { 0 };
        }
        sheet.styled(&part, style, out);
    }
    out.push('\n');
}

fn blocks(page: &Page, analysis: &Analysis, labels: &Labels, sheet: Sheet) -> Table {
    let mut table = Table::default();
    let has_headline = page.document.blocks().any(Block::is_headline);
    for region in &analysis.regions {
        if region.first > 0 {
            table.blank();
        }
        for index in region.first..=region.last {
            let (block, found) = (page.document.block(index), analysis.blocks[index]);
            let style = text_style(found.label, labels);
            let mut cells = vec![
                left(labels.name(found.label)).styled(colour(found.label, labels)),
                right(format!("{:.2}", found.probability)).styled(style),
            ];
            if page.document.has_markup() {
                cells.push(left(visible(block.tag(), LONGEST_TAG)).styled(style));
            }
            if has_headline {
                cells.push(left(if block.is_headline() { HEADLINE } else { "" }));
            }
            cells.push(left(visible(block.text(), longest(sheet))).styled(style));
            table.row(cells);
        }
    }
    table
}

fn regions(page: &Page, analysis: &Analysis, labels: &Labels, sheet: Sheet) -> Table {
    let mut table = Table::default();
    for region in &analysis.regions {
        let words = analysis.region_words(region);
        let style = text_style(region.label, labels);
        let range = if region.first == region.last {
            format!("block {}", region.first)
        } else {
            format!("blocks {}-{}", region.first, region.last)
        };
        table.row([
            left(labels.name(region.label)).styled(colour(region.label, labels)),
            right(format!("{:.2}", region.probability)).styled(style),
            left(range).styled(style),
            right(words).styled(style),
            left(if words == 1 { "word" } else { "words" }).styled(style),
            left(visible(page.document.block(region.first).text(), longest(sheet))).styled(style),
        ]);
    }
    table
}

/// The most characters of a text that can show on a sheet. White space shrinks, so it may take some more than fit.
fn longest(sheet: Sheet) -> usize {
    sheet.width.map_or(usize::MAX, |width| 4 * width)
}

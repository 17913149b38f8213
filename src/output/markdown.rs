//! Markdown of selected blocks.
//!
//! Comes in: a page and its analysis. Goes out: Markdown in which headings, list items, quotes and preformatted text
//! are what they were on the page.

use crate::classifier::Analysis;
use crate::document::{Block, Document, Element};
use crate::output::Selection;

/// The Markdown of the selected blocks; empty if there are none, else without a line end.
///
/// ```
/// use pagesieve::{Classifier, input, output::{Selection, markdown}};
/// let classifier = Classifier::with_default_model()?;
/// let page = input::html::read("<h2>Rain</h2><p>It *poured*.<ul><li>all day<li>all night</ul>");
/// let written = markdown::write(&page, &classifier.classify(&page), Selection::ALL);
/// assert_eq!(written, "## Rain\n\nIt \\*poured\\*.\n\n- all day\n- all night");
/// # Ok::<(), pagesieve::Error>(())
/// ```
pub fn write(document: &Document, analysis: &Analysis, selection: Selection) -> String {
    let mut written = String::new();
    let mut last = None;
    for block in selection.blocks(document, analysis) {
        let kind = Kind::of(block);
        if let Some(last) = last {
            written.push_str(if last == Kind::Item && kind == Kind::Item { "\n" } else { "\n\n" });
        }
        kind.write(block.text(), &mut written);
        last = Some(kind);
    }
    written
}

/// What a block is in Markdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Heading(usize),
    Item,
    Quote,
    Preformatted,
    Paragraph,
}

impl Kind {
    fn of(block: Block<'_>) -> Self {
        match block.tag() {
            "h1" => Self::Heading(1),
            "h2" => Self::Heading(2),
            "h3" => Self::Heading(3),
            "h4" => Self::Heading(4),
            "h5" => Self::Heading(5),
            "h6" => Self::Heading(6),
            _ if block.is_headline() => Self::Heading(1),
            "pre" => Self::Preformatted,
            "li" | "dd" | "dt" => Self::Item,
            _ if block.containers().map(Element::tag).any(|tag| tag == "blockquote") => Self::Quote,
            _ => Self::Paragraph,
        }
    }

    fn write(self, text: &str, out: &mut String) {
        match self {
            Self::Heading(level) => {
                out.extend(std::iter::repeat_n('#', level));
                out.push(' ');
                // A heading is one line.
                escape(&text.replace('\n', " "), out);
            }
            Self::Item => prefixed("- ", "  ", text, out),
            Self::Quote => prefixed("> ", "> ", text, out),
            Self::Paragraph => prefixed("", "", text, out),
            Self::Preformatted => {
                let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
                let fence = "`".repeat((longest + 1).max(3));
                out.extend([fence.as_str(), "\n", text, "\n", &fence]);
            }
        }
    }
}

/// The lines of `text`, escaped: the first after `first`, others after `next`.
fn prefixed(first: &str, next: &str, text: &str, out: &mut String) {
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.push_str(if index == 0 { first } else { next });
        escape(line.trim(), out);
    }
}

/// Writes a line so that no sign in it is taken for markup.
fn escape(line: &str, out: &mut String) {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let is_numbered = (1..=9).contains(&digits) && line[digits..].starts_with(['.', ')']);
    if line.starts_with(['#', '>', '-', '+', '=', '~']) {
        out.push('\\');
    }
    for (index, c) in line.char_indices() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '&' | '|')
            || (is_numbered && index == digits)
        {
            out.push('\\');
        }
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Classifier, input};

    fn markdown(html: &str) -> String {
        let page = input::html::read(html);
        write(&page, &Classifier::with_default_model().unwrap().classify(&page), Selection::ALL)
    }

    #[test]
    fn what_blocks_were_on_the_page_they_are_in_markdown() {
        assert_eq!(
            markdown(
                "<h1>A<br>b</h1><blockquote><p>He <b>said</b></p></blockquote><pre>x\n``` y</pre><p>2. May"
            ),
            "# A b\n\n> He said\n\n````\nx\n``` y\n````\n\n2\\. May"
        );
        assert_eq!(markdown("<ul><li>a<li>b</ul><p>c"), "- a\n- b\n\nc");
    }

    #[test]
    fn signs_stay_signs() {
        let mut out = String::new();
        for line in ["# a", "> b", "- c", "1999 was", "12) d", "a_b [c](d) <e> f|g \\ `h`"] {
            escape(line, &mut out);
            out.push('\n');
        }
        assert_eq!(
            out,
            "\\# a\n\\> b\n\\- c\n1999 was\n12\\) d\na\\_b \\[c\\](d) \\<e> f\\|g \\\\ \\`h\\`\n"
        );
    }
}

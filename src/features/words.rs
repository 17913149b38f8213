//! The views of words: single tokens, and pairs of neighbours.

use super::Collect;
use crate::document::Document;
use crate::token::{Token, TokenKind, mix, tokens};

/// Stands before the first and after the last token of a block.
const EDGE: u64 = 0x5851_F42D_4C95_7F2D;

/// Adds every token.
pub(super) fn words(document: &Document, out: &mut impl Collect) {
    for block in document.blocks() {
        let text = block.text();
        for token in tokens(text) {
            out.add(token.hash, || shown(text, &token));
        }
        out.end_block();
    }
}

/// Adds every two neighbouring tokens, and the first and the last with the edge of the block. Characters of scripts
/// without spaces are pairs already.
pub(super) fn pairs(document: &Document, out: &mut impl Collect) {
    for block in document.blocks() {
        let text = block.text();
        let mut before: Option<Token> = None;
        for token in tokens(text) {
            if token.kind != TokenKind::Bigram {
                let hash = before.as_ref().map_or(EDGE, |before| before.hash);
                out.add(mix(hash, token.hash), || {
                    format!(
                        "{} {}",
                        before.as_ref().map_or("^".into(), |before| shown(text, before)),
                        shown(text, &token)
                    )
                });
            }
            before = Some(token);
        }
        if let Some(last) = before {
            out.add(mix(last.hash, EDGE), || format!("{} $", shown(text, &last)));
        }
        out.end_block();
    }
}

/// The token as it is counted: in lower case, digits as 0.
fn shown(text: &str, token: &Token) -> String {
    let lower = text[token.range.clone()].to_lowercase();
    lower.chars().map(|c| if c.is_numeric() { '0' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use crate::features::{View, names};
    use crate::input::text;

    #[test]
    fn pairs_reach_over_the_edges() {
        let document = text::read("10 Tips\nShare");
        assert_eq!(names(View::Words, &document), [vec!["00", "tips"], vec!["share"]]);
        assert_eq!(
            names(View::Pairs, &document),
            [vec!["^ 00", "00 tips", "tips $"], vec!["^ share", "share $"]]
        );
    }
}

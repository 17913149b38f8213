//! The view of neighbours: what the blocks before and after look like.

use super::{Collect, Facts, Kind, Standing};
use crate::document::Document;
use crate::token::{hash_bytes, mix};

/// How far to look, in blocks.
const OFFSETS: [isize; 4] = [-2, -1, 1, 2];

/// Adds the features of the neighbours.
pub(super) fn extract(document: &Document, standing: Standing, facts: &[Facts], out: &mut impl Collect) {
    // What a neighbour looks like: length, end, links, tag; and its length alone.
    let looks: Vec<[u64; 3]> = document
        .blocks()
        .zip(facts)
        .map(|(block, facts)| {
            let length = facts.words_bin();
            let tag = hash_bytes(block.tag().as_bytes());
            [mix(mix(length, facts.link_tenths() / 4), facts.last as u64), mix(tag, length.min(6)), length]
        })
        .collect();
    for (index, own) in looks.iter().enumerate() {
        let (index, blocks) = standing.place(index, facts.len());
        let at = |offset: isize| index.checked_add_signed(offset).filter(|index| *index < blocks);
        for offset in OFFSETS {
            let look = at(offset).map_or([0; 3], |index| looks[index]);
            let shown = || {
                at(offset)
                    .map_or("none".into(), |i| format!("words:{},{:?}", facts[i].words_bin(), facts[i].last))
            };
            out.add_value(const { Kind::new("look") }, mix(look[0], offset as u64), || {
                format!("{offset:+}:{}", shown())
            });
            if document.has_markup() {
                let tag = || at(offset).map_or("none", |index| document.block(index).tag());
                out.add_value(const { Kind::new("tag") }, mix(look[1], offset as u64), || {
                    format!("{offset:+}:{},{}", tag(), shown())
                });
            }
        }
        let length = |offset| at(offset).map_or(15, |index| looks[index][2] / 2);
        let (before, after, own) = (length(-1), length(1), own[2]);
        out.add_value(const { Kind::new("lengths") }, mix(mix(before, own), after), || {
            format!("{before},{own},{after}")
        });
        out.end_block();
    }
}

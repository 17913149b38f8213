//! The view of shape: what a block looks like from afar, in any language.

use super::{Collect, Facts, Kind, Standing, bin, tenths};
use crate::document::Document;
use crate::token::mix;

/// Adds the features of shape.
pub(super) fn extract(document: &Document, standing: Standing, facts: &[Facts], out: &mut impl Collect) {
    for (index, facts) in facts.iter().enumerate() {
        let markup = u64::from(document.has_markup());
        let length = facts.words_bin();
        let (first, last) = (facts.first as u64, facts.last as u64);
        let capitals = tenths(facts.capitals, facts.words) / 2;
        let mut with_length = |kind: Kind, value: u64| {
            out.add_value(kind, mix(length, value), || format!("{value},words:{length}"));
        };
        with_length(const { Kind::new("length") }, 0);
        with_length(const { Kind::new("last") }, last);
        with_length(const { Kind::new("first") }, first);
        with_length(const { Kind::new("capitals") }, capitals);
        with_length(const { Kind::new("numbers") }, tenths(facts.numbers, facts.words) / 2);
        with_length(const { Kind::new("signs") }, facts.signs.min(4) as u64);
        with_length(const { Kind::new("commas") }, bin(facts.commas, &[1, 2, 4, 8]));
        with_length(const { Kind::new("sentences") }, bin(facts.sentences, &[1, 2, 3, 5]));
        with_length(const { Kind::new("quotes") }, u64::from(facts.quotes));
        with_length(
            const { Kind::new("word-bytes") },
            bin(facts.bytes / facts.words.max(1), &[4, 5, 6, 7, 8, 10, 14]),
        );
        with_length(const { Kind::new("date") }, u64::from(facts.date));
        with_length(const { Kind::new("item") }, u64::from(facts.item));
        with_length(const { Kind::new("upper") }, u64::from(facts.upper));
        with_length(const { Kind::new("address") }, u64::from(facts.address));
        with_length(const { Kind::new("copies") }, bin(facts.copies, &[2, 3, 5]));
        if document.has_markup() {
            let link = facts.link_tenths();
            with_length(const { Kind::new("links") }, link);
            out.add_value(const { Kind::new("links-last") }, mix(link, last), || {
                format!("{link},{:?}", facts.last)
            });
            let headline = document.block(index).is_headline();
            out.add_value(const { Kind::new("headline") }, u64::from(headline), || headline.to_string());
        }
        let (index, blocks) = standing.place(index, document.len());
        let place = tenths(index, blocks);
        out.add_value(const { Kind::new("position") }, mix(place, length) ^ markup, || {
            format!("{place},words:{length}")
        });
        let from_top = bin(index, &[1, 2, 3, 5, 8, 12]);
        let from_end = bin(blocks - 1 - index, &[1, 2, 3, 5, 8, 12]);
        out.add_value(const { Kind::new("from-top") }, mix(from_top, length.min(7)) ^ markup, || {
            format!("{from_top},words:{length}")
        });
        out.add_value(const { Kind::new("from-end") }, mix(from_end, length.min(7)) ^ markup, || {
            format!("{from_end},words:{length}")
        });
        out.end_block();
    }
}

//! Blocks alike: those whose element and container have the same names, as a page's template repeats them.
//!
//! Comes in: a document, then the probabilities of its blocks. Goes out: for every block what the others of its kind are.

use crate::document::{Block, Document};
use crate::fusion::PerLabel;
use crate::token::{hash_bytes, mix};

/// Which blocks of a page are alike.
pub(super) struct Templates {
    /// For each block the number of its template.
    of_block: Vec<usize>,
    count: usize,
}

impl Templates {
    pub fn of(document: &Document) -> Self {
        let names: Vec<u64> =
            document.elements().map(|element| hash_bytes(element.name().as_bytes())).collect();
        let template =
            |block: Block<'_>| block.containers().take(2).map(|container| names[container.id()]).fold(0, mix);
        let mut blocks: Vec<(u64, usize)> = document.blocks().map(template).zip(0..).collect();
        blocks.sort_unstable();
        let mut templates = Self { of_block: vec![0; blocks.len()], count: 0 };
        for alike in blocks.chunk_by(|(one, _), (other, _)| one == other) {
            alike.iter().for_each(|(_, block)| templates.of_block[*block] = templates.count);
            templates.count += 1;
        }
        templates
    }

    /// For every block the mean probability of `label` over the other blocks of its template, each weighted by `weight`:
    /// what a page's template repeats is of one kind. Negative where there are none.
    pub fn means(
        &self,
        probabilities: &[PerLabel],
        label: usize,
        weight: impl Fn(usize) -> f32,
    ) -> impl Iterator<Item = f32> {
        let blocks = || self.of_block.iter().zip(probabilities).enumerate();
        let mut sums = vec![(0.0, 0.0); self.count];
        for (block, (template, probabilities)) in blocks() {
            let (sum, weights) = &mut sums[*template];
            *sum += probabilities[label] * weight(block);
            *weights += weight(block);
        }
        blocks().map(move |(block, (template, own))| {
            let (sum, weights) = sums[*template];
            let others = weights - weight(block);
            if others > 0.2 { (sum - own[label] * weight(block)) / others } else { -0.2 }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::html;
    use crate::label::MAX_LABELS;

    #[test]
    fn what_a_template_repeats_is_weighed_without_the_block_itself() {
        let page = html::read("<ul><li>One<li>Two<li>Three</ul><p>Four</p>");
        let row = |probability: f32| [probability; MAX_LABELS];
        let probabilities = [row(0.5), row(1.0), row(0.0), row(1.0)];
        let means = Templates::of(&page).means(&probabilities, 0, |_| 1.0).collect::<Vec<_>>();
        assert_eq!(means, [0.5, 0.25, 0.75, -0.2]);
    }
}

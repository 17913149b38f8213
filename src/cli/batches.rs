//! Batches: work on many inputs at once, results in the order of the inputs.
//!
//! Comes in: a sequence of inputs and the work to do on each. Goes out: the results, one by one. Memory is bounded by
//! a batch, and the results do not depend on the number of threads.

use rayon::ThreadPool;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::failure::Result;

/// The most inputs of a batch.
const BATCH_INPUTS: usize = 512;
/// A batch is full when its inputs have this many bytes.
const BATCH_BYTES: usize = 16 << 20;

/// Does `work` on every one of `inputs` on the threads of `pool`, and passes each input with its result to `take`, in
/// order. `size` gives the bytes that an input holds.
pub fn in_order<Input: Sync + Send, Output: Send>(
    pool: &ThreadPool,
    inputs: impl Iterator<Item = Input>,
    size: impl Fn(&Input) -> usize,
    work: impl Fn(&Input) -> Output + Sync,
    mut take: impl FnMut(Input, Output) -> Result<()>,
) -> Result<()> {
    let mut batch = Vec::new();
    let mut bytes = 0;
    let mut flush = |batch: &mut Vec<Input>| {
        let outputs: Vec<Output> = pool.install(|| batch.par_iter().map(&work).collect());
        batch.drain(..).zip(outputs).try_for_each(|(input, output)| take(input, output))
    };
    for input in inputs {
        bytes += size(&input);
        batch.push(input);
        if batch.len() == BATCH_INPUTS || bytes >= BATCH_BYTES {
            flush(&mut batch)?;
            bytes = 0;
        }
    }
    flush(&mut batch)
}

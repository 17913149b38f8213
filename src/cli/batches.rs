//! Batches: work on many inputs at once, results in the order of the inputs.
//!
//! Comes in: a sequence of inputs and the work to do on each. Goes out: the results, one by one. Inputs are read ahead
//! while others are worked on; memory is bounded by two batches, and the results do not depend on the number of threads.

use std::sync::Arc;
use std::time::Duration;

use super::failure::{Failure, Result};
use super::queue::{Bound, Queue};
use super::workers::Workers;

/// What a thread works on between two looks up from work.
const PORTION: Bound = Bound { items: 64, bytes: 1 << 20 };
/// How long nothing may come before a watcher is asked again.
const PATIENCE: Duration = Duration::from_millis(100);

/// What happens to the results.
pub trait Sink<Input, Output> {
    /// Takes an input with its result, in the order of the inputs.
    fn take(&mut self, input: Input, output: Output) -> Result<()>;

    /// Looks up from work, after every batch and while nothing comes in; false stops it.
    fn pause(&mut self) -> Result<bool>;
}

/// Has `workers` do `work` on every one of `inputs`, and passes each input with its result to `sink`, in order.
/// `size` gives the bytes that an input holds.
pub fn in_order<Input: Sync + Send + 'static, Output: Send>(
    workers: &Workers,
    inputs: impl Iterator<Item = Input> + Send + 'static,
    size: impl Fn(&Input) -> usize + Send + 'static,
    work: impl Fn(&Input) -> Output + Sync,
    sink: &mut impl Sink<Input, Output>,
) -> Result<()> {
    let threads = workers.count();
    let queue = Queue::new(Bound { items: PORTION.items * threads, bytes: PORTION.bytes * threads });
    let reader = std::thread::spawn({
        let ahead = EndAtDrop(Arc::clone(&queue));
        let mut inputs = inputs;
        move || {
            inputs.all(|input| {
                let bytes = size(&input);
                ahead.0.push(input, bytes)
            })
        }
    });
    let outcome = drain(workers, &queue, work, sink);
    queue.close();
    // At the end it has nothing more to do; before, a reader that waits for a pipe is left to it.
    if outcome? == Drained::Empty && reader.join().is_err() {
        return Err(Failure::Failed("the thread that reads has failed, which is a bug in pagesieve".into()));
    }
    Ok(())
}

/// How far a queue was drained.
#[derive(Debug, PartialEq, Eq)]
enum Drained {
    Empty,
    Stopped,
}

fn drain<Input: Sync + Send, Output: Send>(
    workers: &Workers,
    queue: &Queue<Input>,
    work: impl Fn(&Input) -> Output + Sync,
    sink: &mut impl Sink<Input, Output>,
) -> Result<Drained> {
    while let Some(batch) = queue.take(PATIENCE) {
        let outputs = workers.map(&batch, &work)?;
        batch.into_iter().zip(outputs).try_for_each(|(input, output)| sink.take(input, output))?;
        if !sink.pause()? {
            return Ok(Drained::Stopped);
        }
    }
    Ok(Drained::Empty)
}

/// Ends a queue even if the thread that fills it panics.
struct EndAtDrop<T>(Arc<Queue<T>>);

impl<T> Drop for EndAtDrop<T> {
    fn drop(&mut self) {
        self.0.end();
    }
}

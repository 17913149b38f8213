//! The queue between the thread that reads and those that work.
//!
//! Comes in: items with their sizes, one by one. Goes out: batches of them, in order: as many as have come, up to a
//! bound. A fast reader waits when the queue is full; a slow one, such as a pipe, finds its items taken at once.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A queue of items.
pub struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    bound: Bound,
}

/// When a queue is full, or a batch: whichever comes first.
#[derive(Debug, Clone, Copy)]
pub struct Bound {
    pub items: usize,
    pub bytes: usize,
}

struct State<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    is_ended: bool,
    is_closed: bool,
}

impl<T> Queue<T> {
    /// An empty queue, of which `bound` limits the queue and the batches alike.
    pub fn new(bound: Bound) -> Arc<Self> {
        let state = State { items: VecDeque::new(), bytes: 0, is_ended: false, is_closed: false };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new(), bound })
    }

    /// Adds an item as soon as there is room; false if nobody wants it any more.
    pub fn push(&self, item: T, bytes: usize) -> bool {
        let mut state = self.state();
        while !state.is_closed && (state.items.len() >= self.bound.items || state.bytes >= self.bound.bytes) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.items.push_back((item, bytes));
        state.bytes += bytes;
        self.changed.notify_all();
        !state.is_closed
    }

    /// Says that nothing more will come.
    pub fn end(&self) {
        self.state().is_ended = true;
        self.changed.notify_all();
    }

    /// Says that nothing more is wanted.
    pub fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_all();
    }

    /// Takes what has come, waiting for `patience` if that is nothing; none at the end.
    pub fn take(&self, patience: Duration) -> Option<Vec<T>> {
        let mut state = self.state();
        if state.items.is_empty() && !state.is_ended {
            let waited = self.changed.wait_timeout(state, patience);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.items.is_empty() && state.is_ended {
            return None;
        }
        let mut batch = Vec::new();
        let mut taken = 0;
        while batch.len() < self.bound.items && taken < self.bound.bytes {
            let Some((item, bytes)) = state.items.pop_front() else { break };
            batch.push(item);
            taken += bytes;
        }
        state.bytes -= taken;
        self.changed.notify_all();
        Some(batch)
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        // Nothing is left half-done when a thread panics: every change is a line or two.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    #[test]
    fn batches_keep_order_and_bounds() {
        let queue = Queue::new(Bound { items: 3, bytes: 100 });
        let writer = Arc::clone(&queue);
        let thread = std::thread::spawn(move || {
            (0..50).for_each(|n| assert!(writer.push(n, if n % 7 == 0 { 200 } else { 1 })));
            writer.end();
        });
        let mut all = Vec::new();
        while let Some(batch) = queue.take(SOON) {
            assert!(batch.len() <= 3);
            all.extend(batch);
        }
        thread.join().unwrap();
        assert_eq!(all, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn a_closed_queue_lets_the_writer_go() {
        let queue = Queue::new(Bound { items: 1, bytes: 1 });
        assert!(queue.push(1, 1));
        queue.close();
        assert!(!queue.push(2, 1));
        assert_eq!(Queue::<u8>::new(Bound { items: 1, bytes: 1 }).take(SOON), Some(vec![]));
    }
}

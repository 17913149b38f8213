//! Workers: the threads that work on several inputs at once.
//!
//! Comes in: how many there are to be. Goes out: the results of some work on each of a batch of inputs. Threads are started
//! when a batch of several inputs comes; one page by itself does not wait for them.

use std::num::NonZero;
use std::sync::OnceLock;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::failure::{Failure, Result};

/// Threads to work on.
pub struct Workers {
    count: usize,
    started: OnceLock<ThreadPool>,
}

impl Workers {
    /// So many workers; by default one a core.
    pub fn new(count: Option<u16>) -> Self {
        let of_cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
        Self { count: count.map_or_else(of_cores, usize::from), started: OnceLock::new() }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Does `work` on every one of `inputs`; the results are in their order.
    pub fn map<Input: Sync, Output: Send>(
        &self,
        inputs: &[Input],
        work: impl Fn(&Input) -> Output + Sync,
    ) -> Result<Vec<Output>> {
        if self.count == 1 || inputs.len() < 2 {
            return Ok(inputs.iter().map(work).collect());
        }
        let pool = if let Some(pool) = self.started.get() {
            pool
        } else {
            let pool = ThreadPoolBuilder::new().num_threads(self.count).build();
            let failed = |error| Failure::Failed(format!("cannot start {} threads: {error}", self.count));
            let pool = pool.map_err(failed)?;
            self.started.get_or_init(|| pool)
        };
        Ok(pool.install(|| inputs.par_iter().map(&work).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_on_any_number_of_threads() {
        let inputs: Vec<usize> = (0..500).collect();
        for count in [1, 2, 7] {
            let workers = Workers::new(Some(count));
            assert_eq!(workers.map(&inputs, |input| input * 2).unwrap()[499], 998);
            assert_eq!(workers.map(&inputs[7..8], |input| input * 2).unwrap(), [14]);
        }
    }

    #[test]
    fn threads_are_started_for_several_inputs_only() {
        let workers = Workers::new(Some(2));
        workers.map(&[1], |_| ()).unwrap();
        assert!(workers.started.get().is_none());
        workers.map(&[1, 2], |_| ()).unwrap();
        assert!(workers.started.get().is_some());
    }
}

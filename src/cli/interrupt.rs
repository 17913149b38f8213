//! Interruption: the signal by which somebody stops a run (control-C, SIGINT, SIGTERM).
//!
//! Comes in: a signal. Goes out: whether one has come. The first asks a run to come to an end in good order, the second
//! ends it at once.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit code of an interrupted process, by custom 128 and the number of SIGINT.
pub const EXIT_CODE: u8 = 130;

static HAS_COME: AtomicBool = AtomicBool::new(false);
static WATCH: Once = Once::new();

/// Takes notice of signals from now on.
pub fn watch() {
    WATCH.call_once(|| {
        // Where no handler can be set, a signal ends the process as ever.
        let _ = ctrlc::set_handler(|| {
            if HAS_COME.swap(true, Ordering::Relaxed) {
                std::process::exit(EXIT_CODE.into());
            }
        });
    });
}

/// Whether a signal has come.
pub fn has_come() -> bool {
    HAS_COME.load(Ordering::Relaxed)
}

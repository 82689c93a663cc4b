//! Ctrl-C while hosts are in work: what was begun is finished, and no more is begun.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use signal_hook::consts::signal::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use crate::failure::Failure;
use crate::output;

/// Whether somebody asked for the end.
pub(crate) struct Interruption(Arc<AtomicBool>);

impl Interruption {
    /// From here on the first SIGINT or SIGTERM is a question and no end; the second
    /// one ends the process at once.
    pub(crate) fn watch() -> Result<Self, Failure> {
        let asked = Arc::new(AtomicBool::new(false));
        let failed = |error| Failure::new(format!("cannot wait for signals: {error}"));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the flag down, and puts it up.
            let status = 128 + signal;
            flag::register_conditional_shutdown(signal, status, Arc::clone(&asked))
                .and_then(|_| flag::register(signal, Arc::clone(&asked)))
                .map_err(failed)?;
        }
        let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(failed)?;
        thread::spawn(move || {
            if signals.forever().next().is_some() {
                output::remark(
                    "interrupted: no further host is begun, and those in work are finished; a second time ends at once",
                );
            }
        });
        Ok(Self(asked))
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

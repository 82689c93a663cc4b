//! Progress of long work, on a terminal only.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::env::Env;

/// A counter on stderr that disappears when it is dropped.
pub(crate) struct Progress {
    shown: bool,
    what: &'static str,
    total: usize,
    done: AtomicUsize,
}

impl Progress {
    pub(crate) fn start(env: &Env, what: &'static str, total: usize) -> Self {
        Self {
            shown: env.progress,
            what,
            total,
            done: AtomicUsize::new(0),
        }
    }

    /// Of work that takes long only if there is much of it.
    pub(crate) fn of_many(env: &Env, what: &'static str, total: usize, quiet: bool) -> Self {
        const MANY: usize = 50;
        let mut progress = Self::start(env, what, total);
        progress.shown &= total >= MANY && !quiet;
        progress
    }

    /// Of a few that may all take their time.
    pub(crate) fn of_waiting(env: &Env, what: &'static str, total: usize, quiet: bool) -> Self {
        let mut progress = Self::start(env, what, total);
        progress.shown &= total > 0 && !quiet;
        progress.show(0);
        progress
    }

    /// One more is done; called from any thread.
    pub(crate) fn advance(&self) {
        self.show(self.done.fetch_add(1, Ordering::Relaxed) + 1);
    }

    fn show(&self, done: usize) {
        if self.shown {
            // Progress that cannot be shown is not worth an error.
            let _ = write!(
                anstream::stderr().lock(),
                "\r{} {done}/{}",
                self.what,
                self.total
            );
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let blank = " ".repeat(self.what.len() + 20);
            let _ = write!(anstream::stderr().lock(), "\r{blank}\r");
        }
    }
}

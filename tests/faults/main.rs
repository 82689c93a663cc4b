//! kpki stopped at every step of its work: killed, out of room, on a failing
//! disk, in hostile directories. Whatever happens, the tree is the old one, the
//! new one, or one that the next run finishes.

#[path = "../common/mod.rs"]
mod common;

mod cfssljson;
mod copy;
mod places;
mod runs;
mod snapshot;
mod strace;
mod sweep;

/// A word that must be read although the test passes: the harness hides what a
/// passing test prints by the macros.
fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}

//! The command line of kpki: exact output and exit status.

#[path = "../common/mod.rs"]
mod common;

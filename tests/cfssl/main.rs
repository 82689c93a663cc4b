//! `kpki cfssl` and `kpki cfssljson` in the place of the programs that they
//! stand for: recorded cases, the guides of that time, and runs side by side
//! with the real programs.
//!
//! A test whose program is not installed says `SKIPPED` and passes; with
//! `CI=true` it fails.

#[path = "../common/mod.rs"]
mod common;

mod case;
mod cases;
mod commands;
mod cross_use;
mod describe;
mod guides;
mod improvements;
mod normal;
mod openssl;
mod outcome;
mod place;
mod property;
mod stderr;
mod strict;

#[test]
fn every_file_is_declared() {
    common::assert_all_declared("../tests/cfssl");
}

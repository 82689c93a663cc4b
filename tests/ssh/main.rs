//! `kpki copy` to real sshds, and `kpki verify` of them: what arrives, what is refused, and what becomes
//! of hosts that fail in the middle.
//!
//! The sshds run on loopback as whoever runs the tests. What needs root (a disk
//! that is full, hosts with addresses of their own) says so where it is skipped.

#[path = "../common/mod.rs"]
mod common;

mod alike;
mod broken_ways;
mod copies;
mod external_etcd;
mod full_disk;
mod hanging;
mod jump;
mod lab;
mod network;
mod programs;
mod proxy;
mod refusals;
mod remedy;
mod secrecy;
mod setup;
mod sudo;
mod verify;

use common::program;

#[test]
fn every_file_is_declared() {
    common::assert_all_declared("../tests/ssh");
}

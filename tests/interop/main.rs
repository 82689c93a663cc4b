//! What kpki makes, in the hands of the programs that it is made for: etcd,
//! OpenSSL, kubectl and Prometheus; and what kpki finds wrong, in their words.
//!
//! A test whose program is not installed says `SKIPPED` and passes; with
//! `CI=true` it fails.

#[path = "../common/mod.rs"]
mod common;

mod age;
mod cfssl_bundle;
mod cfssl_remote;
mod etcd;
mod faults;
mod graphviz;
mod inspect;
mod kubectl;
mod live;
mod openssl;
mod promtool;
mod remedies;
mod render;
mod shells;
mod tree;

#[test]
fn every_file_is_declared() {
    common::assert_all_declared("../tests/interop");
}

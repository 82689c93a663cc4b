//! The library as another program uses it.
#![expect(
    clippy::disallowed_methods,
    reason = "the library does no I/O; its tests read fixtures and run OpenSSL"
)]

#[path = "../common/mod.rs"]
mod common;

mod corpus;
mod discovery_hash;
mod encrypted_key;
mod issue;
mod judges;
mod request;
mod revocation_list;
mod wanted;

#[test]
fn every_file_is_declared() {
    common::assert_all_declared("../tests/api");
}

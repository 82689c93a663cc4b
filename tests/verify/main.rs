//! `kpki verify` on whole trees: broken ones, each with one fault, and healthy ones.

#[path = "../common/mod.rs"]
mod common;

mod broken;
mod healthy;
mod recorded;
mod remedies;
mod verdict;

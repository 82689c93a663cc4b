//! The commands, each a file: its arguments, and what it does with them.

pub(crate) mod bundle;
pub(crate) mod certs;
pub(crate) mod completion;
pub(crate) mod copy;
mod drawing;
pub(crate) mod expiry;
pub(crate) mod explain;
mod fleet;
pub(crate) mod generate;
pub(crate) mod graph;
pub(crate) mod hash;
pub(crate) mod init;
pub(crate) mod inspect;
pub(crate) mod lint;
pub(crate) mod manual;
pub(crate) mod render;
pub(crate) mod report;
pub(crate) mod schema;
pub(crate) mod trees;
pub(crate) mod verify;

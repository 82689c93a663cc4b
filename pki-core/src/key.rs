//! Keys: what they are, how they are made, read and written, and how they sign.

mod algorithm;

pub use algorithm::{KeyAlgorithm, KeyKind, SignatureAlgorithm};

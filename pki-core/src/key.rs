//! Keys: what they are, how they are made, read and written, and how they sign.

mod algorithm;
pub(crate) mod backend;
mod description;
mod encrypted;
mod half;
mod pair;
mod private_key_der;
mod public;
mod verification;

pub use algorithm::{KeyAlgorithm, KeyKind, SignatureAlgorithm};
pub use description::{PrivateKeyDescription, PrivateKeyForm};
pub(crate) use half::{HALF_OF, KeyHalf, PrivateKeys};
pub use pair::{KeyPair, SigningKey};
pub use public::SubjectPublicKeyInfo;
pub(crate) use verification::{verifiers, verify_signature};

//! What the hosts of a control plane must have alike, and what of it goes where
//! and why. Pure: the caller reads the files beforehand and writes them
//! afterwards.

mod present;

pub use present::{Present, PresentFile};

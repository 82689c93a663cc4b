//! The files of a set-up.

mod error;
mod format;
mod template;

pub use error::RenderError;

//! Where a kubeconfig has a certificate or key.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use super::document::{Text, line};
use crate::Error;

/// In the kubeconfig, in another file, or nowhere.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Nowhere,
    /// In base64.
    Data(&'a Text),
    /// The name of a file, relative to the kubeconfig's directory.
    Path(&'a Text),
}

impl<'a> Source<'a> {
    /// Data win over a path, and what is empty counts as nothing, as client-go
    /// has it.
    pub(super) fn of(data: Option<&'a Text>, path: Option<&'a Text>) -> Self {
        let data = data.filter(|data| !data.value.trim().is_empty());
        let path = path.filter(|path| !path.value.is_empty());
        match (data, path) {
            (Some(data), _) => Self::Data(data),
            (None, Some(path)) => Self::Path(path),
            (None, None) => Self::Nowhere,
        }
    }

    pub(super) fn line(self) -> Option<usize> {
        match self {
            Self::Nowhere => None,
            Self::Data(text) | Self::Path(text) => line(Some(text)),
        }
    }
}

/// The path of a field that has data as well.
pub(super) fn beside_data<'a>(data: Option<&'a Text>, path: Option<&'a Text>) -> Option<&'a Text> {
    match (Source::of(data, None), Source::of(None, path)) {
        (Source::Data(_), Source::Path(path)) => Some(path),
        _ => None,
    }
}

/// What data stand for.
///
/// # Errors
/// [`Error::Kubeconfig`]
pub(super) fn decode(data: &Text) -> Result<Zeroizing<Vec<u8>>, Error> {
    // Go passes over line breaks (RFC 2045), which YAML's block scalars bring with them.
    let lines = data.value.trim().bytes();
    let whole: Zeroizing<Vec<u8>> = lines
        .filter(|byte| !matches!(byte, b'\n' | b'\r'))
        .collect::<Vec<u8>>()
        .into();
    let decoded = BASE64_STANDARD.decode(whole.as_slice());
    decoded.map(Zeroizing::new).map_err(|_| Error::Kubeconfig {
        why: "its base64 is broken",
    })
}

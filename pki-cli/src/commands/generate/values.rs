//! The values of `--only`, `--key-algorithm` and the flags of validity.

use pki_core::cfssl::GoDuration;
use pki_core::{CatalogEntry, KeyAlgorithm};

/// A row of the catalog, by one of its names.
pub(super) fn row(name: &str) -> Result<&'static CatalogEntry, String> {
    // As it stands in the table, too: pki/apiserver.crt.
    let plain = name.strip_prefix("pki/").unwrap_or(name);
    let plain = [".crt", ".key", ".pub"]
        .iter()
        .find_map(|end| plain.strip_suffix(end))
        .unwrap_or(plain);
    CatalogEntry::find(plain).ok_or_else(|| match CatalogEntry::suggest(name) {
        Some(near) => format!(
            "there is none of this name; did you mean '{}'?",
            near.base_name
        ),
        None => {
            let names: Vec<_> = pki_core::CATALOG
                .iter()
                .map(|entry| entry.base_name)
                .collect();
            format!("there is none of this name; there are {}", names.join(", "))
        }
    })
}

/// kube-apiserver and kubeadm read RSA and ECDSA keys only.
pub(super) fn key_algorithm(name: &str) -> Result<KeyAlgorithm, String> {
    match name.parse::<KeyAlgorithm>() {
        Ok(KeyAlgorithm::Ed25519) => Err(
            "kubeadm refuses such keys (\"is neither in RSA nor ECDSA format\"): use ECDSA-P256, \
             which every Kubernetes since 1.15 reads"
                .to_owned(),
        ),
        other => other.map_err(|error| error.to_string()),
    }
}

/// A Go duration, or whole days.
pub(super) fn validity(text: &str) -> Result<i64, String> {
    const SHORTEST: i64 = 3600;
    let days = text
        .strip_suffix('d')
        .and_then(|days| days.parse::<u32>().ok());
    let seconds = match days {
        Some(days) => i64::from(days) * 86_400,
        None => text
            .parse::<GoDuration>()
            .map_err(|error| error.to_string())?
            .seconds(),
    };
    match seconds {
        SHORTEST.. => Ok(seconds),
        _ => Err("an hour is the shortest validity".to_owned()),
    }
}

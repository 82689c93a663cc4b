//! The wording that comparisons share.

use crate::verify::CertificateIdentity;

/// `m1`, `m1 and m2`, `m1, m2, m3 and 7 more`.
pub(super) fn list(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if names.len() <= SHOWN => format!("{} and {last}", first.join(", ")),
        _ => {
            let shown = &names[..SHOWN - 1];
            format!(
                "{} and {} more",
                shown.join(", "),
                names.len() - shown.len()
            )
        }
    }
}

/// `have` for several, `has` for one.
pub(super) fn have(hosts: &[usize]) -> &'static str {
    match hosts.len() {
        1 => "has",
        _ => "have",
    }
}

/// The beginning of a SHA-256, enough to tell two apart.
pub(super) fn fingerprint(sha256: Option<[u8; 32]>) -> String {
    match sha256 {
        None => "of an unknown kind".to_owned(),
        Some(sha256) => {
            let (beginning, _) = sha256.split_at(8);
            format!("{}...", crate::hexadecimal::lower(beginning))
        }
    }
}

/// A CA as its owner would look it up: key and dates.
pub(super) fn authority(certificate: &CertificateIdentity) -> String {
    format!(
        "key {}, valid from {} to {}",
        fingerprint(certificate.key),
        certificate.not_before,
        certificate.not_after
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_end() {
        let names: Vec<String> = (1..=10).map(|n| format!("m{n}")).collect();
        assert_eq!(list(&names[..1]), "m1");
        assert_eq!(list(&names[..4]), "m1, m2, m3 and m4");
        assert_eq!(list(&names[..5]), "m1, m2, m3 and 2 more");
        assert_eq!(list(&[]), "");
    }
}

//! The certificates of a bundle: found below a root, or taken as they stand.

use pki_core::{Certificate, Error, Timestamp};

use crate::cfssl::CfsslFailure;

/// A certificate and those above it.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    pub(super) leaf: &'a Certificate,
    /// From the leaf up, with the root if one was looked for.
    pub(super) whole: Vec<&'a Certificate>,
    pub(super) root: Option<&'a Certificate>,
}

impl<'a> Chain<'a> {
    /// The file's certificates: each must be signed by the next, and nothing else is asked.
    pub(super) fn as_it_stands(certificates: &'a [Certificate]) -> Result<Self, CfsslFailure> {
        let leaf = certificates
            .first()
            .ok_or_else(super::pool::nothing_decoded)?;
        for (below, above) in certificates.iter().zip(certificates.iter().skip(1)) {
            if !above.signed(below) {
                return Err(unverified().advise(format!(
                    "the certificate of {} did not sign the one before it, of {}",
                    above.subject(),
                    below.subject()
                )));
            }
        }
        Ok(Self {
            leaf,
            whole: certificates.iter().collect(),
            root: None,
        })
    }

    /// The path to one of the roots.
    pub(super) fn find(
        leaf: &'a Certificate,
        intermediates: &'a [Certificate],
        roots: &'a [Certificate],
        now: Timestamp,
    ) -> Result<Self, CfsslFailure> {
        if leaf.signed(leaf) {
            return Err(CfsslFailure::coded(1100, "Certificate is self signed")
                .advise("a root needs no bundle: clients are given it beforehand"));
        }
        let above = leaf
            .path_to(intermediates, roots, now)
            .map_err(|error| refusal(&error).advise(advice(&error, leaf, intermediates, roots)))?;
        let root = above.last().copied();
        let whole = [leaf].into_iter().chain(above).collect();
        Ok(Self { leaf, whole, root })
    }

    /// What a server sends: everything but the root. If a leaf asks for OCSP, its issuer is sent
    /// along even if that is the root, because a stapled answer is checked with it.
    pub(super) fn sent(&self) -> &[&'a Certificate] {
        let stapled = !self.leaf.is_ca() && !self.leaf.ocsp_servers().is_empty();
        match (self.root, self.whole.split_last()) {
            (Some(_), Some((_, below))) if !(stapled && self.whole.len() <= 2) => below,
            _ => &self.whole,
        }
    }
}

/// Turns a file around that begins with the root.
pub(super) fn put_in_order(certificates: &mut [Certificate]) {
    let ascends = |certificates: &[Certificate]| {
        let mut pairs = certificates.iter().zip(certificates.iter().skip(1));
        pairs.all(|(below, above)| above.signed(below))
    };
    if !ascends(certificates) {
        certificates.reverse();
        if !ascends(certificates) {
            certificates.reverse();
        }
    }
}

fn unverified() -> CfsslFailure {
    CfsslFailure::coded(1200, "Unable to verify the certificate chain")
}

/// In the words of Go, with the numbers of cfssl.
fn refusal(error: &Error) -> CfsslFailure {
    match error {
        Error::OutsideValidity {
            not_before,
            not_after,
            now,
            ..
        } => {
            let bound = match now < not_before {
                true => format!("before {not_before}"),
                false => format!("after {not_after}"),
            };
            let text = format!(
                "x509: certificate has expired or is not yet valid: current time {now} is {bound}"
            );
            CfsslFailure::coded(1211, &text)
        }
        Error::PathLengthExceeded { .. } => CfsslFailure::coded(
            1213,
            "x509: too many intermediates for path length constraint",
        ),
        Error::NotForTls { .. } => CfsslFailure::coded(
            1214,
            "x509: certificate specifies an incompatible key usage",
        ),
        Error::UnknownAuthority { .. } | Error::NotACertificateAuthority { .. } => {
            CfsslFailure::coded(1220, "x509: certificate signed by unknown authority")
        }
        _ => unverified(),
    }
}

fn advice(
    error: &Error,
    leaf: &Certificate,
    intermediates: &[Certificate],
    roots: &[Certificate],
) -> String {
    let namesake =
        |ca: &Certificate| ca.subject_der() == leaf.issuer_der() && ca != leaf && !ca.signed(leaf);
    match error {
        Error::Judgement { what } => what.clone(),
        Error::UnknownAuthority { .. } if roots.is_empty() => {
            "no roots are given: name the file of the CA with -ca-bundle (the system's store is not read)".to_owned()
        }
        Error::UnknownAuthority { .. } if roots.iter().chain(intermediates).any(namesake) => {
            format!("a CA of the name of its issuer, {}, was given, but that one did not sign it", leaf.issuer())
        }
        Error::UnknownAuthority { .. } if leaf.is_ca() => {
            format!("{error}; kpki follows a CA only to the root that signed it itself: put the CAs between into the file of -cert, and use -flavor force")
        }
        Error::UnknownAuthority { .. } => {
            format!("{error}; name the CAs between it and the root with -int-bundle")
        }
        _ => error.to_string(),
    }
}

//! The files of certificates that a bundle is made of.

use pki_core::{Certificate, Error};

use crate::cfssl::{CfsslFailure, Flag, Run, material};

/// A flag that names a file of CAs, and cfssl's words for it.
pub(super) struct Pool {
    flag: Flag,
    name: &'static str,
    /// What the numbers of its errors start from.
    code: u16,
}

pub(super) const ROOTS: Pool = Pool {
    flag: Flag::CaBundle,
    name: "root",
    code: 4000,
};
pub(super) const INTERMEDIATES: Pool = Pool {
    flag: Flag::IntBundle,
    name: "intermediate",
    code: 3000,
};

impl Pool {
    /// The certificates; none if the flag was not given.
    pub(super) fn load(&self, run: &mut Run<'_>) -> Result<Vec<Certificate>, CfsslFailure> {
        let Self { flag, name, code } = *self;
        let named = run.flags.text(flag);
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let text = material::document(named).map_err(|error| {
            run.log
                .error(&format!("{name} bundle failed to load: {error}"));
            CfsslFailure::coded(code + 1, &error)
        })?;
        let certificates = certificates(named, &text).map_err(|failure| {
            run.log.error(&format!(
                "failed to parse {name} bundle: {}",
                failure.words()
            ));
            failure.worded(CfsslFailure::coded(
                code + 3,
                &format!("Failed to parse {name} certificate"),
            ))
        })?;
        if certificates.is_empty() {
            let text = format!("{named} is empty");
            run.warnings.warn(text);
        }
        Ok(certificates)
    }
}

/// Every certificate of a PEM text, which may be empty.
pub(super) fn certificates(named: &str, text: &[u8]) -> Result<Vec<Certificate>, CfsslFailure> {
    if text.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    Certificate::all_from_pem(text).map_err(|error| {
        let has_block = text.windows(11).any(|window| window == b"-----BEGIN ");
        let failure = match error {
            Error::Pem { .. } if !has_block => nothing_decoded(),
            _ => CfsslFailure::coded(1003, "Failed to parse certificate"),
        };
        failure.advise(format!("{named}: {error}"))
    })
}

pub(super) fn nothing_decoded() -> CfsslFailure {
    CfsslFailure::coded(1002, "Failed to decode certificate")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_no_block_from_a_wrong_one() {
        let words = |text: &str| match certificates("x.pem", text.as_bytes()) {
            Ok(certificates) => format!("{}", certificates.len()),
            Err(failure) => failure.words().to_owned(),
        };
        assert_eq!(words(" \n"), "0");
        assert!(words("{}").contains("1002"));
        assert!(words("-----BEGIN X-----\nAA==\n-----END X-----\n").contains("1003"));
        assert!(
            words("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n")
                .contains("1003")
        );
    }
}

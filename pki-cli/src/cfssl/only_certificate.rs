//! Files with one certificate: a CA's, or what `certinfo` shows.

use pki_core::{Certificate, Error};

use super::document::{PIPE_TO_CFSSLJSON, is_output};
use super::failure::CfsslFailure;

/// The certificate of a text that was read from `named` and holds nothing else; words in front of
/// it are no harm. Go stops at whatever follows the first block.
pub(super) fn read(text: &[u8], named: &str) -> Result<Certificate, CfsslFailure> {
    if let Some(behind) = behind_first_block(text) {
        let failure = CfsslFailure::coded(1003, "the PEM file should contain only one object");
        return Err(match behind {
            _ if is_output(text) => failure.advise(PIPE_TO_CFSSLJSON),
            Behind::Words => failure.advise(format!(
                "{named} has text behind its certificate: remove it"
            )),
            Behind::Block => failure.advise(format!(
                "{named} has more than one PEM block: keep the one certificate that is meant; openssl storeutl -noout -text -certs {named} shows every one"
            )),
        });
    }
    Certificate::from_pem(text).map_err(|error| {
        let failure = match error {
            Error::Pem { .. } => CfsslFailure::coded(1002, "Failed to decode certificate"),
            _ => CfsslFailure::coded(1003, "Failed to parse certificate"),
        };
        failure.advise(format!("{named}: {error}"))
    })
}

/// What follows a block.
enum Behind {
    Words,
    Block,
}

/// What follows the first block besides white space.
fn behind_first_block(text: &[u8]) -> Option<Behind> {
    let block = after(text, BEGIN)?;
    let behind = after(after(block, b"-----END ")?, b"\n")?;
    match behind.trim_ascii() {
        [] => None,
        behind if after(behind, BEGIN).is_some() => Some(Behind::Block),
        _ => Some(Behind::Words),
    }
}

/// What stands behind a mark.
fn after<'a>(text: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    let at = text.windows(mark.len()).position(|window| window == mark)?;
    text.get(at + mark.len()..)
}

const BEGIN: &[u8] = b"-----BEGIN ";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(text: &str) -> CfsslFailure {
        read(text.as_bytes(), "x.pem").expect_err("refused")
    }

    #[test]
    fn wants_one_block_and_nothing_behind_it() {
        let block = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for text in ["", "words", "-----BEGIN CERTIFICATE-----\nAAAA\n"] {
            assert!(refusal(text).words().contains("1002"), "{text:?}");
        }
        for text in [block, block.trim_end(), &format!("words\n{block}\n \n")] {
            assert!(
                refusal(text).words().contains("Failed to parse"),
                "{text:?}"
            );
        }
        for (behind, advice) in [
            (block, "more than one PEM block"),
            ("behind", "has text behind"),
        ] {
            let failure = refusal(&format!("{block}{behind}"));
            assert!(failure.words().contains("only one object"), "{failure:?}");
            assert!(failure.advice()[0].contains(advice), "{failure:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "(-----BEGIN X-----|-----END X-----|\n|[a-z]){0,8}") {
            let _ = read(text.as_bytes(), "x");
        }
    }
}

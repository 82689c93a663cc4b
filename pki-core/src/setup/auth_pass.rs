//! The password that keepalived's routers share.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::Error;

/// A simple password of VRRP: one to eight letters, digits and `_ . + -`.
/// keepalived cuts a longer one off and only warns. It goes over the network
/// unencrypted: it keeps two routers apart by mistake, not an attacker out.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthPass(Zeroizing<String>);

impl AuthPass {
    /// The most characters that VRRP has room for (RFC 2338 section 5.3.10).
    pub const LONGEST: usize = 8;
    /// The characters besides letters and digits.
    const SIGNS: &'static [u8] = b"_.+-";

    /// The password, for the one file that holds it.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl FromStr for AuthPass {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || Self::SIGNS.contains(&b);
        let why = match text {
            "" => "it is empty",
            _ if text.len() > Self::LONGEST => {
                "keepalived reads its first 8 characters only: write at most 8"
            }
            _ if !text.bytes().all(fits) => "write letters, digits and _ . + - alone",
            _ => return Ok(Self(Zeroizing::new(text.to_owned()))),
        };
        Err(Error::SetupPassword { why })
    }
}

impl fmt::Debug for AuthPass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthPass([elided])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_short_and_is_not_shown() {
        let pass: AuthPass = "aB3_.+-x".parse().unwrap();
        assert_eq!(pass.secret(), "aB3_.+-x");
        assert_eq!(format!("{pass:?}"), "AuthPass([elided])");
        for text in ["", "ninechars", "a b", "a#b", "a\"b", "pass\n", "pässe"] {
            let error = text.parse::<AuthPass>().unwrap_err().to_string();
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn needs_no_quotes(text in "\\PC{0,10}|[a-zA-Z0-9_.+#{}!\"' -]{0,10}") {
            match text.parse::<AuthPass>() {
                Ok(pass) => {
                    proptest::prop_assert_eq!(pass.secret(), text.as_str());
                    proptest::prop_assert!((1..=8).contains(&text.len()));
                    let quoted = |c: char| c.is_whitespace() || "'\"#!{}$`\\".contains(c);
                    proptest::prop_assert!(!text.contains(quoted));
                }
                Err(error) => {
                    // Words of the message itself may be as short as a password.
                    proptest::prop_assert!(text.len() < 9 || !error.to_string().contains(&text));
                }
            }
        }
    }
}

//! Names of network interfaces.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The name of a network interface, such as `eth0`, `bond0.100` or `br-lan`.
///
/// Linux takes any 1 to 15 bytes but `/`, white space and `:`; what is more than
/// letters, digits and `_.:-` no file here could hold without quotes.
///
/// ```
/// use pki_core::setup::InterfaceName;
/// assert_eq!("eth0".parse::<InterfaceName>()?.as_str(), "eth0");
/// assert!("eth 0".parse::<InterfaceName>().is_err());
/// # Ok::<(), pki_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InterfaceName(String);

/// `IFNAMSIZ` of Linux without the zero at the end.
const LONGEST: usize = 15;

impl InterfaceName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for InterfaceName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"_.:-".contains(&b);
        let why = match text {
            "" | "." | ".." => "give its name, such as eth0",
            // `ip link` shows what an interface lies on behind its name.
            _ if text.contains('@') => "its name is what stands before the @",
            _ if text.len() > LONGEST => "it has at most 15 characters",
            _ if !text.bytes().all(fits) => "it has letters, digits and _ . : - alone",
            // Programs would take it for an option.
            _ if text.starts_with('-') => "it cannot start with a hyphen",
            _ => return Ok(Self(text.to_owned())),
        };
        Err(Error::SetupValue {
            what: "the name of a network interface",
            text: text.to_owned(),
            why,
        })
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_linux_names_interfaces() {
        for text in ["eth0", "enp3s0f1", "bond0.100", "br-lan", "eth0:1"] {
            assert_eq!(text.parse::<InterfaceName>().unwrap().to_string(), text);
        }
        for text in [
            "",
            ".",
            "..",
            "a/b",
            "veth1@if2",
            "eth 0",
            "eth0\n",
            "-eth0",
            "sixteen-letters0",
            "é",
        ] {
            assert!(text.parse::<InterfaceName>().is_err(), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn needs_no_quotes(text in "\\PC{0,20}|[a-z0-9@.:_/ -]{0,20}") {
            if let Ok(name) = text.parse::<InterfaceName>() {
                proptest::prop_assert_eq!(name.as_str(), text.as_str());
                proptest::prop_assert!((1..=15).contains(&text.len()));
                let quoted = |c: char| c.is_whitespace() || "/'\"$`\\#;{}!".contains(c);
                proptest::prop_assert!(!text.contains(quoted));
            }
        }
    }
}

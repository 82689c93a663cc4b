//! The value of `--host`.

use std::net::IpAddr;

use pki_core::{HostName, Noted, SubjectAltName, parse_ip_address};

/// `NAME`, or `NAME=ADDRESS` with further names and addresses behind commas.
#[derive(Debug, Clone)]
pub(crate) struct HostArg {
    pub(crate) name: Noted<HostName>,
    pub(crate) address: Option<Noted<IpAddr>>,
    pub(crate) cert_sans: Vec<Noted<SubjectAltName>>,
}

impl std::str::FromStr for HostArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shown = |error: pki_core::NameError| error.to_string();
        let Some((name, list)) = text.split_once('=') else {
            let name = HostName::parse(text).map_err(|error| match error.problem {
                pki_core::NameProblem::AddressForName => {
                    format!("{error}: write --host NAME={text}")
                }
                _ => error.to_string(),
            })?;
            return Ok(Self {
                name,
                address: None,
                cert_sans: Vec::new(),
            });
        };
        let name = HostName::parse(name).map_err(shown)?;
        let mut parts = list.split(',');
        let address = parse_ip_address(parts.next().unwrap_or_default()).map_err(shown)?;
        let cert_sans = parts.map(|part| SubjectAltName::parse_host(part).map_err(shown));
        Ok(Self {
            name,
            address: Some(address),
            cert_sans: cert_sans.collect::<Result<_, _>>()?,
        })
    }
}

pub(super) fn from_file(name: &HostName) -> HostArg {
    HostArg {
        name: noted(name.clone()),
        address: None,
        cert_sans: Vec::new(),
    }
}

/// What needs no remark.
pub(super) fn noted<T>(value: T) -> Noted<T> {
    Noted {
        value,
        notes: Vec::new(),
    }
}

//! The URLs that etcd and the API server are given.

use std::fmt;
use std::net::IpAddr;

/// `https://10.0.0.11:2379`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Url<'a> {
    text: &'a str,
    pub(crate) has_tls: bool,
    /// A name or an address, without brackets and never empty.
    pub(crate) host: &'a str,
    /// As it is written.
    pub(crate) port: Option<&'a str>,
}

impl<'a> Url<'a> {
    /// `None` for another scheme, such as that of a socket, and without a host.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://")?;
        let has_tls = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = rest.split('/').next().unwrap_or(rest);
        let (host, port) = match authority.strip_prefix('[') {
            Some(v6) => {
                let (host, rest) = v6.split_once(']')?;
                (host, rest.strip_prefix(':'))
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        (!host.is_empty()).then_some(Self {
            text,
            has_tls,
            host,
            port,
        })
    }

    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// Whether only this host can mean it.
    pub(crate) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.address().is_some_and(|it| it.is_loopback())
    }

    /// Whether it says where to listen and not whom to dial: `0.0.0.0`.
    pub(crate) fn is_unspecified(&self) -> bool {
        self.address().is_some_and(|it| it.is_unspecified())
    }

    /// What a certificate has to name: `IP:10.0.0.11`, `DNS:e0.internal`.
    pub(crate) fn subject_alt_name(&self) -> String {
        match self.address() {
            Some(address) => format!("IP:{address}"),
            None => format!("DNS:{}", self.host.escape_debug()),
        }
    }
}

impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.text.escape_debug())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let parts = |text| Url::parse(text).map(|it| (it.has_tls, it.host, it.port));
        for (text, wanted) in [
            (
                "https://10.0.0.1:2379",
                Some((true, "10.0.0.1", Some("2379"))),
            ),
            (" http://a.b/x ", Some((false, "a.b", None))),
            ("https://[fd00::1]:1", Some((true, "fd00::1", Some("1")))),
            ("https://[fd00::1", None),
            ("https://:2379", None),
            ("unix://localhost:1", None),
            ("10.0.0.1:2379", None),
            ("", None),
        ] {
            assert_eq!(parts(text), wanted, "{text}");
        }
        let name = |text| Url::parse(text).map(|it| it.subject_alt_name());
        assert_eq!(name("https://[FD00::1]"), Some("IP:fd00::1".to_owned()));
        assert_eq!(name("http://e0"), Some("DNS:e0".to_owned()));
    }
}

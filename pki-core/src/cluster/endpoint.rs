//! The shared address of the API servers.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::Error;
use crate::name::SubjectAltName;

/// `HOST` or `HOST:PORT`, kubeadm's `controlPlaneEndpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlPlaneEndpoint {
    host: SubjectAltName,
    port: Option<u16>,
}

impl ControlPlaneEndpoint {
    /// The name or address, which stands in the API servers' certificates.
    #[must_use]
    pub fn host(&self) -> &SubjectAltName {
        &self.host
    }

    /// The port, if one was given.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The same host with this port.
    #[must_use]
    pub fn with_port(self, port: u16) -> Self {
        Self {
            port: Some(port),
            ..self
        }
    }

    /// The URL for kubeconfigs; `bind_port` stands in for a port that is not given.
    #[must_use]
    pub fn url(&self, bind_port: u16) -> String {
        let port = self.port.unwrap_or(bind_port);
        match &self.host {
            SubjectAltName::Ip(IpAddr::V6(address)) => format!("https://[{address}]:{port}"),
            SubjectAltName::Ip(address) => format!("https://{address}:{port}"),
            SubjectAltName::Dns(name) => format!("https://{name}:{port}"),
            // `from_str` makes no other kind.
            SubjectAltName::Email(_) | SubjectAltName::Uri(_) => String::new(),
        }
    }
}

impl From<IpAddr> for ControlPlaneEndpoint {
    /// This address, with the API servers' own port.
    fn from(address: IpAddr) -> Self {
        Self {
            host: SubjectAltName::Ip(address),
            port: None,
        }
    }
}

impl FromStr for ControlPlaneEndpoint {
    type Err = Error;

    /// As kubeadm: `10.0.0.10`, `lb:6443`, `fd00::1`, `[fd00::1]:6443`; brackets
    /// without a port are refused.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bare_v6 = text.parse::<IpAddr>().is_ok();
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !bare_v6 && !text.ends_with(']') && !text.contains("://") => {
                (host, Some(port))
            }
            _ => (text, None),
        };
        let port = match port {
            Some(digits) => Some(parse_port(digits).ok_or_else(|| Error::Port {
                text: digits.to_owned(),
            })?),
            None => None,
        };
        let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let host = match inner {
            Some(v6) if port.is_some() => v6,
            _ => host,
        };
        let host = SubjectAltName::parse_host(host)?.value;
        if let SubjectAltName::Dns(name) = &host {
            name.as_str().parse::<crate::HostName>()?;
        }
        Ok(Self { host, port })
    }
}

impl fmt::Display for ControlPlaneEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.host, self.port) {
            (SubjectAltName::Ip(IpAddr::V6(address)), Some(port)) => {
                write!(f, "[{address}]:{port}")
            }
            (SubjectAltName::Ip(address), None) => write!(f, "{address}"),
            (SubjectAltName::Ip(address), Some(port)) => write!(f, "{address}:{port}"),
            (SubjectAltName::Dns(name), None) => write!(f, "{name}"),
            (SubjectAltName::Dns(name), Some(port)) => write!(f, "{name}:{port}"),
            (SubjectAltName::Email(_) | SubjectAltName::Uri(_), _) => Ok(()),
        }
    }
}

/// A TCP port from 1 to 65535.
pub(crate) fn parse_port(digits: &str) -> Option<u16> {
    let valid = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    valid
        .then(|| digits.parse().ok())
        .flatten()
        .filter(|port| *port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubeadm_reads() {
        let url = |text: &str| text.parse::<ControlPlaneEndpoint>().map(|e| e.url(6443));
        assert_eq!(url("10.0.1.10:8443").unwrap(), "https://10.0.1.10:8443");
        assert_eq!(
            url("vip.example.com").unwrap(),
            "https://vip.example.com:6443"
        );
        assert_eq!(url("fd00::1").unwrap(), "https://[fd00::1]:6443");
        assert_eq!(url("[fd00::1]:8443").unwrap(), "https://[fd00::1]:8443");
        for text in [
            "[fd00::1]",
            "https://lb:6443",
            "lb:99999",
            "lb:0",
            "lb:",
            ":6443",
            "",
            "a_b",
            "*.a:1",
        ] {
            assert!(url(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,40}|[\\[\\]:.a-f0-9]{0,40}") {
            if let Ok(endpoint) = text.parse::<ControlPlaneEndpoint>() {
                proptest::prop_assert_eq!(endpoint.to_string().parse::<ControlPlaneEndpoint>().unwrap(), endpoint);
            }
        }
    }
}

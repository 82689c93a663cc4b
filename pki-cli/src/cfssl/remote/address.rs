//! Where a signing server listens.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use pki_core::Quoted;

/// The port of `cfssl serve`.
const PORT: u16 = 8888;
/// More servers than anyone has behind one name.
const MOST: usize = 16;

/// A server's address: `HOST`, `HOST:PORT`, or a URL with neither a path nor a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    https: bool,
    /// The host, an IPv6 address in brackets, and the port unless it is the scheme's own.
    authority: String,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AddressError {
    input: String,
    why: &'static str,
    /// What to write.
    instead: &'static str,
}

impl Address {
    /// The addresses of a list with commas, as `-remote` and `remotes` have it: all by https or
    /// none. Whoever can keep the answer of a server by https away, or put a certificate of his
    /// own there, would otherwise get the request in plain text.
    pub(super) fn list(text: &str) -> Result<Vec<Self>, AddressError> {
        let addresses: Vec<_> = text.split(',').take(MOST + 1).collect();
        if addresses.len() > MOST {
            return Err(refuse(text, "more than 16 servers"));
        }
        let addresses: Vec<Self> = addresses
            .into_iter()
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        let https = addresses.iter().filter(|address| address.https).count();
        match https == 0 || https == addresses.len() {
            true => Ok(addresses),
            false => Err(AddressError {
                instead: "https:// before each of them",
                ..refuse(
                    text,
                    "some of its servers are asked by https and some by http",
                )
            }),
        }
    }

    pub(super) fn is_https(&self) -> bool {
        self.https
    }

    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// The URL of an endpoint of the API.
    pub(super) fn url(&self, endpoint: &str) -> String {
        format!("{self}/api/v1/cfssl/{endpoint}")
    }
}

impl FromStr for Address {
    type Err = AddressError;

    /// Without a scheme it is http on port 8888; a URL without a port is the scheme's own. So
    /// cfssl has it, which refuses `127.0.0.1:8888` and a slash at the end, and takes any other
    /// scheme for http.
    fn from_str(input: &str) -> Result<Self, AddressError> {
        let refuse = |why| refuse(input, why);
        let text = input.trim();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text),
        };
        let https = match scheme {
            Some(scheme) if scheme.eq_ignore_ascii_case("https") => true,
            Some(scheme) if !scheme.eq_ignore_ascii_case("http") => {
                return Err(refuse("neither http nor https"));
            }
            _ => false,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#']) {
            return Err(refuse("an address has no path"));
        }
        if rest.contains('@') {
            return Err(refuse("an address has no user"));
        }
        let (host, port) = split_port(rest).ok_or_else(|| refuse("no host and port"))?;
        let port = match port {
            Some(port) => Some(parse_port(port).ok_or_else(|| refuse("no such port"))?),
            None => scheme.is_none().then_some(PORT),
        };
        let host = parse_host(host).ok_or_else(|| refuse("no host's name or address"))?;
        let authority = match port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        };
        Ok(Self { https, authority })
    }
}

fn refuse(input: &str, why: &'static str) -> AddressError {
    AddressError {
        input: input.to_owned(),
        why,
        instead: "HOST:PORT or http://HOST:PORT or https://HOST:PORT",
    }
}

/// The host, and the port if there is one. An IPv6 address without brackets has none.
fn split_port(text: &str) -> Option<(&str, Option<&str>)> {
    if text.parse::<Ipv6Addr>().is_ok() {
        return Some((text, None));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        return match rest {
            "" => Some((host, None)),
            rest => Some((host, Some(rest.strip_prefix(':')?))),
        };
    }
    Some(match text.split_once(':') {
        None => (text, None),
        Some((host, port)) => (host, Some(port)),
    })
}

fn parse_port(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let port: u16 = text.parse().ok()?;
    (digits && port != 0).then_some(port)
}

/// The host as a URL has it. Underscores stand in names of containers.
fn parse_host(text: &str) -> Option<String> {
    const LONGEST: usize = 253;
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Some(format!("[{address}]"));
    }
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let label = |label: &str| !label.is_empty() && label.len() <= 63 && label.bytes().all(known);
    let name = text.strip_suffix('.').unwrap_or(text);
    let numeric = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    // What ends in a number is an address or a slip.
    if name.rsplit('.').next().is_some_and(numeric) && name.parse::<Ipv4Addr>().is_err() {
        return None;
    }
    (name.len() <= LONGEST && name.split('.').all(label)).then(|| name.to_owned())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is no server's address: {}; write {}",
            Quoted(&self.input),
            self.why,
            self.instead
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Result<String, &'static str> {
        let address = text.parse::<Address>();
        address
            .map(|address| address.to_string())
            .map_err(|error| error.why)
    }

    #[test]
    fn completes_what_is_left_out() {
        for (text, url) in [
            ("ca.example", "http://ca.example:8888"),
            ("ca.example:80", "http://ca.example:80"),
            ("localhost:9999", "http://localhost:9999"),
            ("127.0.0.1:8888", "http://127.0.0.1:8888"),
            (" ca_1 ", "http://ca_1:8888"),
            ("::1", "http://[::1]:8888"),
            ("[::1]:81", "http://[::1]:81"),
            ("http://ca", "http://ca"),
            ("https://ca.", "https://ca"),
            ("HTTPS://ca:8443/", "https://ca:8443"),
            ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(url), "{text}");
        }
        let address: Address = "ca".parse().expect("an address");
        assert_eq!(address.url("sign"), "http://ca:8888/api/v1/cfssl/sign");
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            " ",
            ":",
            "ca:",
            "ca:abc",
            "ca:0",
            "ca:+1",
            "ca:65536",
            "ca:1:2",
            "1.2.3",
            "1.2.3.256",
            "a b",
            "a..b",
            "[::1",
            "[::1]x",
            "[ca]",
            "[]:1",
            "ftp://ca",
            "http://",
            "http:///",
            "http://ca/path",
            "ca/path",
            "http://ca?x",
            "http://ca#x",
            "http://user@ca",
            "http://ca//",
            "bücher",
            "a\r\nHost: b",
        ] {
            assert!(shown(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn reads_lists() {
        let list = Address::list("a, http://b").expect("two");
        assert!(list.len() == 2 && !list[0].is_https() && !list[1].is_https());
        let list = Address::list("https://a,HTTPS://b").expect("two");
        assert!(list.len() == 2 && list[0].is_https() && list[1].is_https());
        for text in ["", "a,", "a,,b", &["a"; 17].join(",")] {
            assert!(Address::list(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_moves_from_https_to_http() {
        for text in ["a,https://b", "https://a,b", "https://a,https://b,http://c"] {
            let error = Address::list(text).expect_err(text).to_string();
            assert!(error.contains("some by http;"), "{error}");
            assert!(
                error.ends_with("write https:// before each of them"),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_a_url_and_reads_the_same(text in "(https?://)?[a-z0-9.:_\\[\\]/@-]{0,24}") {
            if let Ok(address) = text.parse::<Address>() {
                let url = address.to_string();
                prop_assert_eq!(url.parse::<Address>(), Ok(address.clone()));
                let uri: ureq::http::Uri = address.url("sign").parse().expect("a URI");
                prop_assert_eq!(uri.authority().expect("an authority").as_str(), address.authority());
            }
        }

        #[test]
        fn never_panics(text in "\\PC{0,40}") {
            let _ = Address::list(&text);
        }
    }
}

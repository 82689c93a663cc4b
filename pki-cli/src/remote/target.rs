//! Where something goes or comes from, as somebody writes it: a directory of
//! this host, or another host.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::str::FromStr;

use pki_core::HostName;

/// `[NAME=][USER@]HOST[:PORT][:DIR]`, or `[NAME=]DIR` of this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The host that it is in the cluster, where that was said.
    pub(crate) name: Option<HostName>,
    pub(crate) place: Place,
}

/// What a target means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A directory of this host: it begins with `/`, `./` or `../`, or is `.` or `..`.
    Here(PathBuf),
    There(RemoteHost),
}

/// A host for ssh. Nothing in it can be taken for a flag or for a second word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteHost {
    user: Option<String>,
    host: String,
    port: Option<u16>,
    directory: Option<String>,
    /// Where the host is, if nobody else knows.
    address: Option<IpAddr>,
}

impl RemoteHost {
    /// A host of a cluster: ssh finds it by its name, if anything does, else by its address.
    pub(crate) fn of_cluster(name: &HostName, address: IpAddr) -> Self {
        Self {
            user: None,
            host: name.as_str().to_owned(),
            port: None,
            directory: None,
            address: Some(address),
        }
    }

    pub(crate) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// A name or an address, without brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> Option<u16> {
        self.port
    }

    /// An absolute path of that host, where one was said.
    pub(crate) fn directory(&self) -> Option<&str> {
        self.directory.as_deref()
    }

    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.address
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = match text.split_once('=') {
            // What has a slash first is a path with an equals sign.
            Some((name, rest)) if !is_here(text) => {
                let name = name.parse::<HostName>().map_err(|e| e.to_string())?;
                (Some(name), rest)
            }
            _ => (None, text),
        };
        let place = match is_here(rest) {
            true if rest.contains('\0') => return Err("a path has no NUL".into()),
            true => Place::Here(rest.into()),
            false => Place::There(rest.parse()?),
        };
        Ok(Self { name, place })
    }
}

fn is_here(text: &str) -> bool {
    text == "." || text == ".." || ["/", "./", "../"].iter().any(|way| text.starts_with(way))
}

impl FromStr for RemoteHost {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (before, directory) = match text.split_once(":/") {
            Some((before, path)) => (before, Some(absolute(path)?)),
            None => (text, None),
        };
        // Users of a directory service have an '@' in their names.
        let (user, rest) = match before.rsplit_once('@') {
            Some((user, rest)) => (Some(plain(user, "user", "._-+@")?), rest),
            None => (None, before),
        };
        let (host, port) = host_and_port(rest)?;
        Ok(Self {
            user,
            host,
            port,
            directory,
            address: None,
        })
    }
}

fn host_and_port(text: &str) -> Result<(String, Option<u16>), String> {
    if let Some(bracketed) = text.strip_prefix('[') {
        let (address, rest) = bracketed
            .split_once(']')
            .ok_or_else(|| format!("'{text}' has no ']'"))?;
        let address: Ipv6Addr = address
            .parse()
            .map_err(|_| format!("'{address}' is not an IPv6 address"))?;
        let port = match rest.strip_prefix(':') {
            Some(digits) => Some(port(digits)?),
            None if rest.is_empty() => None,
            None => return Err(format!("what is '{rest}' behind the bracket?")),
        };
        return Ok((address.to_string(), port));
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return Err(format!("write an IPv6 address in brackets: [{text}]"));
    }
    match text.split_once(':') {
        Some((host, digits)) => Ok((plain(host, "host", "._-")?, Some(port(digits)?))),
        None => Ok((plain(text, "host", "._-")?, None)),
    }
}

fn port(digits: &str) -> Result<u16, String> {
    let is_plain = digits.chars().all(|c| c.is_ascii_digit());
    match digits.parse() {
        Ok(port @ 1..) if is_plain => Ok(port),
        _ => Err(format!(
            "'{digits}' is neither a port (1 to 65535) nor a directory (it begins with '/')"
        )),
    }
}

/// Letters, digits and these signs, and no flag.
fn plain(text: &str, what: &str, signs: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || signs.contains(c);
    if text.is_empty() {
        return Err(format!("there is no {what}"));
    }
    if text.starts_with('~') {
        return Err("'~' is not read as a home here: a directory begins with './' or '/'".into());
    }
    if text.starts_with('-') {
        return Err(format!("a {what} does not begin with '-'"));
    }
    if text.len() > 255 {
        return Err(format!("a {what} is not longer than 255 characters"));
    }
    match text.chars().find(|c| !is_plain(*c)) {
        None => Ok(text.to_owned()),
        Some('/') => Err(format!(
            "a {what} has no '/' in it; a directory of this host begins with './' or '/'"
        )),
        Some(odd) => Err(format!("a {what} has no {odd:?} in it")),
    }
}

/// A path without its first slash; returned with it, and without one at its end.
fn absolute(path: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@,=:~% ".contains(c);
    if let Some(odd) = path.chars().find(|c| !is_plain(*c)) {
        return Err(format!("the directory must not have {odd:?} in it"));
    }
    if path.starts_with('/') {
        return Err("write [USER@]HOST[:PORT][:DIR] without '//'".into());
    }
    if path.len() > 1024 {
        return Err("the directory is longer than 1024 characters".into());
    }
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    if names.iter().any(|name| [".", ".."].contains(name)) {
        return Err("the directory must not have '.' or '..' in it".into());
    }
    Ok(format!("/{}", names.join("/")))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name}=")?;
        }
        match &self.place {
            Place::Here(path) => write!(f, "{}", path.display()),
            Place::There(host) => host.fmt(f),
        }
    }
}

impl fmt::Display for RemoteHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        match self.host.contains(':') {
            true => write!(f, "[{}]", self.host)?,
            false => f.write_str(&self.host)?,
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        match &self.directory {
            Some(directory) => write!(f, ":{directory}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(text: &str) -> (Option<&str>, String, Option<u16>, Option<&str>) {
        let Place::There(host) = text.parse::<Target>().expect(text).place else {
            panic!("{text} is another host");
        };
        let (user, directory) = (host.user.clone(), host.directory.clone());
        (
            user.map(|user| &*user.leak()),
            host.host.clone(),
            host.port,
            directory.map(|directory| &*directory.leak()),
        )
    }

    #[test]
    fn reads_every_form() {
        let host = |host: &str| host.to_owned();
        assert_eq!(parts("m1"), (None, host("m1"), None, None));
        assert_eq!(
            parts("root@10.0.0.12:2222:/etc/kubernetes/pki/"),
            (
                Some("root"),
                host("10.0.0.12"),
                Some(2222),
                Some("/etc/kubernetes/pki")
            )
        );
        assert_eq!(
            parts("m1:/srv//p"),
            (None, host("m1"), None, Some("/srv/p"))
        );
        assert_eq!(parts("m1:/"), (None, host("m1"), None, Some("/")));
        assert_eq!(
            parts("a@B.C@[2001:db8::1]:22:/x"),
            (Some("a@B.C"), host("2001:db8::1"), Some(22), Some("/x"))
        );
        assert_eq!(parts("[::1]"), (None, host("::1"), None, None));
        let named: Target = "master-1=m1:2222".parse().expect("valid");
        assert_eq!(named.name.expect("named").as_str(), "master-1");
    }

    #[test]
    fn tells_directories_of_this_host_apart() {
        for here in ["/", "/a=b", ".", "..", "./m1", "../m1:/x", "m=./x", "m=/x"] {
            let target: Target = here.parse().expect(here);
            assert!(matches!(target.place, Place::Here(_)), "{here}");
        }
        for there in ["m1", ".m1", "m1:/x", "m=m1"] {
            let target: Target = there.parse().expect(there);
            assert!(matches!(target.place, Place::There(_)), "{there}");
        }
    }

    #[test]
    fn refuses_what_ssh_or_a_shell_could_misread() {
        for bad in [
            "",
            "-oProxyCommand=x",
            "m=-v",
            "@m1",
            "-l@m1",
            "a b@m1",
            "m1 x",
            "m1;x",
            "m$(x)",
            "m'1",
            "ssh://m1",
            "m1:",
            "m1:0",
            "m1:65536",
            "m1:+22",
            "m1:x",
            "m1:22:x",
            "m1:/a/../b",
            "m1:/a'b",
            "m1:/a\nb",
            "m1:/$x",
            "::1",
            "[::1",
            "[::1]x",
            "[m1]",
            "[::1]:/a`b`",
            "M_1=m1",
            "=m1",
            "m1\0",
            "m1!x",
            "~/pki",
            "~root",
        ] {
            assert!(bad.parse::<Target>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_harmless_and_reads_the_same_again(text in "\\PC{0,40}") {
            if let Ok(target) = text.parse::<Target>() {
                prop_assert_eq!(target.to_string().parse::<Target>(), Ok(target.clone()));
                if let Place::There(host) = target.place {
                    for word in [host.user(), Some(host.host())].into_iter().flatten() {
                        prop_assert!(!word.starts_with('-') && !word.is_empty());
                        prop_assert!(word.chars().all(|c| c.is_ascii_alphanumeric()
                            || "._-:@+".contains(c)));
                    }
                    let directory = host.directory().unwrap_or("/");
                    prop_assert!(directory.starts_with('/') && !directory.contains('\''));
                }
            }
        }

        #[test]
        fn forms_in_any_combination(
            text in "([a-z][a-z0-9]{0,5}=)?([a-zA-Z_][a-z.@+-]{0,5}@)?(\\[[0-9a-f:]{2,8}\\]|[a-z0-9._-]{1,9})(:[0-9]{1,6})?(:/[a-z./ ]{0,9})?"
        ) {
            if let Ok(target) = text.parse::<Target>() {
                prop_assert_eq!(target.to_string().parse::<Target>(), Ok(target));
            }
        }
    }
}

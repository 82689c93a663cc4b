//! DNS names as they stand in a certificate, and the one classifier that tells
//! what a text that should have been a host really is.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::problem::{NameError, NameNote, NameProblem, Noted};
use super::{HostName, SubjectAltName};

/// A dNSName of RFC 5280 section 4.2.1.6 in lower case: a host name, or one
/// whose first label is `*`. Underscores are kept, with a note.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsName(String);

impl DnsName {
    /// The name without a dot at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the first label is `*`.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with("*.")
    }

    /// Parses `text` and tells what is worth knowing about the result.
    ///
    /// # Errors
    /// [`NameError`] with what the text is instead.
    pub fn parse(text: &str) -> Result<Noted<Self>, NameError> {
        let refuse = |problem| NameError {
            input: text.to_owned(),
            problem,
        };
        classify(text).map_err(refuse)?;
        if text.parse::<IpAddr>().is_ok() {
            return Err(refuse(NameProblem::AddressForName));
        }
        let mut notes = Vec::new();
        let (base, wildcard) = match text.strip_prefix("*.") {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let base = check_labels(base, Labels::Lenient).map_err(refuse)?;
        let name = if wildcard { format!("*.{base}") } else { base };
        if wildcard {
            notes.push(NameNote::Wildcard(name.clone()));
        }
        if name.contains('_') {
            notes.push(NameNote::Underscore(name.clone()));
        }
        if name != text {
            notes.push(NameNote::Lowercased(text.to_owned()));
        }
        Ok(Noted {
            value: Self(name),
            notes,
        })
    }

    /// A name that some other type has already checked.
    pub(crate) fn checked(name: String) -> Self {
        Self(name)
    }
}

impl FromStr for DnsName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text).map(|noted| noted.value)
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&HostName> for DnsName {
    fn from(name: &HostName) -> Self {
        Self(name.as_str().to_owned())
    }
}

/// Refuses everything that is neither a plain name nor a plain address, and
/// says what it is: the classes of mistakes that end in broken certificates.
pub(crate) fn classify(text: &str) -> Result<(), NameProblem> {
    use NameProblem as P;
    if text.is_empty() {
        return Err(P::Empty);
    }
    let trimmed = text.trim();
    if trimmed != text {
        return Err(if trimmed.is_empty() {
            P::Empty
        } else {
            P::Whitespace(trimmed.to_owned())
        });
    }
    // An escaped form of its own means: control, format, or bidi character.
    if let Some(hidden) = text.chars().find(|c| c.is_control() || is_invisible(*c)) {
        return Err(P::Character(hidden));
    }
    if is_placeholder(text) {
        return Err(P::Placeholder);
    }
    if text.contains([',', ';']) {
        let parts = text.split([',', ';']).map(|part| part.trim().to_owned());
        return Err(P::List(parts.filter(|part| !part.is_empty()).collect()));
    }
    if let Some((_, rest)) = text.split_once("://") {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        return Err(P::Url(without_port(authority)));
    }
    if text.starts_with('[') || has_port(text) {
        return Err(P::HostAndPort(without_port(text)));
    }
    if let Some((address, zone)) = text.split_once('%')
        && address.parse::<IpAddr>().is_ok()
        && !zone.is_empty()
    {
        return Err(P::Zone);
    }
    if let Some((address, bits)) = text.split_once('/')
        && address.parse::<IpAddr>().is_ok()
        && bits.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(P::AddressRange);
    }
    if text.contains('@') {
        return Err(P::NotAHost("an e-mail address"));
    }
    if !text.is_ascii() {
        let a_label = idna::domain_to_ascii(text).ok();
        return Err(P::NonAscii(
            a_label.filter(|name| check_labels(name, Labels::Strict).is_ok()),
        ));
    }
    Ok(())
}

/// How [`check_labels`] treats underscores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Labels {
    /// RFC 1123 as kubeadm reads it.
    Strict,
    /// Underscores pass.
    Lenient,
}

/// The rules of RFC 1123 section 2.1 for each label; gives the lower-case name.
pub(crate) fn check_labels(text: &str, labels: Labels) -> Result<String, NameProblem> {
    use NameProblem as P;
    const LONGEST_NAME: usize = 253;
    let name = text.to_ascii_lowercase();
    if let Some(without) = name.strip_suffix('.')
        && !without.is_empty()
        && !without.ends_with('.')
    {
        return Err(P::TrailingDot(without.to_owned()));
    }
    if name.contains('*') {
        return Err(P::Wildcard);
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if let Some(other) = name.chars().find(|c| !allowed(*c)) {
        return Err(P::Character(other));
    }
    for label in name.split('.') {
        match label {
            "" => return Err(P::EmptyLabel),
            label if label.len() > 63 => return Err(P::LongLabel(label.len())),
            label if label.starts_with('-') || label.ends_with('-') => {
                return Err(P::Hyphen(label.to_owned()));
            }
            _ => {}
        }
    }
    if name.len() > LONGEST_NAME {
        return Err(P::Long(name.len(), LONGEST_NAME));
    }
    if labels == Labels::Strict && name.contains('_') {
        return Err(P::Underscore);
    }
    if is_numeric_label(name.rsplit('.').next().unwrap_or(&name)) {
        return Err(P::LooksLikeIpv4);
    }
    if name.split('.').any(|label| label.starts_with("xn--"))
        && idna::domain_to_unicode(&name).1.is_err()
    {
        return Err(P::Punycode);
    }
    Ok(name)
}

/// A last label of digits, or hexadecimal as C libraries read it, is an
/// address to somebody (WHATWG URL section 3.5: "ends in a number").
fn is_numeric_label(label: &str) -> bool {
    match label.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_hexdigit()),
        None => label.bytes().all(|b| b.is_ascii_digit()),
    }
}

/// Format characters that show nothing or reorder what is shown.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn is_placeholder(text: &str) -> bool {
    // The values that the documentation and `cfssl print-defaults` leave to be
    // replaced; longer names below example.com are real in many test set-ups.
    const EXAMPLES: [&str; 6] = [
        "example.com",
        "www.example.com",
        "example.net",
        "www.example.net",
        "1.2.3.4",
        "x.x.x.x",
    ];
    let bracketed = |open: &str, close: &str| {
        text.find(open)
            .is_some_and(|at| text[at + open.len()..].contains(close))
    };
    bracketed("<", ">")
        || bracketed("${", "}")
        || bracketed("{{", "}}")
        || text.starts_with('$')
        || EXAMPLES.contains(&text.to_ascii_lowercase().as_str())
}

fn has_port(text: &str) -> bool {
    match text.split_once(':') {
        Some((host, port)) => {
            !host.is_empty() && port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit())
        }
        None => false,
    }
}

fn without_port(text: &str) -> String {
    let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest).to_owned();
    }
    if has_port(host) {
        return host.split(':').next().unwrap_or(host).to_owned();
    }
    host.to_owned()
}

impl From<DnsName> for SubjectAltName {
    fn from(name: DnsName) -> Self {
        Self::Dns(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> NameProblem {
        DnsName::parse(text).expect_err(text).problem
    }

    #[test]
    fn accepts_and_notes() {
        assert_eq!(DnsName::parse("api.k8s.internal").unwrap().notes, []);
        let wild = DnsName::parse("*.k8s.example.org").unwrap();
        assert_eq!(wild.value.as_str(), "*.k8s.example.org");
        assert_eq!(wild.notes, [NameNote::Wildcard("*.k8s.example.org".into())]);
        assert_eq!(
            DnsName::parse("MASTER-1").unwrap(),
            Noted {
                value: DnsName("master-1".into()),
                notes: vec![NameNote::Lowercased("MASTER-1".into())]
            }
        );
        assert_eq!(
            DnsName::parse("foo_bar").unwrap().notes,
            [NameNote::Underscore("foo_bar".into())]
        );
        assert!(DnsName::parse("xn--mnchen-3ya.example.org").is_ok());
    }

    #[test]
    fn says_what_the_text_is_instead() {
        use NameProblem as P;
        assert_eq!(problem(""), P::Empty);
        assert_eq!(problem(" "), P::Empty);
        assert_eq!(problem("m1\u{a0}"), P::Whitespace("m1".into()));
        assert_eq!(problem("nul\0x"), P::Character('\0'));
        assert_eq!(problem("a\u{202e}b"), P::Character('\u{202e}'));
        for text in [
            "<IP>",
            "${HOST_IP}",
            "{{ ip }}",
            "$NAME",
            "example.com",
            "1.2.3.4",
        ] {
            assert_eq!(problem(text), P::Placeholder, "{text}");
        }
        assert_eq!(problem("a,b"), P::List(vec!["a".into(), "b".into()]));
        assert_eq!(problem("https://m1:6443/x"), P::Url("m1".into()));
        assert_eq!(problem("[::1]:2379"), P::HostAndPort("::1".into()));
        assert_eq!(problem("m1:6443"), P::HostAndPort("m1".into()));
        assert_eq!(problem("10.0.0.0/24"), P::AddressRange);
        assert_eq!(problem("fe80::1%eth0"), P::Zone);
        assert_eq!(problem("10.0.0.7"), P::AddressForName);
        for text in ["10.0.0.999", "1.2.3", "010.0.0.1", "0x0a000001", "7"] {
            assert_eq!(problem(text), P::LooksLikeIpv4, "{text}");
        }
        assert_eq!(problem("a@b"), P::NotAHost("an e-mail address"));
        assert_eq!(
            problem("ünïcode.example"),
            P::NonAscii(Some("xn--ncode-cta3g.example".into()))
        );
        assert_eq!(problem("xn--zzzzzzzzzzzz99999"), P::Punycode);
        assert_eq!(problem(&"a".repeat(64)), P::LongLabel(64));
        assert_eq!(problem(&["ab"; 100].join(".")), P::Long(299, 253));
        assert_eq!(problem("-x"), P::Hyphen("-x".into()));
        assert_eq!(problem("x-"), P::Hyphen("x-".into()));
        assert_eq!(problem("foo..bar"), P::EmptyLabel);
        assert_eq!(problem(".foo"), P::EmptyLabel);
        assert_eq!(problem("foo."), P::TrailingDot("foo".into()));
        for text in ["*", "a.*.b", "f*o.x", "*.*.x"] {
            assert_eq!(problem(text), P::Wildcard, "{text}");
        }
        for (text, c) in [
            ("../x", '/'),
            ("/etc", '/'),
            ("a;b", ';'),
            ("a b", ' '),
            ("a|b", '|'),
        ] {
            if c == ';' {
                assert!(matches!(problem(text), P::List(_)));
            } else {
                assert_eq!(problem(text), P::Character(c), "{text}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_accepts_only_safe_text(text in "\\PC{0,40}|[-a-z0-9._*:/%@\\[\\]]{0,60}") {
            if let Ok(noted) = DnsName::parse(&text) {
                let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._*".contains(c);
                proptest::prop_assert!(noted.value.as_str().chars().all(safe));
                proptest::prop_assert_eq!(DnsName::parse(noted.value.as_str()).unwrap().value, noted.value);
            }
        }
    }
}

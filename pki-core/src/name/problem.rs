//! What can be wrong with a name, and what to say about one that was accepted.

use std::fmt;

/// A text in single quotes with everything unprintable escaped, so that no
/// input can move the cursor or hide itself in a message.
#[derive(Debug, Clone, Copy)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 120;
        f.write_str("'")?;
        for (count, character) in self.0.chars().enumerate() {
            if count == LONGEST {
                write!(f, "… ({} bytes)", self.0.len())?;
                break;
            }
            match character {
                '"' | '\'' => write!(f, "{character}")?,
                other => write!(f, "{}", other.escape_debug())?,
            }
        }
        f.write_str("'")
    }
}

/// A name that was refused: the text and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameError {
    /// The text as it was given.
    pub input: String,
    /// Why it cannot be used.
    pub problem: NameProblem,
}

/// Why a text cannot be a name in a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameProblem {
    /// Nothing between the quotes: cfssl writes an empty dNSName, which
    /// RFC 5280 section 4.2.1.6 forbids.
    Empty,
    /// White space at an end; the text without it.
    Whitespace(String),
    /// A character that does not belong in the name.
    Character(char),
    /// A template that nobody filled in.
    Placeholder,
    /// Several names in one string; the names.
    List(Vec<String>),
    /// A URL; its host.
    Url(String),
    /// A host with a port or in brackets; the host.
    HostAndPort(String),
    /// A range of addresses.
    AddressRange,
    /// An IPv6 address with a zone.
    Zone,
    /// All digits and dots, but not an IPv4 address.
    LooksLikeIpv4,
    /// An address that no host answers on, and what it is.
    UnusableAddress(&'static str),
    /// An address where a name is wanted.
    AddressForName,
    /// A name where an address is wanted.
    NameForAddress,
    /// Not ASCII; the A-label form if there is one (RFC 5890).
    NonAscii(Option<String>),
    /// An `xn--` label that decodes to nothing (RFC 5891).
    Punycode,
    /// A label that is longer than 63 octets (RFC 1035 section 2.3.4).
    LongLabel(usize),
    /// A name that is longer than its kind allows: its length and the limit.
    Long(usize, usize),
    /// A label that starts or ends with a hyphen.
    Hyphen(String),
    /// Two dots in a row, or a dot in front.
    EmptyLabel,
    /// A dot at the end; the name without it.
    TrailingDot(String),
    /// An underscore, which RFC 1123 and kubeadm refuse in a host name.
    Underscore,
    /// A `*` elsewhere than alone in the first label (RFC 6125 section 6.4.3).
    Wildcard,
    /// A wildcard where one host is named.
    WildcardForHost,
    /// An e-mail address or URI, which no server certificate needs.
    NotAHost(&'static str),
    /// A country that is not two letters (ISO 3166).
    Country,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use NameProblem as P;
        let input = Quoted(&self.input);
        match &self.problem {
            P::Empty => write!(f, "the name is empty"),
            P::Whitespace(trimmed) => {
                write!(
                    f,
                    "{input} has white space at an end: write {}",
                    Quoted(trimmed)
                )
            }
            P::Character(c) => write!(f, "{input} contains {}", Quoted(c.encode_utf8(&mut [0; 4]))),
            P::Placeholder => write!(f, "{input} is a placeholder that was not filled in"),
            P::List(parts) => {
                write!(
                    f,
                    "{input} is a list in one string: write {} separate values",
                    parts.len()
                )
            }
            P::Url(host) => write!(
                f,
                "{input} is a URL: only its host {} can be named",
                Quoted(host)
            ),
            P::HostAndPort(host) => {
                write!(f, "{input} has a port or brackets: write {}", Quoted(host))
            }
            P::AddressRange => write!(
                f,
                "{input} is a range: a certificate names single addresses"
            ),
            P::Zone => write!(
                f,
                "{input} has a zone: a link-local address is not routable and its zone cannot be in a certificate"
            ),
            P::LooksLikeIpv4 => write!(f, "{input} looks like an IPv4 address but is not one"),
            P::UnusableAddress(kind) => {
                write!(f, "{input} is {kind}: no host can be reached there")
            }
            P::AddressForName => write!(f, "{input} is an address, and a name is needed here"),
            P::NameForAddress => write!(f, "{input} is not an IP address"),
            P::NonAscii(Some(a_label)) => {
                write!(
                    f,
                    "{input} is not ASCII: write its A-label form {}",
                    Quoted(a_label)
                )
            }
            P::NonAscii(None) => write!(f, "{input} is not ASCII and has no A-label form"),
            P::Punycode => write!(f, "{input} has an xn-- label that does not decode"),
            P::LongLabel(length) => {
                write!(
                    f,
                    "{input} has a label of {length} characters, and 63 is the limit"
                )
            }
            P::Long(length, limit) => {
                write!(
                    f,
                    "{input} has {length} characters, and {limit} is the limit"
                )
            }
            P::Hyphen(label) => {
                write!(
                    f,
                    "{input}: the label {} starts or ends with a hyphen",
                    Quoted(label)
                )
            }
            P::EmptyLabel => write!(f, "{input} has an empty label"),
            P::TrailingDot(without) => {
                write!(f, "{input} ends with a dot: write {}", Quoted(without))
            }
            P::Underscore => write!(
                f,
                "{input} contains an underscore, which RFC 1123 and kubeadm refuse in a host name"
            ),
            P::Wildcard => write!(
                f,
                "{input}: a wildcard must be the whole first label, as in '*.k8s.internal'"
            ),
            P::WildcardForHost => write!(
                f,
                "{input} is a wildcard, and the name of one host is needed here"
            ),
            P::NotAHost(kind) => {
                write!(
                    f,
                    "{input} is {kind}; clients of a server certificate look for names and addresses"
                )
            }
            P::Country => write!(f, "{input} is not a country code of two letters"),
        }
    }
}

impl std::error::Error for NameError {}

/// A value together with what was changed or is worth knowing about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted<T> {
    /// The value.
    pub value: T,
    /// Remarks for the user, in the order they came up.
    pub notes: Vec<NameNote>,
}

/// A remark about a name that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameNote {
    /// Upper case became lower case: the original text. The API server's
    /// node authorizer compares `system:node:` names exactly.
    Lowercased(String),
    /// An IPv4-mapped IPv6 address became IPv4: the original text.
    Ipv4Mapped(String),
    /// A wildcard stands for one label only, and etcd peers need reverse DNS
    /// for it.
    Wildcard(String),
    /// Strict clients refuse an underscore in a DNS name.
    Underscore(String),
    /// A node whose name is an address is a DNS name in the certificate.
    AddressAsName(String),
}

impl fmt::Display for NameNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lowercased(from) => write!(
                f,
                "{} is written in lower case; register the node under the lower-case name too",
                Quoted(from)
            ),
            Self::Ipv4Mapped(from) => write!(f, "{} is written as its IPv4 address", Quoted(from)),
            Self::Wildcard(name) => write!(
                f,
                "{} covers one label only, and etcd peers need reverse DNS for a wildcard",
                Quoted(name)
            ),
            Self::Underscore(name) => {
                write!(
                    f,
                    "{} has an underscore, which strict clients refuse",
                    Quoted(name)
                )
            }
            Self::AddressAsName(name) => {
                write!(
                    f,
                    "the node name {} is an address; it becomes a DNS name",
                    Quoted(name)
                )
            }
        }
    }
}

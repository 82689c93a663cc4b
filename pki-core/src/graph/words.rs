//! The words of every drawing, and how texts of others become harmless in them.

use super::{AuthorityNode, CertificateNode, CertificateState, Graph, HostNode, Lifetime, worst};
use crate::catalog::EntryKind;
use crate::expiry::Standing;
use crate::extension::ExtendedKeyUsage;
use crate::severity::Severity;
use crate::time::{Span, Timestamp};
use crate::verify::TreeRole;

/// On one line, with nothing in it that turns the text around or that XML
/// cannot hold.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\'' | '\\' => out.push(c),
            c => out.extend(c.escape_debug()),
        }
    }
    out
}

/// How many columns a text takes in a font of fixed width; what is not ASCII
/// may take two.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

fn columns_of(c: char) -> usize {
    match c.is_ascii() || c == '…' || c == '·' {
        true => 1,
        false => 2,
    }
}

/// The text in so many columns, its end left out where it is longer.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut taken = 1;
    for c in text.chars() {
        taken += columns_of(c);
        if taken > most {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// The text on lines of so many columns, and on so many lines.
pub(super) fn wrapped(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let is_full = lines.len() == most;
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(last) if is_full => {
                *last = shortened(&format!("{last} {word}"), width);
                return lines;
            }
            _ => lines.push(shortened(word, width)),
        }
    }
    lines
}

/// `m0, m1 and 3 more`
pub(super) fn listed(names: &[&str], most: usize) -> String {
    match names.len() > most {
        false => names.join(", "),
        true => {
            let shown = most.saturating_sub(1).max(1);
            let (shown, more) = names.split_at(shown);
            format!("{} and {} more", shown.join(", "), more.len())
        }
    }
}

/// `1 host`, `2 hosts`
pub(super) fn counted(count: usize, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    }
}

/// `2027-11-22`
pub(super) fn day(time: Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}

impl Graph {
    pub(super) fn title(&self) -> String {
        let name = self.name.as_deref().unwrap_or("kubernetes");
        format!("PKI of {}", plain(name))
    }

    /// What is known besides the name, on one line.
    pub(super) fn subtitle(&self) -> String {
        let certificates = self.hosts.iter().map(|host| host.certificates.len()).sum();
        let mut parts = vec![
            counted(self.hosts.len(), "host"),
            counted(certificates, "certificate"),
        ];
        if let Some(version) = self.kubernetes_version {
            parts.insert(0, format!("Kubernetes {version}"));
        }
        if let Some(endpoint) = &self.endpoint {
            parts.push(format!("endpoint {}", plain(endpoint)));
        }
        parts.push(match self.as_of {
            Some(now) => format!("as of {}", day(now)),
            None => "as described".to_owned(),
        });
        parts.join(" · ")
    }

    /// The graph in a sentence, for those who cannot see it.
    pub(super) fn description(&self) -> String {
        let authorities = self.authorities.iter();
        let authorities: Vec<_> = authorities.map(AuthorityNode::label).collect();
        let hosts: Vec<_> = self.hosts.iter().map(|host| plain(&host.name)).collect();
        let hosts: Vec<_> = hosts.iter().map(String::as_str).collect();
        let authorities: Vec<_> = authorities.iter().map(String::as_str).collect();
        let errors = self.findings().filter(|it| it.severity == Severity::Error);
        let state = match (self.as_of, errors.count()) {
            (None, _) => String::new(),
            (Some(_), 0) => " No errors were found.".to_owned(),
            (Some(_), 1) => " 1 error was found.".to_owned(),
            (Some(_), errors) => format!(" {errors} errors were found."),
        };
        format!(
            "Hosts {} with certificates of {}.{state}",
            listed(&hosts, 9),
            listed(&authorities, 9)
        )
    }

    /// The components that do something with an authority, in words.
    pub(super) fn trusted_by(&self, authority: usize, kind: super::TrustKind) -> Vec<&'static str> {
        let mut names = Vec::new();
        for trust in &self.trusts {
            let is_it = trust.authority == authority && trust.kind == kind;
            if is_it && !names.contains(&trust.component) {
                names.push(trust.component);
            }
        }
        names
    }

    /// What a host has of an authority, if it has anything to do with it.
    pub(super) fn share(&self, authority: usize, host: usize) -> Option<Share> {
        let node = self.authorities.get(authority)?;
        match node.holder(host) {
            Some(holder) if holder.has_key => return Some(Share::Key),
            Some(_) => return Some(Share::Certificate),
            None => {}
        }
        let mut signed = self.hosts.get(host)?.certificates.iter();
        signed
            .any(|node| node.authority == Some(authority))
            .then_some(Share::Signed)
    }

    /// The names of the hosts that have an authority's private key.
    pub(super) fn key_holders(&self, authority: &AuthorityNode) -> Vec<String> {
        let holders = authority.holders.iter().filter(|holder| holder.has_key);
        let hosts = holders.filter_map(|holder| self.hosts.get(holder.host));
        hosts.map(|host| plain(&host.name)).collect()
    }
}

impl AuthorityNode {
    /// `etcd/ca`, or `etcd/ca (2 of 3)`.
    pub(super) fn label(&self) -> String {
        match self.instance {
            (_, 0 | 1) => self.entry.base_name.to_owned(),
            (number, all) => format!("{} ({number} of {all})", self.entry.base_name),
        }
    }

    /// When it ends, or how long it will last.
    pub(super) fn term(&self) -> Option<String> {
        self.lifetime.map(Lifetime::words)
    }

    /// `SHA-256 1f:2e:3d:4c:5b:6a`
    pub(super) fn fingerprint(&self) -> Option<String> {
        self.sha256.as_ref().map(fingerprint)
    }
}

/// The first octets, which tell certificates apart by eye.
pub(super) fn fingerprint(sha256: &[u8; 32]) -> String {
    let octets = sha256.iter().take(6);
    let octets: Vec<_> = octets.map(|octet| format!("{octet:02x}")).collect();
    format!("SHA-256 {}", octets.join(":"))
}

impl HostNode {
    /// What it is for.
    pub(super) fn role_words(&self) -> &'static str {
        match (&self.not_read, self.role) {
            (Some(_), _) => "not looked at",
            (None, Some(TreeRole::ControlPlaneWithEtcd)) => "control plane, etcd",
            (None, Some(TreeRole::ControlPlane)) => "control plane",
            (None, Some(TreeRole::EtcdMember)) => "etcd",
            (None, Some(TreeRole::Authorities)) => "home of the CAs",
            (None, Some(TreeRole::Worker)) => "worker",
            (None, None) => "nothing of kubeadm or etcd",
        }
    }
}

/// What a host has of an authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    Key,
    Certificate,
    /// Only what it has signed.
    Signed,
}

/// Which side of a connection a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Server,
    Client,
    Both,
    Unknown,
}

impl CertificateNode {
    pub(super) fn side(&self) -> Side {
        let Some(entry) = self.entry else {
            return Side::Unknown;
        };
        if matches!(entry.kind, EntryKind::Kubeconfig(_)) {
            return Side::Client;
        }
        let usages = entry.extended_key_usage();
        let serves = usages.contains(&ExtendedKeyUsage::ServerAuth);
        let asks = usages.contains(&ExtendedKeyUsage::ClientAuth);
        match (serves, asks) {
            (true, true) => Side::Both,
            (true, false) => Side::Server,
            (false, true) => Side::Client,
            (false, false) => Side::Unknown,
        }
    }

    /// In ten columns: when it ends, or why nobody knows.
    pub(super) fn short_term(&self) -> String {
        match (&self.state, self.lifetime) {
            (_, Some(Lifetime::Found { validity, .. })) => day(validity.not_after()),
            (_, Some(Lifetime::Planned { seconds })) => Span::new(seconds).in_short(),
            (CertificateState::Unreadable(_), None) => "unreadable".to_owned(),
            (CertificateState::Elsewhere, None) => "elsewhere".to_owned(),
            (_, None) => "missing".to_owned(),
        }
    }

    /// The same for a label of its own.
    pub(super) fn term(&self) -> String {
        match self.lifetime {
            Some(lifetime) => lifetime.words(),
            None => self.short_term(),
        }
    }

    /// Everything that is known of it, line by line.
    pub(super) fn story(&self) -> String {
        let mut lines = vec![format!("{}: {}", plain(&self.name), self.term())];
        if let Some(entry) = self.entry {
            lines.push(entry.purpose.to_owned());
        }
        if let Some(subject) = &self.subject {
            lines.push(plain(subject));
        }
        if !self.names.is_empty() {
            let names: Vec<_> = self.names.iter().map(|name| plain(name)).collect();
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            lines.push(listed(&names, 20));
        }
        lines.extend(self.sha256.as_ref().map(fingerprint));
        lines.extend(self.findings.iter().map(super::NodeFinding::words));
        lines.join("\n")
    }
}

impl super::NodeFinding {
    /// `error: pki/apiserver.crt expired 3 days ago`
    pub(super) fn words(&self) -> String {
        format!("{}: {}", self.severity, plain(&self.message))
    }
}

impl Lifetime {
    pub(super) fn words(self) -> String {
        match self {
            Self::Planned { seconds } => format!("valid for {}", Span::new(seconds).in_short()),
            Self::Found { validity, standing } => {
                let (begin, end) = (day(validity.not_before()), day(validity.not_after()));
                match standing {
                    Standing::Expired => format!("ended {end}"),
                    Standing::NotYetValid => format!("from {begin} to {end}"),
                    Standing::Soon | Standing::Valid => format!("until {end}"),
                }
            }
        }
    }
}

/// What is unusual about a part, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alarm {
    Error,
    Warning,
}

impl AuthorityNode {
    pub(super) fn alarm(&self) -> Option<Alarm> {
        alarm(worst(&self.findings), self.lifetime)
    }
}

impl HostNode {
    /// With that of its certificates.
    pub(super) fn alarm(&self) -> Option<Alarm> {
        let of_certificates = self.certificates.iter().filter_map(CertificateNode::alarm);
        let own = alarm(self.worst(), None).into_iter();
        own.chain(of_certificates).min()
    }
}

impl CertificateNode {
    /// What is missing is worth a look though no rule may say so.
    pub(super) fn alarm(&self) -> Option<Alarm> {
        use CertificateState as S;
        let of_state = match self.state {
            S::Missing | S::Unreadable(_) => Some(Alarm::Error),
            S::Planned | S::Found | S::Elsewhere => None,
        };
        let known = alarm(worst(&self.findings), self.lifetime);
        known.into_iter().chain(of_state).min()
    }
}

/// The alarm of findings, and of how a certificate stands.
pub(super) fn alarm(worst: Option<Severity>, lifetime: Option<Lifetime>) -> Option<Alarm> {
    let of_findings = match worst {
        Some(Severity::Error) => Some(Alarm::Error),
        Some(Severity::Warning) => Some(Alarm::Warning),
        Some(Severity::Note) | None => None,
    };
    let of_time = match lifetime.and_then(Lifetime::standing) {
        Some(Standing::Expired | Standing::NotYetValid) => Some(Alarm::Error),
        Some(Standing::Soon) => Some(Alarm::Warning),
        Some(Standing::Valid) | None => None,
    };
    of_findings.into_iter().chain(of_time).min()
}

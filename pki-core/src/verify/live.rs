//! What running servers show, beside the tree. Pure: the caller shakes hands
//! with them beforehand.
//!
//! A consequence of a fault that was found in a file is not reported again.

mod alert;
mod certificate;
mod client;
mod endpoint;
mod files;
mod fold;
mod served;

pub use endpoint::{LiveEndpoint, LiveServer};
pub use files::LiveFiles;
pub use served::{HandshakeEnd, Served};

use super::misnamed::LIVE;
use super::{Finding, Generation, NotChecked, Record, Report, Rule, finding};
use crate::catalog::Authority;
use crate::name::Quoted;
use crate::time::Timestamp;
use crate::verify::fix::Fix;

/// What is known beside the handshake.
struct Seen<'a> {
    files: &'a LiveFiles,
    /// What was found in the files.
    reported: &'a [Finding],
    /// How what belongs to the tree is made again.
    generation: &'a Generation,
    now: Timestamp,
}

impl Seen<'_> {
    /// Whether one of the rules was found broken by a file, if only as a part
    /// of something greater.
    fn has(&self, file: &str, rules: &[Rule]) -> bool {
        self.reported.iter().any(|finding| {
            let consequences = finding.consequences.iter();
            let mut parts = consequences.map(|one| (one.file.as_str(), one.rule));
            let is_it = |(of, rule): (&str, Option<Rule>)| {
                of == file && rule.is_some_and(|rule| rules.contains(&rule))
            };
            is_it((&finding.file, Some(finding.rule))) || parts.any(is_it)
        })
    }

    /// What was found in a CA's own files and told of this one as well.
    fn in_authority(&self, authority: Authority, file: &str) -> impl Iterator<Item = &Finding> {
        let reported = self.reported.iter();
        reported.filter(move |finding| {
            let parts = finding.consequences.iter();
            let mut parts = parts.filter(|part| part.rule.is_some());
            let mut consequences = finding.consequences.iter();
            let is_authoritys = |file: &str| self.files.is_authoritys(authority, file);
            (is_authoritys(&finding.file) || parts.any(|part| is_authoritys(&part.file)))
                && consequences.any(|consequence| consequence.file == file)
        })
    }
}

impl Report {
    /// Adds what servers showed at the time `now`, each under its address, and
    /// which were not asked. A server that gave no answer counts among what
    /// could not be read.
    pub fn add_live(
        &mut self,
        files: &LiveFiles,
        served: &[Served],
        not_asked: Vec<NotChecked>,
        now: Timestamp,
    ) {
        let mut record = Record::default();
        let seen = Seen {
            files,
            reported: &self.findings,
            generation: &self.generation,
            now,
        };
        let mut known = Vec::new();
        for served in served {
            let before = record.findings.len();
            check(served, &seen, &mut record);
            let own = record.findings.split_off(before);
            fold::add(served, own, &mut known, &mut record);
        }
        // What the files could not tell the servers have told.
        let is_etcds = |it: &Served| it.endpoint.server == LiveServer::Etcd && !it.chain.is_empty();
        if served.iter().any(is_etcds) {
            self.not_checked.retain(|it| it.flag != Some(LIVE));
        }
        self.findings.append(&mut record.findings);
        finding::sort(&mut self.findings);
        self.checked += record.checked;
        self.unreadable += record.unreadable;
        self.not_checked.append(&mut record.not_checked);
        self.not_checked.extend(not_asked);
    }
}

fn check(served: &Served, seen: &Seen<'_>, record: &mut Record) {
    if !served.chain.is_empty() {
        if !certificate::is_another_server(served, seen, record) {
            let standing = certificate::check(served, seen, record);
            client::check(served, standing, seen, record);
        }
        return;
    }
    let server = served.endpoint.server;
    let address = served.endpoint.to_string();
    let (rule, message, fix) = match &served.end {
        HandshakeEnd::Unreachable(why) => {
            (Rule::LiveUnreachable, format!("cannot be reached: {why}"), REACH)
        }
        HandshakeEnd::Silent { seconds } => (
            Rule::LiveUnreachable,
            format!("takes the connection and does not answer within {seconds} s"),
            REACH,
        ),
        HandshakeEnd::Closed => (
            Rule::LiveUnreachable,
            "closes the connection instead of answering: a load balancer without a server behind it does so, and an etcd that runs without TLS".to_owned(),
            REACH,
        ),
        HandshakeEnd::NotTls(first) => (
            Rule::LiveNotTls,
            format!("speaks no TLS: it answers {}", Quoted(&first_line(first))),
            "see whether it is the right port; a server without TLS is started with the files of its certificate and https in its URLs",
        ),
        HandshakeEnd::Garbled => (
            Rule::LiveNotTls,
            "does not speak TLS: what it sends looks like TLS at first, and cannot be understood".to_owned(),
            "see whether it is the right port, and what listens there",
        ),
        HandshakeEnd::TooLong(bytes) => (
            Rule::LiveNotTls,
            format!("speaks no TLS: it sent more than {bytes} bytes"),
            "see whether it is the right port",
        ),
        HandshakeEnd::Alert(code) => (
            Rule::LiveHandshake,
            format!(
                "refuses every client: 'remote error: tls: {}'{}",
                alert::name(*code),
                about_server(*code)
            ),
            "",
        ),
        HandshakeEnd::Broken(why) => (
            Rule::LiveHandshake,
            format!("cannot be talked to: {why}"),
            "",
        ),
        HandshakeEnd::Complete => (Rule::LiveHandshake, "shows no certificate".to_owned(), ""),
    };
    let fix = match fix {
        "" => certificate::find_out(server),
        fix => Fix::say(fix),
    };
    match rule {
        // What nobody saw is not checked.
        Rule::LiveUnreachable => {
            record.unreadable += 1;
            record.add(Finding::new(rule, address, message, fix));
        }
        _ => {
            record.fail(Finding::new(rule, address, message, fix));
        }
    }
}

const REACH: &str = "see whether it runs (crictl ps -a, or systemctl status etcd), and what lies between: address, port, firewall";

/// What a server says that stops before it shows its certificate.
fn about_server(code: u8) -> &'static str {
    match code {
        alert::INTERNAL_ERROR => {
            ", as etcd does whose key file does not belong to its certificate file, or cannot be read"
        }
        alert::PROTOCOL_VERSION => ": it knows neither TLS 1.2 nor 1.3",
        alert::HANDSHAKE_FAILURE => ": no cipher suite fits its certificate's key",
        alert::UNRECOGNIZED_NAME => ": it does not know the name that it was asked for",
        _ => "",
    }
}

/// What a server without TLS says first, as far as it is text.
fn first_line(bytes: &[u8]) -> String {
    const LONGEST: usize = 40;
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    let line = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
    let line = line.get(..LONGEST).unwrap_or(line);
    String::from_utf8_lossy(line).into_owned()
}

#[cfg(test)]
mod tests;

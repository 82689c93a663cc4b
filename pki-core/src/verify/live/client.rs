//! What a server thinks of the client certificate that it was shown.

use super::certificate::Standing;
use super::endpoint::LiveServer;
use super::served::{HandshakeEnd, Served};
use super::{Seen, alert, certificate};
use crate::severity::Severity;
use crate::time::Span;
use crate::verify::{Finding, Record, Rule};

/// Checks a handshake that came as far as the server's certificate, of which
/// `standing` was found.
pub(super) fn check(served: &Served, standing: Standing, seen: &Seen<'_>, record: &mut Record) {
    let address = served.endpoint.to_string();
    let is_etcds = served.endpoint.server != LiveServer::Apiserver;
    if is_etcds && served.end == HandshakeEnd::Complete && !served.asks_for_client {
        if standing == Standing::Stranger {
            record.not_checked(
                format!("whether {address} asks its clients for certificates"),
                "it may be no etcd, or not this cluster's",
                None,
            );
            return;
        }
        record.fail(Finding::new(
            Rule::LiveNoClientAuth,
            &address,
            "lets in clients without a certificate: it does not ask for one",
            no_client_auth(served.endpoint.server),
        ));
        return;
    }
    let refusal = match &served.end {
        HandshakeEnd::Complete => None,
        HandshakeEnd::Alert(code) => Some((
            format!("'remote error: tls: {}'", alert::name(*code)),
            alert::about_client(*code),
        )),
        HandshakeEnd::Closed => Some((
            "it closes the connection without a word".to_owned(),
            without_a_word(served.endpoint.server),
        )),
        // They say nothing about the client.
        _ => {
            record.fail(Finding::new(
                Rule::LiveHandshake,
                &address,
                format!("does not finish the handshake: {}", unfinished(&served.end)),
                certificate::find_out(served.endpoint.server),
            ));
            return;
        }
    };
    let path = match (&served.client, served.asks_for_client) {
        (Ok(path), true) => path,
        (Err(why), true) if is_etcds => {
            record.not_checked(format!("whether {address} lets its clients in"), why, None);
            return;
        }
        _ => {
            if let Some((said, _)) = refusal {
                record.fail(Finding::new(
                    Rule::LiveHandshake,
                    &address,
                    format!("does not finish the handshake: {said}"),
                    certificate::find_out(served.endpoint.server),
                ));
            }
            return;
        }
    };
    record.checked += 1;
    let Some((said, meaning)) = refusal else {
        return;
    };
    // What is wrong with the file, or with the CAs, is the cause.
    if seen.has_error(path, served.endpoint.server) || standing != Standing::Signed {
        return;
    }
    let finding = match clock(served, path, seen) {
        Some(message) => Finding::new(
            Rule::LiveClock,
            &address,
            message,
            "compare 'date -u' on both hosts, and let both follow the same time server: timedatectl set-ntp true",
        ),
        None => Finding::new(
            Rule::LiveClientRefused,
            &address,
            format!("refuses the client certificate {path}: {said}; {meaning}"),
            format!(
                "compare the CA file of the running server (a new one needs a restart) with the CA that signed {path}; {}",
                certificate::find_out(served.endpoint.server)
            ),
        ),
    };
    record.findings.push(finding);
}

impl Seen<'_> {
    pub(super) fn has_error(&self, certificate: &str, server: LiveServer) -> bool {
        let key = self.files.key_of(certificate);
        let mut of_its_ca = self.in_authority(self.files.authority_of(server), certificate);
        let mut reported = self.reported.iter();
        let is_file = |file: &str| file == certificate || Some(file) == key;
        let is_use = |rule: Rule| {
            !matches!(
                rule,
                Rule::ReadableByOthers | Rule::WritableByOthers | Rule::KeyInCertificateFile
            )
        };
        of_its_ca.any(|finding| finding.severity == Severity::Error)
            || reported.any(|finding| {
                let mut parts = finding.consequences.iter();
                finding.severity == Severity::Error
                    && (is_file(&finding.file) && is_use(finding.rule)
                        || parts.any(|part| is_file(&part.file) && part.rule.is_some_and(is_use)))
            })
    }
}

/// TLS says no time of day since version 1.3, and in 1.2 neither Go nor OpenSSL
/// puts one where the server could. What is left is a server that says that a
/// certificate is not valid at its time which is valid at ours.
fn clock(served: &Served, path: &str, seen: &Seen<'_>) -> Option<String> {
    if served.end != HandshakeEnd::Alert(alert::CERTIFICATE_EXPIRED) {
        return None;
    }
    let file = seen.files.at(path)?;
    let validity = file.certificates.first()?.validity();
    if !validity.contains(seen.now) {
        return None;
    }
    let since = Span::new(seen.now.since(validity.not_before())).in_short();
    let left = Span::new(validity.not_after().since(seen.now)).in_short();
    Some(format!(
        "says that the client certificate {path} has expired or is not yet valid, and by this host's clock it is valid from {} to {}: the server's clock is slow by more than {since}, or fast by more than {left}",
        validity.not_before(),
        validity.not_after()
    ))
}

fn without_a_word(server: LiveServer) -> &'static str {
    match server {
        LiveServer::EtcdPeer => {
            "so it does if the address of this host is not among the certificate's SANs, if its name is not allowed (--peer-cert-allowed-cn), or if it is revoked"
        }
        _ => "so it does if the certificate is revoked or the revocation list cannot be read",
    }
}

fn no_client_auth(server: LiveServer) -> &'static str {
    match server {
        LiveServer::EtcdPeer => {
            "start etcd with --peer-client-cert-auth and --peer-trusted-ca-file, as kubeadm does"
        }
        _ => "start etcd with --client-cert-auth and --trusted-ca-file, as kubeadm does",
    }
}

/// Why a handshake stopped behind the server's certificate.
fn unfinished(end: &HandshakeEnd) -> String {
    match end {
        HandshakeEnd::Silent { seconds } => format!("nothing came for {seconds} s"),
        HandshakeEnd::TooLong(bytes) => format!("more than {bytes} bytes came"),
        HandshakeEnd::NotTls(_) | HandshakeEnd::Garbled => "what came was no TLS".to_owned(),
        HandshakeEnd::Broken(why) | HandshakeEnd::Unreachable(why) => why.clone(),
        HandshakeEnd::Complete | HandshakeEnd::Closed | HandshakeEnd::Alert(_) => String::new(),
    }
}

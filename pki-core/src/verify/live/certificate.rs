//! The certificate that a server shows, beside the one in the tree.

use super::Seen;
use super::endpoint::{LiveEndpoint, LiveServer};
use super::files::CertificateFile;
use super::served::Served;
use crate::catalog::Authority;
use crate::certificate::Certificate;
use crate::name::{Quoted, SubjectAltName};
use crate::time::Span;
use crate::verify::authority::Known;
use crate::verify::fix::Fix;
use crate::verify::server::covers;
use crate::verify::{Finding, Record, Rule, chain as chains, command, leaf};

/// How the served certificate stands to the file.
enum Kin {
    Same(CertificateFile),
    /// The file was renewed, and this is what it held before.
    Older(CertificateFile),
    Other(CertificateFile),
    /// There is no file to compare with, or it belongs to another host.
    Unknown,
}

/// What the certificate tells of whoever shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The CA of the tree signed it, as far as can be told.
    Signed,
    /// It did not, and all the same it is a server of the tree: it has its
    /// file, or the CA in the tree is at fault.
    Known,
    /// It did not, and this may be anybody.
    Stranger,
}

/// Checks what was shown.
pub(super) fn check(served: &Served, seen: &Seen<'_>, record: &mut Record) -> Standing {
    let endpoint = &served.endpoint;
    let address = endpoint.to_string();
    const LONGEST: usize = 10;
    let parsed = served.chain.iter().take(LONGEST);
    let parsed: Result<Vec<_>, _> = parsed.map(|der| Certificate::from_der(der)).collect();
    let chain = match parsed {
        Ok(chain) => chain,
        Err(error) => {
            record.fail(Finding::new(
                Rule::LiveHandshake,
                &address,
                format!("shows something that is {error}"),
                find_out(endpoint.server),
            ));
            return Standing::Signed;
        }
    };
    let Some(certificate) = chain.first() else {
        return Standing::Signed;
    };
    let kin = compare(certificate, endpoint, seen, record);
    // The file's own faults have been reported where it lies.
    let known = |rules: &[Rule]| match &kin {
        Kin::Same(file) => seen.has(&file.path, rules),
        _ => false,
    };
    let signature = check_signature(&chain, endpoint, seen, record);
    let name = name_problem(certificate, endpoint, record);
    let date = date_problem(certificate, seen, record);
    let standing = match (&signature, &kin) {
        (Signature::Fits, _) => Standing::Signed,
        (Signature::CaAtFault, _) | (_, Kin::Same(_) | Kin::Older(_)) => Standing::Known,
        (Signature::Fails(_), Kin::Other(_) | Kin::Unknown) => Standing::Stranger,
    };
    let ca = match signature {
        Signature::Fails(why) if !known(&OF_SIGNATURES) => Some(why),
        _ => None,
    };
    let name = name.filter(|_| !known(&[Rule::NoSan, Rule::SanMissing]));
    let date = date.filter(|(rule, _)| {
        let soon = matches!((rule, &kin), (Rule::LiveExpiresSoon, Kin::Same(_)));
        !soon && !known(&[Rule::Expired, Rule::NotYetValid])
    });
    let mut push = |rule, message: String, fix: Fix| {
        record
            .findings
            .push(Finding::new(rule, &address, message, fix));
    };
    if let Kin::Older(file) = &kin {
        let mut message = older(certificate, file, seen);
        // They are what comes of it.
        for more in [ca, name].into_iter().flatten() {
            message.push_str("; the served one ");
            message.push_str(&more);
        }
        push(Rule::LiveNotRestarted, message, restart(endpoint.server));
        return standing;
    }
    match (ca, name, &kin) {
        (Some(ca), ..) => push(
            Rule::LiveWrongCa,
            format!("serves a certificate that {ca}"),
            replace(endpoint, &kin, None, seen),
        ),
        (None, Some(name), _) => push(
            Rule::LiveWrongName,
            format!("serves a certificate that {name}"),
            replace(endpoint, &kin, Some(&endpoint.host), seen),
        ),
        (None, None, Kin::Other(file)) => push(
            Rule::LiveOtherCertificate,
            other(certificate, file),
            replace(endpoint, &kin, None, seen),
        ),
        (None, None, _) => {}
    }
    if let Some((rule, message)) = date {
        let fix = match rule {
            Rule::LiveNotYetValid => Fix::say(
                "check the clocks of this host, of the server and of the host that issued it",
            ),
            _ => replace(endpoint, &kin, None, seen),
        };
        push(rule, format!("serves a certificate that {message}"), fix);
    }
    standing
}

fn compare(
    served: &Certificate,
    endpoint: &LiveEndpoint,
    seen: &Seen<'_>,
    record: &mut Record,
) -> Kin {
    if endpoint.is_of_this_host == Some(false) {
        return Kin::Unknown;
    }
    let Some(file) = seen.files.of_server(endpoint.server) else {
        return Kin::Unknown;
    };
    let Some(own) = file.certificates.first() else {
        return Kin::Unknown;
    };
    if own == served {
        record.checked += 1;
        return Kin::Same(file);
    }
    let names = |certificate: &Certificate| {
        let mut names = certificate.subject_alt_names().to_vec();
        names.sort();
        names
    };
    let same_names = names(own) == names(served);
    let of_this_host = endpoint.is_of_this_host == Some(true) || same_names;
    if !of_this_host {
        record.not_checked(
            format!("whether {endpoint} serves {}", file.path),
            "it serves the certificate of another host, and nothing says whose server it is",
            Some("--host NAME --ip ADDRESS"),
        );
        return Kin::Unknown;
    }
    record.checked += 1;
    let same_subject =
        own.subject_der() == served.subject_der() && own.issuer_der() == served.issuer_der();
    let newer = own.validity().not_before() > served.validity().not_before();
    match same_subject && newer {
        true => Kin::Older(file),
        false => Kin::Other(file),
    }
}

fn older(served: &Certificate, file: &CertificateFile, seen: &Seen<'_>) -> String {
    let CertificateFile { path, certificates } = file;
    let renewed = certificates.first().map(identity).unwrap_or_default();
    let own = identity(served);
    let not_after = served.validity().not_after();
    let ends = match not_after.since(seen.now) {
        left if left < 0 => format!("expired {} ago", Span::new(left).in_short()),
        left => format!("ends in {}", Span::new(left).in_short()),
    };
    format!(
        "serves the certificate from before the renewal ({own}), which {ends}, at {not_after}; {path} has the one of {renewed}"
    )
}

fn other(served: &Certificate, file: &CertificateFile) -> String {
    let CertificateFile { path, certificates } = file;
    let Some(own) = certificates.first() else {
        return String::new();
    };
    let mut differences = Vec::new();
    if own.subject_der() != served.subject_der() {
        differences.push(format!(
            "its subject is {}, not {}",
            Quoted(served.subject()),
            Quoted(own.subject())
        ));
    }
    if own.public_key().ok() != served.public_key().ok() {
        differences.push("its key is another".to_owned());
    }
    format!(
        "serves another certificate than {path}: {}, and the file has the one of {}{}{}",
        identity(served),
        identity(own),
        if differences.is_empty() { "" } else { "; " },
        differences.join(", ")
    )
}

/// `serial 1f9c, valid from 2026-11-22T19:10:00Z`
fn identity(certificate: &Certificate) -> String {
    const LONGEST: usize = 20;
    let serial = certificate.serial_number();
    let serial = crate::hexadecimal::lower(serial.get(..LONGEST).unwrap_or(serial));
    let from = certificate.validity().not_before();
    format!("serial {serial}, valid from {from}")
}

/// How the served certificate stands to the CA of the tree.
#[derive(PartialEq, Eq)]
enum Signature {
    /// It was signed by it, as far as can be told.
    Fits,
    /// It was not, and this is what there is to say.
    Fails(String),
    /// It was not, and the CA in the tree is at fault, which is said there.
    CaAtFault,
}

/// What is found in a file that its CA did not sign.
const OF_SIGNATURES: [Rule; 4] = [
    Rule::WrongCa,
    Rule::OtherCaSameName,
    Rule::IssuerName,
    Rule::IntermediateMissing,
];

fn check_signature(
    chain: &[Certificate],
    endpoint: &LiveEndpoint,
    seen: &Seen<'_>,
    record: &mut Record,
) -> Signature {
    let Some(certificate) = chain.first() else {
        return Signature::Fits;
    };
    let authority = seen.files.authority_of(endpoint.server);
    let Some(file) = seen.files.of_authority(authority) else {
        record.not_checked(
            format!("who signed what {endpoint} serves"),
            "the tree has no certificate of its CA",
            None,
        );
        return Signature::Fits;
    };
    let known = known(&file);
    if chains::path_to(chain, &known).is_some() {
        record.checked += 1;
        return Signature::Fits;
    }
    if !chains::is_checkable(certificate, &known) {
        record.not_checked(
            format!("the signature of what {endpoint} serves"),
            "it is of a kind that is not known here",
            None,
        );
        return Signature::Fits;
    }
    record.checked += 1;
    if is_at_fault(&file, endpoint.server, seen) {
        return Signature::CaAtFault;
    }
    let path = &file.path;
    let signs = |other: &CertificateFile| chains::path_to(chain, &self::known(other)).is_some();
    let mut others = Authority::ALL
        .iter()
        .filter_map(|other| seen.files.of_authority(*other));
    if let Some(other) = others.find(signs) {
        return Signature::Fails(format!("is issued by {}, expected {path}", other.path));
    }
    if certificate.is_self_issued() {
        return Signature::Fails(format!("signed itself, expected {path}"));
    }
    let same_name = file
        .certificates
        .iter()
        .any(|authority| authority.subject_der() == certificate.issuer_der());
    let issuer = Quoted(certificate.issuer());
    Signature::Fails(match same_name {
        true => format!(
            "is not signed by {path}: its issuer has the same name, {issuer}, but another key"
        ),
        false => format!("is not signed by {path} but by {issuer}"),
    })
}

/// Whether the CA in the tree was found to be another one than it should be:
/// it signed nothing that lies there, or not what the server should show.
fn is_at_fault(authority: &CertificateFile, server: LiveServer, seen: &Seen<'_>) -> bool {
    let does_not_verify = || {
        let own = seen.files.of_server(server)?;
        let unsigned = chains::path_to(&own.certificates, &known(authority)).is_none();
        Some(
            unsigned
                && seen
                    .in_authority(seen.files.authority_of(server), &own.path)
                    .next()
                    .is_some(),
        )
    };
    seen.has(&authority.path, &[Rule::CaSignedNothing]) || does_not_verify().unwrap_or(false)
}

fn known(file: &CertificateFile) -> Known<'_> {
    Known {
        path: &file.path,
        certificates: &file.certificates,
        breaks: None,
        explains: None,
    }
}

fn name_problem(
    certificate: &Certificate,
    endpoint: &LiveEndpoint,
    record: &mut Record,
) -> Option<String> {
    record.checked += 1;
    let name = endpoint.name();
    let names = certificate.subject_alt_names();
    match names {
        [] => Some(format!("has no subjectAltName, and clients ask for {name}")),
        names if names.iter().any(|san| covers(san, &name)) => None,
        names => Some(format!(
            "has no SAN for {name}; it is valid for {}",
            leaf::shortened(names)
        )),
    }
}

fn date_problem(
    certificate: &Certificate,
    seen: &Seen<'_>,
    record: &mut Record,
) -> Option<(Rule, String)> {
    const MONTH: i64 = 30 * 86_400;
    record.checked += 1;
    let not_before = certificate.validity().not_before();
    let not_after = certificate.validity().not_after();
    let left = not_after.since(seen.now);
    match not_before.since(seen.now) {
        wait if wait > 0 => Some((
            Rule::LiveNotYetValid,
            format!(
                "is not valid yet: it starts in {}, at {not_before}",
                Span::new(wait).in_short()
            ),
        )),
        _ if left < 0 => Some((
            Rule::LiveExpired,
            format!("expired {} ago, at {not_after}", Span::new(left).in_short()),
        )),
        _ if left < MONTH => Some((
            Rule::LiveExpiresSoon,
            format!("expires in {}, at {not_after}", Span::new(left).in_short()),
        )),
        _ => None,
    }
}

/// What makes a server read its renewed file.
fn restart(server: LiveServer) -> Fix {
    match server {
        LiveServer::Apiserver => {
            Fix::say("wait a minute: kube-apiserver from 1.17 on reads its certificate again every minute; if nothing changes, restart it")
                .and_run("crictl stop $(crictl ps -q --name kube-apiserver)")
        }
        LiveServer::Etcd | LiveServer::EtcdPeer => {
            Fix::say("etcd from 3.2 on reads its certificate again at every handshake, so it uses another file than this: compare the paths in /etc/kubernetes/manifests/etcd.yaml or in its unit; an older one, or one whose directory was replaced below it, is to be restarted, one member after the other")
        }
    }
}

/// How another certificate gets to a server, with one name more.
fn replace(
    endpoint: &LiveEndpoint,
    kin: &Kin,
    more: Option<&SubjectAltName>,
    seen: &Seen<'_>,
) -> Fix {
    let server = endpoint.server;
    let flag = server.certificate_flag();
    match kin {
        // What is to be done with the file is said there.
        Kin::Same(file) | Kin::Other(file) | Kin::Older(file)
            if seen.has_error(&file.path, server) =>
        {
            Fix::say(format!(
                "mend {} first, as is said of the files; then, if the server still shows another one, see where {flag} leads, and restart the server",
                seen.files.word(&file.path)
            ))
        }
        Kin::Same(_) => reissue(server, more, seen),
        Kin::Other(file) | Kin::Older(file) => Fix::say(format!(
            "let {flag} name {}, or put the right certificate where it leads; then restart the server",
            seen.files.word(&file.path)
        )),
        // Of that host nothing is known here.
        Kin::Unknown => Fix::say(format!("on the server's host, and see where {flag} leads"))
            .and_run(format!("kpki verify {} --live", directory(endpoint, seen))),
    }
}

/// Makes the file again. What follows is no more than the names that it had.
fn reissue(server: LiveServer, more: Option<&SubjectAltName>, seen: &Seen<'_>) -> Fix {
    let row = server.base_name();
    let Some(name) = more.and_then(bare) else {
        return seen.generation.fix(row, " --reissue");
    };
    let name = command::quoted(&name);
    match server {
        LiveServer::Apiserver => {
            let how = format!(" --reissue --apiserver-cert-extra-sans {name}");
            seen.generation.fix(row, &how)
        }
        // No flag has names for etcd alone.
        LiveServer::Etcd | LiveServer::EtcdPeer => Fix::say(format!(
            "with {name} among the names of the host: --host NAME=ADDRESS,{name}, or in kubeadm's file serverCertSANs and peerCertSANs of etcd"
        ))
        .and(seen.generation.fix(row, " --reissue")),
    }
}

/// A name or address as a flag has it.
fn bare(name: &SubjectAltName) -> Option<String> {
    match name {
        SubjectAltName::Dns(name) => Some(name.as_str().to_owned()),
        SubjectAltName::Ip(address) => Some(address.to_string()),
        SubjectAltName::Email(_) | SubjectAltName::Uri(_) => None,
    }
}

/// The directory of the tree where the server is.
fn directory(endpoint: &LiveEndpoint, seen: &Seen<'_>) -> String {
    match endpoint.is_of_this_host {
        Some(false) => seen.files.directory_on_host(),
        // For all that is known it is this one.
        Some(true) | None => seen
            .files
            .directory()
            .unwrap_or_else(|| seen.files.directory_on_host()),
    }
}

/// Whether another server of the tree answers: it shows that one's file.
pub(super) fn is_another_server(served: &Served, seen: &Seen<'_>, record: &mut Record) -> bool {
    let Some(Ok(shown)) = served.chain.first().map(|der| Certificate::from_der(der)) else {
        return false;
    };
    let asked = served.endpoint.server;
    let file = |server: LiveServer| seen.files.of_server(server);
    let shows = |file: &CertificateFile| file.certificates.first() == Some(&shown);
    // Of files that are wrong themselves, as those that have changed places, it
    // cannot be told whose they are.
    let is_sound = |server, file: &CertificateFile| !seen.has_error(&file.path, server);
    let own = file(asked);
    if own
        .as_ref()
        .is_some_and(|own| shows(own) || !is_sound(asked, own))
    {
        return false;
    }
    let found = LiveServer::ALL.into_iter().find_map(|other| {
        let file = file(other).filter(|file| shows(file) && is_sound(other, file))?;
        Some((other, file))
    });
    let Some((other, file)) = found else {
        return false;
    };
    let (flag, port, wanted) = (
        asked.certificate_flag(),
        asked.default_port(),
        asked.words(),
    );
    let finding = Finding::new(
        Rule::LiveOtherCertificate,
        served.endpoint.to_string(),
        format!(
            "this port serves {}: it is {}, not {wanted}",
            file.path,
            other.words()
        ),
        format!(
            "see where {wanted} listens, on {port} as a rule; if it is what listens here, {flag} names the wrong file"
        ),
    );
    record.fail(Finding {
        why: format!(
            "nothing is known about {wanted}, and whoever looks for it here does not find it"
        ),
        ..finding
    });
    true
}

/// Where the reason is to be found.
pub(super) fn find_out(server: LiveServer) -> Fix {
    let name = match server {
        LiveServer::Apiserver => "kube-apiserver",
        LiveServer::Etcd | LiveServer::EtcdPeer => "etcd",
    };
    Fix::say("read its log")
        .and_run(format!(
            "crictl logs $(crictl ps -a -q --name {name} | head -1)"
        ))
        .and_say("or, where it is a service of the host")
        .and_run(format!("journalctl -u {name}"))
}

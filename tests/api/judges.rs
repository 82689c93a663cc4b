//! Others who verify a certificate: webpki and OpenSSL.

use std::fs;
use std::net::IpAddr;
use std::process::Command;
use std::time::Duration;

use pki_core::{Certificate, ExtendedKeyUsage, SubjectAltName, Timestamp};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::common::{Output, run};

/// Verifies a chain of two for a purpose at a time, with webpki.
pub(crate) fn webpki(
    certificate: &Certificate,
    authority: &Certificate,
    purpose: &ExtendedKeyUsage,
    time: Timestamp,
) -> Result<(), webpki::Error> {
    let usage = match purpose {
        ExtendedKeyUsage::ServerAuth => KeyUsage::server_auth(),
        ExtendedKeyUsage::ClientAuth => KeyUsage::client_auth(),
        other => panic!("not a purpose of TLS: {other:?}"),
    };
    let seconds = u64::try_from(time.unix()).expect("a time since 1970");
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let root = CertificateDer::from(authority.to_der());
    let anchors = [anchor_from_trusted_cert(&root)?];
    let leaf = CertificateDer::from(certificate.to_der());
    let leaf = EndEntityCert::try_from(&leaf)?;
    leaf.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &anchors,
        &[],
        time,
        usage,
        None,
        None,
    )
    .map(drop)
}

/// Whether a client that dials `name` takes the certificate, says webpki.
pub(crate) fn webpki_name(certificate: &Certificate, name: &str) -> Result<(), webpki::Error> {
    let leaf = CertificateDer::from(certificate.to_der());
    let name = ServerName::try_from(name).expect("a name or an address");
    EndEntityCert::try_from(&leaf)?.verify_is_valid_for_subject_name(&name)
}

/// Verifies the same with `openssl verify`, by the letter of RFC 5280, and that
/// the certificate is valid for `name`, too.
pub(crate) fn openssl(
    certificate: &Certificate,
    authority: &Certificate,
    purpose: &ExtendedKeyUsage,
    time: Timestamp,
    name: Option<&str>,
) -> Output {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let [root, leaf] = ["root", "leaf"].map(|name| directory.path().join(name));
    fs::write(&root, authority.to_pem()).expect("a temporary file");
    fs::write(&leaf, certificate.to_pem()).expect("a temporary file");
    let mut command = Command::new("openssl");
    command.args(["verify", "-x509_strict", "-no-CApath", "-no-CAstore"]);
    command.arg("-CAfile").arg(root);
    command.args(["-attime", &time.unix().to_string(), "-purpose"]);
    command.arg(match purpose {
        ExtendedKeyUsage::ServerAuth => "sslserver",
        ExtendedKeyUsage::ClientAuth => "sslclient",
        other => panic!("not a purpose of TLS: {other:?}"),
    });
    if let Some(name) = name {
        let address = name.parse::<IpAddr>().is_ok();
        command.args([
            if address {
                "-verify_ip"
            } else {
                "-verify_hostname"
            },
            name,
        ]);
    }
    run(command.arg(leaf))
}

/// What a client dials when a certificate has this name.
pub(crate) fn dialled(name: &SubjectAltName) -> String {
    match name {
        // A wildcard stands for one label.
        SubjectAltName::Dns(name) => name.as_str().replace('*', "any"),
        SubjectAltName::Ip(address) => address.to_string(),
        other => panic!("not the name of a server: {other:?}"),
    }
}

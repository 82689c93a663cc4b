//! The part `etcd` of a configuration.

use super::note::{ClusterNote, ClusterRemark};
use super::schema::ApiVersion;
use super::value::{Value, port_number};
use crate::cluster::{Etcd, EtcdClientFiles, EtcdPeers, ExternalEtcd};
use crate::document::DocumentError;
use crate::name::{NameError, NameProblem, Quoted, SubjectAltName};

/// Reads `etcd` from the document that describes the cluster.
pub(super) fn read(
    document: &Value<'_>,
    version: &ApiVersion,
    notes: &mut Vec<ClusterNote>,
) -> Result<Etcd, DocumentError> {
    let (local, external) = match version.etcd_is_split {
        true => split(document)?,
        false => flat(document, notes),
    };
    if let Some(etcd) = external {
        return Ok(Etcd::External(read_external(&etcd, notes)?));
    }
    let mut names = |keys: &str| match &local {
        Some(etcd) => cert_sans(etcd, keys, notes),
        None => Ok(Vec::new()),
    };
    Ok(Etcd::Stacked {
        server_cert_sans: names("serverCertSANs")?,
        peer_cert_sans: names("peerCertSANs")?,
    })
}

/// The further names under these keys, as they stand there: sorting and
/// removing duplicates is the plan's.
pub(super) fn cert_sans(
    value: &Value<'_>,
    keys: &str,
    notes: &mut Vec<ClusterNote>,
) -> Result<Vec<SubjectAltName>, DocumentError> {
    let items = value.items(keys).into_iter();
    items.map(|item| item.subject_alt_name(notes)).collect()
}

type Parts<'a> = (Option<Value<'a>>, Option<Value<'a>>);

fn split<'a>(document: &Value<'a>) -> Result<Parts<'a>, DocumentError> {
    match (document.at("etcd.local"), document.at("etcd.external")) {
        (Some(local), Some(external)) => {
            let etcd = document.at("etcd").unwrap_or(external);
            Err(etcd.error(
                "local and external exclude each other".to_owned(),
                Some(format!("one of {} and etcd.external", local.path())),
            ))
        }
        parts => Ok(parts),
    }
}

/// Before 1.11 endpoints make an etcd an external one.
fn flat<'a>(document: &Value<'a>, notes: &mut Vec<ClusterNote>) -> Parts<'a> {
    let Some(etcd) = document.at("etcd") else {
        return (None, None);
    };
    let is_external = !etcd.items("endpoints").is_empty();
    let (unused, why): (&[_], _) = match is_external {
        true => (
            &["serverCertSANs", "peerCertSANs"],
            "kubeadm makes no certificates for an etcd with endpoints",
        ),
        false => (
            &["caFile", "certFile", "keyFile"],
            "an etcd without endpoints is kubeadm's own",
        ),
    };
    for value in unused.iter().filter_map(|key| etcd.at(key)) {
        notes.push(value.note(ClusterRemark::NotUsed(why)));
    }
    match is_external {
        true => (None, Some(etcd)),
        false => (Some(etcd), None),
    }
}

fn read_external(
    etcd: &Value<'_>,
    notes: &mut Vec<ClusterNote>,
) -> Result<ExternalEtcd, DocumentError> {
    let endpoints = etcd.items("endpoints");
    if endpoints.is_empty() {
        return Err(etcd.error(
            "an external etcd has no endpoints".to_owned(),
            Some("endpoints: [\"https://HOST:2379\"]".to_owned()),
        ));
    }
    let files = ["caFile", "certFile", "keyFile"].map(|key| etcd.at(key));
    for file in files.iter().flatten() {
        absolute_path(file)?;
    }
    let wants_https = files.iter().any(Option::is_some);
    for endpoint in &endpoints {
        let host = check_endpoint(endpoint, wants_https)?;
        endpoint.noted(SubjectAltName::parse_host(host), notes)?;
    }
    let client_files = match &files {
        [_, Some(file), None] | [_, None, Some(file)] => {
            return Err(file.error(
                "certFile and keyFile are given both or neither".to_owned(),
                None,
            ));
        }
        [None, Some(file), Some(_)] => {
            return Err(file.error("certFile and keyFile need caFile".to_owned(), None));
        }
        [Some(ca), Some(cert), Some(key)] => Some(EtcdClientFiles {
            ca_file: ca.text().to_owned(),
            cert_file: cert.text().to_owned(),
            key_file: key.text().to_owned(),
        }),
        [_, None, None] => None,
    };
    let endpoints = endpoints.iter().map(|url| url.text().to_owned()).collect();
    Ok(ExternalEtcd {
        endpoints,
        client_files,
        peers: EtcdPeers::default(),
    })
}

/// An absolute path on a host; no file is looked at.
pub(super) fn absolute_path(value: &Value<'_>) -> Result<(), DocumentError> {
    let path = value.text();
    if !path.starts_with('/') {
        let message = format!("the path {} is not absolute", Quoted(path));
        return Err(value.error(message, None));
    }
    match path.chars().any(char::is_control) {
        true => Err(value.error(
            format!("the path {} has a control character", Quoted(path)),
            None,
        )),
        false => Ok(()),
    }
}

fn check_endpoint<'a>(endpoint: &Value<'a>, wants_https: bool) -> Result<&'a str, DocumentError> {
    let url = endpoint.text();
    let rest = match url.split_once("://") {
        Some(("https", rest)) => rest,
        Some(("http", rest)) if wants_https => {
            return Err(endpoint.error(
                format!(
                    "{} must use https, because files for TLS are given",
                    Quoted(url)
                ),
                Some(format!("https://{rest}")),
            ));
        }
        Some(("http", rest)) => rest,
        _ => {
            return Err(endpoint.error(
                format!("{} is not the URL of an etcd", Quoted(url)),
                Some(format!(
                    "https://{}",
                    url.rsplit("://").next().unwrap_or(url)
                )),
            ));
        }
    };
    let (host, port) = host_and_port(rest);
    if let Some(port) = port
        && port_number(port).is_none()
    {
        return Err(endpoint.refused(crate::Error::Port {
            text: port.to_owned(),
        }));
    }
    match host.starts_with('*') {
        true => Err(endpoint.refused(NameError {
            input: url.to_owned(),
            problem: NameProblem::Wildcard,
        })),
        false => Ok(host),
    }
}

/// The host of a URL that was accepted as an endpoint.
pub(crate) fn endpoint_host(url: &str) -> &str {
    host_and_port(url.split_once("://").map_or(url, |(_, rest)| rest)).0
}

/// The port of such a URL, where it names one.
pub(crate) fn endpoint_port(url: &str) -> Option<u16> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    host_and_port(rest).1.and_then(port_number)
}

fn host_and_port(rest: &str) -> (&str, Option<&str>) {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    if let Some((host, after)) = authority.strip_prefix('[').and_then(|a| a.split_once(']')) {
        return match after {
            "" => (host, None),
            _ => (host, Some(after.strip_prefix(':').unwrap_or(after))),
        };
    }
    match authority.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    }
}

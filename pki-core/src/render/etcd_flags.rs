//! etcd's flags: those about certificates, and those that depend on its version.

use super::{RenderError, RenderInput};
use crate::catalog::{CatalogEntry, FileRole};
use crate::cluster::{Etcd, EtcdPeers};
use crate::setup::{EtcdService, EtcdVersion};

/// Whole words of the command line, to be quoted by the format of the unit.
pub(super) fn flags(
    input: &RenderInput<'_>,
    service: &EtcdService,
) -> Result<Vec<String>, RenderError> {
    let version = service.version;
    let peers = match &input.cluster.etcd {
        Etcd::External(external) => external.peers,
        Etcd::Stacked { .. } => EtcdPeers::AnyClient,
    };
    let path = |row: &str, role| file(input, row, role);
    let mut flags = vec![format!("--data-dir={}", service.data_dir)];
    for (flag, path) in [
        ("cert-file", path("etcd/server", FileRole::Certificate)),
        ("key-file", path("etcd/server", FileRole::PrivateKey)),
        ("trusted-ca-file", path("etcd/ca", FileRole::Certificate)),
        ("peer-cert-file", path("etcd/peer", FileRole::Certificate)),
        ("peer-key-file", path("etcd/peer", FileRole::PrivateKey)),
        (
            "peer-trusted-ca-file",
            path(peers_authority(peers), FileRole::Certificate),
        ),
    ] {
        flags.push(format!("--{flag}={}", path?));
    }
    flags.push("--client-cert-auth".to_owned());
    flags.push("--peer-client-cert-auth".to_owned());
    if peers == EtcdPeers::CommonName {
        if !version.checks_peer_names() {
            return Err(RenderError::PeerNames { version });
        }
        flags.push(format!("--peer-cert-allowed-cn={}", EtcdPeers::COMMON_NAME));
    }
    flags.extend(of_version(version).map(str::to_owned));
    Ok(flags)
}

/// A flag and the versions of etcd in which it says something new.
struct VersionFlag {
    flag: &'static str,
    applies: fn(EtcdVersion) -> bool,
}

const OF_VERSIONS: [VersionFlag; 3] = [
    // On by default until 3.3, gone in 3.6; Kubernetes uses version 3 alone.
    VersionFlag {
        flag: "--enable-v2=false",
        applies: |version| !version.is_at_least(4, 0),
    },
    // The default from 3.5 on, and known since 3.4.
    VersionFlag {
        flag: "--logger=zap",
        applies: |version| version.knows("logger"),
    },
    VersionFlag {
        flag: "--tls-min-version=TLS1.2",
        applies: |version| version.knows("tls-min-version"),
    },
];

fn of_version(version: EtcdVersion) -> impl Iterator<Item = &'static str> {
    let flags = OF_VERSIONS.iter();
    flags
        .filter(move |flag| (flag.applies)(version))
        .map(|flag| flag.flag)
}

/// Whether the version of etcd decides about a flag, by its name.
pub(super) fn is_of_version(name: &str) -> bool {
    OF_VERSIONS.iter().any(|of| {
        let flag = of.flag.trim_start_matches('-').split('=').next();
        flag == Some(name)
    })
}

/// The path of a row's file on the hosts.
pub(super) fn file(
    input: &RenderInput<'_>,
    row: &str,
    role: FileRole,
) -> Result<String, RenderError> {
    let files = CatalogEntry::find(row).map(|entry| entry.files(input.naming));
    let file = files.into_iter().flatten().find(|file| file.role == role);
    file.map(|file| format!("{}/{}", input.cert_dir, file.path))
        .ok_or_else(|| RenderError::NoFile {
            row: row.to_owned(),
        })
}

/// The row of the CA that signs the members' certificates for each other.
pub(super) fn peers_authority(peers: EtcdPeers) -> &'static str {
    match peers {
        EtcdPeers::OwnCa => "etcd/peer-ca",
        EtcdPeers::CommonName | EtcdPeers::AnyClient => "etcd/ca",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_follow_the_version() {
        for (version, flags) in [
            ("3.2.32", vec!["--enable-v2=false"]),
            ("3.3", vec!["--enable-v2=false"]),
            ("3.4.23", vec!["--logger=zap"]),
            ("3.4.25", vec!["--logger=zap", "--tls-min-version=TLS1.2"]),
            ("3.5.7", vec!["--logger=zap"]),
            ("3.5.16", vec!["--logger=zap", "--tls-min-version=TLS1.2"]),
            ("3.6", vec!["--logger=zap", "--tls-min-version=TLS1.2"]),
        ] {
            let version: EtcdVersion = version.parse().unwrap();
            assert_eq!(of_version(version).collect::<Vec<_>>(), flags, "{version}");
        }
    }
}

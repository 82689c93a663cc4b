//! Which directories of which host a path means.

use std::path::{Path, PathBuf};

use super::directory::{Directory, Machine};
use crate::failure::Failure;
use crate::store::{StoreError, quote};

/// The directories of one tree.
pub(super) struct Place {
    /// The root of the host, where it can be told; files elsewhere on the host
    /// are looked for below it.
    pub(super) host: Option<Directory>,
    /// kubeadm's `/etc/kubernetes`.
    pub(super) kubernetes: Option<Directory>,
    /// The certificates, and what their paths in the tree begin with: `pki/`,
    /// or `pki/etcd/` for an etcd that has its directory to itself.
    pub(super) certificates: Option<(Directory, &'static str)>,
    /// Whether it is the directory that kubeadm gives to etcd's certificates, so
    /// that etcd's manifest on the host is about them.
    pub(super) is_kubeadms_etcd: bool,
    /// Why the certificates cannot be looked at.
    pub(super) refused: Option<StoreError>,
    /// Whether kubeconfigs are expected, rather than read if they lie there.
    pub(super) is_whole: bool,
    /// What the paths of findings are relative to.
    pub(super) shown: PathBuf,
    /// The begin of the tree's paths that `shown` stands for.
    pub(super) prefix: &'static str,
}

const PKI: &str = "pki/";
const ETCD: &str = "pki/etcd/";

impl Place {
    pub(super) fn find(machine: &Machine, given: &Path) -> Result<Self, Failure> {
        let real = std::path::absolute(given).unwrap_or_else(|_| given.to_owned());
        let (host, directory) =
            open(machine, &real)?.ok_or_else(|| no_directory(machine, given, &real))?;
        let named = |name: &str| real.file_name().is_some_and(|last| last == name);
        let is_etcds = is_etcds(&directory);
        let is_certificates =
            named("pki") || !named("etc") && (is_clusters(&directory) || holds(&directory, &CAS));
        if named("etc") || !is_certificates && !is_etcds && !directory.has("pki") {
            // A whole host, such as what gen writes for one of many, or its etc,
            // where pki and etcd are not what they would be elsewhere.
            let etc = if named("etc") { "" } else { "etc" };
            for inside in ["kubernetes", "etcd/pki", "etcd"] {
                let inside = Path::new(etc).join(inside);
                if directory.enter(&inside)?.is_some() {
                    return Self::find(machine, &given.join(inside));
                }
            }
        }
        if !named("pki") && (directory.has("pki") || !is_certificates && !is_etcds) {
            let pki = directory.enter("pki");
            if let Ok(Some(pki)) = &pki
                && self::is_etcds(pki)
            {
                return Self::find(machine, &given.join("pki"));
            }
            let (certificates, refused) = match pki {
                Ok(pki) => (pki.map(|pki| (pki, PKI)), None),
                Err(error) => (None, Some(error)),
            };
            return Ok(Self {
                host,
                kubernetes: Some(directory),
                certificates,
                is_kubeadms_etcd: false,
                refused,
                is_whole: true,
                shown: given.to_owned(),
                prefix: "",
            });
        }
        if is_etcds {
            return Ok(Self {
                host,
                kubernetes: None,
                certificates: Some((directory, ETCD)),
                is_kubeadms_etcd: real.ends_with("etc/kubernetes/pki/etcd"),
                refused: None,
                is_whole: false,
                shown: given.to_owned(),
                prefix: ETCD,
            });
        }
        let shown = match (named("pki"), real.parent()) {
            (true, Some(above)) => above.to_owned(),
            _ => given.to_owned(),
        };
        let above = real.parent().map(|above| open(machine, above));
        let above = above.transpose()?.flatten();
        Ok(Self {
            host,
            kubernetes: above.map(|(_, above)| above),
            certificates: Some((directory, PKI)),
            is_kubeadms_etcd: false,
            refused: None,
            is_whole: false,
            shown,
            prefix: if named("pki") { "" } else { PKI },
        })
    }
}

impl Place {
    /// Looks for the certificates at another directory of the host than
    /// kubeadm's; whether that is where they are, or would be.
    pub(super) fn move_certificates(&mut self, told: &str) -> bool {
        // Whoever gave their directory means that one.
        if !self.is_whole || told.trim_end_matches('/') == "/etc/kubernetes/pki" {
            return false;
        }
        let inside = Path::new(told).strip_prefix("/etc/kubernetes").ok();
        let entered = match (&self.host, &self.kubernetes, inside) {
            (Some(host), _, _) => host.enter(Path::new(told)),
            (None, Some(kubernetes), Some(inside)) => kubernetes.enter(inside),
            // What gen --out made for a host lies below any directory.
            (None, Some(kubernetes), None) if is_above(kubernetes.path(), told) => {
                kubernetes.enter(Path::new(told).file_name().unwrap_or_default())
            }
            // A copy may have them beside the kubeconfigs all the same.
            _ => return self.certificates.is_none(),
        };
        match entered {
            Ok(directory) => {
                self.certificates = directory.map(|directory| (directory, PKI));
                self.refused = None;
            }
            Err(error) => {
                self.certificates = None;
                self.refused = Some(error);
            }
        }
        true
    }

    /// Whether a directory that only a description of the cluster names is
    /// there, or the usual one is not.
    pub(super) fn has_certificates_at(&self, told: &str) -> bool {
        let found = self.host.as_ref().map(|host| host.enter(Path::new(told)));
        matches!(found, Some(Ok(Some(_)))) || self.certificates.is_none()
    }
}

/// Whether a directory is the one above `told` on some host.
fn is_above(directory: &Path, told: &str) -> bool {
    let above = Path::new(told).parent();
    let above = above.and_then(|above| above.strip_prefix("/").ok());
    above.is_some_and(|above| above != Path::new("") && directory.ends_with(above))
}

fn no_directory(machine: &Machine, given: &Path, real: &Path) -> Failure {
    let root = machine.root(Path::new("/"));
    if !matches!(root, Ok(Some(root)) if root.has(real)) {
        return Failure::new(format!("there is no directory {}", quote(given)))
            .hint("give the directory that holds pki and the kubeconfigs");
    }
    let above = given.parent().filter(|above| *above != Path::new(""));
    Failure::new(format!("{} is no directory", quote(given))).hint(format!(
        "give the directory of the whole tree, {} or the one above; 'kpki inspect FILE' shows a single file",
        quote(above.unwrap_or_else(|| Path::new(".")))
    ))
}

/// The directory, and the root of its host if its path tells: what lies above
/// `etc/kubernetes` or `etc/etcd`.
fn open(machine: &Machine, real: &Path) -> Result<Option<(Option<Directory>, Directory)>, Failure> {
    let Some(root) = machine.root(Path::new("/"))? else {
        return Ok(None);
    };
    let Some(directory) = root.enter(real)? else {
        return Ok(None);
    };
    // The name that was given may be a link to the host's own directory.
    for way in [real, directory.path()] {
        for above in way.ancestors() {
            let of_host = above.ends_with("etc/kubernetes") || above.ends_with("etc/etcd");
            let Some(top) = above.parent().and_then(Path::parent).filter(|_| of_host) else {
                continue;
            };
            let Some(host) = machine.root(top)? else {
                continue;
            };
            // Links may lead elsewhere from the host's root than from ours.
            let below = way.strip_prefix(top).unwrap_or(way);
            if let Ok(Some(inside)) = host.enter(below)
                && inside.is(&directory)
            {
                return Ok(Some((Some(host), inside)));
            }
        }
    }
    Ok(Some((None, directory)))
}

/// What only the cluster's certificates directory has.
const CLUSTERS: [&str; 8] = [
    "sa.key",
    "sa.pub",
    "apiserver.crt",
    "apiserver.key",
    "front-proxy-ca.crt",
    "front-proxy-ca.key",
    "front-proxy-client.crt",
    "front-proxy-client.key",
];
/// What a directory of etcd's alone has beside the CA.
const ETCDS: [&str; 6] = [
    "server.crt",
    "peer.crt",
    "server.pem",
    "peer.pem",
    "ca.pem",
    "healthcheck-client.crt",
];
/// A CA, the cluster's or etcd's: kubeadm calls both so.
const CAS: [&str; 2] = ["ca.crt", "ca.key"];

fn is_clusters(directory: &Directory) -> bool {
    let has_etcds_ca = || {
        let etcd = directory.enter("etcd").ok().flatten();
        etcd.is_some_and(|etcd| holds(&etcd, &CAS) || etcd.has("ca.pem"))
    };
    holds(directory, &CLUSTERS) || has_etcds_ca()
}

fn is_etcds(directory: &Directory) -> bool {
    holds(directory, &ETCDS) && !is_clusters(directory)
}

fn holds(directory: &Directory, names: &[&str]) -> bool {
    names.iter().any(|name| directory.has(name))
}

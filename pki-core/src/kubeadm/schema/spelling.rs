//! What to write instead of a field that a version does not have: the same
//! fact stood under other names in the course of the versions.

use super::check::Check;
use super::{API_VERSIONS, Field, Shape};
use crate::kubeadm::value::meant;

impl Check<'_> {
    /// The best guess first: another case, the same fact, the same name in
    /// another place, a later version, and at last a similar name.
    pub(super) fn suggestion(&self, name: &str, fields: &[Field], path: &str) -> Option<String> {
        let parent = path.strip_suffix(name).unwrap_or_default();
        let here = |word: &str| format!("{parent}{word}");
        let local = || fields.iter().map(|field| field.name);
        let same_letters = local().find(|known| known.eq_ignore_ascii_case(name));
        same_letters
            .map(here)
            .or_else(|| self.other_spelling(|spelling| spelling == path))
            .or_else(|| self.elsewhere(|known| known == name))
            .or_else(|| self.other_spelling(|spelling| last_key(spelling) == name))
            .or_else(|| self.later_version(path))
            .or_else(|| meant(name, local()).map(here))
            .or_else(|| {
                let names = self.all_paths();
                let names = names.iter().map(|(_, path)| last_key(path));
                let word = meant(name, names)?;
                self.elsewhere(|known| known == word)
            })
    }

    /// What this version calls a fact that others spell so.
    fn other_spelling(&self, is_meant: impl Fn(&str) -> bool) -> Option<String> {
        let row = SPELLINGS
            .iter()
            .find(|row| row.iter().any(|spelling| is_meant(spelling)))?;
        row.iter()
            .find_map(|spelling| self.elsewhere_path(|known| known == *spelling))
    }

    /// The first later version whose documents of this kind have the field.
    fn later_version(&self, path: &str) -> Option<String> {
        let current = API_VERSIONS
            .iter()
            .position(|version| Some(version.name) == self.api_version)?;
        let later = API_VERSIONS.iter().skip(current + 1).find(|version| {
            let mut paths = Vec::new();
            for kind in version.kinds.iter().filter(|k| k.name == self.kind.name) {
                collect_paths(kind.name, kind.fields.unwrap_or_default(), "", &mut paths);
            }
            paths.iter().any(|(_, known)| known == path)
        })?;
        Some(format!("apiVersion kubeadm.k8s.io/{}", later.name))
    }

    /// A field of this name in another place.
    fn elsewhere(&self, is_meant: impl Fn(&str) -> bool) -> Option<String> {
        self.elsewhere_path(|path| is_meant(last_key(path)))
    }

    fn elsewhere_path(&self, is_meant: impl Fn(&str) -> bool) -> Option<String> {
        let paths = self.all_paths();
        let found: Vec<_> = paths.iter().filter(|(_, path)| is_meant(path)).collect();
        let own = found.iter().find(|(kind, _)| *kind == self.kind.name);
        let (kind, path) = own.or_else(|| found.first())?;
        Some(match *kind == self.kind.name {
            true => path.clone(),
            false => format!("{path} of {kind}"),
        })
    }

    fn all_paths(&self) -> Vec<(&'static str, String)> {
        let mut paths = Vec::new();
        for kind in self.siblings {
            collect_paths(kind.name, kind.fields.unwrap_or_default(), "", &mut paths);
        }
        paths
    }
}

fn last_key(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn collect_paths(
    kind: &'static str,
    fields: &'static [Field],
    parent: &str,
    paths: &mut Vec<(&'static str, String)>,
) {
    for field in fields {
        let path = match parent {
            "" => field.name.to_owned(),
            parent => format!("{parent}.{}", field.name),
        };
        if let Shape::Object(inner) = &field.shape {
            collect_paths(kind, inner, &path, paths);
        }
        paths.push((kind, path));
    }
}

/// The paths under which one fact stood in the course of the versions.
const SPELLINGS: &[&[&str]] = &[
    &["api", "apiEndpoint", "localAPIEndpoint"],
    &["nodeName", "nodeRegistration.name", "nodeRegistration"],
    &["criSocket", "nodeRegistration.criSocket"],
    &["apiServerCertSANs", "apiServer.certSANs"],
    &["apiServer", "apiServerCertSANs"],
    &["apiServerExtraArgs", "apiServer.extraArgs"],
    &["apiServerExtraVolumes", "apiServer.extraVolumes"],
    &["controllerManagerExtraArgs", "controllerManager.extraArgs"],
    &[
        "controllerManagerExtraVolumes",
        "controllerManager.extraVolumes",
    ],
    &["schedulerExtraArgs", "scheduler.extraArgs"],
    &["schedulerExtraVolumes", "scheduler.extraVolumes"],
    &["api.controlPlaneEndpoint", "controlPlaneEndpoint"],
    &["etcd.endpoints", "etcd.external.endpoints"],
    &["etcd.caFile", "etcd.external.caFile"],
    &["etcd.certFile", "etcd.external.certFile"],
    &["etcd.keyFile", "etcd.external.keyFile"],
    &["etcd.serverCertSANs", "etcd.local.serverCertSANs"],
    &["etcd.peerCertSANs", "etcd.local.peerCertSANs"],
    &["etcd.dataDir", "etcd.local.dataDir"],
    &["etcd.image", "etcd.local.image", "etcd.local.imageTag"],
    &["apiServer.timeoutForControlPlane", "timeouts"],
    &["token", "bootstrapTokens"],
    &[
        "advertiseAddress",
        "api.advertiseAddress",
        "apiEndpoint.advertiseAddress",
        "localAPIEndpoint.advertiseAddress",
    ],
];

//! Flags that name another file than they should, of two that are both in
//! order. Told by what the files are, not by what they are called: a flag is
//! wrong only if the file does not do what it is named for, and another one of
//! the tree does.

use std::collections::BTreeSet;

use super::fix::Fix;
use super::manifests::Manifests;
use super::role::{placed, usual_row};
use super::tree::Tree;
use super::uses::{USES, Use};
use super::{Examined, Finding, Record, Rule, command, place};
use crate::catalog::{Authority, CATALOG, CatalogEntry, EntryKind, EtcdNaming, FileRole};
use crate::certificate::Certificate;
use crate::extension::ExtendedKeyUsage;
use crate::key::{KeyPair, SigningKey, SubjectPublicKeyInfo};
use crate::kubeconfig::{Client, ExistingKubeconfig};
use crate::static_pod::Component;

/// A flag that names the wrong file.
#[derive(Debug)]
pub(super) struct Misnamed {
    pub(super) of: &'static Use,
    /// The file that it should name.
    wanted: String,
    /// What of the one makes it wrong, in words.
    fault: String,
}

/// Every such flag.
pub(super) fn find(manifests: &Manifests, tree: &Tree) -> Vec<Misnamed> {
    let mut search = Search {
        manifests,
        tree,
        found: Vec::new(),
        judged: Vec::new(),
    };
    // CAs first, then certificates, then keys: each is judged by those before.
    let order = [
        FileRole::Certificate,
        FileRole::PrivateKey,
        FileRole::PublicKey,
        FileRole::Kubeconfig,
    ];
    for role in order {
        let of_role = || USES.iter().filter(|it| it.role == role);
        let is_authority = |it: &&Use| entry(it.row).is_some_and(is_authority);
        for of in of_role().filter(is_authority) {
            search.judge(of);
        }
        for of in of_role().filter(|it| !is_authority(it)) {
            search.judge(of);
        }
    }
    search.found
}

fn entry(row: &str) -> Option<&'static CatalogEntry> {
    CatalogEntry::find(row)
}

fn is_authority(entry: &CatalogEntry) -> bool {
    matches!(entry.kind, EntryKind::Authority(_))
}

struct Search<'a> {
    manifests: &'a Manifests,
    tree: &'a Tree,
    found: Vec<Misnamed>,
    judged: Vec<&'static Use>,
}

impl Search<'_> {
    fn judge(&mut self, of: &'static Use) {
        let Some(named) = self.named(of) else {
            return;
        };
        if is_usual(of, &named) || self.bytes(&named).is_none() {
            return;
        }
        let fault = match of.role {
            FileRole::Certificate if entry(of.row).is_some_and(is_authority) => {
                self.of_authority(of, &named)
            }
            // Files of other names are followed, whatever they are.
            _ if usual_row(&named).is_none() => None,
            FileRole::Certificate => self.of_leaf(of, &named),
            FileRole::PrivateKey => self.of_key(of, &named),
            FileRole::PublicKey => self.of_public_key(of, &named),
            FileRole::Kubeconfig => self.of_kubeconfig(of, &named),
        };
        if let Some((fault, wanted)) = fault {
            self.found.push(Misnamed { of, wanted, fault });
        }
        self.judged.push(of);
    }

    /// The file that a flag names.
    fn named(&self, of: &Use) -> Option<String> {
        let told = self.manifests.flag(of.component, of.flag)?;
        self.manifests.path_of(&told.flag.value)
    }

    fn is_misnamed(&self, of: &Use) -> bool {
        self.found.iter().any(|it| it.of == of)
    }

    /// The files that may be a row's: those that flags name, then the usual ones.
    fn candidates(&self, row: &str, role: FileRole) -> Vec<String> {
        let uses = USES.iter().filter(|it| it.row == row && it.role == role);
        let named = uses.filter(|it| !self.is_misnamed(it)).filter_map(|it| {
            let is_judged = self.judged.contains(&it);
            self.named(it)
                .filter(|named| is_judged || may_be(it, named))
        });
        let usual = entry(row).into_iter().flat_map(|it| usual(it, role));
        named
            .chain(usual)
            .filter(|path| self.tree.has(path))
            .collect()
    }

    fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.tree.get(path)?.bytes()
    }

    fn certificates(&self, path: &str) -> Vec<Certificate> {
        let bytes = self.bytes(path).unwrap_or_default();
        Certificate::bundle_from_pem(bytes).unwrap_or_default()
    }

    /// The certificates of a row with the file that they are in: of a
    /// kubeconfig its client's.
    fn row(&self, row: &str) -> Option<(String, Vec<Certificate>)> {
        let role = match entry(row)?.kind {
            EntryKind::Kubeconfig(_) => FileRole::Kubeconfig,
            _ => FileRole::Certificate,
        };
        let files = self.candidates(row, role).into_iter();
        let mut read = files.map(|path| {
            let found = match role {
                FileRole::Kubeconfig => self.client(&path).into_iter().collect(),
                _ => self.certificates(&path),
            };
            (path, found)
        });
        read.find(|(_, found)| !found.is_empty())
    }

    fn client(&self, path: &str) -> Option<Certificate> {
        match ExistingKubeconfig::parse(self.bytes(path)?).ok()?.client {
            Client::Embedded { certificate, .. } => Some(*certificate),
            _ => None,
        }
    }

    /// Whether one of the certificates signed one of a chain.
    fn signed(authorities: &[Certificate], chain: &[Certificate]) -> bool {
        chain.iter().any(|certificate| {
            authorities.iter().any(|authority| {
                let key = authority.public_key();
                authority.subject_der() == certificate.issuer_der()
                    && key.is_ok_and(|key| certificate.is_signed_by(key))
            })
        })
    }

    /// A CA that verifies nothing of what it is named for.
    fn of_authority(&self, of: &Use, named: &str) -> Option<(String, String)> {
        let own = self.certificates(named);
        let owner = usual_row(named);
        if of.verifies.is_empty() {
            return self.of_signing(of, named, &own);
        }
        // The API server may show others by the name that it is asked for.
        let others = self.manifests.has(Component::ApiServer, "tls-sni-cert-key");
        if of.verifies == ["apiserver"] && others {
            return None;
        }
        let rows = of.verifies.iter();
        let mut verified: Vec<_> = rows.filter_map(|row| self.row(row)).collect();
        if verified.is_empty() && of.row == "etcd/ca" && owner.is_some() {
            // etcd's servers run elsewhere, or nothing of its clients is here.
            let etcds = ["etcd/server", "etcd/peer", "apiserver-etcd-client"];
            verified = etcds.iter().filter_map(|row| self.row(row)).collect();
        }
        if verified.iter().any(|(_, chain)| Self::signed(&own, chain)) {
            return None;
        }
        let (path, chain) = verified.first()?;
        let candidates = self.candidates(of.row, FileRole::Certificate).into_iter();
        let mut candidates = candidates.filter(|path| path != named);
        let right = candidates.find(|path| Self::signed(&self.certificates(path), chain));
        let what = match owner {
            Some((owner, _)) if is_authority(owner) => format!(", which {}, and", owner.purpose),
            Some((owner, role)) => format!(", the {} that {}, and", word(role), owner.purpose),
            None => ", which".to_owned(),
        };
        if let Some(right) = right {
            let fault = format!("{named}{what} did not sign {path}; {right} did");
            return Some((fault, right));
        }
        // One CA for everything, of which one certificate is wrong?
        let authority = entry(of.row).map(|it| it.kind);
        let signs_anything = CATALOG
            .iter()
            .filter(|it| it.issuer().map(EntryKind::Authority) == authority)
            .filter_map(|it| self.row(it.base_name))
            .any(|(_, chain)| Self::signed(&own, &chain));
        let usual = entry(of.row).map(|it| usual(it, FileRole::Certificate));
        let wanted = usual.unwrap_or_default().into_iter().next()?;
        let is_missing = owner.is_some() && self.tree.lacks(&wanted);
        (is_missing && !signs_anything).then(|| {
            let fault = format!("{named}{what} did not sign {path}");
            (fault, wanted)
        })
    }

    /// The CA that signs for kubelets, which the API server does not know.
    fn of_signing(&self, of: &Use, named: &str, own: &[Certificate]) -> Option<(String, String)> {
        let (owner, _) = usual_row(named)?;
        let known = self
            .manifests
            .flag(Component::ApiServer, "client-ca-file")?;
        let known = self.manifests.path_of(&known.flag.value)?;
        let keys: Vec<Certificate> = self.certificates(&known);
        let is_known = |found: &[Certificate]| {
            let key = found.first().and_then(|first| first.public_key().ok());
            key.is_some() && keys.iter().any(|it| it.public_key().ok() == key)
        };
        if is_known(own) {
            return None;
        }
        let mut candidates = self.candidates(of.row, of.role).into_iter();
        let right = candidates.find(|path| path != named && is_known(&self.certificates(path)))?;
        let fault = format!(
            "{named}, which {}, and is not among the CAs of --client-ca-file, {known}",
            owner.purpose
        );
        Some((fault, right))
    }

    /// A certificate that the other side refuses.
    fn of_leaf(&self, of: &Use, named: &str) -> Option<(String, String)> {
        let (owner, role) = usual_row(named)?;
        if self.fits(of, named) {
            return None;
        }
        let mut candidates = self.candidates(of.row, of.role).into_iter();
        let right = candidates.find(|path| path != named && self.fits(of, path))?;
        Some((format!("{named}, {}", described(owner, role)), right))
    }

    fn fits(&self, of: &Use, path: &str) -> bool {
        let chain = self.certificates(path);
        let (Some(leaf), Some(entry)) = (chain.first(), entry(of.row)) else {
            return false;
        };
        let Some(authority) = entry.issuer().map(CatalogEntry::of_authority) else {
            return false;
        };
        let authorities = self.candidates(authority.base_name, FileRole::Certificate);
        let is_signed = authorities
            .iter()
            .any(|path| Self::signed(&self.certificates(path), &chain));
        // The gateway alone, which nobody needs, is a client with etcd's own.
        let purposes = match of.row {
            "etcd/server" => &[ExtendedKeyUsage::ServerAuth],
            _ => entry.extended_key_usage(),
        };
        let allowed = leaf.extended_key_usage();
        let may = |purpose: &ExtendedKeyUsage| {
            allowed.is_none_or(|it| it.contains(purpose) || it.contains(&ExtendedKeyUsage::Any))
        };
        let name = leaf.common_name().unwrap_or_default();
        let is_user = match of.row {
            "apiserver-kubelet-client" => {
                let groups = entry.organizations_of_all_versions().iter().flatten();
                let mut groups =
                    groups.filter(|it| leaf.organizations().iter().any(|own| own == *it));
                groups.next().is_some() || name == "kube-apiserver-kubelet-client"
            }
            "front-proxy-client" => {
                let allowed = self.manifests.of(Component::ApiServer);
                let allowed = allowed.map(|(_, pod)| pod.flags.list("requestheader-allowed-names"));
                allowed.is_none_or(|it| it.is_empty() || it.contains(&name))
            }
            _ => true,
        };
        is_signed && is_user && purposes.iter().all(may)
    }

    fn key(&self, path: &str) -> Option<SubjectPublicKeyInfo> {
        let key = KeyPair::from_pem(self.bytes(path)?).ok()?;
        Some(key.public_key().clone())
    }

    /// A key of another certificate than the one that is named beside it.
    fn of_key(&self, of: &Use, named: &str) -> Option<(String, String)> {
        let (owner, role) = usual_row(named)?;
        let others: Vec<SubjectPublicKeyInfo> = match of.row {
            "sa" => {
                let files = self.candidates("sa", FileRole::PublicKey).into_iter();
                files.flat_map(|path| self.public_keys(&path)).collect()
            }
            row => {
                let files = self.candidates(row, FileRole::Certificate).into_iter();
                let first = files.take(1).flat_map(|path| self.certificates(&path));
                first
                    .filter_map(|it| it.public_key().ok().cloned())
                    .collect()
            }
        };
        let fits = |path: &str| self.key(path).is_some_and(|key| others.contains(&key));
        if fits(named) {
            return None;
        }
        let mut candidates = self.candidates(of.row, of.role).into_iter();
        let right = candidates.find(|path| path != named && fits(path))?;
        Some((format!("{named}, {}", described(owner, role)), right))
    }

    /// The public keys of a file that the API server checks tokens with.
    fn public_keys(&self, path: &str) -> Vec<SubjectPublicKeyInfo> {
        let bytes = self.bytes(path).unwrap_or_default();
        let public = SubjectPublicKeyInfo::from_pem(bytes).ok();
        let certified = self.certificates(path).into_iter();
        let certified = certified.filter_map(|it| it.public_key().ok().cloned());
        public
            .into_iter()
            .chain(self.key(path))
            .chain(certified)
            .collect()
    }

    /// A key that no token was signed with.
    fn of_public_key(&self, of: &Use, named: &str) -> Option<(String, String)> {
        let (owner, role) = usual_row(named)?;
        // Tokens of an older key may be checked with one of several.
        let (_, pod) = self.manifests.of(of.component)?;
        if pod.flags.list(of.flag).len() > 1 {
            return None;
        }
        let signing = self.candidates("sa", FileRole::PrivateKey).into_iter();
        let signing: Vec<_> = signing.filter_map(|path| self.key(&path)).collect();
        let fits = |path: &str| {
            self.public_keys(path)
                .iter()
                .any(|key| signing.contains(key))
        };
        if fits(named) {
            return None;
        }
        let mut candidates = self.candidates(of.row, of.role).into_iter();
        let right = candidates.find(|path| path != named && fits(path))?;
        Some((format!("{named}, {}", described(owner, role)), right))
    }

    /// A kubeconfig of another user who is no administrator either.
    fn of_kubeconfig(&self, of: &Use, named: &str) -> Option<(String, String)> {
        const ADMINISTRATORS: [&str; 2] = ["system:masters", "kubeadm:cluster-admins"];
        let (owner, role) = usual_row(named)?;
        let user = format!("system:kube-{}", of.row.trim_end_matches(".conf"));
        let fits = |path: &str| {
            self.client(path).is_some_and(|client| {
                let mut groups = client.organizations().iter();
                client.common_name() == Some(&user)
                    || groups.any(|group| ADMINISTRATORS.contains(&group.as_str()))
            })
        };
        if fits(named) {
            return None;
        }
        let mut candidates = self.candidates(of.row, of.role).into_iter();
        let right = candidates.find(|path| path != named && fits(path))?;
        Some((format!("{named}, {}", described(owner, role)), right))
    }
}

/// The usual paths of a row's file.
fn usual(entry: &CatalogEntry, role: FileRole) -> Vec<String> {
    let namings = [EtcdNaming::Kubeadm, EtcdNaming::Cfssl];
    let files = namings.iter().flat_map(|naming| placed(entry, naming));
    let files = files.filter(|file| file.role == role);
    let mut paths: Vec<_> = files.map(|file| file.path).collect();
    paths.dedup();
    paths
}

/// Whether a file is called as the row's is.
fn is_usual(of: &Use, named: &str) -> bool {
    let Some(entry) = entry(of.row) else {
        return false;
    };
    let is = |role| usual(entry, role).iter().any(|path| path == named);
    // Tokens can be checked with the key that signs them.
    let signing = of.role == FileRole::PublicKey && is(FileRole::PrivateKey);
    let beside = of.row == "apiserver-etcd-client" && named.starts_with("pki/etcd/apiserver-etcd-");
    is(of.role) || signing || beside
}

/// Whether a flag may be trusted with a file: with one that is called as no
/// other row's is.
fn may_be(of: &Use, named: &str) -> bool {
    is_usual(of, named) || usual_row(named).is_none()
}

fn word(role: FileRole) -> &'static str {
    match role {
        FileRole::Certificate => "certificate",
        FileRole::PrivateKey => "key",
        FileRole::PublicKey => "public key",
        FileRole::Kubeconfig => "kubeconfig",
    }
}

/// What a row's file is, in words.
fn described(entry: &CatalogEntry, role: FileRole) -> String {
    match entry.kind {
        EntryKind::Kubeconfig(_) => entry.purpose.to_owned(),
        EntryKind::Authority(Authority::Cluster) => {
            format!("the {} of the cluster's CA", word(role))
        }
        EntryKind::Authority(Authority::FrontProxy) => {
            format!("the {} of the front proxy's CA", word(role))
        }
        EntryKind::Authority(Authority::Etcd) => format!("the {} of etcd's CA", word(role)),
        EntryKind::Leaf(_) | EntryKind::ServiceAccount => {
            format!("the {} that {}", word(role), entry.purpose)
        }
    }
}

/// Says of every such flag what it names and what it should.
pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    let told = USES.iter().filter(|it| {
        let flag = examined.manifests.flag(it.component, it.flag);
        flag.is_some()
    });
    record.checked += told.count() - examined.manifests.misnamed.len();
    let mut folded = BTreeSet::new();
    for (index, misnamed) in examined.manifests.misnamed.iter().enumerate() {
        let Some(told) = examined
            .manifests
            .flag(misnamed.of.component, misnamed.of.flag)
        else {
            continue;
        };
        let message = format!("--{} names {}", misnamed.of.flag, misnamed.fault);
        if folded.contains(&index) {
            continue;
        }
        let mut fix = mend(examined, misnamed);
        let mut consequences = Vec::new();
        // The key goes with its certificate: one slip in two lines.
        for (other, key) in examined
            .manifests
            .misnamed
            .iter()
            .enumerate()
            .skip(index + 1)
        {
            let is_pair = key.of.component == misnamed.of.component
                && key.of.row == misnamed.of.row
                && key.of.role == FileRole::PrivateKey
                && misnamed.of.role == FileRole::Certificate;
            if is_pair {
                folded.insert(other);
                fix = fix.and(mend(examined, key));
                consequences.push(format!("--{} names {}", key.of.flag, key.fault));
            }
        }
        let finding = Finding {
            why: misnamed.of.otherwise.to_owned(),
            ..Finding::new(Rule::FlagWrongFile, told.path, message, fix)
        };
        let cause = record.fail(finding.at(place::of_line(Some(told.flag.position.line))));
        for consequence in consequences {
            record.follows(cause, told.path, &consequence);
        }
    }
}

/// The edit, made beside the manifest under a name that the kubelet passes over.
fn mend(examined: &Examined<'_>, misnamed: &Misnamed) -> Fix {
    let of = misnamed.of;
    let Some(told) = examined.manifests.flag(of.component, of.flag) else {
        return Fix::default();
    };
    let location = &examined.tree.location;
    let right = location.on_host(&misnamed.wanted);
    let is_plain = |path: &str| {
        path.chars()
            .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
    };
    let value = &told.flag.value;
    if !is_plain(value) || !is_plain(&right) {
        return Fix::say(format!("name {} in --{}", command::quoted(&right), of.flag));
    }
    let (directory, name) = told.path.rsplit_once('/').unwrap_or((".", told.path));
    let new = command::path(examined.tree, &format!("{directory}/.{name}.new"));
    let old = command::path(examined.tree, told.path);
    let line = told.flag.value_line;
    Fix::say(format!(
        "name the right file; the kubelet restarts {} with it",
        of.component.name()
    ))
    .and_run(format!(
        "(umask 077; sed '{line}s|{value}|{right}|' {old} > {new}) && mv {new} {old}"
    ))
}

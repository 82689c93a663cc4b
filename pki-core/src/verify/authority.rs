//! The CAs: whether they may sign, whether their keys are theirs, and whether
//! they are three.

mod bundle;
mod needless_key;
mod other;
mod overwritten;

use std::collections::BTreeMap;

use super::certificate::{self, About};
use super::chain::{self, Spelling, is_checkable, lacks_purpose, path_to};
use super::fix::Fix;
use super::material::{Material, Part, is_weak};
use super::signer::{Tries, signer_among, signer_by_key};
use super::{Cause, Examined, Finding, Record, Rule, command, others, presence};
use crate::catalog::{Authority, CatalogEntry, EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::extension::ExtendedKeyUsage;
use crate::key::SubjectPublicKeyInfo;
use crate::name::Quoted;
use crate::plan::Difference;
use crate::plan::difference;
use crate::severity::Severity;
use bundle::{bundle_order, check_rest, place_of};
pub(super) use needless_key::check_keys_are_needed;
use other::OtherAuthorities;
use overwritten::Overwritten;

/// CAs that must not be another one, and what is wrong if they are.
const REUSES: [(Authority, Authority, Rule); 4] = {
    use Authority as A;
    [
        (A::FrontProxy, A::Cluster, Rule::CaReusedForFrontProxy),
        (A::Etcd, A::Cluster, Rule::CaReusedForEtcd),
        (A::EtcdPeers, A::Cluster, Rule::CaReusedForEtcd),
        (A::EtcdPeers, A::Etcd, Rule::CaReusedForEtcd),
    ]
};

/// The CAs against which leaves are checked.
#[derive(Default)]
pub(super) struct Authorities<'a> {
    known: BTreeMap<Authority, Known<'a>>,
    /// Why the certificates of the others could not be read.
    unknown: BTreeMap<Authority, Cause>,
    /// Those that flags name beside them.
    others: OtherAuthorities,
}

/// A CA whose certificates were read.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) path: &'a str,
    /// Several while the CA is rotated.
    pub(super) certificates: &'a [Certificate],
    /// Why nothing that it signed is in order.
    pub(super) breaks: Option<Cause>,
    /// Why a leaf that it did not sign is not to blame.
    pub(super) explains: Option<Cause>,
}

impl<'a> Authorities<'a> {
    pub(super) fn check(examined: &'a Examined<'a>, record: &mut Record) -> Self {
        let mut authorities = Self {
            others: other::named(examined),
            ..Self::default()
        };
        let overwritten = overwritten::find(examined);
        for material in &examined.materials {
            let EntryKind::Authority(authority) = material.row.entry.kind else {
                continue;
            };
            let path = material.path(FileRole::Certificate);
            match &material.certificates {
                Part::Read(certificates) => {
                    let known = match overwritten.get(&authority) {
                        Some(other) => {
                            let finding =
                                overwritten::finding(examined, authority, material, other);
                            let cause = Some(record.fail(finding));
                            Known {
                                path,
                                certificates,
                                breaks: cause,
                                explains: cause,
                            }
                        }
                        None => check_authority(examined, material, certificates, record),
                    };
                    authorities.known.insert(authority, known);
                }
                Part::Absent | Part::Broken => {
                    let cause = record.error_in(path);
                    authorities
                        .unknown
                        .extend(cause.map(|cause| (authority, cause)));
                }
            }
        }
        authorities.check_reuse(examined, &overwritten, record);
        authorities.check_signed_anything(examined, record);
        authorities
    }

    /// The CA, or why it cannot be told what it signed.
    pub(super) fn known(&self, authority: Authority) -> Result<&Known<'a>, Option<Cause>> {
        let unknown = || self.unknown.get(&authority).copied();
        self.known.get(&authority).ok_or_else(unknown)
    }

    fn check_reuse(
        &mut self,
        examined: &Examined<'_>,
        overwritten: &Overwritten<'_>,
        record: &mut Record,
    ) {
        for (authority, first, rule) in REUSES {
            let Some(other) = self.known.get(&first) else {
                continue;
            };
            let keys: Vec<SubjectPublicKeyInfo> = other.keys().cloned().collect();
            let path = other.path;
            let Some(known) = self.known.get_mut(&authority) else {
                continue;
            };
            let is_told = [authority, first]
                .iter()
                .any(|it| overwritten.contains_key(it));
            if is_told || !known.keys().any(|key| keys.contains(key)) {
                record.checked += 1;
                continue;
            }
            let message = match known.path == path {
                true if first == Authority::Cluster => {
                    format!("is the cluster's CA, and that of {authority} as well")
                }
                true => format!("is {first}, and {authority} as well"),
                false => format!("is the same CA as {path}"),
            };
            let finding = match first {
                Authority::Etcd => reused_for_peers(known.path, message),
                _ => {
                    let fix = command::separate_authority(examined, authority);
                    Finding::new(rule, known.path, message, fix)
                }
            };
            let is_error = finding.severity == Severity::Error;
            let cause = Some(record.fail(finding));
            known.breaks = known.breaks.or(cause);
            // Etcd goes on working with one CA for two: a leaf that this one did not sign
            // is an error of its own.
            known.explains = known.explains.or_else(|| cause.filter(|_| is_error));
        }
    }

    /// A CA that signed none of its leaves was replaced: that is one fault, not
    /// one of every leaf.
    fn check_signed_anything(&mut self, examined: &Examined<'_>, record: &mut Record) {
        const ENOUGH: usize = 2;
        for (authority, known) in &mut self.known {
            let leaves: Vec<_> = leaves_of(examined, *authority).collect();
            let unsigned = |(_, chain): &(&Material, &[Certificate])| {
                let checkable = |leaf| is_checkable(leaf, known);
                path_to(chain, known).is_none() && chain.first().is_some_and(checkable)
            };
            let is_explained = known.explains.is_some();
            if is_explained || leaves.len() < ENOUGH || !leaves.iter().all(unsigned) {
                continue;
            }
            let names = leaves.iter().map(|(material, _)| others::path_of(material));
            let names = names.collect::<Vec<_>>().join(", ");
            let by = |found: &str| found != known.path;
            let signer = leaves.iter().find_map(|(_, chain)| {
                let (file, _) = others::signer(examined, chain.first()?)?;
                by(file).then_some(file)
            });
            let by_key = leaves.iter().find_map(|(_, chain)| {
                let leaf = chain.first()?;
                Some((known.signer_by_key(leaf)?, leaf))
            });
            known.explains = Some(record.fail(match by_key {
                Some((authority, leaf)) => {
                    let spelling = Spelling::of(authority, leaf);
                    let old = signer.map(|file| format!("; {file} has it with that name"));
                    let message = format!(
                        "has the key that signed the certificates here ({names}), and they spell its name {}{}",
                        spelling.how,
                        old.unwrap_or_default()
                    );
                    let fix = Fix::say("put back the certificate that the CA had before, with the very name")
                        .and(command::fetch(examined, &[known.path]))
                        .and_say("or issue all of them again with this one");
                    Finding {
                        why: spelling.why.to_owned(),
                        ..Finding::new(Rule::IssuerName, known.path, message, fix)
                    }
                }
                None => {
                    let signer = signer.map(|file| format!("; the CA that did is in {file}"));
                    Finding::new(
                        Rule::CaSignedNothing,
                        known.path,
                        format!(
                            "signed none of the certificates here ({names}){}",
                            signer.unwrap_or_default()
                        ),
                        command::replaced_authority(examined, *authority),
                    )
                }
            }));
        }
    }

    /// Whether leaves end after their CAs. If all of them do, that is the CA's
    /// fault.
    pub(super) fn check_ends(&self, examined: &Examined<'_>, record: &mut Record) {
        for (authority, known) in &self.known {
            let mut all = 0;
            let mut late = Vec::new();
            for (material, chain) in leaves_of(examined, *authority) {
                let end = path_to(chain, known).as_ref().and_then(chain::end);
                let (Some(end), Some(leaf)) = (end, chain.first()) else {
                    continue;
                };
                all += 1;
                let not_after = leaf.validity().not_after();
                // An expired CA has been reported, and everything outlives it.
                if not_after > end && end >= examined.now {
                    late.push((material, not_after, end));
                }
            }
            record.checked += all;
            let renewal = || renewal(examined, *authority);
            let mut cause = record.cause(Rule::ExpiresSoon, known.path);
            if let ([(_, _, end), _, ..], None) = (late.as_slice(), cause)
                && late.len() == all
            {
                cause = Some(record.add(Finding::new(
                    Rule::OutlivesCa,
                    known.path,
                    format!("ends at {end}, before all {all} certificates that it signed"),
                    renewal(),
                )));
            }
            for (material, not_after, end) in late {
                let it = match material.row.entry.kind {
                    EntryKind::Kubeconfig(_) => "its client certificate ",
                    _ => "",
                };
                let path = others::path_of(material);
                let message =
                    format!("{it}is valid until {not_after}, past the end of its CA at {end}");
                match cause {
                    Some(cause) => record.follows(cause, path, &message),
                    None => {
                        record.add(Finding::new(Rule::OutlivesCa, path, message, renewal()));
                    }
                }
            }
        }
    }
}

fn renewal(examined: &Examined<'_>, authority: Authority) -> Fix {
    let entry = CatalogEntry::of_authority(authority);
    let material = examined.material(entry);
    material.map_or_else(Fix::default, |material| {
        command::renew_authority(examined, material, false)
    })
}

/// Everything that a CA should have signed and that could be read.
fn leaves_of<'a>(
    examined: &'a Examined<'_>,
    authority: Authority,
) -> impl Iterator<Item = (&'a Material, &'a [Certificate])> {
    let materials = examined.materials.iter();
    materials
        .filter(move |material| material.row.entry.issuer() == Some(authority))
        .map(|material| (material, material.certificates()))
        .filter(|(_, chain)| !chain.is_empty())
}

/// The clients of etcd and its peers have one CA after all.
fn reused_for_peers(path: &str, message: String) -> Finding {
    let fix = "move it away with its key, have 'kpki gen' make another one, and issue etcd/peer again on every member";
    Finding {
        why: "whoever has a client certificate of etcd can speak as a member, which is what a CA of their own is to prevent".to_owned(),
        ..Finding::new(Rule::CaReusedForEtcd, path, message, Fix::say(fix))
    }
}

impl Known<'_> {
    fn keys(&self) -> impl Iterator<Item = &SubjectPublicKeyInfo> {
        self.certificates
            .iter()
            .filter_map(|certificate| certificate.public_key().ok())
    }

    /// The certificate of this CA whose key signed another, whatever name that
    /// has for its issuer.
    pub(super) fn signer_by_key(&self, certificate: &Certificate) -> Option<&Certificate> {
        let mut tries = Tries::of_a_path(usize::MAX);
        signer_by_key(self.certificates.iter(), certificate, &mut tries)
    }

    /// The certificate of this CA that signed another.
    pub(super) fn signer_of(&self, certificate: &Certificate) -> Option<&Certificate> {
        let mut tries = Tries::of_a_path(usize::MAX);
        signer_among(self.certificates.iter(), certificate, &mut tries)
    }
}

fn check_authority<'a>(
    examined: &Examined<'_>,
    material: &'a Material,
    certificates: &'a [Certificate],
    record: &mut Record,
) -> Known<'a> {
    let path = material.path(FileRole::Certificate);
    let key_path = material.path(FileRole::PrivateKey);
    let mut known = Known {
        path,
        certificates,
        breaks: None,
        explains: None,
    };
    let mut used = 0;
    match &material.key {
        Part::Read(key) => {
            let holds = |found: &Certificate| found.public_key().ok() == Some(&key.public);
            match certificates.iter().position(holds) {
                Some(0) => record.checked += 1,
                Some(position) => {
                    used = position;
                    let finding = bundle_order(examined, material, certificates.len(), position);
                    record.fail(finding);
                }
                None => {
                    let owner = others::owner(examined, &key.public, path);
                    let owner = owner.map(|owner| format!(" (it belongs to {owner})"));
                    known.explains = Some(
                        record.fail(Finding::new(
                            Rule::CaKeyMismatch,
                            key_path,
                            format!("does not belong to {path}{}", owner.unwrap_or_default()),
                            Fix::say("put back the certificate and the key that belong together")
                                .and(command::fetch(examined, &[path, key_path])),
                        )),
                    );
                }
            }
        }
        Part::Absent if presence::key_is_usual(examined, material) => {
            record.add(external(examined, material));
        }
        Part::Absent | Part::Broken => {}
    }
    if let Some(certificate) = certificates.get(used) {
        check_certificate(examined, material, certificate, used, &mut known, record);
    }
    check_rest(examined, material, certificates, used, record);
    known
}

fn external(examined: &Examined<'_>, material: &Material) -> Finding {
    let path = material.path(FileRole::Certificate);
    let key_path = material.path(FileRole::PrivateKey);
    let is_cluster = material.row.entry.kind == EntryKind::Authority(Authority::Cluster);
    let tree = examined.tree;
    let asks = is_cluster && tree.has_kubeconfig_directory && tree.lacks("kubelet.conf");
    let asks = match asks {
        true => "; without it kubeadm init would ask for kubelet.conf, too",
        false => "",
    };
    Finding::new(
        Rule::ExternalCa,
        path,
        format!("is an external CA: {key_path} is not here{asks}"),
        Fix::say("nothing is wrong if the key is kept elsewhere on purpose; else")
            .and(command::fetch(examined, &[key_path])),
    )
}

/// The certificate that signs.
fn check_certificate(
    examined: &Examined<'_>,
    material: &Material,
    certificate: &Certificate,
    position: usize,
    known: &mut Known<'_>,
    record: &mut Record,
) {
    let renewal = command::renew_authority(examined, material, false);
    let about = About {
        certificate,
        path: known.path,
        it: String::new(),
        place: place_of(examined, known.path, position),
        fix: &renewal,
        is_authority: true,
    };
    record.checked += 2;
    for found in difference::of_authority(certificate, None, examined.now) {
        if let Difference::NotACertificateAuthority { why } = found {
            let why = why.strip_prefix("it ").unwrap_or(&why);
            let fix = command::renew_authority(examined, material, true);
            let cause = record.add(Finding {
                fix: Fix::say("put back the right certificate, or").and(fix),
                ..about.finding(Rule::NotACa, why)
            });
            known.breaks = known.breaks.or(Some(cause));
            known.explains = known.explains.or(Some(cause));
        }
    }
    let outside = certificate::check(examined, &about, record);
    known.breaks = known.breaks.or(outside);
    let key = certificate.public_key();
    if !key.is_ok_and(|key| !is_weak(key.kind())) {
        let cause = record
            .cause(Rule::WeakKey, known.path)
            .or_else(|| record.cause(Rule::UnknownKey, known.path));
        known.breaks = known.breaks.or(cause);
        known.explains = known.explains.or(cause);
    }
    if certificate.is_ca() {
        check_purposes(material, &about, known, record);
    }
    // Somebody copied a leaf over it, or it is a CA below another one.
    let mut certificates = known.certificates.iter();
    let has_root = certificates.any(|found| found.is_self_issued());
    record.expect(has_root || !certificate.is_ca(), || {
        let message = format!(
            "was signed by {}, which is not in the file",
            Quoted(certificate.issuer())
        );
        Finding {
            fix: Fix::say("nothing is wrong for Kubernetes and etcd; give clients that are built on OpenSSL a file of their own with this CA and the root behind it"),
            ..about.finding(Rule::CaNotRoot, &message)
        }
    });
}

fn check_purposes(
    material: &Material,
    about: &About<'_>,
    known: &mut Known<'_>,
    record: &mut Record,
) {
    const BOTH: [ExtendedKeyUsage; 2] =
        [ExtendedKeyUsage::ClientAuth, ExtendedKeyUsage::ServerAuth];
    let purposes = match material.row.entry.kind {
        EntryKind::Authority(Authority::FrontProxy) => &BOTH[..1],
        _ => &BOTH,
    };
    let Some(purpose) = lacks_purpose(about.certificate, purposes) else {
        record.checked += 1;
        return;
    };
    let message =
        format!("has an extendedKeyUsage without {purpose}, which holds for all it signs");
    let cause = record.fail(about.finding(Rule::CaPurpose, &message));
    known.breaks = known.breaks.or(Some(cause));
}

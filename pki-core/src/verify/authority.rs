//! The CAs: whether they may sign, whether their keys are theirs, and whether
//! they are three.

use std::collections::BTreeMap;

use super::material::{Material, Part};
use super::{Examined, Finding, Record, Rule, leaf, presence, text};
use crate::catalog::{Authority, EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::key::SubjectPublicKeyInfo;
use crate::plan::Difference;
use crate::plan::difference;

/// The CAs against which leaves are checked.
#[derive(Default)]
pub(super) struct Authorities<'a>(BTreeMap<Authority, Known<'a>>);

/// A CA whose certificates were read.
pub(super) struct Known<'a> {
    pub(super) path: &'a str,
    /// Several while the CA is rotated.
    pub(super) certificates: &'a [Certificate],
    /// Whether a leaf that it did not sign is the leaf's fault. If not, the
    /// cause has been reported already.
    pub(super) is_sound: bool,
}

const RESTORE_CA: &str = "put back the certificate and the key that belong together, from a backup or another host of the control plane";

impl<'a> Authorities<'a> {
    pub(super) fn check(examined: &'a Examined<'a>, record: &mut Record) -> Self {
        let mut authorities = Self::default();
        for material in &examined.materials {
            let EntryKind::Authority(authority) = material.row.entry.kind else {
                continue;
            };
            if let Part::Read(certificates) = &material.certificates {
                let is_sound = check_authority(examined, material, certificates, record);
                let path = material.path(FileRole::Certificate);
                authorities.0.insert(
                    authority,
                    Known {
                        path,
                        certificates,
                        is_sound,
                    },
                );
            }
        }
        authorities.check_reuse(record);
        authorities.check_signed_anything(examined, record);
        authorities
    }

    pub(super) fn get(&self, authority: Authority) -> Option<&Known<'a>> {
        self.0.get(&authority)
    }

    /// The CA that signed a certificate, whichever it is.
    pub(super) fn signer_of(&self, leaf: &Certificate) -> Option<&'a str> {
        let signed = |known: &&Known<'a>| known.signer_of(leaf).is_some();
        self.0.values().find(signed).map(|known| known.path)
    }

    fn check_reuse(&mut self, record: &mut Record) {
        let Some(cluster) = self.0.get(&Authority::Cluster) else {
            return;
        };
        let keys: Vec<SubjectPublicKeyInfo> = cluster.keys().cloned().collect();
        let path = cluster.path;
        for (authority, rule) in [
            (Authority::FrontProxy, Rule::CaReusedForFrontProxy),
            (Authority::Etcd, Rule::CaReusedForEtcd),
        ] {
            if let Some(known) = self.0.get_mut(&authority) {
                let reused = known.keys().any(|key| keys.contains(key));
                known.is_sound &= !reused;
                record.expect(!reused, || {
                    Finding::new(
                        rule,
                        known.path,
                        format!("is the same CA as {path}"),
                        "make a CA of its own for it, and issue what it signs again",
                    )
                });
            }
        }
    }

    /// A CA that signed none of its leaves was replaced: that is one fault, not
    /// one of every leaf.
    fn check_signed_anything(&mut self, examined: &Examined<'_>, record: &mut Record) {
        const ENOUGH: usize = 2;
        for (authority, known) in &mut self.0 {
            let leaves: Vec<_> = examined
                .materials
                .iter()
                .filter(|material| material.row.entry.issuer() == Some(*authority))
                .filter(|material| !material.certificates().is_empty())
                .collect();
            let unsigned = |material: &&Material| {
                leaf::path_to(material.certificates(), known).is_none()
                    && leaf::is_checkable(&material.certificates()[0], known)
            };
            if !known.is_sound || leaves.len() < ENOUGH || !leaves.iter().all(unsigned) {
                continue;
            }
            known.is_sound = false;
            let names: Vec<_> = leaves
                .iter()
                .filter_map(|material| material.row.files.first())
                .map(|file| file.path.as_str())
                .collect();
            record.fail(Finding::new(
                Rule::CaSignedNothing,
                known.path,
                format!(
                    "signed none of the certificates here ({})",
                    names.join(", ")
                ),
                "put back the CA that signed them, or issue all of them again with this one",
            ));
        }
    }
}

impl Known<'_> {
    fn keys(&self) -> impl Iterator<Item = &SubjectPublicKeyInfo> {
        self.certificates
            .iter()
            .filter_map(|certificate| certificate.public_key().ok())
    }

    /// The certificate of this CA that signed another.
    pub(super) fn signer_of(&self, certificate: &Certificate) -> Option<&Certificate> {
        self.certificates.iter().find(|authority| {
            authority.subject_der() == certificate.issuer_der()
                && authority
                    .public_key()
                    .is_ok_and(|key| certificate.is_signed_by(key))
        })
    }
}

/// Checks one CA; false if its leaves cannot be judged by it.
fn check_authority(
    examined: &Examined<'_>,
    material: &Material,
    certificates: &[Certificate],
    record: &mut Record,
) -> bool {
    let path = material.path(FileRole::Certificate);
    let key_path = material.path(FileRole::PrivateKey);
    let mut sound = true;
    let mut used = certificates.first();
    match &material.key {
        Part::Read(key) => {
            let holds =
                |certificate: &&Certificate| certificate.public_key().ok() == Some(&key.public);
            let position = certificates.iter().position(|c| holds(&c));
            match position {
                Some(0) => record.checked += 1,
                Some(position) => {
                    used = certificates.get(position);
                    record.fail(Finding::new(
                        Rule::CaBundleOrder,
                        path,
                        format!(
                            "holds {} CAs, and {key_path} belongs to number {}, not to the first",
                            certificates.len(),
                            position + 1
                        ),
                        "put the CA that signs first, and the others behind it",
                    ));
                }
                None => {
                    sound = false;
                    let owner = text::owner(examined, &key.public, path);
                    let owner = owner.map(|owner| format!(" (it belongs to {owner})"));
                    record.fail(Finding::new(
                        Rule::CaKeyMismatch,
                        key_path,
                        format!("does not belong to {path}{}", owner.unwrap_or_default()),
                        RESTORE_CA,
                    ));
                }
            }
        }
        Part::Absent if presence::key_is_usual(examined, material) => {
            record.findings.push(Finding::new(
                Rule::ExternalCa,
                path,
                format!("is an external CA: {key_path} is not here"),
                "nothing is wrong if the key is kept elsewhere on purpose",
            ));
        }
        Part::Absent | Part::Broken => {}
    }
    if let Some(used) = used {
        check_certificate(examined, path, used, record);
        sound &= used.is_ca();
        sound &= used
            .public_key()
            .is_ok_and(|key| !super::material::is_weak(key.kind()));
    }
    sound
}

fn check_certificate(
    examined: &Examined<'_>,
    path: &str,
    certificate: &Certificate,
    record: &mut Record,
) {
    record.checked += 2;
    for difference in difference::of_authority(certificate, None, examined.now) {
        match difference {
            Difference::NotACertificateAuthority { why } => {
                let why = why.strip_prefix("it ").unwrap_or(&why);
                record.findings.push(Finding::new(
                    Rule::NotACa,
                    path,
                    why,
                    "put back the right certificate, or sign a new one with the same key and name, CA:TRUE and keyCertSign",
                ));
            }
            other => leaf::record_date(examined, path, "", &other, RENEW_CA, record),
        }
    }
    leaf::check_soon(examined, path, "", certificate, RENEW_CA, record);
    leaf::check_key(path, "", certificate, RENEW_CA, record);
    leaf::check_extensions(path, "", certificate, RENEW_CA, record);
}

const RENEW_CA: &str = "sign a new certificate with the same key and name, so that what it signed stays valid, and put it into every kubeconfig";

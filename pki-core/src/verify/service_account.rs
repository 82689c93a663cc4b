//! The keys of service account tokens.

use super::material::Part;
use super::{Examined, Finding, Record, Rule, text};
use crate::catalog::{EntryKind, FileRole};

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    for material in &examined.materials {
        if material.row.entry.kind != EntryKind::ServiceAccount {
            continue;
        }
        let Part::Read(key) = &material.key else {
            continue;
        };
        let path = material.path(FileRole::PrivateKey);
        let public_path = material.path(FileRole::PublicKey);
        record.expect(!key.is_ec_in_pkcs8, || {
            Finding::new(
                Rule::SaKeyForm,
                path,
                "is an EC key in PKCS#8 form",
                format!(
                    "write it as SEC1: {}",
                    text::in_place("openssl ec", path, "600")
                ),
            )
        });
        if let Part::Read(public) = &material.public_key {
            record.expect(*public == key.public, || {
                let owner = text::owner(examined, &key.public, path);
                let owner = owner.map(|owner| format!(" (which belongs to {owner})"));
                Finding::new(
                    Rule::SaKeyMismatch,
                    public_path,
                    format!("does not belong to {path}{}", owner.unwrap_or_default()),
                    format!(
                        "if {path} is the one of the other control plane hosts: openssl pkey -in {path} -pubout -out {public_path}"
                    ),
                )
            });
        }
    }
}

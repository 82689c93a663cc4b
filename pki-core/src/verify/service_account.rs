//! The keys of service account tokens.

use super::fix::Fix;
use super::material::{Material, Part, is_weak};
use super::{Examined, Finding, Record, Rule, command, others};
use crate::catalog::{EntryKind, FileRole};
use crate::key::KeyKind;

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    for material in &examined.materials {
        if material.row.entry.kind != EntryKind::ServiceAccount {
            continue;
        }
        if let Part::Read(public) = &material.public_key {
            check_kind(examined, material, public.kind(), record);
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
                Fix::say("write it as SEC1").and_run(command::in_place(
                    examined.tree,
                    "openssl ec",
                    path,
                    0o600,
                )),
            )
        });
        if let Part::Read(public) = &material.public_key {
            record.expect(*public == key.public, || {
                let of_private = others::owner(examined, &key.public, path);
                let of_private = of_private.map(|owner| format!(" (which belongs to {owner})"));
                let of_public = others::owner(examined, public, public_path);
                let of_public = of_public.map(|owner| format!(" (but to {owner})"));
                let owner = of_private.or(of_public);
                Finding::new(
                    Rule::SaKeyMismatch,
                    public_path,
                    format!("does not belong to {path}{}", owner.unwrap_or_default()),
                    Fix::say(format!(
                        "if {path} is the one of the other control plane hosts"
                    ))
                    .and_run(format!(
                        "openssl pkey -in {} -pubout -out {}",
                        command::path(examined.tree, path),
                        command::path(examined.tree, public_path)
                    ))
                    .and(command::restart(examined, material.row.entry)),
                )
            });
        }
    }
}

/// Tokens are signed with RSA or ECDSA.
fn check_kind(examined: &Examined<'_>, material: &Material, kind: KeyKind, record: &mut Record) {
    let path = material.path(FileRole::PublicKey);
    let pair = [
        command::path(examined.tree, material.path(FileRole::PrivateKey)),
        command::path(examined.tree, path),
    ];
    let [private, public] = &pair;
    let fix = Fix::say("on one host")
        .and_run(format!(
            "(umask 077; openssl genrsa -traditional -out {private} 2048 && openssl pkey -in {private} -pubout -out {public})"
        ))
        .and_say("then copy both to the other hosts of the control plane")
        .and(command::restart(examined, material.row.entry))
        .and_say("every token that exists becomes invalid");
    record.checked += 1;
    let (rule, message) = match kind {
        KeyKind::Ed25519 => (Rule::SaKeyKind, "is an Ed25519 key".to_owned()),
        kind if is_weak(kind) => {
            let message = format!("has a key of {kind}, and at least 2048 bits are expected");
            (Rule::WeakKey, message)
        }
        _ => return,
    };
    record.add(Finding::new(rule, path, message, fix));
}

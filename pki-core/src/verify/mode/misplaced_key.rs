//! Private keys in files that everybody may read.

use super::super::fix::Fix;
use super::super::material::{Material, Part};
use super::super::tree::TreeFile;
use super::super::{Examined, Finding, Record, Rule, command};
use super::holds_private_key;
use crate::catalog::{FileRole, PlacedFile};

pub(super) fn check(
    examined: &Examined<'_>,
    material: &Material,
    placed: &PlacedFile,
    file: &TreeFile,
    record: &mut Record,
) {
    if !matches!(placed.role, FileRole::Certificate | FileRole::PublicKey) {
        return;
    }
    let bytes = file.bytes().unwrap_or_default();
    let readable = match file.mode & 0o044 {
        0 => "",
        _ => " and is readable by others",
    };
    record.expect(!holds_private_key(bytes), || {
        let public = public_part(examined, placed, bytes);
        let fix = match is_in_use_here(examined, &placed.path) {
            true => Fix::say(
                "give the key a file of its own, which only its owner may read, and name that where this one is named",
            ),
            false => saved(examined, material, &placed.path).and(public),
        };
        Finding::new(
            Rule::KeyInCertificateFile,
            &placed.path,
            format!("holds a private key{readable}"),
            fix.and_say("and issue it again with a new key if others could read it"),
        )
    });
}

/// Whether a component takes its key from this very file.
fn is_in_use_here(examined: &Examined<'_>, path: &str) -> bool {
    let mut materials = examined.materials.iter();
    materials.any(|material| material.path(FileRole::PrivateKey) == path)
}

/// What belongs in the file, without the key.
fn public_part(examined: &Examined<'_>, placed: &PlacedFile, bytes: &[u8]) -> Fix {
    let (kind, what) = match placed.role {
        FileRole::PublicKey => ("PUBLIC KEY", "public key"),
        _ => ("CERTIFICATE", "certificate"),
    };
    let label = format!("-----BEGIN {kind}-----");
    let mut windows = bytes.windows(label.len());
    if !windows.any(|window| window == label.as_bytes()) {
        return Fix::say(format!("put the {what} that belongs there in its place"));
    }
    let script = format!("/BEGIN {kind}-/,/END {kind}-/p");
    let program = ["sed", "-n", &script];
    let path = &placed.path;
    let mode = placed.role.mode();
    Fix::say(format!("keep only the {what} in it")).and_run(command::edit(
        examined.tree,
        path,
        &program,
        mode,
    ))
}

/// Writes the key to a file of its own, unless it is in one that is in use: those
/// that lie around are to be removed as well.
pub(in super::super) fn saved(examined: &Examined<'_>, material: &Material, path: &str) -> Fix {
    let tree = examined.tree;
    let holds_key = |file: &&TreeFile| file.bytes().is_some_and(holds_private_key);
    let file = tree.get(path).filter(holds_key);
    let Some(file) = file.filter(|_| !is_in_use_here(examined, path)) else {
        return Fix::default();
    };
    let key = file.key_half();
    let mut materials = examined.materials.iter();
    let is_elsewhere = materials.any(|material| {
        let own = material.key.read();
        own.is_some_and(|own| key.is_some_and(|key| own.public == key.public))
    });
    if is_elsewhere {
        return Fix::default();
    }
    let place = material.path(FileRole::PrivateKey);
    let place = match &material.key {
        Part::Absent if !place.is_empty() && tree.lacks(place) => place.to_owned(),
        _ => format!("{path}.key"),
    };
    let keep = "no other file in use here has this key: keep it";
    if !tree.lacks(&place) {
        return Fix::say(format!("{keep}, in a file that only its owner may read"));
    }
    let [old, new] = [path, &place].map(|file| command::path(tree, file));
    let command = match key {
        Some(_) => format!("(umask 077; openssl pkey -traditional -in {old} -out {new})"),
        // In a form that this program does not read.
        None => format!("(umask 077; cp {old} {new})"),
    };
    // Run twice, it must not write over what it kept.
    Fix::say(keep).and_run(format!("test -e {new} || {command}"))
}

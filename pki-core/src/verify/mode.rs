//! Who may read and write the files.

use super::{Examined, Finding, Record, Rule, TreeDirectory};
use crate::catalog::{FileRole, PlacedFile};

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    for material in &examined.materials {
        for placed in &material.row.files {
            if let Some(file) = examined.tree.get(&placed.path) {
                check_file(placed, file.mode, record);
                check_for_key(placed, file.bytes().unwrap_or_default(), file.mode, record);
            }
        }
    }
    for (path, TreeDirectory { mode, .. }) in &examined.tree.directories {
        // In a sticky directory nobody can replace another's file.
        let writable = mode & 0o022 != 0 && mode & 0o1000 == 0;
        record.expect(!writable, || {
            Finding::new(
                Rule::WritableByOthers,
                path,
                format!("is writable by {} (mode {mode:04o})", who(mode >> 1)),
                format!("chmod go-w {path}"),
            )
        });
    }
}

fn check_file(placed: &PlacedFile, mode: u32, record: &mut Record) {
    let path = placed.path.as_str();
    let usual = placed.role.mode();
    let readable = placed.role.is_secret() && mode & 0o044 != 0;
    let writable = mode & 0o022 != 0;
    record.expect(!readable, || {
        let holds = match placed.role {
            FileRole::Kubeconfig => " and holds a key",
            _ => "",
        };
        Finding::new(
            Rule::ReadableByOthers,
            path,
            format!(
                "is readable by {} (mode {mode:04o}, expected {usual:04o}){holds}",
                who(mode >> 2)
            ),
            format!("chmod {usual:o} {path}"),
        )
    });
    // A mode that is wrong twice is mended once.
    record.expect(!writable || readable, || {
        Finding::new(
            Rule::WritableByOthers,
            path,
            format!(
                "is writable by {} (mode {mode:04o}, expected {usual:04o})",
                who(mode >> 1)
            ),
            format!("chmod {usual:o} {path}"),
        )
    });
}

/// The group and the others, by the lowest bit of their three.
fn who(bits: u32) -> &'static str {
    match (bits & 0o1 != 0, bits & 0o10 != 0) {
        (true, _) => "everyone",
        _ => "its group",
    }
}

fn check_for_key(placed: &PlacedFile, bytes: &[u8], mode: u32, record: &mut Record) {
    if !matches!(placed.role, FileRole::Certificate | FileRole::PublicKey) {
        return;
    }
    let path = placed.path.as_str();
    let readable = match mode & 0o044 {
        0 => "",
        _ => " and is readable by others",
    };
    record.expect(!holds_private_key(bytes), || {
        Finding::new(
            Rule::KeyInCertificateFile,
            path,
            format!("holds a private key{readable}"),
            "keep only the certificate in it, and issue it again with a new key if others could read it",
        )
    });
}

/// Whether a text has a private key block, whole or not.
pub(super) fn holds_private_key(bytes: &[u8]) -> bool {
    const LABEL: &[u8] = b"PRIVATE KEY-----";
    bytes.windows(LABEL.len()).any(|window| window == LABEL)
}

//! The directory that the description of the cluster gives the certificates,
//! against the one that the components use.

use super::uses::USES;
use super::{Examined, Finding, Record, Rule, place};
use crate::catalog::FileRole;
use crate::name::Quoted;
use crate::verify::manifests::Told;

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    let Some(described) = &examined.expectation.certificates_directory else {
        return;
    };
    let directory = format!("{}/", described.trim_end_matches('/'));
    let rows = [
        "ca",
        "apiserver",
        "apiserver-kubelet-client",
        "front-proxy-client",
    ];
    let uses = USES.iter().filter(|it| {
        rows.contains(&it.row) && matches!(it.role, FileRole::Certificate | FileRole::PrivateKey)
    });
    let told: Vec<Told<'_>> = uses
        .filter_map(|it| examined.manifests.flag(it.component, it.flag))
        .collect();
    let Some(first) = told.first() else {
        return;
    };
    let is_used = told.iter().any(|it| it.flag.value.starts_with(&directory));
    record.expect(is_used, || {
        let message = format!(
            "--{} names {}, and the description has the certificates in {} (certificatesDir)",
            first.flag.name,
            Quoted(&first.flag.value),
            Quoted(described)
        );
        let fix = "write the directory that the flags name into certificatesDir, or give verify the file that this host was made with";
        Finding::new(Rule::CertificatesDirectory, first.path, message, fix)
            .at(place::of_line(Some(first.flag.position.line)))
    });
}

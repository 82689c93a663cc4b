//! A control plane endpoint that somebody told and nothing here has: the
//! kubeconfigs connect to another one, which the API server's certificate names.

use super::super::fix::Fix;
use super::super::servers::SHARING;
use super::super::{Examined, Record, Rule, command};
use super::together;
use crate::catalog::{CatalogEntry, FileRole};
use crate::name::Quoted;

/// One finding for the certificate and the kubeconfigs.
pub(super) fn gather(examined: &Examined<'_>, record: &mut Record) {
    let described = examined.expectation.described();
    let told = described.filter(|_| !examined.expectation.assumed.endpoint);
    let (Some((cluster, host)), Some(apiserver)) = (told, CatalogEntry::find("apiserver")) else {
        return;
    };
    let Some(endpoint) = &cluster.control_plane_endpoint else {
        return;
    };
    let mut materials = examined.materials.iter();
    let Some(material) = materials.find(|it| it.row.entry == apiserver) else {
        return;
    };
    let path = material.path(FileRole::Certificate);
    let missing = record.missing_names.iter();
    let missing: Vec<_> = missing.filter(|(file, _)| file == path).collect();
    let name = endpoint.host().to_string();
    let lacks_it_alone = matches!(missing[..], [(_, only)] if *only == name);
    let is_shared = |file: &str| SHARING.contains(&file);
    let connecting = record.findings.iter();
    let mut connecting =
        connecting.filter(|found| found.rule == Rule::KubeconfigServer && is_shared(&found.file));
    let (Some(first), None, true) = (connecting.next(), connecting.next(), lacks_it_alone) else {
        return;
    };
    let file = first.file.clone();
    let mut materials = examined.materials.iter();
    let kubeconfig = materials.find(|it| it.path(FileRole::Kubeconfig) == file);
    let server = kubeconfig.and_then(|it| it.kubeconfig.read()?.server.clone());
    let parts = record.findings.extract_if(.., |found| {
        found.rule == Rule::SanMissing && found.file == path
            || found.rule == Rule::KubeconfigServer && found.file == file
    });
    let parts: Vec<_> = parts.collect();
    let message = format!(
        "knows another control plane endpoint, {}: {path} and the kubeconfigs are not for {}",
        Quoted(&server.unwrap_or_default()),
        Quoted(&endpoint.url(host.bind_port))
    );
    let fix = Fix::say("if the endpoint has changed; else describe the one that it has")
        .and(command::reissue(examined, apiserver));
    let of_kubeconfigs = parts.iter().filter(|part| part.file == file);
    let fix = of_kubeconfigs.fold(fix, |fix: Fix, part| fix.and(part.fix.clone()));
    record.findings.extend(together(parts, message, fix));
}

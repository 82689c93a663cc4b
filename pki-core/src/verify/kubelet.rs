//! The kubelet's own certificates: it renews them itself, and does not come
//! back if it could not.

use super::authority::Authorities;
use super::fix::Fix;
use super::leaf::{Leaf, check_leaf};
use super::material::Part;
use super::tree::{self, TreeFile};
use super::{Examined, Finding, Record, Rule, command};
use crate::catalog::{Authority, CatalogEntry};
use crate::certificate::Certificate;
use crate::key::{KeyPair, SigningKey};
use crate::kubeconfig::Client;
use crate::severity::Severity;
use crate::time::Span;

pub(super) fn check(examined: &Examined<'_>, authorities: &Authorities<'_>, record: &mut Record) {
    let Some(entry) = CatalogEntry::find("kubelet.conf") else {
        return;
    };
    let mut clients = vec![tree::KUBELET_CLIENT.to_owned()];
    let mut materials = examined.materials.iter();
    let material = materials.find(|material| material.row.entry == entry);
    if let Some(Part::Read(kubeconfig)) = material.map(|material| &material.kubeconfig) {
        match &kubeconfig.client {
            Client::Paths { certificate, .. } => {
                if let Some(path) = named_by_conf(examined, entry, certificate, record) {
                    clients = vec![path];
                }
            }
            // Whether it should be is asked of kubelet.conf.
            Client::Embedded { .. } | Client::Other => {}
        }
    }
    for path in &clients {
        if let Some(file) = examined.tree.get(path) {
            check_client(examined, authorities, entry, path, file, record);
        }
    }
    check_server(examined, authorities, record);
}

/// The path that kubelet.conf names, in the tree; what is wrong with it is
/// recorded.
fn named_by_conf(
    examined: &Examined<'_>,
    entry: &'static CatalogEntry,
    on_host: &str,
    record: &mut Record,
) -> Option<String> {
    let path = tree::path_of(on_host)?;
    if path.starts_with('/') && !examined.tree.has_host_root {
        record.not_checked(
            format!(
                "the kubelet's client certificate, {}",
                crate::name::Quoted(&path)
            ),
            "it lies outside of this directory, and the root of the host is not known",
            Some("DIR, an etc/kubernetes below the root of the host"),
        );
        return None;
    }
    record.expect(!examined.tree.lacks(&path), || {
        Finding::new(
            Rule::FileMissing,
            path.clone(),
            "is missing, and kubelet.conf names it",
            command::reissue(examined, entry),
        )
    });
    Some(path)
}

fn check_client(
    examined: &Examined<'_>,
    authorities: &Authorities<'_>,
    entry: &'static CatalogEntry,
    path: &str,
    file: &TreeFile,
    record: &mut Record,
) {
    let Some(chain) = super::material::certificates_in(examined.tree, path, file, record) else {
        return;
    };
    let key = file.bytes().and_then(|bytes| KeyPair::from_pem(bytes).ok());
    let leaf = Leaf {
        entry,
        path,
        key_path: path,
        it: "",
        chain: &chain,
        misplaced: None,
        key: key.as_ref().map(|key| key.public_key()),
        place: None,
    };
    let before = record.findings.len();
    check_leaf(
        examined,
        &leaf,
        authorities.known(Authority::Cluster),
        record,
    );
    // The kubelet renews at 70 to 90 % of the time; some clusters sign for days.
    let renews = chain
        .first()
        .is_some_and(|it| !is_nearly_over(examined, it));
    let mut at = 0;
    record.findings.retain(|finding| {
        at += 1;
        !(at > before && renews && finding.rule == Rule::ExpiresSoon)
    });
}

fn is_nearly_over(examined: &Examined<'_>, certificate: &Certificate) -> bool {
    let validity = certificate.validity();
    let lifetime = validity.not_after().since(validity.not_before());
    validity.not_after().since(examined.now) < lifetime / 10
}

/// What the kubelet serves with: signed by the cluster's CA if it asked for
/// that, else its own, which nobody checks by default.
fn check_server(examined: &Examined<'_>, authorities: &Authorities<'_>, record: &mut Record) {
    let rotated = "/var/lib/kubelet/pki/kubelet-server-current.pem";
    let own = "/var/lib/kubelet/pki/kubelet.crt";
    let is_rotated = examined.tree.get(rotated).is_some();
    let path = if is_rotated { rotated } else { own };
    let Some(file) = examined.tree.get(path) else {
        return;
    };
    let Some(chain) = super::material::certificates_in(examined.tree, path, file, record) else {
        return;
    };
    let Some(certificate) = chain.first() else {
        return;
    };
    let known = authorities.known(Authority::Cluster).ok();
    let known = known.filter(|known| known.explains.is_none());
    if let (Some(known), true) = (known, is_rotated) {
        record.expect(super::chain::path_to(&chain, known).is_some(), || {
            Finding::new(
                Rule::WrongCa,
                path,
                format!("is not signed by {}", known.path),
                Fix::say("let the kubelet ask for another one")
                    .and_run(format!(
                        "rm {} && systemctl restart kubelet",
                        command::path(examined.tree, path)
                    ))
                    .and_say("then approve its request, by the name that this shows")
                    .and_run("kubectl get csr && kubectl certificate approve NAME"),
            )
        });
    }
    let not_after = certificate.validity().not_after();
    let file = command::path(examined.tree, path);
    let key = command::path(examined.tree, "/var/lib/kubelet/pki/kubelet.key");
    record.expect(not_after >= examined.now, || {
        let ago = Span::new(examined.now.since(not_after)).in_short();
        let mut finding = Finding::new(
            Rule::Expired,
            path,
            format!("expired {ago} ago, at {not_after}"),
            Fix::say("the kubelet makes or asks for a new one").and_run(match is_rotated {
                true => format!("rm {file} && systemctl restart kubelet"),
                false => format!("rm {file} {key} && systemctl restart kubelet"),
            }),
        );
        // The API server does not verify it unless it was told to.
        finding.severity = Severity::Warning;
        finding
    });
}

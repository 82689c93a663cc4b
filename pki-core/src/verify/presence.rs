//! Whether every file is there that the host's role asks for.

use super::fix::Fix;
use super::material::{Material, Part};
use super::role::{Need, TreeRole, has_etcd_access, has_use};
use super::{Examined, Finding, Record, Rule, command, derived, tree};
use crate::catalog::{Authority, CatalogEntry, EntryKind, FileRole};
use crate::name::Quoted;

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    for material in &examined.materials {
        let entry = material.row.entry;
        let needed = match material.row.need {
            Need::Required | Need::CertificateOnly => true,
            // Half a pair is wrong wherever it is used.
            Need::Optional => !material.is_absent() && has_use(examined.role, entry),
        };
        if needed && !material.row.files.is_empty() {
            check_row(examined, entry, material, record);
        }
    }
    let etcd_client = |material: &&Material| {
        material.row.entry.base_name == "apiserver-etcd-client"
            && material.row.need != Need::Optional
    };
    let is_placed = examined
        .materials
        .iter()
        .any(|material| etcd_client(&material));
    if examined.role == TreeRole::ControlPlane && !has_etcd_access(examined.tree) && !is_placed {
        record.not_checked(
            "the API server's access to etcd",
            "its files are not in this directory, and nothing says where they are",
            None,
        );
    }
    list_out_of_reach(examined, record);
    let kubeconfigs = matches!(
        examined.role,
        TreeRole::ControlPlane | TreeRole::ControlPlaneWithEtcd
    );
    if kubeconfigs && !examined.tree.has_kubeconfig_directory {
        record.not_checked(
            "kubeconfigs (admin.conf and others)",
            "none lies beside this directory",
            Some("DIR, the directory that holds pki and the kubeconfigs"),
        );
    }
}

/// Files that somebody named and that cannot be looked for.
fn list_out_of_reach(examined: &Examined<'_>, record: &mut Record) {
    let files = examined
        .materials
        .iter()
        .flat_map(|material| &material.row.files);
    for file in files.filter(|file| !examined.tree.is_in_reach(&file.path)) {
        record.not_checked(
            Quoted(&file.path).to_string(),
            "it lies outside of this directory, and the root of the host is not known",
            Some("DIR, an etc/kubernetes below the root of the host"),
        );
    }
}

fn check_row(
    examined: &Examined<'_>,
    entry: &'static CatalogEntry,
    material: &Material,
    record: &mut Record,
) {
    let tree = examined.tree;
    let missing: Vec<_> = material
        .row
        .files
        .iter()
        .filter(|file| tree.lacks(&file.path))
        .filter(|file| file.role != FileRole::PrivateKey || !key_may_be_elsewhere(material))
        .collect();
    record.checked += material.row.files.len() - missing.len();
    let (Some(first), others) = (missing.first(), missing.len().saturating_sub(1)) else {
        return;
    };
    let what = match others {
        0 => "is missing".to_owned(),
        _ => format!("is missing, and so is {}", missing[1].path),
    };
    let ca = entry.issuer().map(CatalogEntry::of_authority);
    let ca = ca.and_then(|ca| examined.material(ca));
    let message = match ca {
        Some(ca) if matches!(ca.key, Part::Absent) && !matches!(ca.certificates, Part::Absent) => {
            format!(
                "{what}, and cannot be made here because {} is absent",
                ca.path(FileRole::PrivateKey)
            )
        }
        _ => what,
    };
    let fix = match entry.kind {
        EntryKind::Authority(Authority::EtcdPeers)
            if material.is_absent() && !signed_by_peers_ca(examined) =>
        {
            first_of_peers()
        }
        EntryKind::Authority(_) | EntryKind::ServiceAccount => {
            let files: Vec<_> = missing.iter().map(|file| file.path.as_str()).collect();
            Fix::say("a new one would not fit what the others have")
                .and(command::fetch(examined, &files))
        }
        _ if material.is_absent() => with_link(examined, entry, command::make(examined, entry)),
        _ => command::reissue(examined, entry),
    };
    let path = first.path.clone();
    record.fail(Finding::new(Rule::FileMissing, path, message, fix));
}

/// Whether a CA of the members' own signed the peer certificate here: then there is
/// one, and this host has not got it.
fn signed_by_peers_ca(examined: &Examined<'_>) -> bool {
    let mut materials = examined.materials.iter();
    let peer = materials.find(|it| it.row.entry.base_name == "etcd/peer");
    let certificate = peer.and_then(|it| it.certificates().first());
    let etcds = CatalogEntry::of_authority(Authority::Etcd);
    let etcds = examined.material(etcds);
    certificate.is_some_and(|certificate| {
        let authorities = etcds.iter().flat_map(|it| it.certificates());
        let mut keys = authorities.filter_map(|ca| ca.public_key().ok());
        !keys.any(|key| certificate.is_signed_by(key))
    })
}

/// The description wants a CA for the members that was never made.
fn first_of_peers() -> Fix {
    Fix::say(
        "the members have no CA of their own yet: make it with new peer certificates for all of them, in the directory that gen made the hosts' directories in, and bring both to every member",
    )
    .and_run("kpki gen -f FILE --out DIR --only etcd/peer-ca,etcd/peer --reissue --render")
}

/// A kubelet.conf that is made where the kubelet has a certificate leads to that.
fn with_link(examined: &Examined<'_>, entry: &CatalogEntry, mut fix: Fix) -> Fix {
    let link = tree::KUBELET_CLIENT;
    let certificate = derived::certificate(examined.tree, link);
    let user = certificate.as_ref().and_then(|it| it.common_name());
    let Some(user) = user.filter(|_| entry.base_name == "kubelet.conf") else {
        return fix;
    };
    // Once is enough, at the end.
    let restart = command::restart(examined, entry);
    if fix.steps.ends_with(&restart.steps) {
        fix.steps.truncate(fix.steps.len() - restart.steps.len());
    }
    fix.and(command::link_kubelet(examined, entry.base_name, user))
}

/// A CA can be used without its key, an external one.
fn key_may_be_elsewhere(material: &Material) -> bool {
    let authority = matches!(material.row.entry.kind, EntryKind::Authority(_));
    let has_certificate = !matches!(material.certificates, Part::Absent);
    authority && (has_certificate || material.row.need == Need::CertificateOnly)
}

/// Whether a CA's key belongs in this tree, so that its absence is worth a note.
/// That of etcd's CA need not be on a member, unless kubeadm runs etcd there.
pub(super) fn key_is_usual(examined: &Examined<'_>, material: &Material) -> bool {
    let etcds = material.row.entry.is_etcds();
    let told = !examined.expectation.assumed.etcd;
    let at_home = examined.role == TreeRole::Authorities;
    material.row.need == Need::Required && (!etcds || told || at_home)
}

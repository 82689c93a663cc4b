//! The kubelet's own certificates: it renews them itself, and does not come
//! back if it could not.

mod configuration;
mod server;

use super::authority::{Authorities, Known};
use super::fix::Fix;
use super::leaf::{Leaf, check_leaf};
use super::{Cause, Examined, Record, Rule, command, material, tree};
use crate::catalog::{Authority, CatalogEntry};
use crate::certificate::Certificate;

pub(super) use configuration::Configuration;

const KUBELET_CONF: &str = "kubelet.conf";

pub(super) fn check(examined: &Examined<'_>, authorities: &Authorities<'_>, record: &mut Record) {
    check_link(examined, authorities, record);
    configuration::check(examined, examined.configuration, authorities, record);
    server::check(examined, examined.configuration, authorities, record);
}

/// What the kubelet renews, where kubelet.conf does not lead to it.
fn check_link(examined: &Examined<'_>, authorities: &Authorities<'_>, record: &mut Record) {
    let path = tree::KUBELET_CLIENT;
    let (Some(entry), Some(file)) = (CatalogEntry::find(KUBELET_CONF), examined.tree.get(path))
    else {
        return;
    };
    let material = examined.material(entry);
    let kubeconfig = material.and_then(|material| material.kubeconfig.read());
    let named = kubeconfig.and_then(|it| it.certificate.path());
    // It is checked as the user of kubelet.conf, or not in use.
    if named.is_some_and(|named| examined.tree.named_by(KUBELET_CONF, named).is_some()) {
        return;
    }
    let fix =
        Fix::say("take it away: the kubelet starts with what kubelet.conf has, and gets a new one")
            .and_run(format!("rm -f {}", command::path(examined.tree, path)))
            .and(command::restart_kubelet());
    let mut own = Record::default();
    let chain = material::certificates_in(examined.tree, path, file, &mut own);
    let chain = chain.unwrap_or_default();
    let unread = chain.first().is_some_and(material::certifies_unread_key);
    let key = match chain.is_empty() {
        true => None,
        false => material::key_in(examined.tree, path, file, unread, &mut own),
    };
    record.take_over(own, &fix);
    let leaf = Leaf {
        entry,
        path,
        key_path: path,
        it: "",
        chain: &chain,
        misplaced: None,
        key: key.as_ref(),
        place: None,
    };
    check_renewed(
        examined,
        &leaf,
        authorities.known(Authority::Cluster),
        record,
    );
}

/// A client certificate that the kubelet renews at 70 to 90 % of its time; some
/// clusters sign for days.
pub(super) fn check_renewed(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    known: Result<&Known<'_>, Option<Cause>>,
    record: &mut Record,
) {
    let before = record.findings.len();
    check_leaf(examined, leaf, known, record);
    let renews = leaf
        .chain
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

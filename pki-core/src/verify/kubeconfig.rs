//! kubeconfigs: the CA that they trust, and the certificate inside.

use super::authority::Authorities;
use super::leaf::{Leaf, check_leaf};
use super::material::Part;
use super::{Examined, Finding, Record, Rule, text};
use crate::catalog::{Authority, FileRole};
use crate::key::SigningKey;
use crate::kubeconfig::Client;

pub(super) fn check(examined: &Examined<'_>, authorities: &Authorities<'_>, record: &mut Record) {
    for material in &examined.materials {
        let Part::Read(kubeconfig) = &material.kubeconfig else {
            continue;
        };
        let path = material.path(FileRole::Kubeconfig);
        let entry = material.row.entry;
        let mut known = authorities
            .get(Authority::Cluster)
            .filter(|known| known.is_sound);
        if let Some(ca) = known
            && !kubeconfig.authorities.is_empty()
        {
            let ours = |theirs| ca.certificates.contains(theirs);
            let trusted = kubeconfig.authorities.iter().any(ours);
            record.expect(trusted, || {
                Finding::new(
                    Rule::KubeconfigCa,
                    path,
                    format!("its embedded CA is not {}", ca.path),
                    text::reissue(examined, entry),
                )
            });
            if !trusted {
                // A file from before the CA was replaced: one cause.
                known = None;
            }
        }
        match &kubeconfig.client {
            Client::Embedded { certificate, key } => {
                let leaf = Leaf {
                    entry,
                    path,
                    key_path: path,
                    it: "its client certificate ",
                    chain: std::slice::from_ref(&**certificate),
                    key: Some(key.public_key()),
                };
                check_leaf(examined, &leaf, authorities, known, record);
            }
            // The kubelet renews its own.
            Client::Paths { .. } => {}
            Client::Other => record.fail(Finding::new(
                Rule::KubeconfigClient,
                path,
                "has no client certificate",
                text::reissue(examined, entry),
            )),
        }
    }
}

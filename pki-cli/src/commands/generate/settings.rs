//! What the flags make of cluster, layout and plan.

use std::path::PathBuf;

use pki_core::plan::PlanOptions;
use pki_core::{Cluster, Etcd, EtcdNaming, KubernetesVersion};

use super::{Args, external_etcd};
use crate::cluster_args::Described;
use crate::failure::Failure;
use crate::layout::{CERT_DIR, Layout};

impl Args {
    /// Lets the flags about keys and validity win over the file.
    pub(super) fn apply(&self, described: &mut Described) {
        const DAY: i64 = 86_400;
        // The longest that browsers and some TLS libraries accept of a server.
        const LONG_DAYS: i64 = 398;
        if let Some(algorithm) = self.key_algorithm {
            described.cluster.key_algorithm = algorithm;
            described.cluster.kubeconfig_key_algorithm = algorithm;
        }
        let version = described.cluster.kubernetes_version;
        let ecdsa = described
            .cluster
            .key_algorithm
            .to_string()
            .starts_with("ECDSA");
        if ecdsa && !version.is_at_least(15) {
            described.notes.push(format!(
                "kubeadm {version} reads RSA keys only (\"isn't in RSA format\", kubeadm#984): use RSA-2048"
            ));
        }
        if version.minor() > KubernetesVersion::NEWEST.minor() {
            described.notes.push(format!(
                "{version} is newer than this kpki knows: the tree is that of {}",
                KubernetesVersion::NEWEST
            ));
        }
        if let Some(seconds) = self.validity {
            described.cluster.validity_seconds = seconds;
        }
        if let Some(seconds) = self.ca_validity {
            described.cluster.ca_validity_seconds = seconds;
        }
        let ca_days = described.cluster.ca_validity_seconds / DAY;
        if described.cluster.ca_validity_seconds > Cluster::DEFAULT_CA_VALIDITY_SECONDS {
            described.notes.push(format!(
                "CAs valid for {ca_days} days outlive the algorithms and people of today; kubeadm's are valid for 3650"
            ));
        }
        let days = described.cluster.validity_seconds / DAY;
        if days > LONG_DAYS {
            described.notes.push(format!(
                "certificates valid for {days} days cannot be revoked in Kubernetes, and some \
                 clients refuse more than {LONG_DAYS}"
            ));
        }
    }

    pub(super) fn layout(&self, described: &Described) -> Result<Layout, Failure> {
        let from_file = described.certificates_dir.as_ref().map(PathBuf::from);
        let cert_dir = self
            .cert_dir
            .clone()
            .or(from_file)
            .unwrap_or_else(|| PathBuf::from(CERT_DIR));
        let kubeconfig_dir = self.kubeconfig_dir.as_deref();
        let cluster = &described.cluster;
        match (&self.out, &cluster.hosts[..]) {
            (Some(out), _) => Layout::fleet(out, cluster, &cert_dir, kubeconfig_dir),
            (None, [_]) => Layout::in_place(&cert_dir, kubeconfig_dir),
            (None, hosts) => Err(Failure::new(format!(
                "{} hosts have no place in one tree",
                hosts.len()
            ))
            .hint(format!(
                "give --out DIR for a tree per host, or --host {} for this one",
                hosts[0].name
            ))),
        }
    }

    pub(super) fn options(&self, cluster: &Cluster) -> Result<PlanOptions, Failure> {
        let files = match &cluster.etcd {
            Etcd::External(external) => external.client_files.as_ref(),
            Etcd::Stacked { .. } => None,
        };
        let cfssl = self
            .cfssl_dir
            .as_deref()
            .map(|dir| external_etcd::cfssl(dir, cluster))
            .transpose()?;
        Ok(PlanOptions {
            shared_home: self.out.is_some(),
            etcd_naming: match cfssl {
                Some(_) => EtcdNaming::Cfssl,
                None => EtcdNaming::of(files),
            },
            cfssl,
            only: self.only.clone(),
            reissue: self.reissue,
            with_ca_keys: self.with_ca_keys,
        })
    }
}

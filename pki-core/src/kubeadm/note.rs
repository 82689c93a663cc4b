//! Remarks about a configuration that was accepted.

use std::fmt;
use std::net::IpAddr;

use crate::cluster::KubernetesVersion;
use crate::document::Position;
use crate::key::KeyAlgorithm;
use crate::name::{HostName, NameNote, Quoted};

/// A remark and the place it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterNote {
    /// The place; `None` for something that is not in the file.
    pub position: Option<Position>,
    /// The path of the value, such as `apiServer.certSANs[0]`.
    pub path: String,
    /// What there is to say.
    pub remark: ClusterRemark,
}

/// What is worth knowing about a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClusterRemark {
    /// A name was changed, or has a property to know about.
    Name(NameNote),
    /// A version without quotes is a number to YAML, and kubeadm refuses it:
    /// the text as written.
    UnquotedVersion(String),
    /// kubeadm would ask the network which version a label stands for.
    VersionLabel {
        /// The label; empty if the file names no version.
        label: String,
        /// The version that is assumed.
        assumed: KubernetesVersion,
    },
    /// A version of Kubernetes newer than kpki: its newest rules apply.
    UnknownVersion(KubernetesVersion),
    /// The kubeadm of the cluster's version does not read this file.
    ApiVersionNotRead {
        /// The version of the configuration, such as `v1beta2`.
        api_version: &'static str,
        /// The version of the cluster.
        kubernetes_version: KubernetesVersion,
    },
    /// Something that kubeadm knows only in later versions.
    NeedsLaterVersion {
        /// What it is.
        what: &'static str,
        /// The minor number of the first version with it.
        minor: u16,
        /// The version of the cluster.
        kubernetes_version: KubernetesVersion,
    },
    /// Before 1.21 two service ranges need the feature gate IPv6DualStack.
    DualStackGate,
    /// The feature gate PublicKeysECDSA wins over `encryptionAlgorithm`.
    GateOverAlgorithm(KeyAlgorithm),
    /// A certificate that is valid for longer than kubeadm's default, in
    /// seconds: kubeadm warns.
    LongValidity(i64),
    /// kubeadm would take the address of the default route's interface.
    UnspecifiedAddress(IpAddr),
    /// A value that kubeadm does not use.
    NotUsed(&'static str),
    /// The file's own host is not in the list of hosts.
    HostNotListed(HostName),
    /// The file's own host has another address in the list of hosts.
    HostAddressDiffers {
        /// The host.
        host: HostName,
        /// Its address in the list, which counts.
        listed: IpAddr,
    },
}

impl fmt::Display for ClusterNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Position { line, column }) = self.position {
            write!(f, "{line}:{column}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        self.remark.fmt(f)
    }
}

impl fmt::Display for ClusterRemark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(note) => note.fmt(f),
            Self::UnquotedVersion(text) => write!(
                f,
                "kubeadm refuses a version without quotes: write \"v{}\"",
                text.trim_start_matches('v')
            ),
            Self::VersionLabel { label, assumed } if label.is_empty() => write!(
                f,
                "no version is given and kubeadm would ask the network: {assumed} is assumed"
            ),
            Self::VersionLabel { label, assumed } => write!(
                f,
                "kubeadm would ask the network what {} is: {assumed} is assumed",
                Quoted(label)
            ),
            Self::UnknownVersion(version) => write!(
                f,
                "{version} is newer than {}, whose rules are applied",
                KubernetesVersion::NEWEST
            ),
            Self::ApiVersionNotRead {
                api_version,
                kubernetes_version,
            } => write!(
                f,
                "kubeadm {kubernetes_version} does not read {api_version}"
            ),
            Self::NeedsLaterVersion {
                what,
                minor,
                kubernetes_version,
            } => write!(
                f,
                "kubeadm {kubernetes_version} does not know {what}, which came with v1.{minor}"
            ),
            Self::DualStackGate => write!(
                f,
                "two ranges need 'featureGates: {{IPv6DualStack: true}}' before v1.21"
            ),
            Self::GateOverAlgorithm(algorithm) => write!(
                f,
                "the feature gate PublicKeysECDSA wins: keys are {algorithm}"
            ),
            Self::LongValidity(default) => write!(
                f,
                "this is longer than kubeadm's default of {} days, and kubeadm warns",
                default / 86_400
            ),
            Self::UnspecifiedAddress(address) => write!(
                f,
                "{address} leaves the choice to kubeadm on the host: the address is taken as not given"
            ),
            Self::NotUsed(why) => write!(f, "this has no effect: {why}"),
            Self::HostNotListed(host) => {
                write!(f, "the host {host} is not in the list of hosts")
            }
            Self::HostAddressDiffers { host, listed } => write!(
                f,
                "the list of hosts has another address of {host}, {listed}, which counts"
            ),
        }
    }
}

//! The PKI of etcd and kubeadm as a library.
#![deny(missing_docs)]

mod asn1;
mod cluster;
mod document;
mod error;
mod extension;
mod key;
mod kubeadm;
mod name;
mod oid;
mod time;

pub use cluster::{
    Cluster, ControlPlaneEndpoint, Etcd, EtcdClientFiles, ExternalEtcd, Host, KubernetesVersion,
    Roles, ServiceSubnet,
};
pub use document::{DocumentError, Position};
pub use error::Error;
pub use extension::{BasicConstraints, ExtendedKeyUsage, Extension, KeyIdentifierMethod, KeyUsage};
pub use key::{KeyAlgorithm, KeyKind, SignatureAlgorithm};
pub use kubeadm::{ClusterFile, ClusterNote, ClusterRemark};
pub use name::{
    Attribute, AttributeType, DistinguishedName, DnsName, EmailAddress, HostName, NameError,
    NameNote, NameProblem, Noted, Quoted, RelativeDistinguishedName, StringType, SubjectAltName,
    Uri, parse_ip_address,
};
pub use time::{Timestamp, Validity};

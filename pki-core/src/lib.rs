//! The PKI of etcd and kubeadm as a library.
#![deny(missing_docs)]

mod asn1;
mod bundle;
mod catalog;
mod certificate;
mod cfssl;
mod cluster;
mod document;
mod encode;
mod error;
mod extension;
mod issuer;
mod key;
mod kubeadm;
mod kubeconfig;
mod name;
mod oid;
mod pem_text;
mod plan;
mod profile;
mod time;
mod verify;

pub use bundle::{Bundle, BundleFile};
pub use catalog::{
    Authority, CATALOG, CatalogEntry, EntryKind, EtcdNaming, FileRole, HostRule, PlacedFile,
    ServerRule, Subject,
};
pub use certificate::{Certificate, CertificateParams, RandomSource, SerialNumber};
pub use cfssl::{
    CfsslAuthKey, CfsslAuthRemote, CfsslCa, CfsslCaConstraint, CfsslCertificateRequest, CfsslEtcd,
    CfsslKey, CfsslKind, CfsslPolicy, CfsslPolicyQualifier, CfsslProfile, CfsslUsage,
    EffectiveProfile, GoDuration, GoDurationError, GoDurationProblem, Read, Reading, SigningConfig,
    cfssl_kind,
};
pub use cluster::{
    Cluster, ControlPlaneEndpoint, Etcd, EtcdClientFiles, ExternalEtcd, Host, KubernetesVersion,
    Roles, ServiceSubnet,
};
pub use document::{DocumentError, Position};
pub use error::Error;
pub use extension::{BasicConstraints, ExtendedKeyUsage, Extension, KeyIdentifierMethod, KeyUsage};
pub use issuer::Issuer;
pub use key::{
    KeyAlgorithm, KeyKind, KeyPair, SignatureAlgorithm, SigningKey, SubjectPublicKeyInfo,
};
pub use kubeadm::{ClusterFile, ClusterNote, ClusterRemark};
pub use name::{
    Attribute, AttributeType, DistinguishedName, DnsName, EmailAddress, HostName, NameError,
    NameNote, NameProblem, Noted, Quoted, RelativeDistinguishedName, StringType, SubjectAltName,
    Uri, parse_ip_address,
};
pub use plan::{
    Action, Difference, ExistingFile, Inventory, Kept, Make, MakeCertificate, Plan, PlanItem,
    PlanOptions, Site,
};
pub use profile::{CertificateRequest, Profile, SerialRule, SignatureRule};
pub use time::{Timestamp, Validity};
pub use verify::{
    Assumed, Expectation, Finding, NotChecked, Report, Rule, Severity, Tree, TreeContent, TreeFile,
    TreeRole, verify,
};

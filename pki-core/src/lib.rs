//! The PKI of etcd and kubeadm as a library: names, keys, certificates, and
//! the plan of a whole cluster's files. `kpki` is the program around it; other
//! tools can use the same parts in memory.
//!
//! The data's way:
//!
//! ```text
//! ClusterFile::parse, or by hand            what the cluster is
//!   -> Cluster, Host
//! Plan::files                               which files to look at; the caller reads them
//!   -> Inventory                            what exists
//! Plan::new(cluster, options, inventory, now)
//!   -> Plan                                 what is made, kept, copied, in the way; and why
//! Bundle::new(plan, .., random)             keys, CAs, leaves: CertificateParams -> Issuer::issue
//!   -> Bundle                               paths, modes, bytes; the caller writes them
//! ```
//!
//! What is named here at the root are the things themselves: names, keys,
//! certificates, requests, lists, the cluster, and [`verify`](crate::verify()) with its findings.
//! What is made of them has a module each: [`plan`], [`expiry`], [`specimen`],
//! [`cfssl`]; texts for people and shells are in [`hexadecimal`] and [`shell`].
//! Every failure is an [`Error`], every moment a [`Timestamp`] in UTC, every
//! length of time a number of seconds unless its type says otherwise.
//!
//! # What it never does
//!
//! - It opens no file, no socket and no environment variable, and reads no
//!   clock: bytes, time and random numbers are arguments. Keys alone are made
//!   from the operating system's random numbers, by the crypto libraries.
//! - It hands out no certificate that was not read back and compared with what
//!   was asked for, and whose signature was not verified. For leaves `webpki`
//!   verifies the chain as well.
//! - It puts no secret into an error or into `Debug`.
//!
//! # Issuing a certificate
//!
//! ```
//! use pki_core::*;
//! let mut random = |buffer: &mut [u8]| getrandom::fill(buffer).map_err(|_| Error::Randomness);
//! let now = Timestamp::parse_rfc3339("2026-11-22T19:15:00Z")?;
//! let validity = Validity::new(now, now.plus(365 * 86_400)?)?;
//! let request = |name: &str, key: &KeyPair| CertificateRequest {
//!     subject: DistinguishedName::kubernetes(None, name),
//!     subject_alt_names: Vec::new(),
//!     public_key: key.public_key().clone(),
//! };
//!
//! let ca_key = KeyPair::generate(KeyAlgorithm::EcdsaP256)?;
//! let serial = SerialNumber::random_63_bits(&mut random)?;
//! let params = Profile::certificate_authority(KubernetesVersion::NEWEST)
//!     .params(&request("ca", &ca_key), None, validity, serial)?;
//! let ca = Issuer::self_signed(&params, Box::new(ca_key), now)?;
//!
//! let key = KeyPair::generate(KeyAlgorithm::EcdsaP256)?;
//! let serial = SerialNumber::random_63_bits(&mut random)?;
//! let params = Profile::client().params(&request("alice", &key), Some(&ca), validity, serial)?;
//! let certificate = ca.issue(&params)?;
//! assert_eq!(certificate.issuer(), "CN=ca");
//! assert_eq!(certificate.subject(), "CN=alice");
//! # Ok::<(), Error>(())
//! ```
//!
//! # Making a cluster's tree
//!
//! ```
//! use pki_core::plan::{Inventory, Plan, PlanOptions};
//! use pki_core::*;
//! let mut random = |buffer: &mut [u8]| getrandom::fill(buffer).map_err(|_| Error::Randomness);
//! let now = Timestamp::parse_rfc3339("2026-11-22T19:15:00Z")?;
//! let host = Host::control_plane("master-1".parse()?, [10, 0, 0, 11].into());
//! let mut cluster = Cluster::new(vec![host]);
//! cluster.key_algorithm = KeyAlgorithm::EcdsaP256;
//! cluster.kubeconfig_key_algorithm = KeyAlgorithm::EcdsaP256;
//! let nothing = Inventory::new();
//! let plan = Plan::new(&cluster, &PlanOptions::default(), &nothing, now)?;
//! let bundle = Bundle::new(&plan, &cluster, &nothing, now, &mut random, &|| {})?;
//! let files = bundle.into_files();
//! assert_eq!(files.len(), 27);
//! assert!(files.iter().any(|made| made.file.path == "etcd/server.crt"));
//! # Ok::<(), Error>(())
//! ```
//!
//! # Signing as cfssl does
//!
//! ```text
//! SigningConfig::parse, CfsslCertificateRequest::parse   config.json, ca-csr.json
//! CfsslCertificateRequest::authority                     a new CA
//! CfsslCertificateRequest::csr                           a CertificateSigningRequest
//! SigningConfig::profile -> EffectiveProfile::sign       a certificate, and what cfssl keeps silent about
//! ```
//!
//! ```
//! use pki_core::cfssl::{CfsslCertificateRequest, CfsslSignRequest, EffectiveProfile, Reading};
//! use pki_core::*;
//! let mut random = |buffer: &mut [u8]| getrandom::fill(buffer).map_err(|_| Error::Randomness);
//! let now = Timestamp::parse_rfc3339("2026-11-22T19:15:00Z")?;
//! let read = |json: &str| CfsslCertificateRequest::parse(json.as_bytes(), Reading::Lenient);
//!
//! let request = read(r#"{"CN": "etcd-ca"}"#)?.value;
//! let key = KeyPair::generate(KeyAlgorithm::EcdsaP256)?;
//! let made = request.authority(&[], &key, true, now, &mut random)?;
//! let ca = Issuer::new(made.certificate, Box::new(key), now)?;
//!
//! let request = read(r#"{"CN": "etcd0", "hosts": ["etcd0", "10.0.0.11"]}"#)?.value;
//! let key = KeyPair::generate(request.key().algorithm()?)?;
//! let csr = request.csr(&request.general_names()?.value, &key)?;
//! let asked = CfsslSignRequest { csr: &csr, hosts: &[], subject: None, crl_url: None };
//! let signed = EffectiveProfile::built_in().sign(&ca, &asked, now, &mut random)?;
//! assert_eq!(signed.certificate.subject_alt_names(), ["DNS:etcd0", "IP:10.0.0.11"]);
//! assert!(signed.warnings.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Limits
//!
//! Keys are RSA (2048, 3072, 4096 or 8192 bits), ECDSA (P-256, P-384, P-521) or
//! Ed25519; kubeadm reads no Ed25519. A key that is held elsewhere signs
//! through [`SigningKey`]; encrypted private keys are read with their password
//! ([`KeyPair::from_encrypted_pem`]) and never written. A [`RevocationList`] is
//! made of given serial numbers, and nothing here consults one. A CA is never
//! replaced by a [`plan::Plan`]. Copies of a key that a crypto library makes while it
//! signs are not wiped.
#![deny(missing_docs)]

mod asn1;
mod bundle;
mod catalog;
mod certificate;
pub mod cfssl;
mod cluster;
pub mod copy;
mod crl;
mod csr;
mod document;
mod encode;
mod error;
mod expected;
pub mod expiry;
mod extension;
pub mod graph;
mod haproxy;
pub mod hexadecimal;
mod issuer;
mod join;
mod keepalived;
mod key;
mod kube_vip;
mod kubeadm;
mod kubeconfig;
mod name;
mod oid;
mod pem_text;
pub mod plan;
mod profile;
mod release;
pub mod render;
mod rules;
pub mod setup;
mod severity;
pub mod shell;
pub mod specimen;
mod static_pod;
mod systemd_unit;
mod time;
mod verify;
mod yaml;

pub use bundle::{Bundle, BundleFile};
pub use catalog::{
    Authority, CATALOG, CatalogEntry, EntryKind, EtcdNaming, FileRole, HostRule, PlacedFile,
    ServerRule, Subject,
};
pub use certificate::{Certificate, CertificateParams, RandomSource, SerialNumber};
pub use cluster::{
    Cluster, ControlPlaneEndpoint, Etcd, EtcdClientFiles, EtcdPeers, ExternalEtcd, Host,
    KubernetesVersion, PodSubnet, Roles, ServiceSubnet,
};
pub use crl::{RevocationList, RevokedCertificate};
pub use csr::{CertificateSigningRequest, UnverifiedRequest};
pub use document::{DocumentError, Position};
pub use error::Error;
pub use extension::{BasicConstraints, ExtendedKeyUsage, Extension, KeyIdentifierMethod, KeyUsage};
pub use issuer::Issuer;
pub use join::{CaPin, CaPins, JoinEndpoint};
pub use keepalived::PasswordSeal;
pub use key::{
    KeyAlgorithm, KeyKind, KeyPair, PrivateKeyDescription, PrivateKeyForm, SignatureAlgorithm,
    SigningKey, SubjectPublicKeyInfo,
};
pub use kubeadm::{ClusterFile, ClusterNote, ClusterRemark, KubeadmDocuments, OwnKind};
pub use kubeconfig::{
    EmbeddedKind, KubeconfigCluster, KubeconfigContents, KubeconfigContext, KubeconfigSource,
    KubeconfigUser,
};
pub use name::{
    Attribute, AttributeType, DistinguishedName, DnsName, EmailAddress, GeneralName, HostName,
    Ia5Text, NameError, NameNote, NameProblem, Noted, Quoted, RelativeDistinguishedName,
    StringType, SubjectAltName, Uri, parse_ip_address,
};
pub use profile::{CertificateRequest, Profile, SerialRule, SignatureRule};
pub use severity::Severity;
pub use time::{Moment, Span, Timestamp, Validity};
pub use verify::{
    Assumed, CertificateIdentity, CommonFacts, Comparison, Consequence, Expectation, FileText,
    Finding, Fix, FixStep, FleetFinding, Generation, HandshakeEnd, HostReport, Identity,
    LiveEndpoint, LiveFiles, LiveServer, NotChecked, Obstacle, Owner, Place, Recalled, Remains,
    RemainsKind, Report, Rule, Served, ServiceFacts, ServiceFile, ServiceFileKind, Tree,
    TreeContent, TreeDirectory, TreeFile, TreeLocation, TreeRole, Unlisted, compare, runs_despite,
    tree_role, verify,
};

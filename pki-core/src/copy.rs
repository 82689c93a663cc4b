//! What the hosts of a control plane must have alike, and what of it goes where
//! and why. Pure: the caller reads the files beforehand and writes them
//! afterwards.
//!
//! ```text
//! Source::new(kind, files)           the shared files, each pair proved to be one
//!   Source::add_host(name, files)    what is a host's own
//! Plan::questions(source, options)   which files to look at there; the caller looks
//!   -> Survey                        what lies there
//! Plan::new(source, survey, options) what is equal, new, replaced, or in the way
//!   -> Plan::writes                  the caller writes them, all or none
//!   -> Plan::settled                 the caller reads them back
//! Proof::new(plan, read)             they are there, and every key belongs to its certificate
//!
//! PortableBundle::new(source, host)  the same files in one text, signed by the cluster's CA
//! PortableBundle::parse -> source    and back
//! ```

mod cluster_id;
mod conflict;
mod copied_file;
mod dependents;
mod host;
mod kind;
mod kubeconfig;
mod plan;
mod portable;
mod present;
mod proof;
mod source;
mod stranger;

#[cfg(test)]
mod tests;

pub use cluster_id::{ClusterId, NotAClusterId};
pub use conflict::{Conflict, Difference, KeyFound, Picture};
pub use copied_file::CopiedFile;
pub use dependents::Dependents;
pub use host::is_same_host;
pub use kind::{ClusterKind, SharedFile};
pub use kubeconfig::KubeconfigCertificates;
pub use plan::{Action, CopyOptions, Plan, PlanItem, Question, Survey};
pub use portable::{BundleRefusal, BundleTerms, PortableBundle, PortableError};
pub use present::{Present, PresentFile};
pub use proof::{Proof, ProofFault};
pub use source::Source;
pub use stranger::Stranger;

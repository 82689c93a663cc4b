//! Trees of certificates, keys and kubeconfigs, compared with those that
//! kubeadm made.

#[path = "../common/mod.rs"]
mod common;

mod description;
mod kubeadm_cases;

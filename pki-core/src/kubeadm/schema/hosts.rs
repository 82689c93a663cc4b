//! The list of hosts, which kubeadm has no place for.

use super::{Field, Kind, Shape, field};

/// `apiVersion: kpki.dev/v1alpha1`, `kind: Hosts`; kubeadm warns about a
/// document that it does not know, and goes on.
pub(in crate::kubeadm) const HOSTS: Kind = Kind::read("Hosts", FIELDS);

const FIELDS: &[Field] = &[field("hosts", Shape::Objects(HOST))];

const HOST: &[Field] = &[
    field("name", Shape::Text),
    field("address", Shape::Text),
    field("addresses", Shape::Texts),
    field("names", Shape::Texts),
    field("roles", Shape::Texts),
    field("bindPort", Shape::Number),
];

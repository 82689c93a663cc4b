//! The access to an external etcd that kubeadm is to use.

use super::{client_files, document};
use crate::catalog::{CatalogEntry, FileRole};
use crate::kubeadm::ClusterFile;
use crate::name::Quoted;
use crate::severity::Severity;
use crate::verify::role::usual_row;
use crate::verify::tree::TreeFile;
use crate::verify::{Examined, Finding, Record, Rule, command, place};
use crate::yaml::Node;

const FIELDS: [(&str, &str, FileRole); 3] = [
    ("caFile", "etcd/ca", FileRole::Certificate),
    ("certFile", "apiserver-etcd-client", FileRole::Certificate),
    ("keyFile", "apiserver-etcd-client", FileRole::PrivateKey),
];

pub(super) fn check(
    examined: &Examined<'_>,
    path: &str,
    (file, documents): (&ClusterFile, &[Node]),
    record: &mut Record,
) {
    let Some(files) = client_files(file) else {
        return;
    };
    let tree = examined.tree;
    let named = [&files.ca_file, &files.cert_file, &files.key_file];
    let client = tree.location.path_of(&files.cert_file);
    let client = client.and_then(|it| usual_row(&it)).map(|(entry, _)| entry);
    for ((field, row, role), on_host) in FIELDS.into_iter().zip(named) {
        let Some(named) = tree
            .location
            .path_of(on_host)
            .filter(|it| tree.is_in_reach(it))
        else {
            continue;
        };
        let place = ["etcd.external", "etcd"].map(|above| format!("{above}.{field}"));
        let mut nodes = documents.iter().flat_map(|document| {
            let places = place.iter();
            places.filter_map(|place| document::at(document, place))
        });
        let node = nodes.next();
        let line = place::of_line(node.map(|node| node.position.line));
        let of = Wanted { row, role, client };
        if let Some((right, what)) = of.instead(examined, &named) {
            let message = format!(
                "etcd.external.{field} is {}, {what}; it should be {right}",
                Quoted(on_host)
            );
            let fix = node.map(|node| document::write(examined, path, node, &right));
            let fix = fix.unwrap_or_default();
            let finding = Finding::new(Rule::KubeadmConfigFile, path, message, fix);
            record.fail(finding.with_severity(Severity::Error).at(line));
            continue;
        }
        if let Some(right) = of.beside(examined, &named) {
            let message = format!(
                "etcd.external.{field} is {}, which is not there, and {right} is",
                Quoted(on_host)
            );
            let fix = node.map(|node| document::write(examined, path, node, &right));
            let fix = fix.unwrap_or_default();
            let finding = Finding::new(Rule::KubeadmConfigFile, path, message, fix);
            record.fail(finding.with_severity(Severity::Error).at(line));
            continue;
        }
        let is_told = record.has(Rule::FileMissing, &named);
        record.expect(is_told || !tree.lacks(&named), || {
            let message = format!(
                "etcd.external.{field} is {}, which is not there",
                Quoted(on_host)
            );
            let fix = format!(
                "put it there, or name the file that is there in {}",
                command::path(tree, path)
            );
            Finding::new(Rule::KubeadmConfigFile, path, message, fix).at(line)
        });
    }
}

/// What a field is to name.
struct Wanted {
    row: &'static str,
    role: FileRole,
    /// Whose certificate is named.
    client: Option<&'static CatalogEntry>,
}

impl Wanted {
    /// The right file, where the named one is not there and called nearly so.
    fn beside(&self, examined: &Examined<'_>, named: &str) -> Option<String> {
        const NEAR: usize = 2;
        let right = examined
            .material(CatalogEntry::find(self.row)?)?
            .path(self.role);
        let is_near = strsim::damerau_levenshtein(right, named) <= NEAR;
        let is_slip = examined.tree.lacks(named) && examined.tree.has(right) && is_near;
        is_slip.then(|| examined.tree.location.on_host(right))
    }

    /// The right file on the host, and what the named one is, where it is one of
    /// another use that does not do as well.
    fn instead(&self, examined: &Examined<'_>, named: &str) -> Option<(String, String)> {
        let (entry, role) = usual_row(named)?;
        let wanted = CatalogEntry::find(self.row)?;
        let is_key = self.role == FileRole::PrivateKey;
        // Whatever client of etcd it is, with its own key.
        let is_client = |it: &CatalogEntry| it == wanted || it.is_etcds() && !it.is_shared();
        let is_right = match is_key {
            true => match self.client.filter(|it| is_client(it)) {
                Some(client) => entry == client,
                None => is_client(entry),
            },
            false if self.role == FileRole::Certificate && self.row == "etcd/ca" => entry == wanted,
            false => is_client(entry),
        };
        if is_right && role == self.role {
            return None;
        }
        let right = match (is_key, self.client) {
            (true, Some(client)) if is_client(client) => client,
            _ => wanted,
        };
        let right = examined.material(right)?.path(self.role);
        let bytes = |path: &str| examined.tree.get(path).and_then(TreeFile::bytes);
        // The same under another name does as well; without the right one nobody knows.
        if right == named || !examined.tree.has(right) {
            return None;
        }
        if bytes(right).is_some() && bytes(right) == bytes(named) {
            return None;
        }
        let what = match role {
            FileRole::Certificate => "the certificate",
            FileRole::PrivateKey => "the key",
            FileRole::PublicKey => "the public key",
            FileRole::Kubeconfig => "the kubeconfig",
        };
        Some((
            examined.tree.location.on_host(right),
            format!("{what} of {}", entry.base_name),
        ))
    }
}

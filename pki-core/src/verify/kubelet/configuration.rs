//! The files that the kubelet's configuration names.

use super::super::authority::{Authorities, Known};
use super::super::fix::Fix;
use super::super::tree::{self, Tree, TreeFile};
use super::super::{Examined, Finding, Record, Rule, command, material, place};
use crate::catalog::Authority;
use crate::certificate::Certificate;
use crate::name::Quoted;
use crate::yaml::Node;

const PATH: &str = tree::KUBELET_CONFIG;
/// The mode that kubeadm gives it: nothing in it is secret.
const MODE: u32 = 0o644;

/// What the configuration says of certificates.
#[derive(Default)]
pub(in super::super) struct Configuration {
    /// The CAs whose clients are let in.
    client_authority: Option<NamedFile>,
    /// What it serves with, if it does not make that itself.
    certificate: Option<NamedFile>,
    key: Option<NamedFile>,
}

struct NamedFile {
    on_host: String,
    /// Its path in the tree, if that can be told.
    path: Option<String>,
    line: usize,
}

impl Configuration {
    pub(in super::super) fn read(tree: &Tree) -> Self {
        let text = tree.get(PATH).and_then(TreeFile::text);
        let Some(documents) = text.and_then(|text| text.documents()) else {
            return Self::default();
        };
        let file = |keys: &[&str]| {
            let value = documents.iter().find_map(|document| {
                let mut keys = keys.iter();
                keys.try_fold(document, |node: &Node, key| node.get(key))
            })?;
            let on_host = value.text().filter(|it| !it.is_empty())?;
            Some(NamedFile {
                // The kubelet joins a relative one as clients do those of a kubeconfig.
                path: tree.location.named_by_kubeconfig(PATH, on_host),
                on_host: on_host.to_owned(),
                line: value.position.line,
            })
        };
        Self {
            client_authority: file(&["authentication", "x509", "clientCAFile"]),
            certificate: file(&["tlsCertFile"]),
            key: file(&["tlsPrivateKeyFile"]),
        }
    }

    /// The files by their paths in the tree.
    pub(in super::super) fn paths(&self) -> impl Iterator<Item = &str> {
        let files = [&self.client_authority, &self.certificate, &self.key];
        files
            .into_iter()
            .flatten()
            .filter_map(|it| it.path.as_deref())
    }

    /// The pair that it serves with.
    pub(super) fn serving(&self) -> Option<[&str; 2]> {
        let certificate = self.certificate.as_ref()?.path.as_deref()?;
        let key = self.key.as_ref()?.path.as_deref()?;
        Some([certificate, key])
    }
}

/// Whether the kubelet lets in the API server, which is a client of the cluster's CA.
pub(super) fn check(
    examined: &Examined<'_>,
    configuration: &Configuration,
    authorities: &Authorities<'_>,
    record: &mut Record,
) {
    let Some(named) = &configuration.client_authority else {
        return;
    };
    let known = authorities.known(Authority::Cluster).ok();
    let tree = examined.tree;
    let path = named.path.as_deref();
    if known.is_some_and(|known| path == Some(known.path)) {
        record.checked += 1;
        return;
    }
    let subject = "the CA by which the kubelet knows its clients";
    let Some(path) = path.filter(|path| examined.can_look_for(path)) else {
        let why = format!(
            "it is in {}, and where that is in this directory is not known",
            Quoted(&named.on_host)
        );
        let flag = "DIR, an etc/kubernetes below the root of the host";
        return record.not_checked(subject, &why, Some(flag));
    };
    let Some(file) = tree.get(path) else {
        if record.error_in(path).is_none() {
            let fix = command::fetch(examined, &[path]);
            let message = format!("is missing, and {PATH} names it (line {})", named.line);
            record.fail(Finding::new(Rule::FileMissing, path, message, fix));
        }
        return;
    };
    // What is wrong with a row of the catalog has been said.
    let is_row = examined.is_row(path);
    let mut own = Record::default();
    let trusted = material::certificates_in(tree, path, file, &mut own);
    if !is_row {
        record.take_over(own, &command::fetch(examined, &[path]));
    }
    if let (Some(trusted), Some(known)) = (trusted, known.filter(|it| it.explains.is_none())) {
        record.expect(is_trusted(known, &trusted), || {
            let message = format!(
                "knows its clients by {path}, which has not the CA of {}",
                known.path
            );
            let right = tree.location.on_host(known.path);
            let exchange = (named.on_host.as_str(), right.as_str());
            let fix = match command::replace(tree, PATH, named.line, exchange, MODE) {
                Some(command) => Fix::run(command),
                None => Fix::say(format!(
                    "name {} as clientCAFile in line {} of {}",
                    Quoted(&right),
                    named.line,
                    command::path(tree, PATH)
                )),
            };
            let fix = fix
                .and_say("then restart the kubelet")
                .and(command::restart_kubelet());
            Finding::new(Rule::KubeletClientCa, PATH, message, fix)
                .at(place::of_line(Some(named.line)))
        });
    }
}

fn is_trusted(known: &Known<'_>, trusted: &[Certificate]) -> bool {
    let mut ours = known.certificates.iter();
    ours.any(|ours| {
        let mut trusted = trusted.iter();
        trusted.any(|theirs| {
            theirs.subject_der() == ours.subject_der() && theirs.public_key() == ours.public_key()
        })
    })
}

//! As whom a kubeconfig connects: its client certificate and key, inside it or in
//! files.

use std::borrow::Cow;

use super::super::authority::Known;
use super::super::fix::Fix;
use super::super::leaf::{self, Leaf, check_leaf};
use super::super::{
    Cause, Examined, Finding, Record, Rule, command, kubelet, material, place, tree,
};
use super::Read;
use super::held::{self, Held};
use super::trust::Distrust;
use crate::certificate::Certificate;
use crate::key::SubjectPublicKeyInfo;
use crate::kubeconfig::OtherProof;
use crate::name::Quoted;
use crate::severity::Severity;

pub(super) fn check(
    examined: &Examined<'_>,
    read: &Read<'_>,
    known: Result<&Known<'_>, Option<Cause>>,
    distrust: Option<&Distrust<'_>>,
    record: &mut Record,
) {
    check_link(examined, read, record);
    let held = held::chain(examined, read, record);
    let unread = match &held {
        Held::Read { value, .. } => value.first().is_some_and(material::certifies_unread_key),
        Held::Absent | Held::Lost => false,
    };
    let key = held::key(examined, read, unread, record);
    record.checked += 1;
    match held {
        Held::Absent => record.findings.extend(without_certificate(examined, read)),
        Held::Lost => {}
        Held::Read { value, file } => {
            if matches!(key, Held::Absent) {
                record.add(Finding {
                    severity: Severity::Error,
                    ..without_half(examined, read, "has a client certificate and no key for it")
                });
            }
            let is_inside = file == read.path();
            let distrust = distrust.filter(|it| is_inside || it.has_signed(&value));
            let known = known.map(|known| Known {
                explains: known.explains.or_else(|| Some(distrust?.cause)),
                ..*known
            });
            let known = known.as_ref().map_err(|cause| *cause);
            check_pair(examined, read, (value, &file), key, known, record);
        }
    }
}

fn check_pair(
    examined: &Examined<'_>,
    read: &Read<'_>,
    (mut chain, file): (Cow<'_, [Certificate]>, &str),
    key: Held<SubjectPublicKeyInfo>,
    known: Result<&Known<'_>, Option<Cause>>,
    record: &mut Record,
) {
    let (key, key_file) = match key {
        Held::Read { value, file } => (Some(value), file),
        Held::Absent | Held::Lost => (None, file.to_owned()),
    };
    let is_inside = file == read.path();
    let line = place::of_line(read.kubeconfig.lines.client_certificate);
    let holds = |found: &Certificate| found.public_key().ok() == key.as_ref();
    let position = key.as_ref().and_then(|_| chain.iter().position(holds));
    let misplaced = position.filter(|position| *position > 0);
    if let Some(position) = misplaced {
        chain.to_mut().swap(0, position);
    }
    let leaf = Leaf {
        entry: read.entry(),
        path: file,
        key_path: &key_file,
        it: if is_inside {
            "its client certificate "
        } else {
            ""
        },
        chain: &chain,
        misplaced,
        key: key.as_ref(),
        place: line.filter(|_| is_inside),
    };
    let before = record.findings.len();
    if let Some(position) = misplaced {
        record.add(leaf::out_of_order(examined, &leaf, position));
    }
    let is_kubelets = read.entry().base_name == "kubelet.conf";
    match (is_kubelets, is_inside) {
        (true, false) => kubelet::check_renewed(examined, &leaf, known, record),
        _ => check_leaf(examined, &leaf, known, record),
    }
    if is_kubelets && is_inside {
        check_rotation(examined, &leaf, read, before, record);
    }
}

/// How it proves who it is instead.
fn without_certificate(examined: &Examined<'_>, read: &Read<'_>) -> Option<Finding> {
    let kubeconfig = read.kubeconfig;
    let finding = |message: &str| without_half(examined, read, message);
    Some(match kubeconfig.other_proof {
        Some(OtherProof::Token) => Finding {
            severity: Severity::Note,
            ..finding(
                "has a token and no client certificate: its end and its rights are not seen here",
            )
        },
        Some(OtherProof::Plugin) => Finding {
            severity: Severity::Note,
            ..finding(
                "gets its credentials from a program: their end and their rights are not seen here",
            )
        },
        Some(OtherProof::Password) => finding(
            "has a password and no client certificate, and no API server takes one since 1.19",
        ),
        None if kubeconfig.key.is_absent() => {
            finding("has no client certificate and nothing else that tells who it is")
        }
        None => finding("has a client key and no certificate for it"),
    })
}

fn without_half(examined: &Examined<'_>, read: &Read<'_>, message: &str) -> Finding {
    Finding::new(
        Rule::KubeconfigClient,
        read.path(),
        message,
        command::reissue(examined, read.entry()),
    )
    .at(place::of_line(read.kubeconfig.lines.client_certificate))
}

/// The kubelet renews the certificate behind its link, and no other.
fn check_rotation(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    read: &Read<'_>,
    before: usize,
    record: &mut Record,
) {
    const MONTH: i64 = 30 * 86_400;
    let fix = by_link(examined, read);
    let ends = |finding: &&mut Finding| matches!(finding.rule, Rule::Expired | Rule::ExpiresSoon);
    let mut added = record.findings.iter_mut().skip(before);
    if let Some(finding) = added.find(ends) {
        finding.message.push_str(
            "; it is embedded in the file, and the kubelet renews the one in its own directory only",
        );
        finding.fix = fix;
        return;
    }
    let not_before = leaf
        .chain
        .first()
        .map(|found| found.validity().not_before());
    let old = not_before.is_some_and(|start| examined.now.since(start) > MONTH);
    let is_renewed = examined.tree.has(tree::KUBELET_CLIENT);
    record.expect(!old && !is_renewed, || {
        let finding = |message: String| {
            Finding::new(Rule::KubeletConfEmbedded, leaf.path, message, fix).at(leaf.place)
        };
        match is_renewed {
            true => finding(format!(
                "has its client certificate inside, not the one that the kubelet renews, {}",
                tree::KUBELET_CLIENT
            ))
            .with_severity(Severity::Warning),
            // The kubelet may not have been started yet.
            false => finding("embeds its client certificate, which nobody renews".to_owned()),
        }
    });
}

/// Whether kubelet.conf names the link that the kubelet moves, and not a file of
/// one rotation.
fn check_link(examined: &Examined<'_>, read: &Read<'_>, record: &mut Record) {
    let Some(file) = read.kubeconfig.certificate.path() else {
        return;
    };
    if read.entry().base_name != "kubelet.conf" {
        return;
    }
    let is_numbered = file.contains("/kubelet-client-") && !file.ends_with("-current.pem");
    record.expect(!is_numbered, || {
        Finding::new(
            Rule::KubeletConfLink,
            read.path(),
            format!(
                "uses {} and not the link that the kubelet moves",
                Quoted(file)
            ),
            by_link(examined, read),
        )
        .at(place::of_line(read.kubeconfig.lines.client_certificate))
    });
}

fn by_link(examined: &Examined<'_>, read: &Read<'_>) -> Fix {
    let link = tree::KUBELET_CLIENT;
    if examined.tree.has_host_root && examined.tree.lacks(link) {
        return Fix::say(format!(
            "{link} is not there: the kubelet makes it from a valid one"
        ))
        .and(command::reissue(examined, read.entry()));
    }
    command::link_kubelet(examined, read.path(), &read.kubeconfig.user)
}

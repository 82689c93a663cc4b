//! kubeconfigs: the CA that they trust, how they connect, and the certificate
//! inside.

use super::authority::{Authorities, Known};
use super::chain::path_to;
use super::fix::Fix;
use super::leaf::{Leaf, check_leaf};
use super::material::{Material, Part};
use super::{Examined, Finding, Record, Rule, command, place, tree};
use crate::catalog::{Authority, CatalogEntry, FileRole};
use crate::certificate::Certificate;
use crate::key::SigningKey;
use crate::kubeconfig::{Client, ExistingKubeconfig};
use crate::name::Quoted;
use crate::severity::Severity;

pub(super) fn check(examined: &Examined<'_>, authorities: &Authorities<'_>, record: &mut Record) {
    for material in &examined.materials {
        if let Part::Read(kubeconfig) = &material.kubeconfig {
            check_one(examined, material, kubeconfig, authorities, record);
        }
    }
}

fn check_one(
    examined: &Examined<'_>,
    material: &Material,
    kubeconfig: &ExistingKubeconfig,
    authorities: &Authorities<'_>,
    record: &mut Record,
) {
    let path = material.path(FileRole::Kubeconfig);
    let entry = material.row.entry;
    let known = authorities.known(Authority::Cluster);
    let distrust = check_trust(examined, material, kubeconfig, known, record);
    // A file from before the CA was replaced: one cause.
    let known = known.map(|known| Known {
        explains: known.explains.or(distrust),
        ..*known
    });
    check_connection(examined, material, kubeconfig, record);
    match &kubeconfig.client {
        Client::Embedded { certificate, key } => {
            let leaf = Leaf {
                entry,
                path,
                key_path: path,
                it: "its client certificate ",
                chain: std::slice::from_ref(&**certificate),
                misplaced: None,
                key: Some(key.public_key()),
                place: place::of_line(kubeconfig.lines.client_certificate),
            };
            let before = record.findings.len();
            check_leaf(
                examined,
                &leaf,
                known.as_ref().map_err(|cause| *cause),
                record,
            );
            if entry.base_name == "kubelet.conf" {
                check_rotation(examined, &leaf, kubeconfig, before, record);
            }
        }
        Client::Paths { certificate, .. } => {
            check_paths(examined, material, kubeconfig, certificate, record);
        }
        Client::Other => {
            record.fail(Finding::new(
                Rule::KubeconfigClient,
                path,
                "has no client certificate",
                command::reissue(examined, entry),
            ));
        }
    }
}

/// Whether it trusts the cluster's CA; if not, why.
fn check_trust(
    examined: &Examined<'_>,
    material: &Material,
    kubeconfig: &ExistingKubeconfig,
    known: Result<&Known<'_>, Option<super::Cause>>,
    record: &mut Record,
) -> Option<super::Cause> {
    let path = material.path(FileRole::Kubeconfig);
    let at = place::of_line(kubeconfig.lines.authority);
    let fix = command::reissue(examined, material.row.entry);
    let fail = |message: String| Finding::new(Rule::KubeconfigCa, path, message, fix).at(at);
    let Ok(ca) = known else {
        return None;
    };
    record.checked += 1;
    let trusted = &kubeconfig.authorities;
    if trusted.is_empty() {
        return match &kubeconfig.authority_path {
            Some(file) if examined.is_at(ca.path, file) => None,
            Some(file) => {
                let what = format!("the CA that {path} trusts");
                let why = format!("it is in another file, {}", Quoted(file));
                record.not_checked(what, &why, None);
                None
            }
            // The CAs of the operating system are used.
            None if !kubeconfig.skips_verification => {
                record.add(fail("names no CA".to_owned()));
                None
            }
            None => None,
        };
    }
    let ours = |theirs| ca.certificates.contains(theirs);
    if !trusted.iter().any(ours) {
        if let Some(older) = trusted.iter().find(|theirs| is_older(theirs, ca)) {
            let not_after = older.validity().not_after();
            let message = format!(
                "embeds another certificate of the same CA than {}, with the same key, which ends at {not_after}",
                ca.path
            );
            // Its user goes on as long as that one is valid.
            let mut finding = fail(message);
            if let Some(fix) = command::embed_authority(examined, material) {
                finding.fix = fix;
            }
            record.add(match not_after < examined.now {
                true => finding,
                false => finding.with_severity(Severity::Warning),
            });
            return None;
        }
        let message = format!("its embedded CA is not {}", ca.path);
        if let Some(cause) = ca.explains {
            record.follows(cause, path, &message);
            return Some(cause);
        }
        return Some(record.add(fail(message)));
    }
    if let Some(server) = apiserver_without(examined, ca, trusted) {
        return Some(record.add(fail(format!(
            "embeds none of the CAs of {} that signed {server}",
            ca.path
        ))));
    }
    let strange = trusted.iter().filter(|theirs| !ours(theirs)).count();
    record.expect(strange == 0, || {
        let embedded = command::embed_authority(examined, material);
        Finding::new(
            Rule::KubeconfigCaBundle,
            path,
            format!("embeds {strange} CAs that are not in {}", ca.path),
            embedded.unwrap_or_else(|| command::reissue(examined, material.row.entry)),
        )
        .at(at)
    });
    None
}

/// The API server's certificate, if it was signed by a CA of the bundle that is not among these: a
/// rotation that went on before everybody trusted the new CA.
fn apiserver_without<'a>(
    examined: &'a Examined<'_>,
    ca: &Known<'_>,
    trusted: &[Certificate],
) -> Option<&'a str> {
    if ca.certificates.len() < 2 {
        return None;
    }
    let mut materials = examined.materials.iter();
    let server = materials.find(|material| material.row.entry.base_name == "apiserver")?;
    let path = path_to(server.certificates(), ca)?;
    let signs = |theirs: &Certificate| {
        theirs.subject_der() == path.anchor.subject_der()
            && theirs.public_key() == path.anchor.public_key()
    };
    let is_trusted = trusted.iter().any(signs);
    (!is_trusted).then(|| server.path(FileRole::Certificate))
}

/// Whether the CA was renewed with its key and name.
fn is_older(theirs: &Certificate, ca: &Known<'_>) -> bool {
    let mut certificates = ca.certificates.iter();
    certificates.any(|ours| {
        ours.subject_der() == theirs.subject_der() && ours.public_key() == theirs.public_key()
    })
}

fn check_connection(
    examined: &Examined<'_>,
    material: &Material,
    kubeconfig: &ExistingKubeconfig,
    record: &mut Record,
) {
    let path = material.path(FileRole::Kubeconfig);
    let lines = kubeconfig.lines;
    let file = command::path(examined.tree, path);
    record.expect(!kubeconfig.skips_verification, || {
        let fix = match (&kubeconfig.authorities[..], &kubeconfig.authority_path) {
            ([], None) => command::reissue(examined, material.row.entry),
            _ => Fix::run(format!("sed -i '/insecure-skip-tls-verify:/d' {file}")),
        };
        Finding::new(
            Rule::KubeconfigInsecure,
            path,
            "believes any server (insecure-skip-tls-verify)",
            fix,
        )
        .at(place::of_line(lines.skips_verification))
    });
    let server = kubeconfig.server.as_deref().unwrap_or_default();
    let is_plain = server.to_ascii_lowercase().starts_with("http://");
    record.expect(!is_plain, || {
        Finding::new(
            Rule::KubeconfigInsecure,
            path,
            format!("connects without TLS to {}", Quoted(server)),
            Fix::run(format!(
                "sed -i 's|server: http://|server: https://|' {file}"
            )),
        )
        .at(place::of_line(lines.server))
    });
    let more = kubeconfig.other_contexts;
    let new = command::path(examined.tree, &format!("{path}.new"));
    record.expect(more == 0, || {
        Finding::new(
            Rule::KubeconfigContexts,
            path,
            format!("has {more} contexts beside the current one"),
            Fix::say("keep what is needed of it").and_run(format!(
                "(umask 077; kubectl config view --kubeconfig {file} --raw --minify --flatten > {new}) && mv {new} {file}"
            )),
        )
    });
}

/// The kubelet renews the certificate behind its link, and no other.
fn check_rotation(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    kubeconfig: &ExistingKubeconfig,
    before: usize,
    record: &mut Record,
) {
    const MONTH: i64 = 30 * 86_400;
    let fix = by_link(examined, leaf.path, kubeconfig);
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

/// Files beside it, such as the kubelet's rotated certificate.
fn check_paths(
    examined: &Examined<'_>,
    material: &Material,
    kubeconfig: &ExistingKubeconfig,
    file: &str,
    record: &mut Record,
) {
    let path = material.path(FileRole::Kubeconfig);
    if material.row.entry.base_name != "kubelet.conf" {
        let what = format!("the client certificate of {path}");
        record.not_checked(
            what,
            &format!("it is in another file, {}", Quoted(file)),
            None,
        );
        return;
    }
    let is_numbered = file.contains("/kubelet-client-") && !file.ends_with("-current.pem");
    record.expect(!is_numbered, || {
        Finding::new(
            Rule::KubeletConfLink,
            path,
            format!(
                "uses {} and not the link that the kubelet moves",
                Quoted(file)
            ),
            by_link(examined, path, kubeconfig),
        )
        .at(place::of_line(kubeconfig.lines.client_certificate))
    });
}

fn by_link(examined: &Examined<'_>, path: &str, kubeconfig: &ExistingKubeconfig) -> Fix {
    let link = tree::KUBELET_CLIENT;
    if examined.tree.has_host_root
        && examined.tree.lacks(link)
        && let Some(entry) = CatalogEntry::find("kubelet.conf")
    {
        return Fix::say(format!(
            "{link} is not there: the kubelet makes it from a valid one"
        ))
        .and(command::reissue(examined, entry));
    }
    Fix::say(format!("if {link} is there and valid"))
        .and_run(format!(
            "kubectl config --kubeconfig {} set-credentials {} --client-certificate={link} --client-key={link}",
            command::path(examined.tree, path),
            command::quoted(&kubeconfig.user),
        ))
        .and_say("then restart the kubelet")
        .and_run("systemctl restart kubelet")
}

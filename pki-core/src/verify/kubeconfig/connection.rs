//! How a kubeconfig connects, besides where to.

use super::super::authority::Known;
use super::super::fix::Fix;
use super::super::{Examined, Finding, Record, Rule, command, place};
use super::Read;
use crate::catalog::FileRole;
use crate::name::Quoted;

pub(super) fn check(
    examined: &Examined<'_>,
    read: &Read<'_>,
    ca: Option<&Known<'_>>,
    record: &mut Record,
) {
    let (path, kubeconfig) = (read.path(), read.kubeconfig);
    let lines = kubeconfig.lines;
    let file = command::path(examined.tree, path);
    record.expect(!kubeconfig.skips_verification, || {
        let with_ca = match kubeconfig.authorities.is_absent() {
            true => "",
            false => ", and names a CA, which clients refuse beside it",
        };
        let message = format!("believes any server (insecure-skip-tls-verify){with_ca}");
        let fix = match ca {
            Some(ca) => command::embed_authority(examined, ca.path, &[read.cluster()]),
            None => command::set_cluster(
                examined,
                &[read.cluster()],
                "--insecure-skip-tls-verify=false",
            )
            .and_say("the cluster's CA must be in the file"),
        };
        Finding::new(Rule::KubeconfigInsecure, path, message, fix)
            .at(place::of_line(lines.skips_verification))
    });
    let server = kubeconfig.server.as_deref().unwrap_or_default();
    let scheme = "http://";
    let is_plain = server.to_ascii_lowercase().starts_with(scheme);
    record.expect(!is_plain, || {
        let host = server.get(scheme.len()..).unwrap_or_default();
        let flag = format!("--server={}", command::quoted(&format!("https://{host}")));
        Finding::new(
            Rule::KubeconfigInsecure,
            path,
            format!("connects without TLS to {}", Quoted(server)),
            command::set_cluster(examined, &[read.cluster()], &flag),
        )
        .at(place::of_line(lines.server))
    });
    let twice = &kubeconfig.given_twice;
    record.expect(twice.is_empty(), || {
        let fields: Vec<_> = twice.iter().map(|(field, _)| *field).collect();
        let fields = fields.join(" and ");
        let why = "as the data win where anybody reads the file";
        // What takes a path for kubectl to set takes the data away, and nothing
        // else of it is sure to know one user from another.
        let mode = FileRole::Kubeconfig.mode();
        let fix = match command::delete_lines(examined.tree, path, twice, mode) {
            Some(command) => Fix::say(format!("take the path away, {why}")).and_run(command),
            None => Fix::say(format!(
                "with an editor, take the path of {fields} away from user {} and cluster {} of {file}, {why}",
                Quoted(&kubeconfig.user),
                Quoted(&kubeconfig.cluster)
            )),
        };
        let fix = fix.and(command::restart(examined, read.entry()));
        Finding::new(
            Rule::KubeconfigTwice,
            path,
            format!("has {fields} both as data and as a path"),
            fix,
        )
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

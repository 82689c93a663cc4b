//! How a kubeconfig connects, besides where to.

use super::super::authority::Known;
use super::super::fix::Fix;
use super::super::{Examined, Finding, Record, Rule, command, place};
use super::Read;
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
            None => Fix::run(format!("sed -i '/insecure-skip-tls-verify:/d' {file}"))
                .and_say("the cluster's CA must be in the file"),
        };
        Finding::new(Rule::KubeconfigInsecure, path, message, fix)
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
    let twice = &kubeconfig.given_twice;
    record.expect(twice.is_empty(), || {
        let fields = twice.join(" and ");
        let expressions = twice.iter().map(|field| format!(" -e '/ {field}:/d'"));
        let fix = Fix::say("take the path away, as the data win where anybody reads the file")
            .and_run(format!("sed -i{} {file}", expressions.collect::<String>()))
            .and(command::restart(examined, read.entry()));
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

//! The servers that kubeconfigs connect to, and whether the API server's
//! certificate names them.

use super::fix::Fix;
use super::material::{Material, Part};
use super::{Examined, Finding, Record, Rule, command, place};
use crate::catalog::{EntryKind, FileRole, ServerRule};
use crate::expected::server_url;
use crate::name::Quoted;
use crate::severity::Severity;
use crate::static_pod::{Component, Url};

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    let mut named: Vec<String> = Vec::new();
    let mut unknown = false;
    for material in &examined.materials {
        let (EntryKind::Kubeconfig(rule), Part::Read(kubeconfig)) =
            (material.row.entry.kind, &material.kubeconfig)
        else {
            continue;
        };
        let path = material.path(FileRole::Kubeconfig);
        let Some(server) = &kubeconfig.server else {
            record.fail(Finding::new(
                Rule::KubeconfigServer,
                path,
                "names no server",
                command::reissue(examined, material.row.entry),
            ));
            continue;
        };
        if !is_expected(examined, rule, server, &mut unknown) {
            record.fail(
                Finding::new(
                    Rule::KubeconfigServer,
                    path,
                    format!(
                        "connects to {}, expected {}",
                        Quoted(server),
                        wanted(examined, rule)
                    ),
                    command::reissue(examined, material.row.entry),
                )
                .at(place::of_line(kubeconfig.lines.server)),
            );
        } else if let Some(message) = strange(examined, material, server) {
            record.fail(
                Finding::new(
                    Rule::KubeconfigServer,
                    path,
                    message,
                    command::reissue(examined, material.row.entry),
                )
                .at(place::of_line(kubeconfig.lines.server)),
            );
        } else if let Some(name) = subject_alt_name(server)
            && !named.contains(&name)
        {
            check_named(examined, path, &name, record);
            named.push(name);
        }
        check_port(examined, material, record);
    }
    if unknown {
        record.not_checked(
            "whether the kubeconfigs connect to the right server",
            "nothing says whether there is a load balancer or virtual IP",
            Some("--control-plane-endpoint HOST:PORT"),
        );
    }
}

/// A component of the control plane that connects to an address which nothing
/// else of the tree knows: its kubeconfig is of another host.
fn strange(examined: &Examined<'_>, material: &Material, server: &str) -> Option<String> {
    let (_, host) = examined.expectation.addressed()?;
    let components = ["controller-manager.conf", "scheduler.conf"];
    let is_components = |it: &Material| components.contains(&it.row.entry.base_name);
    let of_api = |it: &&Material| it.row.entry.base_name == "apiserver";
    let apiserver = examined.materials.iter().find(of_api)?;
    let names = apiserver.certificates().first()?.subject_alt_names();
    let url = Url::parse(server).filter(|url| url.has_tls && !url.is_loopback())?;
    // A name may stand for any address.
    let address = url.address().filter(|_| is_components(material))?;
    let name = url.subject_alt_name();
    let own = format!("IP:{}", host.advertise_address);
    let is_known = address == host.advertise_address || names.contains(&name);
    if is_known || !names.contains(&own) {
        return None;
    }
    let others = examined.materials.iter().filter(|it| !is_components(it));
    let others = others.filter_map(|it| {
        let server = it.kubeconfig.read()?.server.as_deref()?;
        Some((it.path(FileRole::Kubeconfig), Url::parse(server)?))
    });
    let others: Vec<_> = others.collect();
    let (path, other) = others.first()?;
    let is_others = others.iter().any(|(_, other)| other.host == url.host);
    (!is_others).then(|| {
        format!(
            "connects to {}, which is neither this host, {}, nor the server of {path}, {other}",
            Quoted(server),
            host.advertise_address
        )
    })
}

/// The port of this host that nothing in its manifest opens: mostly another
/// program's, such as a proxy's.
fn check_port(examined: &Examined<'_>, material: &Material, record: &mut Record) {
    let Some(kubeconfig) = material.kubeconfig.read() else {
        return;
    };
    let told = examined.manifests.flag(Component::ApiServer, "secure-port");
    let server = kubeconfig.server.as_deref().and_then(Url::parse);
    let (Some(told), Some(url)) = (told, server) else {
        return;
    };
    let own = examined.expectation.addressed();
    let is_own = own.is_some_and(|(_, host)| url.address() == Some(host.advertise_address));
    let port = url.port.unwrap_or("443");
    let path = material.path(FileRole::Kubeconfig);
    if !is_own || !url.has_tls || record.has(Rule::KubeconfigServer, path) {
        return;
    }
    record.expect(port == told.flag.value, || {
        let message = format!(
            "connects to port {} of this host, where the API server has {} ({})",
            Quoted(port),
            Quoted(&told.flag.value),
            told.place()
        );
        let fix = Fix::say("unless a proxy listens there")
            .and(command::reissue(examined, material.row.entry));
        Finding::new(Rule::KubeconfigServer, path, message, fix)
            .with_severity(Severity::Note)
            .at(place::of_line(kubeconfig.lines.server))
    });
}

/// Both the endpoint and the local server work where a version of kubeadm uses
/// either. What cannot be known is taken for right and noted in `unknown`.
fn is_expected(
    examined: &Examined<'_>,
    rule: ServerRule,
    server: &str,
    unknown: &mut bool,
) -> bool {
    let Some((cluster, host)) = examined.expectation.described() else {
        return true;
    };
    let endpoint = server_url(ServerRule::Endpoint, cluster, host);
    let local = server_url(ServerRule::LocalSince(0), cluster, host);
    let may_be_local = matches!(rule, ServerRule::LocalSince(_));
    let fits = same(server, &endpoint) || may_be_local && same(server, &local);
    if !fits && examined.expectation.assumed.endpoint {
        *unknown = true;
        return true;
    }
    fits
}

fn same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/').eq_ignore_ascii_case(other)
}

fn wanted(examined: &Examined<'_>, rule: ServerRule) -> String {
    let described = examined.expectation.described();
    described.map_or_else(String::new, |(cluster, host)| {
        Quoted(&server_url(rule, cluster, host)).to_string()
    })
}

fn check_named(examined: &Examined<'_>, kubeconfig: &str, name: &str, record: &mut Record) {
    let apiserver = examined
        .materials
        .iter()
        .find(|material| material.row.entry.base_name == "apiserver");
    let Some(apiserver) = apiserver else {
        return;
    };
    let Some(certificate) = apiserver.certificates().first() else {
        return;
    };
    let path = apiserver.path(FileRole::Certificate);
    let names = certificate.subject_alt_names();
    if names.iter().any(|san| covers(san, name)) {
        record.checked += 1;
        return;
    }
    let reported = [Rule::SanMissing, Rule::NoSan]
        .into_iter()
        .find_map(|rule| record.cause(rule, path));
    match reported {
        // One certificate without its names is one fault.
        Some(cause) => record.follows(
            cause,
            kubeconfig,
            &format!("its server {name} is not named by {path}"),
        ),
        None => {
            record.fail(Finding::new(
                Rule::SanMissing,
                path,
                format!("has no SAN for {name}, the server of {kubeconfig}"),
                command::reissue(examined, apiserver.row.entry),
            ));
        }
    }
}

/// Whether a SAN stands for a name, both as `DNS:...` or `IP:...`. A wildcard
/// stands for one label.
pub(super) fn covers(san: &str, name: &str) -> bool {
    let wildcard = san.strip_prefix("DNS:*.").is_some_and(|suffix| {
        let name = name
            .strip_prefix("DNS:")
            .and_then(|name| name.split_once('.'));
        name.is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(suffix))
    });
    wildcard || san.eq_ignore_ascii_case(name)
}

/// `https://10.0.0.1:6443` is `IP:10.0.0.1`.
pub(super) fn subject_alt_name(server: &str) -> Option<String> {
    let url = Url::parse(server).filter(|url| url.has_tls)?;
    Some(url.subject_alt_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_names() {
        let name = |server: &str| subject_alt_name(server).unwrap_or_default();
        assert_eq!(name("https://10.0.0.1:6443"), "IP:10.0.0.1");
        assert_eq!(name("https://[fd00::1]:6443"), "IP:fd00::1");
        assert_eq!(name("https://vip.internal"), "DNS:vip.internal");
        assert_eq!(name("https://vip.internal:1/x"), "DNS:vip.internal");
        for odd in ["", "https://", "http://a", "https://[", "https://:1"] {
            assert_eq!(name(odd), "", "{odd}");
        }
        assert!(covers("DNS:*.internal", "DNS:vip.internal"));
        assert!(!covers("DNS:*.internal", "DNS:a.vip.internal"));
        assert!(!covers("DNS:*.internal", "IP:10.0.0.1"));
    }
}

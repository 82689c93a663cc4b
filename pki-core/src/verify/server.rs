//! The servers that kubeconfigs connect to, and whether the API server's
//! certificate names them.

use std::net::IpAddr;

use super::fix::Fix;
use super::material::{Material, Part};
use super::servers::Servers;
use super::{
    Examined, Finding, Record, Rule, command, derived, keepalived, kubeadm_configuration, place,
};
use crate::catalog::{CatalogEntry, EntryKind, FileRole, ServerRule};
use crate::certificate::Certificate;
use crate::cluster::{ControlPlaneEndpoint, Host};
use crate::expected::server_url;
use crate::kubeconfig::ExistingKubeconfig;
use crate::name::Quoted;
use crate::severity::Severity;
use crate::static_pod::{Component, Url};

const APISERVER: &str = "apiserver";

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    let mut named: Vec<String> = Vec::new();
    let mut elsewhere: Vec<Elsewhere<'_>> = Vec::new();
    let mut unknown = Unknown::default();
    let own = examined.expectation.addressed();
    let own = own.map(|(_, host)| host.advertise_address);
    let shown = apiserver(examined).map(|(_, certificate)| certificate);
    let servers = Servers::read(examined.tree, examined.manifests, shown, own);
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
        if let Some((wanted, message)) = outvoted(examined, &servers, material, server, record) {
            record.checked += 1;
            elsewhere.push(Elsewhere {
                material,
                kubeconfig,
                server,
                message,
                wanted: Some(wanted),
                is_refused: true,
            });
        } else if !is_expected(examined, rule, server, &mut unknown) {
            record.checked += 1;
            let wanted = wanted(examined, rule, server);
            elsewhere.push(Elsewhere {
                material,
                kubeconfig,
                server,
                message: format!(
                    "connects to {}, expected {}",
                    Quoted(server),
                    Quoted(&wanted)
                ),
                wanted: Some(wanted),
                is_refused: false,
            });
        } else if let Some(message) = strange(examined, material, server) {
            record.checked += 1;
            elsewhere.push(Elsewhere {
                material,
                kubeconfig,
                server,
                message,
                wanted: None,
                is_refused: false,
            });
        } else if !kubeconfig.skips_verification
            && let Some(name) = subject_alt_name(server)
        {
            check_server_name(examined, material, kubeconfig, record);
            if kubeconfig.tls_server_name.is_none() && !named.contains(&name) {
                check_named(examined, path, &name, record);
                named.push(name);
            }
        }
    }
    report(examined, &elsewhere, record);
    let is_elsewhere = |material: &Material| {
        elsewhere
            .iter()
            .any(|it| std::ptr::eq(it.material, material))
    };
    for material in examined.materials.iter().filter(|it| !is_elsewhere(it)) {
        check_port(examined, material, record);
    }
    if unknown.endpoint {
        record.not_checked(
            "whether the kubeconfigs connect to the right server",
            "nothing says whether there is a load balancer or virtual IP",
            Some("--control-plane-endpoint HOST:PORT"),
        );
    }
    if unknown.address {
        record.not_checked(
            "whether the kubeconfigs of this host's components connect to this host",
            "nothing says which address it has",
            Some("--host NAME --ip ADDRESS"),
        );
    }
}

/// What would have to be known of the right server.
#[derive(Default)]
struct Unknown {
    endpoint: bool,
    address: bool,
}

/// A kubeconfig that connects to another server than it should.
struct Elsewhere<'a> {
    material: &'a Material,
    kubeconfig: &'a ExistingKubeconfig,
    server: &'a str,
    message: String,
    /// The server that it should connect to, if that is known.
    wanted: Option<String>,
    /// Whether the server that it connects to has no certificate for that.
    is_refused: bool,
}

impl Elsewhere<'_> {
    fn path(&self) -> &str {
        self.material.path(FileRole::Kubeconfig)
    }

    /// Whether one change of address made both.
    fn is_like(&self, other: &Self) -> bool {
        match self.wanted.is_some() {
            true => same(self.server, other.server) && self.wanted == other.wanted,
            false => self.message == other.message,
        }
    }
}

/// An address that was changed is one cause for all that have the old one and
/// should have the same new one.
fn report(examined: &Examined<'_>, elsewhere: &[Elsewhere<'_>], record: &mut Record) {
    for (index, one) in elsewhere.iter().enumerate() {
        let is_alike = |other: &&Elsewhere<'_>| one.is_like(other);
        if elsewhere.iter().take(index).any(|it| one.is_like(it)) {
            continue;
        }
        let others: Vec<_> = elsewhere.iter().skip(index + 1).filter(is_alike).collect();
        let all = || std::iter::once(one).chain(others.iter().copied());
        let fix = match &one.wanted {
            Some(wanted) => {
                let clusters = all().map(|it| command::KubeconfigCluster {
                    entry: it.material.row.entry,
                    file: it.path(),
                    name: &it.kubeconfig.cluster,
                });
                let flag = format!("--server={}", command::quoted(wanted));
                command::set_cluster(examined, &clusters.collect::<Vec<_>>(), &flag)
            }
            None => {
                let entries: Vec<_> = all().map(|it| it.material.row.entry).collect();
                command::reissue_all(examined, &entries)
            }
        };
        let so = match others.len() {
            0 => String::new(),
            1 => "; so does one more kubeconfig".to_owned(),
            more => format!("; so do {more} more kubeconfigs"),
        };
        let message = format!("{}{so}", one.message);
        let finding = Finding::new(Rule::KubeconfigServer, one.path(), message, fix);
        let finding = match one.is_refused {
            true => finding.with_severity(Severity::Error),
            false => finding,
        };
        let cause = record.add(finding.at(place::of_line(one.kubeconfig.lines.server)));
        for other in others {
            record.follows(cause, other.path(), &other.message);
        }
    }
}

/// The server that a kubeconfig should have, if nobody said so and it is the one
/// that others have and the API server's certificate names.
fn outvoted(
    examined: &Examined<'_>,
    servers: &Servers,
    material: &Material,
    server: &str,
    record: &Record,
) -> Option<(String, String)> {
    let path = material.path(FileRole::Kubeconfig);
    // A kubelet's of another node has that one's server.
    if !examined.expectation.assumed.endpoint || record.has(Rule::Subject, path) {
        return None;
    }
    let (certificate, _) = apiserver(examined)?;
    // One that is wrong itself is no witness.
    if record.about_the_whole(certificate).is_some() {
        return None;
    }
    let wanted = servers.instead_of(server)?;
    let paths = servers.with(wanted);
    let connect = match paths.len() {
        1 => "connects",
        _ => "connect",
    };
    let message = format!(
        "connects to {}, which {certificate} does not name; {} {connect} to {}, which it does",
        Quoted(server),
        paths.join(" and "),
        Quoted(wanted)
    );
    Some((wanted.to_owned(), message))
}

/// A kubeconfig that connects to an address which this host had before, or one of
/// a component that connects to an address which nothing else of the tree knows:
/// it is of another host.
fn strange(examined: &Examined<'_>, material: &Material, server: &str) -> Option<String> {
    let address = tls_address(server)?;
    let told = examined.expectation.addressed();
    let told = told.map(|(_, host)| host.advertise_address);
    let etcds = derived::etcd_addresses(examined.tree, examined.manifests);
    if let Some(own) = told.filter(|own| address != *own && !etcds.contains(own))
        && etcds.contains(&address)
    {
        return Some(format!(
            "connects to {}, an address that this host had by etcd's certificates, and it has {own}",
            Quoted(server)
        ));
    }
    let is_components = |it: &Material| COMPONENTS.contains(&it.row.entry.base_name);
    let of_api = |it: &&Material| it.row.entry.base_name == "apiserver";
    let apiserver = examined.materials.iter().find(of_api)?;
    let names = apiserver.certificates().first()?.subject_alt_names();
    let is_named = |address: &IpAddr| names.contains(&format!("IP:{address}"));
    if !is_components(material) || is_named(&address) {
        return None;
    }
    let kubeconfigs = examined.materials.iter().filter_map(|it| {
        let server = it.kubeconfig.read()?.server.as_deref()?;
        Some((it, server))
    });
    let kubeconfigs: Vec<_> = kubeconfigs.collect();
    let of_others = || {
        let mut others = kubeconfigs.iter().filter(|(it, _)| is_components(it));
        others.find_map(|(_, server)| tls_address(server).filter(is_named))
    };
    let agrees = || {
        let mut others = kubeconfigs.iter().filter(|(it, _)| is_components(it));
        let path = material.path(FileRole::Kubeconfig);
        others.any(|(it, server)| {
            it.path(FileRole::Kubeconfig) != path && tls_address(server) == Some(address)
        })
    };
    let own = match told {
        Some(own) => Some(own).filter(is_named)?,
        // Two that agree are hardly both of another host.
        None if agrees() => return None,
        None => etcds.into_iter().find(is_named).or_else(of_others)?,
    };
    if address == own {
        return None;
    }
    let others = kubeconfigs.iter().filter(|(it, _)| !is_components(it));
    let others = others
        .filter_map(|(it, server)| Some((it.path(FileRole::Kubeconfig), Url::parse(server)?)));
    let others: Vec<_> = others.collect();
    let (path, other) = others.first()?;
    let is_others = others
        .iter()
        .any(|(_, other)| other.address() == Some(address));
    (!is_others).then(|| {
        format!(
            "connects to {}, which is neither this host, {own}, nor the server of {path}, {other}",
            Quoted(server)
        )
    })
}

/// Those that connect to the API server of their own host.
const COMPONENTS: [&str; 2] = ["controller-manager.conf", "scheduler.conf"];

/// A name may stand for any address.
fn tls_address(server: &str) -> Option<IpAddr> {
    let url = Url::parse(server).filter(|url| url.has_tls && !url.is_loopback())?;
    url.address()
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
    unknown: &mut Unknown,
) -> bool {
    let Some((cluster, host)) = examined.expectation.described() else {
        return true;
    };
    let endpoint = server_url(ServerRule::Endpoint, cluster, host);
    let local = server_url(ServerRule::LocalSince(0), cluster, host);
    let may_be_local = matches!(rule, ServerRule::LocalSince(_));
    let fits = same(server, &endpoint) || may_be_local && same(server, &local);
    let assumed = examined.expectation.assumed;
    if fits {
        return true;
    }
    if assumed.endpoint {
        unknown.endpoint |= !is_told(examined, server);
        return true;
    }
    // It may well be this host's address, which nothing tells.
    let may_be_own = may_be_local && assumed.address && tls_address(server).is_some();
    unknown.address |= may_be_own;
    may_be_own
}

/// Whether a file of the set-up says that the control plane is there: kubeadm's
/// configuration, or keepalived's with the virtual IP.
fn is_told(examined: &Examined<'_>, server: &str) -> bool {
    let tree = examined.tree;
    let is_shared = |(endpoint, _): (ControlPlaneEndpoint, _)| {
        same(server, &endpoint.url(Host::DEFAULT_BIND_PORT))
    };
    let address = Url::parse(server).and_then(|url| url.address());
    let Some(address) = address else {
        return kubeadm_configuration::endpoint(tree).is_some_and(is_shared);
    };
    let routers = keepalived::read(tree).unwrap_or_default().instances;
    let mut virtual_ips = routers.iter().flat_map(|it| &it.addresses);
    kubeadm_configuration::endpoint(tree).is_some_and(is_shared)
        || kubeadm_configuration::address(tree) == Some(address)
        || virtual_ips.any(|(virtual_ip, _)| *virtual_ip == address)
}

fn same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/').eq_ignore_ascii_case(other)
}

/// One that may be local and has the server of those that may not is to have
/// their new one.
fn wanted(examined: &Examined<'_>, rule: ServerRule, server: &str) -> String {
    let shares = |it: &Material| {
        let is_shared = matches!(
            it.row.entry.kind,
            EntryKind::Kubeconfig(ServerRule::Endpoint)
        );
        let its = it.kubeconfig.read().and_then(|it| it.server.as_deref());
        is_shared && its.is_some_and(|its| same(its, server))
    };
    // The address that is assumed for a host is nobody's.
    let is_known = !examined.expectation.assumed.address;
    let rule = match !is_known || examined.materials.iter().any(shares) {
        true => ServerRule::Endpoint,
        false => rule,
    };
    let described = examined.expectation.described();
    described.map_or_else(String::new, |(cluster, host)| {
        server_url(rule, cluster, host)
    })
}

/// The name that the server has to prove, if it is not that of its URL.
fn check_server_name(
    examined: &Examined<'_>,
    material: &Material,
    kubeconfig: &ExistingKubeconfig,
    record: &mut Record,
) {
    let Some(name) = &kubeconfig.tls_server_name else {
        return;
    };
    let Some((path, certificate)) = apiserver(examined) else {
        return;
    };
    let names = certificate.subject_alt_names();
    let wanted = match name.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => format!("IP:{address}"),
        Err(_) => format!("DNS:{name}"),
    };
    record.expect(names.iter().any(|san| covers(san, &wanted)), || {
        let file = material.path(FileRole::Kubeconfig);
        let cluster = command::KubeconfigCluster {
            entry: material.row.entry,
            file,
            name: &kubeconfig.cluster,
        };
        let fix = Fix::say("let it take the name of its server's address").and(
            command::set_cluster(examined, &[cluster], "--tls-server-name="),
        );
        let message = format!(
            "wants its server to be {} (tls-server-name), which {path} does not name",
            Quoted(name)
        );
        Finding::new(Rule::KubeconfigServerName, file, message, fix)
            .at(place::of_line(kubeconfig.lines.tls_server_name))
    });
}

/// The API server's certificate, wherever it lies, and its path.
fn apiserver<'a>(examined: &'a Examined<'_>) -> Option<(&'a str, &'a Certificate)> {
    let mut materials = examined.materials.iter();
    let apiserver = materials.find(|it| it.row.entry.base_name == APISERVER)?;
    let certificate = apiserver.certificates().first()?;
    Some((apiserver.path(FileRole::Certificate), certificate))
}

fn check_named(examined: &Examined<'_>, kubeconfig: &str, name: &str, record: &mut Record) {
    let Some((path, certificate)) = apiserver(examined) else {
        return;
    };
    let names = certificate.subject_alt_names();
    if names.iter().any(|san| covers(san, name)) {
        record.checked += 1;
        return;
    }
    // A kubelet's of another node has that one's server.
    let of_another = record.cause(Rule::Subject, kubeconfig);
    let reported = [Rule::SanMissing, Rule::NoSan]
        .into_iter()
        .find_map(|rule| record.cause(rule, path))
        .or_else(|| record.about_the_whole(path))
        .or(of_another);
    match reported {
        // One certificate without its names is one fault.
        Some(cause) => record.follows(
            cause,
            kubeconfig,
            &format!("its server {name} is not named by {path}"),
        ),
        None => {
            record.misses(path, &[name.to_owned()]);
            record.fail(Finding::new(
                Rule::SanMissing,
                path,
                format!("has no SAN for {name}, the server of {kubeconfig}"),
                CatalogEntry::find(APISERVER)
                    .map_or_else(Fix::default, |entry| command::reissue(examined, entry)),
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

/// `https://10.0.0.1:6443` is `IP:10.0.0.1`; so is what has no scheme, which
/// clients put before it where there is a CA or a certificate.
pub(super) fn subject_alt_name(server: &str) -> Option<String> {
    let with_scheme = format!("https://{server}");
    let whole = match server.contains("://") {
        true => server,
        false => &with_scheme,
    };
    let url = Url::parse(whole).filter(|url| url.has_tls)?;
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
        assert_eq!(name("vip.internal:6443"), "DNS:vip.internal");
        assert_eq!(name("https://vip.internal:1/x"), "DNS:vip.internal");
        for odd in ["", "https://", "http://a", "https://[", "https://:1"] {
            assert_eq!(name(odd), "", "{odd}");
        }
        assert!(covers("DNS:*.internal", "DNS:vip.internal"));
        assert!(!covers("DNS:*.internal", "DNS:a.vip.internal"));
        assert!(!covers("DNS:*.internal", "IP:10.0.0.1"));
    }
}

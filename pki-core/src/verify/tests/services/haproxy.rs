//! haproxy's configuration, on a host whose endpoint has a port of its own.

use super::*;

const HAPROXY: &str = "/etc/haproxy/haproxy.cfg";

const TEXT: &str = "global
    log /dev/log local0
defaults
    mode tcp
    timeout client 4h
frontend apiserver
    bind 0.0.0.0:8443
    default_backend apiservers
backend apiservers
    option httpchk
    http-check connect ssl
    http-check send meth GET uri /healthz
    default-server check inter 1s fall 2 rise 2 verify none
    server m1 10.0.0.11:6443
    server m2 10.0.0.12:6443
backend other
    mode http
    server x 10.9.9.9:80
";

/// The API server has a port beside haproxy's, and the check asks through that.
fn with(t: &mut Tree, from: &str, to: &str) {
    assert!(TEXT.contains(from), "{from}");
    put(t, HAPROXY, file(TEXT.replace(from, to).as_bytes(), 0o644));
}

pub(super) const FAULTS: &[ServiceFault] = &[
    // Both would have the port of this host's API server.
    ServiceFault::new(&["haproxy-port /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "0.0.0.0:8443", "*:6443");
    }),
    ServiceFault::new(&["haproxy-mode /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "mode tcp", "mode http");
    }),
    ServiceFault::new(&["haproxy-mode /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "    bind", "    mode http\n    bind");
    }),
    ServiceFault::new(&["haproxy-check /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "default-server check", "default-server");
    }),
    ServiceFault::new(&["haproxy-check /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "10.0.0.12:6443", "10.0.0.12:6443 no-check");
    }),
    ServiceFault::new(&["haproxy-check /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "    http-check connect ssl\n", "");
    }),
    ServiceFault::new(&["haproxy-check /etc/haproxy/haproxy.cfg"], |t| {
        with(t, " verify none", "");
    }),
];

#[test]
fn a_host_with_haproxy_is_healthy() {
    for (from, to) in [
        ("8443", "8443"),
        // It speaks TLS itself, and may take HTTP apart.
        ("bind 0.0.0.0:8443", "mode http\n    bind :8443 ssl crt x"),
        (
            "    http-check connect ssl\n",
            "    default-server check-ssl\n",
        ),
        ("bind 0.0.0.0:8443", "bind 10.0.0.100:6443"),
        (
            "option httpchk\n    http-check connect ssl\n",
            "option tcp-check\n",
        ),
        (" verify none", " verify required ca-file /x"),
        ("log /dev/log local0\n", "ssl-server-verify none\n"),
    ] {
        let mut tree = host_with_services();
        with(&mut tree, from, to);
        let report = verify(&tree, &Expectation::from_tree(&tree), now());
        assert_eq!(report.findings, [], "{to}");
    }
}

/// Clients look for the endpoint's port.
#[test]
fn the_port_is_that_of_the_endpoint() {
    let cluster = |port| Cluster {
        control_plane_endpoint: Some(format!("10.0.0.100:{port}").parse().unwrap()),
        ..described_here()
    };
    let mut tree = host_with_services();
    with(&mut tree, "8443", "9443");
    // The kubeconfigs and kubeadm's configuration are not in question here.
    let is_it = |it: &String| it.starts_with("haproxy");
    let found = |tree: &Tree, port| {
        let mut found = found(tree, &expectation(&cluster(port)));
        found.retain(is_it);
        found
    };
    assert_eq!(
        found(&tree, 8443),
        ["haproxy-port /etc/haproxy/haproxy.cfg"]
    );
    assert_eq!(found(&tree, 9443), [""; 0]);
    // Where the API servers are reached themselves haproxy is for something else.
    assert_eq!(found(&tree, 6443), [""; 0]);
}

/// A description with all hosts tells who is an API server and where it listens.
#[test]
fn servers_are_those_of_the_control_plane() {
    let mut cluster = described_here();
    let mut other = host("m2", 12);
    other.roles = cluster.hosts[0].roles;
    cluster.hosts.push(other);
    let lines = |from, to| {
        let mut tree = host_with_services();
        with(&mut tree, from, to);
        let report = verify(&tree, &expectation(&cluster), now());
        let found = report.findings.iter();
        let found = found.filter(|it| it.file == HAPROXY);
        let shown = |it: &Finding| format!("{} {:?}", it.rule, it.place.and_then(|it| it.line));
        found.map(shown).collect::<Vec<_>>()
    };
    assert_eq!(lines("8443", "8443"), [""; 0]);
    assert_eq!(lines("10.0.0.12", "10.0.0.13"), ["haproxy-server Some(15)"]);
    assert_eq!(
        lines("10.0.0.12:6443", "m2:6444"),
        ["haproxy-server Some(15)"]
    );
}

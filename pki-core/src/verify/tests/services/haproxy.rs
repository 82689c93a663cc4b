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
    // Pages that need a certificate, and answers that never come.
    ServiceFault::new(&["haproxy-check /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "uri /healthz", "uri /");
    }),
    ServiceFault::new(&["haproxy-check /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "    http-check send meth GET uri /healthz\n", "");
    }),
    ServiceFault::new(&["haproxy-check /etc/haproxy/haproxy.cfg"], |t| {
        let expect = "uri /healthz\n    http-check expect status 403";
        with(t, "uri /healthz", expect);
    }),
    ServiceFault::new(&["haproxy-connection /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "10.0.0.12:6443", "10.0.0.12:6443 ssl");
    }),
    ServiceFault::new(&["haproxy-connection /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "10.0.0.12:6443", "10.0.0.12:6443 send-proxy");
    }),
    ServiceFault::new(&["haproxy-connection /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "10.0.0.12:6443", "10.0.0.12:6443 disabled");
    }),
    ServiceFault::new(&["haproxy-connection /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "0.0.0.0:8443", "0.0.0.0:8443 ssl crt x");
    }),
    ServiceFault::new(&["haproxy-connection /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "timeout client 4h", "timeout client 5s");
    }),
    ServiceFault::new(&["haproxy-connection /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "timeout client 4h", "timeout connect 2");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "default_backend apiservers", "default_backend apiserver");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "default-server", "defaultserver");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "server m2", "server m1");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "backend other", "backend apiservers");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "0.0.0.0:8443", "0.0.0.0");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "0.0.0.0:8443", "0.0.0.0:84430");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "mode tcp", "mode tpc");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "timeout client", "timeout clinet");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(
            t,
            "    option httpchk",
            "    balance roundrobbin\n    option httpchk",
        );
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "option httpchk", "option httpcheck");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "10.0.0.12:6443", "10.0.0.12");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(
            t,
            "uri /healthz",
            "uri /healthz\n    http-check expect status OK",
        );
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, " verify none", " verify none fal 2");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "10.0.0.12:6443", "10.0.0.12:6443 chekc");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, " verify none", " verify nnoe");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "uri /healthz", "uri /healthz\n    no option httpchk");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "http-check connect ssl", "http-check connct ssl");
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(
            t,
            "uri /healthz",
            "uri /healthz\n    http-check expect strng ok",
        );
    }),
    ServiceFault::new(&["haproxy-refused /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "backend other", "listen apiserver");
    }),
    ServiceFault::new(&["haproxy-check /etc/haproxy/haproxy.cfg"], |t| {
        with(t, " verify none", " verify required");
    }),
    ServiceFault::new(&["haproxy-check /etc/haproxy/haproxy.cfg"], |t| {
        with(
            t,
            "uri /healthz",
            "uri /healthz\n    http-check expect string OK",
        );
    }),
    ServiceFault::new(&["haproxy-check /etc/haproxy/haproxy.cfg"], |t| {
        with(
            t,
            "uri /healthz",
            "uri /livez\n    http-check expect ! string ok",
        );
    }),
    ServiceFault::new(&["haproxy-port /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "0.0.0.0:8443", "10.0.0.100:6443");
    }),
    ServiceFault::new(&["haproxy-port /etc/haproxy/haproxy.cfg"], |t| {
        with(t, "0.0.0.0:8443", "127.0.0.1:6443");
    }),
];

/// Something else that runs on hosts of the control plane.
const INGRESS: &str = "backend ingress
    mode http
    option httpchk
    server m1 10.0.0.11:30080 check
    server m2 10.0.0.12:30443 ssl verify none send-proxy
backend other";

#[test]
fn a_host_with_haproxy_is_healthy() {
    for (from, to) in [
        ("8443", "8443"),
        (
            "uri /healthz",
            "uri /readyz?verbose\n    http-check expect status 200-399",
        ),
        (
            "uri /healthz",
            "uri /\n    http-check expect status 200,403",
        ),
        (
            "uri /healthz",
            "uri /healthz\n    http-check expect string ok",
        ),
        (
            "option httpchk\n    http-check connect ssl\n    http-check send meth GET uri /healthz\n",
            "option httpchk GET /livez HTTP/1.1\n    default-server check-ssl\n",
        ),
        (
            "timeout client 4h",
            "timeout client 20s\n    timeout connect 5s",
        ),
        (
            "timeout client 4h",
            "timeout client 5s\n    timeout tunnel 1h",
        ),
        (
            "timeout client 4h",
            "timeout client 5s\n    timeout client 35s",
        ),
        ("backend other", "backend apiserver"),
        (
            "    mode http\n    server x",
            "    id 7\n    acl a src 10.0.0.0/8\n    tcp-check connect\n    server x",
        ),
        ("0.0.0.0:8443", "0.0.0.0:8443,/run/haproxy.sock"),
        (
            "    http-check connect ssl\n",
            "    default-server check-ssl\n",
        ),
        ("backend other", INGRESS),
        (
            "uri /healthz",
            "uri /healthz\n    http-check expect ! string OK",
        ),
        (
            "uri /healthz",
            "uri /healthz?verbose\n    http-check expect string passed",
        ),
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

/// Two programs have one port where each has an address of its own.
#[test]
fn the_port_of_the_api_server_is_free_at_other_addresses() {
    const MANIFEST: &str = "manifests/kube-apiserver.yaml";
    let found = |bound: &str, bind: &str| {
        let mut tree = host_with_services();
        let flag = "    - --secure-port=6443";
        let both = format!("{flag}\n    - --bind-address={bound}");
        change(&mut tree, MANIFEST, flag, &both);
        with(&mut tree, "0.0.0.0:8443", bind);
        let mut found = found(&tree, &Expectation::from_tree(&tree));
        found.retain(|it| it.starts_with("haproxy"));
        found
    };
    let clash = ["haproxy-port /etc/haproxy/haproxy.cfg"];
    assert_eq!(found("10.0.0.11", "10.0.0.100:6443"), [""; 0]);
    assert_eq!(found("10.0.0.11", "10.0.0.11:6443"), clash);
    assert_eq!(found("10.0.0.11", ":6443"), clash);
    assert_eq!(found("0.0.0.0", "10.0.0.100:6443"), clash);
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

/// Who connects to an address finds what listens there.
#[test]
fn the_address_is_that_of_the_endpoint() {
    let cluster = Cluster {
        control_plane_endpoint: Some("10.0.0.100:8443".parse().unwrap()),
        ..described_here()
    };
    let found = |to: &str| {
        let mut tree = host_with_services();
        with(&mut tree, "0.0.0.0:8443", to);
        let report = verify(&tree, &expectation(&cluster), now());
        let found = report.findings.iter();
        let found = found.filter(|it| it.file == HAPROXY);
        let rules: Vec<_> = found.map(|it| it.rule.id()).collect();
        (rules, report.not_checked.len())
    };
    assert_eq!(found("127.0.0.1:8443"), (vec!["haproxy-port"], 0));
    assert_eq!(found("10.0.0.11:8443"), (vec!["haproxy-port"], 0));
    assert_eq!(
        found("10.0.0.11:8443,127.0.0.1:8443"),
        (vec!["haproxy-port"], 0)
    );
    assert_eq!(found("*:8443"), (vec![], 0));
    // Whether it starts hangs on the kernel's settings.
    assert_eq!(found("10.0.0.100:8443"), (vec![], 1));
}

/// A check that asks this host does not hear what listens at another address alone.
#[test]
fn a_check_asks_where_haproxy_listens() {
    let found = |bind: &str| {
        let mut tree = host_with_services();
        with(&mut tree, "0.0.0.0:8443", bind);
        change(&mut tree, SCRIPT, "6443", "8443");
        found(&tree, &Expectation::from_tree(&tree))
    };
    let wrong = ["keepalived-check-url /etc/keepalived/check_apiserver.sh"];
    assert_eq!(found("10.0.0.100:8443"), wrong);
    assert_eq!(found("10.0.0.100:8443,127.0.0.1:8443"), [""; 0]);
    assert_eq!(found("[::]:8443"), [""; 0]);
}

/// A description with all hosts tells who is an API server and where it listens.
#[test]
fn servers_are_those_of_the_control_plane() {
    let mut cluster = Cluster {
        control_plane_endpoint: Some("10.0.0.100:8443".parse().unwrap()),
        ..described_here()
    };
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
    assert_eq!(lines("backend other", INGRESS), [""; 0]);
    assert_eq!(lines("10.0.0.12", "10.0.0.13"), ["haproxy-server Some(15)"]);
    assert_eq!(
        lines("10.0.0.12:6443", "m2:6444"),
        ["haproxy-server Some(15)"]
    );
    // Where clients look for the API servers they are meant, with whatever port.
    assert_eq!(
        lines(":6443", ":6444"),
        ["haproxy-server Some(14)", "haproxy-server Some(15)"]
    );
}

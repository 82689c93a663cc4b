//! keepalived's configuration and its script.

use super::*;

pub(super) const FAULTS: &[ServiceFault] = &[
    ServiceFault::new(
        &["keepalived-auth-pass /etc/keepalived/keepalived.conf"],
        |t| {
            change(t, KEEPALIVED, "s3cr.t_8", "s3cr.t_8more");
        },
    ),
    ServiceFault::new(
        &["keepalived-script-security /etc/keepalived/keepalived.conf"],
        |t| change(t, KEEPALIVED, "    enable_script_security\n", ""),
    ),
    ServiceFault::new(
        &["keepalived-script /etc/keepalived/check_apiserver.sh"],
        |t| {
            t.files.remove(SCRIPT);
        },
    ),
    ServiceFault::new(
        &["keepalived-script /etc/keepalived/check_apiserver.sh"],
        |t| {
            t.files.get_mut(SCRIPT).unwrap().mode = 0o644;
        },
    ),
    ServiceFault::new(
        &["keepalived-script /etc/keepalived/check_apiserver.sh"],
        |t| {
            t.files.get_mut(SCRIPT).unwrap().mode = 0o775;
        },
    ),
    ServiceFault::new(
        &["keepalived-check-status /etc/keepalived/check_apiserver.sh"],
        |t| change(t, SCRIPT, "--fail ", ""),
    ),
    // The guide's own script.
    ServiceFault::new(
        &[
            "keepalived-check-address /etc/keepalived/check_apiserver.sh",
            "keepalived-check-status /etc/keepalived/check_apiserver.sh",
        ],
        |t| {
            let script = "#!/bin/sh\n\nerrorExit() {\n    echo \"*** $*\" 1>&2\n    exit 1\n}\n\n\
                curl --silent --max-time 2 --insecure https://localhost:6443/ -o /dev/null || errorExit \"Error\"\n\
                if ip addr | grep -q 10.0.0.100; then\n    \
                curl --silent --max-time 2 --insecure https://10.0.0.100:6443/ -o /dev/null || errorExit \"Error\"\nfi\n";
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-check-address /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = "APISERVER_VIP=10.0.0.100\nif ip addr | grep -q ${APISERVER_VIP}; then\n  curl -sfk https://localhost:6443/healthz\nfi\n";
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(&["keepalived-slow /etc/keepalived/keepalived.conf"], |t| {
        change(t, KEEPALIVED, "interval 1", "interval 3");
        change(t, KEEPALIVED, "fall 2", "fall 10");
    }),
    ServiceFault::new(
        &["keepalived-router-id /etc/keepalived/keepalived.conf"],
        |t| {
            change(
                t,
                KEEPALIVED,
                "virtual_router_id 51",
                "virtual_router_id 256",
            );
        },
    ),
    ServiceFault::new(
        &["virtual-ip-endpoint /etc/keepalived/keepalived.conf"],
        |t| change(t, KEEPALIVED, "10.0.0.100", "10.0.0.101"),
    ),
    ServiceFault::new(
        &["keepalived-no-check /etc/keepalived/keepalived.conf"],
        |t| {
            let block = "    track_script {\n        check_apiserver\n    }\n";
            change(t, KEEPALIVED, block, "");
        },
    ),
    ServiceFault::new(
        &["keepalived-no-check /etc/keepalived/keepalived.conf"],
        |t| {
            let block = "    track_script {\n        check_api";
            change(t, KEEPALIVED, block, "    track_script {\n        other");
        },
    ),
    ServiceFault::new(
        &["keepalived-braces /etc/keepalived/keepalived.conf"],
        |t| change(t, KEEPALIVED, "s3cr.t_8\n    }\n", "s3cr.t_8\n"),
    ),
    ServiceFault::new(
        &["keepalived-braces /etc/keepalived/keepalived.conf"],
        |t| change(t, KEEPALIVED, "    track_script {", "    track_script"),
    ),
    ServiceFault::new(
        &["keepalived-braces /etc/keepalived/keepalived.conf"],
        |t| change(t, KEEPALIVED, "vrrp_instance", "}\nvrrp_instance"),
    ),
    ServiceFault::new(&["keepalived-value /etc/keepalived/keepalived.conf"], |t| {
        change(t, KEEPALIVED, "interface eth0", "interface eth0 eth1")
    }),
    ServiceFault::new(&["keepalived-value /etc/keepalived/keepalived.conf"], |t| {
        change(t, KEEPALIVED, "    interface eth0\n", "")
    }),
    ServiceFault::new(&["keepalived-value /etc/keepalived/keepalived.conf"], |t| {
        change(t, KEEPALIVED, "state MASTER", "state MASTR")
    }),
    ServiceFault::new(&["keepalived-value /etc/keepalived/keepalived.conf"], |t| {
        change(t, KEEPALIVED, "priority 150", "priority 300")
    }),
    ServiceFault::new(&["keepalived-value /etc/keepalived/keepalived.conf"], |t| {
        change(t, KEEPALIVED, "priority 150", "priority 150\n    nopreempt")
    }),
    ServiceFault::new(&["keepalived-value /etc/keepalived/keepalived.conf"], |t| {
        let block = "    virtual_ipaddress {\n        10.0.0.100\n    }\n";
        change(t, KEEPALIVED, block, "");
    }),
    ServiceFault::new(
        &["keepalived-unicast-peer /etc/keepalived/keepalived.conf"],
        |t| {
            let unicast =
                "priority 150\n    unicast_peer {\n        10.0.0.11\n        10.0.0.12\n    }\n";
            change(t, KEEPALIVED, "priority 150\n", unicast);
        },
    ),
    ServiceFault::new(
        &["keepalived-unicast /etc/keepalived/keepalived.conf"],
        |t| {
            let unicast = "priority 150\n    unicast_src_ip 10.0.0.21\n    unicast_peer {\n        10.0.0.12\n    }\n";
            change(t, KEEPALIVED, "priority 150\n", unicast);
        },
    ),
    // The script that kpki renders, without --fail.
    ServiceFault::new(
        &["keepalived-check-status /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace(" --fail", "");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace("6443", "8443");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| change(t, SCRIPT, "localhost", "10.0.0.12"),
    ),
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| change(t, SCRIPT, "localhost", "10.0.0.100"),
    ),
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| change(t, SCRIPT, "https://", "http://"),
    ),
    // To whoever shows no certificate the API server says 403 there.
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| change(t, SCRIPT, "6443/healthz", "6443/"),
    ),
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script =
                "wget -q --no-check-certificate -O /dev/null https://127.0.0.1:16443/livez";
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-check-status /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace("if ! curl", "if curl");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-check-status /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace("exit 1", "exit 0");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-check-status /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace("    exit 1\n", "");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-check-status /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace("; then", " || true; then");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace("--insecure ", "");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace("--insecure", "--cacert /etc/kubernetes/pki/etcd/ca.crt");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    // kubeadm's certificate does not name localhost.
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace("--insecure", "--cacert /etc/kubernetes/pki/ca.crt");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace("--insecure", "--cacert /etc/kubernetes/pki/none.crt");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace("/healthz", "/health");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace("/healthz", "/ready");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace("localhost", "localhst");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-script /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace("\n", "\r\n");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-script /etc/keepalived/check_apiserver.sh"],
        |t| {
            let script = RENDERED.replace("#!/bin/sh", "#!/bin/bsh");
            put(t, SCRIPT, file(script.as_bytes(), 0o755));
        },
    ),
    ServiceFault::new(
        &["keepalived-script /etc/keepalived/check_apiserver.sh"],
        |t| {
            put(t, SCRIPT, file(b"#!/bin/sh\n", 0o755));
        },
    ),
    ServiceFault::new(&["keepalived-value /etc/keepalived/keepalived.conf"], |t| {
        change(t, KEEPALIVED, "auth_type PASS", "auth_type PAS")
    }),
    ServiceFault::new(&["keepalived-value /etc/keepalived/keepalived.conf"], |t| {
        change(
            t,
            KEEPALIVED,
            "global_defs {",
            "global_defs {\n    vrrp_version 3",
        )
    }),
    ServiceFault::new(&["keepalived-value /etc/keepalived/keepalived.conf"], |t| {
        change(
            t,
            KEEPALIVED,
            "interface eth0",
            "interface eth0\n    version 3",
        )
    }),
    ServiceFault::new(&["keepalived-value /etc/keepalived/keepalived.conf"], |t| {
        change(
            t,
            KEEPALIVED,
            "global_defs {",
            "global_defs {\n    vrrp_strict",
        )
    }),
    ServiceFault::new(
        &["keepalived-no-check /etc/keepalived/keepalived.conf"],
        |t| change(t, KEEPALIVED, "script_user root", "script_user nobodyx"),
    ),
    ServiceFault::new(&["virtual-ip-twice /etc/keepalived/keepalived.conf"], |t| {
        let pod = kube_vip::TEXT.as_bytes();
        put(t, kube_vip::KUBE_VIP, file(pod, 0o644));
    }),
];

const RENDERED: &str = "#!/bin/sh\nset -u\nurl=https://localhost:6443/healthz\n\
    if ! curl --silent --fail --insecure --max-time 2 --output /dev/null \"$url\"; then\n    \
    echo \"check_apiserver: $url does not answer\" >&2\n    exit 1\nfi\n";

#[test]
fn commands_that_are_in_order_are_left_alone() {
    for script in [
        RENDERED,
        "curl -sfk https://localhost:6443/healthz",
        "timeout 3 /usr/bin/curl -s -k -f https://localhost:6443/livez",
        "[ \"$(curl -s -k -o /dev/null -w '%{http_code}' https://localhost:6443/healthz)\" = 200 ]",
        "curl -sfk --cert x --key y https://localhost:6443/",
        "curl --fail-with-body -sk https://10.0.0.11:6443/healthz",
        "# curl https://localhost:6443/\nwget -q --no-check-certificate https://localhost:6443/readyz",
        "ip addr | grep -qw 10.0.0.100 || exit 0; curl -sfk https://localhost:6443/healthz",
        "if ip addr | grep -q 10.0.0.100/; then curl -sfk https://localhost:6443/healthz; fi",
        "curl --silent \\\n  --insecure --fail https://localhost:6443/healthz",
        "OPTIONS='-s -f -k'\nPORT=6443\ncurl $OPTIONS https://localhost:${PORT}/healthz || exit 1",
        "curl -sfk https://localhost:${PORT:-6443}/healthz || exit 1",
        "[ \"$(curl -sk --max-time 2 https://127.0.0.1:6443/healthz)\" = \"ok\" ]",
        "curl -sk https://localhost:6443/healthz | grep -q ok || exit 1",
        "curl -sf --cacert /etc/kubernetes/pki/ca.crt https://m1:6443/healthz",
        "curl -sf --cacert /etc/kubernetes/pki/ca.crt https://10.0.0.11:6443/healthz",
        "for i in 1 2 3; do\n  [ \"$(curl -sk https://localhost:6443/healthz)\" = ok ] && exit 0\ndone\nexit 1",
    ] {
        let mut tree = host_with_services();
        put(&mut tree, SCRIPT, file(script.as_bytes(), 0o755));
        let report = verify(&tree, &Expectation::from_tree(&tree), now());
        assert_eq!(report.findings, [], "{script}");
        assert_eq!(report.not_checked, [], "{script}");
    }
}

/// What other hosts may have as well, and what the system may.
#[test]
fn settings_that_are_in_order_are_left_alone() {
    for (from, to, listed) in [
        ("auth_type PASS", "auth_type AH", 0),
        ("script_user root", "script_user nobody", 0),
        ("script_user root", "script_user monitor", 1),
        ("global_defs {", "global_defs {\n    vrrp_version 2", 0),
    ] {
        let mut tree = host_with_services();
        change(&mut tree, KEEPALIVED, from, to);
        let report = verify(&tree, &Expectation::from_tree(&tree), now());
        assert_eq!(report.findings, [], "{to}");
        assert_eq!(report.not_checked.len(), listed, "{to}");
    }
    let mut tree = host_with_services();
    let block = "    authentication {\n        auth_type PASS\n        auth_pass s3cr.t_8\n    }\n";
    change(&mut tree, KEEPALIVED, block, "    version 3\n");
    assert_eq!(found(&tree, &Expectation::from_tree(&tree)), [""; 0]);
    // One for another address is not in the way.
    let pod = kube_vip::TEXT.replace("10.0.0.100", "10.0.0.200");
    let pod = pod.replace("cp_enable, value: \"true\"", "svc_enable, value: \"true\"");
    put(&mut tree, kube_vip::KUBE_VIP, file(pod.as_bytes(), 0o644));
    let told = found(&tree, &Expectation::from_tree(&tree));
    assert!(!told.iter().any(|it| it.contains("twice")), "{told:?}");
}

/// What a script does only when it runs is not taken for right.
#[test]
fn commands_that_cannot_be_told_are_listed() {
    for (script, why) in [
        ("nc -z localhost 6443", "it asks with neither curl nor wget"),
        (
            "#!/usr/bin/python3\nimport requests\n",
            "it asks with neither curl nor wget",
        ),
        (
            "\ncurl $OPTIONS https://localhost:6443/healthz",
            "what it asks in line 2 is known only when it runs",
        ),
        (
            "curl -sf \"$1\"",
            "what it asks in line 1 is known only when it runs",
        ),
        (
            "url=https://a\nurl=https://b\ncurl -sf $url",
            "what it asks in line 3 is known only when it runs",
        ),
    ] {
        let mut tree = host_with_services();
        put(&mut tree, SCRIPT, file(script.as_bytes(), 0o755));
        let report = verify(&tree, &Expectation::from_tree(&tree), now());
        assert_eq!(report.findings, [], "{script}");
        let what = "whether /etc/keepalived/check_apiserver.sh fails when the API server does";
        let listed: Vec<_> = report
            .not_checked
            .iter()
            .map(|it| (it.what.as_str(), it.why.as_str()))
            .collect();
        assert_eq!(listed, [(what, why)], "{script}");
    }
}

/// A command that stands in the configuration is judged there.
#[test]
fn commands_in_the_configuration_are_judged() {
    let mut tree = host_with_services();
    let script = "\"/usr/bin/curl -sk https://localhost:8443/healthz\"";
    change(
        &mut tree,
        KEEPALIVED,
        "\"/etc/keepalived/check_apiserver.sh\"",
        script,
    );
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|it| (it.rule.id(), it.place.and_then(|place| place.line)))
        .collect();
    let wanted = [
        ("keepalived-check-url", Some(7)),
        ("keepalived-check-status", Some(7)),
    ];
    assert_eq!(found, wanted);
}

/// Of a file with the wrong blocks nothing else is told, and that is said.
#[test]
fn a_file_with_open_blocks_is_not_judged_further() {
    let mut tree = host_with_services();
    let with_more = "s3cr.t_8more\n";
    change(&mut tree, KEEPALIVED, "s3cr.t_8\n    }\n", with_more);
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    let [finding] = &report.findings[..] else {
        panic!("{:#?}", report.findings)
    };
    assert_eq!(finding.place.and_then(|it| it.line), Some(19));
    let what = "the rest of /etc/keepalived/keepalived.conf";
    assert_eq!(report.not_checked[0].what, what);
}

#[test]
fn what_is_included_is_listed() {
    let mut tree = host_with_services();
    change(
        &mut tree,
        KEEPALIVED,
        "global_defs",
        "include /etc/keepalived/more.conf\nglobal_defs",
    );
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    assert_eq!(report.findings, []);
    assert_eq!(
        report.not_checked[0].what,
        "line 1 of /etc/keepalived/keepalived.conf"
    );
}

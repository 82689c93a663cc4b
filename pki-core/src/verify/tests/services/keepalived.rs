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
            let script = "APISERVER_VIP=10.0.0.100\nif ip addr | grep -q ${APISERVER_VIP}; then\n  curl -sfk https://localhost:6443/\nfi\n";
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
    ServiceFault::new(&["san-missing pki/apiserver.crt"], |t| {
        change(t, KEEPALIVED, "10.0.0.100", "10.0.0.101");
    }),
];

#[test]
fn commands_that_are_in_order_are_left_alone() {
    for script in [
        "curl -sfk https://localhost:6443/healthz",
        "timeout 3 /usr/bin/curl -s -k -f https://localhost:6443/",
        "curl -s -k -o /dev/null -w '%{http_code}' https://localhost:6443/",
        "curl $OPTIONS https://localhost:6443/",
        "# curl https://localhost:6443/\nwget -q https://localhost:6443/",
        "ip addr | grep -qw 10.0.0.100",
        "ip addr | grep -q 10.0.0.100/",
        "curl --silent \\\n  --fail https://localhost:6443/",
    ] {
        let mut tree = host_with_services();
        put(&mut tree, SCRIPT, file(script.as_bytes(), 0o755));
        assert_eq!(
            found(&tree, &Expectation::from_tree(&tree)),
            [""; 0],
            "{script}"
        );
    }
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

//! What a check asks, and how its script ends.

use super::*;

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
        "command -v curl >/dev/null || exit 1\ncurl -sfk https://localhost:6443/healthz",
        "which curl >/dev/null || logger \"curl is missing\"\ncurl -sfk https://localhost:6443/healthz",
        "curl -sfk https://localhost:6443/healthz || { echo \"curl https://localhost:6443/healthz failed\"; exit 1; }",
        "#!/bin/mksh\ncurl -sfk https://localhost:6443/healthz",
        "#!/bin/yash\ncurl -sfk https://localhost:6443/healthz",
        // By an address of the host's in another network.
        "curl -sfk https://192.168.50.11:6443/healthz",
        "for i in 1 2 3; do\n  [ \"$(curl -sk https://localhost:6443/healthz)\" = ok ] && exit 0\ndone\nexit 1",
    ] {
        let mut tree = host_with_services();
        put(&mut tree, SCRIPT, file(script.as_bytes(), 0o755));
        let report = verify(&tree, &Expectation::from_tree(&tree), now());
        assert_eq!(report.findings, [], "{script}");
        assert_eq!(report.not_checked, [], "{script}");
    }
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

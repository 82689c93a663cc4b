//! keepalived's configuration and its script.

mod commands;
mod instances;

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
    // Measured: with a weight the virtual IP stays where it is, without one it leaves.
    ServiceFault::new(
        &["keepalived-no-check /etc/keepalived/keepalived.conf"],
        |t| change(t, KEEPALIVED, "state MASTER", "state BACKUP\n    nopreempt"),
    ),
    // "ignoring tracked script check_apiserver with weights due to address_owner"
    ServiceFault::new(
        &["keepalived-no-check /etc/keepalived/keepalived.conf"],
        |t| change(t, KEEPALIVED, "priority 150", "priority 255"),
    ),
    ServiceFault::new(&["keepalived-value /etc/keepalived/keepalived.conf"], |t| {
        change(
            t,
            KEEPALIVED,
            "interface eth0",
            "interface eth0\n    no_accept",
        )
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
    // curl ends before it asks.
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| change(t, SCRIPT, "--silent", "--slient"),
    ),
    ServiceFault::new(
        &["keepalived-check-url /etc/keepalived/check_apiserver.sh"],
        |t| change(t, SCRIPT, "https://", "-K https://"),
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

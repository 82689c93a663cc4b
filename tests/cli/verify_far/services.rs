//! What services say is the same from afar, and what is secret in it stays there.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::verify_services::{PASSWORD, change, guides};

/// `kpki gen --render` of three hosts; `setup` is what the document says beyond them.
fn rendered(cluster: &str, setup: &str) -> Place {
    let place = Place::new();
    let text = format!(
        "apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
{cluster}---
apiVersion: kpki.dev/v1alpha1
kind: Hosts
hosts:
- {{name: m0, address: 10.0.0.10}}
- {{name: m1, address: 10.0.0.11}}
- {{name: m2, address: 10.0.0.12}}
---
apiVersion: kpki.dev/v1alpha1
kind: Setup
{setup}"
    );
    let description = place.join("cluster.yaml");
    fs::write(&description, text).expect("written");
    // It may hold a password.
    fs::set_permissions(description, fs::Permissions::from_mode(0o600)).expect("changed");
    let made = run(place
        .gen_command(&["-f", "cluster.yaml"])
        .args(["--out", "out", "--render"]));
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    place
}

const EXTERNAL: &str = "controlPlaneEndpoint: 10.0.0.100:6443
etcd:
  external:
    endpoints: [https://10.0.0.10:2379, https://10.0.0.11:2379, https://10.0.0.12:2379]
    caFile: /etc/kubernetes/pki/etcd/ca.crt
    certFile: /etc/kubernetes/pki/apiserver-etcd-client.crt
    keyFile: /etc/kubernetes/pki/apiserver-etcd-client.key
";

fn external() -> Place {
    let setup = "loadBalancer: {type: keepalived, virtualIP: 10.0.0.100/24, interface: eth0, authPass: Geh31mXy}\n";
    rendered(EXTERNAL, setup)
}

fn haproxy() -> Place {
    let setup = "loadBalancer: {type: keepalived+haproxy, virtualIP: 10.0.0.100, interface: eth0, unicast: true}\n";
    rendered("controlPlaneEndpoint: 10.0.0.100:8443\n", setup)
}

/// Everything that one of the rules finds, told by the files themselves.
fn found(place: &Place) -> String {
    let output = far(place, &["-o", "json"]);
    output.stdout
}

#[test]
fn a_set_up_that_is_right_is_right_from_afar() {
    for place in [external(), haproxy()] {
        same(&place);
        let output = far(&place, &[]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(!output.stdout.contains("keepalived.conf"), "{output:?}");
        assert!(!kept(&place).contains("Geh31mXy"));
    }
    let kube_vip = "loadBalancer: {type: kube-vip, virtualIP: 10.0.0.100, interface: eth0}\n";
    same(&rendered(
        "controlPlaneEndpoint: 10.0.0.100:6443\n",
        kube_vip,
    ));
}

#[test]
fn the_guides_faults_are_found_from_afar() {
    let place = guides();
    same(&place);
    let said = found(&place);
    for rule in [
        "etcd-unit-conflict",
        "keepalived-auth-pass",
        "keepalived-slow",
        "keepalived-check-status",
        "keepalived-check-address",
        "keepalived-priority",
    ] {
        assert!(said.contains(rule), "{rule}: {said}");
    }
    let kept = kept(&place);
    assert!(!kept.contains(&PASSWORD[..8]), "{kept}");
}

#[test]
fn faults_of_services_are_the_same_from_afar() {
    let place = external();
    let conf = "etc/keepalived/keepalived.conf";
    let faults = [
        (
            "m0/etc/etcd.env",
            "PRIVATE_IP=10.0.0.10",
            "PRIVATE_IP=10.0.0.99",
        ),
        ("m1/etc/etcd.env", "PEER_NAME=m1\n", "PEER_NAME=\n"),
        ("m1/etc/etcd.env", ",m2=https://10.0.0.12:2380", ""),
        (
            "m2/etc/systemd/system/etcd.service",
            "--peer-cert-allowed-cn=etcd-peer",
            "--peer-cert-allowed-cn other",
        ),
        (
            "m2/etc/systemd/system/etcd.service",
            "Description=etcd",
            "Description=etcd\nConflicts=other.service etcd.service",
        ),
        (
            "m2/etc/systemd/system/etcd.service",
            "User=root",
            "User=etcd",
        ),
        (
            "m2/etc/systemd/system/etcd.service",
            "kubernetes \\",
            "'another-one' \\",
        ),
        (&format!("m1/{conf}"), "Geh31mXy", "Geh31mXz"),
        (
            &format!("m2/{conf}"),
            "virtual_router_id 51",
            "virtual_router_id 512",
        ),
        (
            &format!("m2/{conf}"),
            "10.0.0.100/24",
            "10.0.0.101/24 dev eth0",
        ),
        (&format!("m2/{conf}"), "enable_script_security", "# none"),
        (&format!("m2/{conf}"), "fall 2", "fall 20"),
        (
            &format!("m0/{conf}"),
            "vrrp_instance VI_1 {",
            "include /etc/keepalived/more.conf\nvrrp_instance VI_1\n{",
        ),
        (
            &format!("m0/{conf}"),
            "\"/etc/keepalived/check_apiserver.sh\"",
            "\"/usr/bin/curl -sk https://localhost:6443/healthz\" # ours",
        ),
        (
            "m1/etc/kubernetes/kubeadm-join.yaml",
            "caCertHashes:\n    - sha256:",
            "caCertHashes:\n    - sha256:0000",
        ),
        (
            "m0/etc/kubernetes/kubeadm-config.yaml",
            "apiServer:\n  certSANs:\n",
            "apiServer:\n  certSANs:\n  - other.example.com\n",
        ),
        (
            "m0/etc/kubernetes/kubeadm-config.yaml",
            "apiserver-etcd-client.crt",
            "none.crt",
        ),
    ];
    let last = faults.len() - 1;
    for (number, (file, from, to)) in faults.into_iter().enumerate() {
        let path = format!("out/{file}");
        let text = fs::read_to_string(place.join(&path)).expect("rendered");
        if text.contains("sha256:") && to.contains("0000") {
            // Of as many digits as before.
            let at = text.find("sha256:").expect("a pin") + 7;
            let other = format!("{}{}{}", &text[..at], "0".repeat(64), &text[at + 64..]);
            fs::write(place.join(&path), other).expect("written");
        } else {
            change(&place, &path, from, to);
        }
        // All of them stay there.
        if number % 4 == 3 || number == last {
            same(&place);
        }
    }
    let said = found(&place);
    for rule in [
        "keepalived-differs",
        "keepalived-router-id",
        "keepalived-script-security",
        "etcd-members-differ",
        "etcd-unit-variable",
        "etcd-unit-conflict",
        "kubeadm-config-name",
        "kubeadm-config-file",
        "kubeadm-config-ca-hash",
    ] {
        assert!(said.contains(rule), "{rule}: {said}");
    }
}

/// What stands in front of the API servers, with and without what was described.
#[test]
fn faults_before_the_api_servers_are_the_same_from_afar() {
    let conf = "etc/keepalived/keepalived.conf";
    let script = "etc/keepalived/check_apiserver.sh";
    let cfg = "etc/haproxy/haproxy.cfg";
    let pod = "etc/kubernetes/manifests/kube-vip.yaml";
    let before_haproxy: &[(&str, &str, &str, &str)] = &[
        ("m2", conf, "interface eth0", "interface eth0 eth1"),
        ("m0", conf, "        10.0.0.12\n", ""),
        ("m0", script, " --fail", ""),
        ("m0", cfg, "bind 0.0.0.0:8443", "bind 0.0.0.0:9443"),
        (
            "m1",
            conf,
            "    track_script {\n        check_apiserver\n    }\n",
            "",
        ),
        ("m1", script, "localhost:8443", "localhost:9443"),
        ("m1", cfg, "mode tcp", "mode http"),
        ("m2", cfg, "10.0.0.11:6443", "10.0.0.19:6443"),
        ("m0", conf, "advert_int 1", "advert_int 2"),
        ("m0", cfg, "http-check connect ssl", "http-check connect"),
        ("m1", cfg, "check inter", "inter"),
        ("m2", conf, "    authentication {", "    authentication"),
    ];
    let pods: &[(&str, &str, &str, &str)] = &[
        ("m0", pod, "value: \"10.0.0.100\"", "value: 10.0.0.101"),
        (
            "m1",
            pod,
            "vip_leaderelection\n      value: \"true\"",
            "vip_leaderelection\n      value: \"false\"",
        ),
        (
            "m2",
            pod,
            "path: /etc/kubernetes/admin.conf",
            "path: /etc/kubernetes/none.conf",
        ),
        ("m0", pod, "super-admin.conf", "none-admin.conf"),
        ("m1", pod, "value: \"6443\"", "value: \"6444\""),
        (
            "m2",
            pod,
            "    - name: vip_interface\n      value: eth0\n",
            "",
        ),
        (
            "m2",
            pod,
            "name: kubeconfig\n      mountPath",
            "name: other\n      mountPath",
        ),
    ];
    let kube_vip = || {
        let setup = "loadBalancer: {type: kube-vip, virtualIP: 10.0.0.100, interface: eth0}\n";
        rendered("controlPlaneEndpoint: 10.0.0.100:6443\n", setup)
    };
    let unicast = || {
        let setup = "loadBalancer: {type: keepalived+haproxy, virtualIP: 10.0.0.100, interface: eth0, unicast: true, authPass: Geh31mXy}\n";
        rendered("controlPlaneEndpoint: 10.0.0.100:8443\n", setup)
    };
    for (place, faults, rules) in [
        (
            unicast(),
            before_haproxy,
            &[
                "keepalived-unicast",
                "keepalived-no-check",
                "keepalived-value",
                "keepalived-braces",
                "keepalived-differs",
                "keepalived-check-url",
                "haproxy-port",
                "haproxy-mode",
                "haproxy-server",
                "haproxy-check",
            ][..],
        ),
        (
            kube_vip(),
            pods,
            &[
                "virtual-ip-endpoint",
                "kube-vip-off",
                "kube-vip-kubeconfig",
                "kube-vip-interface",
                "kube-vip-differs",
            ],
        ),
    ] {
        let mut said = String::new();
        for (number, (host, file, from, to)) in faults.iter().enumerate() {
            change(&place, &format!("out/{host}/{file}"), from, to);
            if number % 6 == 5 || number + 1 == faults.len() {
                same(&place);
                same_as_described(&place);
                said.push_str(&far(&place, &["-o", "json", "-f", "cluster.yaml"]).stdout);
            }
        }
        for rule in rules {
            assert!(said.contains(rule), "{rule}: {said}");
        }
    }
}

/// Drop-ins, environments and scripts that lie elsewhere, and links.
#[test]
fn what_units_name_is_found_from_afar() {
    let place = external();
    let at = |path: &str| place.join(&format!("out/m0/{path}"));
    let drop_in = at("etc/systemd/system/etcd.service.d");
    fs::create_dir(&drop_in).expect("a directory");
    let text = "[Service]\nEnvironmentFile=/etc/kubernetes/more.env\nEnvironment=\"ETCD_NAME=m9\" OTHER=x\n";
    fs::write(drop_in.join("10-more.conf"), text).expect("written");
    fs::write(
        at("etc/kubernetes/more.env"),
        "PEER_NAME=m0\nETCD_CERT_FILE=/none\n",
    )
    .expect("written");
    same(&place);
    assert!(found(&place).contains("etcd-flag-and-variable"));
    let script = at("etc/keepalived/check_apiserver.sh");
    fs::rename(&script, at("etc/kubernetes/check.sh")).expect("moved");
    std::os::unix::fs::symlink("../kubernetes/check.sh", &script).expect("linked");
    let curl = "#!/bin/sh\nVIP=10.0.0.100\nif curl -sk https://localhost:6443/ \\\n  -o /dev/null; then ip addr | grep -q \"$VIP\"; fi\n";
    fs::write(at("etc/kubernetes/check.sh"), curl).expect("written");
    same(&place);
    fs::set_permissions(
        at("etc/kubernetes/check.sh"),
        fs::Permissions::from_mode(0o666),
    )
    .expect("changed");
    same(&place);
    fs::remove_file(&script).expect("removed");
    same(&place);
    let said = found(&place);
    assert!(said.contains("keepalived-script"), "{said}");
}

/// One that lies here and one there are compared as well.
#[test]
fn passwords_are_compared_between_here_and_there() {
    let place = external();
    let both = |place: &Place| {
        let mut command = command(place, &["-o", "json", "out/m0/etc/kubernetes"]);
        let output = run(command.args(targets(place, &["m1", "m2"])));
        assert!(!output.stdout.contains("Geh31mX"), "{output:?}");
        output.stdout
    };
    let said = both(&place);
    assert!(!said.contains("keepalived-differs"), "{said}");
    let conf = "out/m2/etc/keepalived/keepalived.conf";
    change(&place, conf, "Geh31mXy", "Geh31mXyMore");
    let said = both(&place);
    assert!(!said.contains("keepalived-differs"), "{said}");
    change(&place, conf, "Geh31mXyMore", "\"Geh31mXz\"");
    let said = both(&place);
    assert!(said.contains("auth_pass is another one on"), "{said}");
    // What stands for it is another in each run.
    let stand_ins: std::collections::BTreeSet<_> = kept(&place)
        .lines()
        .filter_map(|line| Some(line.split_once("auth_pass ")?.1.to_owned()))
        .collect();
    assert_eq!(stand_ins.len(), 5, "{stand_ins:?}");
}

/// In every file of a service and of kubeadm, in every form that one would write.
#[test]
fn secrets_of_services_stay_there() {
    let place = haproxy();
    let append = |path: &str, text: &str| {
        let path = place.join(&format!("out/m1/etc/{path}"));
        fs::create_dir_all(path.parent().expect("below")).expect("a directory");
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(&path, before + text).expect("written");
    };
    append(
        "keepalived/keepalived.conf",
        "$SECRET=SECRET\nglobal_defs {\n  notification_email { SECRET@example.com }\n  smtp_alert SECRET\n}\n\
         vrrp_script s {\n  script \"/usr/bin/curl -u admin:SECRET --header 'Authorization: Bearer SECRET' https://u:SECRET@h/ -pSECRET\"\n}\n\
         vrrp_instance V {\n  notify \"/bin/x SECRET\"\n  authentication {\n    auth_pass \"SECRET\" # SECRET\n  }\n}\n\
         virtual_server 10.0.0.1 80 {\n  SSL_GET { password SECRET }\n}\n",
    );
    append(
        "keepalived/check_apiserver.sh",
        "PASSWORD=SECRET\nexport TOKEN=\"SECRET SECRET\" X='SECRET'\n# SECRET\ncurl --fail -H \"Authorization: Bearer SECRET\" -uSECRET --user \"a:SECRET\" --token=SECRET https://localhost/?token=SECRET https://SECRET@h\n\
         cat <<END\nSECRET\nEND\necho SECRET | mysql -pSECRET --password SECRET\n",
    );
    append(
        "haproxy/haproxy.cfg",
        "listen stats\n    bind :9000\n    stats auth admin:SECRET\n    stats uri /SECRET\nuserlist u\n    user admin insecure-password SECRET\n    user b password SECRET\n\
         frontend g\n    http-request auth realm SECRET if x\n    use_backend b if SECRET\n    setenv PASSWORD \"SECRET\"\n    option httpchk GET /?SECRET=SECRET\n    server x 10.0.0.1:1 send-proxy-v2 sni str(SECRET) # SECRET\n",
    );
    append(
        "kubernetes/kubeadm-join.yaml",
        "---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nbootstrapTokens:\n- token: SECRET\n  description: SECRET\n  groups: [SECRET, \"SECRET\"]\n  usages:\n  - SECRET\ncertificateKey: SECRET # SECRET\n# SECRET\n",
    );
    change(
        &place,
        "out/m1/etc/kubernetes/kubeadm-join.yaml",
        "token: TOKEN",
        "token: SECRET\n    tlsBootstrapToken: SECRET",
    );
    change(
        &place,
        "out/m1/etc/kubernetes/kubeadm-join.yaml",
        "controlPlane:\n",
        "controlPlane:\n  certificateKey: SECRET\n",
    );
    let unit = "[Service]\nEnvironment=PASSWORD=SECRET ETCD_X=SECRET\nEnvironment='SECRET=SECRET'\nEnvironmentFile=/etc/etcd.env\nX-Key=SECRET\nSetCredential=a:SECRET\nExecStart=/usr/bin/etcd --name=${NAME} --cert-file /a.crt \\\n  --discovery-token=SECRET --discovery-token SECRET SECRET ${OTHER} \\\n  # SECRET\n  --x=${PASSWORD} $OPTIONS\n";
    append("systemd/system/etcd.service", unit);
    append(
        "systemd/system/etcd.service.d/a.conf",
        "[Service]\nPassEnvironment=SECRET\nExecStartPre=/bin/x SECRET\n",
    );
    append(
        "etcd.env",
        "NAME=m1\nPASSWORD=SECRET\nOTHER='SECRET'\nETCDCTL_USER=root:SECRET\nOPTIONS=\"--name m1 --discovery-token=SECRET --x SECRET\"\n# SECRET\nETCD_DISCOVERY=https://x/SECRET\nSECRET\n",
    );
    let output = far(&place, &[]);
    assert!(!output.stdout.contains("SECRET"), "{output:?}");
    let kept = kept(&place);
    let leak = kept.lines().find(|line| {
        // A name of a variable or of a field is no secret of its own.
        let names = ["${SECRET}", "SECRET=$(withheld)", "'SECRET=$(withheld)'"];
        let line = names
            .iter()
            .fold((*line).to_owned(), |line, name| line.replace(name, ""));
        line.contains("SECRET")
    });
    assert_eq!(leak, None, "{kept}");
    // All of it was looked at.
    for path in [
        "keepalived.conf",
        "check_apiserver.sh",
        "haproxy.cfg",
        "kubeadm-join.yaml",
        "etcd.service",
        "a.conf",
        "etcd.env",
    ] {
        let mut lines = kept.lines().skip_while(|line| {
            !(line.starts_with("node ") && line.contains("/m1/etc/") && line.ends_with(path))
        });
        let said =
            lines.find(|line| matches!(*line, "view" | "absent") || line.starts_with("withheld"));
        assert_eq!(said, Some("view"), "{path}: {kept}");
    }
}

/// What has another form than is followed is listed.
#[test]
fn services_of_an_odd_form_are_listed() {
    let place = external();
    let unit = "out/m0/etc/systemd/system/etcd.service";
    change(&place, unit, "--name=${PEER_NAME}", "--name=\"a b\"");
    let conf = "out/m1/etc/keepalived/keepalived.conf";
    change(
        &place,
        conf,
        "auth_type PASS\n",
        "auth_type PASS auth_pass x\n",
    );
    let output = far(&place, &[]);
    for path in [
        "/etc/systemd/system/etcd.service",
        "/etc/keepalived/keepalived.conf",
    ] {
        assert!(output.stdout.contains(path), "{path}: {}", output.stdout);
    }
    assert!(
        output.stdout.contains("lest a secret is in it"),
        "{}",
        output.stdout
    );
}

//! What belongs to services stays on its host, and is listed.

use super::*;

#[test]
fn services_of_another_host_are_listed() {
    let place = fleet();
    let password = "4be37dc3";
    let keepalived =
        format!("vrrp_instance V {{\n  authentication {{\n    auth_pass {password}\n  }}\n}}\n");
    for (path, text) in [
        ("keepalived/keepalived.conf", keepalived.as_str()),
        (
            "systemd/system/etcd.service",
            "[Service]\nExecStart=/usr/bin/etcd --name=hidden-member\n",
        ),
        (
            "kubernetes/kubeadm-config.yaml",
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n",
        ),
    ] {
        let to = place.join(&format!("out/m0/etc/{path}"));
        fs::create_dir_all(to.parent().expect("below")).expect("our own directory");
        fs::write(to, text).expect("written");
    }
    let output = far(&place, &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for path in [
        "/etc/keepalived/keepalived.conf",
        "/etc/systemd/system/etcd.service",
        "kubeadm-config.yaml",
    ] {
        assert!(output.stdout.contains(path), "{path}: {}", output.stdout);
    }
    let kept = fs::read_to_string(place.join("kept")).expect("what came back");
    assert!(
        !kept.contains(password) && !kept.contains("hidden-member"),
        "{kept}"
    );
}

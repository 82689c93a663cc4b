use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use pki_core::PasswordSeal;

use super::host::PROGRAMS;
use super::*;
use crate::env::OsRandom;
use crate::remote::{local, shells};
use crate::tree::TreeOnDisk;

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/kubeadm/sample")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("mkdir");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), &to).expect("copied")),
        }
    }
}

/// A host of its own below a directory.
fn host() -> (tempfile::TempDir, PathBuf) {
    let temp = tempfile::tempdir().expect("tempdir");
    let kubernetes = temp.path().join("etc/kubernetes");
    copy(&sample(), &kubernetes);
    (temp, kubernetes)
}

fn seal() -> PasswordSeal {
    PasswordSeal::generate(&mut OsRandom).expect("random numbers")
}

fn far(shell: &str, directory: &Path) -> TreeOnDisk {
    let host = FarHost::new(local(shell), seal());
    TreeOnDisk::read_far(&host, "m1", directory, None).expect(shell)
}

fn view<'a>(on_disk: &'a TreeOnDisk, path: &str) -> &'a str {
    match &on_disk.tree.files[path].content {
        TreeContent::PublicView(text) => std::str::from_utf8(text).expect("text"),
        other => panic!("{path}: {other:?}"),
    }
}

/// The rest of a file is said of it as of one that lies here.
#[test]
fn every_shell_says_of_a_tree_what_is_seen_here() {
    let (_temp, kubernetes) = host();
    fs::create_dir(kubernetes.join("manifests")).expect("mkdir");
    let manifest = "kind: Pod\nspec:\n  containers:\n  - command:\n    - etcd\n    - --name=m1\n";
    fs::write(kubernetes.join("manifests/etcd.yaml"), manifest).expect("written");
    fs::rename(kubernetes.join("pki/sa.key"), kubernetes.join("sa")).expect("moved");
    symlink("../sa", kubernetes.join("pki/sa.key")).expect("linked");
    let mode = fs::Permissions::from_mode(0o640);
    fs::set_permissions(kubernetes.join("pki/ca.key"), mode).expect("changed");
    let here = TreeOnDisk::read(&kubernetes).expect("a tree");
    for shell in shells() {
        let there = far(shell, &kubernetes);
        let facts = |on_disk: &TreeOnDisk| -> Vec<_> {
            let files = on_disk.tree.files.iter();
            let facts = files.map(|(path, file)| {
                let inode = file.inode.filter(|_| shell != "busybox");
                (
                    path.clone(),
                    file.mode,
                    file.owner,
                    file.links,
                    file.link.clone(),
                    inode,
                )
            });
            facts.collect()
        };
        assert_eq!(facts(&there), facts(&here), "{shell}");
        assert_eq!(there.tree.directories, here.tree.directories, "{shell}");
        assert_eq!(there.tree.location.host_root, here.tree.location.host_root);
        assert_eq!(view(&there, "manifests/etcd.yaml"), manifest);
        let certificate = fs::read_to_string(kubernetes.join("pki/ca.crt")).expect("read");
        assert_eq!(view(&there, "pki/ca.crt"), certificate, "{shell}");
        let key = view(&there, "pki/sa.key");
        assert!(
            key.starts_with("-----BEGIN PUBLIC HALF OF RSA PRIVATE KEY-----\nMII"),
            "{key}"
        );
        assert!(view(&there, "admin.conf").contains("current-context"));
    }
}

/// What is read of it, and the line of each part; nothing else, in no form.
#[test]
fn a_manifest_shows_what_is_read() {
    const SECRETS: &str = "- --basic-auth=u:SECRET\n- \"--token=SECRET\"\n- --etcd-password\n- SECRET\n- -pSECRET\n- SECRET\nenv:\n- name: SECRET\n  value: SECRET\n- \"value\" : SECRET # SECRET\nSECRET: SECRET\n# SECRET\n";
    const SEEN: &str = "- --withheld=withheld\n- \"--withheld=withheld\"\n- --withheld\n- withheld\n- --withheld\n- withheld\nenv:\n- name: withheld-1\n  withheld-1: withheld\n- \"withheld-1\": withheld\nwithheld-2: withheld\n\n";
    let read = "kind: Pod\ncommand:\n- etcd\n- \"--cert-file=/etc/kubernetes/pki/etcd/server.crt\"\n- '--listen-client-urls=https://127.0.0.1:2379,https://[fd00::1]:2379'\n- --initial_cluster=m0=https://10.0.0.10:2380,m1=https://$(IP):2380\n- --name\n- m0\n- --audit-policy-file=/etc/kubernetes/audit.yaml\nimage: registry.k8s.io/etcd:3.5.1-0@sha256:ab\n";
    let seen = read.replace("--audit-policy-file", "--withheld");
    // Of these nothing is shown.
    let odd = [
        "value: |\n  SECRET\n",
        "value: >-\n  SECRET\n",
        "- {name: P, value: SECRET}\n",
        "- \"--etcd-password\",\"SECRET\"\n",
        "- --etcd-servers=https://u:SECRET@h:1\n",
        "- &a SECRET\n",
        "- \"--name\n  SECRET\"\n",
        "SECRET\n",
    ];
    for shell in shells() {
        let (_temp, kubernetes) = host();
        fs::create_dir(kubernetes.join("manifests")).expect("mkdir");
        let write = |name: &str, text: &str| {
            let path = kubernetes.join("manifests").join(name);
            fs::write(path, text).expect("written");
        };
        write("etcd.yaml", &format!("{read}{SECRETS}"));
        write(
            "a.json",
            "{\"kind\": \"Pod\", \"command\":[\"etcd\",\n\"--name=m0\",\"--token=SECRET\"]}\n",
        );
        for (number, odd) in odd.iter().enumerate() {
            write(&format!("{number}.yaml"), &format!("{read}{odd}"));
        }
        let there = far(shell, &kubernetes);
        assert_eq!(
            view(&there, "manifests/etcd.yaml"),
            format!("{seen}{SEEN}"),
            "{shell}"
        );
        assert_eq!(
            view(&there, "manifests/a.json"),
            "{\"kind\": \"Pod\",\"command\": [\"etcd\",\n\"--name=m0\",\"--withheld=withheld\"]}\n",
            "{shell}"
        );
        for (number, odd) in odd.iter().enumerate() {
            let file = &there.tree.files[&format!("manifests/{number}.yaml")];
            assert!(
                matches!(file.content, TreeContent::Withheld(_)),
                "{shell}: {odd}"
            );
        }
    }
}

/// As a program writes it, in one line.
#[test]
fn a_kubeconfig_in_one_line_is_shown() {
    let (_temp, kubernetes) = host();
    let text = fs::read_to_string(kubernetes.join("admin.conf")).expect("read");
    let data = |field: &str| {
        let (_, rest) = text.split_once(&format!("{field}: ")).expect(field);
        rest.lines().next().expect("a line").to_owned()
    };
    let [ca, certificate, key] = [
        "certificate-authority-data",
        "client-certificate-data",
        "client-key-data",
    ]
    .map(data);
    let json = format!(
        r#"{{"kind":"Config","current-context":"a","contexts":[{{"name":"a","context":{{"cluster":"c","user":"u"}}}}],"clusters":[{{"name":"c","cluster":{{"server":"https://m0:6443","certificate-authority-data":"{ca}"}}}}],"users":[{{"name":"u","user":{{"client-certificate-data":"{certificate}","client-key-data":"{key}","token":"SECRET"}}}}]}}"#
    );
    let halves = json
        .split_once(r#""clusters""#)
        .map(|(one, other)| format!("{one}\n\n\"clusters\"{other}\n"));
    fs::write(kubernetes.join("admin.conf"), &json).expect("written");
    fs::write(kubernetes.join("super-admin.conf"), halves.expect("two")).expect("written");
    let escaped = json.replace("SECRET", r"\u0053ECRET");
    fs::write(kubernetes.join("scheduler.conf"), escaped).expect("written");
    for shell in shells() {
        let there = far(shell, &kubernetes);
        let whole = view(&there, "admin.conf");
        assert_eq!(whole.lines().count(), 1, "{shell}: {whole}");
        assert!(whole.contains(r#""server": "https://m0:6443""#), "{shell}");
        assert!(whole.contains(r#""token": "withheld""#), "{shell}: {whole}");
        assert!(
            !whole.contains(&key) && !whole.contains("SECRET"),
            "{shell}"
        );
        assert!(pki_core::JoinEndpoint::of(&there.tree).is_some_and(|it| it.address == "m0:6443"));
        let lines = view(&there, "super-admin.conf");
        let lines: Vec<_> = lines.lines().collect();
        assert_eq!((lines.len(), lines[1]), (3, ""), "{shell}");
        assert_eq!(lines.concat(), whole.trim_end(), "{shell}");
        let odd = &there.tree.files["scheduler.conf"].content;
        assert!(matches!(odd, TreeContent::Withheld(_)), "{shell}");
    }
}

/// A tool that fails makes no file look empty.
#[test]
fn a_tool_that_does_not_run_is_named() {
    let (temp, kubernetes) = host();
    let tool = temp.path().join("od");
    fs::write(&tool, "#!/bin/sh\nexit 1\n").expect("written");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("changed");
    let shell = format!("env PATH={}:/usr/bin:/bin sh", temp.path().display());
    let host = FarHost::new(local(&shell), seal());
    let lost = TreeOnDisk::read_far(&host, "m1", &kubernetes, None).err();
    let lost = lost.expect("it is said");
    assert_eq!(lost.message(), "its od does not run");
}

/// They stand within quotation marks of a shell.
#[test]
fn programs_have_no_quotation_mark() {
    for (name, text) in PROGRAMS {
        assert!(!text.contains('\''), "{name}");
    }
}

/// What kpki left there is told as here, and the stage of a run that is at work is passed over.
#[test]
fn every_shell_tells_what_kpki_left() {
    let temp = tempfile::tempdir().expect("tempdir");
    let kubernetes = temp.path().join("etc/kubernetes");
    let at = |path: &str| kubernetes.join(path);
    for directory in ["pki/.kpki-stage", "pki/.kpki-copy", "kpki-backup-1/pki"] {
        fs::create_dir_all(at(directory)).expect("mkdir");
    }
    fs::copy(sample().join("pki/ca.crt"), at("pki/ca.crt")).expect("copied");
    for file in [
        "pki/.kpki-stage/0",
        "pki/.kpki-copy/0",
        "kpki-backup-1/pki/ca.key",
    ] {
        fs::copy(sample().join("pki/ca.key"), at(file)).expect("copied");
    }
    let left = |mut on_disk: TreeOnDisk| -> Vec<_> {
        on_disk.read_copies();
        let remains = on_disk.tree.remains.iter();
        remains
            .map(|it| {
                let files = it.files.iter();
                let keys = files.filter(|(_, file)| {
                    let (TreeContent::Bytes(text) | TreeContent::PublicView(text)) = &file.content
                    else {
                        return false;
                    };
                    String::from_utf8_lossy(text).contains("PRIVATE KEY")
                });
                (
                    it.directory.clone(),
                    it.kind,
                    keys.count(),
                    it.may_be_in_use,
                )
            })
            .collect()
    };
    let here = || left(TreeOnDisk::read(&kubernetes).expect("a tree"));
    let all = here();
    assert_eq!(all.len(), 3);
    let record = at("pki/.kpki-copy/pid");
    let lock = at("pki/.kpki.lock");
    // A number that no process has, or another one has by now.
    for pid in [
        "4000000 - a\n".to_owned(),
        format!("{} 1 a\n", std::process::id()),
    ] {
        fs::write(&record, pid).expect("written");
        assert_eq!(left(far("sh", &kubernetes)), all);
        assert_eq!(here(), all);
    }
    for shell in shells() {
        fs::remove_file(&record).ok();
        let there = || left(far(shell, &kubernetes));
        assert_eq!(there(), all, "{shell}");
        fs::write(&record, format!("{} - a\n", std::process::id())).expect("written");
        assert_eq!(there(), all[..1], "{shell}");
        assert_eq!(here(), all[..1]);
        fs::remove_file(&record).expect("removed");
        let held = fs::File::create(&lock).expect("made");
        held.lock().expect("free");
        serde_json::to_writer(&held, &serde_json::json!({"pid": std::process::id()}))
            .expect("written");
        assert_eq!(there(), all[..1], "{shell}");
        fs::remove_file(&lock).expect("removed");
    }
}

/// Files of services, and what of them is said: the same by every shell and awk.
#[test]
fn every_shell_shows_what_is_read_of_services() {
    const CONF: &str = "global_defs {\n  enable_script_security # S\n  smtp S\n}\nvrrp_script c {\n  script \"/bin/curl -uS --fail https://localhost:6443/healthz\"\n}\nvrrp_instance V {\n  auth_pass S3cret99more\n  virtual_ipaddress {\n    10.0.0.9/24 dev eth0\n  }\n}\n";
    const CONF_SEEN: &str = "global_defs {\n  enable_script_security \n  withheld withheld\n}\nvrrp_script c {\n  script \"/bin/curl -? --fail https://localhost:6443/healthz\"\n}\nvrrp_instance V {\n  auth_pass SEAL+\n  virtual_ipaddress {\n    10.0.0.9/24 dev eth0\n  }\n}\n";
    const UNIT: &str = "[Service]\nEnvironmentFile=-/etc/etcd.env\nEnvironment=A=m0 \"B=S S\"\nEnvironment=C=S\nUser=etcd\nExecStart=/usr/bin/etcd --name=${A} \\\n # S\n  --x ${C} --y=S\n";
    const UNIT_SEEN: &str = "odd";
    const ENVIRONMENT: &str = "# S\nNODE=m0\nB='S'\nETCD_NAME=\"m0\"\nMORE=--name=m1 --x=S S\n";
    const ENVIRONMENT_SEEN: &str = "\nNODE=m0\nB='$(withheld)'\nETCD_NAME=\"m0\"\nMORE=--name=m1 --withheld=withheld $(withheld)\n";
    const PROXY: &str = "listen l\n  bind *:8443 ssl crt S\n  server m0 10.0.0.1:6443 check # S\n  stats auth a:S\n";
    const PROXY_SEEN: &str =
        "listen l\n  bind *:8443 ssl crt withheld\n  server m0 10.0.0.1:6443 check\n  withheld\n";
    const KUBEADM: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ntoken: S\napiServer:\n  certSANs: [a, \"b\"]\n  extraArgs:\n  - name: oidc\n    value: S\n";
    const KUBEADM_SEEN: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ntoken: withheld\napiServer:\n  certSANs: [\"a\", \"b\"]\n  extraArgs:\n  - name: oidc\n    value: withheld\n";
    const SCRIPT: &str = "#!/usr/bin/env bash\n# S\nX=\"S\"\nif curl -sfk --user S:S https://10.0.0.1:6443/healthz; then\n  ip addr | grep -qw 10.0.0.9\nfi\n";
    const SCRIPT_SEEN: &str = "#!/usr/bin/env bash\n\nX=\"withheld\"\nif curl -sfk --user withheld https://10.0.0.1:6443/healthz; then\n  ip addr | grep -qw 10.0.0.9\nfi\n";
    let temp = tempfile::tempdir().expect("tempdir");
    let named = |kind: &str| match kind {
        "environment" => format!("environment NODE {}/environment", temp.path().display()),
        kind => format!("{kind} {}/{kind}", temp.path().display()),
    };
    let seal = seal();
    for (kind, text, seen) in [
        ("keepalived", CONF, CONF_SEEN),
        ("unit", UNIT, UNIT_SEEN),
        ("environment", ENVIRONMENT, ENVIRONMENT_SEEN),
        ("haproxy", PROXY, PROXY_SEEN),
        ("kubeadm", KUBEADM, KUBEADM_SEEN),
        ("script", SCRIPT, SCRIPT_SEEN),
    ] {
        fs::write(temp.path().join(kind), text).expect("written");
        let mut first: Option<String> = None;
        for shell in shells() {
            let host = FarHost::new(local(shell), seal.clone());
            host.ask(&[Question::verbatim(&named(kind))]);
            let node = host.node(&format!("{}/{kind}", temp.path().display()));
            let view = match &node.kind {
                Kind::File(TreeContent::PublicView(view)) => String::from_utf8_lossy(view),
                Kind::File(TreeContent::Withheld(_)) => "odd".into(),
                other => panic!("{shell}: {kind}: {other:?}"),
            };
            assert_eq!(
                first.get_or_insert_with(|| view.to_string()),
                &view,
                "{shell}"
            );
            let masked = view
                .lines()
                .map(|line| match line.split_once("auth_pass ") {
                    Some((before, seal)) if seal.len() == 9 => format!("{before}auth_pass SEAL+\n"),
                    _ => format!("{line}\n"),
                });
            let masked: String = masked.collect();
            assert_eq!(masked.trim_end(), seen.trim_end(), "{shell}: {kind}");
        }
    }
}

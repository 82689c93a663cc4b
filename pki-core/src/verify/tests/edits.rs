//! Commands that change files: they touch what they are about, and nothing else.

use super::derived::API_SERVER;
use super::faults::{exchange, put_flags};
use super::*;

#[track_caller]
fn only(report: &Report, rule: Rule) -> &Finding {
    let found = report.findings.iter().filter(|found| found.rule == rule);
    let found: Vec<_> = found.collect();
    let [one] = found[..] else {
        panic!("{:#?}", report.findings);
    };
    one
}

fn report(tree: &Tree) -> Report {
    verify(tree, &Expectation::default(), now())
}

fn commands(finding: &Finding) -> Vec<&str> {
    finding.fix.commands().collect()
}

/// Whether no command would run this program.
fn runs_none(finding: &Finding, program: &str) -> bool {
    !finding.fix.commands().any(|it| it.contains(program))
}

fn joined(tree: &Tree, paths: &[&str]) -> Vec<u8> {
    paths.iter().flat_map(|path| text(tree, path)).collect()
}

#[test]
fn the_only_copy_of_a_key_is_kept() {
    let both = |gone: bool| {
        broken(trees(), |t, all| {
            let both = joined(&all.good, &["pki/ca.crt", "pki/ca.key"]);
            put(t, "pki/ca.crt", file(&both, 0o644));
        })
        .tap(|tree| {
            if gone {
                tree.files.remove("pki/ca.key");
            }
        })
    };
    let sed = "(umask 077; sed -n '/BEGIN CERTIFICATE-/,/END CERTIFICATE-/p' pki/ca.crt > pki/ca.crt.new) && chmod 644 pki/ca.crt.new && mv pki/ca.crt.new pki/ca.crt";
    let own = "test -e pki/ca.key || (umask 077; openssl pkey -traditional -in pki/ca.crt -out pki/ca.key)";
    let there = report(&both(false));
    let rule = Rule::KeyInCertificateFile;
    assert_eq!(commands(only(&there, rule)), [sed]);
    let gone = report(&both(true));
    assert_eq!(commands(only(&gone, rule)), [own, sed]);
    // A copy that lies around may be shredded by its own remedy.
    let mut copied = both(true);
    let key = copy(&trees().good, "pki/ca.key");
    put(&mut copied, "pki/ca.key.bak", key);
    assert_eq!(commands(only(&report(&copied), rule)), [own, sed]);
    // Another key is in its place.
    let mut other = both(false);
    put(&mut other, "pki/ca.key", copy(&trees().other, "pki/ca.key"));
    let own = own.replace("pki/ca.key", "pki/ca.crt.key");
    assert_eq!(commands(only(&report(&other), rule)), [&own, sed]);
    put(&mut other, "pki/ca.crt.key", file(b"", 0o600));
    assert!(runs_none(only(&report(&other), rule), "openssl"));
}

#[test]
fn a_key_alone_is_not_edited_away() {
    let tree = broken(trees(), |t, _| {
        let key = t.files.remove("pki/front-proxy-ca.key").unwrap();
        put(t, "pki/front-proxy-ca.crt", key);
    });
    let report = report(&tree);
    let finding = only(&report, Rule::KeyInCertificateFile);
    let kept = "test -e pki/front-proxy-ca.key || (umask 077; openssl pkey -traditional -in pki/front-proxy-ca.crt -out pki/front-proxy-ca.key)";
    assert_eq!(commands(finding), [kept]);
    // Nor is it written over by the certificate of another host.
    let restored = commands(only(&report, Rule::WrongBlock));
    assert_eq!(restored[0], kept);
    assert!(restored[1].starts_with("kpki copy "), "{restored:?}");
    // Nor is one that this program cannot read.
    let tree = broken(trees(), |t, all| {
        let unread = pem_text::encode("PRIVATE KEY", &[0x30, 0]);
        let certificate = text(&all.good, "pki/ca.crt");
        put(
            t,
            "pki/ca.crt",
            file(&[certificate.as_slice(), unread.as_bytes()].concat(), 0o600),
        );
        t.files.remove("pki/ca.key");
    });
    let report = self::report(&tree);
    let commands = commands(only(&report, Rule::KeyInCertificateFile));
    assert_eq!(
        commands[0],
        "test -e pki/ca.key || (umask 077; cp pki/ca.crt pki/ca.key)"
    );
}

/// The API server may take both from one file.
#[test]
fn a_file_that_both_flags_name_keeps_both() {
    let mut tree = faults::with(&[]);
    let both = joined(&tree, &["pki/apiserver.crt", "pki/apiserver.key"]);
    put(&mut tree, "pki/both.pem", file(&both, 0o600));
    let flags = ["tls-cert-file", "tls-private-key-file"]
        .map(|flag| format!("--{flag}=/etc/kubernetes/pki/both.pem"));
    put_flags(&mut tree, "kube-apiserver", &[&flags[0], &flags[1]]);
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    let finding = only(&report, Rule::KeyInCertificateFile);
    assert_eq!(commands(finding), [""; 0]);
}

#[test]
fn a_bundle_with_a_key_is_for_an_editor() {
    let paths = ["pki/ca.crt", "pki/etcd/ca.crt", "pki/ca.key"];
    let tree = |count: usize| {
        let mut tree = broken(trees(), |_, _| ());
        let expired = root(&tree, "pki/etcd/ca", |p| {
            p.validity = valid(-200 * DAY, -100 * DAY);
        });
        let mut bundle = joined(&tree, &paths[..1]);
        bundle.extend(expired.to_pem().into_bytes());
        bundle.extend(joined(&tree, &paths[2..count]));
        put(&mut tree, "pki/ca.crt", file(&bundle, 0o644));
        report(&tree)
    };
    let plain = tree(2);
    let awk = commands(only(&plain, Rule::CaBundle))[0];
    assert_eq!(
        awk,
        "(umask 077; awk '/BEGIN CERTIFICATE/ { i++ } i != 2' pki/ca.crt > pki/ca.crt.new) && chmod 644 pki/ca.crt.new && mv pki/ca.crt.new pki/ca.crt"
    );
    let with_key = tree(3);
    let finding = only(&with_key, Rule::CaBundle);
    assert!(runs_none(finding, "awk"), "{}", finding.fix);
    let words = "with an editor, take out certificate number 2 in pki/ca.crt";
    assert!(finding.fix.to_string().contains(words), "{}", finding.fix);
}

#[test]
fn a_link_stays_a_link() {
    let mut tree = broken(trees(), |_, _| ());
    tree.files.get_mut("pki/ca.crt").unwrap().link = Some("live/ca.crt".to_owned());
    let command = command::edit(&tree, "pki/ca.crt", &["sed", "1d"], 0o644);
    assert_eq!(
        command,
        "(umask 077; sed 1d pki/ca.crt > pki/ca.crt.new) && cp pki/ca.crt.new pki/ca.crt && chmod 644 pki/ca.crt && rm pki/ca.crt.new"
    );
}

const CONFIG: &str = "/var/lib/kubelet/config.yaml";

fn kubelet_with(config: &str, authority: &str) -> Report {
    let mut tree = faults::with(&[]);
    put(&mut tree, CONFIG, file(config.as_bytes(), 0o644));
    let path = tree.location.path_of(authority).unwrap();
    let ca = tree.files.remove("pki/ca.crt").unwrap();
    if path != "pki/ca.crt" {
        tree.files.remove("pki/ca.key");
    }
    put(&mut tree, &path, ca);
    let theirs = copy(&tree, "pki/etcd/ca.crt");
    put(&mut tree, "/srv/kubelet/ca.crt", theirs);
    let flag = serde_json::Value::from(format!("--cluster-signing-cert-file={authority}"));
    let text = format!(
        "kind: Pod\nspec:\n  containers:\n  - command:\n    - kube-controller-manager\n    - {flag}\n"
    );
    let manifest = file(text.as_bytes(), 0o600);
    put(
        &mut tree,
        "manifests/kube-controller-manager.yaml",
        manifest,
    );
    verify(&tree, &Expectation::from_tree(&tree), now())
}

#[test]
fn the_configuration_of_the_kubelet_is_edited_in_its_line() {
    const RIGHT: &str = "/srv/right/ca.crt";
    let edit = |line: usize| {
        format!(
            "(umask 077; sed '{line}s|/srv/kubelet/ca\\.crt|/etc/kubernetes/pki/ca.crt|' {CONFIG} > {CONFIG}.new) && chmod 644 {CONFIG}.new && mv {CONFIG}.new {CONFIG}"
        )
    };
    for (config, line) in [
        (
            "# clientCAFile: x\nauthentication:\n  x509:\n    clientCAFile: /srv/kubelet/ca.crt\n",
            Some(4),
        ),
        (
            "authentication: {x509: {clientCAFile: /srv/kubelet/ca.crt}, anonymous: {enabled: false}}\n",
            Some(1),
        ),
        (
            "{\"authentication\": {\n\"x509\": {\"clientCAFile\": \"/srv/kubelet/ca.crt\"}}}\n",
            Some(2),
        ),
        // Which of them is meant a program cannot tell.
        (
            "authentication:\n  x509:\n    clientCAFile: /srv/kubelet/ca.crt # not /srv/kubelet/ca.crt.old\n",
            None,
        ),
        (
            "authentication:\n  x509:\n    clientCAFile: \"/srv/kubelet/\\x63a.crt\"\n",
            None,
        ),
    ] {
        let report = kubelet_with(config, "/etc/kubernetes/pki/ca.crt");
        let commands = commands(only(&report, Rule::KubeletClientCa));
        let edits: Vec<_> = line.map(edit).into_iter().collect();
        assert_eq!(commands[..commands.len() - 1], edits, "{config}");
    }
    let config = "authentication:\n  x509:\n    clientCAFile: /srv/kubelet/ca.crt\n";
    for odd in [
        "/etc/x|' a;touch PWNED '/ca.crt",
        "/etc/x&/ca.crt",
        "/etc/x y/ca.crt",
    ] {
        let report = kubelet_with(config, odd);
        let finding = only(&report, Rule::KubeletClientCa);
        assert!(runs_none(finding, "sed"), "{}", finding.fix);
    }
    let plain = kubelet_with(config, RIGHT);
    let finding = only(&plain, Rule::KubeletClientCa);
    assert!(commands(finding)[0].contains("|/srv/right/ca.crt|' "));
}

fn kubeconfig(change: impl Fn(String) -> String) -> Tree {
    broken(trees(), |_, _| ()).tap(|tree| {
        let old = String::from_utf8(text(tree, "super-admin.conf")).unwrap();
        put(
            tree,
            "super-admin.conf",
            file(change(old).as_bytes(), 0o600),
        );
    })
}

#[test]
fn a_path_beside_data_is_taken_out_of_its_line() {
    let add = |line: &'static str| {
        move |old: String| {
            let first = "users:\n- name: other\n  user:\n    client-key: /root/other.key\n";
            old.replace("users:\n", first).replace(
                "    client-key-data:",
                &format!("    {line}\n    client-key-data:"),
            )
        }
    };
    let tree = kubeconfig(add("client-key: /root/a.key"));
    let line = String::from_utf8(text(&tree, "super-admin.conf")).unwrap();
    let line = line.lines().position(|line| line.contains("/root/a.key"));
    let number = line.unwrap() + 1;
    let told = report(&tree);
    let finding = only(&told, Rule::KubeconfigTwice);
    assert_eq!(
        commands(finding)[0],
        format!(
            "(umask 077; sed {number}d super-admin.conf > super-admin.conf.new) && chmod 600 super-admin.conf.new && mv super-admin.conf.new super-admin.conf"
        )
    );
    for odd in [
        "client-key: /root/a b.key",
        "client-key:\n      /root/a.key",
        "client-key: /root/a.key\n      b",
        "\"client-key\": /root/a.key",
    ] {
        let told = report(&kubeconfig(add(odd)));
        let finding = only(&told, Rule::KubeconfigTwice);
        assert!(runs_none(finding, "sed"), "{odd}: {}", finding.fix);
        let words = "with an editor, take the path of client-key away from user";
        assert!(finding.fix.to_string().contains(words), "{}", finding.fix);
    }
    let flow = kubeconfig(|old| {
        let start = old.find("  user:\n").unwrap();
        let (before, user) = old.split_at(start);
        let fields: Vec<_> = user.lines().skip(1).map(str::trim).collect();
        format!(
            "{before}  user: {{client-key: /a.key, {}}}\n",
            fields.join(", ")
        )
    });
    let told = report(&flow);
    assert!(runs_none(only(&told, Rule::KubeconfigTwice), "sed"));
}

#[test]
fn only_the_cluster_in_use_is_set() {
    let plain = |old: String| old.replace("https://vip.k8s.internal", "http://vip.k8s.internal");
    let told = report(&kubeconfig(plain));
    let finding = only(&told, Rule::KubeconfigInsecure);
    let command = commands(finding)[0];
    assert!(
        command.starts_with("kubectl config --kubeconfig super-admin.conf set-cluster ")
            && command.contains("--server=https://vip.k8s.internal:6443"),
        "{command}"
    );
    assert!(runs_none(finding, "sed"));
    let trees = trees();
    let line = trees.line("super-admin.conf", "certificate-authority-data");
    let skips = |old: String| old.replace(&line, "insecure-skip-tls-verify: true");
    let mut tree = kubeconfig(skips);
    tree.files.remove("pki/ca.crt");
    let told = report(&tree);
    let finding = only(&told, Rule::KubeconfigInsecure);
    assert!(runs_none(finding, "sed"), "{}", finding.fix);
}

/// A manifest whose flags all stand in one line.
#[test]
fn the_flag_is_edited_and_not_its_neighbour() {
    let wrong = "/etc/kubernetes/pki/etcd/ca.crt";
    let manifest = |words: &str| {
        let mut tree = faults::with(&[]);
        let flow = format!(
            "kind: Pod\nspec:\n  containers:\n  - command: [kube-apiserver, {words}, {}]\n",
            API_SERVER.join(", ")
        );
        put(
            &mut tree,
            "manifests/kube-apiserver.yaml",
            file(flow.as_bytes(), 0o600),
        );
        verify(&tree, &Expectation::from_tree(&tree), now())
    };
    let both = format!("--etcd-cafile={wrong}, --client-ca-file={wrong}");
    let told = manifest(&both);
    let finding = only(&told, Rule::FlagWrongFile);
    assert_eq!(
        commands(finding)[0],
        "(umask 077; sed '4s|--client-ca-file=/etc/kubernetes/pki/etcd/ca\\.crt|--client-ca-file=/etc/kubernetes/pki/ca.crt|' manifests/kube-apiserver.yaml > manifests/.kube-apiserver.yaml.new) && chmod 600 manifests/.kube-apiserver.yaml.new && mv manifests/.kube-apiserver.yaml.new manifests/kube-apiserver.yaml"
    );
    // In two words nobody knows which.
    let apart = format!("--etcd-cafile={wrong}, --client-ca-file, {wrong}");
    let told = manifest(&apart);
    assert!(runs_none(only(&told, Rule::FlagWrongFile), "sed"));
    let alone = format!("--client-ca-file, {wrong}");
    let told = manifest(&alone);
    assert!(!runs_none(only(&told, Rule::FlagWrongFile), "sed"));
}

#[test]
fn flags_that_nobody_could_judge_are_not_counted() {
    let count = |named: &str| {
        let mut tree = faults::with(&[]);
        let flag = format!("--requestheader-client-ca-file={named}");
        put_flags(&mut tree, "kube-controller-manager", &[&flag]);
        Manifests::read(&tree).judged
    };
    let right = count("/etc/kubernetes/pki/front-proxy-ca.crt");
    assert_eq!(count("/srv/elsewhere/ca.crt"), right - 1);
    assert_eq!(count("/etc/kubernetes/pki/ca.crt"), right);
}

/// Who could read the key may have it, wherever it is put now.
#[test]
fn an_exchange_does_not_hide_an_open_key() {
    let trees = trees();
    let mut tree = broken(trees, |_, _| ());
    exchange(&mut tree, trees, &[("pki/ca.crt", "pki/ca.key")]);
    let closed = found(&tree, &Expectation::default());
    assert_eq!(closed, ["exchanged pki/ca.crt"]);
    tree.files.get_mut("pki/ca.crt").unwrap().mode = 0o644;
    let report = report(&tree);
    let finding = only(&report, Rule::ReadableByOthers);
    assert_eq!(
        (finding.file.as_str(), finding.severity),
        ("pki/ca.crt", Severity::Error)
    );
    let fix = finding.fix.to_string();
    assert!(fix.contains("issue it again with a new key"), "{fix}");
    assert_eq!(commands(finding), [""; 0]);
    only(&report, Rule::Exchanged);
}

trait Tap: Sized {
    /// The same after a change.
    fn tap(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl Tap for Tree {}

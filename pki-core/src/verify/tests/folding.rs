//! One cause, one finding, and what follows from it below.

use super::*;

/// The consequences of the only finding: `file: message`.
#[track_caller]
fn consequences(fault: Break) -> Vec<String> {
    let trees = trees();
    let tree = broken(trees, fault);
    let report = verify(&tree, &Expectation::default(), now());
    let [finding] = &report.findings[..] else {
        panic!("{:#?}", report.findings);
    };
    assert_eq!(report.count(finding.severity), 1);
    let shown = |found: &Consequence| format!("{}: {}", found.file, found.message);
    finding.consequences.iter().map(shown).collect()
}

#[test]
fn leaves_stand_below_the_ca_that_is_at_fault() {
    let lost = consequences(|t, all| {
        put(t, "pki/etcd/ca.key", copy(&all.other, "pki/etcd/ca.key"));
        put(t, "pki/etcd/ca.crt", copy(&all.other, "pki/etcd/ca.crt"));
    });
    assert_eq!(lost.len(), 4, "{lost:#?}");
    assert_eq!(
        lost[0],
        "pki/etcd/server.crt: does not verify with pki/etcd/ca.crt"
    );
    let empty = consequences(|t, _| put(t, "pki/front-proxy-ca.crt", file(b"", 0o644)));
    assert_eq!(
        empty,
        ["pki/front-proxy-client.crt: cannot be verified without it"]
    );
    let expired = consequences(|t, _| {
        renew(t, "pki/ca", |p| {
            p.validity =
                Validity::new(now().plus(-9 * DAY).unwrap(), now().plus(-DAY).unwrap()).unwrap();
        });
    });
    // Five leaves and kubeconfigs that embed the old certificate are one thing.
    assert!(
        expired
            .iter()
            .any(|c| c == "pki/apiserver.crt: was signed by it"),
        "{expired:#?}"
    );
}

/// A new certificate for a CA with its own key and name, in kubeconfigs, too.
fn renew(tree: &mut Tree, base: &str, change: impl Fn(&mut CertificateParams)) {
    let old = Certificate::from_pem(&text(tree, &format!("{base}.crt"))).unwrap();
    let renewed = root(tree, base, change);
    put(
        tree,
        &format!("{base}.crt"),
        file(renewed.to_pem().as_bytes(), 0o644),
    );
    let encode =
        |c: &Certificate| base64::Engine::encode(&base64::prelude::BASE64_STANDARD, c.to_pem());
    let paths: Vec<_> = tree
        .files
        .keys()
        .filter(|path| path.ends_with(".conf"))
        .cloned()
        .collect();
    for path in paths {
        let config = String::from_utf8(text(tree, &path)).unwrap();
        let config = config.replace(&encode(&old), &encode(&renewed));
        put(tree, &path, file(config.as_bytes(), 0o600));
    }
}

#[test]
fn leaves_that_outlive_their_ca_stand_below_it() {
    let late = consequences(|t, _| {
        renew(t, "pki/etcd/ca", |p| {
            p.validity = Validity::new(now(), now().plus(100 * DAY).unwrap()).unwrap();
        });
    });
    assert_eq!(late.len(), 4, "{late:#?}");
    let soon = consequences(|t, _| {
        renew(t, "pki/front-proxy-ca", |p| {
            p.validity = Validity::new(now(), now().plus(9 * DAY).unwrap()).unwrap();
        });
    });
    assert_eq!(soon.len(), 1, "{soon:#?}");
}

#[test]
fn a_kubeconfig_of_another_cluster_is_one_fault() {
    let old = consequences(|t, all| put(t, "admin.conf", copy(&all.other, "admin.conf")));
    assert_eq!(
        old,
        ["admin.conf: its client certificate does not verify with pki/ca.crt"]
    );
    let named = consequences(|t, _| {
        issue(t, "apiserver", "ca", |p| {
            let names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
            replace(p, super::names(&names[..2]));
        });
    });
    assert!(
        named
            .iter()
            .any(|c| c.starts_with("admin.conf: its server DNS:vip.k8s.internal")),
        "{named:#?}"
    );
}

#[test]
fn commands_name_the_files_where_they_are() {
    let trees = trees();
    let mut tree = broken(trees, |t, _| {
        t.files.get_mut("pki/ca.key").unwrap().mode = 0o644
    });
    tree.location.directory = "/srv/m 1/kubernetes".to_owned();
    issue(&mut tree, "apiserver", "ca", |p| {
        without(p, &Extension::subject_alt_name(&[], false))
    });
    let told = Expectation {
        gen_flags: Some(
            ["-f", "my cluster.yaml", "--host=m1"]
                .map(str::to_owned)
                .to_vec(),
        ),
        ..expectation(&cluster("1.36"))
    };
    let report = verify(&tree, &told, now());
    let fixes: Vec<_> = report.findings.iter().map(|f| f.fix.to_string()).collect();
    assert_eq!(
        fixes,
        [
            "chmod 600 '/srv/m 1/kubernetes/pki/ca.key'",
            "kpki gen --only apiserver --reissue -f 'my cluster.yaml' --host=m1 --cert-dir '/srv/m 1/kubernetes/pki'; then restart kube-apiserver: crictl stop $(crictl ps -q --name kube-apiserver)",
        ]
    );
}

#[test]
fn owners_are_found_in_old_copies() {
    let trees = trees();
    let message = |fault: Break| {
        let report = verify(&broken(trees, fault), &Expectation::default(), now());
        let errors = report
            .findings
            .iter()
            .filter(|f| f.severity == Severity::Error);
        errors
            .map(|f| f.message.clone())
            .collect::<Vec<_>>()
            .join("; ")
    };
    let signed = message(|t, all| {
        put(t, "pki/ca.crt.old", copy(&all.other, "pki/ca.crt"));
        put(
            t,
            "pki/apiserver.crt",
            copy(&all.other, "pki/apiserver.crt"),
        );
        put(
            t,
            "pki/apiserver.key",
            copy(&all.other, "pki/apiserver.key"),
        );
    });
    assert!(
        signed.ends_with("but another key, that of pki/ca.crt.old"),
        "{signed}"
    );
    let embedded = message(|t, all| {
        put(t, "admin.conf.bak", copy(&all.other, "admin.conf"));
        put(t, "pki/apiserver.key", copy(&all.good, "pki/sa.key"));
    });
    assert_eq!(
        embedded,
        "does not belong to pki/apiserver.crt (it belongs to pki/sa.pub)"
    );
    let pair = message(|t, all| {
        put(
            t,
            "pki/backup/apiserver.crt",
            copy(&all.other, "pki/apiserver.crt"),
        );
        put(
            t,
            "pki/apiserver.key",
            copy(&all.other, "pki/apiserver.key"),
        );
    });
    assert!(
        pair.ends_with("(it belongs to pki/backup/apiserver.crt)"),
        "{pair}"
    );
}

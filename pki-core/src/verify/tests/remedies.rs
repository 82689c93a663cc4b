//! Commands that mend one thing and lose nothing else.

use proptest::prelude::*;

use super::faults::{put_flags, with};
use super::*;

/// What `kpki gen` is told of the host, and the algorithm of its leaves.
const FLAGS: &str = "--host=m1 --key-algorithm ECDSA-P256";

/// The commands for a host of which `kpki gen` is told these few flags.
fn commands_for(tree: &Tree, rule: Rule) -> Vec<String> {
    let told = Expectation {
        gen_flags: Some(vec!["--host=m1".to_owned()]),
        ..Expectation::from_tree(tree)
    };
    let report = verify(tree, &told, now());
    let own = report.findings.iter().filter(|it| it.rule == rule);
    let commands: Vec<_> = own.flat_map(|it| it.fix.commands()).collect();
    assert!(!commands.is_empty(), "{:#?}", report.findings);
    commands.into_iter().map(str::to_owned).collect()
}

fn reused(row: &str) -> Tree {
    let mut tree = with(&[]);
    for end in ["crt", "key"] {
        let cluster = copy(&tree, &format!("pki/ca.{end}"));
        put(&mut tree, &format!("pki/{row}.{end}"), cluster);
    }
    tree
}

#[test]
fn a_ca_of_its_own_is_made_beside_the_clusters() {
    for (row, rule, signed) in [
        (
            "front-proxy-ca",
            Rule::CaReusedForFrontProxy,
            "front-proxy-client",
        ),
        (
            "etcd/ca",
            Rule::CaReusedForEtcd,
            "etcd/server,etcd/peer,etcd/healthcheck-client,apiserver-etcd-client",
        ),
    ] {
        let mut tree = reused(row);
        let commands = commands_for(&tree, Rule::CaOverwritten);
        let made = format!(
            "mv --backup=numbered pki/{row}.crt pki/{row}.crt.old && mv --backup=numbered pki/{row}.key pki/{row}.key.old && {{ kpki gen --only {signed} --reissue {FLAGS} || {{ mv pki/{row}.crt.old pki/{row}.crt; mv pki/{row}.key.old pki/{row}.key; false; }}; }}"
        );
        assert!(commands.contains(&made), "{commands:#?}");
        // The true key is in one place only.
        for content in [&b""[..], &text(&trees().other, "pki/ca.key")] {
            put(&mut tree, "pki/ca.key", file(content, 0o600));
            let commands = commands_for(&tree, Rule::CaOverwritten);
            assert!(
                commands
                    .iter()
                    .all(|it| it.starts_with("kpki copy --from FROM --to ./pki")),
                "{commands:#?}"
            );
        }
        // Nothing is left that it signed.
        let mut tree = reused(row);
        let issuer = CatalogEntry::find(row).unwrap().kind;
        for entry in CATALOG.iter().filter(|entry| {
            let by = entry.issuer().map(EntryKind::Authority);
            by == Some(issuer)
        }) {
            for end in ["crt", "key"] {
                tree.files.remove(&format!("pki/{}.{end}", entry.base_name));
            }
        }
        let commands = commands_for(&tree, rule);
        let made = format!("kpki gen --only {row} --reissue {FLAGS}");
        assert!(
            commands.iter().any(|it| it.contains(&made)),
            "{commands:#?}"
        );
    }
}

#[test]
fn a_key_that_was_replaced_stays_beside_it() {
    let tree = with(&[]);
    let mut tree = broken_client(tree);
    let old = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    let aside = format!("mv --backup=numbered {old} {old}.old");
    let commands = commands_for(&tree, Rule::CaSignedNothing);
    let [made] = &commands[1..2] else {
        panic!("{commands:#?}");
    };
    assert!(
        made.starts_with(
            "mv --backup=numbered kubelet.conf kubelet.conf.old && { kpki gen --only apiserver,"
        ) && made.ends_with(&format!(
            " {FLAGS} || {{ mv kubelet.conf.old kubelet.conf; false; }}; }} && {aside}"
        )),
        "{made}"
    );
    assert!(commands.contains(&"systemctl restart kubelet".to_owned()));
    // On a host without the key, too.
    tree.files.remove("pki/ca.key");
    let commands = commands_for(&tree, Rule::CaSignedNothing);
    let [made] = &commands[1..2] else {
        panic!("{commands:#?}");
    };
    assert!(made.starts_with("ssh OTHER-HOST 'umask 077 && mkdir /root/kpki-new && { mkdir -p /root/kpki-new/pki/etcd && cp -p "), "{made}");
    assert!(
        made.contains(" --cert-dir /root/kpki-new/pki || { rm -r /root/kpki-new; false; }; }' && { scp -p OTHER-HOST:/root/kpki-new/pki/apiserver.crt pki/apiserver.crt && "),
        "{made}"
    );
    let end = format!(" && {aside}; ssh OTHER-HOST rm -r /root/kpki-new; }}");
    assert!(made.ends_with(&end), "{made}");
    // Nobody looked whether the link is there.
    tree.has_host_root = false;
    tree.files.remove(old);
    let commands = commands_for(&tree, Rule::CaSignedNothing);
    assert!(!commands.iter().any(|it| it.contains(old)), "{commands:#?}");
}

/// The cluster's CA was replaced by another one.
fn broken_client(mut tree: Tree) -> Tree {
    for path in ["pki/ca.crt", "pki/ca.key"] {
        put(&mut tree, path, copy(&trees().other, path));
    }
    tree
}

#[test]
fn what_a_manifest_moved_is_brought_there() {
    let mut tree = broken_client(with(&[]));
    for end in ["crt", "key"] {
        let moved = tree.files.remove(&format!("pki/apiserver.{end}"));
        put(&mut tree, &format!("pki/own.{end}"), moved.unwrap());
    }
    let flags = [
        "--tls-cert-file=/etc/kubernetes/pki/own.crt",
        "--tls-private-key-file=/etc/kubernetes/pki/own.key",
    ];
    put_flags(&mut tree, "kube-apiserver", &flags);
    let commands = commands_for(&tree, Rule::CaSignedNothing);
    let brought = " && cp -p pki/apiserver.crt pki/own.crt && cp -p pki/apiserver.key pki/own.key";
    assert!(
        commands.iter().any(|it| it.ends_with(brought)),
        "{commands:#?}"
    );
}

#[test]
fn a_directory_that_is_there_is_not_taken_away() {
    let mut tree = with(&[]);
    tree.location.directory = "/srv/pki".to_owned();
    tree.location.prefix = "pki/etcd/";
    tree.files.retain(|path, _| path.starts_with("pki/etcd/"));
    tree.files.remove("pki/etcd/server.key");
    let commands = commands_for(&tree, Rule::FileMissing);
    let [made, ..] = &commands[..] else {
        panic!("{commands:#?}");
    };
    assert!(
        made.starts_with("(umask 077 && mkdir /srv/pki.new && { ")
            && made.contains(" || { rm -r /srv/pki.new; false; }; }) && { cp -p /srv/pki.new/")
            && made.ends_with("; rm -r /srv/pki.new; }"),
        "{made}"
    );
}

#[test]
fn a_new_certificate_of_a_ca_keeps_its_key_identifier() {
    let mut tree = with(&[]);
    put_root(&mut tree, trees(), "pki/ca", |p| {
        p.extensions = vec![
            Extension::basic_constraints(BasicConstraints::CertificateAuthority {
                path_len_constraint: Some(1),
            }),
            Extension::key_usage(KeyUsage::DIGITAL_SIGNATURE),
            Extension::subject_key_identifier(&[0, 0xab, 7]),
            Extension::from_parts("2.5.29.30", true, vec![0x30, 0]).unwrap(),
        ];
    });
    let report = verify(&tree, &Expectation::from_tree(&tree), now());
    let own = report.findings.iter().find(|it| it.rule == Rule::NotACa);
    let fix = own.unwrap_or_else(|| panic!("{:#?}", report.findings));
    let fix = fix.fix.to_string();
    assert!(fix.contains("subjectKeyIdentifier=00ab07\\n"), "{fix}");
    let dropped = "this leaves out what it should not need: pathlen:1, nameConstraints; ";
    assert!(fix.contains(dropped), "{fix}");
}

#[test]
fn a_ca_is_taken_from_a_kubeconfig_that_is_read_line_by_line() {
    let restored = |instead: &dyn Fn(&str) -> String| {
        let all = trees();
        let mut tree = with(&[]);
        put(&mut tree, "pki/ca.crt", file(b"", 0o644));
        let first = "admin.conf";
        let line = all.line(first, "certificate-authority-data");
        let data = line.rsplit(' ').next().unwrap().to_owned();
        all.edit(&mut tree, first, &[(&data, &instead(&data))]);
        let told = Expectation::from_tree(&tree);
        let report = verify(&tree, &told, now());
        let own = report.findings.iter().find(|it| it.file == "pki/ca.crt");
        let fix = own.unwrap_or_else(|| panic!("{:#?}", report.findings));
        fix.fix.commands().next().unwrap_or_default().to_owned()
    };
    let plain = restored(&str::to_owned);
    assert!(
        plain.ends_with(" admin.conf | base64 -d > pki/ca.crt.new && chmod 644 pki/ca.crt.new && mv pki/ca.crt.new pki/ca.crt"),
        "{plain}"
    );
    for odd in [
        |data: &str| format!("\"{data}\""),
        |data: &str| format!("{data} # of the cluster"),
        |data: &str| format!(">-\n      {data}"),
    ] {
        let restored = restored(&odd);
        assert!(restored.starts_with("kpki copy --from FROM "), "{restored}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A name from a kubeconfig is one word behind all flags, whatever it begins
    /// with.
    #[test]
    fn names_of_kubeconfigs_are_no_flags(name in "-{0,2}[ -~é\u{202e}]{1,8}") {
        let mut tree = with(&[]);
        let quoted = serde_json::Value::from(name.as_str()).to_string();
        for (field, old) in [
            ("user", "system:node:m1"),
            ("- name", "system:node:m1"),
            ("cluster", "kubernetes"),
            ("  name", "kubernetes"),
        ] {
            let [old, new] = [old, &quoted].map(|name| format!("{field}: {name}\n"));
            edit(&mut tree, "kubelet.conf", &old, &new);
        }
        let [link, old] = ["current", "2026-01-01-00-00-00"]
            .map(|end| format!("/var/lib/kubelet/pki/kubelet-client-{end}.pem"));
        edit(&mut tree, "kubelet.conf", &link, &old);
        let pair = copy(&tree, &link);
        put(&mut tree, &old, pair);
        put_root(&mut tree, trees(), "pki/ca", |_| ());
        let report = verify(&tree, &Expectation::from_tree(&tree), now());
        let name = shell::word(name.as_bytes());
        for end in [
            format!(" set-credentials --client-certificate={link} --client-key={link} -- {name}"),
            format!(" --kubeconfig kubelet.conf set-cluster --certificate-authority=pki/ca.crt --embed-certs=true -- {name}"),
        ] {
            let mut commands = report.findings.iter().flat_map(|it| it.fix.commands());
            prop_assert!(commands.any(|it| it.ends_with(&end)), "{:#?}", report.findings);
        }
    }
}

#[test]
fn what_is_run_here_is_told_among_what_is_run_there() {
    let fix = |machine: &str| {
        let mut tree = broken(trees(), |t, _| drop(t.files.remove("pki/sa.pub")));
        tree.location.directory = "/etc/kubernetes".to_owned();
        tree.location.machine = machine.to_owned();
        let report = verify(&tree, &expectation(&cluster("1.36")), now());
        report.findings[0].fix.to_string()
    };
    let told = fix("op@m1");
    assert!(told.contains("; from here, bring it from"), "{told}");
    assert!(
        told.contains(": kpki copy --from FROM --to op@m1"),
        "{told}"
    );
    assert!(!fix("").contains("from here"));
}

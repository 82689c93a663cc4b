//! Chains and certificates that no tool of ours makes.

use super::*;

#[test]
fn names_that_reach_nobody_are_told() {
    let named = |all: &[&str]| {
        let mut tree = broken(trees(), |_, _| ());
        issue(&mut tree, "etcd/peer", "etcd/ca", |p| {
            replace(p, names(all));
        });
        found(&tree, &Expectation::default())
    };
    assert_eq!(
        named(&["localhost", "127.0.0.1"]),
        ["loopback-only pki/etcd/peer.crt"]
    );
    assert_eq!(
        named(&["m1.internal"]),
        ["etcd-peer-by-name pki/etcd/peer.crt"]
    );
    assert_eq!(named(&["m1.internal", "10.0.0.11"]), [""; 0]);
}

#[test]
fn a_chain_in_any_order_is_right() {
    let trees = trees();
    let mut tree = broken(trees, |_, _| ());
    let [leaf, middle] = below_intermediate(&mut tree, trees, "apiserver", "pki/ca");
    let root = text(&tree, "pki/ca.crt");
    for rest in [[root.clone(), middle.clone()], [middle, root]] {
        let chain = [&leaf[..], &rest[0], &rest[1]].concat();
        put(&mut tree, "pki/apiserver.crt", file(&chain, 0o644));
        assert_eq!(found(&tree, &Expectation::default()), [""; 0]);
    }
}

#[test]
fn the_place_of_a_certificate_is_told() {
    let trees = trees();
    let mut tree = broken(trees, |_, _| ());
    let [leaf, middle] = below_intermediate(&mut tree, trees, "apiserver", "pki/ca");
    let lines = leaf.iter().filter(|octet| **octet == b'\n').count();
    let place = |tree: &Tree| {
        let report = verify(tree, &Expectation::default(), now());
        report.findings[0].place
    };
    let second = Some(Place {
        block: Some(2),
        line: Some(lines + 1),
    });
    let cut = &middle[..middle.len() - 40];
    put(
        &mut tree,
        "pki/apiserver.crt",
        file(&[&leaf, cut].concat(), 0o644),
    );
    assert_eq!(place(&tree), second);
    let odd = pem_text::encode("CERTIFICATE", &[0x30, 0]);
    put(
        &mut tree,
        "pki/apiserver.crt",
        file(&[&leaf, odd.as_bytes()].concat(), 0o644),
    );
    assert_eq!(place(&tree), second);
    let later = verify(
        &{
            put(
                &mut tree,
                "pki/apiserver.crt",
                file(&[&leaf[..], &middle].concat(), 0o644),
            );
            tree
        },
        &Expectation::default(),
        now().plus(3640 * DAY).unwrap(),
    );
    let middles = later
        .findings
        .iter()
        .find(|f| f.message.starts_with("its intermediate"));
    assert_eq!(middles.unwrap().place, second);
}

/// Who refuses a CA that spells its name otherwise than what it signed.
#[test]
fn who_minds_another_spelling() {
    let why = |change: fn(&mut Vec<Vec<u8>>)| {
        let trees = trees();
        let mut tree = broken(trees, |_, _| ());
        forge(&mut tree, trees, "ca", "ca", change);
        let report = verify(&tree, &Expectation::default(), now());
        let [finding] = &report.findings[..] else {
            panic!("{:#?}", report.findings);
        };
        assert_eq!(
            (finding.rule, &finding.file[..]),
            (Rule::IssuerName, "pki/ca.crt")
        );
        assert!(finding.message.contains("admin.conf has it with that name"));
        assert!(finding.consequences.len() > 7);
        finding.why.clone()
    };
    fn rename(fields: &mut [Vec<u8>], change: fn(&mut Vec<u8>, usize)) {
        for name in [3, 5] {
            let at = fields[name].iter().rposition(|octet| *octet == 0x13);
            change(&mut fields[name], at.unwrap());
        }
    }
    assert_eq!(
        why(|fields| rename(fields, |name, at| name[at + 2].make_ascii_uppercase())),
        Rule::IssuerName.why()
    );
    assert_eq!(
        why(|fields| rename(fields, |name, at| name[at] = asn1::UTF8_STRING)),
        Rule::IssuerName.why()
    );
    let identifier = why(|fields| {
        rename(fields, |name, at| name[at] = asn1::UTF8_STRING);
        let extensions = fields.last_mut().unwrap();
        let identifier = [0x55, 0x1d, 0x0e, 0x04, 0x16, 0x04, 0x14];
        let at = extensions.windows(7).position(|it| it == identifier);
        extensions[at.unwrap() + 7] ^= 1;
    });
    assert!(identifier.contains("refuses this one for its authorityKeyIdentifier"));
    let other = why(|fields| rename(fields, |name, at| name[at + 2] = b'x'));
    assert!(other.starts_with("every reader looks for the issuer by its name"));
}

/// To sign an intermediate again would take it out of its hierarchy, and to
/// append the root would let in everybody below it.
#[test]
fn an_intermediate_is_left_alone() {
    let trees = trees();
    let mut tree = broken(trees, |_, _| ());
    let above = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let name = |name| DistinguishedName::kubernetes(None, name);
    let root = Certificate::self_signed(&ca_params(name("above"), &above, None), &above).unwrap();
    let above = Issuer::new(root, Box::new(above), now()).unwrap();
    let key = KeyPair::from_pem(&text(&tree, "pki/etcd/ca.key")).unwrap();
    let middle = above.issue(&ca_params(name("etcd-ca"), &key, Some(&above)));
    let pem = middle.unwrap().to_pem();
    put(&mut tree, "pki/etcd/ca.crt", file(pem.as_bytes(), 0o644));
    let report = verify(&tree, &Expectation::default(), now());
    let [finding] = &report.findings[..] else {
        panic!("{:#?}", report.findings);
    };
    assert_eq!(
        (finding.rule, finding.severity),
        (Rule::CaNotRoot, Severity::Note)
    );
    assert_eq!(finding.fix.commands().count(), 0);
}

/// The bound is ours: the file may be right, and nothing of it may be lost.
#[test]
fn a_bundle_that_is_too_long_is_not_read() {
    let tree = broken(trees(), |tree, _| {
        let many = text(tree, "pki/ca.crt").repeat(101);
        tree.files
            .insert("pki/ca.crt".to_owned(), file(&many, 0o644));
    });
    let report = verify(&tree, &Expectation::default(), now());
    let [finding] = &report.findings[..] else {
        panic!("{:#?}", report.findings);
    };
    assert_eq!(
        (finding.rule, &finding.file[..]),
        (Rule::Unreadable, "pki/ca.crt")
    );
    assert!(
        finding.message.contains("too many certificates"),
        "{}",
        finding.message
    );
    assert_eq!(report.unreadable, 1);
    let commands: Vec<_> = finding.fix.commands().collect();
    assert_eq!(commands, ["cp -p pki/ca.crt pki/ca.crt.all"]);
}

/// One CA for two works: what does not is told beside it.
#[test]
fn a_reused_ca_excuses_no_leaf_that_it_did_not_sign() {
    let trees = trees();
    let reused = |t: &mut Tree, all: &Trees| {
        for end in ["crt", "key"] {
            let ca = copy(&all.good, &format!("pki/ca.{end}"));
            put(t, &format!("pki/etcd/ca.{end}"), ca);
        }
        all.issue(t, "apiserver-etcd-client", "ca", |_| ());
    };
    let mut tree = faults::with(&[]);
    reused(&mut tree, trees);
    let told = verify(&tree, &Expectation::default(), now());
    let shown = |it: &Finding| format!("{} {}", it.rule, it.file);
    let found: Vec<_> = told.findings.iter().map(shown).collect();
    assert_eq!(
        found,
        [
            "wrong-ca pki/etcd/healthcheck-client.crt",
            "wrong-ca pki/etcd/peer.crt",
            "wrong-ca pki/etcd/server.crt",
            "etcd-ca-reused pki/etcd/ca.crt",
        ]
    );
}

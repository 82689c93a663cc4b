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

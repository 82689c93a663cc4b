//! Trees that are made to take long.

use super::faults::put_flags;
use super::*;
use crate::certificate::SIGNATURES_CHECKED;

/// As many CAs of one name as a bundle may have, and leaves of another CA of
/// that name behind each other.
fn crowd() -> (Vec<u8>, Vec<u8>) {
    const NUMBER: usize = 100;
    let name = || DistinguishedName::kubernetes(None, "kubernetes");
    let key = || KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let authority =
        |key: &KeyPair| Certificate::self_signed(&ca_params(name(), key, None), key).unwrap();
    let authorities: String = (0..NUMBER).map(|_| authority(&key()).to_pem()).collect();
    let own = key();
    let issuer = Issuer::new(authority(&own), Box::new(own), now()).unwrap();
    let leaf = |_| leaf_of("apiserver", &issuer, |_| ()).0.to_pem();
    let leaves: String = (0..NUMBER).map(leaf).collect();
    (authorities.into_bytes(), leaves.into_bytes())
}

/// Many CAs, many leaves, many flags: what is tried is not their product.
#[test]
fn signatures_are_bounded() {
    let (authorities, leaves) = crowd();
    let mut tree = faults::with(&[]);
    let mut bundle = |name: &str, content: &[u8]| {
        put(&mut tree, &format!("pki/{name}"), file(content, 0o644));
        format!("/etc/kubernetes/pki/{name}")
    };
    let mut flags = |component: &str, names: &[&str], content: &[u8]| -> Vec<String> {
        let flag = |name: &&str| {
            format!(
                "--{name}={}",
                bundle(&format!("{component}-{name}.crt"), content)
            )
        };
        names.iter().map(flag).collect()
    };
    let all = [
        (
            "kube-apiserver",
            &[
                "client-ca-file",
                "requestheader-client-ca-file",
                "etcd-cafile",
            ][..],
            &["tls-cert-file", "proxy-client-cert-file", "etcd-certfile"][..],
        ),
        (
            "kube-controller-manager",
            &[
                "client-ca-file",
                "root-ca-file",
                "requestheader-client-ca-file",
            ],
            &[],
        ),
        (
            "etcd",
            &["trusted-ca-file", "peer-trusted-ca-file"],
            &["cert-file", "peer-cert-file"],
        ),
    ];
    let told = all.map(|(component, cas, certificates)| {
        let mut told = flags(component, cas, &authorities);
        told.extend(flags(component, certificates, &leaves));
        (component, told)
    });
    for (component, told) in told {
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        put_flags(&mut tree, component, &told);
    }
    let count = |work: &dyn Fn()| {
        let before = SIGNATURES_CHECKED.get();
        work();
        SIGNATURES_CHECKED.get() - before
    };
    let searched = count(&|| drop(Manifests::read(&tree)));
    assert!((1..=300).contains(&searched), "{searched}");
    let expectation = Expectation::from_tree(&tree);
    let verified = count(&|| drop(verify(&tree, &expectation, now())));
    assert!(verified <= 10_000, "{verified}");
}

/// A healthy host takes a few for each of its leaves.
#[test]
fn a_healthy_host_takes_few_signatures() {
    let tree = faults::with(&[]);
    let before = SIGNATURES_CHECKED.get();
    let report = verify(&tree, &expectation(&faults::described()), now());
    assert_eq!(report.findings, []);
    let checked = SIGNATURES_CHECKED.get() - before;
    assert!(checked <= 100, "{checked}");
}

/// A CA that lies behind the leaf of another one did not sign it.
#[test]
fn a_ca_behind_a_leaf_of_another_proves_nothing() {
    let trees = trees();
    let mut tree = faults::with(&[]);
    let mut shown = text(&trees.running, "pki/apiserver.crt");
    let old = text(&trees.other, "pki/ca.crt");
    shown.extend(&old);
    put(&mut tree, "pki/apiserver.crt", file(&shown, 0o644));
    put(&mut tree, "pki/old-ca.crt", file(&old, 0o644));
    let flag = "--root-ca-file=/etc/kubernetes/pki/old-ca.crt";
    put_flags(&mut tree, "kube-controller-manager", &[flag]);
    let told = found(&tree, &expectation(&faults::described()));
    let wanted = "flag-wrong-file manifests/kube-controller-manager.yaml".to_owned();
    assert!(told.contains(&wanted), "{told:?}");
}

//! The same as metrics.

use super::*;

#[test]
fn metrics_of_every_file() {
    let mut tree = stacked();
    let broken = file(b"nonsense", 0o644);
    tree.files.insert("pki/etcd/peer.crt".to_owned(), broken);
    tree.files.remove("pki/etcd/server.crt");
    let expiry = expiry(&tree);
    let end = found(&expiry, "apiserver")
        .certificate
        .validity()
        .not_after();
    let text = exposition(&exposed(&expiry), &[], end.plus(1).unwrap());
    assert!(text.ends_with("x509_read_errors 1\n"), "{text}");
    let line = |start: &str, middle: &str| {
        let found = text
            .lines()
            .find(|line| line.starts_with(start) && line.contains(middle));
        found.unwrap_or_else(|| panic!("no {start} of {middle} in {text}"))
    };
    let apiserver = "filename=\"apiserver.crt\",filepath=\"pki/apiserver.crt\",serial_number=\"";
    let not_after = line("x509_cert_not_after{", apiserver);
    assert!(
        not_after.ends_with(&format!("}} {}", end.unix())),
        "{not_after}"
    );
    assert!(not_after.contains("subject_CN=\"kube-apiserver\",issuer_CN=\"kubernetes\"}"));
    assert!(line("x509_cert_expired{", apiserver).ends_with(" 1"));
    assert!(line("x509_cert_expired{", "\"ca.crt\"").ends_with(" 0"));
    let user = "embedded_kind=\"user\",embedded_key=\"kubernetes-admin\"";
    assert!(line("x509_cert_not_before{", user).contains("subject_O=\"kubeadm:cluster-admins\""));
    line(
        "x509_cert_not_before{",
        "embedded_kind=\"cluster\",embedded_key=\"kubernetes\"",
    );
    assert!(line("x509_cert_error{", "peer.crt").ends_with(" 1"));
    assert!(line("x509_cert_error{", "apiserver.crt").ends_with(" 0"));
    assert!(!text.contains("etcd/server.crt"), "{text}");
}

#[test]
fn no_series_is_there_twice() {
    let mut tree = stacked();
    let first = pem(&tree, "pki/ca.crt");
    // Another CA of the same name and serial number, as kubeadm before 1.28 has it.
    let other = tree_of(&cluster("1.27"), EtcdNaming::Kubeadm, now());
    let old = tree_of(
        &cluster("1.27"),
        EtcdNaming::Kubeadm,
        now().plus(-DAY).unwrap(),
    );
    let bundle = [
        &first[..],
        &pem(&other, "pki/ca.crt"),
        &pem(&old, "pki/ca.crt"),
        &first,
    ]
    .concat();
    tree.files
        .insert("pki/ca.crt".to_owned(), file(&bundle, 0o644));
    let expiry = expiry(&tree);
    assert!(names(&expiry).contains(&"ca #4"));
    let text = exposition(&exposed(&expiry), &[], now());
    let series: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(series, _)| series)
        .collect();
    let different: std::collections::BTreeSet<_> = series.iter().collect();
    assert_eq!(series.len(), different.len(), "{text}");
    let ca = |line: &&str| {
        line.starts_with("x509_cert_not_after{filename=\"ca.crt\",filepath=\"pki/ca.crt\"")
    };
    assert_eq!(text.lines().filter(ca).count(), 3, "{text}");
    let told_apart = text
        .lines()
        .filter(ca)
        .filter(|line| line.contains(",discriminator=\""));
    assert_eq!(told_apart.count(), 2, "{text}");
}

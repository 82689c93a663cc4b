//! The kubelet's own files, which it renews itself.

use super::*;

const KUBELET: &str = "/var/lib/kubelet/pki";

/// The kubelet's certificate and key in one file.
pub(super) fn put_client(
    tree: &mut Tree,
    issuer: &Issuer,
    change: impl Fn(&mut CertificateParams),
) {
    put_pair(tree, KUBELET_CLIENT, "kubelet.conf", issuer, change);
}

fn put_pair(
    tree: &mut Tree,
    path: &str,
    entry: &str,
    issuer: &Issuer,
    change: impl Fn(&mut CertificateParams),
) {
    let (certificate, key) = leaf_of(entry, issuer, change);
    let pair = [certificate.to_pem().as_bytes(), key.to_pem().as_bytes()].concat();
    put(tree, path, file(&pair, 0o600));
}

fn put_server(tree: &mut Tree, issuer: &Issuer, validity: Validity) {
    put_pair(tree, KUBELET_SERVER, "apiserver", issuer, |p| {
        p.validity = validity;
        p.serial_number = SerialNumber::from_bytes(&[9, 99]).unwrap();
    });
}

fn by_cluster_ca(all: &Trees) -> Issuer {
    issuer(&all.good, "pki/ca")
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(
        &["file-missing /var/lib/kubelet/pki/kubelet-client-current.pem"],
        |t, _| drop(t.files.remove(KUBELET_CLIENT)),
    ),
    Fault::new(
        &["expired /var/lib/kubelet/pki/kubelet-client-current.pem"],
        |t, all| put_client(t, &by_cluster_ca(all), |p| p.validity = valid(-200, -100)),
    ),
    Fault::new(
        &["expires-soon /var/lib/kubelet/pki/kubelet-client-current.pem"],
        |t, all| {
            put_client(t, &by_cluster_ca(all), |p| {
                p.validity = valid(-99 * DAY, DAY);
            });
        },
    ),
    Fault::new(
        &["subject /var/lib/kubelet/pki/kubelet-client-current.pem"],
        |t, all| {
            put_client(t, &by_cluster_ca(all), |p| {
                p.subject = DistinguishedName::kubernetes(None, "system:anybody");
            });
        },
    ),
    Fault::new(
        &["other-ca-same-name /var/lib/kubelet/pki/kubelet-client-current.pem"],
        |t, all| put_client(t, &issuer(&all.other, "pki/ca"), |_| ()),
    ),
    Fault::new(
        &["wrong-ca /var/lib/kubelet/pki/kubelet-client-current.pem"],
        |t, all| put_client(t, &issuer(&all.good, "pki/etcd/ca"), |_| ()),
    ),
    Fault::new(
        &["empty /var/lib/kubelet/pki/kubelet-client-current.pem"],
        |t, _| put(t, KUBELET_CLIENT, file(b"", 0o600)),
    ),
    Fault::new(
        &["expired /var/lib/kubelet/pki/kubelet-server-current.pem"],
        |t, all| put_server(t, &by_cluster_ca(all), valid(-200, -100)),
    ),
    Fault::new(
        &["wrong-ca /var/lib/kubelet/pki/kubelet-server-current.pem"],
        |t, all| put_server(t, &issuer(&all.good, "pki/etcd/ca"), valid(0, DAY)),
    ),
    Fault::new(&["kubelet-conf-embedded kubelet.conf"], |t, all| {
        put(t, "kubelet.conf", copy(&all.good, "kubelet.conf"));
    }),
    Fault::new(&["kubelet-conf-link kubelet.conf"], |t, all| {
        let numbered = format!("{KUBELET}/kubelet-client-2026-01-01-00-00-00.pem");
        put(t, &numbered, copy(&all.running, KUBELET_CLIENT));
        all.edit(t, "kubelet.conf", &[(KUBELET_CLIENT, &numbered)]);
    })
    .reaching(&[
        Scope::Row("/var/lib/kubelet/pki/kubelet-client-2026-01-01-00-00-00.pem"),
        // Nobody uses the link any more.
        Scope::Row(KUBELET_CLIENT),
    ]),
];

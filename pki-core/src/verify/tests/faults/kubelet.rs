//! The kubelet's own files, which it renews itself.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::*;

const KUBELET: &str = "/var/lib/kubelet/pki";

/// The kubelet's certificate and key in one file.
pub(in super::super) fn put_client(
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

const OWN_CERTIFICATE: &str = "/var/lib/kubelet/pki/kubelet.crt";
const OWN_KEY: &str = "/var/lib/kubelet/pki/kubelet.key";

/// The pair that the kubelet makes by itself.
fn put_own(tree: &mut Tree, all: &Trees) {
    let (certificate, key) = leaf_of("apiserver", &issuer(&all.other, "pki/ca"), |_| ());
    let pem = certificate.to_pem();
    put(tree, OWN_CERTIFICATE, file(pem.as_bytes(), 0o644));
    put(tree, OWN_KEY, file(key.to_pem().as_bytes(), 0o600));
}

fn configured(tree: &mut Tree, more: &str) {
    let text = format!("clusterDomain: cluster.local\n{more}");
    put(
        tree,
        "/var/lib/kubelet/config.yaml",
        file(text.as_bytes(), 0o644),
    );
}

/// The pair that the configuration names is used instead.
const CONFIGURED: &[Scope] = &[
    Scope::Row(OWN_CERTIFICATE),
    Scope::Row(OWN_KEY),
    Scope::Row(KUBELET_SERVER),
    Scope::Row("/var/lib/kubelet/config.yaml"),
];

/// One that asks the cluster for its certificate does not use its own.
const OWN: &[Scope] = &[
    Scope::Row(OWN_CERTIFICATE),
    Scope::Row(OWN_KEY),
    Scope::Row(KUBELET_SERVER),
];

fn by_cluster_ca(all: &Trees) -> Issuer {
    issuer(&all.good, "pki/ca")
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(&["file-missing kubelet.conf"], |t, _| {
        drop(t.files.remove("kubelet.conf"))
    })
    .reaching(&[Scope::Row(KUBELET_CLIENT)]),
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
    // So old that the kubelet should have renewed it long ago.
    Fault::new(&["kubelet-conf-embedded kubelet.conf"], |t, all| {
        let (certificate, key) = leaf_of("kubelet.conf", &by_cluster_ca(all), |p| {
            p.validity = valid(-60 * DAY, 305 * DAY);
        });
        let path = "kubelet.conf";
        let pems = [certificate.to_pem(), key.to_pem().to_string()];
        let [certificate, key] = pems.map(|pem| BASE64_STANDARD.encode(pem));
        let edits = [
            (all.line(path, "client-certificate: "), format!("client-certificate-data: {certificate}")),
            (all.line(path, "client-key: "), format!("client-key-data: {key}")),
        ];
        let edits = edits.each_ref().map(|(from, to)| (from.as_str(), to.as_str()));
        all.edit(t, path, &edits);
    })
    // Nobody uses the link any more.
    .reaching(&[Scope::Row(KUBELET_CLIENT)]),
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
    Fault::new(
        &["wrong-block /var/lib/kubelet/pki/kubelet-client-current.pem"],
        |t, all| {
            let (certificate, _) = leaf_of("kubelet.conf", &by_cluster_ca(all), |_| ());
            let pem = certificate.to_pem();
            put(t, KUBELET_CLIENT, file(pem.as_bytes(), 0o600));
        },
    ),
    Fault::new(
        &["key-mismatch /var/lib/kubelet/pki/kubelet-client-current.pem"],
        |t, all| {
            let (certificate, _) = leaf_of("kubelet.conf", &by_cluster_ca(all), |_| ());
            let (_, key) = leaf_of("kubelet.conf", &by_cluster_ca(all), |_| ());
            let pair = [certificate.to_pem().as_bytes(), key.to_pem().as_bytes()].concat();
            put(t, KUBELET_CLIENT, file(&pair, 0o600));
        },
    ),
    Fault::new(&["file-missing /var/lib/kubelet/pki/gone.key"], |t, all| {
        let line = all.line("kubelet.conf", "client-key: ");
        let gone = "client-key: /var/lib/kubelet/pki/gone.key";
        all.edit(t, "kubelet.conf", &[(&line, gone)]);
    })
    .reaching(&[Scope::Row("kubelet.conf"), Scope::Row(KUBELET_CLIENT)]),
    Fault::new(&["kubeconfig-client kubelet.conf"], |t, all| {
        let line = all.line("kubelet.conf", "client-key: ");
        all.edit(t, "kubelet.conf", &[(&line, "username: abc")]);
    })
    .reaching(&[Scope::Row(KUBELET_CLIENT)]),
    Fault::new(
        &["readable-by-others /var/lib/kubelet/pki/kubelet-client-current.pem"],
        |t, all| all.file(t, KUBELET_CLIENT).mode = 0o644,
    ),
    Fault::new(
        &["key-mismatch /var/lib/kubelet/pki/kubelet.key"],
        |t, all| {
            put_own(t, all);
            put(t, OWN_KEY, copy(&all.good, "pki/etcd/peer.key"));
        },
    )
    .reaching(OWN),
    Fault::new(
        &["file-missing /var/lib/kubelet/pki/kubelet.key"],
        |t, all| {
            put_own(t, all);
            t.files.remove(OWN_KEY);
        },
    )
    .reaching(OWN),
    Fault::new(
        &["readable-by-others /var/lib/kubelet/pki/kubelet.key"],
        |t, all| {
            put_own(t, all);
            t.files.get_mut(OWN_KEY).unwrap().mode = 0o644;
        },
    )
    .reaching(OWN),
    Fault::new(
        &["writable-by-others /var/lib/kubelet/pki/kubelet.crt"],
        |t, all| {
            put_own(t, all);
            t.files.get_mut(OWN_CERTIFICATE).unwrap().mode = 0o666;
        },
    )
    .reaching(OWN),
    Fault::new(
        &["kubelet-client-ca /var/lib/kubelet/config.yaml"],
        |t, _| configured(t, "authentication:\n  x509:\n    clientCAFile: ../../../etc/kubernetes/pki/etcd/ca.crt\n"),
    )
    .reaching(&[Scope::Below(Authority::Cluster), Scope::Below(Authority::Etcd)]),
    Fault::new(
        &["file-missing /etc/kubelet/ca.crt"],
        |t, _| configured(t, "authentication:\n  x509:\n    clientCAFile: /etc/kubelet/ca.crt\n"),
    )
    .reaching(&[Scope::Row("/var/lib/kubelet/config.yaml")]),
    Fault::new(
        &["file-missing /etc/kubelet/tls.key"],
        |t, all| {
            configured(t, "tlsCertFile: /etc/kubelet/tls.crt\ntlsPrivateKeyFile: /etc/kubelet/tls.key\n");
            put_own(t, all);
            let certificate = t.files.remove(OWN_CERTIFICATE).unwrap();
            put(t, "/etc/kubelet/tls.crt", certificate);
        },
    )
    .reaching(CONFIGURED),
];

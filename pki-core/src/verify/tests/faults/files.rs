//! Files that are not there, not readable or not what their names say.

use super::*;

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(&["file-missing pki/apiserver.key"], |t, _| {
        drop(t.files.remove("pki/apiserver.key"))
    }),
    Fault::new(&["file-missing pki/apiserver.crt"], |t, _| {
        t.files.remove("pki/apiserver.key");
        t.files.remove("pki/apiserver.crt");
    }),
    Fault::new(&["file-missing pki/sa.pub"], |t, _| {
        drop(t.files.remove("pki/sa.pub"))
    }),
    Fault::new(&["file-missing pki/ca.crt"], |t, _| {
        drop(t.files.remove("pki/ca.crt"))
    })
    .reaching(&[Scope::Below(Authority::Cluster)]),
    Fault::new(&["file-missing admin.conf"], |t, _| {
        drop(t.files.remove("admin.conf"))
    }),
    // The directory as a whole is one cause.
    Fault::new(&["file-missing pki/etcd"], |t, _| {
        t.files.retain(|path, _| !path.starts_with("pki/etcd/"));
    })
    // Without its manifest nobody knows that etcd should be here.
    .reaching(&[
        Scope::Below(Authority::Etcd),
        Scope::Row("etcd/ca"),
        Scope::Row("manifests/etcd.yaml"),
    ]),
    Fault::new(&["empty pki/apiserver.crt"], |t, _| {
        put(t, "pki/apiserver.crt", file(b"", 0o644))
    }),
    Fault::new(&["not-pem pki/apiserver.crt"], |t, all| {
        let pem = text(&all.good, "pki/apiserver.crt");
        let der = Certificate::from_pem(&pem).unwrap().to_der().to_vec();
        put(t, "pki/apiserver.crt", file(&der, 0o644));
    }),
    Fault::new(&["broken-pem pki/apiserver.crt"], |t, all| {
        put(
            t,
            "pki/apiserver.crt",
            file(&text(&all.good, "pki/apiserver.crt")[..200], 0o644),
        );
    }),
    Fault::new(&["byte-order-mark pki/ca.crt"], |t, all| {
        let marked = [b"\xef\xbb\xbf".to_vec(), text(&all.good, "pki/ca.crt")].concat();
        put(t, "pki/ca.crt", file(&marked, 0o644));
    })
    .reaching(&[Scope::Below(Authority::Cluster)]),
    Fault::new(&["malformed admin.conf"], |t, _| {
        put(t, "admin.conf", file(b"{", 0o600))
    }),
    Fault::new(&["malformed pki/apiserver.crt"], |t, _| {
        let pem = pem_text::encode("CERTIFICATE", &[0x30, 0]);
        put(t, "pki/apiserver.crt", file(pem.as_bytes(), 0o644));
    }),
    Fault::new(&["too-large pki/apiserver.crt"], |t, all| {
        all.file(t, "pki/apiserver.crt").content = TreeContent::TooLarge(10 << 20);
    }),
    Fault::new(&["not-a-file pki/apiserver.key"], |t, all| {
        all.file(t, "pki/apiserver.key").content = TreeContent::NotAFile("directory");
    }),
    Fault::new(&["unreadable pki/sa.key"], |t, all| {
        let why = "Permission denied".to_owned();
        all.file(t, "pki/sa.key").content = TreeContent::Unreadable(why);
    }),
    Fault::new(&["wrong-block pki/apiserver.key"], |t, all| {
        put(
            t,
            "pki/apiserver.key",
            file(&text(&all.good, "pki/apiserver.crt"), 0o600),
        );
    }),
    Fault::new(&["wrong-block pki/etcd/peer.crt"], |t, _| {
        let request = pem_text::encode("CERTIFICATE REQUEST", &[0x30, 0]);
        put(t, "pki/etcd/peer.crt", file(request.as_bytes(), 0o644));
    }),
    Fault::new(&["key-in-certificate-file pki/apiserver.crt"], |t, all| {
        let both = [
            text(&all.good, "pki/apiserver.crt"),
            text(&all.good, "pki/apiserver.key"),
        ];
        put(t, "pki/apiserver.crt", file(&both.concat(), 0o644));
    }),
    Fault::new(&["stray-key pki/ca.key~"], |t, all| {
        put(t, "pki/ca.key~", copy(&all.good, "pki/ca.key"))
    }),
    Fault::new(&["stray-key admin.conf.bak"], |t, all| {
        put(t, "admin.conf.bak", copy(&all.good, "admin.conf"));
    }),
];

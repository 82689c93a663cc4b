//! Who may read and write the files, and where else they are.

use super::*;

const SOMEBODY: Option<Owner> = Some(Owner { uid: 1000, gid: 0 });

fn directory(tree: &mut Tree, path: &str, mode: u32, owner: Option<Owner>) {
    let directory = TreeDirectory { mode, owner };
    tree.directories.insert(path.to_owned(), directory);
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::new(&["readable-by-others pki/ca.key"], |t, all| {
        all.file(t, "pki/ca.key").mode = 0o644;
    }),
    Fault::new(&["readable-by-others admin.conf"], |t, all| {
        all.file(t, "admin.conf").mode = 0o640;
    }),
    Fault::new(&["readable-by-others pki/etcd/peer.key"], |t, all| {
        all.file(t, "pki/etcd/peer.key").mode = 0o604;
    }),
    Fault::new(&["writable-by-others pki/ca.crt"], |t, all| {
        all.file(t, "pki/ca.crt").mode = 0o666;
    }),
    Fault::new(&["writable-by-others pki"], |t, _| {
        directory(t, "pki", 0o775, None);
    }),
    Fault::new(&["writable-by-others manifests/etcd.yaml"], |t, all| {
        all.file(t, "manifests/etcd.yaml").mode = 0o664;
    }),
    Fault::new(&["writable-by-others manifests"], |t, _| {
        // Everybody may put a new one there.
        directory(t, "manifests", 0o1777, None);
    }),
    Fault::new(&["owner manifests/kube-scheduler.yaml"], |t, all| {
        all.file(t, "manifests/kube-scheduler.yaml").owner = SOMEBODY;
    }),
    Fault::new(&["owner pki/apiserver.key"], |t, all| {
        all.file(t, "pki/apiserver.key").owner = SOMEBODY;
    }),
    Fault::new(&["owner pki/etcd/server.key"], |t, all| {
        all.file(t, "pki/etcd/server.key").owner = SOMEBODY;
    }),
    Fault::new(&["owner pki"], |t, _| {
        directory(t, "pki", 0o755, SOMEBODY);
    }),
    Fault::new(&["owner pki/etcd"], |t, _| {
        directory(t, "pki/etcd", 0o755, SOMEBODY);
    }),
    Fault::new(&["hard-link pki/ca.key"], |t, all| {
        all.file(t, "pki/ca.key").links = 2;
    }),
    Fault::new(&["link-outside pki/sa.key"], |t, all| {
        all.file(t, "pki/sa.key").link = Some("/root/sa.key".to_owned());
    }),
];

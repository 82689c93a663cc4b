use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use pki_core::TreeContent;

use super::*;

struct Temp(tempfile::TempDir);

impl Temp {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("tempdir"))
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("below")).expect("mkdir");
        fs::write(path, text).expect("write");
    }

    fn read(&self, path: &str) -> TreeOnDisk {
        TreeOnDisk::read(&self.at(path)).expect("read")
    }
}

fn keys(read: &TreeOnDisk) -> Vec<&str> {
    read.tree.files.keys().map(String::as_str).collect()
}

fn text<'a>(read: &'a TreeOnDisk, path: &str) -> &'a [u8] {
    match &read.tree.files[path].content {
        TreeContent::Bytes(bytes) => bytes,
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn finds_the_directories_and_reads_through_links() {
    let temp = Temp::new();
    let at = |path: &str| temp.at(path);
    temp.write("k/pki/live/a.pem", "text");
    fs::set_permissions(at("k/pki/live/a.pem"), PermissionsExt::from_mode(0o640)).expect("chmod");
    symlink("live/a.pem", at("k/pki/apiserver.crt")).expect("link");
    symlink("nowhere", at("k/pki/ca.crt")).expect("link");

    let pki = temp.read("k/pki");
    assert!(!pki.tree.has_kubeconfig_directory && pki.tree.location.prefix.is_empty());
    assert_eq!(pki.directory, at("k"));
    assert_eq!(
        keys(&pki),
        ["pki/apiserver.crt", "pki/ca.crt", "pki/live/a.pem"]
    );
    let apiserver = &pki.tree.files["pki/apiserver.crt"];
    assert_eq!(
        (apiserver.mode, apiserver.link.as_deref(), apiserver.links),
        (0o640, Some("live/a.pem"), 1)
    );
    assert!(apiserver.owner.is_some());
    let ca = &pki.tree.files["pki/ca.crt"].content;
    assert!(matches!(ca, TreeContent::NotAFile(_)));

    fs::write(at("k/admin.conf"), "").expect("write");
    for path in ["k", "k/pki"] {
        let whole = temp.read(path);
        assert!(whole.tree.has_kubeconfig_directory, "{path}");
        assert_eq!(keys(&whole).len(), 4, "{path}");
        assert!(!whole.tree.has_host_root, "{path}");
    }
    fs::rename(at("k/pki"), at("k/shared")).expect("rename");
    fs::write(at("k/shared/sa.key"), "").expect("write");
    assert_eq!(temp.read("k/shared").tree.location.prefix, "pki/");
    assert!(TreeOnDisk::read(&at("none")).is_err());
    fs::create_dir_all(at("e/pki/etcd")).expect("mkdir");
    assert!(temp.read("e/pki/etcd").tree.files.is_empty());
    assert!(temp.read("e").tree.files.is_empty());
}

#[test]
fn an_etcd_may_have_its_directory_to_itself() {
    for path in ["etc/kubernetes/pki/etcd", "etc/etcd/pki", "etc/etcd", "any"] {
        let temp = Temp::new();
        temp.write(&format!("{path}/ca.pem"), "ca");
        temp.write(&format!("{path}/server.pem"), "server");
        let read = temp.read(path);
        assert_eq!(
            keys(&read),
            ["pki/etcd/ca.pem", "pki/etcd/server.pem"],
            "{path}"
        );
        assert_eq!(read.shown_path("pki/etcd/ca.pem"), "ca.pem");
        assert!(!read.tree.has_kubeconfig_directory);
    }
    let temp = Temp::new();
    temp.write("etc/etcd/pki/peer.crt", "");
    temp.write("etc/etcd/pki/ca.crt", "");
    for path in ["", "etc/etcd"] {
        let read = temp.read(path);
        assert_eq!(keys(&read), ["pki/etcd/ca.crt", "pki/etcd/peer.crt"]);
        assert_eq!(read.directory, temp.at("etc/etcd/pki"));
    }
}

const MANIFEST: &str = "
kind: Pod
spec:
  containers:
  - command:
    - kube-apiserver
    - --tls-cert-file=/etc/kubernetes/pki/own.crt
    - --etcd-cafile=/etc/etcd/ca.pem
    - --etcd-certfile=/../../etc/outside.pem
    - --client-ca-file=/srv/fifo
";

#[test]
fn what_manifests_name_is_read_below_the_hosts_root() {
    let temp = Temp::new();
    temp.write("outside.pem", "outside");
    temp.write("host/etc/kubernetes/pki/own.crt", "own");
    temp.write(
        "host/etc/kubernetes/manifests/kube-apiserver.yaml",
        MANIFEST,
    );
    temp.write("host/etc/kubernetes/manifests/.hidden.yaml", MANIFEST);
    temp.write("host/etc/kubernetes/manifests/etcd.yaml.bak", "");
    temp.write("host/etc/etcd/real.pem", "etcd");
    symlink("/etc/etcd/real.pem", temp.at("host/etc/etcd/ca.pem")).expect("link");
    temp.write("host/var/lib/kubelet/pki/kubelet-client-1.pem", "kubelet");
    symlink(
        "/var/lib/kubelet/pki/kubelet-client-1.pem",
        temp.at("host/var/lib/kubelet/pki/kubelet-client-current.pem"),
    )
    .expect("link");
    fs::create_dir_all(temp.at("host/srv")).expect("mkdir");
    let fifo = rustix::fs::Mode::RUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, temp.at("host/srv/fifo"), fifo).expect("mkfifo");
    for path in ["host", "host/etc/kubernetes", "host/etc/kubernetes/pki"] {
        let read = temp.read(path);
        assert!(read.tree.has_host_root, "{path}");
        assert_eq!(text(&read, "/etc/etcd/ca.pem"), b"etcd");
        let client = "/var/lib/kubelet/pki/kubelet-client-current.pem";
        assert_eq!(text(&read, client), b"kubelet");
        assert_eq!(
            keys(&read),
            [
                "/etc/etcd/ca.pem",
                "/srv/fifo",
                client,
                "manifests/etcd.yaml.bak",
                "manifests/kube-apiserver.yaml",
                "pki/own.crt",
            ],
            "{path}"
        );
    }
    fs::rename(temp.at("host/etc/kubernetes"), temp.at("copy")).expect("rename");
    let copy = temp.read("copy");
    assert!(!copy.tree.has_host_root);
    assert_eq!(
        keys(&copy),
        [
            "manifests/etcd.yaml.bak",
            "manifests/kube-apiserver.yaml",
            "pki/own.crt"
        ]
    );
}

#[test]
fn one_closed_directory_is_one_thing_that_is_not_known() {
    let temp = Temp::new();
    temp.write("k/pki/etcd/ca.crt", "");
    temp.write("k/pki/ca.crt", "");
    let closed = temp.at("k/pki/etcd");
    fs::set_permissions(&closed, PermissionsExt::from_mode(0o000)).expect("chmod");
    let read = temp.read("k");
    fs::set_permissions(&closed, PermissionsExt::from_mode(0o755)).expect("chmod");
    if rustix::process::geteuid().is_root() {
        return; // Nothing is closed to root.
    }
    let unlisted: Vec<_> = read.tree.unlisted.iter().map(|it| &it.path).collect();
    assert_eq!(unlisted, ["pki/etcd"]);
    let ca = &read.tree.files["pki/etcd/ca.crt"].content;
    assert!(matches!(ca, TreeContent::Hidden));
}

#[test]
fn what_cannot_be_listed_is_told_apart() {
    use std::os::unix::ffi::OsStrExt;
    let temp = Temp::new();
    temp.write("k/pki/ca.crt", "");
    symlink("manifests", temp.at("k/manifests")).expect("link");
    let odd = std::ffi::OsStr::from_bytes(b"k/pki/a\xff");
    fs::write(temp.0.path().join(odd), "").expect("write");
    for number in 0..=1000 {
        fs::write(temp.at(&format!("k/pki/{number}")), "").expect("write");
    }
    let read = temp.read("k");
    let found = read.tree.unlisted.iter();
    let mut found: Vec<_> = found.map(|it| (it.path.as_str(), it.obstacle)).collect();
    found.sort_by_key(|(path, _)| *path);
    use pki_core::Obstacle as O;
    assert_eq!(
        found,
        [
            ("manifests", O::Loop),
            ("pki", O::TooManyOthers),
            ("pki/a\u{fffd}", O::OddName),
        ]
    );
}

#[test]
fn many_names_that_are_no_text_are_few_faults() {
    use std::os::unix::ffi::OsStrExt;
    let temp = Temp::new();
    temp.write("k/pki/ca.crt", "");
    for number in 0..2000 {
        let name = [b"\xff", number.to_string().as_bytes()].concat();
        let name = std::ffi::OsStr::from_bytes(&name);
        fs::write(temp.at("k/pki").join(name), "").expect("write");
    }
    let unlisted = temp.read("k").tree.unlisted;
    assert_eq!(unlisted.len(), 11);
    let last = unlisted.last().map(|it| it.why.as_str());
    assert_eq!(
        last,
        Some("its name is no text, and so it is with 1989 more")
    );
}

#[test]
fn a_link_to_the_hosts_directory_keeps_the_host() {
    let temp = Temp::new();
    temp.write("host/etc/kubernetes/pki/ca.crt", "");
    temp.write("host/var/lib/kubelet/config.yaml", "");
    symlink("host/etc/kubernetes", temp.at("k8s")).expect("link");
    symlink("k8s", temp.at("twice")).expect("link");
    for path in ["k8s", "twice", "k8s/pki"] {
        let read = temp.read(path);
        assert!(read.tree.has_host_root, "{path}");
        assert!(read.tree.files.contains_key("/var/lib/kubelet/config.yaml"));
    }
}

#[test]
fn etcds_own_directory_has_its_manifest_beside_it() {
    let temp = Temp::new();
    for directory in ["etc/kubernetes/pki/etcd", "etc/etcd"] {
        temp.write(&format!("h/{directory}/server.crt"), "text");
    }
    let manifests = "h/etc/kubernetes/manifests";
    temp.write(&format!("{manifests}/etcd.yaml"), "kind: Pod");
    temp.write(&format!("{manifests}/kube-apiserver.yaml"), "kind: Pod");
    let manifest = "/etc/kubernetes/manifests/etcd.yaml";
    let read = temp.read("h/etc/kubernetes/pki/etcd");
    assert_eq!(keys(&read), [manifest, "pki/etcd/server.crt"]);
    assert_eq!(read.path_of(manifest), temp.at("h").join(&manifest[1..]));
    // Another etcd's certificates are not what kubeadm's pod is about.
    assert_eq!(keys(&temp.read("h/etc/etcd")), ["pki/etcd/server.crt"]);
}

#[test]
fn the_certificates_are_where_the_manifests_say() {
    let temp = Temp::new();
    let flags = [
        ("client-ca-file", "ca.crt"),
        ("tls-cert-file", "apiserver.crt"),
        ("service-account-key-file", "sa.pub"),
    ];
    let flags = flags.map(|(flag, name)| format!("    - --{flag}=/srv/k/pki/{name}\n"));
    let manifest = format!(
        "kind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n{}",
        flags.concat()
    );
    let path = "etc/kubernetes/manifests/kube-apiserver.yaml";
    for host in ["h", "none"] {
        temp.write(&format!("{host}/{path}"), &manifest);
        temp.write(&format!("{host}/etc/kubernetes/pki/sa.key"), "stale");
    }
    temp.write("h/srv/k/pki/ca.crt", "text");
    temp.write("h/srv/k/pki/etcd/ca.crt", "text");
    let read = temp.read("h/etc/kubernetes");
    assert_eq!(
        keys(&read),
        [
            "manifests/kube-apiserver.yaml",
            "pki/ca.crt",
            "pki/etcd/ca.crt"
        ]
    );
    let shown = read.shown_path("pki/ca.crt");
    assert_eq!(shown, "/srv/k/pki/ca.crt");
    assert_eq!(read.path_of("pki/ca.crt"), temp.at("h/srv/k/pki/ca.crt"));
    // It is missing there, and not in kubeadm's place.
    let read = temp.read("none/etc/kubernetes");
    assert_eq!(keys(&read), ["manifests/kube-apiserver.yaml"]);
    // Whoever names a directory of certificates means that one.
    let read = temp.read("h/etc/kubernetes/pki");
    assert!(keys(&read).contains(&"pki/sa.key"));
    // A copy without its host is what there is.
    temp.write(
        &format!("copy/{}", &path["etc/kubernetes/".len()..]),
        &manifest,
    );
    temp.write("copy/pki/ca.crt", "text");
    let read = temp.read("copy");
    assert!(keys(&read).contains(&"pki/ca.crt"));
    assert_eq!(read.shown_path("pki/ca.crt"), "pki/ca.crt");
    let inside = manifest.replace("/srv/k/pki", "/etc/kubernetes/ssl");
    temp.write("ssl/manifests/kube-apiserver.yaml", &inside);
    temp.write("ssl/ssl/ca.crt", "text");
    let read = temp.read("ssl");
    assert_eq!(keys(&read), ["manifests/kube-apiserver.yaml", "pki/ca.crt"]);
    assert_eq!(read.path_of("pki/ca.crt"), temp.at("ssl/ssl/ca.crt"));
}

#[test]
fn a_description_may_say_where_the_certificates_are() {
    let temp = Temp::new();
    temp.write("h/etc/kubernetes/admin.conf", "text");
    temp.write("h/srv/pki/ca.crt", "text");
    let read = |told: &str| {
        let directory = temp.at("h/etc/kubernetes");
        TreeOnDisk::read_with(&directory, Some(told)).expect("read")
    };
    assert_eq!(keys(&read("/srv/pki")), ["admin.conf", "pki/ca.crt"]);
    temp.write("h/etc/kubernetes/pki/sa.key", "text");
    // One that is not there may be a slip of the description.
    assert_eq!(keys(&read("/srv/none")), ["admin.conf", "pki/sa.key"]);
}

#[test]
fn copies_are_read_beside_the_certificates() {
    let temp = Temp::new();
    for path in [
        "pki/ca.crt",
        "pki.bak/etcd/ca.key",
        "tmp/kubeadm-backup-1/admin.conf",
        "admin.conf.2025",
        "manifests/.old/x",
        "kpki-backup-1/ca.key",
        "ssl/ca.key",
    ] {
        temp.write(&format!("etc/kubernetes/{path}"), "text");
        temp.write(&format!("work/{path}"), "text");
    }
    let at = |path: &str| temp.at(&format!("etc/kubernetes/{path}"));
    for (path, mode) in [
        ("pki.bak/etcd/ca.key", 0o644),
        ("tmp", 0o710),
        ("tmp/kubeadm-backup-1/admin.conf", 0o644),
    ] {
        fs::set_permissions(at(path), PermissionsExt::from_mode(mode)).expect("chmod");
    }
    symlink("ssl", at("certs")).expect("link");
    symlink("../pki/ca.crt", at("ssl/ca.crt")).expect("link");
    let read = |directory: &str| {
        let mut read = temp.read(directory);
        read.read_copies();
        read
    };
    let whole = read("etc/kubernetes");
    assert_eq!(
        keys(&whole),
        [
            "admin.conf.2025",
            "pki.bak/etcd/ca.key",
            "pki/ca.crt",
            "ssl/ca.key",
            "tmp/kubeadm-backup-1/admin.conf",
        ]
    );
    let mode = |path: &str| whole.tree.files[path].mode;
    assert_eq!(mode("pki.bak/etcd/ca.key"), 0o644);
    // What the directory above keeps from others is kept from them.
    assert_eq!(mode("tmp/kubeadm-backup-1/admin.conf"), 0o640);
    assert!(whole.tree.unlisted.is_empty());
    // Elsewhere only what is called like a copy is one.
    let work = ["admin.conf.2025", "pki.bak/etcd/ca.key", "pki/ca.crt"];
    assert_eq!(keys(&read("work")), work);
    assert_eq!(keys(&read("work/pki")), ["pki/ca.crt"]);
    assert_eq!(keys(&read("etc/kubernetes/pki")), keys(&whole));
}

#[test]
fn copies_are_not_read_for_ever() {
    let temp = Temp::new();
    temp.write("kubernetes/pki/ca.crt", "text");
    for number in 0..1100 {
        temp.write(&format!("kubernetes/old/{number}.key"), "");
    }
    let mut read = temp.read("kubernetes");
    read.read_copies();
    assert_eq!(read.tree.files.len(), 1001);
    let unlisted = &read.tree.unlisted[..];
    assert_eq!(unlisted.len(), 1);
    assert_eq!(unlisted[0].path, "old");
}

#[test]
fn what_kpki_left_is_no_part_of_the_tree_and_looked_into() {
    let temp = Temp::new();
    for path in [
        "pki/ca.crt",
        ".kpki-stage/0",
        "pki/.kpki-stage/journal",
        "pki/.kpki-copy/0",
        "pki/kpki-backup-1/etcd/ca.key",
        "kpki-backup-2/pki/ca.key",
    ] {
        temp.write(&format!("etc/kubernetes/{path}"), "text");
        temp.write(&format!("work/{path}"), "text");
    }
    symlink("pki", temp.at("etc/kubernetes/kpki-backup-3")).expect("link");
    let left = |directory: &str| -> Vec<String> {
        let mut read = temp.read(directory);
        read.read_copies();
        assert_eq!(keys(&read), ["pki/ca.crt"]);
        let remains = read.tree.remains.iter();
        remains.flat_map(|it| it.files.keys().cloned()).collect()
    };
    let all = [
        ".kpki-stage/0",
        "kpki-backup-2/pki/ca.key",
        "pki/.kpki-copy/0",
        "pki/.kpki-stage/journal",
        "pki/kpki-backup-1/etcd/ca.key",
    ];
    assert_eq!(left("etc/kubernetes"), all);
    assert_eq!(left("etc/kubernetes/pki"), all);
    // Above another directory of certificates anything may lie.
    assert_eq!(left("work/pki"), all[2..]);
    // As long as a run is at work its stage is as it should be.
    let lock = temp.at("etc/kubernetes/pki/.kpki.lock");
    let held = fs::File::create(lock).expect("made");
    held.lock().expect("free");
    assert_eq!(left("etc/kubernetes"), [all[0], all[1], all[4]]);
    drop(held);
    let pid = format!("{} - a\n", std::process::id());
    fs::write(temp.at("etc/kubernetes/pki/.kpki-copy/pid"), pid).expect("written");
    assert_eq!(left("etc/kubernetes"), [all[0], all[1], all[4]]);
}

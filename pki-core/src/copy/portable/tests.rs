mod hostile;

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::catalog::EtcdNaming;

macro_rules! sample {
    ($path:literal) => {
        include_bytes!(concat!("../../../../fixtures/kubeadm/sample/", $path))
    };
}

const CA: &[u8] = sample!("pki/ca.crt");
const CA_KEY: &[u8] = sample!("pki/ca.key");
const SA_KEY: &[u8] = sample!("pki/sa.key");

/// What kubeadm made.
const SAMPLE: [(&str, FileRole, &[u8]); 12] = [
    ("ca", FileRole::Certificate, CA),
    ("ca", FileRole::PrivateKey, CA_KEY),
    (
        "apiserver",
        FileRole::Certificate,
        sample!("pki/apiserver.crt"),
    ),
    (
        "apiserver",
        FileRole::PrivateKey,
        sample!("pki/apiserver.key"),
    ),
    (
        "front-proxy-ca",
        FileRole::Certificate,
        sample!("pki/front-proxy-ca.crt"),
    ),
    (
        "front-proxy-ca",
        FileRole::PrivateKey,
        sample!("pki/front-proxy-ca.key"),
    ),
    ("etcd/ca", FileRole::Certificate, sample!("pki/etcd/ca.crt")),
    ("etcd/ca", FileRole::PrivateKey, sample!("pki/etcd/ca.key")),
    (
        "apiserver-etcd-client",
        FileRole::Certificate,
        sample!("pki/apiserver-etcd-client.crt"),
    ),
    (
        "apiserver-etcd-client",
        FileRole::PrivateKey,
        sample!("pki/apiserver-etcd-client.key"),
    ),
    ("sa", FileRole::PrivateKey, SA_KEY),
    ("sa", FileRole::PublicKey, sample!("pki/sa.pub")),
];

fn file(row: &str, role: FileRole, kind: &ClusterKind) -> CopiedFile {
    let mut sample = SAMPLE.iter();
    let found = sample.find(|(name, found, _)| *name == row && *found == role);
    let bytes = Zeroizing::new(found.expect("in the sample").2.to_vec());
    let entry = CatalogEntry::find(row).expect("a row");
    CopiedFile::new(entry, role, kind.naming(), bytes).expect("a file of the row")
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("a time")
}

/// The sample's shared files of a cluster of this kind.
fn shared(kind: ClusterKind, has_ca_key: bool) -> Source {
    let shared = kind.shared().into_iter();
    let wanted = shared.filter(|shared| has_ca_key || shared.file.path != "ca.key");
    let files: Vec<_> = wanted
        .filter(|shared| shared.entry.base_name != "etcd/peer-ca")
        .map(|shared| file(shared.entry.base_name, shared.file.role, &kind))
        .collect();
    Source::new(kind, files).expect("the sample is whole")
}

fn bundle(kind: ClusterKind, has_ca_key: bool) -> PortableBundle {
    let created = time("2026-11-22T19:15:00Z");
    PortableBundle::new(&shared(kind, has_ca_key), None, created).expect("a bundle")
}

fn for_a_host() -> PortableBundle {
    let kind = ClusterKind::Stacked;
    let mut source = shared(kind.clone(), true);
    let own = [FileRole::Certificate, FileRole::PrivateKey];
    let own = own.map(|role| file("apiserver", role, &kind));
    let host: HostName = "master1".parse().expect("a name");
    source.add_host(host.clone(), own).expect("its own");
    let created = time("2026-11-22T19:15:00Z");
    PortableBundle::new(&source, Some(&host), created).expect("a bundle")
}

static SIGNED: LazyLock<Zeroizing<Vec<u8>>> =
    LazyLock::new(|| bundle(ClusterKind::Stacked, true).to_bytes());
static UNSIGNED: LazyLock<Zeroizing<Vec<u8>>> =
    LazyLock::new(|| bundle(ClusterKind::Stacked, false).to_bytes());

fn refused(bytes: &[u8]) -> PortableError {
    match PortableBundle::parse(bytes) {
        Ok(bundle) => panic!("accepted: {bundle:?}"),
        Err(error) => error,
    }
}

#[test]
fn what_is_written_is_read() {
    let external = |naming| bundle(ClusterKind::ExternalEtcd(naming), true);
    for made in [
        bundle(ClusterKind::Stacked, true),
        bundle(ClusterKind::Stacked, false),
        external(EtcdNaming::Kubeadm),
        external(EtcdNaming::Cfssl),
        for_a_host(),
    ] {
        let bytes = made.to_bytes();
        assert!(bytes.len().is_multiple_of(PortableBundle::UNIT));
        assert_eq!(bytes.capacity(), bytes.len());
        let read = PortableBundle::parse(&bytes).expect("what was written");
        assert_eq!(read.to_bytes(), bytes);
        assert_eq!(read.header, made.header);
        assert_eq!(read.seal, made.seal);
        let paths = |bundle: &PortableBundle| -> Vec<String> {
            let files = bundle.files().iter();
            files.map(|file| file.file.path.clone()).collect()
        };
        assert_eq!(paths(&read), paths(&made));
        let host = read.host().cloned();
        let source = read.source().expect("a source");
        let own = host.as_ref().map(|host| source.own(host).is_some());
        assert_eq!(own, host.as_ref().map(|_| true));
        let again = PortableBundle::new(&source, host.as_ref(), made.created()).expect("again");
        assert_eq!(again.to_bytes().len(), bytes.len());
        assert_eq!(again.header, made.header);
    }
}

#[test]
fn says_what_it_is_and_no_key() {
    let made = for_a_host();
    assert!(made.is_signed());
    assert_eq!(made.host().map(HostName::as_str), Some("master1"));
    let shown = format!("{made:?}");
    assert!(shown.contains("private-key of 'sa'"), "{shown}");
    assert!(!shown.contains("BEGIN") && shown.len() < 1000, "{shown}");
    assert!(!bundle(ClusterKind::Stacked, false).is_signed());
}

#[test]
fn every_flipped_byte_is_refused() {
    for bytes in [&*SIGNED, &*UNSIGNED] {
        let mut changed = bytes.to_vec();
        for at in 0..bytes.len() {
            // Another bit each time: letters change their case, digits their value.
            changed[at] ^= 1 << (at % 8);
            refused(&changed);
            changed[at] = bytes[at];
        }
        assert!(PortableBundle::parse(&changed).is_ok());
    }
}

#[test]
fn no_other_length_is_accepted() {
    for bytes in [&*SIGNED, &*UNSIGNED] {
        for length in 0..bytes.len() {
            refused(&bytes[..length]);
        }
        for more in [1, 1023, 1024, 2048] {
            let mut longer = bytes.to_vec();
            longer.resize(bytes.len() + more, 0);
            assert_eq!(refused(&longer), PortableError::Trailing);
        }
    }
    let long = vec![0; PortableBundle::LONGEST + 1];
    assert_eq!(refused(&long), PortableError::TooLong);
}

proptest! {
    #[test]
    fn reading_never_panics(bytes: Vec<u8>, text in "(kpki-bundle/v1|\\{|\\}|\"row\":|\"ca\"|,|:|\\n|signed |unsigned |[0-9a-f]{64}){0,40}") {
        let _ = PortableBundle::parse(&bytes);
        let _ = PortableBundle::parse(text.as_bytes());
        let mut behind = b"kpki-bundle/v1\n".to_vec();
        behind.extend_from_slice(&bytes);
        let _ = PortableBundle::parse(&behind);
    }

    #[test]
    fn nothing_else_reads_as_this_bundle(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        for bytes in [&*SIGNED, &*UNSIGNED] {
            let mut changed = bytes.to_vec();
            for (index, byte) in &edits {
                *index.get_mut(&mut changed[..]) = *byte;
            }
            prop_assert_eq!(PortableBundle::parse(&changed).is_ok(), changed == **bytes);
        }
    }

    #[test]
    fn any_shared_files_come_back(missing in prop::collection::vec(any::<bool>(), 4), external: bool, seconds in 0i64..4_000_000_000) {
        let kind = match external {
            true => ClusterKind::ExternalEtcd(EtcdNaming::Cfssl),
            false => ClusterKind::Stacked,
        };
        let optional: Vec<_> = kind.shared().into_iter().filter(|shared| shared.may_be_missing && shared.file.path.ends_with("ca.key")).collect();
        let files = kind.shared().into_iter().filter(|shared| shared.entry.base_name != "etcd/peer-ca").filter(|shared| {
            let index = optional.iter().position(|optional| optional == shared);
            index.is_none_or(|index| !missing.get(index).copied().unwrap_or_default())
        });
        let files: Vec<_> = files.map(|shared| file(shared.entry.base_name, shared.file.role, &kind)).collect();
        let source = Source::new(kind, files).expect("whole");
        let created = Timestamp::from_unix(seconds).expect("a time");
        let made = PortableBundle::new(&source, None, created).expect("a bundle");
        let read = PortableBundle::parse(&made.to_bytes()).expect("read");
        prop_assert_eq!(&read.header, &made.header);
        prop_assert_eq!(read.is_signed(), read.files().iter().any(|file| file.file.path == "ca.key"));
    }
}

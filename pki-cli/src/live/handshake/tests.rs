use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use pki_core::plan::{Inventory, Plan, PlanOptions};
use pki_core::{
    Bundle, Cluster, Expectation, FileRole, Host, KeyAlgorithm, KeyPair, LiveFiles, LiveServer,
    Timestamp, Tree, TreeContent, TreeFile,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivateSec1KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion};

use super::super::client::ClientCertificates;
use super::super::crowd::{self, Call};
use super::*;

/// A test is not to wait for seconds, and a slow machine not to fail it.
const SHORT: Limits = Limits {
    deadline: Duration::from_millis(400),
    refusal: Duration::from_millis(200),
    second_thoughts: Duration::from_millis(50),
    bytes: 1 << 12,
};
const ENOUGH: Duration = Duration::from_secs(20);

fn endpoint(server: LiveServer, port: u16) -> LiveEndpoint {
    let at = format!("127.0.0.1:{port}").parse().unwrap();
    LiveEndpoint::named(server, &at, &Expectation::default())
}

/// A server for one client.
fn listen(serve: impl FnOnce(TcpStream) + Send + 'static) -> LiveEndpoint {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        serve(stream);
    });
    endpoint(LiveServer::Etcd, port)
}

fn end_of(limits: Limits, serve: impl FnOnce(TcpStream) + Send + 'static) -> HandshakeEnd {
    let start = Instant::now();
    let served = ask(&listen(serve), &Err("there is none".to_owned()), limits);
    assert!(start.elapsed() < ENOUGH, "{:?}", start.elapsed());
    assert_eq!(served.chain, Vec::<Vec<u8>>::new());
    served.end
}

/// Sends until the client has enough.
fn for_ever(mut stream: TcpStream, head: &[u8], bytes: &[u8], pause: Duration) {
    if stream.write_all(head).is_ok() {
        while stream.write_all(bytes).is_ok() {
            thread::sleep(pause);
        }
    }
}

#[test]
fn servers_that_speak_no_tls() {
    let patient = Limits {
        deadline: ENOUGH,
        ..SHORT
    };
    let end = end_of(patient, |mut stream| {
        let _ = stream.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n");
    });
    let HandshakeEnd::NotTls(first) = end else {
        panic!("{end:?}");
    };
    assert!(first.starts_with(b"HTTP/1.0 400 Bad Request"));
    let end = end_of(patient, |mut stream| {
        let _ = stream.write_all(b"no\n");
    });
    assert_eq!(end, HandshakeEnd::NotTls(b"no\n".to_vec()));
    let end = end_of(patient, |stream| {
        for_ever(stream, b"", &[b'A'; 4096], Duration::ZERO);
    });
    assert_eq!(end, HandshakeEnd::NotTls(vec![b'A'; 64]));
    // The head of a record of 16 KiB, of which the limit takes 4.
    let head = [22, 3, 3, 0x40, 0];
    let end = end_of(patient, move |stream| {
        for_ever(stream, &head, &[0; 4096], Duration::ZERO);
    });
    assert_eq!(end, HandshakeEnd::TooLong(SHORT.bytes));
    let end = end_of(patient, |mut stream| {
        let _ = stream.write_all(&[22, 3, 3, 0, 4, 99, 0, 0, 0]);
        let _ = stream.read(&mut [0; 4096]);
    });
    assert_eq!(end, HandshakeEnd::Garbled);
    let end = end_of(patient, |mut stream| {
        // The head of a message of 16 MiB.
        let _ = stream.write_all(&[22, 3, 3, 0, 4, 2, 255, 255, 255]);
        let _ = stream.read(&mut [0; 4096]);
    });
    assert_eq!(end, HandshakeEnd::Garbled);
    let end = end_of(patient, |mut stream| {
        // An alert, fatal, internal error.
        let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 80]);
        let _ = stream.read(&mut [0; 4096]);
    });
    assert_eq!(end, HandshakeEnd::Alert(80));
    let end = end_of(patient, |mut stream| {
        let _ = stream.read(&mut [0; 4096]);
    });
    assert_eq!(end, HandshakeEnd::Closed);
}

#[test]
fn servers_that_take_their_time() {
    let silent = HandshakeEnd::Silent { seconds: 0 };
    let end = end_of(SHORT, |mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    assert_eq!(end, silent);
    let end = end_of(SHORT, |stream| {
        for_ever(
            stream,
            &[22, 3, 3, 0x40, 0],
            &[0],
            Duration::from_millis(20),
        );
    });
    assert_eq!(end, silent);
}

#[test]
fn servers_that_are_not_there() {
    // The port of a client: nobody listens there, nor can as long as it is connected.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let held = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let port = held.local_addr().unwrap().port();
    let client = Err("there is none".to_owned());
    let served = ask(&endpoint(LiveServer::Etcd, port), &client, SHORT);
    let refused = HandshakeEnd::Unreachable("connection refused".to_owned());
    assert_eq!(served.end, refused);
    let at = "nowhere.invalid:6443".parse().unwrap();
    let nowhere = LiveEndpoint::named(LiveServer::Apiserver, &at, &Expectation::default());
    let HandshakeEnd::Unreachable(why) = ask(&nowhere, &client, SHORT).end else {
        panic!("it has an address");
    };
    assert!(why.starts_with("its name is not resolved"), "{why}");
}

#[test]
fn many_servers_take_as_long_as_few() {
    // Nobody accepts: the system takes the connections.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let call = Call {
        endpoint: endpoint(LiveServer::Apiserver, port),
        client: Err("there is none".to_owned()),
    };
    let calls = vec![call; 100];
    let start = Instant::now();
    let served = crowd::ask(&calls, SHORT, &|| ());
    assert_eq!(served.len(), calls.len());
    assert!(
        start.elapsed() < SHORT.deadline * 40,
        "{:?}",
        start.elapsed()
    );
    let silent = HandshakeEnd::Silent { seconds: 0 };
    assert!(served.iter().all(|one| one.end == silent));
}

fn clients(tree: &Tree) -> ClientCertificates {
    ClientCertificates::of(&LiveFiles::of(tree, &Expectation::default()), tree)
}

/// The tree of a host whose etcd listens here.
fn tree(algorithm: KeyAlgorithm) -> Tree {
    let now = Timestamp::from_unix(clock()).unwrap();
    let host = Host::control_plane("m0".parse().unwrap(), Ipv4Addr::LOCALHOST.into());
    let mut cluster = Cluster::new(vec![host]);
    cluster.key_algorithm = algorithm;
    cluster.kubeconfig_key_algorithm = KeyAlgorithm::EcdsaP256;
    let nothing = Inventory::new();
    let plan = Plan::new(&cluster, &PlanOptions::default(), &nothing, now).unwrap();
    let mut random = crate::env::OsRandom;
    let bundle = Bundle::new(&plan, &cluster, &nothing, now, &mut random, &|| ()).unwrap();
    let files = bundle.into_files().into_iter();
    let files = files.filter(|made| made.file.role != FileRole::Kubeconfig);
    let file = |content: &[u8]| TreeFile {
        content: TreeContent::Bytes(content.to_vec().into()),
        mode: 0o600,
        owner: None,
        links: 1,
        inode: None,
        link: None,
    };
    Tree {
        files: files
            .map(|made| (format!("pki/{}", made.file.path), file(&made.content)))
            .collect(),
        ..Tree::default()
    }
}

fn clock() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_secs()).unwrap()
}

fn text<'a>(tree: &'a Tree, path: &str) -> &'a [u8] {
    match &tree.files[path].content {
        TreeContent::Bytes(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

fn certificate(tree: &Tree, path: &str) -> CertificateDer<'static> {
    let certificate = pki_core::Certificate::from_pem(text(tree, path)).unwrap();
    CertificateDer::from(certificate.to_der().to_vec())
}

/// An etcd that lets in whom the CA of `clients` knows, or everyone; and what
/// its client sent behind the handshake.
fn etcd(
    tree: &Tree,
    clients: Option<&Tree>,
    version: &'static SupportedProtocolVersion,
) -> (LiveEndpoint, mpsc::Receiver<Vec<u8>>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = KeyPair::from_pem(text(tree, "pki/etcd/server.key")).unwrap();
    let key = super::super::client::der(&key).unwrap();
    let key = PrivateKeyDer::Sec1(PrivateSec1KeyDer::from(key.to_vec()));
    let config = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[version])
        .unwrap();
    let config = match clients {
        None => config.with_no_client_auth(),
        Some(clients) => {
            let mut roots = RootCertStore::empty();
            roots.add(certificate(clients, "pki/etcd/ca.crt")).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            config.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let chain = vec![certificate(tree, "pki/etcd/server.crt")];
    let config = Arc::new(config.with_single_cert(chain, key).unwrap());
    let (sender, heard) = mpsc::channel();
    let endpoint = listen(move |mut stream| {
        let mut connection = ServerConnection::new(config).unwrap();
        let mut said = Vec::new();
        while connection
            .complete_io(&mut stream)
            .is_ok_and(|(read, _)| read > 0)
        {
            // Nothing more at the moment is an error too.
            let _ = connection.reader().read_to_end(&mut said);
        }
        sender.send(said).unwrap();
    });
    (endpoint, heard)
}

#[test]
fn servers_that_speak_tls() {
    speak_tls([(); 2].map(|()| tree(KeyAlgorithm::EcdsaP256)));
}

fn speak_tls([tree, other]: [Tree; 2]) {
    let patient = Limits {
        deadline: ENOUGH,
        refusal: ENOUGH,
        ..Limits::USUAL
    };
    let shown = vec![certificate(&tree, "pki/etcd/server.crt").to_vec()];
    let client = clients(&tree).get(LiveServer::Etcd);
    let path = Ok("pki/apiserver-etcd-client.crt".to_owned());
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let asked = |clients: Option<&Tree>| {
            let (endpoint, heard) = etcd(&tree, clients, version);
            let served = ask(&endpoint, &client, patient);
            assert_eq!(heard.recv().unwrap(), b"", "more than a handshake");
            assert_eq!(served.chain, shown);
            served
        };
        let served = asked(Some(&tree));
        assert_eq!(served.end, HandshakeEnd::Complete);
        assert_eq!(served.client, path);
        assert!(served.asks_for_client);

        let served = asked(Some(&other));
        // The other CA has the same name, so that rustls finds a wrong signature.
        const DECRYPT_ERROR: u8 = 51;
        assert_eq!(served.end, HandshakeEnd::Alert(DECRYPT_ERROR));
        assert!(served.asks_for_client);

        let served = asked(None);
        assert_eq!(served.end, HandshakeEnd::Complete);
        assert!(!served.asks_for_client);
    }
}

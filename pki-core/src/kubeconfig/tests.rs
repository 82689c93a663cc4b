use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::key::SigningKey;

const CA: &[u8] = include_bytes!("../../../fixtures/kubeadm/sample/pki/ca.crt");
const CLIENT: &[u8] =
    include_bytes!("../../../fixtures/kubeadm/sample/pki/apiserver-kubelet-client.crt");
const CLIENT_KEY: &[u8] =
    include_bytes!("../../../fixtures/kubeadm/sample/pki/apiserver-kubelet-client.key");

#[test]
fn scalars_stay_strings() {
    for plain in [
        "kubernetes",
        "https://10.0.0.1:6443",
        "https://[fd00::1]:6443",
        "a@b",
        "system:node:m1",
    ] {
        assert_eq!(scalar(plain), plain);
    }
    assert_eq!(scalar("no"), "\"no\"");
    assert_eq!(scalar("1e3"), "\"1e3\"");
    assert_eq!(scalar("a: b"), "\"a: b\"");
    assert_eq!(scalar("a\nb"), "\"a\\nb\"");
    assert_eq!(scalar(""), "\"\"");
}

/// All three views; they have to agree on what is a kubeconfig.
fn read_all(text: &[u8]) {
    let current = ExistingKubeconfig::parse(text);
    let certificates = embedded(text);
    let contents = read(text);
    assert!(certificates.is_ok() || (current.is_err() && contents.is_none()));
}

proptest! {
    #[test]
    fn any_text_reads_back(text in "\\PC{0,20}|[a-z0-9:#'\" -]{0,12}") {
        #[derive(Deserialize)]
        struct One { key: String }
        let yaml = format!("key: {}\n", scalar(&text));
        prop_assert_eq!(serde_saphyr::from_str::<One>(&yaml).unwrap().key, text);
    }

    #[test]
    fn reading_never_panics(
        bytes: Vec<u8>,
        text in "(current-context|clusters|users|name|user|client-key-data|: |- |\\n| |a|[{}&*]){0,30}",
    ) {
        read_all(&bytes);
        read_all(text.as_bytes());
    }

    #[test]
    fn what_is_written_is_read_back_whole(
        cluster in "\\PC{0,20}|[a-z0-9:#'\" -]{0,12}",
        user in "\\PC{0,20}|[a-z0-9:#'\" -]{0,12}",
        server in "https://[a-z0-9.:\\[\\]-]{0,30}|\\PC{0,20}",
        minor in 10u16..=36,
    ) {
        let authority = Certificate::from_pem(CA).expect("a certificate");
        let certificate = Certificate::from_pem(CLIENT).expect("a certificate");
        let key = KeyPair::from_pem(CLIENT_KEY).expect("a key");
        let text = Kubeconfig {
            version: format!("1.{minor}").parse().expect("a version"),
            cluster: &cluster,
            user: &user,
            server: &server,
            authority: &authority,
            certificate: &certificate,
            key: &key,
        }
        .to_yaml();
        let line_of = |field: &str| {
            let at = text.lines().position(|line| line.trim_start().starts_with(field));
            at.map(|index| index + 1)
        };

        let current = ExistingKubeconfig::parse(text.as_bytes()).expect("it is ours");
        prop_assert_eq!(current.server.as_ref(), Some(&server));
        prop_assert_eq!(current.trusted(), std::slice::from_ref(&authority));
        prop_assert_eq!(&current.cluster, &cluster);
        prop_assert_eq!(&current.user, &user);
        prop_assert_eq!(current.other_contexts, 0);
        prop_assert!(!current.skips_verification);
        prop_assert_eq!(current.lines.server, line_of("server:"));
        prop_assert_eq!(current.lines.authority, line_of("certificate-authority-data:"));
        prop_assert_eq!(current.lines.client_certificate, line_of("client-certificate-data:"));
        prop_assert_eq!(current.lines.client_key, line_of("client-key-data:"));
        prop_assert_eq!(current.chain(), std::slice::from_ref(&certificate));
        let theirs = current.key.data().map(|key| &key.public);
        prop_assert_eq!(theirs, Some(key.public_key()));

        let found = embedded(text.as_bytes()).expect("it is ours");
        let found: Vec<_> = found
            .into_iter()
            .map(|one| match one.certificates {
                Field::Data(Ok(certificates)) => (one.kind, one.key, certificates),
                _ => panic!("everything is embedded"),
            })
            .collect();
        prop_assert_eq!(found, [
            (EmbeddedKind::User, user.clone(), vec![certificate]),
            (EmbeddedKind::Cluster, cluster.clone(), vec![authority]),
        ]);

        let (contents, texts) = read(text.as_bytes()).expect("it is ours");
        prop_assert_eq!(contents.current_context, Some(format!("{user}@{cluster}")));
        prop_assert_eq!(contents.contexts[0].cluster.as_ref(), Some(&cluster));
        prop_assert_eq!(contents.contexts[0].user.as_ref(), Some(&user));
        prop_assert_eq!(contents.clusters[0].server.as_ref(), Some(&server));
        let fields = texts.iter().map(|one| (one.field, one.text.is_ok()));
        prop_assert_eq!(fields.collect::<Vec<_>>(), [
            ("certificate-authority-data", true),
            ("client-certificate-data", true),
            ("client-key-data", true),
        ]);
        prop_assert_eq!(texts[2].text.as_deref().ok(), Some(&key.to_pem().as_bytes().to_vec()));
    }
}

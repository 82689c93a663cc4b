//! What `kubeadm join` of a further host is told: the pins of the cluster's CAs
//! and the address of the API server. Nothing here knows a token.

use crate::certificate::Certificate;
use crate::cluster::ControlPlaneEndpoint;
use crate::copy::ClusterId;
use crate::error::Error;
use crate::kubeconfig::ExistingKubeconfig;
use crate::name::SubjectAltName;
use crate::pem_text;
use crate::time::Timestamp;
use crate::verify::Tree;

/// A CA of the cluster, and how `kubeadm join` knows it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaPin {
    /// For `--discovery-token-ca-cert-hash`: of the public key, so that a CA that
    /// was renewed with its key keeps it.
    pub hash: ClusterId,
    /// The CA's name (RFC 4514).
    pub subject: String,
    /// When it ends.
    pub not_after: Timestamp,
    /// What keeps hosts from joining by it, though the hash is right.
    pub remarks: Vec<String>,
}

/// The pins of a file of CAs, and what of it has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaPins {
    /// In the order of the file, each key once.
    pub pins: Vec<CaPin>,
    /// Certificates that cannot be read, by their place in the file.
    pub broken: Vec<String>,
}

impl CaPins {
    /// Those of a `ca.crt`, which has several certificates while a CA is replaced.
    ///
    /// # Errors
    /// [`Error::Pem`] if it is no PEM text or has no certificate; the error of the first
    /// certificate if none can be read.
    pub fn from_pem(text: &[u8], now: Timestamp) -> Result<Self, Error> {
        let blocks = pem_text::blocks(text)?;
        let certificates = blocks.iter().filter(|block| block.label == "CERTIFICATE");
        let mut found = Self::default();
        let mut first_error = Error::Pem {
            why: "it has no certificate",
        };
        for (index, block) in certificates.enumerate() {
            match CaPin::of(&block.contents, now) {
                Ok(pin) if found.pins.iter().any(|known| known.hash == pin.hash) => {}
                Ok(pin) => found.pins.push(pin),
                Err(error) => {
                    let broken = format!("certificate {} of the file is {error}", index + 1);
                    found.broken.push(broken);
                    if found.broken.len() == 1 {
                        first_error = error;
                    }
                }
            }
        }
        match found.pins.is_empty() {
            true => Err(first_error),
            false => Ok(found),
        }
    }
}

impl CaPin {
    fn of(der: &[u8], now: Timestamp) -> Result<Self, Error> {
        let certificate = Certificate::from_der(der)?;
        let key = certificate.public_key()?;
        let validity = certificate.validity();
        let mut remarks = Vec::new();
        if validity.not_after() < now {
            remarks.push(format!("it expired at {}", validity.not_after()));
        }
        if validity.not_before() > now {
            remarks.push(format!("it is not valid before {}", validity.not_before()));
        }
        if !certificate.is_ca() {
            remarks.push("it is no CA certificate".to_owned());
        }
        Ok(Self {
            hash: ClusterId::of(key),
            subject: certificate.subject().to_owned(),
            not_after: validity.not_after(),
            remarks,
        })
    }
}

/// Where a host that joins finds the API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinEndpoint {
    /// `vip.k8s.internal:6443`, `[fd00::10]:6443`
    pub address: String,
    /// The kubeconfig that says so.
    pub file: &'static str,
}

/// The kubeconfigs that may know, those with the address that all hosts share first.
const FILES: [&str; 4] = [
    "admin.conf",
    "super-admin.conf",
    "kubelet.conf",
    "controller-manager.conf",
];

impl JoinEndpoint {
    /// What the kubeconfigs of a host say; none of them if it is the host itself
    /// without another name, which no other host reaches.
    #[must_use]
    pub fn of(tree: &Tree) -> Option<Self> {
        FILES.into_iter().find_map(|file| {
            let bytes = tree.files.get(file)?.bytes()?;
            let server = ExistingKubeconfig::parse(bytes).ok()?.server?;
            let authority = server.strip_prefix("https://")?.trim_end_matches('/');
            let endpoint: ControlPlaneEndpoint = authority.parse().ok()?;
            let is_local = match endpoint.host() {
                SubjectAltName::Ip(address) => address.is_loopback() || address.is_unspecified(),
                SubjectAltName::Dns(name) => name.as_str() == "localhost",
                _ => true,
            };
            // What a URL means by no port is not what kubeadm takes for it.
            let url = endpoint.url(443);
            let address = url.strip_prefix("https://")?.to_owned();
            (!is_local).then_some(Self { address, file })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::{TreeContent, TreeFile};

    const CA: &str = include_str!("../../fixtures/kubeadm/sample/pki/ca.crt");
    const OTHER: &str = include_str!("../../fixtures/kubeadm/sample/pki/etcd/ca.crt");

    fn now() -> Timestamp {
        let ca = Certificate::from_pem(CA.as_bytes()).expect("a certificate");
        ca.validity().not_before()
    }

    #[test]
    fn a_bundle_has_a_pin_for_each_key() {
        let text = format!("{CA}{OTHER}{CA}");
        let found = CaPins::from_pem(text.as_bytes(), now()).expect("two CAs");
        assert_eq!(found.pins.len(), 2);
        assert!(found.broken.is_empty());
        let other = CaPins::from_pem(OTHER.as_bytes(), now()).expect("a CA");
        assert_eq!(other.pins.first(), found.pins.get(1));
    }

    #[test]
    fn what_is_broken_does_not_hide_the_rest() {
        let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let found = CaPins::from_pem(format!("{broken}{CA}").as_bytes(), now()).expect("a CA");
        assert_eq!(found.pins.len(), 1);
        assert_eq!(found.broken.len(), 1);
        assert!(
            found
                .broken
                .iter()
                .all(|it| it.starts_with("certificate 1 of the file is "))
        );
        for text in [
            broken,
            "",
            "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n",
        ] {
            assert!(CaPins::from_pem(text.as_bytes(), now()).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_are_remarked() {
        let of = |now: Timestamp| {
            let found = CaPins::from_pem(CA.as_bytes(), now).expect("a CA");
            found.pins.into_iter().next().expect("a pin").remarks
        };
        let second = |second: i64| Timestamp::from_unix(second).expect("a time");
        assert_eq!(of(now()), Vec::<String>::new());
        assert!(
            of(second(4_000_000_000))
                .iter()
                .all(|it| it.starts_with("it expired at "))
        );
        assert!(
            of(second(0))
                .iter()
                .all(|it| it.starts_with("it is not valid before "))
        );
    }

    #[test]
    fn the_shared_address_is_taken() {
        let kubeconfig = |server: &str| {
            let text = format!(
                "current-context: c\ncontexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n\
                 clusters: [{{name: k, cluster: {{server: '{server}'}}}}]\nusers: [{{name: u, user: {{token: t}}}}]\n"
            );
            TreeFile {
                content: TreeContent::Bytes(text.into_bytes().into()),
                mode: 0o600,
                owner: None,
                links: 1,
                inode: None,
                link: None,
            }
        };
        let of = |servers: &[(&str, &str)]| {
            let mut tree = Tree::default();
            for (file, server) in servers {
                tree.files.insert((*file).to_owned(), kubeconfig(server));
            }
            JoinEndpoint::of(&tree).map(|found| (found.address, found.file))
        };
        let vip = |file| Some(("vip.k8s:6443".to_owned(), file));
        let both = [
            ("admin.conf", "https://127.0.0.1:6443"),
            ("kubelet.conf", "https://vip.k8s:6443/"),
        ];
        assert_eq!(of(&both), vip("kubelet.conf"));
        assert_eq!(
            of(&[("admin.conf", "https://vip.k8s:6443")]),
            vip("admin.conf")
        );
        let six = of(&[("admin.conf", "https://[fd00::10]:6443")]);
        assert_eq!(six, Some(("[fd00::10]:6443".to_owned(), "admin.conf")));
        let portless = of(&[("admin.conf", "https://vip.k8s")]);
        assert_eq!(portless, Some(("vip.k8s:443".to_owned(), "admin.conf")));
        for nothing in ["http://a:1", "https://localhost:6443", "https://a b", ""] {
            assert_eq!(of(&[("admin.conf", nothing)]), None, "{nothing}");
        }
    }
}

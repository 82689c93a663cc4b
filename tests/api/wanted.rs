//! Certificates that somebody may want, at random.

use std::net::IpAddr;

use pki_core::{
    Certificate, CertificateRequest, DistinguishedName, ExtendedKeyUsage, Issuer, KeyAlgorithm,
    KeyPair, KubernetesVersion, Profile, SerialNumber, SigningKey, SubjectAltName, Timestamp,
    Validity,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::common::fixture;

const DAY: i64 = 86_400;

/// What is asked of a CA and of a certificate under it.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    version: KubernetesVersion,
    authority_key: KeyAlgorithm,
    pub(crate) authority_validity: Validity,
    key: KeyAlgorithm,
    organization: Option<String>,
    common_name: Option<String>,
    pub(crate) names: Vec<SubjectAltName>,
    pub(crate) purposes: Vec<ExtendedKeyUsage>,
    pub(crate) validity: Validity,
    serial_number: u64,
}

/// What was made of it.
pub(crate) struct Made {
    pub(crate) issuer: Issuer,
    pub(crate) request: CertificateRequest,
    pub(crate) serial_number: SerialNumber,
    pub(crate) certificate: Certificate,
}

impl Wanted {
    pub(crate) fn make(&self) -> Made {
        let issuer = self.authority();
        let subject = match &self.common_name {
            Some(name) => DistinguishedName::kubernetes(self.organization.as_deref(), name),
            None => DistinguishedName::new(Vec::new()),
        };
        let request = CertificateRequest {
            subject,
            subject_alt_names: self.names.iter().cloned().map(Into::into).collect(),
            public_key: key(self.key).public_key().clone(),
        };
        let serial_number = SerialNumber::from_bytes(&self.serial_number.to_be_bytes())
            .expect("eight octets are few enough");
        let certificate = Profile::leaf(self.version, &self.purposes)
            .params(
                &request,
                Some(&issuer),
                self.validity,
                serial_number.clone(),
            )
            .and_then(|params| issuer.issue(&params));
        Made {
            certificate: certificate.expect("what can be asked for can be issued"),
            issuer,
            request,
            serial_number,
        }
    }

    /// A new CA of the wanted kind.
    pub(crate) fn authority(&self) -> Issuer {
        let key = key(self.authority_key);
        let request = CertificateRequest {
            subject: DistinguishedName::kubernetes(None, "etcd-ca"),
            subject_alt_names: Vec::new(),
            public_key: key.public_key().clone(),
        };
        let serial_number = SerialNumber::from_bytes(&[1]).expect("one octet is few enough");
        let params = Profile::certificate_authority(self.version).params(
            &request,
            None,
            self.authority_validity,
            serial_number,
        );
        let params = params.expect("kubeadm's own shape");
        let now = self.validity.not_before();
        Issuer::self_signed(&params, Box::new(key), now).expect("a CA that is valid now")
    }
}

/// A new key; for RSA always the same, which takes long to make.
fn key(algorithm: KeyAlgorithm) -> KeyPair {
    let made = match algorithm {
        KeyAlgorithm::Rsa2048 => {
            let text = std::fs::read(fixture("kubeadm/sample/pki/ca.key")).expect("a fixture");
            KeyPair::from_pem(&text)
        }
        other => KeyPair::generate(other),
    };
    made.expect("a key of a known kind")
}

prop_compose! {
    pub(crate) fn wanted()(
        version in select(vec![KubernetesVersion::OLDEST, KubernetesVersion::NEWEST]),
        authority_key in algorithm(),
        key in algorithm(),
        organization in option::of("[ -~äß漢]{1,64}"),
        common_name in option::weighted(0.9, "[ -~äß漢]{1,64}"),
        names in vec(name(), 0..8),
        purposes in purposes(),
        (authority_validity, validity) in validities(),
        serial_number in 1..u64::MAX,
        certain_name in name(),
    ) -> Wanted {
        // Who has no subject needs another name (RFC 5280 section 4.1.2.6).
        let nameless = common_name.is_none() && names.is_empty();
        let names = if nameless { vec![certain_name] } else { names };
        Wanted {
            version, authority_key, authority_validity, key, organization, common_name, names,
            purposes, validity, serial_number,
        }
    }
}

fn algorithm() -> impl Strategy<Value = KeyAlgorithm> {
    prop_oneof![
        4 => Just(KeyAlgorithm::EcdsaP256),
        4 => Just(KeyAlgorithm::EcdsaP384),
        4 => Just(KeyAlgorithm::Ed25519),
        1 => Just(KeyAlgorithm::Rsa2048),
    ]
}

fn name() -> impl Strategy<Value = SubjectAltName> {
    const DNS: &str = "([a-z0-9]([a-z0-9-]{0,14}[a-z0-9])?\\.){0,4}[a-z]([a-z0-9-]{0,14}[a-z0-9])?";
    let dns = (DNS, proptest::bool::weighted(0.25)).prop_map(|(name, wildcard)| match wildcard {
        true => format!("*.{name}.internal"),
        false => name,
    });
    prop_oneof![
        // Labels such as "ab--c" mean something else, and are refused.
        dns.prop_filter_map("a name that kpki takes", |text| {
            SubjectAltName::parse_host(&text)
                .ok()
                .map(|name| name.value)
        }),
        any::<IpAddr>().prop_map(SubjectAltName::Ip),
    ]
}

fn purposes() -> impl Strategy<Value = Vec<ExtendedKeyUsage>> {
    let (server, client) = (ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth);
    select(vec![
        vec![server.clone()],
        vec![client.clone()],
        vec![server.clone(), client.clone()],
        vec![client, server],
    ])
}

/// The period of a CA and one within it, from 1970 to the last second of 9999;
/// around 2050 the encoding changes (RFC 5280 section 4.1.2.5).
fn validities() -> impl Strategy<Value = (Validity, Validity)> {
    const YEAR_2050: i64 = 2_524_608_000;
    let latest = Timestamp::LATEST.unix();
    let start = prop_oneof![
        0..latest - 1,
        1_700_000_000..1_900_000_000_i64,
        YEAR_2050 - 2..YEAR_2050 + 2,
    ];
    let length = prop_oneof![0..400 * DAY, 0..latest, Just(latest)];
    (start, length, any::<Index>(), any::<Index>()).prop_map(move |(start, length, from, to)| {
        let end = (start + length).min(latest);
        let inside = |at: Index, first: i64, last: i64| {
            let seconds = usize::try_from(last - first).expect("the end is not before the start");
            first + i64::try_from(at.index(seconds + 1)).expect("at most as large")
        };
        let from = inside(from, start, end);
        let to = inside(to, from, end);
        (period(start, end), period(from, to))
    })
}

fn period(start: i64, end: i64) -> Validity {
    let time = |seconds| Timestamp::from_unix(seconds).expect("from 1970 to 9999");
    Validity::new(time(start), time(end)).expect("the end is not before the start")
}

use super::*;
use crate::*;

struct Counter(u8);

impl RandomSource for Counter {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.0 += 1;
        buffer.fill(self.0);
        Ok(())
    }
}

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").unwrap()
}

fn year() -> Validity {
    Validity::new(now(), now().plus(365 * 86_400).unwrap()).unwrap()
}

fn request(common_name: &str, key: &KeyPair) -> CertificateRequest {
    CertificateRequest {
        subject: DistinguishedName::kubernetes(None, common_name),
        subject_alt_names: Vec::new(),
        public_key: key.public_key().clone(),
    }
}

fn root(algorithm: KeyAlgorithm, profile: &Profile) -> Result<Issuer, Error> {
    let key = KeyPair::generate(algorithm).unwrap();
    let serial = SerialNumber::random_63_bits(&mut Counter(0)).unwrap();
    let params = profile
        .params(&request("etcd-ca", &key), None, year(), serial)
        .unwrap();
    Issuer::self_signed(&params, Box::new(key), now())
}

fn leaf(issuer: &Issuer, profile: &Profile, validity: Validity) -> Result<Certificate, Error> {
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let serial = SerialNumber::random_159_bits(&mut Counter(0)).unwrap();
    issuer.issue(
        &profile
            .params(&request("m1", &key), Some(issuer), validity, serial)
            .unwrap(),
    )
}

#[test]
fn every_algorithm_issues_and_is_judged() {
    for algorithm in KeyAlgorithm::ALL {
        let ca = Profile::certificate_authority(KubernetesVersion::NEWEST);
        let root = root(algorithm, &ca).unwrap();
        let certificate = leaf(&root, &Profile::peer(), year()).unwrap();
        assert_eq!(certificate.issuer(), "CN=etcd-ca", "{algorithm}");
        assert_eq!(
            certificate.authority_key_identifier(),
            root.certificate().subject_key_identifier()
        );
        assert_eq!(certificate.serial_number(), [1; 20]);
    }
}

#[test]
fn an_issuer_is_a_ca_with_its_own_key_in_its_time() {
    let ca = Profile::certificate_authority(KubernetesVersion::NEWEST);
    assert!(matches!(
        root(KeyAlgorithm::EcdsaP256, &Profile::server()),
        Err(Error::NotACertificateAuthority {
            lacks: "basicConstraints CA:TRUE",
            ..
        })
    ));
    let no_cert_sign = Profile {
        key_usage: KeyUsage::CRL_SIGN,
        ..ca.clone()
    };
    assert!(matches!(
        root(KeyAlgorithm::EcdsaP256, &no_cert_sign),
        Err(Error::NotACertificateAuthority {
            lacks: "keyUsage keyCertSign",
            ..
        })
    ));
    let root = root(KeyAlgorithm::EcdsaP256, &ca).unwrap();
    let certificate = root.certificate().clone();
    let other = || Box::new(KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap());
    let mismatch = Issuer::new(certificate.clone(), other(), now());
    assert!(matches!(mismatch, Err(Error::KeyMismatch { .. })));
    let late = now().plus(366 * 86_400).unwrap();
    let expired = Issuer::new(certificate, root.key, late);
    assert!(matches!(expired, Err(Error::OutsideValidity { .. })));
}

#[test]
fn a_leaf_ends_with_its_ca_and_path_lengths_hold() {
    let mut ca = Profile::certificate_authority(KubernetesVersion::NEWEST);
    ca.basic_constraints = Some(BasicConstraints::CertificateAuthority {
        path_len_constraint: Some(0),
    });
    let root = root(KeyAlgorithm::EcdsaP256, &ca).unwrap();
    let longer = Validity::new(now(), now().plus(366 * 86_400).unwrap()).unwrap();
    assert!(matches!(
        leaf(&root, &Profile::client(), longer),
        Err(Error::OutlivesIssuer { .. })
    ));
    assert!(matches!(
        leaf(&root, &ca, year()),
        Err(Error::PathLength { .. })
    ));
}

/// A key that signs something else than it is told.
pub(crate) struct Broken(pub(crate) KeyPair);

impl SigningKey for Broken {
    fn public_key(&self) -> &SubjectPublicKeyInfo {
        self.0.public_key()
    }

    fn sign(&self, algorithm: SignatureAlgorithm, _: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.sign(algorithm, b"something else")
    }
}

#[test]
fn a_wrong_signature_never_leaves() {
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let ca = Profile::certificate_authority(KubernetesVersion::NEWEST);
    let serial = SerialNumber::random_63_bits(&mut Counter(0)).unwrap();
    let params = ca
        .params(&request("etcd-ca", &key), None, year(), serial)
        .unwrap();
    let broken = Issuer::self_signed(&params, Box::new(Broken(key)), now());
    assert!(matches!(broken, Err(Error::Judgement { .. })));
}

#[test]
fn a_ca_out_of_date_signs_only_when_dates_are_disregarded() {
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let ca = Profile::certificate_authority(KubernetesVersion::NEWEST);
    let past = Validity::new(now().plus(-7200).unwrap(), now().plus(-3600).unwrap()).unwrap();
    let serial = SerialNumber::random_63_bits(&mut Counter(0)).unwrap();
    let params = ca.params(&request("old-ca", &key), None, past, serial);
    let certificate = Certificate::self_signed(&params.unwrap(), &key).unwrap();
    let copy = KeyPair::from_pem(key.to_pem().as_bytes()).unwrap();
    assert!(matches!(
        Issuer::new(certificate.clone(), Box::new(copy), now()),
        Err(Error::OutsideValidity { .. })
    ));
    let issuer = Issuer::regardless_of_dates(certificate, Box::new(key)).unwrap();
    let issued = leaf(&issuer, &Profile::server(), year()).unwrap();
    assert!(issued.validity().not_after() > issuer.certificate().validity().not_after());
}

#[test]
fn a_leaf_named_as_its_ca_has_the_identifier_that_tells_them_apart() {
    let ca = Profile::certificate_authority(KubernetesVersion::NEWEST);
    let root = root(KeyAlgorithm::EcdsaP256, &ca).unwrap();
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let serial = SerialNumber::random_159_bits(&mut Counter(0)).unwrap();
    let params = Profile::server().params(&request("etcd-ca", &key), Some(&root), year(), serial);
    let issued = root.issue(&params.unwrap()).unwrap();
    assert_eq!(
        issued.authority_key_identifier(),
        root.certificate().subject_key_identifier()
    );
}

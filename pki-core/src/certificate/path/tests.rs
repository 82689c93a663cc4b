use crate::*;

const DAY: i64 = 86_400;

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").unwrap()
}

/// From so many days before now to so many after it.
fn days(before: i64, after: i64) -> Validity {
    let at = |days: i64| now().plus(days * DAY).unwrap();
    Validity::new(at(-before), at(after)).unwrap()
}

fn params(name: &str, key: &KeyPair, validity: Validity, last: Extension) -> CertificateParams {
    CertificateParams {
        serial_number: SerialNumber::from_bytes(&[7]).unwrap(),
        signature_algorithm: SignatureAlgorithm::EcdsaSha256,
        validity,
        subject: DistinguishedName::kubernetes(None, name),
        public_key: key.public_key().clone(),
        extensions: vec![last],
    }
}

fn authority(most: Option<u8>) -> Extension {
    Extension::basic_constraints(BasicConstraints::CertificateAuthority {
        path_len_constraint: most,
    })
}

fn purpose(purpose: ExtendedKeyUsage) -> Extension {
    Extension::extended_key_usage(&[purpose]).unwrap()
}

fn key() -> KeyPair {
    KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap()
}

fn root(name: &str, validity: Validity, most: Option<u8>) -> Issuer {
    let key = key();
    let params = params(name, &key, validity, authority(most));
    let certificate = Certificate::self_signed(&params, &key).unwrap();
    Issuer::regardless_of_dates(certificate, Box::new(key)).unwrap()
}

fn below(issuer: &Issuer, name: &str, validity: Validity, most: Option<u8>) -> Issuer {
    let key = key();
    let params = params(name, &key, validity, authority(most));
    Issuer::regardless_of_dates(issuer.issue(&params).unwrap(), Box::new(key)).unwrap()
}

fn leaf(issuer: &Issuer, validity: Validity) -> Certificate {
    let server = purpose(ExtendedKeyUsage::ServerAuth);
    issuer
        .issue(&params("leaf", &key(), validity, server))
        .unwrap()
}

fn certificates(issuers: &[&Issuer]) -> Vec<Certificate> {
    issuers.iter().map(|i| i.certificate().clone()).collect()
}

#[test]
fn finds_the_way_whatever_lies_around() {
    let root = root("root", days(1, 900), None);
    let other = self::root("other", days(1, 900), None);
    let first = below(&root, "first", days(1, 800), Some(1));
    let second = below(&first, "second", days(1, 700), Some(0));
    let leaf = leaf(&second, days(1, 90));
    let intermediates = certificates(&[&other, &first, &root, &second]);
    let anchors = certificates(&[&other, &root]);
    let path = leaf.path_to(&intermediates, &anchors, now()).unwrap();
    let names: Vec<_> = path.iter().map(|c| c.subject()).collect();
    assert_eq!(names, ["CN=second", "CN=first", "CN=root"]);
    // The lower CA is trusted itself, and the way ends there.
    let anchors = certificates(&[&root, &second]);
    let path = leaf.path_to(&intermediates, &anchors, now()).unwrap();
    assert_eq!(path, [second.certificate()]);
    // A CA leads to the root that signed it, and a root to nothing.
    let path = first.certificate().path_to(&[], &anchors, now()).unwrap();
    assert_eq!(path, [root.certificate()]);
    let anchors = certificates(&[&root]);
    let refused = second
        .certificate()
        .path_to(&intermediates, &anchors, now());
    assert!(matches!(refused, Err(Error::UnknownAuthority { .. })));
}

#[test]
fn takes_the_path_that_lasts_longest() {
    let key = key();
    let short = params("ca", &key, days(1, 100), authority(None));
    let long = params("ca", &key, days(1, 200), authority(None));
    let short = Certificate::self_signed(&short, &key).unwrap();
    let long = Certificate::self_signed(&long, &key).unwrap();
    let issuer = Issuer::regardless_of_dates(short.clone(), Box::new(key)).unwrap();
    let leaf = leaf(&issuer, days(1, 90));
    for anchors in [[short.clone(), long.clone()], [long.clone(), short.clone()]] {
        assert_eq!(leaf.path_to(&[], &anchors, now()).unwrap(), [&long]);
    }
    let later = now().plus(150 * DAY).unwrap();
    let anchors = [long];
    let refused = leaf.path_to(&[], &anchors, later);
    assert!(matches!(refused, Err(Error::OutsideValidity { .. })));
}

#[test]
fn names_what_is_in_the_way() {
    let sound = root("root", days(1, 900), None);
    let expired = root("root", days(900, -1), None);
    let refusal = |leaf: &Certificate, between: &[Certificate], root: &Issuer| {
        leaf.path_to(between, &certificates(&[root]), now())
            .unwrap_err()
    };
    let outside = |error: Error, name: &str| match error {
        Error::OutsideValidity { subject, .. } => assert_eq!(subject, name),
        other => panic!("{other}"),
    };
    outside(refusal(&leaf(&sound, days(9, -1)), &[], &sound), "CN=leaf");
    outside(refusal(&leaf(&sound, days(-1, 9)), &[], &sound), "CN=leaf");
    outside(
        refusal(&leaf(&expired, days(1, 9)), &[], &expired),
        "CN=root",
    );
    let between = below(&sound, "between", days(9, -1), None);
    outside(
        refusal(
            &leaf(&between, days(1, 9)),
            &certificates(&[&between]),
            &sound,
        ),
        "CN=between",
    );
}

#[test]
fn counts_the_authorities() {
    let too_long = |path: Result<Vec<&Certificate>, Error>, name: &str| match path {
        Err(Error::PathLengthExceeded { issuer }) => assert_eq!(issuer, name),
        other => panic!("{other:?}"),
    };
    // A root, and the same with a bound, which only webpki's caller looks at.
    let key = key();
    let certificate = |most| {
        let params = params("root", &key, days(1, 900), authority(most));
        Certificate::self_signed(&params, &key).unwrap()
    };
    let (free, bounded) = (certificate(None), certificate(Some(0)));
    let root = Issuer::regardless_of_dates(free.clone(), Box::new(key)).unwrap();
    let between = below(&root, "between", days(1, 800), None);
    let end = leaf(&between, days(1, 9));
    let intermediates = certificates(&[&between]);
    let anchors = [free.clone()];
    assert!(end.path_to(&intermediates, &anchors, now()).is_ok());
    let anchors = [bounded.clone()];
    too_long(end.path_to(&intermediates, &anchors, now()), "CN=root");
    assert!(
        leaf(&root, days(1, 9))
            .path_to(&[], &anchors, now())
            .is_ok()
    );
    assert!(between.certificate().path_to(&[], &anchors, now()).is_ok());

    // The same for a CA between.
    let key = self::key();
    let certificate = |most| {
        let params = params("upper", &key, days(1, 800), authority(most));
        root.issue(&params).unwrap()
    };
    let (upper, bounded) = (certificate(None), certificate(Some(0)));
    let issuer = Issuer::regardless_of_dates(upper.clone(), Box::new(key)).unwrap();
    let lower = below(&issuer, "lower", days(1, 800), None);
    let end = leaf(&lower, days(1, 9));
    let lower = lower.certificate().clone();
    let anchors = [free];
    let intermediates = [lower.clone(), bounded.clone()];
    too_long(end.path_to(&intermediates, &anchors, now()), "CN=upper");
    let intermediates = [lower, bounded, upper];
    assert!(end.path_to(&intermediates, &anchors, now()).is_ok());
}

#[test]
fn wants_a_purpose_of_tls_and_a_ca() {
    let root = root("root", days(1, 900), None);
    let signed = |purpose: Extension| {
        root.issue(&params("leaf", &key(), days(1, 9), purpose))
            .unwrap()
    };
    let anchors = certificates(&[&root]);
    let client = signed(purpose(ExtendedKeyUsage::ClientAuth));
    assert!(client.path_to(&[], &anchors, now()).is_ok());
    let code = signed(purpose(ExtendedKeyUsage::from_oid("1.3.6.1.5.5.7.3.3")));
    let refused = code.path_to(&[], &anchors, now());
    assert!(matches!(refused, Err(Error::NotForTls { .. })));
    // A root by name and key, but not by its extensions.
    let key = key();
    let sound = params("x", &key, days(1, 900), authority(None));
    let sound = Certificate::self_signed(&sound, &key).unwrap();
    let server = purpose(ExtendedKeyUsage::ServerAuth);
    let unsound = params("x", &key, days(1, 900), server);
    let unsound = [Certificate::self_signed(&unsound, &key).unwrap()];
    let issuer = Issuer::regardless_of_dates(sound.clone(), Box::new(key)).unwrap();
    let leaf = leaf(&issuer, days(1, 9));
    assert!(sound.signed(&leaf) && !unsound[0].signed(&leaf));
    let refused = leaf.path_to(&[], &unsound, now());
    assert!(matches!(
        refused,
        Err(Error::NotACertificateAuthority { .. })
    ));
    // Another CA of the same name.
    let other = certificates(&[&self::root("x", days(1, 900), None)]);
    let refused = leaf.path_to(&[], &other, now());
    assert!(matches!(refused, Err(Error::UnknownAuthority { .. })));
    let refused = leaf.path_to(&[], &[], now());
    assert_eq!(
        refused.unwrap_err().to_string(),
        "no CA that was given stands behind it; it was issued by 'CN=x'"
    );
}

#[test]
fn says_where_more_is_to_be_had() {
    let root = root("root", days(1, 900), None);
    let uris = |uris: &[&str]| uris.iter().map(|uri| (*uri).to_owned()).collect::<Vec<_>>();
    let mut params = params(
        "leaf",
        &key(),
        days(1, 9),
        Extension::authority_info_access(&uris(&["http://ocsp"]), &uris(&["http://ca"])).unwrap(),
    );
    params
        .extensions
        .push(Extension::crl_distribution_point("http://crl").unwrap());
    let leaf = root.issue(&params).unwrap();
    assert_eq!(leaf.ocsp_servers(), ["http://ocsp"]);
    assert_eq!(leaf.crl_distribution_points(), ["http://crl"]);
    assert!(root.certificate().ocsp_servers().is_empty());
    assert!(root.certificate().crl_distribution_points().is_empty());
}

//! Leaves: each host has its own.

use super::*;

#[test]
fn the_whole_directory_of_another_host() {
    let (mut trees, _) = fleets();
    let first = trees[0].clone();
    take(&mut trees[1], &first, &["pki/"]);
    let found = between(&trees);
    assert_eq!(
        found,
        ["error other-hosts-files pki/apiserver.crt [m2] +14"]
    );
    // What the names of the copies lack follows from it.
    let cluster = masters(3);
    let mut all = reports(&trees[..3], Some(&cluster));
    let own = &all[1].report.findings;
    let parts = own
        .iter()
        .flat_map(|own| &own.consequences)
        .filter(|it| it.rule == Some(Rule::SanMissing));
    assert_eq!(parts.count(), 3, "{own:?}");
    let comparison = compare(&mut all);
    assert_eq!(
        shown(&comparison),
        ["error other-hosts-files pki/apiserver.crt [m2] +18"]
    );
    let finding = &comparison.findings[0].finding;
    assert_eq!(finding.message, "14 files of m1 are on m2 as well");
    assert_eq!(all[1].report.findings, []);
    // The copy comes first in the list, and its kubelet has what it should have:
    // the names of what was copied tell whose they are.
    trees[0].remove("kubelet.conf");
    trees.swap(0, 1);
    let mut second = masters(2);
    second.hosts.remove(0);
    let kubelet = made(&second)[0]["kubelet.conf"].clone();
    trees[0].insert("kubelet.conf".to_owned(), kubelet);
    let mut all = reports_of(&trees[..3], None, &["m2", "m1", "m3"]);
    assert_eq!(compare(&mut all).findings[0].hosts, ["m2"]);
}

#[test]
fn clients_of_another_host_work() {
    let (good, _) = fleets();
    let mut trees = good.clone();
    take(&mut trees[2], &good[0], &["pki/front-proxy-client"]);
    let found = between(&trees);
    assert_eq!(
        found,
        ["warning other-hosts-files pki/front-proxy-client.crt [m3] +1"]
    );
    let mut trees = good.clone();
    take(&mut trees[2], &good[0], &["admin.conf"]);
    assert_eq!(
        between(&trees),
        ["note other-hosts-files admin.conf [m3] +0"]
    );
}

/// Signs with the CA of a tree.
fn issue(
    files: &Files,
    ca: &str,
    change: impl Fn(&mut CertificateParams),
) -> (Certificate, KeyPair) {
    let authority = Certificate::from_pem(&files[&format!("pki/{ca}.crt")]).unwrap();
    let key = KeyPair::from_pem(&files[&format!("pki/{ca}.key")]).unwrap();
    let issuer = Issuer::new(authority, Box::new(key), now()).unwrap();
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let request = CertificateRequest {
        subject: DistinguishedName::kubernetes(None, "front-proxy-client"),
        subject_alt_names: Vec::new(),
        public_key: key.public_key().clone(),
    };
    let validity = Validity::new(now(), now().plus(365 * 86_400).unwrap()).unwrap();
    let serial = SerialNumber::from_bytes(&[9]).unwrap();
    let mut params = Profile::client()
        .params(&request, Some(&issuer), validity, serial)
        .unwrap();
    change(&mut params);
    (issuer.issue(&params).unwrap(), key)
}

#[test]
fn a_serial_number_given_twice() {
    let (mut trees, _) = fleets();
    for files in &mut trees[..2] {
        let (certificate, key) = issue(files, "front-proxy-ca", |_| ());
        files.insert(
            "pki/front-proxy-client.crt".to_owned(),
            certificate.to_pem().into_bytes(),
        );
        files.insert(
            "pki/front-proxy-client.key".to_owned(),
            key.to_pem().as_bytes().to_vec(),
        );
    }
    let found = between(&trees);
    assert_eq!(
        found,
        ["warning serial-reused pki/front-proxy-client.crt [m2] +0"]
    );
}

//! CAs: one of each on all hosts, and their keys where they are used.

use super::*;

#[test]
fn another_authority_on_one_host() {
    let (good, other) = fleets();
    // The CA with all that it signed, as a second 'kubeadm init' leaves it.
    let mut trees = good.clone();
    let of_ca = [
        "pki/ca.",
        "pki/apiserver.",
        "pki/apiserver-kubelet-client.",
        "admin.conf",
    ];
    take(&mut trees[1], &other[1], &of_ca);
    take(
        &mut trees[1],
        &other[1],
        &["controller", "scheduler", "kubelet", "super"],
    );
    let mut all = reports(&trees, None);
    let comparison = compare(&mut all);
    assert_eq!(shown(&comparison), ["error ca-differs pki/ca.crt [m2] +0"]);
    let message = &comparison.findings[0].finding.message;
    assert!(
        message.contains("another CA of the same name 'CN=kubernetes' than m1, m3 and m4"),
        "{message}"
    );
    assert_eq!(all[1].report.findings, []);
    // The certificate alone.
    let mut trees = good.clone();
    take(&mut trees[1], &other[1], &["pki/etcd/ca.crt"]);
    let mut all = reports(&trees, None);
    assert_eq!(
        shown(&compare(&mut all)),
        ["error etcd-ca-differs pki/etcd/ca.crt [m2] +5"]
    );
    assert_eq!(all[1].report.findings, []);
    // Every master has made its own, as the guides of 2018 had it.
    let mut trees = good[..3].to_vec();
    let third = made(&masters(3));
    take(&mut trees[1], &other[1], &["pki/front-proxy"]);
    take(&mut trees[2], &third[2], &["pki/front-proxy"]);
    let comparison = compare(&mut reports(&trees, None));
    assert_eq!(
        shown(&comparison),
        ["error front-proxy-ca-differs pki/front-proxy-ca.crt [m1 m2 m3] +0"]
    );
    // Of the three CAs the kubelets trust the cluster's alone.
    let fix = comparison.findings[0].finding.fix.to_string();
    assert!(
        fix.starts_with("choose one of them: nobody but the API servers"),
        "{fix}"
    );
    // A whole other cluster.
    let mut trees = good;
    trees[2] = other[2].clone();
    let rules: Vec<_> = compare(&mut reports(&trees, None)).findings;
    let rules: Vec<_> = rules.iter().map(|found| found.finding.rule).collect();
    use Rule as R;
    assert_eq!(
        rules,
        [
            R::CaDiffers,
            R::EtcdCaDiffers,
            R::FrontProxyCaDiffers,
            R::SaKeyDiffers
        ]
    );
}

/// The CA of a tree, renewed with its key.
pub(super) fn renewed(files: &Files, ca: &str, days: i64) -> Vec<u8> {
    let old = Certificate::from_pem(&files[&format!("pki/{ca}.crt")]).unwrap();
    let key = KeyPair::from_pem(&files[&format!("pki/{ca}.key")]).unwrap();
    let request = CertificateRequest {
        subject: DistinguishedName::kubernetes(None, old.common_name().unwrap()),
        subject_alt_names: Vec::new(),
        public_key: key.public_key().clone(),
    };
    let validity = match days {
        0 => old.validity(),
        days => Validity::new(now(), now().plus(days * 86_400).unwrap()).unwrap(),
    };
    let serial = SerialNumber::from_bytes(&[7]).unwrap();
    let params = Profile::certificate_authority(KubernetesVersion::NEWEST)
        .params(&request, None, validity, serial)
        .unwrap();
    let renewed = Issuer::self_signed(&params, Box::new(key), now()).unwrap();
    renewed.certificate().to_pem().into_bytes()
}

#[test]
fn a_renewed_authority_is_the_same() {
    let (good, _) = fleets();
    let mut trees = good.clone();
    let longer = renewed(&good[0], "front-proxy-ca", 9999);
    trees[0].insert("pki/front-proxy-ca.crt".to_owned(), longer);
    let found = between(&trees);
    assert_eq!(
        found,
        ["warning ca-certificate-differs pki/front-proxy-ca.crt [m2 m3 m4] +0"]
    );
    let mut trees = good.clone();
    let again = renewed(&good[0], "front-proxy-ca", 0);
    trees[1].insert("pki/front-proxy-ca.crt".to_owned(), again);
    let found = between(&trees);
    assert_eq!(
        found,
        ["note ca-certificate-differs pki/front-proxy-ca.crt [m2] +0"]
    );
}

#[test]
fn a_half_done_rotation() {
    let (good, other) = fleets();
    let both = |files: &Files| [&files["pki/ca.crt"][..], &other[0]["pki/ca.crt"]].concat();
    let mut trees = good.clone();
    for files in &mut trees[..2] {
        let both = both(files);
        files.insert("pki/ca.crt".to_owned(), both);
    }
    let found = between(&trees[..3]);
    assert_eq!(found, ["warning ca-bundle-differs pki/ca.crt [m3] +0"]);
    // The key of the new one on a host that trusts both.
    let mut trees = good.clone();
    take(&mut trees[0], &other[0], &["pki/ca."]);
    let new_first = [&other[0]["pki/ca.crt"][..], &good[0]["pki/ca.crt"]].concat();
    trees[0].insert("pki/ca.crt".to_owned(), new_first);
    let found = between(&trees[..3]);
    assert_eq!(found, ["warning ca-bundle-differs pki/ca.crt [m1] +0"]);
    assert_eq!(between(&trees[..2]).len(), 1);
}

#[test]
fn keys_of_authorities_are_where_they_are_used() {
    let (good, _) = fleets();
    let mut trees = good.clone();
    trees[1].remove("pki/ca.key");
    let mut all = reports(&trees, None);
    assert_eq!(
        shown(&compare(&mut all)),
        ["warning ca-key-on-some pki/ca.key [m2] +1"]
    );
    assert_eq!(all[1].report.findings, []);
    // Kept elsewhere: on no host, only in its home.
    let mut trees = good.clone();
    for files in &mut trees[..3] {
        files.remove("pki/ca.key");
    }
    assert_eq!(between(&trees), [""; 0]);

    let external = [(true, false), (false, true), (false, true), (false, true)];
    let mut cluster = hosts(&external);
    cluster.etcd = Etcd::External(ExternalEtcd::default());
    let mut trees = made(&cluster);
    let home = trees.pop().unwrap();
    for files in &mut trees[1..] {
        take(files, &home, &["pki/etcd/ca.key"]);
    }
    let mut all = reports(&trees, None);
    let comparison = compare(&mut all);
    assert_eq!(
        shown(&comparison),
        ["warning ca-key-spread pki/etcd/ca.key [m3 m4] +0"]
    );
    let finding = &comparison.findings[0].finding;
    assert!(
        finding.message.ends_with("m2 is to keep it"),
        "{}",
        finding.message
    );
    assert_eq!(
        finding.fix.to_string(),
        "rm /m3/pki/etcd/ca.key /m4/pki/etcd/ca.key"
    );
    // Their CA is that of the API server's access.
    let another = made(&cluster);
    take(
        &mut trees[0],
        &another[0],
        &["pki/etcd/", "pki/apiserver-etcd-client"],
    );
    let rules = compare(&mut reports(&trees, None)).findings;
    let etcd = rules
        .iter()
        .find(|found| found.finding.rule == Rule::EtcdCaDiffers);
    assert_eq!(etcd.unwrap().hosts, ["m1"]);
}

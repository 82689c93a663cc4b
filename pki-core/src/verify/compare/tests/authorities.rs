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
    // Another key may be the only one of its kind.
    let another = made(&cluster);
    let mut mixed = trees.clone();
    take(&mut mixed[3], another.last().unwrap(), &["pki/etcd/ca.key"]);
    let found = compare(&mut reports(&mixed, None)).findings;
    let spread = found
        .iter()
        .find(|found| found.finding.rule == Rule::CaKeySpread);
    let fix = &spread.unwrap().finding.fix;
    let commands: Vec<_> = fix.commands().collect();
    assert_eq!(commands, ["rm /m3/pki/etcd/ca.key"]);
    assert!(
        fix.to_string().contains("; that on m4 is another key"),
        "{fix}"
    );
    // Their CA is that of the API server's access.
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

/// What is replaced may be the only copy of a key.
#[test]
fn a_pair_is_replaced_by_a_pair_and_kept() {
    let (good, other) = fleets();
    let mut two = good[..2].to_vec();
    two[1] = other[1].clone();
    let fix_of = |trees: &[Files]| {
        let found = compare(&mut reports(trees, None)).findings;
        let differs = found
            .into_iter()
            .find(|found| found.finding.rule == Rule::CaDiffers);
        differs.unwrap().finding.fix
    };
    let fix = fix_of(&two);
    let first = fix.commands().next();
    assert_eq!(
        first,
        Some(
            "mv --backup=numbered /m2/pki/ca.crt /m2/pki/ca.crt.old && mv --backup=numbered /m2/pki/ca.key /m2/pki/ca.key.old && cp -p /m1/pki/ca.crt /m2/pki/ca.crt && cp -p /m1/pki/ca.key /m2/pki/ca.key"
        )
    );
    // Half of a pair is not put beside the other half of another one.
    let mut half = two.clone();
    half[0].remove("pki/ca.key");
    let mut unfit = good[..3].to_vec();
    unfit[1] = other[1].clone();
    for host in [0, 2] {
        let wrong = unfit[host]["pki/sa.key"].clone();
        unfit[host].insert("pki/ca.key".to_owned(), wrong);
    }
    for trees in [half, unfit] {
        let fix = fix_of(&trees);
        let mut commands = fix.commands();
        assert!(!commands.any(|it| it.contains("/ca.")), "{fix}");
        let words = "copy both files from where they belong together";
        assert!(fix.to_string().contains(words), "{fix}");
    }
    // Without a key anywhere there is nothing that could not fit.
    let mut external = two.clone();
    for files in &mut external {
        files.remove("pki/ca.key");
    }
    let fix = fix_of(&external);
    let first = fix.commands().next();
    assert_eq!(
        first,
        Some(
            "mv --backup=numbered /m2/pki/ca.crt /m2/pki/ca.crt.old && cp -p /m1/pki/ca.crt /m2/pki/ca.crt"
        )
    );
    let words = "issued where the key of their CA is, which is not there";
    assert!(fix.to_string().contains(words), "{fix}");
}

/// What is issued again on a host is what that host uses.
#[test]
fn what_is_in_the_way_on_a_host_is_set_aside() {
    let (good, other) = fleets();
    let mut trees = good;
    trees[0] = other[0].clone();
    let link = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    let text = String::from_utf8(trees[0]["kubelet.conf"].clone()).unwrap();
    let by_link = text.lines().map(|line| match line.trim().split_once(':') {
        Some(("client-certificate-data", _)) => format!("    client-certificate: {link}\n"),
        Some(("client-key-data", _)) => format!("    client-key: {link}\n"),
        _ => format!("{line}\n"),
    });
    let by_link: String = by_link.collect();
    trees[0].insert("kubelet.conf".to_owned(), by_link.into_bytes());
    let found = compare(&mut reports(&trees, None)).findings;
    let differs = found
        .iter()
        .find(|found| found.finding.rule == Rule::CaDiffers);
    let fix = &differs.unwrap().finding.fix;
    let away = "mv --backup=numbered /m1/kubelet.conf /m1/kubelet.conf.old && { kpki gen --only apiserver,";
    let mut commands = fix.commands();
    assert!(commands.any(|it| it.starts_with(away)), "{fix}");
    let words = format!("then, on its host, move {link} out of the way");
    assert!(fix.to_string().contains(&words), "{fix}");
}

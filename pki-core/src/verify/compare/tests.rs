use std::sync::OnceLock;

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::*;

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").unwrap()
}

fn random(buffer: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(buffer).map_err(|_| Error::Randomness)
}

fn hosts(roles: &[(bool, bool)]) -> Cluster {
    let host = |(index, (control_plane, etcd)): (usize, &(bool, bool))| {
        let number = u8::try_from(index).unwrap() + 1;
        let name = format!("m{number}").parse().unwrap();
        let mut host = Host::control_plane(name, [10, 0, 0, 10 + number].into());
        host.roles = Roles {
            control_plane: *control_plane,
            etcd: *etcd,
        };
        host
    };
    Cluster {
        control_plane_endpoint: Some("vip.k8s.internal:6443".parse().unwrap()),
        key_algorithm: KeyAlgorithm::EcdsaP256,
        kubeconfig_key_algorithm: KeyAlgorithm::EcdsaP256,
        ..Cluster::new(roles.iter().enumerate().map(host).collect())
    }
}

fn masters(count: usize) -> Cluster {
    hosts(&vec![(true, true); count])
}

/// A tree as it can be changed: paths and contents.
type Files = std::collections::BTreeMap<String, Vec<u8>>;

/// Every host's files as gen makes them.
fn made(cluster: &Cluster) -> Vec<Files> {
    let options = PlanOptions {
        shared_home: true,
        ..PlanOptions::default()
    };
    let nothing = Inventory::new();
    let plan = Plan::new(cluster, &options, &nothing, now()).unwrap();
    let bundle = Bundle::new(&plan, cluster, &nothing, now(), &mut random, &|| ()).unwrap();
    let mut trees = vec![Files::new(); cluster.hosts.len() + 1];
    for made in bundle.into_files() {
        let index = match made.site {
            Site::Host(index) => index,
            _ => cluster.hosts.len(),
        };
        let path = match made.file.role {
            FileRole::Kubeconfig => made.file.path,
            _ => format!("pki/{}", made.file.path),
        };
        trees[index].insert(path, made.content.to_vec());
    }
    trees
}

fn tree(files: &Files) -> Tree {
    let file = |(path, content): (&String, &Vec<u8>)| {
        let secret = !path.ends_with(".crt") && !path.ends_with(".pub");
        let file = TreeFile {
            content: TreeContent::Bytes(Zeroizing::new(content.clone())),
            mode: if secret { 0o600 } else { 0o644 },
            owner: None,
            links: 1,
            link: None,
        };
        (path.clone(), file)
    };
    Tree {
        files: files.iter().map(file).collect(),
        has_kubeconfig_directory: files.contains_key("admin.conf"),
        ..Tree::default()
    }
}

/// The reports of hosts that nothing is known about; the last is the home of
/// the CAs if there is one more than the cluster has hosts.
fn reports(trees: &[Files], cluster: Option<&Cluster>) -> Vec<HostReport> {
    let report = |(index, files): (usize, &Files)| {
        let expectation = Expectation {
            cluster: cluster.map(|cluster| (cluster.clone(), index)),
            ..Expectation::default()
        };
        HostReport {
            host: format!("m{}", index + 1),
            directory: format!("/m{}", index + 1),
            certificates_directory: format!("/m{}/pki", index + 1),
            certificates_prefix: "pki/",
            report: verify(&tree(files), &expectation, now()),
        }
    };
    trees.iter().enumerate().map(report).collect()
}

/// `rule file [hosts]`, and how many consequences there are.
fn shown(comparison: &Comparison) -> Vec<String> {
    let line = |found: &FleetFinding| {
        let finding = &found.finding;
        format!(
            "{} {} {} [{}] +{}",
            finding.severity,
            finding.rule,
            finding.file,
            found.hosts.join(" "),
            finding.consequences.len()
        )
    };
    comparison.findings.iter().map(line).collect()
}

fn between(trees: &[Files]) -> Vec<String> {
    shown(&compare(&mut reports(trees, None)))
}

/// Takes files that begin so from another tree.
fn take(to: &mut Files, from: &Files, prefixes: &[&str]) {
    let wanted = |path: &String| prefixes.iter().any(|prefix| path.starts_with(prefix));
    for (path, content) in from.iter().filter(|(path, _)| wanted(path)) {
        to.insert(path.clone(), content.clone());
    }
}

/// Two fleets of the same names, made once: the good one, and another one.
fn fleets() -> (Vec<Files>, &'static Vec<Files>) {
    static BOTH: OnceLock<(Vec<Files>, Vec<Files>)> = OnceLock::new();
    let (good, other) = BOTH.get_or_init(|| (made(&masters(3)), made(&masters(3))));
    (good.clone(), other)
}

#[test]
fn healthy_fleets_have_no_finding() {
    let external = [(true, false), (true, false), (false, true), (false, true)];
    let mut cluster = hosts(&external);
    cluster.etcd = Etcd::External(ExternalEtcd::default());
    let mut with_external = made(&cluster);
    let ca = with_external[0]["pki/ca.crt"].clone();
    // A worker.
    with_external.push([("pki/ca.crt".to_owned(), ca)].into());
    for trees in [fleets().0, with_external] {
        let mut reports = reports(&trees, None);
        let comparison = compare(&mut reports);
        assert_eq!(shown(&comparison), [""; 0]);
        assert!(comparison.checked > 5);
        for report in reports {
            assert_eq!(report.report.findings, [], "{}", report.host);
        }
    }
    assert_eq!(between(&[]), [""; 0]);
}

#[test]
fn the_odd_key_of_the_service_account() {
    let (mut trees, other) = fleets();
    take(&mut trees[2], &other[0], &["pki/sa."]);
    let mut all = reports(&trees, None);
    let comparison = compare(&mut all);
    assert_eq!(
        shown(&comparison),
        ["error sa-key-differs pki/sa.key [m3] +0"]
    );
    let finding = &comparison.findings[0].finding;
    let says = "m3 has another one than m1, m2 and m4: key ";
    assert!(finding.message.starts_with(says), "{}", finding.message);
    let copies = "cp -p /m1/pki/sa.key /m3/pki/sa.key && cp -p /m1/pki/sa.pub /m3/pki/sa.pub; ";
    assert!(
        finding.fix.to_string().starts_with(copies),
        "{}",
        finding.fix
    );
    // Two hosts: nobody is right by number.
    let two = [trees[0].clone(), trees[2].clone()];
    assert_eq!(
        between(&two),
        ["error sa-key-differs pki/sa.key [m1 m2] +0"]
    );
    // Half of the pair: the host's own finding is the same fault.
    let (mut trees, _) = fleets();
    take(&mut trees[1], &other[0], &["pki/sa.key"]);
    let mut all = reports(&trees, None);
    assert_eq!(
        shown(&compare(&mut all)),
        ["error sa-key-differs pki/sa.key [m2] +1"]
    );
    assert_eq!(all[1].report.findings, []);
    let (mut trees, _) = fleets();
    take(&mut trees[1], &other[0], &["pki/sa.pub"]);
    let mut all = reports(&trees, None);
    assert_eq!(shown(&compare(&mut all)), [""; 0]);
    assert_eq!(all[1].report.findings.len(), 1);
}

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
    let found = between(&trees);
    assert_eq!(
        found,
        ["error front-proxy-ca-differs pki/front-proxy-ca.crt [m1 m2 m3] +0"]
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
    assert!(
        all[1].report.findings.len() >= 3,
        "{:?}",
        all[1].report.findings
    );
    let comparison = compare(&mut all);
    assert_eq!(
        shown(&comparison),
        ["error other-hosts-files pki/apiserver.crt [m2] +17"]
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
    let mut all = reports(&trees[..3], None);
    all[0].host = "m2".to_owned();
    all[1].host = "m1".to_owned();
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

/// The CA of a tree, renewed with its key.
fn renewed(files: &Files, ca: &str, days: i64) -> Vec<u8> {
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One host's row of another cluster: that host is named, and no other.
    #[test]
    fn the_odd_one_is_named(odd in 0usize..3, row in 0usize..4, with_key: bool, home: bool) {
        let (mut trees, other) = fleets();
        trees.truncate(if home { 4 } else { 3 });
        let row = ["pki/ca.", "pki/front-proxy-ca.", "pki/etcd/ca.", "pki/sa."][row];
        let ends = if row == "pki/sa." { "key" } else { "crt" };
        let files = if with_key { row.to_owned() } else { format!("{row}{ends}") };
        take(&mut trees[odd], &other[odd], &[&files]);
        let mut all = reports(&trees, None);
        let comparison = compare(&mut all);
        prop_assert_eq!(comparison.findings.len(), 1, "{:?}", shown(&comparison));
        prop_assert_eq!(&comparison.findings[0].hosts, &[format!("m{}", odd + 1)]);
        prop_assert_eq!(comparison.findings[0].finding.severity, Severity::Error);
        for report in all {
            let errors = report.report.count(Severity::Error);
            prop_assert_eq!(errors, 0, "{:?}", report.report.findings);
        }
    }
}

#[test]
fn what_a_shared_server_shows_stands_between_the_hosts() {
    let mut all = reports(&made(&masters(3))[..3], None);
    let at = |address: &str, message: &str| {
        let file = format!("https://{address}:6443");
        Finding::new(Rule::LiveUnreachable, file, message, "see whether it runs")
    };
    for (index, host) in all.iter_mut().enumerate() {
        let own = format!("10.0.0.1{}", index + 1);
        let everywhere = at("vip.k8s.internal", "cannot be reached: connection refused");
        let shared = (index != 1).then_some(everywhere);
        // The same server, seen otherwise from one of them.
        let why = if index == 0 {
            "nothing answers"
        } else {
            "its name is not resolved"
        };
        let other = (index < 2).then(|| at("etcd.internal", why));
        let findings = [Some(at(&own, "connection refused")), shared, other];
        host.report.findings.extend(findings.into_iter().flatten());
        host.report.unreadable = 2;
    }
    let comparison = compare(&mut all);
    assert_eq!(
        shown(&comparison),
        ["error live-unreachable https://vip.k8s.internal:6443 [m1 m3] +0"]
    );
    let counts = all.iter().map(|host| host.report.findings.len());
    assert_eq!(counts.collect::<Vec<_>>(), [2, 2, 1]);
    assert!(all.iter().all(|host| !host.report.is_complete()));
}

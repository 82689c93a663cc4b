//! Single cases, and what is said of them.

use super::*;
use crate::catalog::FileRole;
use crate::certificate::SerialNumber;
use crate::cluster::KubernetesVersion;
use crate::copy::copied_file::certificates;
use crate::copy::plan::{RENEWED, USELESS};
use crate::issuer::Issuer;
use crate::key::{KeyPair, SigningKey};
use crate::name::DistinguishedName;
use crate::profile::{CertificateRequest, Profile};
use crate::time::Validity;

fn planned<'a>(place: &Place, source: &'a Source, options: &CopyOptions) -> Plan<'a> {
    Plan::new(source, &place.survey(source, options), options, now())
}

fn action(plan: &Plan<'_>, path: &str) -> Action {
    let mut items = plan.items().iter();
    let item = items.find(|item| item.copied.file.path == path);
    item.unwrap_or_else(|| panic!("no {path}")).action.clone()
}

fn shared(source: &Source, path: &str) -> PlacedFile {
    let shared = source.kind().shared().into_iter();
    let mut files = shared.map(|shared| shared.file);
    files.find(|file| file.path == path).unwrap()
}

fn leaf(source: &Source, path: &str) -> PlacedFile {
    let mut own = source.kind().own().map(|(_, file)| file);
    own.find(|file| file.path == path).unwrap()
}

#[test]
fn an_empty_place_gets_what_is_shared() {
    for [fleet, _] in Fleet::all() {
        let source = fleet.source();
        let mut place = Place::default();
        let options = of_host("m1", false);
        let plan = planned(&place, &source, &options);
        assert!(plan.items().iter().all(|item| item.action == Action::New));
        place.carry_out(&plan);
        let paths: Vec<_> = place.0.keys().map(|file| file.path.as_str()).collect();
        let is_own = |path: &&str| path.contains("server") || path.contains("apiserver.");
        assert!(!paths.iter().any(is_own), "{paths:?}");
        let has_etcds_key = paths
            .iter()
            .any(|path| path.starts_with("etcd/ca") && path.contains("key"));
        assert_eq!(
            has_etcds_key,
            fleet.kind == ClusterKind::Stacked,
            "{paths:?}"
        );
        assert!(source.cluster_id().is_some());
    }
}

#[test]
fn a_host_gets_its_own_and_no_other() {
    for [fleet, _] in Fleet::all() {
        let source = fleet.source();
        let options = of_host("m1", true);
        let mut place = Place::default();
        place.carry_out(&planned(&place, &source, &options));
        for file in [leaf(&source, "apiserver.key"), leaf(&source, "admin.conf")] {
            let Some(Lying::File(bytes, mode)) = place.0.get(&file) else {
                panic!("no {file:?}");
            };
            assert_eq!(*bytes, fleet.bytes(Site::Host(1), &file.path));
            assert_eq!(*mode, 0o600);
        }
        let unknown = of_host("m7", true);
        assert!(source.own(unknown.host.as_ref().unwrap()).is_none());
        let plan = planned(&Place::default(), &source, &unknown);
        assert_eq!(plan.items().len(), source.shared().len());
    }
}

#[test]
fn another_ca_is_told_apart_by_its_key() {
    let [ours, foreign] = Fleet::stacked();
    let source = ours.source();
    let mut place = Place::default();
    for path in ["ca.crt", "ca.key"] {
        place.put(&shared(&source, path), foreign.bytes(Site::Shared, path));
    }
    let file = leaf(&source, "apiserver.crt");
    place.put(&file, foreign.bytes(Site::Host(1), "apiserver.crt"));
    let plan = planned(&place, &source, &CopyOptions::default());
    assert!(plan.is_blocked());
    let [conflict] = plan.conflicts() else {
        panic!("{:?}", plan.conflicts());
    };
    assert_eq!(conflict.entry.base_name, "ca");
    assert_eq!(conflict.dependents.leaves, ["apiserver.crt"]);
    let certificate = |picture: &Picture| picture.certificate.clone().unwrap();
    let (here, there) = (certificate(&conflict.ours), certificate(&conflict.theirs));
    assert_eq!(here.subject, there.subject);
    assert_ne!(here.key, there.key);
    assert_eq!(
        conflict.theirs.private_key,
        KeyFound::Known(there.key.unwrap())
    );
    assert!(conflict.can_be_replaced && !conflict.is_overruled);

    let replace = CopyOptions {
        replace_ca: true,
        ..CopyOptions::default()
    };
    let plan = planned(&place, &source, &replace);
    assert!(!plan.is_blocked());
    assert!(plan.conflicts()[0].is_overruled);
    assert_eq!(action(&plan, "ca.key"), Action::Replace("it was asked for"));
}

#[test]
fn other_service_account_keys_are_a_conflict() {
    let [ours, foreign] = Fleet::stacked();
    let source = ours.source();
    let mut place = Place::default();
    place.put(
        &shared(&source, "sa.pub"),
        foreign.bytes(Site::Shared, "sa.pub"),
    );
    let plan = planned(&place, &source, &CopyOptions::default());
    let [conflict] = plan.conflicts() else {
        panic!("{:?}", plan.conflicts());
    };
    assert_eq!(conflict.entry.base_name, "sa");
    assert_eq!(action(&plan, "sa.key"), Action::New);
    assert_eq!(conflict.theirs.private_key, KeyFound::Nothing);
    assert_ne!(conflict.theirs.public_key, conflict.ours.public_key);
    // A second key that tokens are checked with must not get lost.
    let mut both = ours.bytes(Site::Shared, "sa.pub");
    both.extend(foreign.bytes(Site::Shared, "sa.pub"));
    place.put(&shared(&source, "sa.pub"), both);
    let plan = planned(&place, &source, &CopyOptions::default());
    assert_eq!(
        action(&plan, "sa.pub"),
        Action::Conflict(Difference::Unreadable)
    );
}

#[test]
fn a_bundle_of_cas_is_not_cut_down() {
    let [ours, foreign] = Fleet::stacked();
    let source = ours.source();
    let mut both = ours.bytes(Site::Shared, "ca.crt");
    both.extend(foreign.bytes(Site::Shared, "ca.crt"));
    let mut place = Place::default();
    place.put(&shared(&source, "ca.crt"), both);
    let plan = planned(&place, &source, &CopyOptions::default());
    let wanted = Action::Conflict(Difference::MoreAuthorities);
    assert_eq!(action(&plan, "ca.crt"), wanted);
    // The same certificate in another form is no other one.
    let mut text = b"subject=CN=kubernetes\n".to_vec();
    text.extend(ours.bytes(Site::Shared, "ca.crt"));
    place.put(&shared(&source, "ca.crt"), text);
    let plan = planned(&place, &source, &CopyOptions::default());
    assert!(matches!(action(&plan, "ca.crt"), Action::Replace(_)));
}

/// The certificate of the CA, with the same key, for twenty years.
fn longer_lived(fleet: &Fleet) -> Vec<u8> {
    let key = KeyPair::from_pem(&fleet.bytes(Site::Shared, "ca.key")).unwrap();
    let request = CertificateRequest {
        subject: DistinguishedName::kubernetes(None, "kubernetes"),
        subject_alt_names: Vec::new(),
        public_key: key.public_key().clone(),
    };
    let validity = Validity::new(now(), now().plus(7300 * 86_400).unwrap()).unwrap();
    let serial = SerialNumber::random_63_bits(&mut Counter(0)).unwrap();
    let profile = Profile::certificate_authority(KubernetesVersion::NEWEST);
    let params = profile.params(&request, None, validity, serial).unwrap();
    let issuer = Issuer::self_signed(&params, Box::new(key), now()).unwrap();
    issuer.certificate().to_pem().into_bytes()
}

#[test]
fn a_renewed_ca_replaces_the_older_and_not_the_other_way_round() {
    let [ours, _] = Fleet::stacked();
    let source = ours.source();
    let mut place = Place::default();
    let file = shared(&source, "ca.crt");
    place.put(&file, longer_lived(ours));
    let plan = planned(&place, &source, &CopyOptions::default());
    let kept = Action::Conflict(Difference::ValidLonger);
    assert_eq!(action(&plan, "ca.crt"), kept);
    assert!(plan.conflicts()[0].dependents.is_empty());

    let renewed = ours.site(Site::Shared).map(|mut copied| {
        if copied.file == file {
            copied.bytes = Zeroizing::new(longer_lived(ours));
        }
        copied
    });
    let source = Source::new(ClusterKind::Stacked, renewed).unwrap();
    place.put(&file, ours.bytes(Site::Shared, "ca.crt"));
    place.put(
        &shared(&source, "ca.key"),
        ours.bytes(Site::Shared, "ca.key"),
    );
    let plan = planned(&place, &source, &CopyOptions::default());
    assert!(matches!(action(&plan, "ca.crt"), Action::Replace(_)));
    assert_eq!(action(&plan, "ca.key"), Action::Equal);
    assert!(!plan.is_blocked());
}

#[test]
fn an_external_ca_has_no_key_to_copy() {
    let [ours, foreign] = Fleet::stacked();
    let without = || {
        let files = ours.site(Site::Shared);
        files.filter(|copied| copied.file.path != "ca.key")
    };
    let source = Source::new(ClusterKind::Stacked, without()).unwrap();
    let lacking: Vec<_> = source.lacks().into_iter().map(|it| it.file.path).collect();
    assert_eq!(lacking, ["ca.key"]);
    let key = shared(&source, "ca.key");
    let mut place = Place::default();
    let plan = planned(&place, &source, &CopyOptions::default());
    assert!(!plan.is_blocked() && plan.notes().is_empty());
    place.put(&key, ours.bytes(Site::Shared, "ca.key"));
    let plan = planned(&place, &source, &CopyOptions::default());
    assert!(!plan.is_blocked());
    assert_eq!(
        plan.notes(),
        ["ca.key is there and not in the source: it stays"]
    );
    place.put(&key, foreign.bytes(Site::Shared, "ca.key"));
    let replace = CopyOptions {
        replace_ca: true,
        ..CopyOptions::default()
    };
    let plan = planned(&place, &source, &replace);
    assert!(plan.is_blocked() && !plan.conflicts()[0].can_be_replaced);
}

#[test]
fn strangers_are_named() {
    let [ours, _] = Fleet::stacked();
    let source = ours.source();
    let mut place = Place::default();
    let file = leaf(&source, "etcd/server.crt");
    place.put(&file, ours.bytes(Site::Host(0), "etcd/server.crt"));
    let stranger = Stranger::OtherHosts {
        file,
        host: "m0".to_owned(),
    };
    for options in [CopyOptions::default(), of_host("m1", false)] {
        let plan = planned(&place, &source, &options);
        assert_eq!(plan.strangers(), std::slice::from_ref(&stranger));
        assert!(!plan.is_blocked());
    }
    // On its own host it is none, and where its place is taken it goes.
    for options in [of_host("m0", false), of_host("m1", true)] {
        assert!(planned(&place, &source, &options).strangers().is_empty());
    }
    let [external, _] = &Fleet::all()[1];
    let source = external.source();
    let key = source.kind().needless_keys().remove(0);
    let mut place = Place::default();
    place.put(&key, external.bytes(Site::Shared, &key.path));
    let plan = planned(&place, &source, &CopyOptions::default());
    assert_eq!(plan.strangers(), [Stranger::EtcdAuthorityKey(key)]);
    assert!(!plan.is_blocked());
}

#[test]
fn kubeconfigs_of_others_are_named() {
    let [ours, foreign] = Fleet::stacked();
    let source = ours.source();
    let mut place = Place::default();
    let kubelet = leaf(&source, "kubelet.conf");
    let admin = leaf(&source, "admin.conf");
    // Of another cluster's node, and the very file of another host.
    place.put(&kubelet, foreign.bytes(Site::Host(0), "kubelet.conf"));
    place.put(&admin, ours.bytes(Site::Host(0), "admin.conf"));
    let strangers = |options: &CopyOptions| -> Vec<_> {
        let plan = planned(&place, &source, options);
        let strangers = plan.strangers().iter();
        let named = strangers.map(|it| match it {
            Stranger::OtherHosts { file, host } => format!("{} of {host}", file.path),
            other => panic!("{other:?}"),
        });
        named.collect()
    };
    let both = ["admin.conf of m0", "kubelet.conf of m0"];
    assert_eq!(strangers(&of_host("m1", false)), both);
    assert_eq!(strangers(&CopyOptions::default()), both[..1]);
    assert!(strangers(&of_host("m0", false)).is_empty());
}

#[test]
fn kubeconfigs_depend_on_the_ca_there() {
    let [ours, foreign] = Fleet::stacked();
    let source = ours.source();
    let mut place = Place::default();
    for path in ["ca.crt", "front-proxy-ca.crt"] {
        let file = PlacedFile {
            path: path.to_owned(),
            role: FileRole::Certificate,
        };
        place.put(&file, foreign.bytes(Site::Shared, path));
    }
    for path in ["admin.conf", "kubelet.conf"] {
        let file = leaf(&source, path);
        place.put(&file, foreign.bytes(Site::Host(0), path));
    }
    let own = leaf(&source, "scheduler.conf");
    place.put(&own, ours.bytes(Site::Host(0), "scheduler.conf"));
    let odd = leaf(&source, "controller-manager.conf");
    place.put(&odd, b"apiVersion: v1".to_vec());
    let plan = planned(&place, &source, &CopyOptions::default());
    let [cluster, front_proxy] = plan.conflicts() else {
        panic!("{:?}", plan.conflicts());
    };
    let dependents = &cluster.dependents;
    assert_eq!(dependents.kubeconfigs, ["admin.conf", "kubelet.conf"]);
    assert_eq!(dependents.unread, ["controller-manager.conf"]);
    assert!(front_proxy.dependents.is_empty());
}

#[test]
fn what_the_same_run_replaces_does_not_depend_on_the_ca_that_goes() {
    let [ours, foreign] = Fleet::stacked();
    let source = ours.source();
    let mut place = Place::default();
    for copied in foreign
        .site(Site::Shared)
        .chain(foreign.site(Site::Host(0)))
    {
        place.put(&copied.file, copied.bytes.to_vec());
    }
    let options = |replace_ca, replace_kubeconfigs| CopyOptions {
        replace_ca,
        replace_kubeconfigs,
        ..of_host("m0", true)
    };
    let depending = |plan: &Plan<'_>| -> Vec<String> {
        let conflicts = plan.conflicts().iter().map(|it| &it.dependents);
        let all = conflicts.flat_map(|it| [&it.leaves, &it.kubeconfigs, &it.unread]);
        all.flatten().cloned().collect()
    };
    // Nothing is written, and the kubelet there goes on.
    let plan = planned(&place, &source, &options(false, false));
    assert!(plan.is_blocked());
    assert!(depending(&plan).len() > 8, "{:?}", depending(&plan));
    assert_eq!(action(&plan, "kubelet.conf"), Action::Keep(RENEWED));

    let plan = planned(&place, &source, &options(true, true));
    assert_eq!(depending(&plan), [""; 0]);
    assert!(action(&plan, "kubelet.conf").replaces());

    let plan = planned(&place, &source, &options(true, false));
    assert_eq!(depending(&plan), ["kubelet.conf"]);
    assert_eq!(action(&plan, "kubelet.conf"), Action::Keep(USELESS));
    // The next run finds no other CA there, and the kubelet is as it was left.
    place.carry_out(&plan);
    let plan = planned(&place, &source, &options(false, false));
    assert!(plan.conflicts().is_empty() && !plan.changes_anything());
    assert_eq!(action(&plan, "kubelet.conf"), Action::Keep(USELESS));
    assert!(plan.items().iter().any(PlanItem::is_kept_in_vain));
    let plan = planned(&place, &source, &options(false, true));
    place.carry_out(&plan);
    let plan = planned(&place, &source, &options(false, false));
    assert!(plan.items().iter().all(|it| it.action == Action::Equal));
}

/// A certificate of a peer's key, from a later time on.
fn signed_again(fleet: &Fleet, since: Timestamp) -> Vec<u8> {
    let pem = |site, path: &str| fleet.bytes(site, path);
    let authority = certificates(&pem(Site::Shared, "etcd/ca.crt")).remove(0);
    let key = KeyPair::from_pem(&pem(Site::Shared, "etcd/ca.key")).unwrap();
    let issuer = Issuer::new(authority, Box::new(key), since).unwrap();
    let peer = KeyPair::from_pem(&pem(Site::Host(0), "etcd/peer.key")).unwrap();
    let request = CertificateRequest {
        subject: DistinguishedName::kubernetes(None, "m0"),
        subject_alt_names: Vec::new(),
        public_key: peer.public_key().clone(),
    };
    let validity = Validity::new(since, since.plus(365 * 86_400).unwrap()).unwrap();
    let serial = SerialNumber::from_bytes(&[9]).unwrap();
    let params = Profile::client().params(&request, Some(&issuer), validity, serial);
    issuer
        .issue(&params.unwrap())
        .unwrap()
        .to_pem()
        .into_bytes()
}

#[test]
fn a_later_pair_of_the_same_ca_stays() {
    let [ours, foreign] = Fleet::stacked();
    let source = ours.source();
    let options = CopyOptions {
        replace_kubeconfigs: true,
        ..of_host("m0", true)
    };
    let mut place = Place::default();
    // Another cluster's leaf is replaced, though it ends as late.
    for path in ["apiserver.crt", "apiserver.key"] {
        let file = leaf(&source, path);
        place.put(&file, foreign.bytes(Site::Host(0), path));
    }
    // The host has renewed this one since.
    let later = now().plus(350 * 86_400).unwrap();
    let renewed = ours.with_what_lacks(later);
    for path in ["etcd/peer.crt", "etcd/peer.key", "etcd/server.crt"] {
        place.put(&leaf(&source, path), renewed.bytes(Site::Host(0), path));
    }
    for path in ["kubelet.conf", "admin.conf"] {
        place.put(&leaf(&source, path), b"apiVersion: v1".to_vec());
    }
    let survey = place.survey(&source, &options);
    let plan = Plan::new(&source, &survey, &options, later);
    assert!(!plan.is_blocked());
    for path in ["etcd/peer.crt", "etcd/peer.key", "kubelet.conf"] {
        assert!(matches!(action(&plan, path), Action::Keep(_)), "{path}");
    }
    // So is one that was signed again with the same key.
    let again = signed_again(ours, later);
    let mut signed = Place::default();
    signed.put(&leaf(&source, "etcd/peer.crt"), again);
    let same = ours.bytes(Site::Host(0), "etcd/peer.key");
    signed.put(&leaf(&source, "etcd/peer.key"), same);
    let plan_of_signed = Plan::new(&source, &signed.survey(&source, &options), &options, later);
    assert!(matches!(
        action(&plan_of_signed, "etcd/peer.crt"),
        Action::Keep(_)
    ));
    assert_eq!(action(&plan_of_signed, "etcd/peer.key"), Action::Equal);
    // A bundle is older than that, and goes there all the same if it was asked for.
    let bundle = PortableBundle::new(&source, options.host.as_ref(), now()).unwrap();
    let refusal = bundle.refusal(&plan, &survey, Some("m0"), &BundleTerms::default());
    let Some(BundleRefusal::Older { newer, .. }) = refusal else {
        panic!("{refusal:?}");
    };
    assert!(newer.iter().any(|file| file.path == "etcd/peer.crt"));
    let plan = plan.going_back();
    for path in ["etcd/peer.crt", "etcd/peer.key"] {
        assert!(matches!(action(&plan, path), Action::Replace(_)), "{path}");
    }
    assert!(matches!(action(&plan, "kubelet.conf"), Action::Keep(_)));
    // A certificate without its key helps nobody.
    for path in [
        "apiserver.crt",
        "apiserver.key",
        "etcd/server.crt",
        "admin.conf",
    ] {
        assert!(matches!(action(&plan, path), Action::Replace(_)), "{path}");
    }
    // What has ended is of no use, however late that was.
    let end = later.plus(400 * 86_400).unwrap();
    let plan = Plan::new(&source, &survey, &options, end);
    assert!(matches!(action(&plan, "etcd/peer.key"), Action::Replace(_)));

    // An API server's own client of an external etcd is as good as another.
    let [external, _] = &Fleet::all()[2];
    let of_m0 = external.site(Site::Host(0));
    let client = of_m0.filter(|copied| copied.entry.base_name == "apiserver-etcd-client");
    let files = external.site(Site::Shared).chain(client);
    let source = Source::new(external.kind.clone(), files).unwrap();
    assert!(source.lacks().is_empty());
    let mut place = Place::default();
    for path in ["etcd/client.pem", "etcd/client-key.pem"] {
        place.put(&shared(&source, path), external.bytes(Site::Host(1), path));
    }
    let plan = planned(&place, &source, &CopyOptions::default());
    assert!(matches!(
        action(&plan, "etcd/client-key.pem"),
        Action::Keep(_)
    ));
    place.0.remove(&shared(&source, "etcd/client-key.pem"));
    let plan = planned(&place, &source, &CopyOptions::default());
    assert!(matches!(
        action(&plan, "etcd/client.pem"),
        Action::Replace(_)
    ));
    assert_eq!(action(&plan, "etcd/client-key.pem"), Action::New);
}

#[test]
fn a_broken_source_is_none() {
    let [ours, foreign] = Fleet::stacked();
    let with = |path: &str, bytes: Option<Vec<u8>>| {
        let mut files: Vec<_> = ours.site(Site::Shared).collect();
        files.retain(|copied| copied.file.path != path || bytes.is_some());
        for copied in files.iter_mut().filter(|it| it.file.path == path) {
            copied.bytes = Zeroizing::new(bytes.clone().unwrap_or_default());
        }
        let error = Source::new(ClusterKind::Stacked, files).unwrap_err();
        error.to_string()
    };
    assert_eq!(
        with("sa.key", None),
        "sa.key is missing, and every host of the control plane needs it"
    );
    assert_eq!(
        with("sa.key", Some(foreign.bytes(Site::Shared, "sa.key"))),
        "sa.key cannot be copied: it does not belong to the file beside it"
    );
    assert_eq!(
        with("etcd/ca.key", Some(ours.bytes(Site::Shared, "ca.key"))),
        "etcd/ca.key cannot be copied: it does not belong to the file beside it"
    );
    assert_eq!(
        with("ca.crt", Some(Vec::new())),
        "ca.crt cannot be copied: it holds no certificate that can be read"
    );
    let mut source = ours.source();
    let error = source
        .add_host("m1".parse().unwrap(), foreign.site(Site::Host(1)))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "apiserver.crt cannot be copied: its CA in the source did not sign it"
    );
}

#[test]
fn nothing_secret_is_shown() {
    let [ours, _] = Fleet::stacked();
    let shown = format!("{:?}", ours.source());
    assert!(!shown.contains("PRIVATE"), "{shown}");
    let key = ours
        .site(Site::Shared)
        .find(|copied| copied.file.role == FileRole::PrivateKey)
        .unwrap();
    assert!(format!("{key:?}").ends_with("bytes, [elided])"));
}

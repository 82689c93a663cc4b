//! Sound bundles that are not for this destination.

use super::*;

fn made(fleet: &Fleet, host: Option<&str>) -> PortableBundle {
    let host = host.map(|host| host.parse().unwrap());
    PortableBundle::new(&fleet.source(), host.as_ref(), now()).unwrap()
}

/// The same without the key of the cluster's CA, as where that signs elsewhere.
fn unsigned(fleet: &Fleet) -> PortableBundle {
    let files = fleet.site(Site::Shared);
    let files = files.filter(|copied| copied.file.path != "ca.key");
    let source = Source::new(fleet.kind.clone(), files).unwrap();
    let bundle = PortableBundle::new(&source, None, now()).unwrap();
    assert!(!bundle.is_signed());
    bundle
}

/// What is said of it at this place, where every file was written at this time.
fn asked(
    bundle: &PortableBundle,
    place: &Place,
    written: Option<Timestamp>,
    terms: &BundleTerms,
) -> Option<BundleRefusal> {
    let source = bundle.source().unwrap();
    let options = CopyOptions {
        host: bundle.host().cloned(),
        with_host_certs: true,
        replace_ca: terms.replace_ca,
        replace_kubeconfigs: true,
    };
    // Through the text, as it would come.
    let bundle = PortableBundle::parse(&bundle.to_bytes()).unwrap();
    let mut survey = Survey::default();
    let found = place.survey(&source, &options);
    for question in Plan::questions(&source, &options) {
        let found = found.get(&question.file).unwrap();
        let content = match &found.content {
            Present::Nothing => Present::Nothing,
            Present::Equal => Present::Equal,
            Present::Content(bytes) => Present::Content(bytes.clone()),
            Present::OtherSecret(key) => Present::OtherSecret(key.clone()),
            other => panic!("{other:?}"),
        };
        let found = PresentFile {
            content,
            mode: found.mode,
            uid: None,
            modified: written.map(Timestamp::unix),
        };
        survey.insert(question.file, found);
    }
    let plan = Plan::new(&source, &survey, &options, now());
    bundle.refusal(&plan, &survey, Some("M0"), terms)
}

fn filled(fleet: &Fleet) -> Place {
    let mut place = Place::default();
    for copied in fleet.site(Site::Shared) {
        place.put(&copied.file, copied.bytes.to_vec());
    }
    place
}

#[test]
fn an_empty_place_takes_a_signed_bundle() {
    let [fleet, other] = Fleet::stacked();
    let bundle = made(fleet, None);
    let place = Place::default();
    assert_eq!(asked(&bundle, &place, None, &BundleTerms::default()), None);
    let cluster = |cluster| BundleTerms {
        cluster: Some(cluster),
        ..BundleTerms::default()
    };
    let right = cluster(bundle.cluster());
    assert_eq!(asked(&bundle, &place, None, &right), None);
    let wrong = made(other, None).cluster();
    let refusal = BundleRefusal::NotTheCluster {
        bundle: bundle.cluster(),
        asked: wrong,
    };
    assert_eq!(asked(&bundle, &place, None, &cluster(wrong)), Some(refusal));
}

#[test]
fn what_anybody_could_have_made_needs_a_cluster() {
    let [fleet, other] = Fleet::stacked();
    let bundle = made(fleet, None);
    let mut terms = BundleTerms {
        is_by_anybody: true,
        ..BundleTerms::default()
    };
    let refusal = BundleRefusal::ForAnyCluster {
        bundle: bundle.cluster(),
    };
    let place = Place::default();
    assert_eq!(asked(&bundle, &place, None, &terms), Some(refusal.clone()));
    assert_eq!(asked(&bundle, &filled(fleet), None, &terms), None);
    // To take another CA says nothing where there is none.
    terms.replace_ca = true;
    assert_eq!(asked(&bundle, &place, None, &terms), Some(refusal));
    assert_eq!(asked(&bundle, &filled(other), None, &terms), None);
    terms.replace_ca = false;
    terms.cluster = Some(bundle.cluster());
    assert_eq!(asked(&bundle, &place, None, &terms), None);
}

#[test]
fn another_cluster_needs_a_word() {
    let [fleet, other] = Fleet::stacked();
    let (bundle, place) = (made(fleet, None), filled(other));
    let refusal = BundleRefusal::OtherCluster {
        bundle: bundle.cluster(),
        there: made(other, None).cluster(),
    };
    let mut terms = BundleTerms::default();
    assert_eq!(asked(&bundle, &place, None, &terms), Some(refusal));
    terms.replace_ca = true;
    assert_eq!(asked(&bundle, &place, None, &terms), None);
    // Its own cluster, even where another CA is trusted as well.
    let mut both = filled(fleet);
    let file = PlacedFile {
        role: crate::catalog::FileRole::Certificate,
        path: "ca.crt".to_owned(),
    };
    let mut two = other.bytes(Site::Shared, "ca.crt");
    two.extend_from_slice(&fleet.bytes(Site::Shared, "ca.crt"));
    both.put(&file, two);
    assert_eq!(asked(&bundle, &both, None, &BundleTerms::default()), None);
}

#[test]
fn a_bundle_for_a_host_is_for_that_host() {
    let [fleet, _] = Fleet::stacked();
    let place = Place::default();
    let mut terms = BundleTerms::default();
    assert_eq!(asked(&made(fleet, Some("m0")), &place, None, &terms), None);
    let bundle = made(fleet, Some("m1"));
    let refusal = |here: &str| BundleRefusal::OtherHost {
        bundle: "m1".parse().unwrap(),
        here: Some(here.to_owned()),
    };
    assert_eq!(asked(&bundle, &place, None, &terms), Some(refusal("M0")));
    terms.host = Some("m1".parse().unwrap());
    assert_eq!(asked(&bundle, &place, None, &terms), None);
    // What is said counts, not what the host calls itself.
    assert_eq!(
        asked(&made(fleet, Some("m0")), &place, None, &terms).map(|refusal| refusal.to_string()),
        Some("the bundle is for m0, and this host is 'm1'".to_owned())
    );
}

#[test]
fn what_nobody_signed_needs_two_words() {
    let [fleet, other] = Fleet::stacked();
    let bundle = unsigned(fleet);
    let mut terms = BundleTerms::default();
    for place in [Place::default(), filled(fleet)] {
        let refusal = asked(&bundle, &place, None, &terms);
        assert_eq!(refusal, Some(BundleRefusal::Unsigned));
    }
    terms.allow_unsigned = true;
    assert_eq!(asked(&bundle, &filled(fleet), None, &terms), None);
    let refusal = BundleRefusal::UnsignedForNobody {
        bundle: bundle.cluster(),
    };
    assert_eq!(
        asked(&bundle, &Place::default(), None, &terms),
        Some(refusal.clone())
    );
    // To take another CA says nothing of who made it.
    terms.replace_ca = true;
    assert_eq!(asked(&bundle, &filled(other), None, &terms), Some(refusal));
    terms.cluster = Some(bundle.cluster());
    assert_eq!(asked(&bundle, &Place::default(), None, &terms), None);
}

#[test]
fn what_came_later_is_not_undone() {
    let [fleet, _] = Fleet::stacked();
    let bundle = made(fleet, None);
    let mut place = filled(fleet);
    let day = 86_400;
    let (before, after) = (now().plus(-day).unwrap(), now().plus(day).unwrap());
    let terms = BundleTerms::default();
    assert_eq!(asked(&bundle, &place, Some(after), &terms), None);
    // Other service account keys: their file's time is all that tells.
    let later = Fleet::new(fleet.kind.clone(), after);
    for path in ["sa.key", "sa.pub"] {
        let file = fleet
            .site(Site::Shared)
            .find(|copied| copied.file.path == path);
        place.put(&file.unwrap().file, later.bytes(Site::Shared, path));
    }
    assert_eq!(asked(&bundle, &place, Some(before), &terms), None);
    let refusal = asked(&bundle, &place, Some(after), &terms).unwrap();
    assert!(
        refusal
            .to_string()
            .ends_with("came after it: sa.key, sa.pub")
            || refusal
                .to_string()
                .ends_with("came after it: sa.pub, sa.key"),
        "{refusal}"
    );
    let allowed = BundleTerms {
        allow_older: true,
        ..BundleTerms::default()
    };
    assert_eq!(asked(&bundle, &place, Some(after), &allowed), None);
    // A CA that begins later, whenever its file was written.
    let terms = BundleTerms {
        replace_ca: true,
        ..BundleTerms::default()
    };
    let refusal = asked(&bundle, &filled(&later), Some(before), &terms);
    let Some(BundleRefusal::Older { newer, created }) = refusal else {
        panic!("{refusal:?}");
    };
    assert_eq!(created, now());
    let newer: Vec<_> = newer.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(newer, ["ca.crt", "front-proxy-ca.crt", "etcd/ca.crt"]);
    // The newer bundle goes over the older files.
    let newer = made(&later, None);
    assert_eq!(asked(&newer, &filled(fleet), Some(before), &terms), None);
}

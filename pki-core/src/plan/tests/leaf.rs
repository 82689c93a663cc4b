//! Leaves that exist: kept, in the way, or replaced where a reissue is asked for.

use super::*;

#[test]
fn another_address_is_in_the_way_and_reissued() {
    let inventory = made(&cluster(&[("m0", 10)]), &PlanOptions::default());
    let moved = cluster(&[("m0", 20)]);
    let stopped = plan(&moved, &PlanOptions::default(), &inventory);
    let (differences, reissue_helps) = in_the_way(&stopped, "apiserver");
    assert!(reissue_helps);
    assert_eq!(
        differences,
        [Difference::MissingNames {
            missing: vec!["IP:10.0.0.20".into()],
            unexpected: vec!["IP:10.0.0.10".into()],
        }]
    );
    let options = PlanOptions {
        reissue: true,
        ..PlanOptions::default()
    };
    let reissued = plan(&moved, &options, &inventory);
    assert!(!reissued.is_blocked());
    // Three certificates and the five kubeconfigs that name the address.
    assert_eq!(count(&reissued, IS_REPLACED), 3 + 5);
    let files = Bundle::new(
        &reissued,
        &moved,
        &inventory,
        now(),
        &mut Counter(0),
        &|| {},
    )
    .unwrap();
    assert!(files.into_files().iter().all(|file| file.replaces));
}

#[test]
fn what_ends_soon_or_is_named_is_reissued() {
    let one = cluster(&[("m0", 10)]);
    let inventory = made(&one, &PlanOptions::default());
    let at = |seconds, only: &[&str]| {
        let options = PlanOptions {
            reissue: true,
            only: only
                .iter()
                .filter_map(|name| CatalogEntry::find(name))
                .collect(),
            ..PlanOptions::default()
        };
        let now = now().plus(seconds).unwrap();
        let plan = Plan::new(&one, &options, &inventory, now).unwrap();
        let replaced = plan.items().iter().filter_map(|item| match &item.action {
            Action::Replace(_, differences) => Some((item.entry.base_name, differences.clone())),
            _ => None,
        });
        replaced.collect::<Vec<_>>()
    };
    assert_eq!(at(300 * 86_400, &[]), []);
    let leaves = CATALOG.iter().filter(|entry| entry.issuer().is_some());
    let soon = at(340 * 86_400, &[]);
    assert_eq!(soon.len(), leaves.count());
    let ends = |(_, differences): &(_, Vec<Difference>)| {
        matches!(differences[..], [Difference::ExpiresSoon { .. }])
    };
    assert!(soon.iter().all(ends), "{soon:?}");
    let named = vec![("apiserver", vec![Difference::Named])];
    assert_eq!(at(0, &["apiserver"]), named);
    // A CA never is.
    assert_eq!(at(3640 * 86_400, &["ca"]), []);
}

#[test]
fn an_expired_leaf_is_in_the_way_and_an_expired_ca_for_ever() {
    let one = cluster(&[("m0", 10)]);
    let inventory = made(&one, &PlanOptions::default());
    let at = |seconds| {
        Plan::new(
            &one,
            &PlanOptions::default(),
            &inventory,
            now().plus(seconds).unwrap(),
        )
        .unwrap()
    };
    let (differences, reissue_helps) = in_the_way(&at(366 * 86_400), "apiserver");
    assert!(matches!(differences[..], [Difference::Expired { .. }]) && reissue_helps);
    let (differences, reissue_helps) = in_the_way(&at(3651 * 86_400), "ca");
    assert!(matches!(differences[..], [Difference::Expired { .. }]) && !reissue_helps);
    let soon = at(340 * 86_400);
    assert!(!soon.changes_anything());
    let noted = |item: &&PlanItem| matches!(&item.action, Action::Keep(k) if !k.notes.is_empty());
    assert_eq!(soon.items().iter().filter(noted).count(), 12);
}

#[test]
fn half_a_pair_is_in_the_way() {
    let one = cluster(&[("m0", 10)]);
    let fresh = || made(&one, &PlanOptions::default());
    for (path, row, reissuable) in [
        ("apiserver.key", "apiserver", true),
        ("etcd/peer.crt", "etcd/peer", true),
        ("ca.crt", "ca", false),
        ("sa.pub", "sa", false),
        ("sa.key", "sa", false),
    ] {
        let inventory = without(fresh(), Site::Host(0), path);
        let plan = plan(&one, &PlanOptions::default(), &inventory);
        let (differences, reissue_helps) = in_the_way(&plan, row);
        assert_eq!(differences, [Difference::Missing { path: path.into() }]);
        assert_eq!(reissue_helps, reissuable, "{path}");
    }
}

#[test]
fn what_cannot_be_read_is_in_the_way() {
    let one = cluster(&[("m0", 10)]);
    for (path, row) in [
        ("apiserver.crt", "apiserver"),
        ("ca.key", "ca"),
        ("admin.conf", "admin.conf"),
    ] {
        for content in [
            "",
            "junk",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            let mut inventory = made(&one, &PlanOptions::default());
            let bytes = Zeroizing::new(content.as_bytes().to_vec());
            inventory.insert(Site::Host(0), placed(path), ExistingFile::Content(bytes));
            let plan = plan(&one, &PlanOptions::default(), &inventory);
            let (differences, _) = in_the_way(&plan, row);
            assert!(
                matches!(&differences[..], [Difference::Unreadable { path: p, .. }] if p == path)
            );
        }
    }
}

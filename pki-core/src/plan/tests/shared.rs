//! The CAs and the service account's keys, which nothing replaces.

use super::*;

#[test]
fn another_ca_is_told_from_its_name() {
    let one = cluster(&[("m0", 10)]);
    let mut inventory = made(&one, &PlanOptions::default());
    let mut other = made(&one, &PlanOptions::default());
    for path in ["ca.crt", "ca.key"] {
        let content = other.take(Site::Host(0), &placed(path)).unwrap();
        inventory.insert(Site::Host(0), placed(path), content);
    }
    let plan = plan(&one, &PlanOptions::default(), &inventory);
    let (differences, reissue_helps) = in_the_way(&plan, "apiserver");
    assert!(reissue_helps);
    assert!(matches!(
        differences[..],
        [Difference::NotSignedBy {
            same_name: true,
            ..
        }]
    ));
    assert!(
        in_the_way(&plan, "admin.conf")
            .0
            .contains(&Difference::OtherAuthorityData)
    );
}

#[test]
fn an_external_ca_signs_nothing_and_is_named() {
    let one = cluster(&[("m0", 10)]);
    let fresh = || made(&one, &PlanOptions::default());
    let complete = without(fresh(), Site::Host(0), "ca.key");
    let complete = plan(&one, &PlanOptions::default(), &complete);
    assert!(!complete.is_blocked() && !complete.changes_anything());
    assert!(
        complete
            .notes()
            .iter()
            .any(|note| note.contains("ca.crt is an external CA"))
    );
    let lacking = without(fresh(), Site::Host(0), "ca.key");
    let lacking = without(lacking, Site::Host(0), "apiserver.crt");
    let lacking = without(lacking, Site::Host(0), "apiserver.key");
    let options = PlanOptions {
        reissue: true,
        ..PlanOptions::default()
    };
    let (differences, reissue_helps) = in_the_way(&plan(&one, &options, &lacking), "apiserver");
    let authority = Authority::Cluster;
    assert_eq!(differences, [Difference::ExternalAuthority { authority }]);
    assert!(!reissue_helps);
}

#[test]
fn a_leaf_is_capped_by_its_ca_and_says_so() {
    let mut one = cluster(&[("m0", 10)]);
    one.ca_validity_seconds = 30 * 86_400;
    let plan = plan(&one, &PlanOptions::default(), &Inventory::new());
    let end = now().plus(30 * 86_400).unwrap();
    for item in plan.items() {
        if let Some(certificate) = item.action.make().and_then(|m| m.certificate.as_ref()) {
            assert_eq!(certificate.validity.not_after(), end);
            assert_eq!(certificate.capped, certificate.issuer.is_some());
        }
    }
    assert!(
        plan.notes()
            .iter()
            .any(|note| note.contains("certificates end at"))
    );
    assert!(
        Bundle::new(
            &plan,
            &one,
            &Inventory::new(),
            now(),
            &mut Counter(0),
            &|| {}
        )
        .is_ok()
    );
}

#[test]
fn copies_and_service_account_keys_are_never_replaced() {
    let two = cluster(&[("m0", 10), ("m1", 11)]);
    let mut inventory = made(&two, &fleet());
    let mut other = made(&two, &fleet());
    let foreign = other.take(Site::Shared, &placed("sa.key")).unwrap();
    inventory.insert(Site::Host(1), placed("sa.key"), foreign);
    let options = PlanOptions {
        reissue: true,
        ..fleet()
    };
    let stopped = plan(&two, &options, &inventory);
    assert_eq!(
        in_the_way(&stopped, "sa"),
        (
            vec![Difference::OtherCopy {
                path: "sa.key".into()
            }],
            false
        )
    );
    let foreign = other.take(Site::Shared, &placed("sa.pub")).unwrap();
    inventory.insert(Site::Shared, placed("sa.pub"), foreign);
    let stopped = plan(&two, &options, &inventory);
    assert_eq!(in_the_way(&stopped, "sa").0, [Difference::OtherPublicKey]);
    // A host's CA whose home is lost is not replaced by a new one either.
    let lost = without(made(&two, &fleet()), Site::Shared, "ca.crt");
    let lost = without(lost, Site::Shared, "ca.key");
    let stopped = plan(&two, &options, &lost);
    assert_eq!(
        in_the_way(&stopped, "ca").0,
        [Difference::OnlyOnHost {
            path: "ca.crt".into()
        }]
    );
}

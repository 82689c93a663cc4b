//! Files that somebody else owns, and kubeconfigs that may be newer than ours.

use super::*;

/// What is done with each file where all of them are there and this user's.
fn planned_of<'a>(source: &'a Source, place: &Place, uid: u32, user: Option<u32>) -> Plan<'a> {
    let options = CopyOptions::default();
    let seen = place.survey(source, &options);
    let mut survey = Survey::by(user);
    for question in Plan::questions(source, &options) {
        let found = seen.get(&question.file).unwrap();
        let content = match found.content {
            Present::Equal => Present::Equal,
            _ => Present::Nothing,
        };
        let found = PresentFile {
            content,
            mode: found.mode,
            uid: Some(uid),
            modified: None,
        };
        survey.insert(question.file, found);
    }
    Plan::new(source, &survey, &options, now())
}

#[test]
fn a_key_of_a_ca_is_nobody_elses() {
    for [fleet, _] in Fleet::all() {
        let source = Source::new(fleet.kind.clone(), fleet.site(Site::Host(0))).unwrap();
        let mut place = Place::default();
        for copied in source.shared() {
            place.put(&copied.file, copied.bytes.to_vec());
        }
        // Root, whoever writes there, and where nobody knows who that is.
        for (uid, user) in [(0, Some(0)), (0, Some(1000)), (1000, Some(1000)), (7, None)] {
            let plan = planned_of(&source, &place, uid, user);
            assert!(!plan.changes_anything(), "{uid} {user:?}");
        }
        for user in [0, 1000] {
            let plan = planned_of(&source, &place, 7, Some(user));
            for item in plan.items() {
                // A user of etcd has its client key.
                let is_client = item.copied.entry.base_name == "apiserver-etcd-client";
                assert_eq!(item.keeps_owner, is_client);
                let wanted = match is_client {
                    true => Action::Equal,
                    false => Action::Owner { found: 7 },
                };
                assert_eq!(item.action, wanted, "{:?}", item.copied);
            }
            let is_client = |item: &&PlanItem<'_>| item.keeps_owner;
            let clients = plan.items().iter().filter(is_client).count();
            assert_eq!(clients > 0, fleet.kind != ClusterKind::Stacked);
        }
    }
}

#[test]
fn another_kubeconfig_stays_until_somebody_asks_for_ours() {
    let [ours, foreign] = Fleet::stacked();
    let source = ours.source();
    let options = of_host("m0", true);
    let file = |path: &str| {
        let mut own = source.kind().own().map(|(_, file)| file);
        own.find(|file| file.path == path).unwrap()
    };
    let mut place = Place::default();
    place.put(&file("admin.conf"), b"apiVersion: v1".to_vec());
    place.put(&file("scheduler.conf"), b" \n".to_vec());
    let action = |place: &Place, options: &CopyOptions, path: &str| {
        let plan = Plan::new(&source, &place.survey(&source, options), options, now());
        let mut items = plan.items().iter();
        let item = items.find(|item| item.copied.file.path == path);
        item.unwrap().action.clone()
    };
    let kept = action(&place, &options, "admin.conf");
    assert_eq!(kept, Action::Keep("another one is there, and may be newer"));
    assert_eq!(
        action(&place, &options, "controller-manager.conf"),
        Action::New
    );
    let asked = CopyOptions {
        replace_kubeconfigs: true,
        ..options.clone()
    };
    let replaced = action(&place, &asked, "admin.conf");
    assert_eq!(replaced, Action::Replace("it was another one"));
    // What trusts a CA that goes is of no use, but nobody asked for that here.
    let replace = CopyOptions {
        replace_ca: true,
        ..options
    };
    assert_eq!(action(&place, &replace, "admin.conf"), kept);
    let mut certificates = source.shared().iter().map(|copied| copied.file.clone());
    let ca = certificates.find(|file| file.path == "ca.crt").unwrap();
    place.put(&ca, foreign.bytes(Site::Shared, "ca.crt"));
    assert_eq!(action(&place, &replace, "admin.conf"), replaced);
}

//! Files that somebody else owns, and kubeconfigs that may be newer than ours.

use super::*;

/// What is done with each file where all of them are there and this user's.
fn planned_of<'a>(source: &'a Source, place: &Place, uid: u32, user: Option<u32>) -> Plan<'a> {
    planned_with(source, place, &CopyOptions::default(), uid, user)
}

fn planned_with<'a>(
    source: &'a Source,
    place: &Place,
    options: &CopyOptions,
    uid: u32,
    user: Option<u32>,
) -> Plan<'a> {
    let seen = place.survey(source, options);
    let mut survey = Survey::by(user);
    for question in Plan::questions(source, options) {
        let found = seen.get(&question.file).unwrap();
        let content = match &found.content {
            Present::Equal => Present::Equal,
            Present::OtherSecret(key) => Present::OtherSecret(key.clone()),
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
    Plan::new(source, &survey, options, now())
}

/// etcd reads its keys at each handshake: one that is root's all at once ends every new
/// connection to a member that runs as a user of its own.
#[test]
fn a_member_keeps_the_keys_of_the_user_that_etcd_runs_as() {
    for [ours, other] in Fleet::all() {
        let source = ours.source();
        let options = of_host("m0", true);
        let [equal, replaced] = [ours, other].map(|fleet| {
            let mut place = Place::default();
            for copied in fleet.source().shared() {
                place.put(&copied.file, ours.bytes(Site::Shared, &copied.file.path));
            }
            for copied in fleet.site(Site::Host(0)) {
                place.put(&copied.file, copied.bytes.to_vec());
            }
            place
        });
        let is_external = ours.kind != ClusterKind::Stacked;
        for place in [equal, replaced] {
            let plan = planned_with(&source, &place, &options, 7, Some(0));
            for name in ["etcd/server", "etcd/peer"] {
                let of_row = |item: &&PlanItem<'_>| {
                    let is_key = item.copied.file.role == crate::FileRole::PrivateKey;
                    item.copied.entry.base_name == name && is_key
                };
                let item = plan.items().iter().find(of_row).unwrap();
                assert_eq!(item.keeps_owner, is_external, "{name}");
                let is_mended = matches!(item.action, Action::Owner { .. });
                assert!(!(is_external && is_mended), "{name}: {:?}", item.action);
            }
            let mut items = plan.items().iter();
            let key = items.find(|item| item.copied.entry.base_name == "apiserver");
            assert!(!key.unwrap().keeps_owner);
        }
    }
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

//! What holds for every destination.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// What may lie in the place of a file.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Nothing,
    Ours,
    Loose,
    /// Of the other host of the cluster, or of the shared directory.
    Others,
    /// Of the other cluster.
    Foreign,
    Blank,
    Garbage,
    Closed,
    Directory,
}

const USUAL: [Kind; 7] = [
    Kind::Nothing,
    Kind::Ours,
    Kind::Loose,
    Kind::Others,
    Kind::Foreign,
    Kind::Blank,
    Kind::Garbage,
];

fn lying(
    kind: Kind,
    file: &PlacedFile,
    ours: &Fleet,
    foreign: &Fleet,
    own: usize,
) -> Option<Lying> {
    let of = |fleet: &Fleet, host: usize| {
        let shared = fleet.files.get(&(Site::Shared, file.clone()));
        let own = fleet.files.get(&(Site::Host(host), file.clone()));
        shared.or(own).cloned()
    };
    let mode = file.role.mode();
    match kind {
        Kind::Nothing => None,
        Kind::Ours => Some(Lying::File(of(ours, own)?, mode)),
        Kind::Loose => Some(Lying::File(of(ours, own)?, 0o666)),
        Kind::Others => Some(Lying::File(of(ours, 1 - own)?, mode)),
        Kind::Foreign => Some(Lying::File(of(foreign, own)?, mode)),
        Kind::Blank => Some(Lying::File(Vec::new(), mode)),
        Kind::Garbage => Some(Lying::File(b"<html>".to_vec(), mode)),
        Kind::Closed => Some(Lying::Closed),
        Kind::Directory => Some(Lying::Else("directory")),
    }
}

fn any_kinds() -> impl Strategy<Value = Vec<Kind>> {
    let usual = select(&USUAL[..]);
    let tame = select(&USUAL[..4]);
    let rare = select(&[Kind::Closed, Kind::Directory][..]);
    let wild = prop_oneof![40 => usual, 1 => rare];
    prop_oneof![
        prop::collection::vec(tame, 60),
        prop::collection::vec(wild, 60)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn of_every_plan(
        kind in 0..3_usize,
        own in 0..2_usize,
        named: bool,
        with_host_certs: bool,
        replace_ca: bool,
        replace_kubeconfigs: bool,
        kinds in any_kinds(),
    ) {
        let [ours, foreign] = &Fleet::all()[kind];
        let source = ours.source();
        let options = CopyOptions {
            host: named.then(|| HOSTS[own].parse().unwrap()),
            with_host_certs,
            replace_ca,
            replace_kubeconfigs,
        };
        let mut place = Place::default();
        let mut files: Vec<_> = ours.files.keys().map(|(_, file)| file.clone()).collect();
        files.sort();
        files.dedup();
        for (file, kind) in files.iter().zip(kinds) {
            if let Some(lying) = lying(kind, file, ours, foreign, own) {
                place.0.insert(file.clone(), lying);
            }
        }
        let before = place.clone();
        let plan = Plan::new(&source, &place.survey(&source, &options), &options, now());

        // Nothing but the shared files and the host's own is written.
        let own_files: Vec<_> = match named && with_host_certs {
            true => ours.site(Site::Host(own)).collect(),
            false => Vec::new(),
        };
        for item in plan.writes() {
            let copied = item.copied;
            let is_own = own_files.iter().any(|own| own.file == copied.file && own.bytes == copied.bytes);
            let is_shared = source.kind().shared().iter().any(|it| it.file == copied.file)
                && source.shared().iter().any(|it| it.file == copied.file && it.bytes == copied.bytes);
            prop_assert!(is_own || is_shared, "{:?}", copied.file);
            // A host's leaf never goes to another host.
            let others = ours.files.iter().filter(|((site, file), _)| {
                *site == Site::Host(1 - own) && !source.shared().iter().any(|it| it.file == *file)
            });
            for ((_, file), bytes) in others {
                prop_assert!(*bytes != *copied.bytes, "{file:?} of the other host");
            }
        }
        // No key of a CA and no service account key gets lost without being asked for.
        if !replace_ca {
            for item in plan.writes() {
                let shared = source.shared().iter().any(|it| it.file == item.copied.file);
                if let (true, Some(Lying::File(bytes, _))) = (shared, before.0.get(&item.copied.file)) {
                    let is_foreign = foreign.files.get(&(Site::Shared, item.copied.file.clone())) == Some(bytes);
                    prop_assert!(!is_foreign, "{:?} was replaced", item.copied.file);
                }
            }
        }
        if plan.is_blocked() {
            return Ok(());
        }
        place.carry_out(&plan);
        for (file, lies) in &before.0 {
            prop_assert!(place.0.contains_key(file), "{file:?} {lies:?} is gone");
        }
        let again = Plan::new(&source, &place.survey(&source, &options), &options, now());
        prop_assert!(!again.is_blocked(), "{again:?}");
        prop_assert!(!again.changes_anything(), "{again:?}");
        let proof = Proof::new(&again, &place.read_back(&again));
        prop_assert!(proof.holds(), "{proof:?}");
        prop_assert_eq!(Proof::new(&plan, &place.read_back(&plan)), proof);
    }

    #[test]
    fn whatever_bytes_lie_there(bytes: Vec<u8>, secret: bool) {
        let [ours, _] = Fleet::stacked();
        let source = ours.source();
        let mut place = Place::default();
        let role = source.kind().shared();
        for shared in role.iter().filter(|it| it.file.role.is_secret() == secret) {
            place.put(&shared.file, bytes.clone());
        }
        let options = CopyOptions::default();
        let plan = Plan::new(&source, &place.survey(&source, &options), &options, now());
        prop_assert_eq!(plan.is_blocked(), !bytes.iter().all(u8::is_ascii_whitespace));
        let read = vec![bytes; 4];
        prop_assert!(!Proof::new(&plan, &read).holds());
    }
}

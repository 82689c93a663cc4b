//! Files that have changed places, and the way back.

use std::collections::{BTreeMap, BTreeSet};

use super::faults::{EXCHANGES, exchange};
use super::*;

fn report(pairs: &[(&str, &str)]) -> Report {
    let trees = trees();
    let mut tree = broken(trees, |_, _| ());
    exchange(&mut tree, trees, pairs);
    tree.location.directory = "/srv/m 1".to_owned();
    verify(&tree, &expectation(&cluster("1.36")), now())
}

const PAIR: [(&str, &str); 2] = [
    ("pki/apiserver.crt", "pki/etcd/server.crt"),
    ("pki/apiserver.key", "pki/etcd/server.key"),
];

#[test]
fn both_files_of_a_pair_are_named_and_brought_back() {
    let report = report(&PAIR);
    let [finding] = &report.findings[..] else {
        panic!("{:#?}", report.findings);
    };
    assert_eq!(
        finding.message,
        "has changed places with pki/etcd/server.crt, and pki/apiserver.key with pki/etcd/server.key"
    );
    let commands: Vec<_> = finding.fix.commands().collect();
    assert_eq!(
        commands[0],
        "mv '/srv/m 1/pki/apiserver.crt' '/srv/m 1/pki/apiserver.crt.exchanged' && mv '/srv/m 1/pki/etcd/server.crt' '/srv/m 1/pki/apiserver.crt' && mv '/srv/m 1/pki/apiserver.crt.exchanged' '/srv/m 1/pki/etcd/server.crt'"
    );
    assert_eq!(commands.len(), 3);
    let rules: Vec<_> = finding.consequences.iter().map(|one| one.rule).collect();
    assert!(rules.contains(&Some(Rule::WrongCa)), "{rules:?}");
    // What a comparison of hosts learns is what belongs there.
    let apiserver = report
        .identities
        .iter()
        .find(|row| row.base_name == "apiserver");
    let names = &apiserver.unwrap().certificates[0].subject_alt_names;
    assert!(names.contains(&"DNS:kubernetes".to_owned()));
}

#[test]
fn several_exchanges_are_one_finding_each() {
    let kubeconfigs = [("controller-manager.conf", "scheduler.conf")];
    let keys = [("pki/front-proxy-client.key", "pki/etcd/peer.key")];
    let all = [&PAIR[..], &kubeconfigs, &keys].concat();
    let report = report(&all);
    let rules: Vec<_> = report.findings.iter().map(|found| found.rule).collect();
    assert_eq!(rules, [Rule::Exchanged; 3]);
}

/// What else is wrong with the files is told as if they were back.
#[test]
fn an_exchange_hides_nothing() {
    let trees = trees();
    let mut tree = broken(trees, |t, all| {
        all.issue(t, "apiserver", "ca", |p| p.validity = valid(-100, -1));
    });
    for (one, other) in PAIR {
        let (first, second) = (copy(&tree, one), copy(&tree, other));
        put(&mut tree, one, second);
        put(&mut tree, other, first);
    }
    let told = found(&tree, &expectation(&cluster("1.36")));
    assert_eq!(
        told,
        ["exchanged pki/apiserver.crt", "expired pki/etcd/server.crt"]
    );
}

/// Links are not moved: where they lead depends on their place.
#[test]
fn links_stay_where_they_are() {
    let trees = trees();
    let mut tree = broken(trees, |_, _| ());
    exchange(&mut tree, trees, &[("pki/ca.key", "pki/etcd/ca.key")]);
    let file = tree.files.get_mut("pki/ca.key").unwrap();
    file.link = Some("live/ca.key".to_owned());
    let report = verify(&tree, &Expectation::default(), now());
    let fix = &report.findings[0].fix;
    assert!(!fix.commands().any(|command| command.starts_with("mv ")));
    assert!(
        fix.to_string()
            .starts_with("exchange what the links pki/ca.key and")
    );
}

#[test]
fn a_copy_is_no_exchange() {
    let trees = trees();
    let tree = broken(trees, |t, all| {
        for (one, other) in PAIR {
            put(t, one, copy(&all.good, other));
        }
    });
    let told = found(&tree, &expectation(&cluster("1.36")));
    assert!(
        !told.iter().any(|one| one.starts_with("exchanged")),
        "{told:?}"
    );
}

type Contents = BTreeMap<String, Vec<u8>>;

fn contents(tree: &Tree) -> Contents {
    let paths = tree.files.keys();
    paths.map(|path| (path.clone(), text(tree, path))).collect()
}

/// Where each exchange of the catalogue takes its files from, place by place.
fn exchanges() -> Vec<Vec<(String, String)>> {
    let trees = trees();
    let healthy = contents(&trees.good);
    let taken_from = |fault: &Fault| {
        let mut tree = broken(trees, |_, _| ());
        (fault.breaks)(&mut tree, trees);
        let changed = contents(&tree).into_iter();
        let changed = changed.filter(|(path, text)| healthy[path] != *text);
        let from = |text: &[u8]| {
            healthy
                .iter()
                .find(|(_, it)| *it == text)
                .unwrap()
                .0
                .clone()
        };
        changed.map(|(path, text)| (path, from(&text))).collect()
    };
    EXCHANGES.iter().map(taken_from).collect()
}

/// Two files for each other.
fn for_each_other(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let both = pairs
        .iter()
        .flat_map(|(one, other)| [(one, other), (other, one)]);
    both.map(|(one, other)| ((*one).to_owned(), (*other).to_owned()))
        .collect()
}

fn apply(contents: &mut Contents, exchange: &[(String, String)]) {
    let before = contents.clone();
    for (path, from) in exchange {
        contents.insert(path.clone(), before[from].clone());
    }
}

/// What the printed commands make of the files.
fn brought_back(mut contents: Contents) -> Contents {
    let mut tree = broken(trees(), |_, _| ());
    tree.location.directory = "/k".to_owned();
    for (path, text) in &contents {
        let mode = tree.files[path].mode;
        put(&mut tree, path, file(text, mode));
    }
    let report = verify(&tree, &expectation(&cluster("1.36")), now());
    let exchanged = report.findings.iter();
    let exchanged = exchanged.filter(|found| found.rule == Rule::Exchanged);
    let commands = exchanged.flat_map(|found| found.fix.commands());
    let moves = commands.flat_map(|command| command.split(" && "));
    for words in moves.map(|step| step.split(' ').collect::<Vec<_>>()) {
        if let ["mv", from, to] = words[..] {
            let path = |it: &str| it.strip_prefix("/k/").unwrap().to_owned();
            let moved = contents.remove(&path(from)).unwrap();
            contents.insert(path(to), moved);
        }
    }
    contents
}

/// One exchange always comes back whole, and two do or are left alone: no command
/// mends half of them.
#[test]
fn the_commands_bring_everything_back() {
    let healthy = contents(&trees().good);
    let exchanges = exchanges();
    let rows = |exchange: &[(String, String)]| -> BTreeSet<String> {
        exchange.iter().map(|(path, _)| row_of(path)).collect()
    };
    for (number, first) in exchanges.iter().enumerate() {
        let mut once = healthy.clone();
        apply(&mut once, first);
        assert!(brought_back(once.clone()) == healthy, "{first:?}");
        for second in exchanges.iter().skip(number + 1) {
            let mut twice = once.clone();
            apply(&mut twice, second);
            let back = brought_back(twice.clone());
            let is_left = back == twice && !rows(first).is_disjoint(&rows(second));
            assert!(back == healthy || is_left, "{first:?}, {second:?}");
        }
    }
}

/// What was exchanged twice goes round in a circle.
#[test]
fn exchanges_of_one_file_have_one_way_back() {
    let healthy = contents(&trees().good);
    let pairs = for_each_other(&[
        ("pki/apiserver.crt", "pki/front-proxy-client.crt"),
        ("pki/apiserver.key", "pki/front-proxy-client.key"),
    ]);
    let own = for_each_other(&[("pki/apiserver.crt", "pki/apiserver.key")]);
    for steps in [[&pairs, &own], [&own, &pairs]] {
        let mut broken = healthy.clone();
        for step in steps {
            apply(&mut broken, step);
        }
        assert!(brought_back(broken) == healthy, "{steps:?}");
    }
    let mut broken = healthy;
    apply(&mut broken, &pairs);
    apply(&mut broken, &own);
    let mut tree = super::broken(trees(), |_, _| ());
    for (path, text) in &broken {
        let mode = tree.files[path].mode;
        put(&mut tree, path, file(text, mode));
    }
    let report = verify(&tree, &expectation(&cluster("1.36")), now());
    let exchanged = |it: &&Finding| it.rule == Rule::Exchanged;
    let [finding] = report.findings.iter().filter(exchanged).collect::<Vec<_>>()[..] else {
        panic!("{:#?}", report.findings);
    };
    // A key lay where everyone may read, which no exchange mends.
    let mut rest = report.findings.iter().filter(|it| !exchanged(it));
    assert!(rest.all(|it| it.rule == Rule::ReadableByOthers));
    assert_eq!(
        finding.message,
        "has changed places in a circle: the file is in pki/front-proxy-client.crt, that of \
        pki/front-proxy-client.crt in pki/apiserver.key, that of pki/apiserver.key in \
        pki/front-proxy-client.key, that of pki/front-proxy-client.key in pki/apiserver.crt"
    );
    let mut modes = finding.fix.commands().filter(|it| it.starts_with("chmod "));
    assert_eq!(modes.next(), Some("chmod 644 pki/apiserver.crt"));
    // What is said of the files is true of where they lie.
    let about_key = |one: &&Consequence| one.file == "pki/apiserver.key";
    let said = finding.consequences.iter().filter(about_key);
    let said: Vec<_> = said.map(|one| one.message.as_str()).collect();
    assert_eq!(said, ["holds no private key but 'CERTIFICATE'"]);
}

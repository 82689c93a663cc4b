//! Hosts that were looked at over ssh: no command takes their files for those of
//! one host.

use super::*;

/// What is to be done about the only finding between hosts that ssh reaches.
fn mended(trees: &[Files]) -> String {
    let mut all = reports(trees, None);
    for (host, machine) in all.iter_mut().zip(["m1", "root@m2", "m3:2222", "m4"]) {
        host.location.machine = machine.to_owned();
        host.location.directory = "/etc/kubernetes".to_owned();
        host.location.reach = "--sudo --ssh-config ./lab".to_owned();
    }
    if let Some(last) = all.get_mut(3) {
        last.location.directory = "/srv/k".to_owned();
    }
    let comparison = compare(&mut all);
    let [found] = &comparison.findings[..] else {
        panic!("{:?}", shown(&comparison));
    };
    found.finding.fix.to_string()
}

#[test]
fn what_hosts_share_is_copied_from_one_that_has_it() {
    let (mut trees, other) = (made(&masters(3)), made(&masters(1)));
    trees.pop();
    for name in ["pki/sa.key", "pki/sa.pub"] {
        let theirs = other[0][name].clone();
        trees[1].insert(name.to_owned(), theirs);
    }
    let mended = mended(&trees);
    let command = "kpki copy --from /etc/kubernetes/pki --to root@m2 --replace-ca --sudo";
    assert!(mended.contains("on m1"), "{mended}");
    assert!(mended.contains(command), "{mended}");
    assert!(!mended.contains("--ssh-config"), "{mended}");
}

#[test]
fn certificates_alone_are_fetched_where_no_master_is() {
    let (mut trees, other) = (made(&masters(3)), made(&masters(1)));
    trees.pop();
    for files in &mut trees[..2] {
        let both = [&files["pki/ca.crt"][..], &other[0]["pki/ca.crt"]].concat();
        files.insert("pki/ca.crt".to_owned(), both);
    }
    let mended_there = mended(&trees);
    let command = "kpki copy --from /etc/kubernetes/pki --to m3:2222 --sudo";
    assert!(mended_there.contains(command), "{mended_there}");
    for files in &mut trees {
        files.retain(|name, _| !name.starts_with("pki/sa."));
    }
    let mended = mended(&trees);
    assert!(!mended.contains("kpki copy"), "{mended}");
    let command =
        "scp -3 -p m1:/etc/kubernetes/pki/ca.crt scp://m3:2222//etc/kubernetes/pki/ca.crt";
    assert!(mended.contains(command), "{mended}");
}

#[test]
fn a_key_is_removed_on_its_own_host() {
    let external = [(true, false), (false, true), (false, true), (false, true)];
    let mut cluster = hosts(&external);
    cluster.etcd = Etcd::External(ExternalEtcd::default());
    let mut trees = made(&cluster);
    let home = trees.pop().unwrap();
    for files in &mut trees[1..] {
        let key = home["pki/etcd/ca.key"].clone();
        files.insert("pki/etcd/ca.key".to_owned(), key);
    }
    let mended = mended(&trees);
    for command in [
        "rm /etc/kubernetes/pki/etcd/ca.key",
        "rm /srv/k/pki/etcd/ca.key",
    ] {
        assert!(mended.contains(command), "{mended}");
    }
    assert!(
        mended.contains("on m3") && mended.contains("on m4"),
        "{mended}"
    );
}

use super::*;
use crate::cluster::{Etcd, ExternalEtcd, Host, Roles};

struct Files {
    name: String,
    number: u8,
    environment: String,
    unit: String,
}

/// Members with these numbers at the end of their addresses.
fn files(members: &[(&str, u8)], rest: &str, user: &str) -> Vec<Files> {
    let cluster = members.iter();
    let cluster = cluster.map(|(name, number)| format!("{name}=https://10.0.0.{number}:2380"));
    let cluster = cluster.collect::<Vec<_>>().join(",");
    let of = |(name, number): &(&str, u8)| Files {
        name: (*name).to_owned(),
        number: *number,
        environment: format!("PEER_NAME={name}\nPRIVATE_IP=10.0.0.{number}\nCLUSTER={cluster}\n"),
        unit: format!(
            "[Service]\nUser={user}\nEnvironmentFile=/etc/etcd.env\nExecStart=/usr/local/bin/etcd \\\n  --name=${{PEER_NAME}} \\\n  --advertise-client-urls=https://${{PRIVATE_IP}}:2379 \\\n  --initial-cluster=${{CLUSTER}} \\\n  --trusted-ca-file=/p/ca.crt \\\n  --cert-file=/p/server.crt \\\n  --key-file=/p/server.key \\\n  --peer-key-file=/p/peer.key \\\n  {rest}\n"
        ),
    };
    members.iter().map(of).collect()
}

fn texts(files: &Files) -> EtcdTexts<'_> {
    EtcdTexts {
        environment: files.environment.as_bytes(),
        unit: files.unit.as_bytes(),
    }
}

fn change(before: &[Files], now: &[Files]) -> EtcdChange {
    try_change(before, now).unwrap()
}

fn try_change(before: &[Files], now: &[Files]) -> Result<EtcdChange, EtcdRefusal> {
    let hosts = now.iter().map(|file| Host {
        roles: Roles {
            control_plane: true,
            etcd: true,
        },
        ..Host::control_plane(file.name.parse().unwrap(), [10, 0, 0, file.number].into())
    });
    let mut cluster = Cluster::new(hosts.collect());
    cluster.etcd = Etcd::External(ExternalEtcd::default());
    let files = now.iter().enumerate().map(|(host, file)| EtcdFiles {
        host,
        before: before.iter().find(|it| it.name == file.name).map(texts),
        now: texts(file),
    });
    EtcdChange::new(&cluster, &files.collect::<Vec<_>>())
}

fn steps(before: &[Files], now: &[Files]) -> Vec<String> {
    let steps = change(before, now).steps;
    steps.iter().map(ToString::to_string).collect()
}

const THREE: [(&str, u8); 3] = [("m0", 10), ("m1", 11), ("m2", 12)];
const NEW: &str = "--data-dir=/d --initial-cluster-state=new";

/// Each in its order.
fn in_order(steps: &[String], wanted: &[&str]) {
    let text = steps.join("\n");
    let mut rest = text.as_str();
    for part in wanted {
        let found = rest.split_once(part);
        (_, rest) = found.unwrap_or_else(|| panic!("{part:?} is not there, or too early: {text}"));
    }
}

#[test]
fn a_first_set_up_and_a_plain_restart_need_nothing_more() {
    let three = files(&THREE, NEW, "root");
    assert_eq!(steps(&[], &three), [""; 0]);
    assert_eq!(steps(&three, &three), [""; 0]);
    let louder = files(&THREE, "--data-dir=/d --logger=zap", "root");
    assert_eq!(steps(&three, &louder), [""; 0]);
    let nothing = [Files {
        name: "m0".to_owned(),
        number: 10,
        environment: String::new(),
        unit: "[Service]\n".to_owned(),
    }];
    assert_eq!(steps(&nothing, &three), [""; 0]);
}

/// etcdctl on m0, as it is quoted for ssh.
const CTL: &str = "ETCDCTL_API=3 etcdctl --endpoints=https://localhost:2379 --cacert=/p/ca.crt --cert=/p/server.crt --key=/p/server.key";

#[test]
fn a_member_is_added_before_it_starts() {
    let three = files(&THREE, NEW, "root");
    let four = [&THREE[..], &[("m3", 13)]].concat();
    in_order(
        &steps(&three, &files(&four, NEW, "root")),
        &[
            "write 'etcd: {state: existing}'",
            "ssh root@10.0.0.10 'ETCDCTL_API=3 etcdctl --endpoints=https://10.0.0.10:2379,https://10.0.0.11:2379,https://10.0.0.12:2379 ",
            &format!("ssh root@10.0.0.10 '{CTL} member add m3 --peer-urls=https://10.0.0.13:2380'"),
            "\nkpki copy --from . --with-host-certs --to m3=root@10.0.0.13\ntar -C m3 -cf - etc/etcd.env etc/systemd/system/etcd.service | ssh root@10.0.0.13 'tar -C / --no-same-owner --no-overwrite-dir -xpf - && systemctl daemon-reload && systemctl enable --now etcd'",
            "m3 is well too",
            "https://10.0.0.13:2379 ",
            "to m0, m1, m2, without a restart",
            "tar -C m2 -cf - etc/etcd.env etc/systemd/system/etcd.service | ssh root@10.0.0.12 'tar -C / --no-same-owner --no-overwrite-dir -xpf -'",
            "have the API servers of m0, m1, m2 ask etcd at https://10.0.0.10:2379,",
            "ssh root@10.0.0.10 'sed -i ",
            "\nssh root@10.0.0.10 'sleep 30; until kubectl ",
            "ssh root@10.0.0.11 'sed -i ",
        ],
    );
    let existing = NEW.replace("new", "existing");
    let existing = files(&four, &existing, "root");
    assert!(!steps(&three, &existing).concat().contains("existing}'"));
    // Rendered again with the other state, as the first step says.
    let again = steps(&files(&four, NEW, "root"), &existing);
    assert_eq!(again.len(), 1);
    in_order(&again, &["to m0, m1, m2, m3, without a restart"]);
    let other = files(&four, NEW, "etcd");
    let before = files(&THREE, NEW, "etcd");
    in_order(
        &steps(&before, &other),
        &[
            "useradd --system --user-group etcd; } && install -d -m 0700 -o etcd -g etcd /d && chown etcd /p/server.key /p/peer.key && systemctl daemon-reload",
        ],
    );
    assert_eq!(change(&before, &other).certified, ["m3"]);
}

#[test]
fn members_leave_and_move_by_etcdctl() {
    let three = files(&THREE, NEW, "root");
    in_order(
        &steps(&three, &files(&THREE[1..], NEW, "root")),
        &[
            "have the API servers of m1, m2 ask etcd at https://10.0.0.11:2379,https://10.0.0.12:2379",
            "ssh root@10.0.0.11 ",
            " member remove ",
            "on m0: systemctl disable --now etcd; its data in /d",
            "to m1, m2, without a restart",
        ],
    );
    let moved = files(&[("m0", 20), ("m1", 11), ("m2", 22)], NEW, "root");
    in_order(
        &steps(&three, &moved),
        &[
            "ssh root@10.0.0.11 ",
            &format!(" member update \"$({CTL} member list | awk "),
            "--peer-urls=https://10.0.0.20:2380'",
            "kpki copy --from . --with-host-certs --replace-kubeconfigs --to m0=root@10.0.0.20\ntar ",
            "systemctl daemon-reload && systemctl restart etcd'",
            "--endpoints=https://10.0.0.20:2379,https://10.0.0.11:2379,https://10.0.0.12:2379 ",
            "--peer-urls=https://10.0.0.22:2380",
            "--endpoints=https://10.0.0.20:2379,https://10.0.0.11:2379,https://10.0.0.22:2379 ",
        ],
    );
    assert_eq!(change(&three, &moved).certified, ["m0", "m2"]);
}

#[test]
fn how_peers_are_known_changes_in_an_order() {
    let [any, name, own] = [
        "",
        " --peer-cert-allowed-cn=etcd-peer",
        " --peer-trusted-ca-file=/p/peer-ca.crt",
    ]
    .map(|flag| files(&THREE, &format!("{NEW}{flag}"), "root"));
    in_order(
        &steps(&any, &name),
        &[
            "first bring the new peer certificates",
            "kpki copy ",
            "then bring etc/etcd.env",
        ],
    );
    in_order(
        &steps(&name, &any),
        &[
            "first bring etc/etcd.env",
            "then bring the new peer certificates",
        ],
    );
    assert_eq!(change(&name, &any).certified, ["m0", "m1", "m2"]);
    in_order(
        &steps(&own, &name),
        &[
            "Stop etcd on all",
            "mv shared/etcd/peer-ca* kpki-backup-peer-ca/\nrm -f m0/p/peer-ca.crt m1/p/peer-ca.crt ",
            "ssh root@10.0.0.10 'rm -f /p/peer-ca.crt'\n",
            "\nkpki copy ",
        ],
    );
    for (was, is) in [(&name, &own), (&any, &own), (&own, &name)] {
        in_order(
            &steps(was, is),
            &[
                "outage",
                "Stop etcd on all of m0, m1, m2:\nssh root@10.0.0.10 'systemctl stop etcd'\nssh ",
                "then bring",
                "\nkpki copy --from . --with-host-certs --to m0=root@10.0.0.10\ntar -C m0 ",
                "systemctl start --no-block etcd",
            ],
        );
    }
}

#[test]
fn data_move_while_etcd_is_stopped() {
    let three = files(&THREE, NEW, "root");
    let moved = files(
        &THREE,
        "--data-dir=/srv/e --initial-cluster-state=new",
        "root",
    );
    in_order(
        &steps(&three, &moved),
        &[
            "one host after the other",
            "systemctl stop etcd && mkdir -p /srv && mv -T /d /srv/e && systemctl daemon-reload && systemctl start etcd",
        ],
    );
    in_order(
        &steps(&three, &files(&THREE, NEW, "etcd")),
        &[
            "systemctl stop etcd && { id etcd || useradd",
            "chown -R etcd: /d && chown etcd /p/server.key /p/peer.key && systemctl daemon-reload",
        ],
    );
    let both = files(&THREE[..2], "--data-dir=/srv/e", "root");
    assert_eq!(
        try_change(&three, &both),
        Err(EtcdRefusal::Several {
            changes: vec!["the removed m2".to_owned(), "dataDir: /srv/e".to_owned()]
        })
    );
}

/// Three members of this version, as their units say it.
fn of_version(version: &str, flags: &str, program: &str) -> Vec<Files> {
    let mut three = files(&THREE, &format!("{NEW}{flags}"), "root");
    for files in &mut three {
        let unit = files.unit.replace("/usr/local/bin/etcd", program);
        files.unit = format!("{}{version}\n{unit}", crate::render::etcd::VERSION_COMMENT);
    }
    three
}

#[test]
fn a_new_release_is_installed_before_its_unit_is_read() {
    let usual = "/usr/local/bin/etcd";
    let old = of_version("3.5.6", "", usual);
    let new = of_version("3.5.12", " --tls-min-version=TLS1.2", usual);
    let steps = steps(&old, &new);
    in_order(
        &steps,
        &[
            "curl -fLO https://github.com/etcd-io/etcd/releases/download/v3.5.12/etcd-v3.5.12-linux-amd64.tar.gz\n",
            "| sha256sum --check && tar -xzf etcd-v3.5.12-linux-amd64.tar.gz",
            "endpoint health",
            &format!("{CTL} snapshot save etcd-before-3.5.12.db'"),
            "m0: stop etcd",
            ":\nssh root@10.0.0.10 'systemctl stop etcd'\nscp etcd-v3.5.12-linux-amd64/etcd etcd-v3.5.12-linux-amd64/etcdctl root@10.0.0.10:/usr/local/bin/\ntar -C m0 ",
            "systemctl daemon-reload && systemctl start etcd'\nssh ",
            "endpoint health",
            "m1: stop etcd",
            "m2: stop etcd",
        ],
    );
    assert!(!steps.concat().contains("upgrades"), "{steps:?}");
    let package = of_version("3.6", "", "/usr/bin/etcd");
    let at = of_version("3.5.12", "", "/usr/bin/etcd");
    in_order(
        &self::steps(&at, &package),
        &[
            "PATCH: of the newest 3.6 in ",
            "https://etcd.io/docs/v3.6/upgrades/upgrade_3_6/",
            "/v3.6.PATCH/etcd-v3.6.PATCH-linux-amd64.tar.gz",
            "where a package brings /usr/bin/etcd",
            "scp etcd-v3.6.PATCH-linux-amd64/etcd root@10.0.0.10:/usr/bin/etcd",
        ],
    );
    // What was rendered before units said it.
    let unknown = files(&THREE, NEW, "root");
    assert_eq!(self::steps(&unknown, &old), [""; 0]);
    assert!(!change(&unknown, &old).is_another);
    in_order(&self::steps(&unknown, &new), &["m0: stop etcd"]);
    // A patch release back is none of a kind that etcd refuses.
    assert!(change(&new, &old).is_another);
}

#[test]
fn etcd_goes_on_by_one_minor_release() {
    let of = |version| of_version(version, "", "/usr/local/bin/etcd");
    let refused = |was, is| try_change(&of(was), &of(is)).unwrap_err();
    let back = refused("3.6.9", "3.5.21");
    assert!(matches!(back, EtcdRefusal::Older { .. }));
    assert!(back.advice().starts_with("write 'version: v3.6.9'"));
    let skips = refused("3.4.13", "3.6");
    assert!(matches!(skips, EtcdRefusal::Skips { .. }));
    assert!(skips.advice().starts_with("write 'version: v3.5'"));
    let other = of_version("3.5.21", " --peer-cert-allowed-cn=etcd-peer", "/e");
    assert_eq!(
        try_change(&of("3.5.20"), &other),
        Err(EtcdRefusal::Several {
            changes: vec!["etcd 3.5.21".to_owned(), "peers: common-name".to_owned()]
        })
    );
}

#[test]
fn what_is_read_at_the_first_start_alone_is_no_other_etcd() {
    let three = files(&THREE, NEW, "root");
    let existing = NEW.replace("new", "existing");
    let existing = change(&three, &files(&THREE, &existing, "root"));
    assert!(!existing.is_another && existing.steps.len() == 1);
    assert!(!change(&three, &three).is_another);
    let plain = files(&THREE, &format!("{NEW} --logger=zap"), "root");
    let plain = change(&three, &plain);
    assert!(plain.is_another && plain.steps.is_empty());
    let added = [&THREE[..], &[("m3", 13)]].concat();
    assert!(change(&three, &files(&added, NEW, "root")).is_another);
}

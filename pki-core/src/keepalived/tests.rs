use proptest::prelude::*;

use super::*;

const GUIDES: &str = r#"! Configuration File for keepalived
global_defs {
    router_id LVS_DEVEL # a comment
}
vrrp_script check_apiserver {
  script "/etc/keepalived/check_apiserver.sh --x"
  interval 3
  weight -2
  fall 10
  rise 2
}
vrrp_instance VI_1
{
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 101
    authentication {
        auth_type PASS
        auth_pass 4be37dc3b4c90194d1600c483e10ad1d
    }
    virtual_ipaddress {
        10.0.0.100/24 dev eth0
        fd00::100
    }
    track_script {
        check_apiserver
        other weight -5
    }
}
include /etc/keepalived/conf.d/*.conf
"#;

#[test]
fn the_guides_file_is_read() {
    let conf = KeepalivedConf::parse(GUIDES.as_bytes());
    let script = conf.script("check_apiserver").unwrap();
    assert_eq!(
        script.command,
        Some((
            vec![
                "/etc/keepalived/check_apiserver.sh".to_owned(),
                "--x".to_owned()
            ],
            6
        ))
    );
    assert_eq!(
        (
            script.interval.value,
            script.fall.value,
            script.weight.value
        ),
        (3.0, 10, -2)
    );
    assert_eq!(script.fall.line, Some(9));
    let [instance] = &conf.instances[..] else {
        panic!("one instance")
    };
    assert_eq!((instance.name.as_str(), instance.line), ("VI_1", 12));
    assert!(instance.is_master.value);
    assert_eq!(instance.priority.value, 101);
    assert_eq!(instance.router_id, Some(("51".to_owned(), 16)));
    let (password, line) = instance.auth_pass.as_ref().unwrap();
    assert!(password.is_too_long() && !password.counting().is_too_long());
    assert_eq!(
        (*line, format!("{password:?}")),
        (20, "[elided]".to_owned())
    );
    let addresses: Vec<_> = instance
        .addresses
        .iter()
        .map(|it| it.0.to_string())
        .collect();
    assert_eq!(addresses, ["10.0.0.100", "fd00::100"]);
    let tracks: Vec<_> = instance
        .tracks
        .iter()
        .map(|it| (it.name.as_str(), it.line, it.weight))
        .collect();
    assert_eq!(
        tracks,
        [("check_apiserver", 27, None), ("other", 28, Some(-5))]
    );
    assert!(conf.is_watched(instance) && conf.braces.is_none());
    assert_eq!(instance.interface, Some((vec!["eth0".to_owned()], 15)));
    assert_eq!(instance.state, Some(("MASTER".to_owned(), 14)));
    assert!(!conf.has_script_security);
    assert_eq!((conf.global_line, conf.others), (Some(2), vec![31]));
}

#[test]
fn what_is_not_said_is_the_default() {
    let conf = KeepalivedConf::parse(b"vrrp_script a { script \"/x\" }\nvrrp_instance b {\n}\n}\n");
    let script = &conf.scripts[0];
    assert_eq!(
        (
            script.interval.value,
            script.fall.value,
            script.weight.value
        ),
        (1.0, 1, 0)
    );
    assert_eq!(script.command, Some((vec!["/x".to_owned()], 1)));
    assert_eq!(conf.instances[0].priority.value, 100);
    assert!(conf.instances[0].auth_pass.is_none());
}

#[test]
fn unicast_peers_are_read() {
    let conf = KeepalivedConf::parse(
        b"vrrp_instance a {\n advert_int 2\n nopreempt\n unicast_src_ip 10.0.0.10\n unicast_peer {\n  10.0.0.11\n  x\n  10.0.0.12\n }\n track_process {\n  haproxy\n }\n}\n",
    );
    let instance = &conf.instances[0];
    let wanted = Unicast {
        line: 5,
        peers: vec![([10, 0, 0, 11].into(), 6), ([10, 0, 0, 12].into(), 8)],
        source: Some(([10, 0, 0, 10].into(), 4)),
    };
    assert_eq!(instance.unicast, Some(wanted));
    assert_eq!(instance.advert_int, Some(("2".to_owned(), 2)));
    assert_eq!(instance.no_preempt, Some(3));
    assert!(conf.is_watched(instance));
}

#[test]
fn a_group_may_watch_for_its_instances() {
    let conf = KeepalivedConf::parse(
        b"vrrp_sync_group g {\n group {\n  a\n }\n track_script {\n  x\n }\n}\nvrrp_instance a {\n}\nvrrp_instance b {\n}\n",
    );
    let watched: Vec<_> = conf
        .instances
        .iter()
        .map(|it| conf.is_watched(it))
        .collect();
    assert_eq!(watched, [true, false]);
}

#[test]
fn what_counts_of_a_password_ends_with_a_whole_character() {
    let password = |text: &str| AuthPass(Zeroizing::new(text.to_owned()));
    assert!(password("1234567\u{e9}").counting() == password("1234567"));
    assert!(password("12345678").counting() == password("123456789").counting());
    assert!(!password("12345678").is_too_long());
}

proptest! {
    #[test]
    fn reading_never_panics(
        bytes: Vec<u8>,
        text in "(vrrp_instance |vrrp_script |global_defs |authentication |auth_pass |virtual_ipaddress |\\{|\\}|\n| |\"|!|#|@|\\$|1|\u{e9}){0,60}",
    ) {
        let _ = KeepalivedConf::parse(&bytes);
        let conf = KeepalivedConf::parse(text.as_bytes());
        // A fault is in a line that is there.
        if let Some(fault) = conf.braces {
            prop_assert!((1..=text.lines().count()).contains(&fault.line()));
        }
    }

    #[test]
    fn nothing_is_too_deep(depth in 0..5000_usize) {
        let text = format!("a {}\nvrrp_instance b {{\n}}\n", "{ a ".repeat(depth));
        let _ = KeepalivedConf::parse(text.as_bytes());
        let text = format!("{}{}\nvrrp_instance b {{\n}}\n", "a {".repeat(depth), "}".repeat(depth));
        prop_assert_eq!(KeepalivedConf::parse(text.as_bytes()).instances.len(), 1);
    }
}

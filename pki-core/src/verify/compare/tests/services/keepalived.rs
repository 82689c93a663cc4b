//! Virtual routers of several hosts.

use super::*;

fn change_all(trees: &mut [Files], from: &str, to: &str) {
    for files in trees {
        change(files, KEEPALIVED, from, to);
    }
}

/// A check without a weight takes its host out, whatever another one weighs.
#[test]
fn a_light_check_beside_one_that_takes_the_host_out() {
    let disk = "vrrp_script chk_disk {\n    script \"/usr/bin/test -w /var\"\n}\nvrrp_instance";
    let mut trees = fleet();
    change_all(&mut trees, "    weight -30\n", "");
    change_all(&mut trees, "vrrp_instance", disk);
    let tracks = "        check_apiserver\n        chk_disk weight -2\n";
    change_all(&mut trees, "        check_apiserver\n", tracks);
    assert_eq!(said(&trees).0, [""; 0]);
    // One that is not there keepalived passes over.
    let mut trees = fleet();
    let tracks = "        check_apiserver weight -2\n        other\n";
    change_all(&mut trees, "        check_apiserver\n", tracks);
    let wanted = "error keepalived-weight /etc/keepalived/keepalived.conf [m1 m2 m3] +0";
    assert_eq!(said(&trees).0, [wanted]);
}

#[test]
fn seconds_are_compared_as_numbers() {
    for (one, other, differ) in [
        ("1", "10", true),
        ("1", "1.0", false),
        ("0.5", "0.50", false),
    ] {
        let mut trees = fleet();
        let told = |told: &str| format!("    advert_int {told}\n    virtual_ipaddress");
        change_all(&mut trees[..2], "    virtual_ipaddress", &told(one));
        change_all(&mut trees[2..], "    virtual_ipaddress", &told(other));
        let (found, words) = said(&trees);
        let is_it = words.contains("advert_int is");
        assert_eq!(
            (found.len(), is_it),
            (usize::from(differ), differ),
            "{words}"
        );
    }
}

const INGRESS: &str = "vrrp_instance VI_INGRESS {\n    state BACKUP\n    interface eth0\n    \
    virtual_router_id 61\n    priority @PRIORITY@\n    virtual_ipaddress {\n        10.0.0.200\n    }\n    \
    track_script {\n        check_apiserver\n    }\n}\nvrrp_instance VI_1";

/// Each of several instances is compared with its own like.
#[test]
fn all_instances_are_compared() {
    let mut trees = fleet();
    for (files, priority) in trees.iter_mut().zip(["130", "150", "140"]) {
        let ingress = INGRESS.replace("@PRIORITY@", priority);
        change(files, KEEPALIVED, "vrrp_instance VI_1", &ingress);
    }
    assert_eq!(said(&trees).0, [""; 0]);
    let differs = "error keepalived-differs /etc/keepalived/keepalived.conf [m3] +0";
    for (from, to, what) in [
        ("virtual_router_id 51", "virtual_router_id 52", "VI_1"),
        ("virtual_router_id 61", "virtual_router_id 62", "VI_INGRESS"),
    ] {
        let mut trees = trees.clone();
        change(&mut trees[2], KEEPALIVED, from, to);
        let (found, words) = said(&trees);
        assert_eq!(found, [differs]);
        assert!(
            words.contains(&format!("virtual_router_id of '{what}' is")),
            "{words}"
        );
    }
    // The only one of a host goes with the one that has its address.
    let mut one = fleet();
    change(
        &mut one[2],
        KEEPALIVED,
        "vrrp_instance VI_1",
        "vrrp_instance VI_API",
    );
    change(
        &mut one[2],
        KEEPALIVED,
        "virtual_router_id 51",
        "virtual_router_id 52",
    );
    trees[2] = one[2].clone();
    assert_eq!(said(&trees).0, [differs]);
}

/// VRRP over a network that nothing else goes over.
#[test]
fn lists_of_another_network_have_every_other_host() {
    let mut trees = fleet();
    for (number, files) in (1_u8..).zip(&mut trees) {
        let others = (1..=3).filter(|other| *other != number);
        let peers: String = others
            .map(|it| format!("        192.168.50.1{it}\n"))
            .collect();
        let block = format!(
            "    unicast_src_ip 192.168.50.1{number}\n    unicast_peer {{\n{peers}    }}\n    virtual_ipaddress {{"
        );
        change(files, KEEPALIVED, "    virtual_ipaddress {", &block);
    }
    assert_eq!(said(&trees).0, [""; 0]);
    let mut lacking = trees.clone();
    change(&mut lacking[0], KEEPALIVED, "        192.168.50.13\n", "");
    let wanted = "error keepalived-unicast /etc/keepalived/keepalived.conf [m1] +1";
    assert_eq!(said(&lacking).0, [wanted]);
    // Without the address that a host writes from nothing tells.
    for (number, files) in (1_u8..).zip(&mut trees) {
        let source = format!("    unicast_src_ip 192.168.50.1{number}\n");
        change(files, KEEPALIVED, &source, "");
    }
    assert_eq!(said(&trees).0, [""; 0]);
}

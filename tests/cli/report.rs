//! `kpki report`: the page about a fleet.

use std::fs;

use serde_json::Value;

use crate::common::{Output, run};
use crate::setup::{NOW, Place, assert_no_secrets};

const HOSTS: [&str; 3] = ["m0=10.0.0.10", "m1=10.0.0.11", "m2=10.0.0.12"];

fn fleet() -> Place {
    let place = Place::new();
    let mut command = place.gen_command(&["--out", "out"]);
    for host in HOSTS {
        command.args(["--host", host]);
    }
    let output = run(&mut command);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    place
}

fn report(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command(&["report"]);
    if !arguments.contains(&"--now") {
        command.args(["--now", NOW]);
    }
    let output = run(command.args(arguments));
    assert_no_secrets(&output);
    output
}

/// The page, which must load nothing and have no secret.
#[track_caller]
fn page(place: &Place, name: &str) -> String {
    let page = fs::read_to_string(place.join(name)).expect("a page");
    assert!(page.starts_with("<!doctype html>\n<!-- made by kpki report -->\n"));
    assert!(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'"));
    for never in [
        "<script", "<link", "<img", "<iframe", " src=", "@import", "url(", " onload",
    ] {
        assert!(!page.contains(never), "{never}");
    }
    // What is linked is on the page itself; the name space is no address.
    for link in page.split("href=\"").skip(1) {
        let target = link.split('"').next().and_then(|it| it.strip_prefix('#'));
        let target = target.expect("a link within the page");
        assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
    }
    let addresses = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    assert!(!addresses.contains("http://"), "{page}");
    for secret in ["PRIVATE KEY", "client-key-data", "LS0tLS1CRUdJTi"] {
        assert!(!page.contains(secret), "{secret}");
    }
    page
}

#[test]
fn of_a_good_fleet() {
    let place = fleet();
    let arguments = ["out/m0", "out/m1", "out/m2", "--out", "a.html"];
    let output = report(&place, &arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stderr, "");
    let said = place.plain(&output.stdout);
    assert_eq!(said, "created DIR/a.html: 3 hosts, 0 errors, 0 warnings\n");
    let first = page(&place, "a.html");
    for text in [
        "<p class=\"verdict fine\">Nothing is wrong</p>",
        "<strong>2027-11-22</strong><span class=\"note\">apiserver, in 365 days</span>",
        "<h3>m2</h3>",
        "Made by kpki 0.1.0.",
    ] {
        assert!(first.contains(text), "{text}");
    }
    let again = report(&place, &[&arguments[..], &["-o", "json"]].concat());
    let json: Value = serde_json::from_str(&again.stdout).expect("one JSON document");
    assert_eq!(json["schema"], "kpki.report/v1");
    assert_eq!(json["action"], "replaced");
    assert_eq!((&json["hosts"], &json["errors"]), (&3.into(), &0.into()));
    assert_eq!(page(&place, "a.html"), first);
    let stdout = report(&place, &["out/m0", "out/m1", "out/m2", "--out", "-"]);
    assert_eq!(stdout.stdout, first);
}

#[test]
fn of_a_broken_fleet() {
    let place = fleet();
    let host = |name: &str| place.join(&format!("out/{name}/etc/kubernetes"));
    let other = fleet();
    for name in ["pki/ca.crt", "pki/ca.key"] {
        let from = other.join("out/m1/etc/kubernetes").join(name);
        fs::copy(from, host("m1").join(name)).expect("copied");
    }
    fs::remove_file(host("m2").join("pki/etcd/peer.crt")).expect("removed");
    let arguments = ["out/m0", "out/m1", "out/m2", "--out", "a.html"];
    let output = report(&place, &[&arguments[..], &["--now", "2027-12-24"]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let page = page(&place, "a.html");
    for text in [
        "<h3>Between the hosts</h3>",
        "m1 has another CA of the same name &#x27;CN=kubernetes&#x27;",
        "<p class=\"verdict error\">",
        "<a href=\"#rule-ca-differs\">",
        "<article id=\"rule-expired\">",
        "<pre><code>",
        ">missing</text>",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[test]
fn names_of_others_stay_names() {
    let place = fleet();
    let odd = "<script>alert(1)<!--\"'&amp;";
    fs::rename(place.join("out/m1"), place.join(&format!("out/{odd}"))).expect("renamed");
    let trees = ["out/m0", &format!("out/{odd}"), "out/m2"];
    let pki = place.join("out/m2/etc/kubernetes/pki");
    fs::copy(pki.join("ca.key"), pki.join("<b>.key")).expect("copied");
    let output = report(&place, &[&trees[..], &["--out", "a.html"]].concat());
    assert!(output.stdout.starts_with("created "), "{output:?}");
    let page = page(&place, "a.html");
    assert!(
        !page.contains("<b>.key") && !page.contains("<!--\""),
        "{page}"
    );
    assert!(page.contains("&lt;script&gt;alert(1)&lt;!--&quot;&#x27;&amp;amp;"));
    assert!(page.contains("&lt;b&gt;.key"), "{page}");
}

#[test]
fn what_others_wrote_stays() {
    let place = fleet();
    fs::write(place.join("a.html"), "<p>mine</p>").expect("written");
    let said = place.refused(&mut place.command(&["report", "out/m0", "--out", "a.html"]));
    assert_eq!(
        said,
        "error: 'a.html' is there, and kpki did not draw it\nhint: give another name, or --force\n"
    );
    let forced = report(&place, &["out/m0", "--out", "a.html", "--force"]);
    assert_eq!(forced.status.code(), Some(0), "{forced:?}");
    page(&place, "a.html");
    let nothing = place.refused(&mut place.command(&["report", "out", "--out", "b.html"]));
    assert!(nothing.contains("holds nothing of kubeadm"), "{nothing}");
    let both = place.command(&["report", "out/m0", "--out", "-", "-o", "json"]);
    let mut both = both;
    let both = run(&mut both);
    assert_eq!(both.status.code(), Some(2), "{both:?}");
}

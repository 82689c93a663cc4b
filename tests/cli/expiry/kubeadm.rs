//! kubeadm's command and its document.

use super::*;

/// A line of kubeadm's two tables: name, time left, CA, managed elsewhere.
type Listed = (String, String, String, bool);

/// What kubeadm v1.20.2 printed, with the CA that it gives kubeconfigs since 1.24.
fn recorded(name: &str) -> Vec<Listed> {
    let path = fixture("kubeadm/check-expiration").join(name);
    let text = fs::read_to_string(path).expect("a recorded output");
    let rows = text.lines().filter(|line| !line.contains("EXPIRES"));
    let rows = rows.filter(|line| !line.is_empty() && !line.starts_with(['$', '[']));
    let listed = rows.map(|line| {
        if let Some(name) = line.strip_prefix("!MISSING! ") {
            return (name.trim().to_owned(), String::new(), String::new(), false);
        }
        let (name, rest) = line.split_once(' ').expect("a row");
        let (_, rest) = rest.split_once(" UTC").expect("a time");
        let cells: Vec<&str> = rest.split_whitespace().collect();
        let (left, authority, external) = match cells[..] {
            [left, authority, external] => (left, authority, external),
            [left, external] if name.ends_with(".conf") => (left, "ca", external),
            [left, external] => (left, "", external),
            _ => panic!("{line}"),
        };
        (
            name.to_owned(),
            left.to_owned(),
            authority.to_owned(),
            external == "yes",
        )
    });
    listed.collect()
}

/// The same of our document in kubeadm's schema.
fn listed(document: &Value) -> Vec<Listed> {
    assert_eq!(document["kind"], "CertificateExpirationInfo");
    assert_eq!(document["apiVersion"], "output.kubeadm.k8s.io/v1alpha3");
    let rows = ["certificates", "certificateAuthorities"].map(|key| document[key].as_array());
    let rows = rows
        .into_iter()
        .flat_map(|rows| rows.expect("a list").iter());
    let row = |row: &Value| {
        let days = row["residualTime"].as_i64().expect("seconds") / 86_400;
        let left = match (row["missing"].as_bool().expect("a word"), days) {
            (true, _) => String::new(),
            (false, 0..365) => format!("{days}d"),
            (false, _) => format!("{}y", days / 365),
        };
        assert_eq!(
            row["expirationDate"].is_null(),
            row["missing"] == true,
            "{row}"
        );
        let authority = row["caName"].as_str().unwrap_or_default();
        let external = row["externallyManaged"].as_bool().expect("a word");
        let name = row["name"].as_str().expect("a name");
        (name.to_owned(), left, authority.to_owned(), external)
    };
    rows.map(row).collect()
}

#[test]
fn kubeadms_own_document_lists_what_kubeadm_listed() {
    let place = Place::new();
    let old = ["--kubernetes-version", "v1.20.2"];
    let made = place.one("10.0.0.10", &old);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let document = |place: &Place| {
        let output = expiry(place, LATER, &["k", "-o", "kubeadm-json"]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let mut alias = place.command(&["certs", "check-expiration", "--now", LATER]);
        let alias = run(alias.args(["--cert-dir", "k/pki", "-o", "json"]));
        assert_eq!(alias.stdout, output.stdout);
        json(&output)
    };
    assert_eq!(listed(&document(&place)), recorded("stacked.txt"));

    for file in ["apiserver-etcd-client.crt", "apiserver-etcd-client.key"] {
        fs::remove_file(place.join("k/pki").join(file)).expect("removed");
    }
    assert_eq!(listed(&document(&place)), recorded("missing-leaf.txt"));

    let place = Place::new();
    let made = place.one("10.0.0.10", &[&old[..], &["--etcd", "external"]].concat());
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    fs::remove_dir_all(place.join("k/pki/etcd")).expect("where kubeadm has no such files");
    for file in ["apiserver-etcd-client.crt", "apiserver-etcd-client.key"] {
        let _ = fs::remove_file(place.join("k/pki").join(file));
    }
    assert_eq!(listed(&document(&place)), recorded("external-etcd.txt"));
}

#[test]
fn kubeadms_command_is_an_alias() {
    let place = Place::new();
    place.made("10.0.0.10");
    let own = expiry(&place, LATER, &["k", "--within", "1y"]);
    let mut alias = place.command(&["certs", "check-expiration", "--now", LATER]);
    let alias = run(alias.args(["k", "--within", "1y"]));
    assert_eq!(
        (own.stdout, own.status.code()),
        (alias.stdout, alias.status.code())
    );
    let both = ["certs", "check-expiration", "k", "--cert-dir", "k/pki"];
    place.refused(&mut place.command(&both));
}

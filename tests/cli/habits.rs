//! What people type by mistake or by habit, and how they are led on.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use serde_json::Value;

use crate::common::run;
use crate::golden::golden;
use crate::setup::{NOW, Place};

#[test]
fn every_mistake_leads_on() {
    let place = Place::new();
    place.made("10.0.0.10");
    let mut all = String::new();
    for line in [
        "check k",
        "doctor",
        "renew",
        "show k/pki/ca.crt",
        "version",
        "certs renew all",
        "gencert -initca",
        "upload-certs",
        "generate",
        "config migrate",
        "reset",
        "token create",
        "diff k k",
        "draw k",
        "backup k",
        "copy --force --to ./m1",
        "verfy k",
        "verify k/pki/apiserver.crt",
        "verify k/admin.conf",
        "verify none",
        "expiry k/pki/ca.crt",
        "verify --json k",
        "verify --cert-dir k/pki",
        "verify -v k",
        "verify -o yaml k",
        "verify --now 90d k",
        "verify --now tomorrow k",
        "expiry --within 30 k",
        "expiry --days 30 k",
        "gen -d x",
        "gen --days 3",
        "inspect --days 3 x",
        "gen --date 2027-03-01",
        "lint --kubeconfig x",
        "certs check-expiration --yaml",
        "explain ca-expird",
        "explain wrong_c",
        "explain zzzz",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let said = place.refused(&mut place.command(&words));
        all.push_str(&format!("$ kpki {line}\n{said}\n"));
    }
    golden("habits.txt", &all);
}

#[test]
fn what_is_meant_is_clear() {
    let place = Place::new();
    place.made("10.0.0.10");
    let outputs = |lines: [&str; 2]| {
        lines.map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let output = run(&mut place.command(&words));
            assert_eq!(output.stderr, "", "{line}");
            (output.status.code(), output.stdout)
        })
    };
    for lines in [
        ["help verify", "verify --help"],
        ["help", "--help"],
        ["explain WRONG_CA,expired", "explain wrong-ca expired"],
        [
            "verify k -o JSON --now 2027-03-01",
            "verify k -o json --now 2027-03-01T00:00:00Z",
        ],
        [
            "verify k --now 2027-03",
            "--now 2027-03-01T01:00:00+01:00 verify k",
        ],
        [
            "expiry k -o Json --now 2027-03",
            "expiry k -o json --now 2027-03-01",
        ],
    ] {
        let [one, other] = outputs(lines);
        assert_eq!(one, other, "{lines:?}");
    }
}

/// Distances are counted from the clock, whatever it says.
#[test]
fn a_distance_is_counted_from_now() {
    let place = Place::new();
    let days = |now: &str| {
        let mut command = place.command(&["inspect", "x.pem", "-o", "json", "--now", now]);
        let document: Value = serde_json::from_str(&run(&mut command).stdout).expect("JSON");
        document["now"].as_str().expect("a time").to_owned()
    };
    fs::write(place.join("x.pem"), "").expect("written");
    let present = days("+0s");
    assert!(days("-1d") < present && present < days("+1d"));
    assert!(days("+31d") < days("+2mo") && days("+11mo") < days("+1y"));
}

/// Programs get names as they are; people see nothing move.
#[test]
fn odd_names_in_every_format() {
    let place = Place::new();
    place.made("10.0.0.10");
    let names: [&[u8]; 7] = [
        b"new\nline",
        b"esc\x1b[2J",
        b"esc\t[2J",
        b"not\xfftext",
        b"quo\"te's",
        b"back\\slash|pipe`",
        "turned\u{202e}round".as_bytes(),
    ];
    for name in names {
        for (kind, from) in [
            (&b".crt"[..], "front-proxy-client.crt"),
            (b".key", "sa.key"),
        ] {
            let name = [name, kind].concat();
            let to = place.join("k/pki").join(OsStr::from_bytes(&name));
            fs::copy(place.join("k/pki").join(from), to).expect("copied");
        }
    }
    let output = |words: &[&str]| {
        let output = run(place.command(words).args(["k", "--now", NOW]));
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let is_odd = |c: char| c != '\n' && c.is_control() || c == '\u{202e}';
        // The format of metrics has three escapes and no others.
        let is_metrics = words.contains(&"prometheus");
        let odd = output
            .stdout
            .chars()
            .find(|c| is_odd(*c) && !(is_metrics && *c == '\u{202e}'));
        assert_eq!(odd, None, "{words:?}: {}", output.stdout);
        output.stdout
    };
    golden("odd-names-verify.txt", &output(&["verify"]));
    golden(
        "odd-names-verify.md",
        &output(&["verify", "-o", "markdown"]),
    );
    golden("odd-names-expiry.txt", &output(&["expiry"]));
    let metrics = output(&["expiry", "-o", "prometheus"]);
    let error = |name: &str| {
        let file = format!("x509_cert_error{{filename=\"{name}\",");
        metrics
            .lines()
            .filter(|line| line.starts_with(&file))
            .count()
    };
    for (name, count) in [
        ("new\\nline.crt", 1),
        ("quo\\\"te's.crt", 1),
        ("back\\\\slash|pipe`.crt", 1),
        ("esc\u{fffd}[2J.crt", 1),
        ("not\u{fffd}text.crt", 1),
    ] {
        assert_eq!(error(name), count, "{name}: {metrics}");
    }
    for words in [["verify", "-o", "json"], ["expiry", "-o", "json"]] {
        let document: Value = serde_json::from_str(&output(&words)).expect("JSON");
        let lists = [&document["hosts"][0]["findings"], &document["certificates"]];
        let rows = lists.into_iter().filter_map(Value::as_array).flatten();
        let all = rows.flat_map(|row| {
            let consequences = row["consequences"].as_array().into_iter().flatten();
            std::iter::once(row).chain(consequences)
        });
        let files: Vec<_> = all.filter_map(|row| row["file"].as_str()).collect();
        for name in [
            "new\nline",
            "esc\u{1b}[2J",
            "not\u{fffd}text",
            "back\\slash|pipe`",
        ] {
            let file = format!("pki/{name}.");
            let is_there = files.iter().any(|known| known.starts_with(&file));
            assert!(is_there, "{words:?}: {name}: {files:?}");
        }
    }
}

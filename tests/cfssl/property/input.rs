//! Configurations and requests as people write them, good and bad.
//!
//! Left out is what cfssl 1.2, which is the version at hand, does otherwise than
//! 1.6: hosts that look like a URI, `E` and `OID` in names, extensions, Ed25519.

use std::net::IpAddr;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

/// One pair of runs.
#[derive(Clone, Debug)]
pub(super) struct Input {
    /// No file without one.
    pub(super) config: Option<Value>,
    pub(super) profile: Option<&'static str>,
    pub(super) hostname: Option<String>,
    pub(super) request: Value,
    pub(super) init_ca: bool,
}

impl Input {
    /// Whether the configuration lacks the profile that is asked for.
    pub(super) fn has_unknown_profile(&self) -> bool {
        let profiles = self
            .config
            .as_ref()
            .map(|config| &config["signing"]["profiles"]);
        let known = |profile| profiles.is_some_and(|profiles| profiles.get(profile).is_some());
        self.profile.is_some_and(|profile| !known(profile))
    }

    /// Whether neither the subject nor the hosts say anything. Of the hosts of a
    /// CA, only addresses are kept.
    pub(super) fn has_no_name(&self) -> bool {
        let says = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        let entries = self.request["names"].as_array().into_iter().flatten();
        let mut fields = entries.filter_map(Value::as_object).flat_map(Map::values);
        let subject =
            says(&self.request["CN"]) || says(&self.request["serialnumber"]) || fields.any(says);
        let config = self
            .config
            .as_ref()
            .map(Value::to_string)
            .unwrap_or_default();
        let may_be_ca = config.contains(r#""is_ca":true"#);
        let kept = |host: &str| match may_be_ca {
            true => host.parse::<IpAddr>().is_ok(),
            false => !host.is_empty(),
        };
        let alt_names = match &self.hostname {
            Some(hostname) => hostname.split(',').any(kept),
            None => {
                let mut hosts = self.request["hosts"].as_array().into_iter().flatten();
                hosts.any(|host| host.as_str().is_some_and(kept))
            }
        };
        !subject && !alt_names
    }
}

pub(super) fn input() -> impl Strategy<Value = Input> {
    let profile = option::weighted(0.5, prop_oneof![9 => Just("p"), 1 => Just("nope")]);
    let hostname = option::weighted(0.2, vec(select(PLAIN_HOSTS), 1..4));
    let hostname = hostname.prop_map(|hosts| hosts.map(|hosts| hosts.join(",")));
    let config = option::weighted(0.9, config());
    let inputs = (config, profile, hostname, proptest::bool::weighted(0.3));
    inputs.prop_flat_map(|(config, profile, hostname, init_ca)| {
        request(if init_ca { 0.7 } else { 0.02 }).prop_map(move |request| Input {
            // With -initca, neither has a meaning.
            config: config.clone().filter(|_| !init_ca),
            profile: profile.filter(|_| !init_ca),
            hostname: hostname.clone(),
            request,
            init_ca,
        })
    })
}

fn config() -> impl Strategy<Value = Value> {
    let profiles = option::weighted(0.8, profile());
    (profile(), profiles).prop_map(|(default, profile)| {
        let profiles = profile.map(|profile| json!({"p": profile}));
        json!({"signing": object([("default", Some(default)), ("profiles", profiles)])})
    })
}

fn profile() -> impl Strategy<Value = Value> {
    let usages = prop_oneof![
        9 => subsequence(USAGES, 1..6).prop_shuffle(),
        1 => subsequence(ODD_USAGES, 0..2),
        2 => (subsequence(USAGES, 1..4), subsequence(ODD_USAGES, 1..2))
            .prop_map(|(known, odd)| [known, odd].concat()),
    ];
    let url = |url: &'static str| option::weighted(0.3, Just(json!(url)));
    let issuers = select(vec![
        json!([]),
        json!(["http://i.example/a"]),
        json!(["http://i/", "h"]),
    ]);
    let backdate = select(vec![json!("1h"), json!("90s"), json!("0s"), json!("")]);
    (
        option::weighted(0.95, expiry()),
        option::weighted(0.95, usages),
        option::weighted(0.3, ca_constraint()),
        (
            url("http://o.example/"),
            url("http://c.example/crl"),
            option::weighted(0.3, issuers),
        ),
        option::weighted(0.2, backdate),
        option::weighted(0.2, any::<bool>()),
    )
        .prop_map(
            |(expiry, usages, ca, (ocsp, crl, issuers), backdate, no_check)| {
                object([
                    ("expiry", expiry.map(|expiry| json!(expiry))),
                    ("usages", usages.map(|usages| json!(usages))),
                    ("ca_constraint", ca),
                    ("ocsp_url", ocsp),
                    ("crl_url", crl),
                    ("issuer_urls", issuers),
                    ("backdate", backdate),
                    ("ocsp_no_check", no_check.map(|yes| json!(yes))),
                ])
            },
        )
}

fn ca_constraint() -> impl Strategy<Value = Value> {
    let length = option::of(-1..4_i8);
    (any::<bool>(), length, option::of(any::<bool>())).prop_map(|(is_ca, length, zero)| {
        object([
            ("is_ca", Some(json!(is_ca))),
            ("max_path_len", length.map(|length| json!(length))),
            ("max_path_len_zero", zero.map(|zero| json!(zero))),
        ])
    })
}

fn request(ca_section: f64) -> impl Strategy<Value = Value> {
    let host = prop_oneof![4 => select(PLAIN_HOSTS), 1 => select(ODD_HOSTS)];
    let key = prop_oneof![
        12 => select(vec![
            json!({"algo": "ecdsa", "size": 256}),
            json!({"algo": "ecdsa", "size": 384}),
            json!({"size": 384}),
            json!({}),
            Value::Null,
        ]),
        1 => select(vec![
            json!({"algo": "ecdsa", "size": 255}),
            json!({"algo": "ECDSA", "size": 256}),
        ]),
    ];
    let section = (
        option::of(expiry()),
        option::of(0..3_u8),
        option::of(any::<bool>()),
    );
    let section = section.prop_map(|(expiry, length, zero)| {
        object([
            ("expiry", expiry.map(|expiry| json!(expiry))),
            ("pathlen", length.map(|length| json!(length))),
            ("pathlenzero", zero.map(|zero| json!(zero))),
        ])
    });
    (
        option::weighted(0.9, select(TEXTS)),
        option::weighted(0.8, vec(host, 0..5)),
        option::weighted(0.6, vec(name(), 0..4)),
        option::weighted(0.7, key),
        option::weighted(0.1, Just(json!("sn-1"))),
        option::weighted(ca_section, section),
    )
        .prop_map(|(common_name, hosts, names, key, serial_number, section)| {
            object([
                ("CN", common_name.map(|name| json!(name))),
                ("hosts", hosts.map(|hosts| json!(hosts))),
                ("names", names.map(|names| json!(names))),
                ("key", key),
                ("serialnumber", serial_number),
                ("ca", section),
            ])
        })
}

fn name() -> impl Strategy<Value = Value> {
    let text = || option::weighted(0.4, select(TEXTS));
    (text(), text(), text(), text(), text()).prop_map(|(c, st, l, o, ou)| {
        let fields = [("C", c), ("ST", st), ("L", l), ("O", o), ("OU", ou)];
        object(fields.map(|(field, text)| (field, text.map(|text| json!(text)))))
    })
}

fn expiry() -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => select(EXPIRIES), 1 => select(ODD_EXPIRIES)]
}

fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let members = members.into_iter();
    let members = members.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect::<Map<_, _>>())
}

const USAGES: &[&str] = &[
    "signing",
    "digital signature",
    "key encipherment",
    "data encipherment",
    "key agreement",
    "cert sign",
    "crl sign",
    "encipher only",
    "decipher only",
    "any",
    "server auth",
    "client auth",
    "code signing",
    "email protection",
    "s/mime",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "timestamping",
    "ocsp signing",
    "microsoft sgc",
    "netscape sgc",
];
const ODD_USAGES: &[&str] = &["Server Auth", "client auth ", "serverAuth", ""];
const EXPIRIES: &[&str] = &[
    "1h",
    "8760h",
    "1h30m",
    "90m",
    "1.5h",
    ".5h",
    "3600s",
    "1h30m0.5s",
    "876000h",
    "1h0m5000ms",
];
const ODD_EXPIRIES: &[&str] = &[
    "", "0", "0h", "-1h", "1y", "365d", "8760", "2562048h", "h", "1h ", "1 h", "+1h", "1h-1m",
];
const TEXTS: &[&str] = &[
    "plain",
    "With Space",
    "it's (ok)+,-./:=?",
    "a*b",
    "a@b.example",
    "a_b",
    "R&D",
    "Zürich",
    "日本",
    "",
    " ",
    "US",
    "system:masters",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];
const PLAIN_HOSTS: &[&str] = &[
    "a.example",
    "localhost",
    "b",
    "UPPER.Case",
    "trail.dot.",
    "10.0.0.1",
    "192.0.2.7",
    "::1",
    "2001:db8::7",
    "::ffff:1.2.3.4",
    "a@b.example",
];
const ODD_HOSTS: &[&str] = &[
    "",
    "010.0.0.1",
    "10.0.0.0/24",
    "10.0.0.1:2379",
    "[::1]",
    "1.2.3",
    "a b",
    " lead",
    "a_b.c",
    "*.w.example",
    "Bob <b@x.example>",
    "a@",
    "-x",
    "a..b",
];

//! Whatever both cfssl and kpki accept, both make the same of.
//!
//! `PROPTEST_CASES=1000 cargo test --test cfssl property` tries more than CI does.

mod input;

use std::sync::OnceLock;

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::Value;

use crate::common::difference::differences;
use crate::describe::without_repeated;
use crate::improvements::without_empty_alt_name;
use crate::outcome::{self, Outcome, each_validity};
use crate::place::{Place, Tools};
use input::{Input, input};

const ROUNDS: u32 = 64;

/// What only kpki refuses.
struct Refusal {
    /// A part of what it says then.
    says: &'static str,
    when: fn(&Input) -> bool,
    /// What cfssl does. It is told when the test fails.
    cfssl: &'static str,
}

const REFUSED_BY_KPKI: &[Refusal] = &[
    Refusal {
        says: "unknown profile",
        when: Input::has_unknown_profile,
        cfssl: "takes the default profile without a word",
    },
    Refusal {
        says: "expiry",
        when: |input| has_negative(&input.config) || has_negative(&Some(input.request.clone())),
        cfssl: "issues what ends before it begins",
    },
    Refusal {
        says: "neither a subject nor",
        when: Input::has_no_name,
        cfssl: "issues a certificate that does not say whose it is",
    },
];

/// What cfssl says of a profile once it has a key, and kpki before: of two faults
/// they may tell different ones.
const SAID_EARLIER: &str = r#"{"code":5100,"message":"Invalid policy: no key usage available"}"#;

#[test]
fn what_both_accept_is_the_same() {
    let Some(real) = Tools::real() else {
        return;
    };
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = ROUNDS;
    }
    // Each step of shrinking is two runs.
    config.max_shrink_iters = 100;
    let ours = Tools::under_test();
    let result = TestRunner::new(config).run(&input(), |input| same(&input, &real, &ours));
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn same(input: &Input, real: &Tools, ours: &Tools) -> Result<(), TestCaseError> {
    let (mut expected, actual) = (run(input, real), run(input, ours));
    let fail = |reason: String| {
        let said = (&expected.stderr, &actual.stderr);
        Err(TestCaseError::fail(format!(
            "{reason}\ncfssl and kpki say {said:#?}"
        )))
    };
    let mut refusals = REFUSED_BY_KPKI
        .iter()
        .filter(|refusal| (refusal.when)(input));
    let allowed = refusals
        .clone()
        .map(|refusal| refusal.cfssl)
        .collect::<Vec<_>>();
    let refused_better = refusals.any(|refusal| actual.stderr.contains(refusal.says));
    match (expected.exit, actual.exit) {
        (Some(0), Some(0)) => {}
        (Some(0), Some(1)) if refused_better => return Ok(()),
        (Some(1), Some(1)) => {
            let last = expected.stderr.lines().last().unwrap_or_default();
            let mut lines = actual.stderr.lines();
            let same = lines.any(|line| line == last || line == SAID_EARLIER) || refused_better;
            return if same {
                Ok(())
            } else {
                fail("another error".to_owned())
            };
        }
        (expected, actual) => {
            return fail(format!(
                "exit: {expected:?}, {actual:?}; allowed only where cfssl {allowed:?}"
            ));
        }
    }
    for name in ["cert", "csr"].into_iter().filter(|_| *ours == Tools::Kpki) {
        without_empty_alt_name(&mut expected.describe[name]);
        // X.501 has a set there.
        without_repeated(&mut expected.describe[name]);
    }
    let found = differences(&expected.describe, &actual.describe);
    if !found.is_empty() {
        return fail(found.join("\n"));
    }
    let starts = expected.not_before.iter().zip(&actual.not_before);
    // notBefore is rounded to a minute, so that a second may make a minute.
    if starts
        .map(|(one, other)| one.abs_diff(*other))
        .any(|apart| apart > 62)
    {
        return fail(format!(
            "notBefore: {:?}, {:?}",
            expected.not_before, actual.not_before
        ));
    }
    Ok(())
}

fn run(input: &Input, tools: &Tools) -> Outcome {
    let place = Place::new(tools);
    place.write("csr.json", input.request.to_string());
    let mut script = "cfssl gencert".to_owned();
    if input.init_ca {
        script.push_str(" -initca");
    } else {
        let (certificate, key) = authority();
        place.write("ca.pem", certificate);
        place.write("ca-key.pem", key);
        script.push_str(" -ca ca.pem -ca-key ca-key.pem");
    }
    if let Some(config) = &input.config {
        place.write("config.json", config.to_string());
        script.push_str(" -config config.json");
    }
    if let Some(profile) = input.profile {
        script.push_str(&format!(" -profile {profile}"));
    }
    if let Some(hostname) = &input.hostname {
        script.push_str(&format!(" -hostname '{hostname}'"));
    }
    script.push_str(" csr.json");
    let mut outcome = outcome::run(&place, &script, &[], &Default::default(), "ca.pem");
    each_validity(&mut outcome.describe, &mut |validity| {
        validity.remove("not_before_utc");
        validity.remove("not_after_utc");
    });
    outcome
}

/// The certificate and the key of a CA.
fn authority() -> &'static (Vec<u8>, Vec<u8>) {
    static AUTHORITY: OnceLock<(Vec<u8>, Vec<u8>)> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let place = Place::new(&Tools::real().expect("asked before"));
        let request = r#"{"CN": "the authority", "ca": {"expiry": "2000000h"}}"#;
        place.write("ca.json", request);
        let output = place.run("cfssl gencert -initca ca.json | cfssljson -bare ca", &[]);
        assert!(output.status.success(), "{}", output.stderr);
        (place.read("ca.pem"), place.read("ca-key.pem"))
    })
}

fn has_negative(document: &Option<Value>) -> bool {
    let text = document.as_ref().map(Value::to_string);
    text.is_some_and(|text| text.contains(r#""-1h""#))
}

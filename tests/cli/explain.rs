//! `kpki explain`: the story of every rule, and the page that is made of them.

use pki_core::Rule;
use pki_core::cfssl::LintRule;
use serde_json::Value;

use crate::common::{Output, run};
use crate::golden::golden;
use crate::setup::Place;

fn explain(place: &Place, arguments: &[&str]) -> Output {
    let output = run(place.command(&["explain"]).args(arguments));
    assert_eq!(output.stderr, "", "{output:?}");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    output
}

#[test]
fn a_rule_has_its_story() {
    let place = Place::new();
    let output = explain(
        &place,
        &["other-ca-same-name", "usage-twice", "outlives-ca"],
    );
    golden("explain.txt", &output.stdout);
}

#[test]
fn all_are_listed() {
    let place = Place::new();
    let list = explain(&place, &[]).stdout;
    let json = explain(&place, &["-o", "json"]).stdout;
    let document: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(document["schema"], "kpki.explain/v1");
    let rules = document["rules"].as_array().expect("a list");
    assert_eq!(rules.len(), Rule::ALL.len() + LintRule::ALL.len());
    for rule in rules {
        let id = rule["id"].as_str().expect("a name");
        let severity = rule["severity"].as_str().expect("a word");
        assert!(list.contains(&format!("  {severity} {id}\n")), "{id}");
        let is_told = !rule["story"].as_str().expect("a text").is_empty();
        assert_eq!(is_told, rule["command"] == "verify", "{id}");
    }
}

#[test]
fn the_page_of_rules_is_current() {
    let place = Place::new();
    let page = explain(&place, &["-o", "markdown"]).stdout;
    golden("../../docs/rules.md", &page);
}

#[test]
fn a_misspelt_rule_is_known() {
    let place = Place::new();
    let mut command = place.command(&["explain", "wrong-cs"]);
    let said = place.refused(&mut command);
    assert_eq!(
        said,
        "error: there is no rule 'wrong-cs'\nhint: did you mean 'wrong-ca'?\n"
    );
    let said = place.refused(&mut place.command(&["explain", "\u{1b}[2Jzzzzzzzzzz"]));
    assert!(
        said.starts_with("error: there is no rule '\\u{1b}[2Jzzzzzzzzzz'\n"),
        "{said}"
    );
}

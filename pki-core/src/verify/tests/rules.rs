//! The table of rules.

use super::*;

#[test]
fn rules_have_distinct_ids_and_plain_words() {
    let mut ids: Vec<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), Rule::ALL.len());
    for rule in Rule::ALL {
        assert!(!rule.why().ends_with('.') && rule.why().starts_with(char::is_alphabetic));
        assert_eq!(Rule::find(rule.id()), Some(*rule));
        let story = rule.story();
        assert!(story.ends_with('.') && !story.contains("  "), "{rule}");
        let sentences = story.matches(". ").count() + 1;
        assert!((2..=7).contains(&sentences), "{rule}: {sentences}");
    }
    assert_eq!(Rule::find("no-such-rule"), None);
}

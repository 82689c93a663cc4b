use pki_core::graph::Graph;
use pki_core::{
    Cluster, Comparison, Consequence, Finding, Fix, FixStep, FleetFinding, Host, NotChecked, Rule,
    Severity,
};
use proptest::prelude::*;

use super::*;
use crate::env::Env;
use crate::output::verify_report::VerifyReport;

/// The page of two hosts, with this text wherever a text of others may be.
fn with(text: &str) -> String {
    let host =
        |name: &str, last| Host::control_plane(name.parse().unwrap(), [10, 0, 0, last].into());
    let mut graph = Graph::planned(&Cluster::new(vec![host("m0", 1), host("m1", 2)]));
    graph.name = Some(text.to_owned());
    let finding = Finding {
        rule: Rule::Expired,
        severity: Severity::Error,
        file: text.to_owned(),
        message: text.to_owned(),
        why: text.to_owned(),
        fix: Fix {
            steps: vec![FixStep::Say(text.to_owned()), FixStep::Run(text.to_owned())],
        },
        place: None,
        consequences: vec![Consequence {
            file: text.to_owned(),
            message: text.to_owned(),
            rule: None,
        }],
    };
    let between = Comparison {
        findings: vec![FleetFinding {
            hosts: vec![text.to_owned()],
            finding,
        }],
        checked: 1,
    };
    let not_checked = NotChecked {
        what: text.to_owned(),
        why: text.to_owned(),
        flag: None,
    };
    let env = Env::without_clock();
    let report = VerifyReport::new(Vec::new(), Vec::new(), between, &[], false, &env)
        .with_not_checked([not_checked].into_iter());
    page(&graph, &report.page(), env.now).unwrap()
}

/// The page without the pictures, which shorten names.
fn without_pictures(page: &str) -> String {
    let mut out = String::new();
    for (number, part) in page.split("<div class=\"picture").enumerate() {
        let rest = match number {
            0 => part,
            _ => part.split_once("</svg>").map_or(part, |(_, rest)| rest),
        };
        out.push_str(rest);
    }
    out
}

#[test]
fn every_text_is_there_and_escaped() {
    let page = with("<i>&\"'\n\u{202e}");
    let escaped = "&lt;i&gt;&amp;&quot;&#x27;\\n\\u{202e}";
    assert!(page.contains("<title>PKI of &lt;i&gt;"), "{page}");
    assert_eq!(
        without_pictures(&page).matches(escaped).count(),
        12,
        "{page}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_text_becomes_markup(
        text in "\\PC{1,40}|[\"'<>&/=\n\u{0}\u{202e}-]{1,30}|(</title>|</style>|<script>|-->|]]>|\\{\\{ style \\}\\}){1,4}"
    ) {
        let (page, harmless) = (without_pictures(&with(&text)), without_pictures(&with("m")));
        for sign in ["<", ">", "\"", "<script"] {
            let count = |page: &str| page.matches(sign).count();
            prop_assert_eq!(count(&page), count(&harmless), "{}", page);
        }
        prop_assert!(page.chars().all(|c| c == '\n' || !c.is_control()));
    }
}

//! Faults side by side: none hides another, and none is blamed on another.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::faults::{described, faults, row_of, with};
use super::*;

/// A fault and perhaps another one; whether what they touch is apart.
fn pairs(apart: bool) -> impl Strategy<Value = (&'static Fault, Option<&'static Fault>)> {
    (select(faults()), any::<Index>()).prop_map(move |(one, index)| {
        let scope = one.scope();
        let others = faults().iter().copied();
        let others: Vec<_> = others
            .filter(|other| other.scope().is_disjoint(&scope) == apart)
            .collect();
        (one, (!others.is_empty()).then(|| *index.get(&others)))
    })
}

/// What is told to somebody who has described the host, and to somebody who
/// has not.
fn reports(tree: &Tree) -> [(bool, Report); 3] {
    [
        (true, expectation(&described())),
        (false, Expectation::default()),
        (false, Expectation::from_tree(tree)),
    ]
    .map(|(described, told)| (described, verify(tree, &told, now())))
}

fn in_both_orders<'a>(one: &'a Fault, other: Option<&'a Fault>) -> [Vec<&'a Fault>; 2] {
    let faults: Vec<_> = std::iter::once(one).chain(other).collect();
    let reversed = faults.iter().rev().copied().collect();
    [faults, reversed]
}

fn shown(report: &Report) -> Vec<String> {
    let shown = |finding: &Finding| format!("{} {}", finding.rule, finding.file);
    let mut shown: Vec<_> = report.findings.iter().map(shown).collect();
    shown.sort();
    shown
}

fn check_apart(one: &Fault, other: Option<&Fault>) -> Result<(), TestCaseError> {
    let mut answers = Vec::new();
    for faults in in_both_orders(one, other) {
        let tree = with(&faults);
        let reports = reports(&tree);
        for (described, report) in &reports {
            let wanted = faults.iter().flat_map(|fault| fault.finds(*described));
            let mut wanted: Vec<_> = wanted.map(|it| (*it).to_owned()).collect();
            wanted.sort();
            prop_assert_eq!(shown(report), wanted, "{:#?}", report.findings);
        }
        answers.push(reports.map(|(_, report)| Report {
            // Keys are random.
            identities: Vec::new(),
            ..report
        }));
    }
    prop_assert_eq!(&answers[0], &answers[1]);
    Ok(())
}

fn check_together(one: &Fault, other: &Fault) -> Result<(), TestCaseError> {
    let scope: BTreeSet<String> = &one.scope() | &other.scope();
    // What breaks a file anew takes away what the fault before did to it, and may itself take a
    // description to be seen.
    let both = [one, other];
    let is_seen = both.iter().all(|fault| !fault.finds(false).is_empty());
    let is_bad = is_seen
        && both.iter().all(|fault| {
            let told = expectation(&described());
            !verify(&with(&[fault]), &told, now()).is_ok()
        });
    for faults in in_both_orders(one, Some(other)) {
        for (_, report) in reports(&with(&faults)) {
            for finding in &report.findings {
                // Of several files their directory is told.
                let mut files = finding.files();
                prop_assert!(
                    files.all(|file| scope.contains(&row_of(file))),
                    "{finding:#?}"
                );
            }
            prop_assert!(!is_seen || !report.findings.is_empty());
            if is_bad {
                prop_assert!(!report.is_ok(), "{:#?}", report.findings);
            }
        }
    }
    Ok(())
}

/// Every so many of all pairs, the same each time: a change of what is told of one shows
/// when it is made, and not years later.
#[test]
fn a_share_of_all_pairs() {
    const EVERY: usize = 101;
    let all = faults().iter().enumerate();
    let pairs = all.flat_map(|(index, one)| {
        let others = faults().iter().skip(index);
        others.map(move |other| (*one, *other))
    });
    let mut wrong = Vec::new();
    for (one, other) in pairs.step_by(EVERY) {
        let answer = match one.scope().is_disjoint(&other.scope()) {
            true => check_apart(one, Some(other)),
            false => check_together(one, other),
        };
        if let Err(why) = answer {
            wrong.push(format!("{one:?} and {other:?}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Exactly the findings of both, whichever came first.
    #[test]
    fn faults_that_have_nothing_to_do_with_each_other((one, other) in pairs(true)) {
        check_apart(one, other)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// One may explain the other, but neither makes the tree right nor is seen
    /// in files that it has nothing to do with.
    #[test]
    fn faults_that_meet((one, other) in pairs(false)) {
        check_together(one, other.unwrap_or(one))?;
    }
}

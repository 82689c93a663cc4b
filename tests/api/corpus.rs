//! The inputs that the fuzzer found worth keeping: what it does with each of them, done again on
//! every machine that runs the tests.

#[path = "../../pki-core/fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is a library to the fuzzer")]
mod fuzz;

use std::collections::BTreeSet;
use std::fs;

use crate::common::fixture;

#[test]
fn every_input_is_answered() {
    for (target, body) in fuzz::TARGETS {
        let inputs = fs::read_dir(fixture(&format!("fuzz/{target}"))).expect("a corpus");
        let mut count = 0;
        for input in inputs {
            let path = input.expect("a readable directory").path();
            let bytes = fs::read(&path).expect("an input");
            let answered = std::panic::catch_unwind(|| body(&bytes));
            assert!(answered.is_ok(), "{}", path.display());
            count += 1;
        }
        assert!(count >= 10, "{target}: {count} inputs");
    }
}

/// A corpus without its target would be passed over.
#[test]
fn every_corpus_has_its_target() {
    let targets: BTreeSet<String> = fuzz::TARGETS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry
            .expect("a readable directory")
            .file_name()
            .into_string()
            .expect("UTF-8")
    };
    let corpora = fs::read_dir(fixture("fuzz"))
        .expect("the corpora")
        .map(name)
        .collect();
    assert_eq!(targets, corpora);
    let programs = fs::read_dir(fixture("../pki-core/fuzz/fuzz_targets")).expect("the programs");
    let programs = programs
        .map(name)
        .map(|name| name.trim_end_matches(".rs").to_owned())
        .collect();
    assert_eq!(targets, programs);
}

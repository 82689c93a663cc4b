//! `KPKI_CFSSL_STRICT=1` makes an error of everything that is warned of.

use serde_json::Value;

use crate::case::Case;
use crate::improvements::all_warnings;
use crate::place::Tools;

#[test]
fn every_warning_becomes_an_error() {
    let mut found = Vec::new();
    for (name, fragments) in all_warnings() {
        let case = Case::read(name);
        // Behind a pipe, the status is cfssljson's.
        if case.recorded.describe == Value::Null {
            continue;
        }
        let outcome = case.run(&Tools::Kpki, &[("KPKI_CFSSL_STRICT", "1")]);
        let said = |fragment: &&&str| outcome.stderr.contains(**fragment);
        let quiet = fragments.iter().find(|fragment| !said(fragment));
        if outcome.exit != Some(1) || !outcome.stdout.is_empty() || quiet.is_some() {
            found.push(format!("{name}: {outcome:?}, without {quiet:?}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

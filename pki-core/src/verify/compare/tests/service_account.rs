//! The keys of service account tokens.

use super::*;

#[test]
fn the_odd_key_of_the_service_account() {
    let (mut trees, other) = fleets();
    take(&mut trees[2], &other[0], &["pki/sa."]);
    let mut all = reports(&trees, None);
    let comparison = compare(&mut all);
    assert_eq!(
        shown(&comparison),
        ["error sa-key-differs pki/sa.key [m3] +0"]
    );
    let finding = &comparison.findings[0].finding;
    let says = "m3 has another one than m1, m2 and m4: key ";
    assert!(finding.message.starts_with(says), "{}", finding.message);
    let copies = "mv --backup=numbered /m3/pki/sa.key /m3/pki/sa.key.old && mv --backup=numbered /m3/pki/sa.pub /m3/pki/sa.pub.old && cp -p /m1/pki/sa.key /m3/pki/sa.key && cp -p /m1/pki/sa.pub /m3/pki/sa.pub; ";
    assert!(
        finding.fix.to_string().starts_with(copies),
        "{}",
        finding.fix
    );
    // Two hosts: nobody is right by number.
    let two = [trees[0].clone(), trees[2].clone()];
    assert_eq!(
        between(&two),
        ["error sa-key-differs pki/sa.key [m1 m2] +0"]
    );
    // Half of the pair: the host's own finding is the same fault.
    let (mut trees, _) = fleets();
    take(&mut trees[1], &other[0], &["pki/sa.key"]);
    let mut all = reports(&trees, None);
    assert_eq!(
        shown(&compare(&mut all)),
        ["error sa-key-differs pki/sa.key [m2] +1"]
    );
    assert_eq!(all[1].report.findings, []);
    let (mut trees, _) = fleets();
    take(&mut trees[1], &other[0], &["pki/sa.pub"]);
    let mut all = reports(&trees, None);
    assert_eq!(shown(&compare(&mut all)), [""; 0]);
    assert_eq!(all[1].report.findings.len(), 1);
}

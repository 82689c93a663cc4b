//! Output that is kept in `fixtures/cli`. `KPKI_BLESS=1 cargo test --test cli`
//! takes what the program prints now; look at the difference before a commit.

use std::fs;

use crate::common::fixture;

/// Compares `text` with the file `name`.
#[track_caller]
pub(crate) fn golden(name: &str, text: &str) {
    let path = fixture("cli").join(name);
    if std::env::var_os("KPKI_BLESS").is_some() {
        fs::write(&path, text).expect("fixtures can be written");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let (mut old, mut new) = (expected.lines(), text.lines());
    let mut number = 0;
    let first = loop {
        number += 1;
        match (old.next(), new.next()) {
            (None, None) => break None,
            (old, new) if old == new => {}
            (old, new) => break Some((old, new)),
        }
    };
    if let Some((old, new)) = first {
        panic!(
            "{name}:{number} differs; KPKI_BLESS=1 takes what is printed now\n  kept: {}\n  now:  {}",
            old.unwrap_or("(end)"),
            new.unwrap_or("(end)")
        );
    }
    assert_eq!(expected, text, "{name} differs in white space");
}

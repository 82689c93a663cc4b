//! Files with several certificates, put in order.

use super::{edit, path, restart};
use crate::catalog::{CatalogEntry, FileRole};
use crate::verify::fix::Fix;
use crate::verify::mode::holds_private_key;
use crate::verify::{Examined, TreeFile};

/// Moves one certificate of a file to its beginning.
pub(in crate::verify) fn put_first(
    examined: &Examined<'_>,
    entry: &CatalogEntry,
    file: &str,
    number: usize,
) -> Fix {
    let rest = "{ rest = rest $0 \"\\n\" } END { printf \"%s%s\", first, rest }";
    let program = format!("i == {number} {{ first = first $0 \"\\n\"; next }} {rest}");
    let words = format!("put certificate number {number} before the others");
    with_awk(examined, entry, file, &program, &words)
}

/// Takes one certificate out of a file.
pub(in crate::verify) fn take_out(
    examined: &Examined<'_>,
    entry: &CatalogEntry,
    file: &str,
    number: usize,
) -> Fix {
    let words = format!("take out certificate number {number}");
    with_awk(examined, entry, file, &format!("i != {number}"), &words)
}

/// To the program all that stands behind a certificate belongs to it: a key as
/// well, which must not go with it.
fn with_awk(
    examined: &Examined<'_>,
    entry: &CatalogEntry,
    file: &str,
    program: &str,
    words: &str,
) -> Fix {
    let tree = examined.tree;
    let bytes = tree.get(file).and_then(TreeFile::bytes);
    let fix = match bytes.is_some_and(holds_private_key) {
        true => Fix::say(format!(
            "with an editor, {words} in {}, and leave the private key in it as it is",
            path(tree, file)
        )),
        false => {
            let program = format!("/BEGIN CERTIFICATE/ {{ i++ }} {program}");
            let mode = FileRole::Certificate.mode();
            Fix::run(edit(tree, file, &["awk", &program], mode))
        }
    };
    fix.and(restart(examined, entry))
}

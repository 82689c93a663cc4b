//! Files with secrets that nobody needs.

use super::path;
use crate::name::Quoted;
use crate::verify::Tree;
use crate::verify::fix::Fix;
use crate::verify::tree::TreeFile;

/// Takes files away. What they hold is overwritten only where no other name leads
/// to it: `shred` follows links, and writes over what hard links have in common.
pub(in crate::verify) fn remove(tree: &Tree, files: &[&str]) -> Fix {
    let mut fix = Fix::default();
    let (mut alone, mut linked) = (Vec::new(), Vec::new());
    for file in files {
        let shown = path(tree, file);
        let Some(found) = tree.found(file) else {
            continue;
        };
        match &found.link {
            Some(target) => {
                let target = Quoted(target);
                fix = fix.and_say(format!("{file} is a link to {target}, which stays"));
                linked.push(shown);
            }
            None if found.links > 1 => {
                let names = match other_name(tree, file, found) {
                    Some(other) => format!("{file} has another name, {other}, which stays"),
                    None => format!("{file} has {} names, and the others stay", found.links),
                };
                fix = fix
                    .and_say(names)
                    .and_run(format!("find / -xdev -samefile {shown}"));
                linked.push(shown);
            }
            None => alone.push(shown),
        }
    }
    for (command, files) in [("rm", linked), ("shred -u", alone)] {
        if !files.is_empty() {
            fix = fix.and_run(format!("{command} {}", files.join(" ")));
        }
    }
    fix
}

/// Whether two names are those of one file: what of it was seen of another host
/// may be the same of two.
fn are_one(one: &TreeFile, other: &TreeFile) -> bool {
    match (one.inode, other.inode) {
        (Some(one), Some(other)) => one == other,
        _ => one.bytes().is_some() && one.bytes() == other.bytes(),
    }
}

/// The other name of a file with hard links, as far as its content tells.
fn other_name<'a>(tree: &'a Tree, path: &str, file: &TreeFile) -> Option<&'a str> {
    let mut files = tree.files.iter();
    let other = files.find(|(other, found)| {
        *other != path && found.link.is_none() && found.links == file.links && are_one(found, file)
    });
    other.map(|(path, _)| path.as_str())
}

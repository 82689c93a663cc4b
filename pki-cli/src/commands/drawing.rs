//! A picture or page as a file: ours are replaced, those of others are not.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::store::{Entry, Replacement, ReplacementMode, TargetDirectory, quote};

/// What the first line of every drawing says.
const MARK: &[u8] = b"made by kpki ";
/// How far from the beginning it may be.
const MARK_WITHIN: usize = 200;
/// Whatever is larger is none of ours.
const LONGEST: usize = 64 << 20;

/// A file that will be written.
#[derive(Debug)]
pub(super) struct Drawing<'a> {
    path: &'a Path,
    directory: &'a Path,
    name: String,
    pub(super) replaces: bool,
}

impl<'a> Drawing<'a> {
    /// Refuses what would take the place of something else, before any work is done.
    pub(super) fn at(path: &'a Path, force: bool) -> Result<Self, Failure> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| {
            Failure::new(format!("{} is not the name of a file", quote(path)))
                .hint("write a name with --out")
        })?;
        let replaces = match Entry::named_up_to(path, LONGEST) {
            Entry::Absent => false,
            Entry::File { bytes, .. } if force || is_ours(&bytes) => true,
            Entry::Unreadable { .. } | Entry::TooLarge { .. } if force => true,
            Entry::File { .. } | Entry::Unreadable { .. } | Entry::TooLarge { .. } => {
                let message = format!("{} is there, and kpki did not draw it", quote(path));
                return Err(Failure::new(message).hint("give another name, or --force"));
            }
            Entry::Other { kind } => {
                let message = format!("{} is a {kind}, not a file", quote(path));
                return Err(Failure::new(message).hint("give another name"));
            }
        };
        Ok(Self {
            path,
            directory: path.parent().unwrap_or_else(|| Path::new("")),
            name: name.to_owned(),
            replaces,
        })
    }

    /// Whoever reads it meanwhile sees the old file or the new one.
    pub(super) fn write(&self, text: String) -> Result<(), Failure> {
        let file = Replacement {
            name: self.name.clone(),
            bytes: Zeroizing::new(text.into_bytes()),
            mode: ReplacementMode::Kept(0o644),
        };
        TargetDirectory::open(self.directory)?.replace(&[file], &[])?;
        Ok(())
    }

    /// The whole path.
    pub(super) fn path(&self) -> PathBuf {
        std::path::absolute(self.path).unwrap_or_else(|_| self.path.to_owned())
    }
}

fn is_ours(bytes: &[u8]) -> bool {
    let begin = bytes.get(..MARK_WITHIN).unwrap_or(bytes);
    begin.windows(MARK.len()).any(|window| window == MARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_made_stays() {
        let temp = tempfile::tempdir().expect("tempdir");
        let path = temp.path().join("a.svg");
        let drawing = Drawing::at(&path, false).expect("free");
        assert!(!drawing.replaces);
        let ours = "<!-- made by kpki graph -->";
        drawing.write(ours.to_owned()).expect("written");
        assert!(Drawing::at(&path, false).expect("ours").replaces);
        for others in ["", "<svg/>", &format!("{}{ours}", " ".repeat(200))] {
            std::fs::write(&path, others).expect("written");
            assert!(Drawing::at(&path, false).is_err(), "{others}");
            assert!(Drawing::at(&path, true).expect("forced").replaces);
        }
        assert!(Drawing::at(temp.path(), true).is_err());
        assert!(Drawing::at(Path::new("/"), false).is_err());
    }
}

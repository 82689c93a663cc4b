//! What another host said of its names: `look.sh` has the grammar.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use pki_core::TreeContent;

use crate::remote::permissions;
use crate::store::{About, Activity};

/// What is known of one name.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Of what a link leads to; `None` where it leads to nothing.
    pub(super) about: Option<About>,
    /// Where the name itself leads if it is a symbolic link.
    pub(super) link: Option<String>,
    /// Whether somebody could tell on which device it is.
    pub(super) has_device: bool,
    /// Of a stage of kpki, whether a run is at work in it.
    pub(super) activity: Activity,
}

#[derive(Debug)]
pub(super) enum Kind {
    Absent,
    /// This directory cannot be entered, so nobody can tell.
    Hidden(String),
    Directory(Names),
    File(TreeContent),
}

/// What is known of the names in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Nobody asked for them.
    Unknown,
    /// Each of them is a node.
    Listed,
    /// They cannot be read, or lie too deep.
    Closed,
    /// There are more than are looked at.
    TooMany,
}

/// Everything that was said.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) nodes: Vec<(String, Node)>,
    /// Paths that no line can hold.
    pub(super) odd: Vec<String>,
    /// The seconds of Unix that its clock showed.
    pub(super) clock: Option<i64>,
    /// What the host calls itself.
    pub(super) called: Option<String>,
}

impl Answer {
    /// Reads a whole answer; `None` if it is none, or was cut.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut found = Self::default();
        let mut lines = bytes.split(|octet| *octet == b'\n').peekable();
        while let Some(line) = lines.next() {
            // A greeting in the middle would be no line of ours either.
            let line = std::str::from_utf8(line).ok();
            let Some((word, rest)) = line.map(|line| line.split_once(' ').unwrap_or((line, "")))
            else {
                // A name that is no text.
                skip_view(&mut lines);
                found.nodes.push((String::new(), Node::new(Kind::Absent)));
                continue;
            };
            match word {
                "end" => return Some(found),
                "clock" => found.clock = rest.parse().ok(),
                "called" => found.called = Some(rest.to_owned()),
                "odd" => found.odd.push(rest.to_owned()),
                "node" => {
                    let path = rest.strip_suffix("/.").unwrap_or(rest);
                    found.nodes.push((path.to_owned(), Node::new(Kind::Absent)));
                }
                _ => {
                    let (path, node) = found.nodes.last_mut()?;
                    let mut view = || take_view(&mut lines);
                    node.learn(path, word, rest, &mut view)?;
                }
            }
        }
        None
    }
}

type Lines<'a, I> = std::iter::Peekable<I>;

/// The lines of a view, without the space before each.
fn take_view<'a>(lines: &mut Lines<'a, impl Iterator<Item = &'a [u8]>>) -> Vec<u8> {
    let mut view = Vec::new();
    while let Some(line) = lines.next_if(|line| line.first() == Some(&b' ')) {
        view.extend_from_slice(line.get(1..).unwrap_or_default());
        view.push(b'\n');
    }
    view
}

fn skip_view<'a>(lines: &mut Lines<'a, impl Iterator<Item = &'a [u8]>>) {
    drop(take_view(lines));
}

impl Node {
    pub(super) fn absent() -> Self {
        Self::new(Kind::Absent)
    }

    pub(super) fn is_there(&self) -> bool {
        !matches!(self.kind, Kind::Absent | Kind::Hidden(_))
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            about: None,
            link: None,
            has_device: false,
            activity: Activity::None,
        }
    }

    /// Takes one line; `None` if it is none of ours.
    fn learn(
        &mut self,
        path: &str,
        word: &str,
        rest: &str,
        view: &mut dyn FnMut() -> Vec<u8>,
    ) -> Option<()> {
        let unreadable = |why: &str| Kind::File(TreeContent::Unreadable(why.to_owned()));
        match word {
            "absent" => {}
            "hidden" => self.kind = Kind::Hidden(rest.to_owned()),
            "self" => {
                let listed = Listed::parse(rest)?;
                self.link = (listed.kind == b'l').then(|| listed.target(path)).flatten();
                self.take(listed);
            }
            "target" => self.take(Listed::parse(rest)?),
            "device" => {
                if let (Some(about), Ok(device)) = (&mut self.about, rest.parse()) {
                    about.inode.0 = device;
                    self.has_device = true;
                }
            }
            "stray" => {
                self.about = None;
                self.kind = match rest {
                    "circle" => Kind::File(TreeContent::NotAFile("link that leads in a circle")),
                    "denied" => unreadable(DENIED),
                    _ => Kind::File(TreeContent::NotAFile("link that leads nowhere")),
                };
            }
            "busy" if rest == "unknown" => self.activity = Activity::Unknown,
            "busy" => self.activity = Activity::Running,
            "listed" => self.kind = Kind::Directory(Names::Listed),
            "closed" => self.kind = Kind::Directory(Names::Closed),
            "crowded" => self.kind = Kind::Directory(Names::TooMany),
            "denied" => self.kind = unreadable(DENIED),
            // Its size was said before.
            "large" => {}
            "spent" => {
                let why = "there is too much to read beside it on its host";
                self.kind = Kind::File(TreeContent::Withheld(why.to_owned()));
            }
            "withheld" => self.kind = Kind::File(TreeContent::Withheld(rest.to_owned())),
            "empty" => self.kind = Kind::File(TreeContent::PublicView(Vec::new().into())),
            "view" => self.kind = Kind::File(TreeContent::PublicView(view().into())),
            "der" => {
                let mut text = view();
                text.retain(|octet| *octet != b'\n');
                let der = BASE64_STANDARD.decode(text).ok()?;
                self.kind = Kind::File(TreeContent::PublicView(der.into()));
            }
            // What a tool that is missing there says, or an empty line before the end.
            _ => {}
        }
        Some(())
    }

    fn take(&mut self, listed: Listed<'_>) {
        self.kind = match listed.kind {
            b'd' => Kind::Directory(Names::Unknown),
            // Until its view is told.
            b'-' => Kind::File(TreeContent::TooLarge(listed.size)),
            b'p' => Kind::File(TreeContent::NotAFile("named pipe")),
            b's' => Kind::File(TreeContent::NotAFile("socket")),
            b'c' => Kind::File(TreeContent::NotAFile("character device")),
            b'b' => Kind::File(TreeContent::NotAFile("block device")),
            _ => Kind::File(TreeContent::NotAFile("file of unknown kind")),
        };
        self.about = Some(listed.about);
    }
}

pub(super) const DENIED: &str = "permission denied";

/// A line of `ls -ldni`.
struct Listed<'a> {
    kind: u8,
    about: About,
    size: u64,
    /// The date, the name, and where it leads.
    rest: &'a str,
}

impl<'a> Listed<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut rest = line.trim_start();
        let mut word = || {
            let (word, after) = rest.split_once(' ')?;
            rest = after.trim_start();
            Some(word)
        };
        let inode = word()?.parse().ok()?;
        let mode = word()?;
        let links = word()?.parse().ok()?;
        let uid = word()?.parse().ok()?;
        let gid = word()?.parse().ok()?;
        // Of a device two numbers and a comma.
        let size = word()?.parse().unwrap_or(0);
        Some(Self {
            kind: *mode.as_bytes().first()?,
            about: About {
                mode: permissions(mode)?.1,
                uid,
                gid,
                links,
                inode: (0, inode),
            },
            size,
            rest,
        })
    }

    /// Where the link of this name leads.
    fn target(&self, path: &str) -> Option<String> {
        let (_, target) = self.rest.split_once(&format!("{path} -> "))?;
        Some(target.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_ls_says() {
        let line = "  42 lrwxrwxrwx. 1 0 7 11 Nov 23 08:17 /a b -> c -> d";
        let listed = Listed::parse(line).expect("a line");
        assert_eq!((listed.kind, listed.size), (b'l', 11));
        assert_eq!((listed.about.mode, listed.about.gid), (0o777, 7));
        assert_eq!(listed.about.inode.1, 42);
        assert_eq!(listed.target("/a b").as_deref(), Some("c -> d"));
        let device = Listed::parse("5 crw-rw-rw- 1 0 0 1, 3 Nov 23 08:17 /dev/null");
        assert_eq!(device.expect("a line").kind, b'c');
    }

    #[test]
    fn an_answer_has_an_end() {
        let text = "clock 7\nnode /a\nself 1 -rw-r--r-- 1 0 0 3 Nov 1 1:1 /a\ndevice 9\nview\n x\n \nnode /b\nabsent\nend\n";
        let found = Answer::parse(text.as_bytes()).expect("whole");
        assert_eq!(found.clock, Some(7));
        let [(first, node), (second, other)] = &found.nodes[..] else {
            panic!("{found:?}");
        };
        assert_eq!((first.as_str(), second.as_str()), ("/a", "/b"));
        assert!(
            matches!(&node.kind, Kind::File(TreeContent::PublicView(view)) if view[..] == *b"x\n\n")
        );
        assert_eq!(node.about.map(|about| about.inode), Some((9, 1)));
        assert!(matches!(other.kind, Kind::Absent));
        for cut in 0..text.len() - 4 {
            assert!(Answer::parse(&text.as_bytes()[..cut]).is_none(), "{cut}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_said_can_harm(lines in proptest::collection::vec("(node|self|target|device|stray|view|der|hidden| )? ?[-rwx0-9a-z/ .>]{0,30}", 0..12)) {
            let text = lines.join("\n") + "\nend\n";
            drop(Answer::parse(text.as_bytes()));
        }
    }
}

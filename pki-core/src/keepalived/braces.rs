//! Blocks that are not closed, or not opened. keepalived says 'There are 1 missing
//! '}'s or extra '{'s', and goes on with what it takes the rest for.

use super::statement::{Token, tokens};

/// What is wrong with the blocks of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BraceFault {
    /// The block that begins in a line has no `}`, as far as the names and the
    /// indentation of the others tell.
    NotClosed {
        block: String,
        line: usize,
        /// The line that cannot belong to it any more; `None` for the end.
        before: Option<usize>,
    },
    /// The name of a block has no `{` behind it.
    NotOpened { block: String, line: usize },
    /// A `}` that closes nothing.
    Extra { line: usize },
}

impl BraceFault {
    /// The line that is to be mended.
    pub(crate) fn line(&self) -> usize {
        match self {
            Self::NotClosed { line, .. } | Self::NotOpened { line, .. } | Self::Extra { line } => {
                *line
            }
        }
    }
}

/// Blocks that are in no other one.
const OUTER: [&str; 10] = [
    "global_defs",
    "vrrp_script",
    "vrrp_instance",
    "vrrp_sync_group",
    "vrrp_track_process",
    "vrrp_track_file",
    "virtual_server",
    "static_ipaddress",
    "static_routes",
    "static_rules",
];

/// Blocks of an instance, which hold no statement of an instance.
const INNER: [&str; 11] = [
    "authentication",
    "virtual_ipaddress",
    "virtual_ipaddress_excluded",
    "virtual_routes",
    "virtual_rules",
    "unicast_peer",
    "track_script",
    "track_interface",
    "track_process",
    "track_file",
    "track_bfd",
];

/// Statements of an instance without a block.
const STATEMENTS: [&str; 8] = [
    "state",
    "interface",
    "virtual_router_id",
    "priority",
    "advert_int",
    "nopreempt",
    "preempt_delay",
    "unicast_src_ip",
];

#[derive(Clone)]
struct Block {
    name: String,
    line: usize,
    indent: usize,
}

impl Block {
    fn not_closed(&self, before: Option<usize>) -> BraceFault {
        BraceFault::NotClosed {
            block: self.name.clone(),
            line: self.line,
            before,
        }
    }
}

/// More than any configuration has open at a time.
const DEEPEST: usize = 64;

/// The first fault, if there is one.
pub(super) fn find(text: &str) -> Option<BraceFault> {
    let mut open: Vec<Block> = Vec::new();
    // The first block that seems to go on too far, the first name without a block,
    // and the first brace too many: what counts is known at the end.
    let mut suspect = None;
    let mut unopened = None;
    let mut extra = None;
    let mut named: Option<Block> = None;
    for (index, written) in text.lines().enumerate() {
        let line = index + 1;
        let indent = written.len() - written.trim_start().len();
        let mut is_first = true;
        for token in tokens(written) {
            match token {
                Token::Open => {
                    let block = named.take().unwrap_or_else(|| Block {
                        name: String::new(),
                        line,
                        indent,
                    });
                    if open.len() == DEEPEST {
                        return Some(block.not_closed(None));
                    }
                    open.push(block);
                }
                Token::Close => {
                    match open.pop() {
                        // A brace further to the left is that of a block around it.
                        Some(block) if is_first && indent < block.indent => {
                            suspect.get_or_insert_with(|| block.not_closed(Some(line)));
                        }
                        Some(_) => {}
                        None => {
                            extra.get_or_insert(line);
                        }
                    }
                    named = None;
                }
                Token::Word(word) if is_first => {
                    if let Some(before) = named.take().filter(|it| is_block(&it.name)) {
                        unopened.get_or_insert(before);
                    }
                    if let Some(inside) = open.last()
                        && cannot_be_in(&word, &inside.name)
                    {
                        suspect.get_or_insert_with(|| inside.not_closed(Some(line)));
                    }
                    named = Some(Block {
                        name: word.to_string(),
                        line,
                        indent,
                    });
                }
                Token::Word(_) => {}
            }
            is_first = false;
        }
    }
    match (open.first(), extra) {
        (Some(outermost), _) => suspect.or_else(|| Some(outermost.not_closed(None))),
        (None, Some(line)) => Some(match unopened {
            Some(Block { name, line, .. }) => BraceFault::NotOpened { block: name, line },
            None => BraceFault::Extra { line },
        }),
        (None, None) => None,
    }
}

fn is_block(word: &str) -> bool {
    OUTER.contains(&word) || INNER.contains(&word)
}

fn cannot_be_in(word: &str, block: &str) -> bool {
    // A group has some of the blocks of an instance.
    let is_of_instance = INNER.contains(&word) || STATEMENTS.contains(&word);
    OUTER.contains(&word) || is_of_instance && INNER.contains(&block)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "global_defs {\n    router_id m0\n}\nvrrp_script a {\n    script \"/x {\"\n}\n\
        vrrp_instance b {\n    state MASTER\n    authentication {\n        auth_pass x\n    }\n    \
        virtual_ipaddress {\n        10.0.0.100\n    }\n    track_script {\n        a\n    }\n}\n";

    fn without(line: usize) -> Option<BraceFault> {
        let kept = TEXT.lines().enumerate().filter(|it| it.0 + 1 != line);
        let text: Vec<_> = kept.map(|it| it.1).collect();
        find(&text.join("\n"))
    }

    fn not_closed(block: &str, line: usize, before: Option<usize>) -> Option<BraceFault> {
        Some(BraceFault::NotClosed {
            block: block.to_owned(),
            line,
            before,
        })
    }

    #[test]
    fn the_block_that_is_not_closed_is_told() {
        assert_eq!(find(TEXT), None);
        assert_eq!(without(3), not_closed("global_defs", 1, Some(3)));
        assert_eq!(without(6), not_closed("vrrp_script", 4, Some(6)));
        assert_eq!(without(11), not_closed("authentication", 9, Some(11)));
        assert_eq!(without(14), not_closed("virtual_ipaddress", 12, Some(14)));
        assert_eq!(without(17), not_closed("track_script", 15, Some(17)));
        assert_eq!(without(18), not_closed("vrrp_instance", 7, None));
        // Nothing is indented: the names tell.
        let flat: String = TEXT.lines().map(|it| format!("{}\n", it.trim())).collect();
        assert_eq!(find(&flat), None);
        let flat = flat.replacen("auth_pass x\n}\n", "auth_pass x\n", 1);
        assert_eq!(find(&flat), not_closed("authentication", 9, Some(11)));
    }

    #[test]
    fn braces_too_many_are_told() {
        let more = format!("{TEXT}}}\n");
        assert_eq!(find(&more), Some(BraceFault::Extra { line: 19 }));
        let unopened = TEXT.replace("track_script {", "track_script");
        let wanted = BraceFault::NotOpened {
            block: "track_script".to_owned(),
            line: 15,
        };
        assert_eq!(find(&unopened), Some(wanted));
        // The brace may stand in the next line.
        assert_eq!(find("vrrp_instance b\n{\n  state MASTER\n}\n"), None);
        assert_eq!(
            find("track_script { a }\nx {\n}}\n"),
            Some(BraceFault::Extra { line: 3 })
        );
    }
}

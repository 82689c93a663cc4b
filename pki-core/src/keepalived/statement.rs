//! Nested blocks of words, one statement a line.

use std::str::FromStr;

use zeroize::Zeroizing;

use super::Told;

/// `word word …`, or the same with `{ … }` behind it.
#[derive(Default)]
pub(super) struct Statement {
    words: Vec<Zeroizing<String>>,
    pub(super) line: usize,
    pub(super) children: Vec<Self>,
}

/// keepalived's own blocks are four deep.
const DEEPEST: usize = 16;

/// The statements of a text. Braces that nobody closes are closed at its end, and
/// what lies deeper than anything keepalived knows is left out.
pub(super) fn read(text: &str) -> Vec<Statement> {
    let mut open: Vec<Statement> = vec![Statement::default()];
    // How many blocks are left out.
    let mut beyond = 0_usize;
    for (index, line) in text.lines().enumerate() {
        let mut is_new = true;
        for token in tokens(line) {
            match token {
                Token::Open if open.len() > DEEPEST => beyond += 1,
                Token::Open => {
                    let before = open.last_mut().and_then(|it| it.children.pop());
                    // A block may begin in the line behind its name.
                    let (block, kept) = match before {
                        Some(before) if before.children.is_empty() => (before, None),
                        other => (Statement::at(index + 1), other),
                    };
                    if let Some(parent) = open.last_mut() {
                        parent.children.extend(kept);
                    }
                    open.push(block);
                    is_new = true;
                }
                Token::Close if beyond > 0 => beyond -= 1,
                Token::Close => {
                    close(&mut open);
                    is_new = true;
                }
                Token::Word(_) if beyond > 0 => {}
                Token::Word(word) => {
                    let Some(block) = open.last_mut() else { break };
                    if std::mem::take(&mut is_new) {
                        block.children.push(Statement::at(index + 1));
                    }
                    if let Some(statement) = block.children.last_mut() {
                        statement.words.push(word);
                    }
                }
            }
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop().map(|top| top.children).unwrap_or_default()
}

/// The innermost block ends, unless there is none.
fn close(open: &mut Vec<Statement>) {
    if open.len() > 1
        && let Some(block) = open.pop()
        && let Some(parent) = open.last_mut()
    {
        parent.children.push(block);
    }
}

pub(super) enum Token {
    Word(Zeroizing<String>),
    Open,
    Close,
}

/// The words of a line up to its comment. Quotation marks keep blanks and signs
/// in one word.
pub(super) fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut word: Option<Zeroizing<String>> = None;
    let mut is_quoted = false;
    for c in line.chars() {
        if is_quoted || c == '"' {
            let word = word.get_or_insert_default();
            match c {
                '"' => is_quoted = !is_quoted,
                c => word.push(c),
            }
            continue;
        }
        let sign = match c {
            '#' | '!' => break,
            '{' => Some(Token::Open),
            '}' => Some(Token::Close),
            c if c.is_whitespace() => None,
            c => {
                word.get_or_insert_default().push(c);
                continue;
            }
        };
        tokens.extend(word.take().map(Token::Word));
        tokens.extend(sign);
    }
    tokens.extend(word.map(Token::Word));
    tokens
}

impl Statement {
    fn at(line: usize) -> Self {
        Self {
            line,
            ..Self::default()
        }
    }

    pub(super) fn word(&self, index: usize) -> Option<&str> {
        self.words.get(index).map(|word| word.as_str())
    }

    /// The last statement of a block that begins with this word: it counts.
    pub(super) fn child(&self, word: &str) -> Option<&Self> {
        let mut children = self.children.iter().rev();
        children.find(|child| child.word(0) == Some(word))
    }

    /// The word behind the first one of a line of a block, and the line.
    pub(super) fn text(&self, word: &str) -> Option<(String, usize)> {
        let told = self.child(word)?;
        Some((told.word(1)?.to_owned(), told.line))
    }

    /// A number of a block, or its default.
    pub(super) fn number<T: FromStr>(&self, word: &str, default: T) -> Told<T> {
        let told = self.child(word);
        let value = told.and_then(|told| told.word(1)?.parse().ok());
        match value {
            Some(value) => Told {
                value,
                line: told.map(|told| told.line),
            },
            None => Told {
                value: default,
                line: None,
            },
        }
    }

    /// The command behind the first word, which may be one quoted text.
    pub(super) fn command(&self) -> Vec<String> {
        let words = self.words.iter().skip(1);
        let words = words.flat_map(|word| word.split_whitespace());
        words
            .map(|word| word.trim_matches('\'').to_owned())
            .collect()
    }

    /// The lines of what brings in something else.
    pub(super) fn find_others(&self, found: &mut Vec<usize>) {
        let is_other = |word: &&str| {
            matches!(
                *word,
                "include" | "includer" | "includem" | "includew" | "includeb"
            ) || word.starts_with(['@', '$', '~'])
        };
        // A password may hold any sign.
        let is_secret = self.word(0) == Some("auth_pass");
        let words = self.words.iter().map(|word| word.as_str());
        let is_put_in = |word: &str| word.starts_with('$') && !is_secret;
        let mut first = self.word(0).into_iter();
        if first.any(|word| is_other(&word)) || words.skip(1).any(is_put_in) {
            found.push(self.line);
        }
        for child in &self.children {
            child.find_others(found);
        }
    }
}

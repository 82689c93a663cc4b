//! The grammar of a shell, as far as scripts of checks use it. What is not followed
//! makes the whole script one that cannot be judged.

/// A command, or several.
pub(super) enum Node {
    Simple(Simple),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Pipe(Vec<Self>),
    Sequence(Vec<Self>),
    If {
        branches: Vec<(Self, Self)>,
        otherwise: Option<Box<Self>>,
    },
    While {
        is_until: bool,
        condition: Box<Self>,
        body: Box<Self>,
    },
    For {
        name: String,
        items: Vec<String>,
        body: Box<Self>,
    },
    Case {
        word: String,
        arms: Vec<(Vec<String>, Self)>,
    },
    Subshell(Box<Self>),
    Function {
        name: String,
        body: Box<Self>,
    },
}

/// A simple command with its words as they are written.
pub(super) struct Simple {
    pub(super) words: Vec<String>,
    /// Whether what it says goes elsewhere.
    pub(super) is_silent: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(&'static str),
    Silent,
}

/// What a person writes is far smaller.
const LONGEST: usize = 20_000;
const DEEPEST: usize = 24;

/// The commands of a script; `None` if it has something that is not known here.
pub(super) fn parse(text: &str) -> Option<Node> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > LONGEST {
        return None;
    }
    let tokens = Lexer {
        chars: &chars,
        at: 0,
    }
    .tokens()?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        depth: 0,
    };
    let all = parser.list()?;
    (parser.at == tokens.len()).then_some(all)
}

struct Lexer<'a> {
    chars: &'a [char],
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn tokens(mut self) -> Option<Vec<Token>> {
        let mut tokens = Vec::new();
        while let Some(c) = self.peek(0) {
            let next = self.peek(1);
            match c {
                '\n' => self.sign("\n", &mut tokens),
                c if c.is_whitespace() => self.at += 1,
                '\\' if next == Some('\n') => self.at += 2,
                '#' => {
                    while self.peek(0).is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                ';' if next == Some(';') => self.sign(";;", &mut tokens),
                ';' => self.sign(";", &mut tokens),
                '&' if next == Some('&') => self.sign("&&", &mut tokens),
                '&' if next == Some('>') => {
                    self.at += 1;
                    self.redirection()?;
                    tokens.push(Token::Silent);
                }
                '&' => return None,
                '|' if next == Some('|') => self.sign("||", &mut tokens),
                '|' if next == Some('&') => return None,
                '|' => self.sign("|", &mut tokens),
                '(' if next == Some('(') => return None,
                '(' => self.sign("(", &mut tokens),
                ')' => self.sign(")", &mut tokens),
                '<' if next == Some('<') => return None,
                '<' => self.redirection()?,
                '>' => {
                    self.redirection()?;
                    tokens.push(Token::Silent);
                }
                _ => {
                    let word = self.word()?;
                    let is_number = word.chars().all(|c| c.is_ascii_digit());
                    match self.peek(0) {
                        Some('>' | '<') if is_number => {
                            self.redirection()?;
                            if word == "1" {
                                tokens.push(Token::Silent);
                            }
                        }
                        _ => tokens.push(Token::Word(word)),
                    }
                }
            }
        }
        Some(tokens)
    }

    fn sign(&mut self, sign: &'static str, tokens: &mut Vec<Token>) {
        self.at += sign.len();
        tokens.push(Token::Sign(sign));
    }

    /// Passes over `>>`, `>&` and the file.
    fn redirection(&mut self) -> Option<()> {
        while self.peek(0).is_some_and(|c| matches!(c, '>' | '<' | '&')) {
            self.at += 1;
        }
        while self.peek(0).is_some_and(|c| c == ' ' || c == '\t') {
            self.at += 1;
        }
        self.word().filter(|word| !word.is_empty()).map(drop)
    }

    /// A word with its quotation marks.
    fn word(&mut self) -> Option<String> {
        let start = self.at;
        while let Some(c) = self.peek(0) {
            match c {
                '\\' => self.at += 2,
                '\'' => self.single()?,
                '"' => self.double()?,
                '`' => self.until('`')?,
                '$' => self.variable()?,
                c if c.is_whitespace() || ";&|()<>".contains(c) => break,
                _ => self.at += 1,
            }
        }
        let word = self.chars.get(start..self.at.min(self.chars.len()))?;
        Some(word.iter().collect())
    }

    fn single(&mut self) -> Option<()> {
        self.until('\'')
    }

    fn until(&mut self, end: char) -> Option<()> {
        let rest = self.chars.get(self.at + 1..)?;
        self.at += rest.iter().position(|c| *c == end)? + 2;
        Some(())
    }

    fn double(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.peek(0)? {
                '"' => {
                    self.at += 1;
                    return Some(());
                }
                '\\' => self.at += 2,
                '`' => self.until('`')?,
                '$' => self.variable()?,
                _ => self.at += 1,
            }
        }
    }

    /// `$…`, to the end of its brackets.
    fn variable(&mut self) -> Option<()> {
        self.at += 1;
        match self.peek(0) {
            Some('{') => self.until('}'),
            Some('(') => {
                self.at += substitution(self.chars.get(self.at..)?)?;
                Some(())
            }
            _ => Some(()),
        }
    }
}

/// How many octets `( … )` at the start of a text has, with the brackets.
pub(super) fn brackets(text: &str) -> Option<usize> {
    let chars: Vec<char> = text.chars().collect();
    let length = substitution(&chars)?;
    Some(chars.iter().take(length).map(|c| c.len_utf8()).sum())
}

/// How long `( … )` is, with the brackets.
fn substitution(chars: &[char]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, c) in chars.iter().enumerate() {
        match (quote, c) {
            (Some(open), c) if open == *c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(*c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Sign(it)) if *it == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Word(it)) if it == word)
    }

    fn take_sign(&mut self, sign: &str) -> Option<()> {
        self.is_sign(sign).then(|| self.at += 1)
    }

    fn take_word(&mut self, word: &str) -> Option<()> {
        self.is_word(word).then(|| self.at += 1)
    }

    fn any_word(&mut self) -> Option<String> {
        let Some(Token::Word(word)) = self.tokens.get(self.at) else {
            return None;
        };
        self.at += 1;
        Some(word.clone())
    }

    fn skip_lines(&mut self) {
        while self.take_sign("\n").is_some() {}
    }

    fn list(&mut self) -> Option<Node> {
        const ENDS: [&str; 8] = ["then", "fi", "elif", "else", "do", "done", "esac", "}"];
        let mut nodes = Vec::new();
        loop {
            while self.is_sign(";") || self.is_sign("\n") {
                self.at += 1;
            }
            let is_end = self.at == self.tokens.len()
                || self.is_sign(")")
                || self.is_sign(";;")
                || ENDS.iter().any(|word| self.is_word(word));
            if is_end {
                return Some(Node::Sequence(nodes));
            }
            nodes.push(self.chain()?);
        }
    }

    /// Commands with `&&` and `||` between them.
    fn chain(&mut self) -> Option<Node> {
        let mut left = self.pipeline()?;
        loop {
            let is_and = self.is_sign("&&");
            if !is_and && !self.is_sign("||") {
                return Some(left);
            }
            self.at += 1;
            self.skip_lines();
            let right = Box::new(self.pipeline()?);
            left = match is_and {
                true => Node::And(Box::new(left), right),
                false => Node::Or(Box::new(left), right),
            };
        }
    }

    fn pipeline(&mut self) -> Option<Node> {
        let mut is_turned = false;
        while self.take_word("!").is_some() {
            is_turned = !is_turned;
        }
        let first = self.command()?;
        let mut all = vec![first];
        while self.take_sign("|").is_some() {
            self.skip_lines();
            all.push(self.command()?);
        }
        let node = match all.len() {
            1 => all.pop()?,
            _ => Node::Pipe(all),
        };
        Some(match is_turned {
            true => Node::Not(Box::new(node)),
            false => node,
        })
    }

    fn command(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let node = self.compound()?;
        self.depth -= 1;
        if !matches!(node, Node::Simple(_)) {
            while self.tokens.get(self.at) == Some(&Token::Silent) {
                self.at += 1;
            }
        }
        Some(node)
    }

    fn compound(&mut self) -> Option<Node> {
        if self.take_sign("(").is_some() {
            let body = Box::new(self.list()?);
            self.take_sign(")")?;
            return Some(Node::Subshell(body));
        }
        let Some(Token::Word(word)) = self.tokens.get(self.at) else {
            return self.simple();
        };
        match word.as_str() {
            "{" => {
                self.at += 1;
                let body = self.list()?;
                self.take_word("}")?;
                Some(body)
            }
            "if" => self.condition(),
            "while" | "until" => {
                let is_until = word == "until";
                self.at += 1;
                let condition = Box::new(self.list()?);
                let body = Box::new(self.body()?);
                Some(Node::While {
                    is_until,
                    condition,
                    body,
                })
            }
            "for" => {
                self.at += 1;
                let name = self.any_word()?;
                self.take_word("in")?;
                let mut items = Vec::new();
                while let Some(item) = self.any_word() {
                    items.push(item);
                }
                while self.is_sign(";") || self.is_sign("\n") {
                    self.at += 1;
                }
                let body = Box::new(self.body()?);
                Some(Node::For { name, items, body })
            }
            "case" => self.case(),
            "[[" => self.double_test(),
            "function" => {
                self.at += 1;
                let name = self.any_word()?;
                if self.take_sign("(").is_some() {
                    self.take_sign(")")?;
                }
                self.function(name)
            }
            _ => self.simple(),
        }
    }

    fn body(&mut self) -> Option<Node> {
        self.take_word("do")?;
        let body = self.list()?;
        self.take_word("done")?;
        Some(body)
    }

    fn function(&mut self, name: String) -> Option<Node> {
        self.skip_lines();
        let body = Box::new(self.command()?);
        Some(Node::Function { name, body })
    }

    fn condition(&mut self) -> Option<Node> {
        let mut branches = Vec::new();
        loop {
            // `if` or `elif`.
            self.at += 1;
            let condition = self.list()?;
            self.take_word("then")?;
            branches.push((condition, self.list()?));
            if !self.is_word("elif") {
                break;
            }
        }
        let otherwise = match self.take_word("else") {
            Some(()) => Some(Box::new(self.list()?)),
            None => None,
        };
        self.take_word("fi")?;
        Some(Node::If {
            branches,
            otherwise,
        })
    }

    fn case(&mut self) -> Option<Node> {
        self.at += 1;
        let word = self.any_word()?;
        self.skip_lines();
        self.take_word("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_lines();
            if self.take_word("esac").is_some() {
                return Some(Node::Case { word, arms });
            }
            let _ = self.take_sign("(");
            let mut patterns = vec![self.any_word()?];
            while self.take_sign("|").is_some() {
                patterns.push(self.any_word()?);
            }
            self.take_sign(")")?;
            arms.push((patterns, self.list()?));
            let _ = self.take_sign(";;");
        }
    }

    /// `[[ … ]]`, in which signs are words.
    fn double_test(&mut self) -> Option<Node> {
        let mut words = Vec::new();
        loop {
            let token = self.tokens.get(self.at)?;
            self.at += 1;
            match token {
                Token::Word(word) => words.push(word.clone()),
                Token::Sign(sign) => words.push((*sign).to_owned()),
                Token::Silent => return None,
            }
            if words.last().is_some_and(|word| word == "]]") {
                return Some(Node::Simple(Simple {
                    words,
                    is_silent: false,
                }));
            }
        }
    }

    fn simple(&mut self) -> Option<Node> {
        let mut simple = Simple {
            words: Vec::new(),
            is_silent: false,
        };
        loop {
            match self.tokens.get(self.at) {
                Some(Token::Word(word)) => simple.words.push(word.clone()),
                Some(Token::Silent) => simple.is_silent = true,
                Some(Token::Sign("(")) => {
                    let [name] = simple.words.as_slice() else {
                        return None;
                    };
                    let name = name.clone();
                    self.at += 1;
                    self.take_sign(")")?;
                    return self.function(name);
                }
                _ => break,
            }
            self.at += 1;
        }
        (!simple.words.is_empty() || simple.is_silent).then_some(Node::Simple(simple))
    }
}

//! What a script said, line by line, and the contents of files between.

use crate::failure::Failure;

/// What is left to be read of an answer.
pub(super) struct Records<'a> {
    left: &'a [u8],
    end: Vec<u8>,
}

impl<'a> Records<'a> {
    /// Contents end with the word that no file has in it.
    pub(super) fn new(answer: &'a [u8], nonce: &str) -> Self {
        Self {
            left: answer,
            end: format!("\n{nonce} end\n").into_bytes(),
        }
    }

    pub(super) fn line(&mut self) -> Result<&'a str, Failure> {
        let length = self.left.iter().position(|octet| *octet == b'\n');
        let (line, rest) = length
            .and_then(|length| self.left.split_at_checked(length))
            .ok_or_else(strange)?;
        self.left = rest.get(1..).unwrap_or_default();
        std::str::from_utf8(line).map_err(|_| strange())
    }

    /// The line `NAME VALUE`.
    pub(super) fn field(&mut self, name: &str) -> Result<&'a str, Failure> {
        let line = self.line()?;
        let value = line.strip_prefix(name);
        value
            .and_then(|value| value.strip_prefix(' '))
            .ok_or_else(strange)
    }

    pub(super) fn content(&mut self) -> Result<&'a [u8], Failure> {
        let length = self
            .left
            .windows(self.end.len())
            .position(|window| window == self.end);
        let (content, rest) = length
            .and_then(|length| self.left.split_at_checked(length))
            .ok_or_else(strange)?;
        self.left = rest.get(self.end.len()..).unwrap_or_default();
        Ok(content)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.left.is_empty()
    }
}

/// An answer that none of our scripts gives.
pub(super) fn strange() -> Failure {
    Failure::new("its shell does not answer as a POSIX shell would")
        .hint("look at what its ls -ldn / and uname -n print")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lines_and_contents_in_turn() {
        let answer = b"one 1\nab\nc\nN end\n\nN end\nlast \n";
        let mut records = Records::new(answer, "N");
        assert_eq!(records.field("one").expect("line"), "1");
        assert_eq!(records.content().expect("content"), b"ab\nc");
        assert_eq!(records.content().expect("content"), b"");
        assert_eq!(records.field("last").expect("line"), "");
        assert!(records.is_at_end());
        assert!(records.line().is_err() && records.content().is_err());
    }
}

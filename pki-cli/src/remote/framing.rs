//! The lines between what the other host says: `session.sh` has the grammar.

use std::ops::Range;

use zeroize::Zeroizing;

/// What a script on the other host had to say.
#[derive(Clone)]
pub(crate) struct Answer {
    /// The exit status of the script.
    pub(crate) status: i32,
    pub(crate) stdout: Zeroizing<Vec<u8>>,
    /// What the script itself wrote to its standard error; nothing of ssh.
    pub(crate) stderr: String,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("stdout", &format_args!("[{} bytes]", self.stdout.len()))
            .field("stderr", &self.stderr)
            .finish()
    }
}

/// A word that no file has in it and nobody on the other host can know
/// beforehand, so that the lines with it are those of our script.
#[derive(Clone, Debug)]
pub(super) struct Nonce(String);

/// No last line is longer, with the newline before it: the word has 32 digits, a status 3.
const LAST_LINE: usize = 64;

impl Nonce {
    pub(super) fn new(random: [u8; 16]) -> Self {
        Self(random.iter().map(|octet| format!("{octet:02x}")).collect())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn first_line(&self) -> String {
        format!("{}\n", self.0)
    }

    /// Whether the script has begun, whatever was said before.
    pub(super) fn is_ready(&self, came: &[u8]) -> bool {
        came.ends_with(format!("\n{} ready\n", self.0).as_bytes())
    }

    /// Whether this is an answer to its end. It is asked whenever something came, and looks at
    /// a few bytes, however much that was.
    pub(super) fn is_answer(&self, came: &[u8]) -> bool {
        self.status(came).is_some()
    }

    /// The parts of an answer; `None` if these bytes are none.
    pub(super) fn answer(&self, mut came: Zeroizing<Vec<u8>>) -> Option<Answer> {
        let (status, last) = self.status(&came)?;
        let middle = format!("\n{} errors\n", self.0).into_bytes();
        let at = came
            .get(..last.start + 1)?
            .windows(middle.len())
            .rposition(|window| window == middle)?;
        let errors = came.get(at + middle.len()..last.start).unwrap_or_default();
        let stderr = String::from_utf8_lossy(errors).into_owned();
        came.truncate(at);
        Some(Answer {
            status,
            stdout: came,
            stderr,
        })
    }

    /// The status in the last line, and where that line is.
    fn status(&self, came: &[u8]) -> Option<(i32, Range<usize>)> {
        let line = came.strip_suffix(b"\n")?;
        let tail_at = line.len().saturating_sub(LAST_LINE);
        let tail = line.get(tail_at..)?;
        let start = tail.iter().rposition(|octet| *octet == b'\n')?;
        let text = std::str::from_utf8(tail.get(start + 1..)?).ok()?;
        let digits = text.strip_prefix(&self.0)?.strip_prefix(' ')?;
        Some((digits.parse().ok()?, tail_at + start..came.len()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nonce() -> Nonce {
        Nonce::new([7; 16])
    }

    fn sent(stdout: &[u8], stderr: &str, status: i32) -> Zeroizing<Vec<u8>> {
        let nonce = nonce().0;
        let lines = format!("\n{nonce} errors\n{stderr}\n{nonce} {status}\n");
        Zeroizing::new([stdout, lines.as_bytes()].concat())
    }

    proptest! {
        #[test]
        fn whatever_is_said_comes_out_as_it_was(
            stdout in proptest::collection::vec(any::<u8>(), 0..200),
            stderr in "[a-z \n]{0,20}",
            status in 0..256,
        ) {
            let whole = sent(&stdout, &stderr, status);
            prop_assert!(nonce().is_answer(&whole));
            for cut in 0..whole.len() {
                prop_assert!(!nonce().is_answer(&whole[..cut]));
            }
            let answer = nonce().answer(whole).expect("whole");
            prop_assert_eq!(answer.status, status);
            prop_assert_eq!(&*answer.stdout, &stdout);
            prop_assert_eq!(answer.stderr, stderr);
        }

        #[test]
        fn nothing_that_comes_can_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(nonce().answer(Zeroizing::new(bytes)).is_none());
        }
    }

    #[test]
    fn a_line_of_another_is_no_end() {
        let other = Nonce::new([8; 16]);
        assert!(!other.is_answer(&sent(b"x", "", 0)));
        assert!(nonce().answer(Zeroizing::new(b"\n".to_vec())).is_none());
        let only_end = format!("\n{} 0\n", nonce().0).into_bytes();
        assert!(nonce().answer(Zeroizing::new(only_end)).is_none());
    }

    #[test]
    fn a_long_line_is_looked_at_from_its_end_alone() {
        let line = [b"\n", nonce().0.as_bytes(), &[b' '; 100], b"0\n"].concat();
        assert!(!nonce().is_answer(&line));
        let whole = sent(&[b'x'; 1000], "", 255);
        assert!(nonce().is_answer(&whole));
    }

    #[test]
    fn greetings_are_passed_over() {
        let ready = format!("Welcome!\x07\n{} ready\n", nonce().0);
        assert!(nonce().is_ready(ready.as_bytes()));
        assert!(!nonce().is_ready(&ready.as_bytes()[..ready.len() - 1]));
    }
}

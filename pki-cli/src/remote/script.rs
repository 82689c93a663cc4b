//! The scripts that run on other hosts, as they are sent.

/// A script without its comments, empty lines and indentation. Of a line that begins within
/// quotes or a here-document more would be lost, so the scripts have none: a test sees to it.
pub(crate) fn bare(script: &str) -> String {
    let lines = script.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The first line that ends within quotes, or begins a here-document.
    pub(crate) fn unsafe_to_bare(script: &str) -> Option<&str> {
        let mut quote = None;
        script.lines().find(|line| {
            let mut before = ' ';
            let mut octets = line.chars().peekable();
            while let Some(c) = octets.next() {
                match (quote, c) {
                    (None, '#') if before.is_whitespace() => break,
                    (None | Some('"'), '\\') => {
                        octets.next();
                    }
                    (None, '\'' | '"') => quote = Some(c),
                    (Some(open), c) if open == c => quote = None,
                    (None, '<') if octets.peek() == Some(&'<') => return true,
                    _ => {}
                }
                before = c;
            }
            quote.is_some()
        })
    }

    #[test]
    fn nothing_is_taken_from_a_script_but_words_for_people() {
        let script = "# what\n\nf() {\n  # why\n  echo \"# a  'b'\" # c\n}\n";
        assert_eq!(bare(script), "f() {\necho \"# a  'b'\" # c\n}\n");
        for text in ["echo 'a\n  b'\n", "x=\"\n\"\n", "cat <<END\n  x\nEND\n"] {
            assert!(unsafe_to_bare(text).is_some(), "{text}");
        }
        for text in [
            "echo \"it's\" # don't\n",
            "${x#'}'}\n",
            "a=\\'\nb=\"\\\"\"\n",
            "",
        ] {
            assert_eq!(unsafe_to_bare(text), None, "{text}");
        }
        assert_eq!(unsafe_to_bare(include_str!("session.sh")), None);
    }
}

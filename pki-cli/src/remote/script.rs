//! The scripts that run on other hosts, as they are sent.

/// What runs over there.
const SCRIPT: &str = include_str!("session.sh");

/// All that is sent before the first question.
pub(crate) fn whole(library: &str) -> String {
    [library, &bare(SCRIPT)].concat()
}

/// The command that takes in the script. It is read by whatever shell somebody has there: csh,
/// fish and POSIX shells see the same in it. As a rule all of the script is there at once; the
/// rest of one that is not is read byte by byte, for after it comes what is not its own.
pub(super) fn bootstrap(script: &str) -> String {
    let length = script.len();
    format!(
        "sh -c 'PATH=$PATH:/usr/bin:/bin:/usr/sbin:/sbin; LC_ALL=C; export PATH LC_ALL; \
         script=$(dd bs={length} count=1 2>/dev/null; echo .); script=${{script%.}}; \
         left=$(({length}-${{#script}})); if [ $left -gt 0 ]; then \
         script=$script$(dd ibs=1 obs=4096 count=$left 2>/dev/null); fi; eval \"$script\"'"
    )
}

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
        assert_eq!(unsafe_to_bare(SCRIPT), None);
    }
}

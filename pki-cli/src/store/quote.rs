//! Paths in messages: for people, and for a shell.

use std::path::Path;

use pki_core::shell;

/// A path for people: in single quotes, with nothing in it that could move the cursor or hide.
pub(crate) fn quote(path: &Path) -> String {
    let mut text = String::from("'");
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '"' {
                text.push(c);
            } else {
                text.extend(c.escape_debug());
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text.push('\'');
    text
}

/// A path to paste into a shell.
pub(crate) fn shell_word(path: &Path) -> String {
    shell::path(path.as_os_str().as_encoded_bytes())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn quotes_what_a_terminal_would_obey() {
        let path = Path::new(OsStr::from_bytes(b"a\x1b[2J\n\xff\"\xe2\x80\xaeb"));
        assert_eq!(quote(path), "'a\\u{1b}[2J\\n\\xff\"\\u{202e}b'");
    }
}

//! Paths in messages: for people, and for a shell.

use std::path::Path;

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

/// A path to paste into a shell: as it is where no shell would read it otherwise.
pub(super) fn shell_word(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"/._-+,@%:".contains(b);
    if !bytes.is_empty() && bytes[0] != b'-' && bytes.iter().all(plain) {
        return String::from_utf8_lossy(bytes).into();
    }
    let harmless = |b: u8| matches!(b, b' '..=b'~') && b != b'\'' && b != b'\\';
    if bytes.iter().all(|&b| harmless(b)) {
        return format!("'{}'", String::from_utf8_lossy(bytes));
    }
    let mut word = String::from("$'");
    for &b in bytes {
        if harmless(b) {
            word.push(char::from(b));
        } else {
            word.push_str(&format!("\\x{b:02x}"));
        }
    }
    word.push('\'');
    word
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

    #[test]
    fn shell_words_are_safe_to_paste() {
        assert_eq!(shell_word(Path::new("/etc/kubernetes")), "/etc/kubernetes");
        assert_eq!(shell_word(Path::new("/a b")), "'/a b'");
        assert_eq!(shell_word(Path::new("/a'b;$(x)")), "$'/a\\x27b;$(x)'");
        assert_eq!(shell_word(Path::new("-rf")), "'-rf'");
    }
}

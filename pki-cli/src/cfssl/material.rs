//! The files and variables that a command line of cfssl names, with Go's words for what goes wrong.

use std::path::Path;

use zeroize::Zeroizing;

use crate::env::Env;
use crate::store::{StreamError, errno_text, read_stdin, read_stream};

/// No certificate, key, request or configuration comes near this size.
const LONGEST: usize = 1 << 20;

/// Reads a document that is named on the command line; `-` is stdin. The error is Go's text.
pub(crate) fn document(path: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    bounded(path, LONGEST)
}

/// Reads what `-ca`, `-ca-key` and `-key` name: a file, `file:FILE` or `env:VARIABLE`, whose value
/// is the material itself. `-` is a file like any other. The error is Go's text.
pub(crate) fn material(named: &str, env: &Env) -> Result<Zeroizing<Vec<u8>>, String> {
    match named.split_once(':') {
        Some((prefix, _)) if prefix != "file" && looks_like_content(named) => {
            Err(NOT_A_NAME.to_owned())
        }
        None => file(named, LONGEST),
        Some(("file", path)) => file(path, LONGEST),
        Some(("env", name)) => {
            let value = env.variable(name);
            match value.len() {
                0..=LONGEST => Ok(value),
                _ => Err(format!("read {named}: longer than 1 MiB")),
            }
        }
        Some((prefix, _)) => Err(format!("unknown prefix: {prefix}")),
    }
}

/// Reads a file, or stdin for `-`, of at most so many bytes. The error is Go's text.
pub(crate) fn bounded(path: &str, longest: usize) -> Result<Zeroizing<Vec<u8>>, String> {
    match path {
        "-" => read_stdin(longest).map_err(|error| words("/dev/stdin", &error)),
        path => file(path, longest),
    }
}

fn file(path: &str, longest: usize) -> Result<Zeroizing<Vec<u8>>, String> {
    read_stream(Path::new(path), longest).map_err(|error| words(path, &error))
}

/// Whether this may be a key, or a configuration with keys, in the place of its file's name, as by
/// `-ca-key "$KEY"` with `env:` forgotten. Such words never stand in a message.
fn looks_like_content(named: &str) -> bool {
    const LONG: usize = 64;
    let encoded = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_: ".contains(&byte);
    named.contains(['\n', '\r', '{'])
        || named.contains("-----")
        || (named.len() >= LONG && named.bytes().all(encoded))
}

/// A word of the command line as a message may show it.
pub(super) fn shown(word: &str) -> &str {
    match looks_like_content(word) {
        true => "(not repeated here, it looks like the content of a file)",
        false => word,
    }
}

const NOT_A_NAME: &str = "this names no file and looks like the content of one, so that it is not repeated here: give the name of the file, or for -ca, -ca-key and -key env:VARIABLE";

/// Go's texts for system errors are those of the C library, in small letters.
fn words(path: &str, error: &StreamError) -> String {
    match error {
        StreamError::Open(_) if looks_like_content(path) => NOT_A_NAME.to_owned(),
        StreamError::Open(error) => format!("open {path}: {}", errno_text(error)),
        StreamError::Read(error) => format!("read {path}: {}", errno_text(error)),
        StreamError::TooLong(longest) => {
            format!("read {path}: longer than {} MiB", longest >> 20)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(named: &str) -> Result<Zeroizing<Vec<u8>>, String> {
        material(named, &Env::without_clock())
    }

    #[test]
    fn reads_files_and_variables() {
        let temp = tempfile::tempdir().expect("tempdir");
        let path = temp.path().join("ca.pem");
        std::fs::write(&path, "a CA").expect("write");
        let path = path.to_str().expect("UTF-8");
        assert_eq!(**read(path).expect("a file"), *b"a CA");
        assert_eq!(**read(&format!("file:{path}")).expect("a file"), *b"a CA");
        // Cargo sets this one for every test.
        assert_eq!(
            **read("env:CARGO_PKG_NAME").expect("a variable"),
            *b"pki-cli"
        );
        assert!(read("env:KPKI_NO_SUCH_VARIABLE").expect("empty").is_empty());
    }

    #[test]
    fn fails_in_the_words_of_go() {
        let temp = tempfile::tempdir().expect("tempdir");
        let dir = temp.path().to_str().expect("UTF-8").to_owned();
        std::fs::write(temp.path().join("file"), "").expect("write");
        for (named, text) in [
            ("".to_owned(), "open : no such file or directory".to_owned()),
            ("-".into(), "open -: no such file or directory".into()),
            (
                format!("{dir}/nope"),
                format!("open {dir}/nope: no such file or directory"),
            ),
            (
                format!("file:{dir}/file/x"),
                format!("open {dir}/file/x: not a directory"),
            ),
            (dir.clone(), format!("read {dir}: is a directory")),
            ("c:ca.pem".into(), "unknown prefix: c".into()),
            (":".into(), "unknown prefix: ".into()),
        ] {
            assert_eq!(read(&named).err(), Some(text), "{named}");
        }
        assert_eq!(
            read("/dev/zero").err(),
            Some("read /dev/zero: longer than 1 MiB".into())
        );
    }

    #[test]
    fn content_in_the_place_of_a_name_is_not_repeated() {
        let key = "MHcCAQEEIBzYZXRjZCBzZWNyZXQga2V5IG1hdGVyaWFsIGhlcmUgaXQgaXM/+oAoGCCqGSM49";
        for named in [
            format!("-----BEGIN EC PRIVATE KEY-----\n{key}\n-----END EC PRIVATE KEY-----"),
            format!("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n{key}"),
            key.to_owned(),
            format!("{key}:"),
            format!("env:{key}"),
            format!("file:{key}"),
            format!("-----BEGIN PRIVATE KEY----- {key} -----END PRIVATE KEY-----"),
            format!("{{\"auth_keys\": {{\"a\": {{\"key\": \"{key}\"}}}}}}"),
        ] {
            for error in [read(&named).err(), document(&named).err()] {
                let error = error.expect("refused");
                assert_eq!(error, NOT_A_NAME, "{named}");
                assert!(!error.contains("MHcC"), "{error}");
            }
        }
    }

    #[test]
    fn a_file_may_be_called_anything() {
        let temp = tempfile::tempdir().expect("tempdir");
        let path = temp.path().join(format!("a\n{{{}", "x".repeat(80)));
        std::fs::write(&path, "a CA").expect("write");
        let path = path.to_str().expect("UTF-8");
        assert_eq!(**read(path).expect("a file"), *b"a CA");
    }
}

//! What a file is that holds nothing of ours, or holds it in a wrapping.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use super::{Mistaken, der};

/// Texts that may have PEM inside and are not PEM.
pub(super) fn container(text: &[u8]) -> Option<Mistaken> {
    let text = text.trim_ascii_start();
    match text.first()? {
        b'<' => Some(markup(text)),
        b'{' | b'[' => json(text),
        _ => None,
    }
}

/// Anything that is neither PEM nor DER nor a kubeconfig.
pub(super) fn name(bytes: &[u8]) -> Mistaken {
    const FIRST_BYTES: [(&[u8], &str); 8] = [
        (
            &[0xfe, 0xed, 0xfe, 0xed],
            "a Java keystore (JKS), which neither Kubernetes nor etcd reads",
        ),
        (&[0x1f, 0x8b], "compressed by gzip"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\xfd7zXZ\0", "compressed by xz"),
        (b"BZh", "compressed by bzip2"),
        (b"\x7fELF", "a program"),
        (
            b"PuTTY-User-Key-File",
            "a private key in the form of PuTTY, which neither Kubernetes nor etcd reads",
        ),
        (b"!<arch>", "an archive of ar"),
    ];
    if bytes.is_empty() {
        return Mistaken::new("empty").hint(INTERRUPTED);
    }
    if bytes.iter().all(|byte| *byte == 0) {
        let what = format!("nothing but {} zero bytes", bytes.len());
        return Mistaken::new(what).hint(INTERRUPTED);
    }
    if bytes.trim_ascii().is_empty() {
        return Mistaken::new("nothing but white space").hint(INTERRUPTED);
    }
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes {
        return Mistaken::new("text in UTF-16, as Windows writes it")
            .hint("iconv -f UTF-16 -t UTF-8 FILE makes text of it that programs read");
    }
    if let Some((_, what)) = FIRST_BYTES
        .iter()
        .find(|(first, _)| bytes.starts_with(first))
    {
        return Mistaken::new(*what);
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Mistaken::new("an archive of tar");
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => in_text(text.trim()),
        Err(_) => Mistaken::new(format!("{} bytes of no kind that is known", bytes.len())),
    }
}

const INTERRUPTED: &str =
    "a write that was interrupted, or a full disk, leaves such files: take the copy of a backup";

fn markup(text: &[u8]) -> Mistaken {
    let start = text.get(..1024).unwrap_or(text).to_ascii_lowercase();
    let has = |word: &[u8]| start.windows(word.len()).any(|window| window == word);
    match has(b"<html") || has(b"<!doctype html") {
        true => Mistaken::new("an HTML page, probably of a login or an error"),
        false => Mistaken::new("XML or the like"),
    }
}

/// Values are passed over: one of them may be a key.
fn json(text: &[u8]) -> Option<Mistaken> {
    let members: BTreeMap<String, IgnoredAny> = match serde_json::from_slice(text) {
        Ok(members) => members,
        Err(_) => {
            let list: Result<IgnoredAny, _> = serde_json::from_slice(text);
            return list
                .ok()
                .map(|_| Mistaken::new("JSON of no kind that is known"));
        }
    };
    let has = |key: &str| members.contains_key(key);
    let found = if has("cert") || has("csr") || has("key") && !has("CN") && !has("hosts") {
        Mistaken::new("the JSON that cfssl prints").hint(
            "'kpki cfssljson -bare NAME < FILE' makes NAME.pem, NAME-key.pem and NAME.csr of it",
        )
    } else if has("signing") || has("CN") || has("hosts") {
        Mistaken::new("a document for cfssl, with no certificate in it")
            .hint("'kpki lint FILE' checks it")
    } else if has("kty") || has("keys") {
        Mistaken::new("a JSON Web Key, which neither Kubernetes nor etcd reads from a file")
    } else if has("apiVersion") && has("kind") {
        Mistaken::new("an object of Kubernetes in JSON").hint(OBJECT)
    } else {
        Mistaken::new("JSON of no kind that is known")
    };
    Some(found)
}

const OBJECT: &str = "take a field out of it: \
    kubectl get secret NAME -o jsonpath='{.data.tls\\.crt}' | base64 -d | kpki inspect -";

fn in_text(text: &str) -> Mistaken {
    let starts = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    if starts(&["ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-", "---- BEGIN SSH2"]) {
        return Mistaken::new("a public key of SSH");
    }
    if starts(&["Certificate:\n", "Certificate:\r\n"]) {
        return Mistaken::new("what 'openssl x509 -text' prints, without the certificate itself");
    }
    if text.contains("-----END ") {
        return Mistaken::new("PEM whose beginning is cut off: it has no BEGIN line")
            .hint("copy the whole file again");
    }
    if text.contains("BEGIN ") && (text.contains("END ") || text.contains("CERTIFICATE")) {
        return Mistaken::new("PEM with a damaged BEGIN line")
            .hint("it has five plain hyphens on each side: -----BEGIN CERTIFICATE-----");
    }
    base64(text)
        .or_else(|| yaml(text))
        .unwrap_or_else(|| Mistaken::new("text of no kind that is known"))
}

/// Base64 without its armour, or of a whole PEM text, as fields of kubeconfigs
/// and Secrets have it.
fn base64(text: &str) -> Option<Mistaken> {
    const SHORTEST: usize = 32;
    const HINT: &str = "'base64 -d FILE | kpki inspect -' shows what is in it";
    let mut compact = Zeroizing::new(String::with_capacity(text.len()));
    compact.extend(text.chars().filter(|c| !c.is_ascii_whitespace()));
    if compact.len() < SHORTEST {
        return None;
    }
    let decoded = Zeroizing::new(BASE64_STANDARD.decode(compact.as_bytes()).ok()?);
    const BEGIN: &[u8] = b"-----BEGIN ";
    let has_pem = decoded.windows(BEGIN.len()).any(|window| window == BEGIN);
    let what = match has_pem {
        true => "base64 of PEM, as a kubeconfig or a Secret has it".to_owned(),
        false if der::looks_like_der(&decoded) => match der::recognize(&decoded) {
            Ok(content) => format!(
                "base64 of {} without its BEGIN and END lines",
                der::kind(&content)
            ),
            Err(mistaken) => format!("base64 of {mistaken}"),
        },
        false => "base64 of no kind that is known".to_owned(),
    };
    Some(Mistaken::new(what).hint(HINT))
}

fn yaml(text: &str) -> Option<Mistaken> {
    #[derive(Deserialize)]
    struct Object {
        kind: String,
    }
    let is_top = |line: &str| line.starts_with("kind:") || line.starts_with("apiVersion:");
    if !text.lines().take(100).any(is_top) {
        return None;
    }
    let lists = ["contexts:", "clusters:", "users:"];
    if text.lines().any(|line| lists.contains(&line.trim_end())) {
        // The parser's own words could show a part of a key.
        let error = serde_saphyr::from_str::<Object>(text).err();
        let line = error.map(|error| error.location().map(|place| place.line()));
        return Some(match line {
            Some(Some(line)) => Mistaken::new(format!(
                "a kubeconfig whose YAML is broken near line {line}"
            )),
            Some(None) => Mistaken::new("a kubeconfig whose YAML is broken"),
            None => Mistaken::new(
                "a kubeconfig that is broken: a name is missing, or a value is of the wrong type",
            ),
        });
    }
    Some(match serde_saphyr::from_str::<Object>(text) {
        Ok(object) if object.kind == "Secret" => {
            Mistaken::new("a Secret of Kubernetes").hint(OBJECT)
        }
        Ok(object) if object.kind == "Config" => Mistaken::new("a kubeconfig with nothing in it"),
        Ok(object) => {
            let kind: String = object.kind.chars().take(64).collect();
            Mistaken::new(format!("YAML of the kind {}", kind.escape_debug()))
        }
        Err(_) => Mistaken::new("YAML of no kind that is known"),
    })
}

//! A host of which only the public view is known: what is found is what is found
//! of the files themselves.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::faults::{described, faults, with};
use super::*;
use crate::key::HALF_OF;
use crate::pem_text;

/// How another host shows a file, as far as trees here have such files.
fn public_view(path: &str, bytes: &[u8]) -> Vec<u8> {
    let is_pem = bytes.windows(11).any(|window| window == b"-----BEGIN ");
    match std::str::from_utf8(bytes) {
        _ if bytes.starts_with(&[0xef, 0xbb, 0xbf]) => [&bytes[..3], b"\n"].concat(),
        Ok(text) if is_pem => view_of_pem(text).into_bytes(),
        Ok(text) if path.contains(".conf") => view_of_kubeconfig(text).into_bytes(),
        Ok(_) if path.starts_with("manifests/") || path.ends_with(".yaml") => bytes.to_vec(),
        _ if Certificate::from_der(bytes).is_ok() => bytes.to_vec(),
        // Of another container what tells its kind.
        _ if bytes.starts_with(&[0x30]) => vec![0x30, 3, 2, 1, u8::from(bytes.contains(&3)) * 3],
        _ => bytes
            .iter()
            .copied()
            .filter(|byte| *byte == b'\n')
            .collect(),
    }
}

/// Line by line, so that every line keeps its number.
fn view_of_pem(text: &str) -> String {
    let (mut out, mut key): (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());
    let mut is_inside = false;
    for line in text.lines() {
        let is_key = line.ends_with("PRIVATE KEY-----");
        match () {
            () if line.starts_with("-----BEGIN ") && is_key => key = vec![line],
            () if key.is_empty() => {
                is_inside |= line.starts_with("-----BEGIN ");
                out.push(if is_inside { line } else { "" }.to_owned());
                is_inside &= !line.starts_with("-----END ");
            }
            () => {
                key.push(line);
                if line.starts_with("-----END ") {
                    out.extend(half_of(&std::mem::take(&mut key)));
                }
            }
        }
    }
    // One without an end.
    let rest = key.iter().enumerate().map(|(index, line)| match index {
        0 => line.replace("BEGIN ", &format!("BEGIN {HALF_OF}")),
        _ => String::new(),
    });
    out.extend(rest);
    out.iter().map(|line| format!("{line}\n")).collect()
}

fn half_of(key: &[&str]) -> Vec<String> {
    let text = key.join("\n");
    let is_base64 = |line: &&&str| {
        line.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
    };
    let header = match text.contains("Proc-Type") {
        true => "Proc-Type: 4,ENCRYPTED\n\n",
        false => "",
    };
    let half = match KeyPair::from_pem(text.as_bytes()) {
        Ok(pair) => BASE64_STANDARD.encode(pair.public_key().to_der()),
        Err(Error::Pem { .. }) => "*".to_owned(),
        Err(Error::EncryptedPrivateKey) => "MAA=".to_owned(),
        Err(_) if key[1..key.len() - 1].iter().all(|line| is_base64(&line)) => weak_half(&text),
        Err(_) => "*".to_owned(),
    };
    let line = |line: &str| {
        line.replace("BEGIN ", &format!("BEGIN {HALF_OF}"))
            .replace("END ", &format!("END {HALF_OF}"))
    };
    let whole = format!(
        "{}\n{header}{half}\n{}",
        line(key[0]),
        line(key[key.len() - 1])
    );
    let mut lines: Vec<_> = whole.lines().map(str::to_owned).collect();
    lines.resize(key.len().max(lines.len()), String::new());
    lines
}

/// openssl reads keys that are too short for the libraries here.
fn weak_half(text: &str) -> String {
    let block = pem_text::first_private_key(text.as_bytes());
    let found = block.and_then(|block| PrivateKeyDescription::from_der(&block.contents));
    match found.as_ref().map(PrivateKeyDescription::public_key) {
        Ok(Some(public)) => BASE64_STANDARD.encode(public.to_der()),
        _ => "BQA=".to_owned(),
    }
}

fn view_of_kubeconfig(text: &str) -> String {
    let line = |line: &str| {
        let Some((field, data)) = line.split_once("client-key-data: ") else {
            return format!("{line}\n");
        };
        let whole = BASE64_STANDARD.decode(data.trim()).unwrap_or_default();
        let view = view_of_pem(&String::from_utf8(whole).unwrap_or_default());
        format!("{field}client-key-data: {}\n", BASE64_STANDARD.encode(view))
    };
    text.lines().map(line).collect()
}

fn seen_from_afar(tree: &Tree) -> Tree {
    let seen = |(path, file): (&String, &TreeFile)| {
        let content = match &file.content {
            TreeContent::Bytes(bytes) => TreeContent::PublicView(public_view(path, bytes).into()),
            TreeContent::PublicView(text) => TreeContent::PublicView(text.clone()),
            TreeContent::Withheld(why) => TreeContent::Withheld(why.clone()),
            TreeContent::Unreadable(why) => TreeContent::Unreadable(why.clone()),
            TreeContent::Hidden => TreeContent::Hidden,
            TreeContent::TooLarge(size) => TreeContent::TooLarge(*size),
            TreeContent::NotAFile(kind) => TreeContent::NotAFile(kind),
        };
        let link = file.link.clone();
        (
            path.clone(),
            TreeFile {
                content,
                link,
                ..*file
            },
        )
    };
    Tree {
        location: tree.location.clone(),
        files: tree.files.iter().map(seen).collect(),
        directories: tree.directories.clone(),
        unlisted: tree.unlisted.clone(),
        remains: Vec::new(),
        password_seal: tree.password_seal.clone(),
        ..*tree
    }
}

fn told(tree: &Tree, expectation: &Expectation) -> Vec<String> {
    let report = verify(tree, expectation, now());
    let mut told: Vec<_> = report
        .findings
        .iter()
        .map(|finding| format!("{finding:?}"))
        .collect();
    told.extend(report.not_checked.iter().map(|gap| format!("{gap:?}")));
    told.push(format!("{:?}", report.identities));
    told
}

#[test]
fn of_every_fault_the_view_says_the_same() {
    let mut wrong = Vec::new();
    for fault in faults() {
        for expectation in [expectation(&described()), Expectation::default()] {
            let whole = with(&[fault]);
            let seen = seen_from_afar(&whole);
            let (whole, seen) = (told(&whole, &expectation), told(&seen, &expectation));
            let differ: Vec<_> = whole
                .iter()
                .zip(&seen)
                .filter(|(one, other)| one != other)
                .collect();
            if whole != seen {
                wrong.push(format!(
                    "{fault:?}: {differ:#?} {} {}",
                    whole.len(),
                    seen.len()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// A host without openssl, and one whose openssl cannot read the keys.
#[test]
fn what_no_half_came_of_is_not_checked() {
    let without = |half: &str| {
        let mut seen = seen_from_afar(&with(&[]));
        for file in seen.files.values_mut() {
            let TreeContent::PublicView(view) = &mut file.content else {
                continue;
            };
            let text = String::from_utf8(view.to_vec()).unwrap();
            let is_half = |line: &str| line.starts_with("-----BEGIN PUBLIC HALF");
            let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
            for at in 1..lines.len() {
                if is_half(&lines[at - 1]) {
                    lines[at] = half.to_owned();
                }
            }
            *view = lines
                .iter()
                .flat_map(|line| [line, "\n"])
                .collect::<String>()
                .into_bytes()
                .into();
        }
        seen
    };
    let told = expectation(&described());
    let report = verify(&without("MAA="), &told, now());
    assert_eq!(report.findings, []);
    assert!(report.is_complete());
    let listed: BTreeSet<_> = report
        .not_checked
        .iter()
        .map(|gap| gap.what.as_str())
        .collect();
    for key in [
        "'pki/ca.key'",
        "'pki/sa.key'",
        "'pki/etcd/peer.key'",
        "'/var/lib/kubelet/pki/kubelet-client-current.pem'",
    ] {
        assert!(listed.contains(key), "{listed:?}");
    }
    let report = verify(&without("BQA="), &told, now());
    assert!(!report.is_complete());
    assert!(
        report
            .findings
            .iter()
            .all(|finding| finding.rule == Rule::Unreadable)
    );
    assert!(report.unreadable >= 10, "{:?}", report.findings);
}

#[test]
fn what_stays_on_its_host_is_not_checked() {
    let mut tree = with(&[]);
    for path in [
        "pki/apiserver.key",
        "admin.conf",
        "manifests/kube-scheduler.yaml",
    ] {
        let why = "it may be secret".to_owned();
        tree.files.get_mut(path).unwrap().content = TreeContent::Withheld(why);
    }
    let report = verify(&tree, &expectation(&described()), now());
    assert_eq!(report.findings, []);
    let listed: Vec<_> = report
        .not_checked
        .iter()
        .map(|gap| gap.what.as_str())
        .collect();
    for what in [
        "'pki/apiserver.key'",
        "'admin.conf'",
        "'manifests/kube-scheduler.yaml'",
    ] {
        assert!(listed.contains(&what), "{listed:?}");
    }
}

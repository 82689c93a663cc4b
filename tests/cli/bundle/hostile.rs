//! Plaintexts that were made by hand, encrypted as they should be: what is in a bundle is not
//! believed because it could be decrypted.

use std::fs;
use std::io::{Read, Write};
use std::iter;

use age::{Decryptor, Encryptor, Identity, Recipient, x25519};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use pki_core::{KeyPair, SignatureAlgorithm, SigningKey};

use super::done;
use super::place::{Carried, IDENTITY, RECIPIENT};

/// The parts of a plaintext: its list of files, the files.
fn plaintext(place: &Carried) -> (String, Vec<u8>) {
    let key = fs::read_to_string(place.join(IDENTITY)).expect("the key");
    let key = key.lines().last().expect("a line");
    let key: x25519::Identity = key.parse().expect("an identity");
    let sealed = fs::read(place.join("c.age")).expect("the bundle");
    let decryptor = Decryptor::new(&sealed[..]).expect("age's format");
    let mut reader = decryptor
        .decrypt(iter::once(&key as &dyn Identity))
        .expect("opened");
    let mut plain = Vec::new();
    reader.read_to_end(&mut plain).expect("whole");
    let mut lines = plain.splitn(4, |byte| *byte == b'\n');
    assert_eq!(lines.next(), Some(&b"kpki-bundle/v1"[..]));
    let header = lines.next().expect("a header").to_vec();
    let _ = lines.next().expect("a signature");
    let files = lines.next().expect("files");
    let end = files.iter().rposition(|byte| *byte != 0).expect("a file") + 1;
    (
        String::from_utf8(header).expect("JSON"),
        files[..end].to_vec(),
    )
}

/// Signed by the CA itself, so that nothing but its content speaks against it.
fn signed(place: &Carried, format: &str, header: &str, files: &[u8]) -> Vec<u8> {
    let key = fs::read(place.join("a/pki/ca.key")).expect("the CA's key");
    let key = KeyPair::from_pem(&key).expect("a key");
    let mut plain = format!("{format}\n{header}\n").into_bytes();
    let algorithm = SignatureAlgorithm::kubeadm(key.public_key().kind());
    let signature = key.sign(algorithm, &plain).expect("signed");
    let line = format!("signed {}\n", BASE64_STANDARD.encode(signature));
    plain.extend_from_slice(line.as_bytes());
    plain.extend_from_slice(files);
    plain.resize(plain.len().next_multiple_of(1024), 0);
    plain
}

fn seal(place: &Carried, plain: &[u8]) {
    let recipient: x25519::Recipient = RECIPIENT.parse().expect("a recipient");
    let encryptor = Encryptor::with_recipients(iter::once(&recipient as &dyn Recipient));
    let mut sealed = Vec::new();
    let mut writer = encryptor
        .expect("fine")
        .wrap_output(&mut sealed)
        .expect("fine");
    writer.write_all(plain).expect("fine");
    writer.finish().expect("fine");
    fs::write(place.join("hostile.age"), sealed).expect("written");
}

#[test]
fn paths_have_no_way_in() {
    let place = Carried::sample();
    done(&place.run(&[
        "create", "--from", "a/pki", "--to", "c.age", "-r", RECIPIENT,
    ]));
    let (header, files) = plaintext(&place);
    // As it was made, by another hand.
    seal(&place, &signed(&place, "kpki-bundle/v1", &header, &files));
    done(&place.run(&["show", "hostile.age", "-i", IDENTITY]));

    let row = |name: &str| header.replacen(r#""row":"ca""#, &format!(r#""row":"{name}""#), 1);
    let unknown = |name: &str| format!("it has a file of the unknown kind '{name}'");
    let entry =
        &header[header.find(r#"{"row""#).expect("an entry")..=header.find("},").expect("its end")];
    let length = entry.split(r#""length":"#).nth(1).expect("a length");
    let length = &length[..length.find(',').expect("its end")];
    let declared = |number: &str| {
        header.replacen(
            &format!(r#""length":{length}"#),
            &format!(r#""length":{number}"#),
            1,
        )
    };
    let too_long = "the certificate of 'ca' in it is declared to be empty or longer than 1 MiB";
    let cases = [
        (row("../../etc/shadow"), unknown("../../etc/shadow")),
        (row("/etc/shadow"), unknown("/etc/shadow")),
        (row("etcd/../ca"), unknown("etcd/../ca")),
        (row("..\\u001b[2J"), unknown("..\\u{1b}[2J")),
        (
            header.replacen(r#""part":"#, r#""path":"/etc/shadow","part":"#, 1),
            "its header has the unknown field 'path'".to_owned(),
        ),
        (
            header.replacen(r#""part":"certificate""#, r#""part":"symlink""#, 1),
            "it has a part 'symlink' of 'ca', which has no such part in this kind of cluster"
                .to_owned(),
        ),
        (
            header.replacen("[{", &format!("[{entry},{{"), 1),
            "it has the certificate of 'ca' twice".to_owned(),
        ),
        (declared("4294967296"), too_long.to_owned()),
        (declared("18446744073709551615"), too_long.to_owned()),
        (
            declared("1048576"),
            "it ends before the end of the certificate of 'ca'".to_owned(),
        ),
        (
            header.replace(r#""host":null"#, r#""host":"../m1""#),
            "its header is broken: its host is not a host's name".to_owned(),
        ),
    ];
    for (hostile, expected) in cases {
        assert_ne!(hostile, header);
        seal(&place, &signed(&place, "kpki-bundle/v1", &hostile, &files));
        let said = place.refused(&mut place.command(&[
            "apply",
            "hostile.age",
            "-i",
            IDENTITY,
            "--cert-dir",
            "b/pki",
        ]));
        // On one line, however it was wrapped.
        let said: Vec<_> = said.split_whitespace().collect();
        let expected = format!("error: 'hostile.age': {expected} hint: ");
        assert!(
            said.join(" ").starts_with(&expected),
            "{expected}: {said:?}"
        );
    }
}

#[test]
fn other_plaintexts_are_told_apart() {
    let place = Carried::sample();
    done(&place.run(&[
        "create", "--from", "a/pki", "--to", "c.age", "-r", RECIPIENT,
    ]));
    let (header, files) = plaintext(&place);
    let refused = |plain: &[u8]| {
        seal(&place, plain);
        place.refused(&mut place.command(&["show", "hostile.age", "-i", IDENTITY]))
    };
    let said = refused(b"a letter");
    assert_eq!(
        said,
        "error: 'hostile.age': it is no bundle of kpki\nhint: age encrypted something else in it\n"
    );
    let said = refused(b"");
    assert!(said.contains("it is no bundle of kpki"), "{said}");
    let said = refused(&signed(&place, "kpki-bundle/v2", &header, &files));
    assert_eq!(
        said,
        "error: 'hostile.age': its format 'kpki-bundle/v2' is newer than this kpki\nhint: use a newer kpki\n"
    );
    // Who has not the CA's key can encrypt, and that is all.
    let whole = signed(&place, "kpki-bundle/v1", &header, &files);
    let later = header.replace("2026-11-22", "2027-11-22");
    let text = String::from_utf8(whole)
        .expect("text")
        .replacen(&header, &later, 1);
    let said = refused(text.as_bytes());
    assert!(said.starts_with("error: 'hostile.age': its signature was not made by the cluster's CA in it\nhint: somebody without the key"), "{said}");
    let mut swapped = files.clone();
    *swapped.last_mut().expect("a byte") ^= 1;
    let said = refused(&signed(&place, "kpki-bundle/v1", &header, &swapped));
    assert!(
        said.contains("is not the one that its header was written for"),
        "{said}"
    );
}

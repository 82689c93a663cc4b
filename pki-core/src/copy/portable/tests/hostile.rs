//! Bundles that were made by hand.

use super::*;

/// The three parts: the header's JSON, the line of the seal, the rest.
fn taken_apart(bytes: &[u8]) -> (String, String, Vec<u8>) {
    let rest = behind_format(bytes).expect("the format");
    let (header, rest) = first_line(rest, Longest::HEADER).expect("a header");
    let (seal, rest) = first_line(rest, Longest::SEAL).expect("a seal");
    let text = |line: &[u8]| String::from_utf8(line.to_vec()).expect("text");
    (text(header), text(seal), rest.to_vec())
}

/// What somebody can make who has the CA's key: what is refused then is not
/// refused for its signature.
fn signed_by(key: &[u8], header: &str, files: &[u8]) -> Vec<u8> {
    let key = KeyPair::from_pem(key).expect("a key");
    let signed = format!("kpki-bundle/v1\n{header}\n");
    let seal = Seal::sign(signed.as_bytes(), &key).expect("signed");
    let mut bytes = signed.into_bytes();
    bytes.extend_from_slice(seal.to_line(&bytes).as_bytes());
    bytes.push(b'\n');
    bytes.extend_from_slice(files);
    let length = bytes.len().next_multiple_of(PortableBundle::UNIT);
    bytes.resize(length, 0);
    bytes
}

fn edited(edit: impl FnOnce(&str) -> String) -> PortableError {
    let (header, _, files) = taken_apart(&SIGNED);
    let end = files.iter().rposition(|byte| *byte != 0).expect("files") + 1;
    let edited = edit(&header);
    assert_ne!(edited, header);
    refused(&signed_by(CA_KEY, &edited, &files[..end]))
}

#[test]
fn there_is_no_way_to_name_a_path() {
    for row in [
        "../../etc/shadow",
        "/etc/shadow",
        "etcd/../ca",
        "./ca",
        "ca/",
        "",
        "CA",
        "etcd-ca",
        "admin",
        "ca.crt",
        "ca\\u0000",
    ] {
        let error =
            edited(|header| header.replacen(r#""row":"ca""#, &format!(r#""row":"{row}""#), 1));
        assert!(
            matches!(error, PortableError::UnknownRow { .. }),
            "{row}: {error}"
        );
        assert!(!error.to_string().contains('\0'));
    }
    for part in ["", "../x", "kubeconfig", "public-key", "private-Key"] {
        let error =
            edited(|header| header.replacen(r#":"certificate""#, &format!(r#":"{part}""#), 1));
        assert!(
            matches!(error, PortableError::UnknownPart { .. }),
            "{part}: {error}"
        );
    }
    for host in ["../x", "/x", "", "a b", "x/y", "-x", ".."] {
        let error =
            edited(|header| header.replace(r#""host":null"#, &format!(r#""host":"{host}""#)));
        let why = "its host is not a host's name";
        assert_eq!(error, PortableError::Header { why }, "{host}");
    }
}

#[test]
fn each_fault_has_its_own_words() {
    let header = |why| PortableError::Header { why };
    let spelling = header("it is not written in the one way that it must be");
    let json = header("it is not the JSON that it must be");
    let ca = || "certificate of 'ca'".to_owned();
    // A field more, a file twice or in another place.
    let more = |header: &str| header.replacen('{', r#"{"mode":420,"#, 1);
    let name = "mode".to_owned();
    assert_eq!(edited(more), PortableError::UnknownField { name });
    let more = |header: &str| header.replacen(r#""row""#, r#""path":"/x","row""#, 1);
    let name = "path".to_owned();
    assert_eq!(edited(more), PortableError::UnknownField { name });
    let first = |header: &str| -> String {
        let begin = header.find(r#"{"row""#).expect("an entry");
        let end = header.find("},").expect("its end");
        header[begin..=end].to_owned()
    };
    let twice = |header: &str| header.replace("[{", &format!("[{},{{", first(header)));
    assert_eq!(edited(twice), PortableError::Duplicate { entry: ca() });
    let moved = |header: &str| {
        let first = first(header);
        let without = header.replacen(&format!("{first},"), "", 1);
        without.replace("}]", &format!("}},{first}]"))
    };
    assert_eq!(
        edited(moved),
        header("its files are not in the catalog's order")
    );
    let many = |header: &str| {
        header.replace(
            "[{",
            &format!("[{}{{", format!("{},", first(header)).repeat(60)),
        )
    };
    assert_eq!(edited(many), header("it has more than 64 files"));
    // Lengths.
    for length in ["0", "1048577", "4294967296", "18446744073709551615"] {
        let declared = |header: &str| {
            let begin = header.find(r#""length":"#).expect("a length") + 9;
            let end = begin + header[begin..].find(',').expect("its end");
            format!("{}{length}{}", &header[..begin], &header[end..])
        };
        assert_eq!(
            edited(declared),
            PortableError::Length { entry: ca() },
            "{length}"
        );
    }
    for length in ["-1", "1e3", "1.0", "\"1\"", "18446744073709551616", "01"] {
        let declared = |header: &str| {
            header.replacen(r#""length":"#, &format!(r#""length":{length},"x":"#), 1)
        };
        assert_eq!(edited(declared), json, "{length}");
    }
    // Other spellings of the same.
    assert_eq!(edited(|header| header.replacen(':', ": ", 1)), spelling);
    assert_eq!(edited(|header| format!("{header} ")), spelling);
    assert_eq!(
        edited(|header| header.replacen(r#""ca""#, r#""\u0063a""#, 1)),
        spelling
    );
    assert_eq!(
        edited(|header| header
            .replacen("sha256:", "sha256:A", 1)
            .replacen("A", "", 1)
            .to_uppercase()),
        json
    );
    assert_eq!(
        edited(|header| header.replacen(r#""host":null,"#, "", 1)),
        spelling
    );
    assert_eq!(
        edited(|header| format!("{}{}", r#"{"host":null,"#, &header[1..])),
        json
    );
    assert_eq!(
        edited(|header| header.replace("T19:15:00Z", "T19:15:00+00:00")),
        header("it names no time")
    );
    // Kinds that are none.
    let kind = header("it names no kind of cluster");
    assert_eq!(edited(|header| header.replace("stacked", "none")), kind);
    assert_eq!(edited(|header| header.replace("kubeadm", "cfssl")), kind);
    // Not what the header was written for.
    let digest = |header: &str| {
        let digest = hexadecimal_of(CA_KEY);
        header.replace(&digest, &hexadecimal_of(b""))
    };
    let entry = "private-key of 'ca'".to_owned();
    assert_eq!(edited(digest), PortableError::Changed { entry });
    let other = |header: &str| {
        let begin = header.find("sha256:").expect("a cluster") + 7;
        format!(
            "{}{}{}",
            &header[..begin],
            "0".repeat(64),
            &header[begin + 64..]
        )
    };
    assert_eq!(edited(other), PortableError::OtherAuthority);
}

fn hexadecimal_of(bytes: &[u8]) -> String {
    crate::hexadecimal::lower(&sha256(bytes))
}

#[test]
fn formats_are_told_apart() {
    let format = |line: &str| {
        let mut bytes = SIGNED.to_vec();
        bytes.splice(..b"kpki-bundle/v1".len(), line.bytes());
        refused(&bytes)
    };
    let newer = |format: &str| PortableError::NewerFormat {
        format: format.to_owned(),
    };
    assert_eq!(format("kpki-bundle/v2"), newer("kpki-bundle/v2"));
    assert_eq!(format("kpki-bundle/v10"), newer("kpki-bundle/v10"));
    for other in [
        "kpki-bundle/v01",
        "kpki-bundle/v",
        "kpki-bundle/v1.1",
        "kpki-bundle/v+2",
        "KPKI-bundle/v1",
        "",
    ] {
        assert_eq!(format(other), PortableError::NotABundle, "{other}");
    }
    assert_eq!(refused(b""), PortableError::NotABundle);
    assert_eq!(refused(CA_KEY), PortableError::NotABundle);
}

#[test]
fn who_has_not_the_key_of_the_ca_can_change_nothing() {
    let (header, seal, files) = taken_apart(&SIGNED);
    let put = |header: &str, seal: &str, files: &[u8]| {
        let mut bytes = format!("kpki-bundle/v1\n{header}\n{seal}\n").into_bytes();
        bytes.extend_from_slice(files);
        bytes.resize(bytes.len().next_multiple_of(1024), 0);
        refused(&bytes)
    };
    // Another signature, or none.
    let other = SA_KEY;
    assert_eq!(
        refused(&signed_by(other, &header, &files)),
        PortableError::Signature
    );
    let signed = format!("kpki-bundle/v1\n{header}\n");
    let unsigned = Seal::Unsigned.to_line(signed.as_bytes());
    let end = files.iter().rposition(|byte| *byte != 0).expect("files") + 1;
    assert_eq!(
        put(&header, &unsigned, &files[..end]),
        PortableError::Unsigned
    );
    for seal in [
        "",
        "signed",
        "signed ",
        "unsigned",
        "unsigned 00",
        "signed *",
    ] {
        let error = put(&header, seal, &files[..end]);
        assert!(
            matches!(
                error,
                PortableError::Header { .. } | PortableError::Signature
            ),
            "{seal}: {error}"
        );
    }
    // Another time under the same signature.
    let later = header.replace("2026-11-22", "2027-11-22");
    assert_eq!(put(&later, &seal, &files[..end]), PortableError::Signature);
    // Another CA's key beside the certificate, with its signature and under its name.
    let sa_key = hexadecimal_of(other);
    let swapped = header.replace(&hexadecimal_of(CA_KEY), &sa_key);
    let length = |key: &[u8]| {
        format!(
            r#""length":{},"sha256":"{}""#,
            key.len(),
            hexadecimal_of(key)
        )
    };
    let swapped = swapped.replace(
        &format!(r#""length":{},"sha256":"{sa_key}""#, CA_KEY.len()),
        &length(other),
    );
    let ca = CA.len();
    let body = [&files[..ca], other, &files[ca + CA_KEY.len()..end]].concat();
    assert_eq!(
        refused(&signed_by(other, &swapped, &body)),
        PortableError::AuthorityKey
    );
}

#[test]
fn what_is_one_hosts_own_needs_a_host() {
    let (header, _, files) = taken_apart(&for_a_host().to_bytes());
    let end = files.iter().rposition(|byte| *byte != 0).expect("files") + 1;
    let nobodys = header.replace(r#""host":"master1""#, r#""host":null"#);
    let entry = "certificate of 'apiserver'".to_owned();
    assert_eq!(
        refused(&signed_by(CA_KEY, &nobodys, &files[..end])),
        PortableError::OwnWithoutHost { entry }
    );
}

#[test]
fn the_ca_must_be_there_with_its_own_key() {
    let kind = ClusterKind::Stacked;
    let made = |files: Vec<CopiedFile>| {
        PortableBundle::of_files(kind.clone(), None, time("2026-11-22T19:15:00Z"), files).err()
    };
    let sa = || file("sa", FileRole::PublicKey, &kind);
    assert_eq!(made(vec![sa()]), Some(PortableError::NoAuthority));
    let ca = || file("ca", FileRole::Certificate, &kind);
    let mut key = file("ca", FileRole::PrivateKey, &kind);
    key.bytes = Zeroizing::new(SA_KEY.to_vec());
    assert_eq!(made(vec![ca(), key]), Some(PortableError::AuthorityKey));
    let entry = "public-key of 'sa'".to_owned();
    assert_eq!(
        made(vec![sa(), ca(), sa()]),
        Some(PortableError::Duplicate { entry })
    );
    let mut empty = sa();
    empty.bytes = Zeroizing::default();
    let entry = "public-key of 'sa'".to_owned();
    assert_eq!(
        made(vec![ca(), empty]),
        Some(PortableError::Length { entry })
    );
    assert_eq!(made(vec![sa(), ca()]), None);
}

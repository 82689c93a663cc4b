use std::io::{Read as _, Write as _};
use std::iter;

use age::secrecy::{ExposeSecret, SecretString};
use age::x25519;
use proptest::prelude::*;

use super::*;

/// As long as a bundle may be: a multiple of its unit.
fn plain(units: usize) -> Vec<u8> {
    let pattern = (0..=255u8).cycle();
    pattern.take(units * PortableBundle::UNIT).collect()
}

struct Keys {
    identity: x25519::Identity,
}

impl Keys {
    fn new() -> Self {
        Self {
            identity: x25519::Identity::generate(),
        }
    }

    fn recipients(&self) -> Recipients {
        let text = self.identity.to_public().to_string();
        Recipients::parse([text.as_str()]).expect("a recipient")
    }

    fn secret(&self) -> Secret {
        let text = self.identity.to_string();
        let file = format!("# a comment\n\n{}\n", text.expose_secret());
        Secret::Identities(Identities::parse(file.as_bytes()).expect("an identity"))
    }

    fn seal(&self, plain: &[u8], is_armored: bool) -> Vec<u8> {
        let sealed_for = SealedFor::Recipients(self.recipients());
        Envelope::seal(plain, &sealed_for, is_armored).expect("sealed")
    }
}

fn opened(bytes: &[u8], secret: &Secret) -> Result<Vec<u8>, EnvelopeError> {
    let plain = Envelope::read(bytes)?.open(secret)?;
    Ok(plain.to_vec())
}

fn passphrase(text: &str) -> Secret {
    Secret::Passphrase(Passphrase::parse(text.as_bytes()).expect("a passphrase"))
}

/// What another program made that takes less care: quick to open.
fn by_passphrase(text: &str, work_factor: u8, plain: &[u8]) -> Vec<u8> {
    let mut recipient = scrypt::Recipient::new(SecretString::from(text));
    recipient.set_work_factor(work_factor);
    let encryptor = Encryptor::with_recipients(iter::once(&recipient as &dyn Recipient));
    let mut bytes = Vec::new();
    let mut writer = encryptor
        .expect("fine")
        .wrap_output(&mut bytes)
        .expect("fine");
    writer.write_all(plain).expect("fine");
    writer.finish().expect("fine");
    bytes
}

#[test]
fn what_is_sealed_is_opened() {
    let keys = Keys::new();
    // One piece, exactly one, and more.
    for units in [1, 63, 64, 65, 128, 200] {
        for is_armored in [false, true] {
            let plain = plain(units);
            let bytes = keys.seal(&plain, is_armored);
            let envelope = Envelope::read(&bytes).expect("an envelope");
            let locks = Locks::Recipients {
                native: 1,
                other: 0,
            };
            assert_eq!(*envelope.locks(), locks);
            assert_eq!(envelope.is_armored(), is_armored);
            assert!(opened(&bytes, &keys.secret()) == Ok(plain), "{units}");
        }
    }
}

#[test]
fn each_of_many_recipients_opens_it() {
    let all: Vec<_> = iter::repeat_with(Keys::new).take(100).collect();
    let texts: Vec<_> = all
        .iter()
        .map(|keys| keys.identity.to_public().to_string())
        .collect();
    let twice = texts.iter().chain(&texts).map(String::as_str);
    let recipients = Recipients::parse(twice).expect("recipients");
    assert_eq!(recipients.count(), 100);
    let sealed_for = SealedFor::Recipients(recipients);
    let bytes = Envelope::seal(&plain(1), &sealed_for, false).expect("sealed");
    let envelope = Envelope::read(&bytes).expect("an envelope");
    let locks = Locks::Recipients {
        native: 100,
        other: 0,
    };
    assert_eq!(*envelope.locks(), locks);
    for keys in [&all[0], &all[57], &all[99]] {
        assert!(envelope.open(&keys.secret()).is_ok());
    }
    let other = Keys::new().secret();
    assert_eq!(
        envelope.open(&other).err(),
        Some(EnvelopeError::NoIdentityFits)
    );
}

#[test]
fn a_passphrase_opens_it_and_another_does_not() {
    let text = "correct horse";
    let bytes = by_passphrase(text, 2, &plain(1));
    assert_eq!(
        opened(&bytes, &passphrase("correct horse\r\n")),
        Ok(plain(1))
    );
    for wrong in ["correct horse ", "Correct horse", "x"] {
        let refused = opened(&bytes, &passphrase(wrong));
        assert_eq!(refused, Err(EnvelopeError::WrongPassphrase), "{wrong}");
    }
    let identity = Keys::new();
    assert_eq!(
        opened(&bytes, &identity.secret()),
        Err(EnvelopeError::NeedsPassphrase)
    );
    let bytes = identity.seal(&plain(1), false);
    assert_eq!(
        opened(&bytes, &passphrase(text)),
        Err(EnvelopeError::NeedsIdentity)
    );
}

#[test]
fn no_file_makes_us_work_for_minutes() {
    let bytes = by_passphrase("x", 2, &plain(1));
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let line = text.lines().nth(1).expect("a stanza");
    for factor in ["21", "30", "63", "99"] {
        let hostile = line.strip_suffix('2').expect("the factor").to_owned() + factor;
        let mut changed = bytes.clone();
        let at = 22..22 + line.len();
        changed.splice(at, hostile.bytes());
        let refused = opened(&changed, &passphrase("x"));
        let is_known = matches!(
            refused,
            Err(EnvelopeError::TooMuchWork { most: 20, .. } | EnvelopeError::BrokenHeader)
        );
        assert!(is_known, "{factor}: {refused:?}");
    }
    // A header without an end is not read to its end.
    let mut endless = FORMAT.to_vec();
    endless.extend_from_slice(&b"-> X25519 a\n\n".repeat(10_000));
    assert_eq!(
        Envelope::read(&endless).err(),
        Some(EnvelopeError::BrokenHeader)
    );
    let long = vec![b'x'; Envelope::LONGEST + 1];
    assert_eq!(Envelope::read(&long).err(), Some(EnvelopeError::TooLong));
}

const FORMAT: &[u8] = b"age-encryption.org/v1\n";

#[test]
fn a_flipped_byte_anywhere_is_refused() {
    let keys = Keys::new();
    let secret = keys.secret();
    let by_key = keys.seal(&plain(130), false);
    let by_word = by_passphrase("x", 1, &plain(130));
    for (bytes, secret) in [(by_key, &secret), (by_word, &passphrase("x"))] {
        let header = Envelope::read(&bytes).expect("whole").header_length;
        let mut changed = bytes.clone();
        // Every byte of the envelope, some of the body, every one of the last piece's tag.
        let body = (header + NONCE..bytes.len() - TAG).step_by(997);
        for at in (0..header + NONCE)
            .chain(body)
            .chain(bytes.len() - TAG..bytes.len())
        {
            changed[at] ^= 1 << (at % 8);
            let refused = opened(&changed, secret);
            assert!(refused.is_err(), "{at}");
            if at >= header {
                assert_eq!(refused, Err(EnvelopeError::Changed), "{at}");
            }
            changed[at] = bytes[at];
        }
        assert!(opened(&changed, secret).is_ok());
    }
}

#[test]
fn what_was_cut_short_is_told_from_what_was_changed() {
    let keys = Keys::new();
    let secret = keys.secret();
    let bytes = keys.seal(&plain(130), false);
    let lengths = (0..bytes.len())
        .step_by(61)
        .chain(bytes.len() - 40..bytes.len());
    let (mut all, mut lucky) = (0, 0);
    for length in lengths {
        all += 1;
        match (length, opened(&bytes[..length], &secret)) {
            (0, Err(EnvelopeError::Empty))
            | (_, Err(EnvelopeError::CutShort | EnvelopeError::OddLength)) => {}
            // Cut where a bundle could have ended, which is one place of a thousand.
            (_, Err(EnvelopeError::Changed)) => lucky += 1,
            (_, other) => panic!("{length}: {:?}", other.map(|plain| plain.len())),
        }
    }
    assert!(lucky * 100 < all, "{lucky} of {all}");
    let armored = keys.seal(&plain(3), true);
    let end = armored.len();
    for length in (40..end - 2).step_by(7) {
        assert_eq!(
            opened(&armored[..length], &secret),
            Err(EnvelopeError::CutShort),
            "{length}"
        );
    }
    // Something behind the end.
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(opened(&longer, &secret), Err(EnvelopeError::OddLength));
    let mut longer = armored;
    longer.extend_from_slice(b"x");
    assert_eq!(opened(&longer, &secret), Err(EnvelopeError::BrokenArmor));
}

#[test]
fn what_is_something_else_is_named() {
    let read = |bytes: &[u8]| Envelope::read(bytes).err();
    assert_eq!(read(b""), Some(EnvelopeError::Empty));
    assert_eq!(
        read(b"-----BEGIN CERTIFICATE-----\n"),
        Some(EnvelopeError::NotAge)
    );
    assert_eq!(
        read(b"age-encryption.org/v2\n-> X25519"),
        Some(EnvelopeError::NewerAge)
    );
    assert_eq!(
        read(b"age-encryption.org/v1"),
        Some(EnvelopeError::CutShort)
    );
    assert_eq!(
        read(b"age-encryption.org/v1\n--- x\n"),
        Some(EnvelopeError::BrokenHeader)
    );
    let mixed = b"age-encryption.org/v1\n-> scrypt a 1\nx\n-> X25519 a\nx\n--- x\n";
    assert_eq!(read(mixed), Some(EnvelopeError::BrokenHeader));
    let begin = b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n";
    assert_eq!(read(begin), Some(EnvelopeError::CutShort));
    // As a mail program has it.
    let keys = Keys::new();
    let armored = keys.seal(&plain(2), true);
    let text = String::from_utf8(armored)
        .expect("text")
        .replace('\n', "\r\n");
    let mailed = format!("\r\n \r\n{text}\r\n\r\n");
    assert_eq!(opened(mailed.as_bytes(), &keys.secret()), Ok(plain(2)));
}

#[test]
fn keys_of_other_kinds_get_their_advice() {
    let recipient = |line| {
        Recipients::parse([line])
            .err()
            .and_then(|error| error.hint())
    };
    let identity = |text: &str| {
        Identities::parse(text.as_bytes())
            .err()
            .and_then(|error| error.hint())
    };
    let public = Keys::new().identity.to_public().to_string();
    let private = Keys::new().identity.to_string();
    let cases = [
        (recipient("ssh-ed25519 AAAA"), "SSH keys are not taken"),
        (recipient(private.expose_secret()), "that is a private key"),
        (recipient("age1yubikey1qq"), "keys of plug-ins"),
        (recipient("age1x"), "a recipient is age1 and"),
        (recipient("alice"), "a recipient is age1 and"),
        (
            identity("-----BEGIN OPENSSH PRIVATE KEY-----"),
            "SSH keys are not taken",
        ),
        (identity(&public), "that is a public key"),
        (identity("AGE-PLUGIN-X-1"), "keys of plug-ins"),
        (identity("age-encryption.org/v1\n"), "itself encrypted"),
        (identity("secret"), "begins with AGE-SECRET-KEY-1"),
    ];
    for (hint, expected) in cases {
        assert!(
            hint.is_some_and(|hint| hint.contains(expected)),
            "{expected}: {hint:?}"
        );
    }
    assert_eq!(
        Recipients::parse(["", "# none"]).err(),
        Some(EnvelopeError::NoRecipients)
    );
    assert_eq!(
        Identities::parse(b"\n# none\n").err(),
        Some(EnvelopeError::NoIdentities)
    );
    // No part of a key is repeated.
    let typed = format!("{}x", private.expose_secret());
    let error = Identities::parse(typed.as_bytes())
        .err()
        .expect("one too long");
    assert!(!error.to_string().contains("AGE"), "{error}");
}

#[test]
fn passphrases_that_could_not_be_typed_are_refused() {
    let why = |text: &[u8]| match Passphrase::parse(text).err() {
        Some(EnvelopeError::NotAPassphrase { why }) => Some(why),
        _ => None,
    };
    assert_eq!(why(b"\n"), Some("it is empty"));
    assert_eq!(why(b""), Some("it is empty"));
    assert_eq!(why(b" \t\n"), Some("it is nothing but white space"));
    assert_eq!(why(b"one\ntwo\n"), Some("it has more than one line"));
    assert_eq!(why(b"one\n\n"), Some("it has more than one line"));
    assert_eq!(why(b"a\0b"), Some("it has control characters"));
    assert_eq!(why(&[0xff]), Some("it is not UTF-8 text"));
    assert_eq!(why(&[b'x'; 1025]), Some("it is longer than 1024 bytes"));
    assert_eq!(why(&[b'x'; 1024]), None);
}

#[test]
fn the_plaintext_is_agreed_with_age() {
    let keys = Keys::new();
    let bytes = keys.seal(&plain(2), false);
    let decryptor = Decryptor::new_buffered(&bytes[..]).expect("age's format");
    let mut reader = decryptor
        .decrypt(iter::once(&keys.identity as &dyn Identity))
        .expect("its own");
    let mut read = Vec::new();
    reader.read_to_end(&mut read).expect("whole");
    assert_eq!(read, plain(2));
}

proptest! {
    #[test]
    fn reading_never_panics(
        bytes: Vec<u8>,
        text in "(age-encryption.org/v1\\n|-> |X25519|scrypt|--- |---| |\\n|[A-Za-z0-9+/]{1,70}|\\PC){0,30}",
    ) {
        let secret = Keys::new().secret();
        let mut behind = FORMAT.to_vec();
        behind.extend_from_slice(&bytes);
        let armored = format!("-----BEGIN AGE ENCRYPTED FILE-----\n{text}\n-----END AGE ENCRYPTED FILE-----\n");
        for input in [&bytes[..], text.as_bytes(), &behind, armored.as_bytes()] {
            if let Ok(envelope) = Envelope::read(input) {
                let _ = envelope.open(&secret);
            }
        }
        let _ = Identities::parse(&bytes);
        let _ = Passphrase::parse(&bytes);
        let _ = Recipients::parse(text.lines());
    }
}

//! PEM blocks (RFC 7468) as Go reads and writes them: 64 columns, a newline at
//! the end, and any text around the blocks of a file.

use zeroize::Zeroizing;

use crate::Error;

/// One block of a file.
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) contents: Zeroizing<Vec<u8>>,
    /// Whether the contents are encrypted: the block has the headers of RFC 1421,
    /// or is an encrypted PKCS#8 key.
    pub(crate) encrypted: bool,
    /// The algorithm and initialization vector of the headers of RFC 1421.
    pub(crate) dek_info: Option<String>,
}

/// The label of encrypted PKCS#8 keys (RFC 7468 section 11).
pub(crate) const ENCRYPTED_PKCS8: &str = "ENCRYPTED PRIVATE KEY";

/// Files of certificates are a few kilobytes; nothing longer is read.
const LONGEST: usize = 1 << 20;

/// Every block of a text.
pub(crate) fn blocks(text: &[u8]) -> Result<Vec<Block>, Error> {
    let refuse = |why| Error::Pem { why };
    if text.is_empty() {
        return Err(refuse("it is empty"));
    }
    if text.len() > LONGEST {
        return Err(refuse("it is longer than 1 MiB"));
    }
    if text.starts_with(&[0xef, 0xbb, 0xbf]) {
        return Err(refuse(
            "it starts with a byte order mark, behind which Go finds no block",
        ));
    }
    if !text.windows(11).any(|window| window == b"-----BEGIN ") {
        let der = text.first() == Some(&0x30);
        return Err(refuse(if der {
            "it is DER, and PEM is needed"
        } else {
            "it has no PEM block"
        }));
    }
    const BROKEN: &str = "a PEM block is broken: it was cut off, or its base64 is wrong";
    let parsed = pem::parse_many(text).map_err(|_| refuse(BROKEN))?;
    // The parser passes over a block without an end.
    if parsed.len()
        < text
            .windows(11)
            .filter(|window| window == b"-----BEGIN ")
            .count()
    {
        return Err(refuse(BROKEN));
    }
    let blocks = parsed.into_iter().map(|block| Block {
        label: block.tag().to_owned(),
        dek_info: block.headers().get("DEK-Info").map(str::to_owned),
        encrypted: block
            .headers()
            .get("Proc-Type")
            .is_some_and(|value| value.contains("ENCRYPTED"))
            || block.tag() == ENCRYPTED_PKCS8,
        contents: Zeroizing::new(block.into_contents()),
    });
    Ok(blocks.collect())
}

/// The first block with one of these labels.
pub(crate) fn first(text: &[u8], labels: &[&str]) -> Result<Block, Error> {
    let found = blocks(text)?
        .into_iter()
        .find(|block| labels.contains(&block.label.as_str()));
    found.ok_or(Error::Pem {
        why: "it has no block of the expected kind",
    })
}

/// The first private key, encrypted or not.
pub(crate) fn first_private_key(text: &[u8]) -> Result<Block, Error> {
    let found = blocks(text)?
        .into_iter()
        .find(|block| block.label.ends_with("PRIVATE KEY"));
    found.ok_or(Error::Pem {
        why: "it has no private key block",
    })
}

/// One block as text.
pub(crate) fn encode(label: &str, contents: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    let block = pem::Pem::new(label, contents);
    let text = pem::encode_config(&block, config);
    drop(Zeroizing::new(block.into_contents()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong() {
        let why = |text: &[u8]| match blocks(text) {
            Err(Error::Pem { why }) => why,
            _ => "",
        };
        assert_eq!(why(b""), "it is empty");
        assert_eq!(
            why(b"\xef\xbb\xbf-----BEGIN X-----"),
            "it starts with a byte order mark, behind which Go finds no block"
        );
        assert_eq!(why(b"0\x82\x01"), "it is DER, and PEM is needed");
        assert_eq!(why(b"hello"), "it has no PEM block");
        assert!(why(b"-----BEGIN X-----\nAAAA\n").starts_with("a PEM block is broken"));
    }

    #[test]
    fn writes_64_columns() {
        let text = encode("X", &[7; 100]);
        assert_eq!(text.lines().nth(1).unwrap().len(), 64);
        assert!(text.ends_with("-----END X-----\n"));
        assert_eq!(*blocks(text.as_bytes()).unwrap()[0].contents, vec![7; 100]);
        let crlf = format!("some text\r\n{}", text.replace('\n', "\r\n"));
        assert_eq!(*blocks(crlf.as_bytes()).unwrap()[0].contents, vec![7; 100]);
    }
}

//! PEM blocks with what a decoder throws away: line lengths, headers, and the
//! text around the blocks.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub(crate) struct Block {
    pub(crate) label: String,
    /// Empty where the base64 is broken.
    pub(crate) der: Vec<u8>,
    has_headers: bool,
    longest_line: usize,
    span: Range<usize>,
}

impl Block {
    pub(super) fn is_certificate(&self) -> bool {
        matches!(
            self.label.as_str(),
            "CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE"
        )
    }

    pub(crate) fn is_private_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.has_headers || self.label.contains("ENCRYPTED")
    }

    pub(super) fn format(&self) -> &'static str {
        match self.label.as_str() {
            "RSA PRIVATE KEY" => "PKCS#1",
            "EC PRIVATE KEY" => "SEC1",
            "PRIVATE KEY" => "PKCS#8",
            "ENCRYPTED PRIVATE KEY" => "PKCS#8 encrypted",
            "PUBLIC KEY" => "SPKI",
            "RSA PUBLIC KEY" => "PKCS#1 public",
            _ => "?",
        }
    }
}

/// The whole blocks of a text; a block without its end is none.
pub(crate) fn blocks(text: &[u8]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut from = 0;
    while let Some(start) = find(text, BEGIN, from) {
        from = start + 1;
        if let Some(block) = block_at(text, start) {
            from = block.span.end;
            blocks.push(block);
        }
    }
    blocks
}

fn block_at(text: &[u8], start: usize) -> Option<Block> {
    let label_start = start + BEGIN.len();
    let label_end = label_start
        + text[label_start..]
            .iter()
            .position(|b| b"-\r\n".contains(b))?;
    let label = &text[label_start..label_end];
    let mut body_start = label_end + DASHES.len();
    if label.is_empty() || !text[label_end..].starts_with(DASHES) {
        return None;
    }
    body_start += text[body_start..]
        .iter()
        .take_while(|byte| b" \t".contains(byte))
        .count();
    body_start += usize::from(text[body_start..].starts_with(b"\r"));
    if !text[body_start..].starts_with(b"\n") {
        return None;
    }
    body_start += 1;
    let end_line = [b"-----END ", label, DASHES].concat();
    let body_end = find(text, &end_line, body_start)?;

    let lines = text[body_start..body_end].split(|byte| *byte == b'\n');
    let mut lines = lines
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .peekable();
    let mut has_headers = false;
    while lines.next_if(|line| line.contains(&b':')).is_some() {
        has_headers = true;
    }
    let lines: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).collect();
    Some(Block {
        label: String::from_utf8_lossy(label).into_owned(),
        der: STANDARD.decode(lines.concat()).unwrap_or_default(),
        has_headers,
        longest_line: lines.iter().map(|line| line.len()).max().unwrap_or(0),
        span: start..body_end + end_line.len(),
    })
}

/// What the text looks like around its blocks, of which there is at least one.
pub(super) fn shape(text: &[u8], blocks: &[Block]) -> Value {
    let mut outside = text.to_vec();
    for block in blocks {
        outside[block.span.clone()].fill(b' ');
    }
    json!({
        "blocks": blocks.iter().map(|block| &block.label).collect::<Vec<_>>(),
        "headers": blocks.iter().any(|block| block.has_headers),
        "line_len": blocks.iter().map(|block| block.longest_line).max(),
        "text_outside_blocks": outside.iter().any(|byte| !byte.is_ascii_whitespace()),
        "crlf": find(text, b"\r\n", 0).is_some(),
        "bom": text.starts_with(b"\xef\xbb\xbf"),
        "ends_with_newline": text.ends_with(b"\n"),
    })
}

/// Where `wanted` begins in `text`, looked for from `from` on.
pub(crate) fn find(text: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let found = text[from..]
        .windows(wanted.len())
        .position(|window| window == wanted)?;
    Some(from + found)
}

const BEGIN: &[u8] = b"-----BEGIN ";
const DASHES: &[u8] = b"-----";

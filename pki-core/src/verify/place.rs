//! Where in a file something is.

use super::finding::Place;

const BEGIN: &str = "-----BEGIN ";

/// The PEM blocks of a text, as far as a person would call them blocks: the
/// lines between one BEGIN and the next.
fn blocks(text: &[u8]) -> Vec<(usize, &[u8])> {
    let mut found: Vec<(usize, &[u8])> = Vec::new();
    let (mut line, mut start) = (1, 0);
    for piece in text.split_inclusive(|byte| *byte == b'\n') {
        let rest = text.get(start..).unwrap_or_default();
        if piece.starts_with(BEGIN.as_bytes()) {
            if let Some((_, before)) = found.last_mut() {
                let kept = before.len().saturating_sub(rest.len());
                *before = before.get(..kept).unwrap_or_default();
            }
            found.push((line, rest));
        }
        line += 1;
        start += piece.len();
    }
    found
}

/// The certificate with this index, counted from zero.
pub(super) fn of_certificate(text: &[u8], index: usize) -> Option<Place> {
    const LABEL: &[u8] = b"-----BEGIN CERTIFICATE-----";
    let numbered = blocks(text).into_iter().enumerate();
    let mut certificates = numbered.filter(|(_, (_, block))| block.starts_with(LABEL));
    let (number, (line, _)) = certificates.nth(index)?;
    Some(Place {
        block: Some(number + 1),
        line: Some(line),
    })
}

/// The first block that `is_whole` does not hold for.
pub(super) fn of_broken_block(text: &[u8], is_whole: impl Fn(&[u8]) -> bool) -> Option<Place> {
    let found = blocks(text);
    let position = found.iter().position(|(_, block)| !is_whole(block))?;
    Some(Place {
        block: Some(position + 1),
        line: found.get(position).map(|(line, _)| *line),
    })
}

/// A line of a file that has no blocks.
pub(super) fn of_line(line: Option<usize>) -> Option<Place> {
    line.map(|line| Place {
        block: None,
        line: Some(line),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_counted_by_their_first_lines() {
        let text = b"text\n-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n\
            -----BEGIN EC PARAMETERS-----\n-----END EC PARAMETERS-----\n\
            -----BEGIN CERTIFICATE-----\nBB";
        let at = |block, line| {
            Some(Place {
                block: Some(block),
                line: Some(line),
            })
        };
        assert_eq!(of_certificate(text, 0), at(1, 2));
        assert_eq!(of_certificate(text, 1), at(3, 7));
        assert_eq!(of_certificate(text, 2), None);
        let has_end = |block: &[u8]| block.windows(9).any(|window| window == b"-----END ");
        assert_eq!(of_broken_block(text, has_end), at(3, 7));
        assert_eq!(of_broken_block(b"", has_end), None);
    }
}

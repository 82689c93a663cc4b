//! PEM blocks one by one: a broken one does not hide the others, and each has
//! its line.

use super::{Content, ItemPlace, MOST_BLOCKS, Mistaken, SpecimenItem, der, foreign};
use crate::key::PrivateKeyDescription;
use crate::kubeconfig::EmbeddedText;
use crate::pem_text::{self, Block};

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// The things in the blocks of a text, and how many blocks were left out;
/// `None` if it has no block.
pub(super) fn items(text: &[u8]) -> Option<(Vec<SpecimenItem>, usize)> {
    let (mut items, mut count, mut line, mut counted) = (Vec::new(), 0, 1, 0);
    let starts: Vec<usize> = starts(text).collect();
    for (index, start) in starts.iter().enumerate() {
        count += 1;
        if count > MOST_BLOCKS {
            continue;
        }
        let end = starts.get(index + 1).copied().unwrap_or(text.len());
        line += newlines(text.get(counted..*start).unwrap_or_default());
        counted = *start;
        let block = text.get(*start..end).unwrap_or_default();
        let label = label(block);
        items.push(SpecimenItem {
            content: content(block, &label),
            place: ItemPlace::Block {
                number: count,
                line,
                label,
            },
        });
    }
    (count > 0).then(|| (items, count.saturating_sub(MOST_BLOCKS)))
}

/// The things in a field of a kubeconfig; returns how many were left out.
pub(super) fn embedded(data: EmbeddedText, items: &mut Vec<SpecimenItem>) -> usize {
    let place = |number| ItemPlace::Kubeconfig {
        kind: data.kind.id(),
        name: data.name.clone(),
        field: data.field,
        number,
    };
    let broken = |mistaken| SpecimenItem {
        place: place(1),
        content: Err(mistaken),
    };
    let Ok(text) = &data.text else {
        items.push(broken(Mistaken::new("its base64 is broken")));
        return 0;
    };
    match self::items(text) {
        Some((blocks, more)) => {
            // client-go takes PEM and nothing else.
            let numbered = blocks.into_iter().enumerate();
            items.extend(numbered.map(|(index, item)| SpecimenItem {
                place: place(index + 1),
                ..item
            }));
            more
        }
        None if der::looks_like_der(text) => {
            let what = "DER, where Kubernetes reads base64 of PEM";
            items.push(broken(Mistaken::new(what)));
            0
        }
        None => {
            items.push(broken(foreign::name(text)));
            0
        }
    }
}

fn starts(text: &[u8]) -> impl Iterator<Item = usize> {
    let windows = text.windows(BEGIN.len()).enumerate();
    windows
        .filter(|(_, window)| *window == BEGIN)
        .map(|(at, _)| at)
}

fn newlines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// What stands between BEGIN and the hyphens, as far as it is fit to be shown.
fn label(block: &[u8]) -> String {
    const LONGEST: usize = 64;
    let label = block.get(BEGIN.len()..).unwrap_or_default();
    let fit = |byte: &&u8| byte.is_ascii_graphic() || **byte == b' ';
    let label: Vec<u8> = label
        .iter()
        .take(LONGEST)
        .take_while(fit)
        .copied()
        .collect();
    let label = String::from_utf8_lossy(&label).into_owned();
    label.split("-----").next().unwrap_or_default().to_owned()
}

fn content(text: &[u8], label: &str) -> Result<Content, Mistaken> {
    let blocks = pem_text::blocks(text).map_err(|_| broken(text, label))?;
    // `text` has one BEGIN, and a block without an end is an error.
    let block = blocks.first().ok_or_else(|| broken(text, label))?;
    of_block(block).map_err(|mistaken| against_label(block, mistaken))
}

fn broken(text: &[u8], label: &str) -> Mistaken {
    let mut windows = text.windows(END.len()).enumerate();
    let end = windows.find(|(_, window)| *window == END);
    let Some((at, _)) = end else {
        return Mistaken::new(format!(
            "a PEM block '{label}' that is cut off: it has no END line"
        ))
        .hint("copy the whole file again");
    };
    let rest = text.get(at + END.len()..).unwrap_or_default();
    match rest.starts_with(format!("{label}-----").as_bytes()) {
        true => Mistaken::new(format!("a PEM block '{label}' whose base64 is broken")),
        false => Mistaken::new(format!(
            "a PEM block '{label}' whose END line says something else"
        )),
    }
}

fn of_block(block: &Block) -> Result<Content, Mistaken> {
    let der = &*block.contents;
    match block.label.as_str() {
        "CERTIFICATE" | "X509 CERTIFICATE" => der::certificate(der),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => der::request(der),
        "X509 CRL" => der::revocation_list(der),
        "PUBLIC KEY" => der::public_key(der),
        "RSA PUBLIC KEY" => der::rsa_public_key(der),
        "EC PARAMETERS" => Ok(Content::CurveParameters),
        "TRUSTED CERTIFICATE" => Err(Mistaken::new(
            "a TRUSTED CERTIFICATE, which OpenSSL alone reads",
        )
        .hint("openssl x509 -in FILE -out NEW makes a plain certificate of it")),
        "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => Err(Mistaken::new("PKCS#7 in PEM")
            .hint("openssl pkcs7 -in FILE -print_certs takes the certificates out")),
        "OPENSSH PRIVATE KEY" => Err(Mistaken::new(
            "a private key in the form of OpenSSH, which neither Kubernetes nor etcd reads",
        )),
        "DH PARAMETERS" | "X9.42 DH PARAMETERS" => {
            Err(Mistaken::new("Diffie-Hellman parameters, not a key"))
        }
        label if label.starts_with("PGP ") => Err(Mistaken::new("a message or key of OpenPGP")),
        label if label.ends_with("PRIVATE KEY") => Ok(Content::PrivateKey(
            PrivateKeyDescription::from_block(block)?,
        )),
        // The label is wrong; what is inside may be known all the same.
        label => Err(Mistaken::new(format!(
            "a PEM block '{}' of no kind that is known",
            label.escape_debug()
        ))),
    }
}

/// A block that is not what its label says may be something else.
fn against_label(block: &Block, mistaken: Mistaken) -> Mistaken {
    if block.encrypted || mistaken.hint.is_some() {
        return mistaken;
    }
    match der::recognize(&block.contents) {
        Ok(content) => Mistaken::new(format!(
            "{} in a PEM block that says '{}'",
            der::kind(&content),
            block.label.escape_debug()
        ))
        .hint("programs go by what the BEGIN line says"),
        Err(_) => mistaken,
    }
}

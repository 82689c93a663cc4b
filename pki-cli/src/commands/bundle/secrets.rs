//! What a bundle is encrypted to or opened with, from the files that the user names.

use std::path::{Path, PathBuf};

use pki_core::shell;
use zeroize::Zeroizing;

use super::file::{only_once, read, refused, shown};
use crate::envelope::{Identities, Passphrase, Recipients, SealedFor, Secret};
use crate::failure::Failure;
use crate::store::{is_stdin, quote};

/// What opens a bundle.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct OpenArgs {
    /// The private key that the bundle is encrypted to, as age-keygen writes it; - is stdin (can be repeated)
    #[arg(short, long, value_name = "FILE", conflicts_with = "passphrase_file")]
    identity: Vec<PathBuf>,

    /// The passphrase that the bundle is encrypted with, in one line; - is stdin
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// Whom a bundle is encrypted to.
#[derive(Debug, Clone, clap::Args)]
#[group(id = "encryption", required = true, multiple = true)]
pub(super) struct SealArgs {
    /// Whoever has the private key of this recipient of age (age1...) can open it (can be repeated)
    #[arg(short, long, value_name = "RECIPIENT", value_parser = recipient)]
    recipient: Vec<String>,

    /// The same for a file with a recipient a line, and comments; - is stdin (can be repeated)
    #[arg(short = 'R', long, value_name = "FILE")]
    recipients_file: Vec<PathBuf>,

    /// Whoever knows the passphrase in this file of one line can open it; - is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["recipient", "recipients_file"])]
    passphrase_file: Option<PathBuf>,
}

/// No list of keys comes near this size.
const LONGEST: usize = 64 << 10;

impl OpenArgs {
    /// `None` if nothing was given. `taken` is a file that stdin is read for already.
    pub(super) fn secret(&self, taken: &Path) -> Result<Option<Secret>, Failure> {
        if let Some(path) = &self.passphrase_file {
            only_once(path, taken)?;
            return passphrase(path).map(|passphrase| Some(Secret::Passphrase(passphrase)));
        }
        if self.identity.is_empty() {
            return Ok(None);
        }
        let mut before = taken;
        let mut text = Zeroizing::new(Vec::with_capacity(self.identity.len() * (LONGEST + 1)));
        for path in &self.identity {
            only_once(path, before)?;
            before = if is_stdin(path) { path } else { before };
            let read = read_private(path, "an identity")?;
            Identities::parse(&read).map_err(|error| refused(path, &error))?;
            text.extend_from_slice(&read);
            text.push(b'\n');
        }
        match Identities::parse(&text) {
            Ok(identities) => Ok(Some(Secret::Identities(identities))),
            Err(error) => Err(Failure::new(format!("--identity: {error}"))),
        }
    }
}

impl SealArgs {
    pub(super) fn sealed_for(&self) -> Result<SealedFor, Failure> {
        if let Some(path) = &self.passphrase_file {
            let passphrase = passphrase(path)?;
            if passphrase.is_short() {
                return Err(Failure::new(format!(
                    "the passphrase in {} is too short: whoever gets the bundle can try all of such",
                    shown(path)
                ))
                .hint("take twelve characters or more, better six random words"));
            }
            return Ok(SealedFor::Passphrase(passphrase));
        }
        let mut lines = self.recipient.join("\n");
        let mut before = Path::new("");
        for path in &self.recipients_file {
            only_once(path, before)?;
            before = if is_stdin(path) { path } else { before };
            let (text, _) = read(path, LONGEST)?;
            let text = std::str::from_utf8(&text)
                .map_err(|_| Failure::new(format!("{} is not UTF-8 text", quote(path))))?;
            Recipients::parse(text.lines()).map_err(|error| refused(path, &error))?;
            lines.push('\n');
            lines.push_str(text);
        }
        match Recipients::parse(lines.lines()) {
            Ok(recipients) => Ok(SealedFor::Recipients(recipients)),
            Err(error) => Err(Failure::new(format!("--recipient: {error}"))),
        }
    }
}

fn recipient(text: &str) -> Result<String, String> {
    match Recipients::parse([text]) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(match error.hint() {
            Some(hint) => format!("it is not a recipient of age: {hint}"),
            None => "it is empty".to_owned(),
        }),
    }
}

fn passphrase(path: &Path) -> Result<Passphrase, Failure> {
    let text = read_private(path, "a passphrase")?;
    Passphrase::parse(&text).map_err(|error| refused(path, &error))
}

/// A secret that others can read is none.
fn read_private(path: &Path, what: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let (bytes, mode) = read(path, LONGEST)?;
    match mode {
        Some(mode) if mode & 0o077 != 0 => Err(Failure::new(format!(
            "others may read or write {}, which has {what}: its mode is {mode:04o}",
            quote(path)
        ))
        .hint(format!(
            "chmod 600 {}",
            shell::path(path.as_os_str().as_encoded_bytes())
        ))),
        _ => Ok(bytes),
    }
}

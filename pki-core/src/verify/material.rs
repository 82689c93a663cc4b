//! The files of a row, read as far as they can be. What cannot be read is
//! reported here once, and passed over by every later check.

use std::sync::Arc;

use super::command::RESTORE;
use super::fix::Fix;
use super::role::PlacedRow;
use super::tree::{FileText, Tree, TreeContent, TreeFile};
use super::{Finding, Record, Rule, command, place};
use crate::catalog::{EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::key::{HALF_OF, KeyHalf, KeyKind, PrivateKeys, SubjectPublicKeyInfo};
use crate::kubeconfig::{ExistingKubeconfig, UNRESOLVED};
use crate::name::Quoted;
use crate::{Error, asn1, pem_text};

/// A file's content.
pub(super) enum Part<T> {
    Absent,
    /// It is there and of no use, which has been reported.
    Broken,
    Read(T),
}

impl<T> Part<T> {
    pub(super) fn read(&self) -> Option<&T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Absent | Self::Broken => None,
        }
    }
}

/// A row of the catalog as it was found.
pub(super) struct Material {
    pub(super) row: PlacedRow,
    /// Leaf first, or the CAs of a bundle in their order.
    pub(super) certificates: Part<Vec<Certificate>>,
    /// Where the leaf was in its file, if not at the beginning: it and the
    /// first have changed places.
    pub(super) misplaced: Option<usize>,
    pub(super) key: Part<KeyHalf>,
    /// sa.pub.
    pub(super) public_key: Part<SubjectPublicKeyInfo>,
    pub(super) kubeconfig: Part<Arc<ExistingKubeconfig>>,
}

impl Material {
    pub(super) fn read(row: PlacedRow, tree: &Tree, record: &mut Record) -> Self {
        let mut material = Self {
            row,
            certificates: Part::Absent,
            misplaced: None,
            key: Part::Absent,
            public_key: Part::Absent,
            kubeconfig: Part::Absent,
        };
        for placed in material.row.files.clone() {
            let Some(file) = tree.get(&placed.path) else {
                continue;
            };
            let content = Content {
                tree,
                path: &placed.path,
                role: placed.role,
                text: text(tree, &placed.path, file, record),
                keys: file.private_keys(),
            };
            match placed.role {
                FileRole::Certificate => {
                    material.certificates = content.parsed(record, all_certificates);
                }
                FileRole::PrivateKey => {
                    material.key = private_key(&content, material.has_unread_key(), record);
                }
                FileRole::PublicKey => {
                    material.public_key = content.parsed(record, public_key);
                }
                FileRole::Kubeconfig => {
                    material.kubeconfig = kubeconfig(&content, record);
                }
            }
        }
        material.put_leaf_first();
        material
    }

    /// What else is wrong with a chain in the wrong order is seen in the right
    /// one.
    fn put_leaf_first(&mut self) {
        let (EntryKind::Leaf(_), Part::Read(certificates)) =
            (self.row.entry.kind, &mut self.certificates)
        else {
            return;
        };
        let position = match self.key.read() {
            Some(key) => certificates
                .iter()
                .position(|found| found.public_key().ok() == Some(&key.public)),
            None => certificates.iter().position(|found| !found.is_ca()),
        };
        if let Some(position) = position.filter(|position| *position > 0) {
            certificates.swap(0, position);
            self.misplaced = Some(position);
        }
    }

    /// The path of a file of the row; empty if the row has none of this kind.
    pub(super) fn path(&self, role: FileRole) -> &str {
        let file = self.row.files.iter().find(|file| file.role == role);
        file.map(|file| file.path.as_str()).unwrap_or_default()
    }

    /// The row's certificates, or the client certificate inside a kubeconfig.
    pub(super) fn certificates(&self) -> &[Certificate] {
        if let Part::Read(certificates) = &self.certificates {
            return certificates;
        }
        let kubeconfig = self.kubeconfig.read();
        kubeconfig.map_or(&[], |it| it.chain())
    }

    /// Whether the public half, which has its own finding, is of a kind or size
    /// that the crypto libraries do not read the private one of.
    fn has_unread_key(&self) -> bool {
        match self.certificates().first() {
            Some(certificate) => certifies_unread_key(certificate),
            None => self.public_key.read().is_some_and(is_unread),
        }
    }

    pub(super) fn is_absent(&self) -> bool {
        matches!(self.certificates, Part::Absent)
            && matches!(self.key, Part::Absent)
            && matches!(self.public_key, Part::Absent)
            && matches!(self.kubeconfig, Part::Absent)
    }
}

/// A file may be right that has more than what is looked at.
const TOO_MANY: &str =
    "cannot be read: it has too many certificates, and more than 100 are not looked at";

impl Record {
    /// A file of which nobody knows whether it is right; nothing of it is lost by
    /// the remedy.
    pub(super) fn too_many(&mut self, tree: &Tree, path: &str, message: &str) {
        let old = format!("{path}.all");
        let copy = format!(
            "cp -p {} {}",
            command::path(tree, path),
            command::path(tree, &old)
        );
        let fix = Fix::say("keep a copy")
            .and_run(copy)
            .and_say("then leave in the file what is still in use, and check again");
        self.unreadable += 1;
        self.add(Finding::new(Rule::Unreadable, path, message, fix));
    }
}

impl Record {
    /// A private key of another host that nobody here looks at, and whose public
    /// half did not come.
    pub(super) fn no_public_half(&mut self, path: &str, what: &str, was_tried: bool) {
        match was_tried {
            true => {
                let message = "cannot be read: openssl of its host takes no private key out of it";
                let fix = "look at it there, with openssl pkey -noout -text_pub -in FILE";
                self.unreadable += 1;
                self.add(Finding::new(Rule::Unreadable, path, message, fix));
            }
            false => self.not_checked(
                what,
                "its host has no openssl, which would derive the public half of the key in it",
                None,
            ),
        }
    }
}

/// A file that is to be understood.
struct Content<'a> {
    tree: &'a Tree,
    path: &'a str,
    role: FileRole,
    text: Option<&'a FileText>,
    /// How private keys stand in it.
    keys: PrivateKeys,
}

/// Whether a key is so short that it can be broken.
pub(super) fn is_weak(kind: KeyKind) -> bool {
    matches!(kind, KeyKind::Rsa { bits } if bits < 2048)
}

/// Whether the private half of a certificate's key is not read, which its own
/// finding says enough of.
pub(super) fn certifies_unread_key(certificate: &Certificate) -> bool {
    certificate.public_key().map_or(true, is_unread)
}

fn is_unread(key: &SubjectPublicKeyInfo) -> bool {
    is_weak(key.kind()) || matches!(key.kind(), KeyKind::Rsa { bits } if bits > 8192)
}

fn text<'a>(
    tree: &Tree,
    path: &str,
    file: &'a TreeFile,
    record: &mut Record,
) -> Option<&'a FileText> {
    record.checked += 1;
    let mut refuse = |rule, message: &str| {
        record
            .findings
            .push(Finding::new(rule, path, message, RESTORE));
        None
    };
    match &file.content {
        TreeContent::Bytes(text) | TreeContent::PublicView(text) => {
            if text.is_empty() {
                return refuse(Rule::Empty, "is empty");
            }
            if !text.starts_with(&[0xef, 0xbb, 0xbf]) {
                return Some(text);
            }
            record.findings.push(Finding::new(
                Rule::ByteOrderMark,
                path,
                "starts with a byte order mark",
                Fix::say("take away its first three bytes").and_run(format!(
                    "sed -i '1s/^\\xEF\\xBB\\xBF//' {}",
                    command::path(tree, path)
                )),
            ));
            None
        }
        TreeContent::Withheld(why) => {
            record.not_checked(Quoted(path).to_string(), why, None);
            None
        }
        TreeContent::Unreadable(why) => {
            record.unreadable(path, why);
            None
        }
        TreeContent::Hidden => None,
        TreeContent::NotAFile(_) if is_out_of_reach(tree, path, file) => {
            record.not_checked(Quoted(path).to_string(), OUT_OF_REACH, ROOT_FLAG);
            None
        }
        TreeContent::TooLarge(size) => refuse(
            Rule::TooLarge,
            &format!("has {}: no such file is so long", megabytes(*size)),
        ),
        TreeContent::NotAFile(kind) => refuse(Rule::NotAFile, &format!("is a {kind}, not a file")),
    }
}

/// Why a link of a copied directory cannot be followed.
pub(super) const OUT_OF_REACH: &str =
    "a link leads outside of this directory, and the root of the host is not known";
const ROOT_FLAG: Option<&str> = Some("DIR, an etc/kubernetes below the root of the host");

/// Whether it is a link of which only the host itself could tell where it leads.
fn is_out_of_reach(tree: &Tree, path: &str, file: &TreeFile) -> bool {
    let leads_outside = |target: &str| super::mode::leads_outside(tree, path, target);
    !tree.has_host_root && file.link.as_deref().is_some_and(leads_outside)
}

fn megabytes(size: u64) -> String {
    match size {
        0..10_000_000 => format!("{size} bytes"),
        _ => format!("{} MB", size / 1_000_000),
    }
}

impl Content<'_> {
    /// Reads PEM and tells apart the ways in which it can be broken.
    fn parsed<T>(
        &self,
        record: &mut Record,
        read: impl FnOnce(&FileText) -> Result<T, Error>,
    ) -> Part<T> {
        let Some(text) = self.text else {
            return Part::Broken;
        };
        record.checked += 1;
        match read(text) {
            Ok(value) => return Part::Read(value),
            Err(Error::Pem { why }) if why == Certificate::TOO_MANY => {
                record.too_many(self.tree, self.path, TOO_MANY);
            }
            Err(Error::NoPublicHalf { was_tried }) => {
                record.no_public_half(self.path, &Quoted(self.path).to_string(), was_tried);
            }
            Err(error) => {
                record.add(self.broken(text, &error));
            }
        }
        Part::Broken
    }

    fn broken(&self, bytes: &[u8], error: &Error) -> Finding {
        let path = self.path;
        match (error, pem_text::blocks(bytes)) {
            (Error::EncryptedPrivateKey, _) => Finding::new(
                Rule::KeyEncrypted,
                path,
                "is encrypted",
                Fix::say("take the pass phrase away").and_run(command::in_place(
                    self.tree,
                    "openssl pkey -traditional",
                    path,
                    0o600,
                )),
            ),
            (Error::Pem { .. }, Err(_)) if bytes.first() == Some(&0x30) => self.binary(bytes),
            (Error::Pem { .. }, Err(_)) if bytes.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) => {
                Finding::new(
                    Rule::NotPem,
                    path,
                    "is a Java key store, and PEM is needed",
                    "export it with keytool -importkeystore to PKCS#12, and that with openssl pkcs12",
                )
            }
            // The blocks are whole, and none is what is looked for.
            (Error::Pem { .. }, Ok(blocks)) if !blocks.is_empty() => {
                let labels = blocks.iter().map(|block| block.label.as_str());
                let mut labels: Vec<_> = labels
                    .map(|label| label.strip_prefix(HALF_OF).unwrap_or(label))
                    .collect();
                labels.dedup();
                labels.truncate(4);
                let labels = Quoted(&labels.join(", ")).to_string();
                let what = match self.role {
                    FileRole::Certificate => "certificate",
                    FileRole::PublicKey => "public key",
                    FileRole::PrivateKey | FileRole::Kubeconfig => "private key",
                };
                Finding::new(
                    Rule::WrongBlock,
                    path,
                    format!("holds no {what} but {labels}"),
                    RESTORE,
                )
            }
            (Error::Pem { why }, _) => {
                let why = why.strip_prefix("it ").unwrap_or(why);
                let is_whole = |block: &[u8]| pem_text::blocks(block).is_ok();
                Finding::new(Rule::BrokenPem, path, why, RESTORE)
                    .at(place::of_broken_block(bytes, is_whole))
            }
            (other, _) => {
                let place = malformed(bytes)
                    .and_then(|index| place::of_certificate(bytes, index))
                    .filter(|place| place.block != Some(1));
                Finding::new(Rule::Malformed, path, format!("is {other}"), RESTORE).at(place)
            }
        }
    }

    /// DER, or a container that starts in the same way.
    fn binary(&self, bytes: &[u8]) -> Finding {
        let is_certificate = Certificate::from_der(bytes).is_ok();
        let version = asn1::children(asn1::SEQUENCE, bytes);
        let version =
            version.and_then(|parts| Some(asn1::content(asn1::INTEGER, parts.first()?)? == [3]));
        let (what, fix) = match self.role {
            _ if version == Some(true) => (
                "is a PKCS#12 container, and PEM is needed",
                self.out_of_container(),
            ),
            FileRole::PrivateKey if !is_certificate => (
                "is DER, and PEM is needed",
                Fix::say("convert it").and_run(command::in_place(
                    self.tree,
                    "openssl pkey -inform DER -traditional",
                    self.path,
                    0o600,
                )),
            ),
            _ => (
                "is DER, and PEM is needed",
                Fix::say("convert it").and_run(command::in_place(
                    self.tree,
                    "openssl x509 -inform DER",
                    self.path,
                    0o644,
                )),
            ),
        };
        Finding::new(Rule::NotPem, self.path, what, fix)
    }
}

impl Content<'_> {
    /// What the file should hold, taken out of a PKCS#12 container.
    fn out_of_container(&self) -> Fix {
        let file = command::path(self.tree, self.path);
        let new = command::path(self.tree, &format!("{}.new", self.path));
        let (what, write, mode) = match self.role {
            FileRole::PrivateKey => ("-nocerts -nodes", "pkey -traditional", "600"),
            FileRole::PublicKey => ("-nocerts -nodes", "pkey -pubout", "644"),
            _ => ("-nokeys -clcerts", "x509", "644"),
        };
        Fix::say("take it out, with the container's pass phrase").and_run(format!(
            "(umask 077; openssl pkcs12 -in {file} {what} | openssl {write} -out {new}) && chmod {mode} {new} && mv {new} {file}"
        ))
    }
}

/// The first certificate of a bundle that cannot be read.
fn malformed(bytes: &[u8]) -> Option<usize> {
    let blocks = pem_text::blocks(bytes).unwrap_or_default();
    let mut certificates = blocks.iter().filter(|block| block.label == "CERTIFICATE");
    certificates.position(|block| Certificate::from_der(&block.contents).is_err())
}

/// kube-apiserver takes a certificate for the public key in it as well.
fn public_key(text: &FileText) -> Result<SubjectPublicKeyInfo, Error> {
    SubjectPublicKeyInfo::from_pem(text).or_else(|error| {
        let certificate = text.first_certificate().ok_or(error)?;
        certificate.public_key().cloned()
    })
}

fn all_certificates(text: &FileText) -> Result<Vec<Certificate>, Error> {
    let certificates = text.certificates().map_err(Error::clone)?;
    Ok(certificates.to_vec())
}

/// The certificates of a file that is no row of the catalog.
pub(super) fn certificates_in(
    tree: &Tree,
    path: &str,
    file: &TreeFile,
    record: &mut Record,
) -> Option<Vec<Certificate>> {
    let content = Content {
        tree,
        path,
        role: FileRole::Certificate,
        text: text(tree, path, file, record),
        keys: file.private_keys(),
    };
    match content.parsed(record, all_certificates) {
        Part::Read(certificates) => Some(certificates),
        Part::Absent | Part::Broken => None,
    }
}

/// The key of a file that is no row of the catalog; `unread` as for those.
pub(super) fn key_in(
    tree: &Tree,
    path: &str,
    file: &TreeFile,
    unread: bool,
    record: &mut Record,
) -> Option<SubjectPublicKeyInfo> {
    let content = Content {
        tree,
        path,
        role: FileRole::PrivateKey,
        text: text(tree, path, file, record),
        keys: file.private_keys(),
    };
    match private_key(&content, unread, record) {
        Part::Read(key) => Some(key.public),
        Part::Absent | Part::Broken => None,
    }
}

/// What its certificate says already is not said again.
fn private_key(content: &Content<'_>, unread: bool, record: &mut Record) -> Part<KeyHalf> {
    let is_unknown = |text: &FileText| {
        matches!(
            text.key(content.keys),
            Err(Error::UnknownPrivateKey { .. } | Error::NoPublicHalf { .. })
        )
    };
    if unread && content.text.is_some_and(is_unknown) {
        return Part::Broken;
    }
    let read = |text: &FileText| text.key(content.keys).cloned().map_err(Error::clone);
    content.parsed(record, read)
}

fn kubeconfig(content: &Content<'_>, record: &mut Record) -> Part<Arc<ExistingKubeconfig>> {
    let Some(text) = content.text else {
        return Part::Broken;
    };
    record.checked += 1;
    let error = match text.kubeconfig(content.keys) {
        Ok(kubeconfig) => return Part::Read(Arc::clone(kubeconfig)),
        Err(error) => error.clone(),
    };
    let (rule, message) = match &error {
        Error::Kubeconfig { why } => {
            let rule = match UNRESOLVED.contains(why) {
                true => Rule::KubeconfigContext,
                false => Rule::Malformed,
            };
            (rule, why.strip_prefix("it ").unwrap_or(why).to_owned())
        }
        other => (Rule::Malformed, other.to_string()),
    };
    let mut lines = text.split(|byte| *byte == b'\n').enumerate();
    let line = lines.find(|(_, line)| line.starts_with(b"current-context:"));
    let line = line.filter(|_| rule == Rule::KubeconfigContext);
    let place = place::of_line(line.map(|(index, _)| index + 1));
    record.add(Finding::new(rule, content.path, message, RESTORE).at(place));
    Part::Broken
}

impl std::fmt::Debug for Material {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.row.entry.kind {
            EntryKind::Kubeconfig(_) => "kubeconfig",
            _ => "pair",
        };
        write!(f, "Material({} {kind})", self.row.entry.base_name)
    }
}

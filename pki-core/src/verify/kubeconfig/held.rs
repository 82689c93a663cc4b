//! What the fields of a kubeconfig stand for, inside it or in files that it names.
//! Each is read by itself.

use std::borrow::Cow;

use super::super::fix::Fix;
use super::super::kubelet::Configuration;
use super::super::material;
use super::super::tree::{Tree, TreeFile};
use super::super::{Examined, Finding, Record, Rule, TreeLocation, command, place};
use super::Read;
use crate::Error;
use crate::catalog::{CATALOG, EntryKind, FileRole};
use crate::certificate::Certificate;
use crate::key::SubjectPublicKeyInfo;
use crate::kubeconfig::{ExistingKubeconfig, Field};
use crate::name::Quoted;

/// What a field stands for.
pub(super) enum Held<T> {
    Absent,
    /// It is of no use or was not looked at, and that has been said.
    Lost,
    Read {
        value: T,
        /// The file that it is in: the kubeconfig itself, or another.
        file: String,
    },
}

/// One field of a kubeconfig.
struct Named<'a> {
    examined: &'a Examined<'a>,
    read: &'a Read<'a>,
    /// `client certificate`
    what: &'static str,
    line: Option<usize>,
}

/// The CAs that a kubeconfig trusts.
pub(super) fn authorities<'a>(
    examined: &Examined<'_>,
    read: &Read<'a>,
    record: &mut Record,
) -> Held<Cow<'a, [Certificate]>> {
    let named = Named {
        examined,
        read,
        what: "CA",
        line: read.kubeconfig.lines.authority,
    };
    named.certificates(&read.kubeconfig.authorities, record)
}

/// The client certificate of a kubeconfig with what is behind it.
pub(super) fn chain<'a>(
    examined: &Examined<'_>,
    read: &Read<'a>,
    record: &mut Record,
) -> Held<Cow<'a, [Certificate]>> {
    let named = Named {
        examined,
        read,
        what: "client certificate",
        line: read.kubeconfig.lines.client_certificate,
    };
    named.certificates(&read.kubeconfig.certificate, record)
}

/// Its key; `unread` if the certificate says already that it cannot be read.
pub(super) fn key(
    examined: &Examined<'_>,
    read: &Read<'_>,
    unread: bool,
    record: &mut Record,
) -> Held<SubjectPublicKeyInfo> {
    let named = Named {
        examined,
        read,
        what: "client key",
        line: read.kubeconfig.lines.client_key,
    };
    let error = read.kubeconfig.key.error();
    let is_unknown = matches!(
        error,
        Some(Error::UnknownPrivateKey { .. } | Error::NoPublicHalf { .. })
    );
    if unread && is_unknown {
        return Held::Lost;
    }
    named.held(
        &read.kubeconfig.key,
        |key| key.public.clone(),
        |path, file, record| material::key_in(examined.tree, path, file, unread, record),
        record,
    )
}

impl Named<'_> {
    fn certificates<'a>(
        &self,
        field: &'a Field<Vec<Certificate>>,
        record: &mut Record,
    ) -> Held<Cow<'a, [Certificate]>> {
        self.held(
            field,
            |found| Cow::Borrowed(found.as_slice()),
            |path, file, record| {
                let found = material::certificates_in(self.examined.tree, path, file, record);
                found.map(Cow::Owned)
            },
            record,
        )
    }

    fn held<'a, S, T>(
        &self,
        field: &'a Field<S>,
        inside: impl FnOnce(&'a S) -> T,
        read: impl FnOnce(&str, &TreeFile, &mut Record) -> Option<T>,
        record: &mut Record,
    ) -> Held<T> {
        let path = self.read.path();
        match field {
            Field::Absent => Held::Absent,
            Field::Data(Ok(value)) => Held::Read {
                value: inside(value),
                file: path.to_owned(),
            },
            Field::Data(Err(Error::Pem { why })) if *why == Certificate::TOO_MANY => {
                let what = self.what;
                let message = format!(
                    "has a {what} inside that cannot be read: {why}, and no more are looked at"
                );
                record.too_many(self.examined.tree, self.read.path(), &message);
                Held::Lost
            }
            Field::Data(Err(Error::NoPublicHalf { was_tried })) => {
                let what = format!("the {} of {path}", self.what);
                record.no_public_half(path, &what, *was_tried);
                Held::Lost
            }
            Field::Data(Err(error)) => {
                record.fail(self.broken(error));
                Held::Lost
            }
            Field::Path(named) => self.in_a_file(named, read, record),
        }
    }

    fn broken(&self, error: &Error) -> Finding {
        let what = self.what;
        let (rule, why) = match error {
            Error::EncryptedPrivateKey => (Rule::KeyEncrypted, "it is encrypted".to_owned()),
            Error::Kubeconfig { why } | Error::Pem { why } => (Rule::Malformed, (*why).to_owned()),
            other => (Rule::Malformed, format!("it is {other}")),
        };
        Finding::new(
            rule,
            self.read.path(),
            format!("has a {what} inside that cannot be used: {why}"),
            command::reissue(self.examined, self.read.entry()),
        )
        .at(place::of_line(self.line))
    }

    fn in_a_file<T>(
        &self,
        named: &str,
        read: impl FnOnce(&str, &TreeFile, &mut Record) -> Option<T>,
        record: &mut Record,
    ) -> Held<T> {
        let tree = self.examined.tree;
        let kubeconfig = self.read.path();
        let subject = format!("the {} of {kubeconfig}", self.what);
        let Some(path) = tree.named_by(kubeconfig, named) else {
            let why = format!(
                "it is in another file, {}, and where that path leads is not known",
                Quoted(named)
            );
            record.not_checked(subject, &why, None);
            return Held::Lost;
        };
        let Some(file) = tree.get(&path) else {
            if !self.examined.can_look_for(&path) {
                let why = format!(
                    "it is in {}, outside of this directory, and the root of the host is not known",
                    Quoted(&path)
                );
                let flag = "DIR, an etc/kubernetes below the root of the host";
                record.not_checked(subject, &why, Some(flag));
                return Held::Lost;
            }
            // A file that two fields name, or a row of the catalog, is missed once.
            if record.error_in(&path).is_none() {
                record.fail(Finding::new(
                    Rule::FileMissing,
                    path,
                    format!("is missing, and {kubeconfig} names it"),
                    command::reissue(self.examined, self.read.entry()),
                ));
            }
            return Held::Lost;
        };
        // What has been said of the file as a row of the catalog is not said again.
        let mut own = Record::default();
        let value = read(&path, file, &mut own);
        record.take_over(own, &command::reissue(self.examined, self.read.entry()));
        match value {
            Some(value) => Held::Read { value, file: path },
            None => Held::Lost,
        }
    }
}

impl Record {
    /// Adds what another record has of a file and this one has not; `fix` is for what
    /// no command mends in the file itself.
    pub(in super::super) fn take_over(&mut self, other: Self, fix: &Fix) {
        self.checked += other.checked;
        for gap in other.not_checked {
            if !self.not_checked.contains(&gap) {
                self.not_checked.push(gap);
            }
        }
        for finding in other.findings {
            if self.has(finding.rule, &finding.file) {
                continue;
            }
            let is_unread = finding.rule == Rule::Unreadable;
            self.unreadable += usize::from(is_unread);
            let is_mended = is_unread || finding.fix.commands().next().is_some();
            self.add(match is_mended {
                true => finding,
                false => Finding {
                    fix: fix.clone(),
                    ..finding
                },
            });
        }
    }
}

impl Examined<'_> {
    /// The files that kubeconfigs and the kubelet's configuration name, by their
    /// paths in the tree.
    pub(in super::super) fn named_for_clients(&self) -> Vec<String> {
        let mut named: Vec<String> = self.configuration.paths().map(str::to_owned).collect();
        for material in &self.materials {
            let Some(kubeconfig) = material.kubeconfig.read() else {
                continue;
            };
            let path = material.path(FileRole::Kubeconfig);
            named.extend(named_by(&self.tree.location, path, kubeconfig));
        }
        named
    }
}

impl Tree {
    /// The same of a tree of which nothing was read yet.
    pub(in super::super) fn named_for_clients(&self) -> Vec<String> {
        const FIELDS: [&[u8]; 3] = [
            b"certificate-authority",
            b"client-certificate",
            b"client-key",
        ];
        // The fields of data are called the same with an end, and are most of what there is.
        let may_name = |bytes: &[u8]| {
            FIELDS.iter().any(|field| {
                let windows = bytes.windows(field.len() + 1);
                let mut after = windows.filter(|window| window.starts_with(field));
                after.any(|window| window.last() != Some(&b'-'))
            })
        };
        let configuration = Configuration::read(self);
        let mut named: Vec<String> = configuration.paths().map(str::to_owned).collect();
        let rows = CATALOG.iter();
        for entry in rows.filter(|entry| matches!(entry.kind, EntryKind::Kubeconfig(_))) {
            let path = entry.base_name;
            let file = self.get(path);
            let file = file.filter(|file| file.bytes().is_some_and(may_name));
            if let Some(kubeconfig) = file.and_then(TreeFile::kubeconfig) {
                named.extend(named_by(&self.location, path, kubeconfig));
            }
        }
        named
    }
}

fn named_by(
    location: &TreeLocation,
    path: &str,
    kubeconfig: &ExistingKubeconfig,
) -> impl Iterator<Item = String> {
    let files = kubeconfig.paths();
    files.filter_map(move |file| location.named_by_kubeconfig(path, file))
}

//! What exists and stays: the checks that let it, and the reason given.

use super::difference::{self, Difference};
use super::{ExistingFile, Kept, Planner, Site};
use crate::Error;
use crate::catalog::{CatalogEntry, FileRole, PlacedFile};
use crate::certificate::Certificate;
use crate::expected::Expected;
use crate::key::{KeyPair, SigningKey, SubjectPublicKeyInfo};
use crate::kubeconfig::{ExistingKubeconfig, Field};
use crate::time::Timestamp;

const DAY: i64 = 86_400;
/// Operators want a month to renew in.
const SOON_DAYS: i64 = 30;

impl Planner<'_> {
    /// Whether an existing leaf or kubeconfig can stay.
    pub(super) fn existing_leaf(
        &self,
        site: Site,
        files: &[PlacedFile],
        expected: &Expected,
        server: Option<&str>,
    ) -> Result<Kept, Vec<Difference>> {
        let mut texts = Vec::new();
        for file in files {
            let path = || file.path.clone();
            match self.inventory.get(site, file) {
                None => return Err(vec![Difference::Missing { path: path() }]),
                Some(ExistingFile::Unreadable(why)) => {
                    return Err(vec![Difference::Unreadable {
                        path: path(),
                        why: why.clone(),
                    }]);
                }
                Some(ExistingFile::Content(bytes)) => texts.push((file, bytes.as_slice())),
            }
        }
        match texts[..] {
            [(kubeconfig, text)] if kubeconfig.role == FileRole::Kubeconfig => {
                self.existing_kubeconfig(&kubeconfig.path, text, expected, server)
            }
            [(certificate, pem), (key, key_pem)] => {
                let unreadable = |file: &PlacedFile, error: Error| {
                    vec![Difference::Unreadable {
                        path: file.path.clone(),
                        why: error.to_string(),
                    }]
                };
                let certificate =
                    Certificate::from_pem(pem).map_err(|error| unreadable(certificate, error))?;
                let key = KeyPair::from_pem(key_pem).map_err(|error| unreadable(key, error))?;
                self.compare(expected, &certificate, key.public_key())?;
                Ok(self.kept(&certificate, expected))
            }
            // Every row but a kubeconfig has a certificate and a key.
            _ => Ok(Kept::default()),
        }
    }

    /// Why a leaf that may stay is replaced all the same where a reissue is asked for: it is named,
    /// or a new one would end later than the month that is left of it.
    pub(super) fn renewal(
        &self,
        entry: &CatalogEntry,
        kept: &Kept,
        new_not_after: Timestamp,
    ) -> Option<Difference> {
        // A certificate that is renewed elsewhere has no end here.
        let not_after = kept.not_after.filter(|_| self.options.reissue)?;
        let soon = not_after.since(self.now) / DAY < SOON_DAYS && new_not_after > not_after;
        match self.options.only.contains(&entry) {
            true => Some(Difference::Named),
            false => soon.then_some(Difference::ExpiresSoon { not_after }),
        }
    }

    fn existing_kubeconfig(
        &self,
        path: &str,
        text: &[u8],
        expected: &Expected,
        server: Option<&str>,
    ) -> Result<Kept, Vec<Difference>> {
        let unreadable = |error: &Error| {
            vec![Difference::Unreadable {
                path: path.to_owned(),
                why: error.to_string(),
            }]
        };
        let existing = ExistingKubeconfig::parse(text).map_err(|error| unreadable(&error))?;
        if let Some(error) = existing.broken() {
            return Err(unreadable(error));
        }
        let mut found = Vec::new();
        let authority = self.authorities.get(&expected.issuer);
        if let Some(ours) = authority.and_then(|authority| authority.certificate.as_ref())
            && let Some(theirs) = existing.trusted().first()
            && theirs != ours
        {
            found.push(Difference::OtherAuthorityData);
        }
        // A CA that is made now cannot be in a file that exists.
        if authority.is_some_and(|authority| authority.certificate.is_none()) {
            found.push(Difference::OtherAuthorityData);
        }
        let actual = existing.server.clone().unwrap_or_default();
        if let Some(server) = server
            && actual != server
        {
            found.push(Difference::Server {
                expected: server.to_owned(),
                actual,
            });
        }
        let elsewhere = || Kept {
            reason: "it uses a certificate file that is renewed elsewhere".to_owned(),
            ..Kept::default()
        };
        let kept = match (existing.chain(), &existing.key) {
            ([certificate, ..], Field::Data(Ok(key))) => {
                if let Err(differences) = self.compare(expected, certificate, &key.public) {
                    found.extend(differences);
                }
                self.kept(certificate, expected)
            }
            _ if existing.is_renewed_elsewhere() => elsewhere(),
            _ => {
                found.push(Difference::NoClientCertificate);
                Kept::default()
            }
        };
        match found.is_empty() {
            true => Ok(kept),
            false => Err(found),
        }
    }

    fn compare(
        &self,
        expected: &Expected,
        certificate: &Certificate,
        key: &SubjectPublicKeyInfo,
    ) -> Result<(), Vec<Difference>> {
        let authority = self.authorities.get(&expected.issuer);
        let existing = authority.and_then(|authority| authority.certificate.as_ref());
        let mut found = difference::of_leaf(expected, certificate, Some(key), existing, self.now);
        // A CA that is made now cannot have signed what exists.
        if authority.is_some_and(|authority| authority.certificate.is_none()) {
            found.push(Difference::NotSignedBy {
                authority: expected.issuer,
                issuer: certificate.issuer().to_owned(),
                same_name: false,
            });
        }
        match found.is_empty() {
            true => Ok(()),
            false => Err(found),
        }
    }

    fn kept(&self, leaf: &Certificate, expected: &Expected) -> Kept {
        let mut kept = certificate(leaf, self.now);
        let wanted: Vec<_> = expected
            .subject_alt_names
            .iter()
            .map(ToString::to_string)
            .collect();
        let more: Vec<_> = kept
            .subject_alt_names
            .iter()
            .filter(|name| !wanted.contains(name))
            .cloned()
            .collect();
        if !more.is_empty() {
            kept.notes
                .push(format!("it also names {}", more.join(", ")));
        }
        kept
    }
}

/// A certificate that stays.
pub(super) fn certificate(certificate: &Certificate, now: Timestamp) -> Kept {
    let not_after = certificate.validity().not_after();
    let days = not_after.since(now) / DAY;
    let mut notes = Vec::new();
    if days < SOON_DAYS {
        notes.push(format!("it expires soon, at {not_after}"));
    }
    Kept {
        reason: format!("valid for {days}d"),
        notes,
        subject: Some(certificate.subject().to_owned()),
        subject_alt_names: certificate.subject_alt_names().to_vec(),
        not_after: Some(not_after),
    }
}

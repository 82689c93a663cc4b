//! Two CAs, or two pairs of service account keys, side by side.

use pki_core::CertificateIdentity;
use pki_core::copy::{Conflict, Dependents, KeyFound, Picture};
use pki_core::hexadecimal;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConflictReport {
    name: &'static str,
    purpose: &'static str,
    source: PictureReport,
    destination: PictureReport,
    /// Certificates there that the CA there has signed, and kubeconfigs that end with it.
    dependents: Vec<String>,
    /// Kubeconfigs there of which nobody could tell.
    unread: Vec<String>,
    replaced: bool,
    /// Whether it was to be replaced, even if nothing was.
    #[serde(skip)]
    is_overruled: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PictureReport {
    subject: Option<String>,
    not_before: Option<String>,
    not_after: Option<String>,
    certificate_sha256: Option<String>,
    more_certificates: usize,
    /// Of the public key in the certificate, or in sa.pub.
    public_key_sha256: Option<String>,
    /// `none`, `unknown`, or SHA-256 of its public half.
    private_key: String,
}

impl ConflictReport {
    /// `is_done` is whether anything was written, or would be.
    pub(super) fn new(conflict: &Conflict, is_done: bool) -> Self {
        let Dependents {
            leaves,
            kubeconfigs,
            unread,
        } = &conflict.dependents;
        Self {
            name: conflict.entry.base_name,
            purpose: conflict.entry.purpose,
            source: PictureReport::new(&conflict.ours),
            destination: PictureReport::new(&conflict.theirs),
            dependents: [leaves.as_slice(), kubeconfigs].concat(),
            unread: unread.clone(),
            replaced: conflict.is_overruled && is_done,
            is_overruled: conflict.is_overruled,
        }
    }

    /// The same for people; what was replaced in short.
    pub(super) fn lines(&self, is_planned: bool) -> Vec<String> {
        let mut lines = Vec::new();
        let signed = self.dependents.join(", ");
        if self.is_overruled {
            let takes = match (self.replaced, is_planned) {
                (true, false) => "took",
                (true, true) => "would take",
                (false, _) => "would have taken",
            };
            let key = self.destination.key();
            let key = key.map_or_else(
                || "there".to_owned(),
                |key| format!("with the key\n  SHA-256 {key}"),
            );
            let replaced = format!("{} {takes} the place of the one {key}", self.name);
            lines.extend(replaced.lines().map(str::to_owned));
            if !signed.is_empty() {
                lines.push(match self.replaced {
                    true => format!("  what depends on that is of no use: {signed}"),
                    false => format!("  these depend on the one there: {signed}"),
                });
            }
            lines.extend(self.about_unread());
        } else {
            lines.push(format!("{} differs: it {}", self.name, self.purpose));
            lines.extend(self.source.lines("source"));
            lines.extend(self.destination.lines("there"));
            if !signed.is_empty() {
                lines.push(format!("  these depend on the one there: {signed}"));
            }
            lines.extend(self.about_unread());
            if self.name == "sa" {
                lines.push("  tokens that the one there has signed depend on it".to_owned());
            }
        }
        lines
    }

    fn about_unread(&self) -> Option<String> {
        let unread = self.unread.join(", ");
        (!unread.is_empty()).then(|| {
            format!("  nobody could look into {unread}: what trusts that CA, or was signed by it, ends with it")
        })
    }
}

impl PictureReport {
    fn new(picture: &Picture) -> Self {
        let hash = |hash: &[u8; 32]| hexadecimal::lower(hash);
        let certificate = picture.certificate.as_ref();
        let of = |fact: fn(&CertificateIdentity) -> String| certificate.map(fact);
        let certified = certificate.and_then(|it| it.key);
        Self {
            subject: of(|it| it.subject.clone()),
            not_before: of(|it| it.not_before.to_string()),
            not_after: of(|it| it.not_after.to_string()),
            certificate_sha256: certificate.map(|it| hash(&it.sha256)),
            more_certificates: picture.more_certificates,
            public_key_sha256: certified.or(picture.public_key).map(|key| hash(&key)),
            private_key: match &picture.private_key {
                KeyFound::Nothing => "none".to_owned(),
                KeyFound::Unknown => "unknown".to_owned(),
                KeyFound::Known(key) => hash(key),
            },
        }
    }

    fn key(&self) -> Option<&str> {
        let private = Some(self.private_key.as_str()).filter(|key| key.len() == 64);
        self.public_key_sha256.as_deref().or(private)
    }

    fn lines(&self, label: &str) -> Vec<String> {
        let labels = std::iter::once(label).chain(std::iter::repeat(""));
        let facts = labels.zip(self.facts());
        facts
            .map(|(label, fact)| format!("  {label:8}{fact}"))
            .collect()
    }

    fn facts(&self) -> Vec<String> {
        let mut facts = Vec::new();
        if let (Some(subject), Some(from), Some(to)) =
            (&self.subject, &self.not_before, &self.not_after)
        {
            let day = |time: &str| time.get(..10).unwrap_or(time).to_owned();
            facts.push(format!("{subject}, valid {} to {}", day(from), day(to)));
        }
        if let Some(hash) = &self.certificate_sha256 {
            facts.push(format!("certificate SHA-256 {hash}"));
        }
        if let Some(hash) = &self.public_key_sha256 {
            facts.push(format!("public key SHA-256  {hash}"));
        }
        match self.more_certificates {
            0 => {}
            1 => facts.push("and a further certificate".to_owned()),
            more => facts.push(format!("and {more} further certificates")),
        }
        match self.private_key.as_str() {
            same if self.public_key_sha256.as_deref() == Some(same) => {
                facts.push("with its private key".to_owned());
            }
            "none" => facts.push("without a private key".to_owned()),
            "unknown" => facts.push("with what may be a private key".to_owned()),
            hash => facts.push(format!("with the private key of {hash}")),
        }
        facts
    }
}

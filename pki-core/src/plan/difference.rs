//! How something that exists differs from what is wanted: one list for `gen`,
//! which stops at it, and for `verify`, which reports it.

use std::fmt;

use crate::Error;
use crate::catalog::Authority;
use crate::certificate::Certificate;
use crate::extension::ExtendedKeyUsage;
use crate::key::SubjectPublicKeyInfo;
use crate::name::Quoted;
use crate::time::Timestamp;

use crate::expected::Expected;

/// One way in which a file is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// One file of a pair is missing.
    Missing {
        /// Its path.
        path: String,
    },
    /// A file cannot be read.
    Unreadable {
        /// Its path.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The private key belongs to another certificate.
    KeyMismatch,
    /// Another CA signed the certificate.
    NotSignedBy {
        /// The CA that should have.
        authority: Authority,
        /// The issuer that the certificate names.
        issuer: String,
        /// Whether that name is the CA's own: then its key is another.
        same_name: bool,
    },
    /// The certificate has expired.
    Expired {
        /// When.
        not_after: Timestamp,
    },
    /// The certificate ends within a month.
    ExpiresSoon {
        /// When.
        not_after: Timestamp,
    },
    /// Nothing is wrong with it, and it was asked for by name.
    Named,
    /// The certificate is not valid yet.
    NotYetValid {
        /// From when on it is.
        not_before: Timestamp,
    },
    /// It names another subject.
    Subject {
        /// The subject that is wanted.
        expected: String,
        /// The one it names.
        actual: String,
    },
    /// It lacks names or addresses.
    MissingNames {
        /// Those that are wanted and not there.
        missing: Vec<String>,
        /// Those that are there and not wanted.
        unexpected: Vec<String>,
    },
    /// It lacks a purpose.
    MissingPurpose {
        /// Which.
        purpose: ExtendedKeyUsage,
    },
    /// A leaf that is a CA, or a CA that is none.
    NotACertificateAuthority {
        /// What is wrong.
        why: String,
    },
    /// A leaf with CA:TRUE.
    IsACertificateAuthority,
    /// A kubeconfig with another CA than the cluster's.
    OtherAuthorityData,
    /// A kubeconfig for another server.
    Server {
        /// The URL that is wanted.
        expected: String,
        /// The URL in the file.
        actual: String,
    },
    /// A kubeconfig without a client certificate.
    NoClientCertificate,
    /// sa.pub is not the public half of sa.key.
    OtherPublicKey,
    /// A copy of a shared file that is not equal to it.
    OtherCopy {
        /// Its path.
        path: String,
    },
    /// It cannot be made, because the CA's key is not here.
    ExternalAuthority {
        /// The CA.
        authority: Authority,
    },
    /// The home of the shared files lacks what a host's tree has.
    OnlyOnHost {
        /// The path on the host.
        path: String,
    },
}

impl Difference {
    /// The file it is about, below the certificates directory, if it is not the
    /// row as a whole.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Missing { path }
            | Self::Unreadable { path, .. }
            | Self::OtherCopy { path }
            | Self::OnlyOnHost { path } => Some(path),
            _ => None,
        }
    }
}

impl fmt::Display for Difference {
    /// What is wrong with "it", the file of [`Difference::path`] or the row.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { .. } => {
                write!(f, "it is missing, and the other file of the pair is there")
            }
            Self::Unreadable { why, .. } => f.write_str(why),
            Self::KeyMismatch => write!(f, "the private key does not belong to the certificate"),
            Self::NotSignedBy {
                authority,
                same_name: true,
                ..
            } => write!(
                f,
                "it is not signed by {authority}: its issuer has the same name but another key"
            ),
            Self::NotSignedBy {
                authority, issuer, ..
            } => {
                write!(
                    f,
                    "it is not signed by {authority} but by {}",
                    Quoted(issuer)
                )
            }
            Self::Expired { not_after } => write!(f, "it expired at {not_after}"),
            Self::NotYetValid { not_before } => write!(f, "it is not valid before {not_before}"),
            Self::Subject { expected, actual } => {
                write!(
                    f,
                    "it names {}, and {} is wanted",
                    Quoted(actual),
                    Quoted(expected)
                )
            }
            Self::MissingNames {
                missing,
                unexpected,
            } => {
                write!(f, "it lacks {}", missing.join(", "))?;
                match unexpected.is_empty() {
                    true => Ok(()),
                    false => write!(f, " (it names {} instead)", unexpected.join(", ")),
                }
            }
            Self::MissingPurpose { purpose } => write!(f, "it lacks the purpose {purpose}"),
            Self::NotACertificateAuthority { why } => f.write_str(why),
            Self::IsACertificateAuthority => write!(f, "it is a CA certificate (CA:TRUE)"),
            Self::OtherAuthorityData => write!(f, "its CA is not the cluster's ca.crt"),
            Self::Server { expected, actual } => {
                write!(
                    f,
                    "its server is {}, and {} is wanted",
                    Quoted(actual),
                    Quoted(expected)
                )
            }
            Self::ExpiresSoon { not_after } => write!(f, "it expires soon, at {not_after}"),
            Self::Named => write!(f, "it was asked for"),
            Self::NoClientCertificate => write!(f, "it has no client certificate"),
            Self::OtherPublicKey => write!(f, "sa.pub is not the public half of sa.key"),
            Self::OtherCopy { .. } => write!(f, "it is not equal to the shared one"),
            Self::ExternalAuthority { authority } => {
                write!(
                    f,
                    "it cannot be made: {authority} is an external CA, its key is not here"
                )
            }
            Self::OnlyOnHost { .. } => write!(
                f,
                "a host has it and the shared directory does not: copy it there"
            ),
        }
    }
}

/// How an existing leaf differs from the expected one. `authority` is the CA's
/// certificate, where there is one already.
pub(crate) fn of_leaf(
    expected: &Expected,
    certificate: &Certificate,
    key: Option<&SubjectPublicKeyInfo>,
    authority: Option<&Certificate>,
    now: Timestamp,
) -> Vec<Difference> {
    let mut found: Vec<_> = of_key(certificate, key).into_iter().collect();
    found.extend(of_signature(certificate, expected.issuer, authority));
    found.extend(of_validity(certificate, now));
    if !subject_is_right(expected, certificate) {
        found.push(Difference::Subject {
            expected: expected.subject.to_string(),
            actual: certificate.subject().to_owned(),
        });
    }
    found.extend(of_names(expected, certificate));
    for purpose in &expected.profile.extended_key_usage {
        let has = |usages: &[ExtendedKeyUsage]| {
            usages.contains(purpose) || usages.contains(&ExtendedKeyUsage::Any)
        };
        if !certificate.extended_key_usage().is_none_or(has) {
            found.push(Difference::MissingPurpose {
                purpose: purpose.clone(),
            });
        }
    }
    if certificate.is_ca() {
        found.push(Difference::IsACertificateAuthority);
    }
    found
}

/// Kubernetes reads the common name and the organizations, which changed over
/// kubeadm's versions: an older tree is still right.
fn subject_is_right(expected: &Expected, certificate: &Certificate) -> bool {
    let Some(known) = expected.organizations else {
        return certificate.subject_der() == expected.subject.to_der();
    };
    let actual = certificate.organizations();
    let organization_is_known = known.iter().any(|known| match known {
        Some(known) => actual == [*known],
        None => actual.is_empty(),
    });
    certificate.common_name() == expected.subject.common_name()
        && (known.is_empty() || organization_is_known)
}

/// How an existing CA falls short of being one now.
pub(crate) fn of_authority(
    certificate: &Certificate,
    key: Option<&SubjectPublicKeyInfo>,
    now: Timestamp,
) -> Vec<Difference> {
    let mut found: Vec<_> = of_key(certificate, key).into_iter().collect();
    if let Err(Error::NotACertificateAuthority { lacks, .. }) =
        crate::issuer::check_authority(certificate)
    {
        let why = format!("it is no CA certificate: it lacks {lacks}");
        found.push(Difference::NotACertificateAuthority { why });
    }
    found.extend(of_validity(certificate, now));
    found
}

fn of_key(certificate: &Certificate, key: Option<&SubjectPublicKeyInfo>) -> Option<Difference> {
    let is_its_own = |key| certificate.public_key().ok() == Some(key);
    (!key.is_none_or(is_its_own)).then_some(Difference::KeyMismatch)
}

fn of_signature(
    certificate: &Certificate,
    issuer: Authority,
    authority: Option<&Certificate>,
) -> Option<Difference> {
    let authority = authority?;
    let signed = authority
        .public_key()
        .is_ok_and(|key| certificate.is_signed_by(key));
    let same_name = certificate.issuer_der() == authority.subject_der();
    (!signed || !same_name).then(|| Difference::NotSignedBy {
        authority: issuer,
        issuer: certificate.issuer().to_owned(),
        same_name,
    })
}

pub(crate) fn of_validity(certificate: &Certificate, now: Timestamp) -> Option<Difference> {
    let validity = certificate.validity();
    if now > validity.not_after() {
        Some(Difference::Expired {
            not_after: validity.not_after(),
        })
    } else if now < validity.not_before() {
        Some(Difference::NotYetValid {
            not_before: validity.not_before(),
        })
    } else {
        None
    }
}

fn of_names(expected: &Expected, certificate: &Certificate) -> Option<Difference> {
    let wanted: Vec<String> = expected
        .subject_alt_names
        .iter()
        .map(ToString::to_string)
        .collect();
    let actual = certificate.subject_alt_names();
    let missing: Vec<_> = wanted
        .iter()
        .filter(|name| !actual.contains(name))
        .cloned()
        .collect();
    let unexpected = actual
        .iter()
        .filter(|name| !wanted.contains(name))
        .cloned()
        .collect();
    (!missing.is_empty()).then_some(Difference::MissingNames {
        missing,
        unexpected,
    })
}

//! How a leaf is connected to a CA of the tree, and what the certificates in
//! between say about it.

use super::authority::Known;
use super::certificate::{self, About, is_weak_signature};
use super::fix::Fix;
use super::leaf::Leaf;
use super::signer::{Tries, signer_among};
use super::{Examined, Finding, Record, Rule, command, others, place};
use crate::Error;
use crate::catalog::FileRole;
use crate::certificate::Certificate;
use crate::extension::{BasicConstraints, ExtendedKeyUsage};
use crate::key::{KeyKind, SubjectPublicKeyInfo};
use crate::name::Quoted;

/// The most intermediates between a leaf and a CA.
const LONGEST: usize = 5;

/// The certificates above a leaf.
pub(super) struct Path<'a> {
    /// Those behind the leaf in its file, the one that signed it first.
    intermediates: Vec<&'a Certificate>,
    pub(super) anchor: &'a Certificate,
}

impl<'a> Path<'a> {
    fn above(&self) -> impl Iterator<Item = &'a Certificate> {
        self.intermediates.iter().copied().chain([self.anchor])
    }
}

/// The signatures from the leaf over the intermediates behind it to the CA.
/// What is accepted in the end is webpki's to say: this tells which
/// certificates a finding is about.
pub(super) fn path_to<'a>(chain: &'a [Certificate], known: &'a Known<'_>) -> Option<Path<'a>> {
    path_within(chain, known.certificates, &mut Tries::of_a_path(usize::MAX))
}

/// The same to one of these CAs, with no more signatures than are left.
pub(super) fn path_within<'a>(
    chain: &'a [Certificate],
    authorities: &'a [Certificate],
    tries: &mut Tries,
) -> Option<Path<'a>> {
    let mut intermediates = Vec::new();
    let mut certificate = chain.first()?;
    loop {
        if let Some(anchor) = signer_among(authorities.iter(), certificate, tries) {
            return Some(Path {
                intermediates,
                anchor,
            });
        }
        certificate = signer_in(chain, certificate, &intermediates, tries)?;
        intermediates.push(certificate);
    }
}

/// The last certificate of a file's chain that the leaf leads to.
fn top(chain: &[Certificate]) -> Option<&Certificate> {
    let mut passed = Vec::new();
    let mut tries = Tries::of_a_path(usize::MAX);
    let mut certificate = chain.first()?;
    while let Some(next) = signer_in(chain, certificate, &passed, &mut tries) {
        passed.push(next);
        certificate = next;
    }
    Some(certificate)
}

/// Go takes intermediates in any order, so their order is no fault.
fn signer_in<'a>(
    chain: &'a [Certificate],
    certificate: &Certificate,
    passed: &[&Certificate],
    tries: &mut Tries,
) -> Option<&'a Certificate> {
    if passed.len() >= LONGEST {
        return None;
    }
    let fresh = chain.iter().skip(1).filter(|next| !passed.contains(next));
    let authorities = fresh.filter(|next| next.is_ca() && *next != certificate);
    signer_among(authorities, certificate, tries)
}

/// Whether a signature that does not verify is wrong, rather than of a kind
/// that is not known.
pub(super) fn is_checkable(certificate: &Certificate, known: &Known<'_>) -> bool {
    let same_name = |authority: &&Certificate| authority.subject_der() == certificate.issuer_der();
    let mut signers = known.certificates.iter().filter(same_name).peekable();
    // Another name alone proves that this CA did not sign it.
    signers.peek().is_none()
        || signers.any(|authority| {
            authority
                .public_key()
                .is_ok_and(|key| can_be_of(certificate, key))
        })
}

/// An algorithm of another kind than the key proves that the key did not sign.
fn can_be_of(certificate: &Certificate, key: &SubjectPublicKeyInfo) -> bool {
    const RSA: &str = "1.2.840.113549.1.1.";
    let algorithm = certificate.signature_algorithm();
    let rsa_key = matches!(key.kind(), KeyKind::Rsa { .. });
    certificate.can_check_signature(key) || algorithm.starts_with(RSA) != rsa_key
}

/// Why the right CA did not sign a leaf: who did.
pub(super) fn check_signer(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    known: &Known<'_>,
    fix: &Fix,
    record: &mut Record,
) {
    let Some(top) = top(leaf.chain) else {
        return;
    };
    if !is_checkable(top, known) {
        if !is_weak_signature(top.signature_algorithm()) {
            let what = format!("the signature of {}", leaf.path);
            record.not_checked(what, "it is of a kind that is not known here", None);
        }
        return;
    }
    let it = match leaf.chain.first() == Some(top) {
        true => leaf.it.to_owned(),
        false => format!("its intermediate {} ", Quoted(top.subject())),
    };
    let ca = known.path;
    let finding = |rule, message: String| {
        Finding::new(rule, leaf.path, format!("{it}{message}"), fix)
            .at(leaf.place_of(examined, top))
    };
    record.fail(if let Some(authority) = known.signer_by_key(top) {
        let spelling = Spelling::of(authority, top);
        let message = format!(
            "is signed by the key of {ca}, and spells its name {}",
            spelling.how
        );
        Finding {
            why: spelling.why.to_owned(),
            ..finding(Rule::IssuerName, message)
        }
    } else {
        let same_name = known
            .certificates
            .iter()
            .any(|authority| authority.subject_der() == top.issuer_der());
        match others::signer(examined, top) {
            Some((file, signer)) if known.signer_of(signer).is_some() && signer.is_ca() => Finding {
                fix: append(examined, leaf, file, fix),
                ..finding(
                    Rule::IntermediateMissing,
                    format!(
                        "was signed by the intermediate {} below {ca}, which is not in the file; it is in {file}",
                        Quoted(signer.subject())
                    ),
                )
            },
            Some((file, _)) if same_name => finding(
                Rule::OtherCaSameName,
                format!(
                    "is not signed by {ca}: the issuer has the same name but another key, that of {file}"
                ),
            ),
            Some((file, _)) => finding(
                Rule::WrongCa,
                format!("is issued by {file}, expected {ca}"),
            ),
            None if same_name => finding(
                Rule::OtherCaSameName,
                format!("is not signed by {ca}: the issuer has the same name but another key"),
            ),
            None => finding(
                Rule::WrongCa,
                format!("is not signed by {ca} but by {}", Quoted(top.issuer())),
            ),
        }
    });
}

/// How a certificate spells the name of the CA whose key signed it.
pub(super) struct Spelling {
    pub(super) how: String,
    /// Who minds.
    pub(super) why: &'static str,
}

impl Spelling {
    pub(super) fn of(authority: &Certificate, signed: &Certificate) -> Self {
        let (ours, theirs) = (authority.subject(), signed.issuer());
        // OpenSSL's X509_NAME_cmp: neither string types nor capitals count, and
        // spaces only as one.
        let canonical = |name: &str| {
            let words: Vec<_> = name.split_whitespace().collect();
            words.join(" ").to_ascii_lowercase()
        };
        let have_other_identifiers = match (
            signed.authority_key_identifier(),
            authority.subject_key_identifier(),
        ) {
            (Some(signed), Some(own)) => signed != own,
            _ => false,
        };
        Self {
            how: match ours == theirs {
                true => "in another string type".to_owned(),
                false => format!("as {} instead of {}", Quoted(theirs), Quoted(ours)),
            },
            why: match canonical(ours) == canonical(theirs) {
                true if have_other_identifiers => {
                    "Go and rustls compare names byte by byte: 'x509: certificate signed by unknown authority'; OpenSSL overlooks how a name is spelt, and refuses this one for its authorityKeyIdentifier, which is not the CA's: 'unable to get local issuer certificate'"
                }
                true => Rule::IssuerName.why(),
                false => {
                    "every reader looks for the issuer by its name: Go says 'x509: certificate signed by unknown authority', OpenSSL 'unable to get local issuer certificate'"
                }
            },
        }
    }
}

fn append(examined: &Examined<'_>, leaf: &Leaf<'_>, file: &str, otherwise: &Fix) -> Fix {
    let is_alone = |path: &str| {
        let certificates = others::certificates(examined);
        certificates.filter(|(found, _)| *found == path).count() == 1
    };
    match leaf.entry.files_hold_pem() && is_alone(file) {
        true => Fix::run(format!(
            "cat {} >> {}",
            command::path(examined.tree, file),
            command::path(examined.tree, leaf.path)
        ))
        .and(command::restart(examined, leaf.entry)),
        false => otherwise.clone(),
    }
}

/// What follows from the certificates above a leaf.
pub(super) fn check(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    known: &Known<'_>,
    path: &Path<'_>,
    fix: &Fix,
    record: &mut Record,
) {
    check_identifiers(examined, leaf, known, path, fix, record);
    check_path_length(examined, leaf, path, fix, record);
    let purposes = leaf.entry.extended_key_usage();
    for intermediate in &path.intermediates {
        let about = About {
            certificate: intermediate,
            path: leaf.path,
            it: format!("its intermediate {} ", Quoted(intermediate.subject())),
            place: leaf.place_of(examined, intermediate),
            fix,
            is_authority: false,
        };
        certificate::check(examined, &about, record);
        let lacking = lacks_purpose(intermediate, purposes);
        record.expect(lacking.is_none(), || {
            let purpose = lacking.map(ToString::to_string).unwrap_or_default();
            let message = format!("is limited to other purposes than {purpose}");
            about.finding(Rule::CaPurpose, &message)
        });
    }
}

/// A purpose that a CA's extendedKeyUsage shuts out.
pub(super) fn lacks_purpose<'a>(
    authority: &Certificate,
    purposes: &'a [ExtendedKeyUsage],
) -> Option<&'a ExtendedKeyUsage> {
    let allowed = authority.extended_key_usage()?;
    let allows = |purpose| allowed.contains(purpose) || allowed.contains(&ExtendedKeyUsage::Any);
    purposes.iter().find(|purpose| !allows(purpose))
}

fn check_identifiers(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    known: &Known<'_>,
    path: &Path<'_>,
    fix: &Fix,
    record: &mut Record,
) {
    let below = leaf
        .chain
        .iter()
        .take(1)
        .chain(path.intermediates.iter().copied());
    for (certificate, issuer) in below.zip(path.above()) {
        let identifiers = (
            certificate.authority_key_identifier(),
            issuer.subject_key_identifier(),
        );
        // A CA that was renewed with its key may have another identifier in each of its certificates.
        let same_ca = |other: &&Certificate| {
            other.subject_der() == issuer.subject_der() && other.public_key() == issuer.public_key()
        };
        let fits = match identifiers {
            (Some(ours), Some(theirs)) => {
                let mut others = known.certificates.iter().filter(same_ca);
                ours == theirs || others.any(|other| other.subject_key_identifier() == Some(ours))
            }
            _ => true,
        };
        record.expect(fits, || {
            let it = match leaf.chain.first() == Some(certificate) {
                true => leaf.it.to_owned(),
                false => format!("its intermediate {} ", Quoted(certificate.subject())),
            };
            let message = format!(
                "{it}has an authorityKeyIdentifier that is not the subjectKeyIdentifier of its CA, whose key did sign it"
            );
            Finding::new(Rule::AuthorityKeyIdentifier, leaf.path, message, fix)
                .at(leaf.place_of(examined, certificate))
        });
    }
}

/// Self-issued certificates do not count (RFC 5280 section 4.2.1.9). webpki
/// does not look at the anchor's bound.
fn check_path_length(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    path: &Path<'_>,
    fix: &Fix,
    record: &mut Record,
) {
    let mut between = 0;
    for authority in path.above() {
        let most = match authority.basic_constraints() {
            Some(BasicConstraints::CertificateAuthority {
                path_len_constraint: Some(most),
            }) => usize::from(most),
            _ => usize::MAX,
        };
        record.expect(between <= most, || {
            let message = format!(
                "{}has {between} intermediates below {}, which allows {most}",
                leaf.it,
                Quoted(authority.subject())
            );
            Finding::new(Rule::PathLength, leaf.path, message, fix)
                .at(leaf.place_of(examined, authority))
        });
        between += usize::from(!authority.is_self_issued());
    }
}

/// When the first of the certificates above a leaf ends.
pub(super) fn end(path: &Path<'_>) -> Option<crate::time::Timestamp> {
    let ends = path.above().map(|found| found.validity().not_after());
    ends.min()
}

/// What webpki says of a leaf. It stops at the first thing that it does not like, so that where
/// something is wrong already only that of which nothing else is told counts: names that the CA
/// may not sign for.
pub(super) fn second_opinion(
    examined: &Examined<'_>,
    leaf: &Leaf<'_>,
    path: &Path<'_>,
    fix: &Fix,
    is_fine: bool,
    record: &mut Record,
) {
    let Some(certificate) = leaf.chain.first() else {
        return;
    };
    let intermediates: Vec<_> = path
        .intermediates
        .iter()
        .map(|found| (*found).clone())
        .collect();
    let verdict = certificate.verify_path(&intermediates, path.anchor, examined.now);
    record.checked += 1;
    let Err(error) = verdict else {
        return;
    };
    let it = leaf.it;
    let (rule, message) = match error {
        Error::NameNotPermitted => (
            Rule::NameConstraints,
            format!("{it}has a name that the constraints of its CA do not allow"),
        ),
        _ if !is_fine => return,
        Error::Judgement { what } => (
            Rule::SecondOpinion,
            format!("{it}is refused by a second implementation: {what}"),
        ),
        other => (
            Rule::SecondOpinion,
            format!("{it}is refused by a second implementation: {other}"),
        ),
    };
    record.add(Finding::new(rule, leaf.path, message, fix));
}

impl Leaf<'_> {
    /// Where in the leaf's file one of its certificates is; nothing for the
    /// first, which is what a file is known for.
    pub(super) fn place_of(
        &self,
        examined: &Examined<'_>,
        certificate: &Certificate,
    ) -> Option<super::Place> {
        if !self.it.is_empty() {
            return self.place;
        }
        let index = match (
            self.chain.iter().position(|found| found == certificate)?,
            self.misplaced,
        ) {
            (0, Some(position)) => position,
            (index, Some(position)) if index == position => 0,
            (index, _) => index,
        };
        let bytes = examined.tree.get(self.path)?.bytes()?;
        let place = place::of_certificate(bytes, index)?;
        (index > 0).then_some(place)
    }
}

impl crate::catalog::CatalogEntry {
    /// Whether its certificate is a file of its own.
    fn files_hold_pem(&self) -> bool {
        let files = self.files(&crate::catalog::EtcdNaming::Kubeadm);
        files.iter().any(|file| file.role == FileRole::Certificate)
    }
}

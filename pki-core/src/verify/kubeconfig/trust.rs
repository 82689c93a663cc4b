//! The CAs by which kubeconfigs know the API server: whether they are those of the
//! cluster. What several of them have in the same way has one cause.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::authority::Known;
use super::super::chain::{path_to, path_within};
use super::super::fix::Fix;
use super::super::signer::Tries;
use super::super::{Cause, Examined, Finding, Record, Rule, command, place};
use super::Read;
use super::held::{self, Held};
use crate::catalog::FileRole;
use crate::certificate::Certificate;
use crate::severity::Severity;
use crate::time::Timestamp;

/// That a kubeconfig trusts another CA. A file from before the CA was replaced has its
/// client certificate from that one as well, which is the same cause wherever that lies.
pub(super) struct Distrust<'a> {
    /// What is said of it.
    pub(super) cause: Cause,
    trusted: Cow<'a, [Certificate]>,
}

impl Distrust<'_> {
    /// Whether a client certificate is of the CA that is trusted.
    pub(super) fn has_signed(&self, chain: &[Certificate]) -> bool {
        path_within(chain, &self.trusted, &mut Tries::of_a_path(usize::MAX)).is_some()
    }
}

/// What a kubeconfig does instead of trusting the cluster's CA and nothing else.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict<'a> {
    /// It trusts no CA but those of the operating system.
    NamesNone,
    /// It trusts another certificate of the same key, which ends then.
    SameKey(Timestamp),
    Other,
    /// It trusts one of the bundle, and not the one that signed this file.
    NotTheSigner(&'a str),
    /// It trusts so many others, too.
    More(usize),
}

struct Strange<'a> {
    read: Read<'a>,
    verdict: Verdict<'a>,
    trusted: Cow<'a, [Certificate]>,
    /// The file that they are in.
    file: String,
}

/// Those that trust another CA, by their paths.
pub(super) fn check<'a>(
    examined: &'a Examined<'_>,
    kubeconfigs: &[Read<'a>],
    known: Result<&Known<'_>, Option<Cause>>,
    record: &mut Record,
) -> BTreeMap<&'a str, Distrust<'a>> {
    let mut groups: Vec<Vec<Strange<'a>>> = Vec::new();
    for read in kubeconfigs {
        let (trusted, file) = match held::authorities(examined, read, record) {
            Held::Read { value, file } => (value, file),
            Held::Absent => (Cow::Borrowed(&[][..]), read.path().to_owned()),
            Held::Lost => continue,
        };
        let Ok(ca) = known else {
            continue;
        };
        record.checked += 1;
        let Some(verdict) = verdict(examined, read, &trusted, ca) else {
            continue;
        };
        let strange = Strange {
            read: *read,
            verdict,
            trusted,
            file,
        };
        let alike = groups.iter_mut().find(|group| {
            group
                .iter()
                .all(|it| it.verdict == verdict && it.trusted == strange.trusted)
        });
        match alike {
            Some(group) => group.push(strange),
            None => groups.push(vec![strange]),
        }
    }
    let mut distrust = BTreeMap::new();
    let Ok(ca) = known else {
        return distrust;
    };
    for group in groups {
        let Some(cause) = report(examined, &group, ca, record) else {
            continue;
        };
        for Strange { read, trusted, .. } in group {
            distrust.insert(read.path(), Distrust { cause, trusted });
        }
    }
    distrust
}

fn verdict<'a>(
    examined: &'a Examined<'_>,
    read: &Read<'_>,
    trusted: &[Certificate],
    ca: &Known<'_>,
) -> Option<Verdict<'a>> {
    let ours = |theirs: &Certificate| ca.certificates.contains(theirs);
    if trusted.is_empty() {
        return (!read.kubeconfig.skips_verification).then_some(Verdict::NamesNone);
    }
    if !trusted.iter().any(ours) {
        let same_key = trusted.iter().find(|theirs| has_the_key_of(theirs, ca));
        return Some(same_key.map_or(Verdict::Other, |other| {
            Verdict::SameKey(other.validity().not_after())
        }));
    }
    if let Some(server) = apiserver_without(examined, ca, trusted) {
        return Some(Verdict::NotTheSigner(server));
    }
    match trusted.iter().filter(|theirs| !ours(theirs)).count() {
        0 => None,
        more => Some(Verdict::More(more)),
    }
}

/// Whether a CA was renewed with its key and name.
fn has_the_key_of(theirs: &Certificate, ca: &Known<'_>) -> bool {
    let mut certificates = ca.certificates.iter();
    certificates.any(|ours| {
        ours.subject_der() == theirs.subject_der() && ours.public_key() == theirs.public_key()
    })
}

/// The API server's certificate, if it was signed by a CA of the bundle that is not among these: a
/// rotation that went on before everybody trusted the new CA.
fn apiserver_without<'a>(
    examined: &'a Examined<'_>,
    ca: &Known<'_>,
    trusted: &[Certificate],
) -> Option<&'a str> {
    if ca.certificates.len() < 2 {
        return None;
    }
    let mut materials = examined.materials.iter();
    let server = materials.find(|material| material.row.entry.base_name == "apiserver")?;
    let path = path_to(server.certificates(), ca)?;
    let signs = |theirs: &Certificate| {
        theirs.subject_der() == path.anchor.subject_der()
            && theirs.public_key() == path.anchor.public_key()
    };
    let is_trusted = trusted.iter().any(signs);
    (!is_trusted).then(|| server.path(FileRole::Certificate))
}

/// Those that do the same are one finding: about the only one of them, or about
/// the CA, with the kubeconfigs below it. It is told if they trust another CA.
fn report(
    examined: &Examined<'_>,
    group: &[Strange<'_>],
    ca: &Known<'_>,
    record: &mut Record,
) -> Option<Cause> {
    let first = group.first()?;
    if let (Verdict::Other, Some(cause)) = (first.verdict, ca.explains) {
        for strange in group {
            let path = strange.read.path();
            record.follows(cause, path, &alone(strange, ca));
        }
        return Some(cause);
    }
    let rule = match first.verdict {
        Verdict::More(_) => Rule::KubeconfigCaBundle,
        _ => Rule::KubeconfigCa,
    };
    let (file, message) = match group {
        [one] => (one.read.path(), alone(one, ca)),
        _ => (ca.path, together(group, first.verdict)),
    };
    let place = place::of_line(first.read.kubeconfig.lines.authority);
    let finding = Finding::new(rule, file, message, fix(examined, group, ca))
        .at(place.filter(|_| group.len() == 1));
    let cause = record.add(match first.verdict {
        // Its user goes on as long as that one is valid.
        Verdict::SameKey(not_after) if not_after >= examined.now => Finding {
            why: "its user refuses the API server as soon as that one has ended: 'x509: certificate signed by unknown authority'".to_owned(),
            ..finding.with_severity(Severity::Warning)
        },
        _ => finding,
    });
    for strange in group.iter().filter(|_| group.len() > 1) {
        record.follows(cause, strange.read.path(), &below(strange, ca));
    }
    matches!(first.verdict, Verdict::Other | Verdict::NotTheSigner(_)).then_some(cause)
}

/// What one kubeconfig does.
fn alone(strange: &Strange<'_>, ca: &Known<'_>) -> String {
    let Strange { read, file, .. } = strange;
    let ca = ca.path;
    let (embeds, its) = match file == read.path() {
        true => ("embeds".to_owned(), "its embedded CA".to_owned()),
        false => (format!("trusts {file}, with"), format!("its CA, {file},")),
    };
    match strange.verdict {
        Verdict::NamesNone => "names no CA".to_owned(),
        Verdict::SameKey(not_after) => format!(
            "{embeds} another certificate of the same CA than {ca}, with the same key, which ends at {not_after}"
        ),
        Verdict::Other => format!("{its} is not {ca}"),
        Verdict::NotTheSigner(server) => {
            format!("{embeds} none of the CAs of {ca} that signed {server}")
        }
        Verdict::More(more) => format!("{embeds} {more} CAs that are not in {ca}"),
    }
}

/// The same where the rest has been said of the CA.
fn below(strange: &Strange<'_>, ca: &Known<'_>) -> String {
    match strange.verdict {
        Verdict::SameKey(_) => "has the other certificate of the CA".to_owned(),
        Verdict::NotTheSigner(_) => "does not trust it".to_owned(),
        Verdict::More(_) => "trusts them, too".to_owned(),
        Verdict::NamesNone | Verdict::Other => alone(strange, ca),
    }
}

/// What several do, said of the CA.
fn together(group: &[Strange<'_>], verdict: Verdict<'_>) -> String {
    let count = group.len();
    match verdict {
        Verdict::NamesNone => format!("is not named as the CA by {count} kubeconfigs"),
        Verdict::SameKey(not_after) => format!(
            "is not in {count} kubeconfigs, which have another certificate of this CA, with the same key, that ends at {not_after}"
        ),
        Verdict::Other => format!("is not the CA that {count} kubeconfigs trust"),
        Verdict::NotTheSigner(server) => {
            format!("has the CA that signed {server}, which {count} kubeconfigs do not trust")
        }
        Verdict::More(more) => {
            format!("is not all that {count} kubeconfigs trust: they have {more} CAs more")
        }
    }
}

/// A user of another CA is another user; else the CA alone is put in.
fn fix(examined: &Examined<'_>, group: &[Strange<'_>], ca: &Known<'_>) -> Fix {
    let entries = group.iter().map(|strange| strange.read.entry());
    match group.first().map(|strange| strange.verdict) {
        Some(Verdict::Other) => command::reissue_all(examined, &entries.collect::<Vec<_>>()),
        _ => {
            let clusters: Vec<_> = group.iter().map(|strange| strange.read.cluster()).collect();
            command::embed_authority(examined, ca.path, &clusters)
        }
    }
}

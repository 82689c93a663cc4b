//! Whether a check takes the API server's certificate: curl and wget do not know the
//! cluster's CA by themselves.

use crate::certificate::Certificate;
use crate::name::Quoted;
use crate::static_pod::Url;
use crate::verify::Examined;
use crate::verify::fix::Fix;
use crate::verify::load_balancer::apiserver_certificate;
use crate::verify::server::covers;

/// Which certificate of a server a command takes.
pub(super) enum Trust {
    /// Any.
    Anybody,
    /// What this file vouches for.
    File(String),
    /// What the system's CAs vouch for, which do not know the cluster's.
    System,
    Unknown,
}

impl Trust {
    pub(super) fn of(words: &[&str], is_whole: bool) -> Self {
        let is_short = |word: &str| word.starts_with('-') && !word.starts_with("--");
        let takes_any = |word: &&&str| {
            matches!(**word, "--insecure" | "--no-check-certificate")
                || is_short(word) && word.contains('k')
        };
        if words.iter().any(|word| takes_any(&word)) {
            return Self::Anybody;
        }
        let mut all = words.iter().enumerate();
        let file = all.find_map(|(at, word)| {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            let value = match value {
                "" => words.get(at + 1).copied().unwrap_or_default(),
                value => value,
            };
            matches!(name, "--cacert" | "--ca-certificate").then(|| value.to_owned())
        });
        let is_odd = |word: &&&str| {
            word.contains("withheld")
                || **word == "-?"
                || word.starts_with("--ca")
                || word.starts_with("--config")
                || is_short(word) && word.contains('K')
        };
        match file {
            Some(file) if file.starts_with('/') => Self::File(file),
            Some(_) => Self::Unknown,
            None if !is_whole || words.iter().any(|word| is_odd(&word)) => Self::Unknown,
            None => Self::System,
        }
    }
}

/// Why a request does not take the API server's certificate, and what to write: who
/// asks its own host need not know it, and kubeadm's certificate does not name
/// localhost.
pub(super) fn distrust(
    examined: &Examined<'_>,
    trusts: &Trust,
    url: &Url<'_>,
) -> Option<(String, Fix)> {
    let file = match trusts {
        Trust::Anybody | Trust::Unknown => return None,
        Trust::System => {
            return Some((
                "with neither --insecure nor --cacert nobody knows the cluster's CA".to_owned(),
                Fix::say("add --insecure to the options: the check is of this host alone"),
            ));
        }
        Trust::File(file) => file,
    };
    let tree = examined.tree;
    let fix = || {
        Fix::say(
            "write --insecure in the place of it and its file: the check is of this host alone",
        )
    };
    let path = tree
        .location
        .path_of(file)
        .filter(|it| tree.is_in_reach(it))?;
    if tree.lacks(&path) {
        return Some((format!("its CA {} is not there", Quoted(file)), fix()));
    }
    let server = apiserver_certificate(examined)?;
    let told = tree.get(&path)?.certificates()?;
    let is_issuer = |it: &Certificate| it.subject() == server.issuer();
    if told.is_empty() {
        return None;
    }
    if !told.iter().any(is_issuer) {
        let why = format!("{} did not issue its certificate", Quoted(file));
        return Some((why, fix()));
    }
    // RFC 9110, 4.3.4: whoever checks a certificate checks the name as well.
    let name = url.subject_alt_name();
    let names = server.subject_alt_names();
    let is_named = names.iter().any(|san| covers(san, &name));
    (!is_named).then(|| {
        let why = format!("its certificate does not name {}", Quoted(url.host));
        (why, fix())
    })
}

//! Rules about one profile.

use super::spot::Spot;
use super::{Findings, LintFinding, LintRule, add};
use crate::cfssl::signing::DEFAULT_BACKDATE;
use crate::cfssl::{CfsslCa, CfsslProfile, GoDuration};
use crate::extension::{ExtendedKeyUsage, KeyUsage};
use crate::name::Quoted;

/// A profile in its configuration.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// `None` for the default.
    pub(super) name: Option<&'a str>,
    pub(super) settings: &'a CfsslProfile,
    /// The default's lifetime.
    pub(super) inherited: Option<GoDuration>,
    pub(super) spot: Spot<'a>,
    /// Whether a profile of the same configuration is etcd's by its name.
    pub(super) is_of_etcd: bool,
    /// How long the CA lives, if its request is there.
    pub(super) authority: Option<GoDuration>,
}

const RULES: [fn(&View<'_>, &mut Findings); 11] = [
    client_auth,
    server_auth,
    any_usage,
    usage_twice,
    cert_sign,
    path_length,
    born_expired,
    outlives_ca,
    dates,
    copy_extensions,
    whitelist,
];

pub(super) fn check(view: &View<'_>, findings: &mut Findings) {
    if view.settings.is_remote() {
        // The other host decides.
        return;
    }
    for rule in RULES {
        rule(view, findings);
    }
    if !view.settings.ct_log_servers.is_empty() {
        let error = view.spot.key("ct_log_servers");
        let error = error.refuse("every certificate is sent to these logs");
        let error = error.suggesting("leave it out for a CA of your own");
        add(findings, LintRule::CtLog, error);
    }
}

/// Whether a profile of this name tells that the configuration is etcd's.
pub(super) fn is_of_etcd(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "peer" || name.contains("etcd")
}

impl View<'_> {
    /// A name that promises a server, as guides have it.
    fn is_named_as_server(&self) -> bool {
        let name = self.name.unwrap_or_default().to_ascii_lowercase();
        ["server", "peer", "member", "etcd"].contains(&name.as_str())
            || name == "etcd-server"
            || name == "etcd-peer"
    }

    fn has(&self, usage: &ExtendedKeyUsage) -> bool {
        let usages = self.settings.extended_key_usages();
        usages.contains(usage) || self.has_any()
    }

    fn has_any(&self) -> bool {
        self.settings.usages.iter().any(|u| u.name() == ANY)
    }

    fn signs(&self) -> bool {
        self.settings.key_usage().contains(KeyUsage::KEY_CERT_SIGN)
    }

    /// The list as it should be.
    fn usages_with(&self, missing: &str) -> String {
        let names = self.settings.usages.iter().map(|usage| usage.name());
        let quoted: Vec<_> = names.chain([missing]).map(|n| format!("\"{n}\"")).collect();
        format!("\"usages\": [{}]", quoted.join(", "))
    }

    fn lifetime(&self) -> Option<GoDuration> {
        match self.settings.not_after {
            Some(_) => None,
            // It signs nothing.
            None if self.settings.usages.is_empty() => None,
            None => self
                .settings
                .expiry
                .filter(|own| *own != GoDuration::ZERO)
                .or(self.inherited),
        }
    }

    fn shown(&self) -> String {
        match self.name {
            Some(name) => format!("the profile {}", Quoted(name)),
            None => "the default".to_owned(),
        }
    }
}

const ANY: &str = "any";

fn client_auth(view: &View<'_>, findings: &mut Findings) {
    let serves = view.has(&ExtendedKeyUsage::ServerAuth);
    let has = view.has(&ExtendedKeyUsage::ClientAuth) || is_misspelt("client auth", view, findings);
    if !view.is_named_as_server() || !serves || has {
        return;
    }
    let message = format!("{} has no 'client auth', which etcd needs", view.shown());
    let error = view.spot.key("usages").refuse(message);
    let error = error.suggesting(&view.usages_with("client auth"));
    let finding = LintFinding::new(LintRule::NoClientAuth, error);
    findings.push(match view.is_of_etcd {
        true => finding,
        // It may serve something else.
        false => finding.guessed(),
    });
}

fn server_auth(view: &View<'_>, findings: &mut Findings) {
    let is_empty = view.settings.usages.is_empty();
    let has = view.has(&ExtendedKeyUsage::ServerAuth) || is_misspelt("server auth", view, findings);
    if !view.is_named_as_server() || is_empty || has {
        return;
    }
    let message = format!("{} has no 'server auth'", view.shown());
    let error = view.spot.key("usages").refuse(message);
    let error = error.suggesting(&view.usages_with("server auth"));
    add(findings, LintRule::NoServerAuth, error);
}

/// Whether the usage is there and was found to be misspelt: one cause, one finding.
fn is_misspelt(usage: &str, view: &View<'_>, findings: &Findings) -> bool {
    let items = view.spot.key("usages").items();
    let mut unknown = findings.iter().filter(|f| {
        f.rule == LintRule::UsageUnknown && items.iter().any(|item| item.is_at(&f.path))
    });
    unknown.any(|f| f.replacement.as_ref().is_some_and(|r| r.contains(usage)))
}

fn any_usage(view: &View<'_>, findings: &mut Findings) {
    if !view.has_any() {
        return;
    }
    let usages = view.spot.key("usages");
    let items = usages.items();
    let word = items.iter().find(|item| item.text() == Some(ANY));
    let error = word.unwrap_or(&usages);
    let error = error.refuse("'any' stands for every purpose");
    let error = error.suggesting("list the purposes that are needed: 'server auth', 'client auth'");
    add(findings, LintRule::UsageAny, error);
}

/// One bit twice is one bit; a purpose twice is written twice.
fn usage_twice(view: &View<'_>, findings: &mut Findings) {
    let mut seen = Vec::new();
    for (item, usage) in known_usages(view) {
        let Some(purpose) = usage.extended_key_usage() else {
            continue;
        };
        match seen.contains(&purpose) {
            true => {
                let message = format!("{} stands here twice", Quoted(usage.name()));
                let error = item.refuse(message).suggesting("leave one of the two out");
                add(findings, LintRule::UsageTwice, error);
            }
            false => seen.push(purpose),
        }
    }
}

fn known_usages<'a>(view: &View<'a>) -> Vec<(Spot<'a>, crate::cfssl::CfsslUsage)> {
    let items = view.spot.key("usages").items().into_iter();
    items
        .filter_map(|item| {
            let usage = crate::cfssl::CfsslUsage::from_name(item.text()?)?;
            Some((item, usage))
        })
        .collect()
}

fn cert_sign(view: &View<'_>, findings: &mut Findings) {
    if view.settings.usages.is_empty() {
        return;
    }
    match (view.signs(), view.settings.is_ca()) {
        (true, false) => {
            let message = format!("{} has 'cert sign' and makes no CA", view.shown());
            let error = view.spot.key("usages").refuse(message);
            let error = error.suggesting("\"ca_constraint\": {\"is_ca\": true}");
            add(findings, LintRule::CertSignWithoutCa, error);
        }
        (false, true) => {
            let message = format!("{} makes CAs without 'cert sign'", view.shown());
            let error = view.spot.key("ca_constraint").refuse(message);
            let error = error.suggesting(&view.usages_with("cert sign"));
            add(findings, LintRule::CaWithoutCertSign, error);
        }
        _ => {}
    }
}

fn path_length(view: &View<'_>, findings: &mut Findings) {
    let constraint = view.spot.key("ca_constraint");
    let is_said = ["max_path_len", "max_path_len_zero"]
        .into_iter()
        .any(|key| !constraint.key(key).is_missing());
    // What is wrong with one that is given, the reading says.
    if view.settings.is_ca() && !is_said && view.settings.path_len_constraint().is_none() {
        let message = format!("{} makes CAs without a path length", view.shown());
        let error = constraint.refuse(message);
        let error = error.suggesting(
            "\"ca_constraint\": {\"is_ca\": true, \"max_path_len\": 0, \"max_path_len_zero\": true}",
        );
        add(findings, LintRule::CaWithoutPathLength, error);
    }
}

fn born_expired(view: &View<'_>, findings: &mut Findings) {
    let Some(lifetime) = view.lifetime() else {
        return;
    };
    if view.settings.not_before.is_some() || lifetime <= GoDuration::ZERO {
        return;
    }
    let backdate = view.settings.backdate.unwrap_or(DEFAULT_BACKDATE);
    if lifetime <= backdate {
        let message = format!(
            "a certificate of {} has ended when it is made: it lives {} and starts {} ago",
            view.shown(),
            shown(lifetime),
            shown(backdate)
        );
        let error = view.spot.key("expiry").refuse(message);
        add(findings, LintRule::BornExpired, error.suggesting("8760h"));
    }
}

fn outlives_ca(view: &View<'_>, findings: &mut Findings) {
    let authority = view.authority.unwrap_or(CfsslCa::DEFAULT_EXPIRY);
    let Some(lifetime) = view.lifetime().filter(|lifetime| *lifetime > authority) else {
        return;
    };
    let message = match view.authority {
        Some(_) => format!(
            "certificates of {} live {}, longer than their CA with {}",
            view.shown(),
            shown(lifetime),
            shown(authority)
        ),
        None => format!(
            "certificates of {} live {}, longer than a CA of cfssl, which lives {} unless its request says more",
            view.shown(),
            shown(lifetime),
            shown(authority)
        ),
    };
    let error = view.spot.key("expiry").refuse(message);
    let error = error.suggesting(&format!("\"expiry\": \"{}\"", shown(authority)));
    let finding = LintFinding::new(LintRule::OutlivesCa, error);
    findings.push(match view.authority {
        Some(_) => finding,
        None => finding.guessed(),
    });
}

/// In hours where that is exact, as every guide has it.
fn shown(duration: GoDuration) -> String {
    let seconds = duration.seconds();
    match (seconds % 3600, seconds % 60) {
        (0, _) => format!("{}h", seconds / 3600),
        (_, 0) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

fn dates(view: &View<'_>, findings: &mut Findings) {
    if view.settings.backdate.is_some_and(|d| d < GoDuration::ZERO) {
        let error = view.spot.key("backdate");
        let error = error.refuse("a negative backdate: the certificate starts in the future");
        add(findings, LintRule::StartsLater, error.suggesting("5m"));
    }
    for (key, date) in [
        ("not_before", view.settings.not_before),
        ("not_after", view.settings.not_after),
    ] {
        if let Some(date) = date {
            let error = view.spot.key(key).refuse(format!("a fixed date: {date}"));
            let error = error.suggesting("leave it out, and let 'expiry' count from now");
            add(findings, LintRule::FixedDates, error);
        }
    }
}

fn copy_extensions(view: &View<'_>, findings: &mut Findings) {
    if view.settings.copy_extensions {
        let error = view.spot.key("copy_extensions");
        let error = error.refuse("the extensions of a CSR reach the certificate");
        let error = error.suggesting("leave it out, unless you read every CSR");
        add(findings, LintRule::CopyExtensions, error);
    }
}

fn whitelist(view: &View<'_>, findings: &mut Findings) {
    let Some(whitelist) = &view.settings.name_whitelist else {
        return;
    };
    if whitelist.is_anchored() {
        return;
    }
    let error = view.spot.key("name_whitelist");
    let message = format!(
        "{} is not held by '^' and '$' at its ends",
        Quoted(whitelist.as_str())
    );
    let better = serde_json::to_string(&format!("^(?:{})$", whitelist.as_str()));
    let error = error.refuse(message);
    let error = match better {
        Ok(better) => error.suggesting(&better),
        Err(_) => error,
    };
    add(findings, LintRule::WhitelistUnanchored, error);
}

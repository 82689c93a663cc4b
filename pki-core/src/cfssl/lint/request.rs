//! Rules about a certificate request.

use super::role::Role;
use super::spot::Spot;
use super::{Findings, LintFinding, LintRule, add, authority, hosts};
use crate::cfssl::{CfsslCertificateRequest, EffectiveProfile};
use crate::extension::ExtendedKeyUsage;
use crate::key::KeyAlgorithm;
use crate::name::{AttributeType, HostName, Quoted};

/// A request and what it is for.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) request: &'a CfsslCertificateRequest,
    pub(super) root: Spot<'a>,
    pub(super) role: Role,
    /// The profiles that the request may be signed by, if any were named.
    pub(super) chosen: &'a [EffectiveProfile],
}

const RULES: [fn(&View<'_>, &mut Findings); 5] = [key, masters, crl_url, without_hosts, misfit];

pub(super) fn check(view: &View<'_>, findings: &mut Findings) {
    hosts::check(view, findings);
    if view.is_authority() {
        key(view, findings);
        authority::check(view, findings);
        return;
    }
    authority::in_leaf(view, findings);
    expiry(findings);
    for rule in RULES {
        rule(view, findings);
    }
}

impl View<'_> {
    /// A CA by the name of its file, or, where that says nothing, by its `ca`.
    pub(super) fn is_authority(&self) -> bool {
        match self.role {
            Role::Authority => true,
            Role::Unknown => self.request.ca().is_some() && self.chosen.is_empty(),
            _ => false,
        }
    }

    pub(super) fn has_hosts(&self) -> bool {
        self.request.host_texts().any(|host| !host.is_empty())
    }

    fn looks_like_server(&self) -> bool {
        let common_name = self.request.subject().common_name();
        let is_host = |name: &str| name.contains('.') && HostName::parse(name).is_ok();
        match self.role {
            Role::EtcdServer | Role::Server => true,
            Role::Unknown => common_name.is_some_and(is_host),
            _ => false,
        }
    }
}

fn serves(profile: &EffectiveProfile) -> bool {
    let usages = profile.settings.extended_key_usages();
    usages.contains(&ExtendedKeyUsage::ServerAuth) || has_any(profile)
}

fn is_for_clients(profile: &EffectiveProfile) -> bool {
    let usages = profile.settings.extended_key_usages();
    usages.contains(&ExtendedKeyUsage::ClientAuth) || has_any(profile)
}

fn has_any(profile: &EffectiveProfile) -> bool {
    profile.settings.usages.iter().any(|u| u.name() == "any")
}

/// The reading does not know that `ca` would not help a leaf.
fn expiry(findings: &mut Findings) {
    let ignored = findings.iter_mut();
    for finding in ignored.filter(|f| f.rule == LintRule::ExpiryIgnored) {
        finding.replacement = None;
        finding.advice = Some("leave it out, and set 'expiry' in the profile".to_owned());
    }
}

fn key(view: &View<'_>, findings: &mut Findings) {
    let key = view.request.key();
    match (key.algorithm(), key.refusal_of_cfssl()) {
        (Err(error), Some(refusal)) => {
            let mut finding = LintFinding::new(LintRule::Key, error);
            finding.why += &super::printed(&refusal.to_string());
            findings.push(finding);
        }
        (Err(error), None) => add(findings, LintRule::KeyNotMade, error),
        (Ok(KeyAlgorithm::Ed25519), _) => {
            let error = view.root.key("key").key("algo");
            let error = error.refuse("an ed25519 key, which Kubernetes does not read");
            let error = error.suggesting("\"key\": {\"algo\": \"ecdsa\", \"size\": 256}");
            add(findings, LintRule::KeyEd25519, error);
        }
        (Ok(_), _) => {}
    }
}

fn masters(view: &View<'_>, findings: &mut Findings) {
    const MASTERS: &str = "system:masters";
    let mut organizations = view.request.subject().values(&AttributeType::Organization);
    if !view.role.is_of_etcd() || !organizations.any(|o| o == MASTERS) {
        return;
    }
    let names = view.root.key("names");
    let spots: Vec<_> = names.items().iter().map(|name| name.key("O")).collect();
    let spot = spots.iter().find(|spot| spot.text() == Some(MASTERS));
    let error = spot.unwrap_or(&names);
    let error = error.refuse("'system:masters' means nothing to etcd");
    add(
        findings,
        LintRule::MastersInEtcd,
        error.suggesting("leave it out"),
    );
}

fn crl_url(view: &View<'_>, findings: &mut Findings) {
    if view.request.crl_url().is_some() {
        let error = view.root.key("crl_url");
        let error = error.refuse("'crl_url' is followed for a new CA alone");
        let error = error.suggesting("move it into the profile");
        add(findings, LintRule::CrlUrlIgnored, error);
    }
}

fn without_hosts(view: &View<'_>, findings: &mut Findings) {
    if view.has_hosts() {
        return;
    }
    let chosen = view.chosen;
    let only_serves = |profile: &EffectiveProfile| serves(profile) && !is_for_clients(profile);
    let is_server = !chosen.is_empty() && chosen.iter().all(only_serves);
    let is_named_as_server = view.role.is_server() && chosen.iter().any(serves);
    if !is_server && !view.looks_like_server() {
        return;
    }
    let hosts = view.root.key("hosts");
    let error = hosts.refuse("the request of a server names no hosts");
    let error =
        error.suggesting("\"hosts\": [\"etcd0.k8s.internal\", \"10.0.0.11\", \"127.0.0.1\"]");
    let finding = LintFinding::new(LintRule::ServerWithoutHosts, error);
    findings.push(match is_server || is_named_as_server {
        true => finding,
        // They may come with -hostname, or it may be no server.
        false => finding.guessed(),
    });
}

/// Hosts are for servers; told only if none of the profiles is.
fn misfit(view: &View<'_>, findings: &mut Findings) {
    let chosen = view.chosen;
    let signs_here = |profile: &EffectiveProfile| !profile.settings.is_remote();
    if chosen.is_empty() || !chosen.iter().all(signs_here) || chosen.iter().any(serves) {
        return;
    }
    if !view.has_hosts() && !view.role.is_server() {
        return;
    }
    let names = chosen.iter().filter_map(|profile| profile.name.as_deref());
    let quoted: Vec<_> = names.take(20).map(|n| Quoted(n).to_string()).collect();
    let error = view.root.key("hosts").refuse(format!(
        "the request is a server's, and no profile has 'server auth': {}",
        quoted.join(", ")
    ));
    let error = error.suggesting("take another profile, or leave 'hosts' out");
    add(findings, LintRule::ProfileMisfit, error);
}

//! Rules about the request of a CA, and about `ca` where it does not belong.

use super::request::View;
use super::{Findings, LintFinding, LintRule, add, printed};
use crate::cfssl::{CfsslCa, CfsslCertificateRequest};
use crate::document::DocumentError;
use crate::name::{GeneralName, Quoted};

pub(super) fn check(view: &View<'_>, findings: &mut Findings) {
    five_years(view, findings);
    hosts(view, findings);
    path_length(view, findings);
}

fn five_years(view: &View<'_>, findings: &mut Findings) {
    let ca = view.root.key("ca");
    let is_given = !ca.is_missing() && !ca.key("expiry").is_missing();
    // One under another name is told with what comes of it.
    if is_given || findings.iter().any(|f| f.rule == LintRule::ExpiryIgnored) {
        return;
    }
    let hours = CfsslCa::DEFAULT_EXPIRY.seconds() / 3600;
    let error = ca.refuse(format!(
        "the CA lives five years ({hours}h), because no 'ca.expiry' says more"
    ));
    let error = error.suggesting("\"ca\": {\"expiry\": \"87600h\"}");
    add(findings, LintRule::CaFiveYears, error);
}

fn hosts(view: &View<'_>, findings: &mut Findings) {
    let Ok(names) = view.request.general_names() else {
        return;
    };
    let mut names = names.value.into_iter();
    if let Some(name) = names.find(|name| !matches!(name, GeneralName::Ip(_))) {
        let error = view.root.key("hosts");
        let error = error.refuse(format!(
            "a CA gets no names: {} is left out",
            Quoted(&name.to_string())
        ));
        add(
            findings,
            LintRule::CaHostsDropped,
            error.suggesting("leave 'hosts' out"),
        );
    }
}

fn path_length(view: &View<'_>, findings: &mut Findings) {
    let Some(refusal) = view
        .request
        .ca()
        .and_then(CfsslCa::signing_refusal_of_cfssl)
    else {
        return;
    };
    let error = view.root.key("ca").key("pathlen");
    let mut finding = LintFinding::new(
        LintRule::CaRefused,
        error.refuse("cfssl makes no CA with this path length"),
    );
    finding.why += &printed(&refusal.to_string());
    findings.push(finding);
}

/// What stops a CA of this request, beyond what stops every request.
pub(super) fn refused(bytes: &[u8]) -> Option<LintFinding> {
    if CfsslCertificateRequest::refusal_of_cfssl(bytes).is_some() {
        return None;
    }
    let refusal = CfsslCertificateRequest::authority_refusal_of_cfssl(bytes, None)?;
    let (message, suggestion) = match refusal.code {
        Some(5300) => (
            "a CA needs a name, in 'CN' or in 'names'",
            Some("\"CN\": \"etcd-ca\"".to_owned()),
        ),
        _ => ("cfssl makes no CA of this request", None),
    };
    let error = DocumentError {
        suggestion,
        ..DocumentError::of_whole(message)
    };
    let mut finding = LintFinding::new(LintRule::CaRefused, error);
    finding.why += &printed(&refusal.to_string());
    Some(finding)
}

/// `ca` in the request of a leaf.
pub(super) fn in_leaf(view: &View<'_>, findings: &mut Findings) {
    if view.request.ca().is_none() {
        return;
    }
    let error = view.root.key("ca");
    let error = error.refuse("'ca' belongs in the request of a CA, and this one is a leaf's");
    let advice = "leave it out; for an intermediate CA take a profile with 'ca_constraint'";
    add(findings, LintRule::CaInLeaf, error.suggesting(advice));
}

//! Whether aggregated APIs take the API server for the one that speaks for its
//! users: by the name that it tells them itself.

use super::fix::Fix;
use super::{Examined, Finding, Record, Rule, command, misnamed, place};
use crate::catalog::FileRole;
use crate::name::Quoted;
use crate::static_pod::Component::ApiServer;

const FLAG: &str = "requestheader-allowed-names";

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    let Some((_, pod)) = examined.manifests.of(ApiServer) else {
        return;
    };
    // Without names, whom the CA signed is the proxy.
    let allowed = pod.flags.list(FLAG);
    let Some(told) = examined.manifests.flag(ApiServer, FLAG) else {
        return;
    };
    let mut materials = examined.materials.iter();
    let proxy = materials.find(|it| it.row.entry.base_name == "front-proxy-client");
    let Some((proxy, certificate)) = proxy.and_then(|it| Some((it, it.certificates().first()?)))
    else {
        return;
    };
    let path = proxy.path(FileRole::Certificate);
    let name = certificate.common_name().unwrap_or_default();
    record.checked += 1;
    if allowed.is_empty() || allowed.contains(&name) || record.error_in(path).is_some() {
        return;
    }
    let value = format!("{},{name}", told.flag.value);
    let edit = misnamed::rewritten(examined, ApiServer, &told, &value, "allow it as well");
    let in_words = || {
        let manifest = command::path(examined.tree, told.path);
        Fix::say(format!(
            "add {} to --{FLAG} in {manifest}",
            command::quoted(name)
        ))
    };
    let message = format!(
        "--{FLAG} is {}, and {path} is called {}",
        Quoted(&told.flag.value),
        Quoted(name)
    );
    let fix = edit.unwrap_or_else(in_words);
    let finding = Finding::new(Rule::FrontProxyName, told.path, message, fix);
    record.add(finding.at(place::of_line(Some(told.flag.position.line))));
}

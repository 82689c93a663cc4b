//! The keys of service account tokens: one pair on every host of the control
//! plane.

use super::groups::Groups;
use super::{Finding, Fleet, Rule, TreeRole, words};
use crate::catalog::FileRole;
use crate::verify::fix::Fix;

const ROW: &str = "sa";

pub(super) fn check(fleet: &mut Fleet<'_>) {
    let taking_part = |fleet: &Fleet<'_>, host| {
        use TreeRole as R;
        let role = fleet.role(host)?;
        if !matches!(
            role,
            R::ControlPlaneWithEtcd | R::ControlPlane | R::Authorities
        ) {
            return None;
        }
        let row = fleet.identity(host, ROW)?;
        Some((host, row.key.or(row.public_key)?))
    };
    let groups = {
        let fleet = &*fleet;
        Groups::of((0..fleet.hosts.len()).filter_map(|host| taking_part(fleet, host)))
    };
    if groups.hosts().len() < 2 {
        return;
    }
    fleet.comparison.checked += 1;
    if groups.are_equal() {
        return;
    }
    let follows = |_: usize, own: &Finding| own.rule == Rule::SaKeyMismatch;
    let Some((most, odd)) = groups.majority() else {
        let of = |(key, hosts): &([u8; 32], Vec<usize>)| {
            let have = words::have(hosts);
            format!(
                "{} {have} key {}",
                fleet.list(hosts),
                words::fingerprint(Some(*key))
            )
        };
        let shown = groups.all().iter().map(of).collect::<Vec<_>>().join(", ");
        let finding = Finding::new(
            Rule::SaKeyDiffers,
            path(fleet, &groups.hosts()),
            format!("differs, and no key is on most hosts: {shown}"),
            either(fleet, &groups),
        );
        return fleet.add(&groups.hosts(), finding, follows);
    };
    for (key, hosts) in odd {
        let message = format!(
            "{} {} another one than {}: key {}, not {}",
            fleet.list(hosts),
            words::have(hosts),
            fleet.list(&most.1),
            words::fingerprint(Some(*key)),
            words::fingerprint(Some(most.0))
        );
        let fix = copy(fleet, &most.1, hosts);
        let finding = Finding::new(Rule::SaKeyDiffers, path(fleet, hosts), message, fix);
        fleet.add(hosts, finding, follows);
    }
}

fn path(fleet: &Fleet<'_>, hosts: &[usize]) -> String {
    let rows = hosts.iter().filter_map(|host| fleet.identity(*host, ROW));
    let private = |row: &&super::Identity| row.key.is_some();
    match rows.clone().find(private) {
        Some(row) => row
            .path(FileRole::PrivateKey)
            .unwrap_or("pki/sa.key")
            .to_owned(),
        None => "pki/sa.pub".to_owned(),
    }
}

fn copy(fleet: &Fleet<'_>, from: &[usize], to: &[usize]) -> Fix {
    let files = [FileRole::PrivateKey, FileRole::PublicKey];
    let then = Fix::say("then restart kube-apiserver and kube-controller-manager there");
    fleet.copies(ROW, &files, (from, to), then)
}

/// Nothing tells which of them is right.
fn either(fleet: &Fleet<'_>, groups: &Groups<[u8; 32]>) -> Fix {
    let fix = Fix::say("choose the pair that most tokens were signed with");
    let [(_, kept), others @ ..] = groups.all() else {
        return fix;
    };
    let others: Vec<usize> = others.iter().flat_map(|(_, hosts)| hosts.clone()).collect();
    fix.and_say(format!("to keep that of {}", fleet.list(kept)))
        .and(copy(fleet, kept, &others))
        .and_say("to keep another one, the other way round")
}

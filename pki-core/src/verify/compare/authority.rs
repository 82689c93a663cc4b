//! The CAs: one key for each on all hosts, and the same certificates.

use std::collections::BTreeSet;

use super::groups::Groups;
use super::{Finding, Fleet, Identity, Rule, TreeRole, words};
use crate::catalog::{Authority, CatalogEntry, FileRole};
use crate::severity::Severity;
use crate::verify::fix::Fix;

/// Every CA with the rule that it breaks by being another one.
const AUTHORITIES: [(Authority, Rule); 4] = [
    (Authority::Cluster, Rule::CaDiffers),
    (Authority::FrontProxy, Rule::FrontProxyCaDiffers),
    (Authority::Etcd, Rule::EtcdCaDiffers),
    (Authority::EtcdPeers, Rule::EtcdCaDiffers),
];

pub(super) fn check(fleet: &mut Fleet<'_>) {
    for (authority, rule) in AUTHORITIES {
        let base_name = CatalogEntry::of_authority(authority).base_name;
        let hosts = (0..fleet.hosts.len()).filter(|host| has_it(fleet, *host, authority));
        let hosts: Vec<usize> = hosts.collect();
        if hosts.len() < 2 {
            continue;
        }
        fleet.comparison.checked += 1;
        let check = Check {
            authority,
            base_name,
            rule,
            hosts,
        };
        if check.signers(fleet) {
            check.bundles(fleet);
        }
    }
}

/// Whether a host of this role shares the CA with the others.
fn has_it(fleet: &Fleet<'_>, host: usize, authority: Authority) -> bool {
    let base_name = CatalogEntry::of_authority(authority).base_name;
    let is_there = fleet
        .identity(host, base_name)
        .is_some_and(|row| !row.certificates.is_empty());
    // A member of etcd may be a cluster of its own for its kubelet.
    let shares = authority.is_etcds() || fleet.role(host) != Some(TreeRole::EtcdMember);
    is_there && shares
}

/// One CA on the hosts that share it.
struct Check {
    authority: Authority,
    base_name: &'static str,
    rule: Rule,
    hosts: Vec<usize>,
}

/// What tells two CAs apart: Go compares the name and verifies with the key.
type Signer = (Option<[u8; 32]>, String);

impl Check {
    fn rows<'a>(&'a self, fleet: &'a Fleet<'_>) -> impl Iterator<Item = (usize, &'a Identity)> {
        let row = |host: &usize| Some((*host, fleet.identity(*host, self.base_name)?));
        self.hosts.iter().filter_map(row)
    }

    /// Compares the CAs that sign; whether they are the same.
    fn signers(&self, fleet: &mut Fleet<'_>) -> bool {
        let signer = |row: &Identity| -> Option<Signer> {
            let signer = row.signer()?;
            Some((signer.key, signer.subject.clone()))
        };
        let values = self.rows(fleet);
        let groups = Groups::of(values.filter_map(|(host, row)| Some((host, signer(row)?))));
        if groups.are_equal() {
            return true;
        }
        let Some((most, odd)) = groups.majority() else {
            self.undecided(fleet, &groups);
            return false;
        };
        for (signer, hosts) in odd {
            if self.overlap(fleet, hosts, &most.1) {
                self.half_rotated(fleet, hosts, &most.1);
            } else {
                self.another(fleet, (signer, hosts), (&most.0, &most.1));
            }
        }
        false
    }

    /// Whether one of two groups trusts the CA that the other signs with: both
    /// are on the way from one CA to the next.
    fn overlap(&self, fleet: &Fleet<'_>, some: &[usize], others: &[usize]) -> bool {
        let row = |hosts: &[usize]| fleet.identity(*hosts.first()?, self.base_name);
        let (Some(one), Some(other)) = (row(some), row(others)) else {
            return false;
        };
        let trusts = |a: &Identity, b: &Identity| {
            b.signer().is_some_and(|signer| {
                let mut trusted = a.certificates.iter();
                trusted.any(|ca| {
                    ca.key.is_some() && ca.key == signer.key && ca.subject == signer.subject
                })
            })
        };
        trusts(one, other) || trusts(other, one)
    }

    fn path(&self, fleet: &Fleet<'_>, hosts: &[usize]) -> String {
        let mut rows = hosts
            .iter()
            .filter_map(|host| fleet.identity(*host, self.base_name));
        let path = rows.find_map(|row| row.path(FileRole::Certificate));
        path.unwrap_or(self.base_name).to_owned()
    }

    /// Some hosts have a CA of their own.
    fn another(
        &self,
        fleet: &mut Fleet<'_>,
        (signer, hosts): (&Signer, &[usize]),
        (usual, most): (&Signer, &[usize]),
    ) {
        let path = self.path(fleet, hosts);
        let shown = |hosts: &[usize]| {
            let row = fleet.identity(*hosts.first()?, self.base_name)?;
            row.signer().map(words::authority)
        };
        let (Some(theirs), Some(ours)) = (shown(hosts), shown(most)) else {
            return;
        };
        let (odd, others) = (fleet.list(hosts), fleet.list(most));
        let have = words::have(hosts);
        let message = match (signer.0 == usual.0, signer.1 == usual.1) {
            (false, true) => format!(
                "{odd} {have} another CA of the same name {} than {others} ({theirs}; instead of {ours})",
                quoted(&signer.1)
            ),
            (true, false) => format!(
                "{odd} {have} the key of the CA of {others} under the name {}, instead of {}",
                quoted(&signer.1),
                quoted(&usual.1)
            ),
            _ => format!(
                "{odd} {have} the CA {} and {others} {} {} ({theirs}; instead of {ours})",
                quoted(&signer.1),
                words::have(most),
                quoted(&usual.1)
            ),
        };
        let files = [FileRole::Certificate, FileRole::PrivateKey];
        // If it did not sign what lies there, only the CA itself was replaced.
        let signed_nothing = |host: &usize| {
            let host = fleet.hosts.get(*host);
            let mut own = host.iter().flat_map(|host| &host.report.findings);
            own.any(|own| self.is_of_ca(fleet, own))
        };
        let then = match hosts.iter().all(signed_nothing) {
            true => Fix::default(),
            false => Fix::say("then issue again what its own CA signed")
                .and(fleet.reissue_signed(self.authority, (most, hosts))),
        };
        let fix = fleet.copies(self.base_name, &files, (most, hosts), then);
        let finding = Finding::new(self.rule, path, message, fix);
        self.add(fleet, hosts, finding);
    }

    /// No CA is on most hosts.
    fn undecided(&self, fleet: &mut Fleet<'_>, groups: &Groups<Signer>) {
        let hosts = groups.hosts();
        if let [(_, some), (_, others)] = groups.all()
            && self.overlap(fleet, some, others)
        {
            return self.half_rotated(fleet, others, some);
        }
        let of = |(_, hosts): &(Signer, Vec<usize>)| {
            let signer = fleet.identity(*hosts.first()?, self.base_name)?.signer()?;
            Some(format!(
                "{} {} {} ({})",
                fleet.list(hosts),
                words::have(hosts),
                quoted(&signer.subject),
                words::authority(signer)
            ))
        };
        let shown: Vec<_> = groups.all().iter().filter_map(of).collect();
        let mut names = groups.all().iter().map(|((_, name), _)| name);
        let first = names.next();
        let same = match names.all(|name| Some(name) == first) {
            true => "differs under one name",
            false => "differs",
        };
        let mut fix = Fix::say(match self.authority {
            Authority::Cluster => "choose the CA that the kubelets and other hosts trust",
            Authority::Etcd | Authority::EtcdPeers => {
                "choose the CA that the running members of etcd trust"
            }
            Authority::FrontProxy => "choose one of them: nobody but the API servers keeps it",
        });
        // One that signed what lies beside it was not put there by mistake.
        let is_replaced = |(_, hosts): &&(Signer, Vec<usize>)| {
            let own = hosts.iter().filter_map(|host| fleet.hosts.get(*host));
            let mut own = own.flat_map(|host| &host.report.findings);
            own.any(|own| self.is_of_ca(fleet, own))
        };
        let kept = groups.all().iter().find(|group| !is_replaced(group));
        if let Some((_, kept)) = kept.or_else(|| groups.all().first()) {
            let others = hosts.iter().copied().filter(|host| !kept.contains(host));
            let others: Vec<usize> = others.collect();
            let files = [FileRole::Certificate, FileRole::PrivateKey];
            let then = Fix::say("then issue again what the other CA signed")
                .and(fleet.reissue_signed(self.authority, (kept, &others)));
            fix = fix
                .and_say(format!("to keep that of {}", fleet.list(kept)))
                .and(fleet.copies(self.base_name, &files, (kept, &others), then))
                .and_say("to keep another one, the other way round");
        }
        let finding = Finding::new(
            self.rule,
            self.path(fleet, &hosts),
            format!("{same}, and no CA is on most hosts: {}", shown.join("; ")),
            fix,
        );
        self.add(fleet, &hosts, finding);
    }

    /// The same CA signs everywhere; whether the same CAs are trusted, in the
    /// same certificates.
    fn bundles(&self, fleet: &mut Fleet<'_>) {
        let keys = |row: &Identity| -> BTreeSet<Option<[u8; 32]>> {
            row.certificates.iter().map(|ca| ca.key).collect()
        };
        let groups = Groups::of(self.rows(fleet).map(|(host, row)| (host, keys(row))));
        if !groups.are_equal() {
            let Some((most, odd)) = groups.all().split_first() else {
                return;
            };
            for (_, hosts) in odd {
                self.half_rotated(fleet, hosts, &most.1);
            }
            return;
        }
        let of = |row: &Identity| Some(row.signer()?.sha256);
        let groups = Groups::of(
            self.rows(fleet)
                .filter_map(|(host, row)| Some((host, of(row)?))),
        );
        if !groups.are_equal() {
            self.renewed(fleet, &groups);
        }
    }

    /// The CAs of a bundle differ, but not all of them.
    fn half_rotated(&self, fleet: &mut Fleet<'_>, odd: &[usize], most: &[usize]) {
        let shown = |hosts: &[usize]| {
            let row = fleet.identity(*hosts.first()?, self.base_name)?;
            let keys = row.certificates.iter().map(|ca| words::fingerprint(ca.key));
            const SHOWN: usize = 4;
            let keys: Vec<_> = keys.take(SHOWN).collect();
            let many = row.certificates.len();
            let cas = if many == 1 { "CA" } else { "CAs" };
            Some(format!(
                "{} {} {many} {cas} in it (key {})",
                fleet.list(hosts),
                words::have(hosts),
                keys.join(", ")
            ))
        };
        let (Some(theirs), Some(ours)) = (shown(odd), shown(most)) else {
            return;
        };
        let fix = Fix::say(
            "while a CA is rotated, put the old and the new one into the file on every host before anything is signed by the new one",
        );
        let keys = |hosts: &[usize]| -> BTreeSet<Option<[u8; 32]>> {
            let row = hosts
                .first()
                .and_then(|host| fleet.identity(*host, self.base_name));
            let certificates = row.iter().flat_map(|row| &row.certificates);
            certificates.map(|ca| ca.key).collect()
        };
        let (few, many) = (keys(odd), keys(most));
        let copied = |from, to| {
            let then = self.after_copies(fleet, to);
            fleet.copies(self.base_name, &[FileRole::Certificate], (from, to), then)
        };
        let fix = match () {
            () if few.is_subset(&many) => fix.and(copied(most, odd)),
            () if many.is_subset(&few) => fix.and(copied(odd, most)),
            () => fix,
        };
        let finding = Finding::new(
            Rule::CaBundleDiffers,
            self.path(fleet, odd),
            format!("{theirs}, {ours}"),
            fix,
        );
        self.add(fleet, odd, finding);
    }

    /// Of the CAs the cluster's alone is in kubeconfigs.
    fn after_copies(&self, fleet: &Fleet<'_>, to: &[usize]) -> Fix {
        let then = match self.authority {
            Authority::Cluster => "then put it into the kubeconfigs there, as this says",
            _ => "then check again",
        };
        Fix::say(then).and(fleet.check_again(to))
    }

    /// One key, several certificates.
    fn renewed(&self, fleet: &mut Fleet<'_>, groups: &Groups<[u8; 32]>) {
        let until = |fleet: &Fleet<'_>, hosts: &[usize]| {
            let row = fleet.identity(*hosts.first()?, self.base_name)?;
            Some(row.signer()?.not_after)
        };
        let ends = groups.all().iter();
        let ends = ends.filter_map(|(_, hosts)| Some((until(fleet, hosts)?, hosts)));
        let mut ends: Vec<_> = ends.collect();
        // The first of those that end last is in most hands.
        ends.sort_by_key(|(ends, _)| std::cmp::Reverse(*ends));
        let Some(((last, newest), older)) = ends.split_first() else {
            return;
        };
        for (ends, hosts) in older {
            let path = self.path(fleet, hosts);
            let message = format!(
                "{} {} another certificate of the same CA than {}: it ends {ends}, the other one {last}",
                fleet.list(hosts),
                words::have(hosts),
                fleet.list(newest)
            );
            let files = [FileRole::Certificate];
            let then = self.after_copies(fleet, hosts);
            let fix = fleet.copies(self.base_name, &files, (newest, hosts), then);
            let mut finding = Finding::new(Rule::CaCertificateDiffers, path, message, fix);
            if ends == last {
                // Both are good for as long; nothing stops when one of them ends.
                finding.severity = Severity::Note;
            }
            self.add(fleet, hosts, finding);
        }
    }

    /// Whether a host's own finding says that the CA is not that of its files.
    fn is_of_ca(&self, fleet: &Fleet<'_>, own: &Finding) -> bool {
        let rule = matches!(
            own.rule,
            Rule::CaSignedNothing | Rule::CaKeyMismatch | Rule::CaOverwritten
        );
        rule && self.rows(fleet).any(|(_, row)| row.has_file(&own.file))
    }

    /// What the hosts' own reports say of this CA, and of leaves that it did
    /// not sign, has the same cause.
    fn add(&self, fleet: &mut Fleet<'_>, hosts: &[usize], finding: Finding) {
        let mut own = Vec::new();
        let mut signed = Vec::new();
        for host in hosts {
            let rows = fleet.hosts.get(*host).map(|host| host.rows.files());
            for (base_name, files) in rows.into_iter().flatten() {
                let paths = files.iter().map(|file| file.path.clone());
                let entry = fleet.entry(*host, base_name);
                let issuer = entry.and_then(CatalogEntry::issuer);
                if base_name == self.base_name {
                    own.extend(paths);
                } else if issuer == Some(self.authority) {
                    signed.extend(paths);
                }
            }
        }
        let follows = |_: usize, finding: &Finding| match finding.rule {
            Rule::CaSignedNothing
            | Rule::CaKeyMismatch
            | Rule::CaOverwritten
            | Rule::CaBundleOrder => own.contains(&finding.file),
            Rule::WrongCa | Rule::OtherCaSameName | Rule::KubeconfigCa => {
                signed.contains(&finding.file)
            }
            _ => false,
        };
        fleet.add(hosts, finding, follows);
    }
}

fn quoted(name: &str) -> String {
    crate::name::Quoted(name).to_string()
}

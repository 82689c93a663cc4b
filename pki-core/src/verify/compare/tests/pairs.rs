//! Faults of hosts side by side: each is put down to its host and its row, and
//! to nothing else.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::verify::tests::row_of;

/// One way in which a host comes to differ from the others.
struct Fault {
    /// `severity rule file`.
    finds: &'static str,
    /// The host's files, those of the same host of another cluster, and those
    /// of the first host.
    breaks: fn(&mut Files, &Files, &Files),
    reaches: Reach,
}

enum Reach {
    /// A CA, and what it signs.
    Below(Authority),
    /// One row.
    Row(&'static str),
    /// What the first host has; all that another one has of it is one finding.
    CopyOf(&'static [&'static str]),
}

impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.finds)
    }
}

/// A fault and the host that has it.
#[derive(Debug, Clone, Copy)]
struct Placed {
    fault: &'static Fault,
    host: usize,
}

impl Placed {
    fn new(fault: &'static Fault, host: usize) -> Self {
        let host = match fault.reaches {
            Reach::CopyOf(_) => host.max(1),
            Reach::Below(_) | Reach::Row(_) => host,
        };
        Self { fault, host }
    }

    fn scope(self) -> BTreeSet<String> {
        let owned = |rows: &[&str]| rows.iter().map(|row| (*row).to_owned()).collect();
        match self.fault.reaches {
            Reach::Below(authority) => {
                let signed = CATALOG.iter();
                let signed = signed.filter(|entry| entry.issuer() == Some(authority));
                let own = CatalogEntry::of_authority(authority);
                let rows: Vec<_> = signed.chain([own]).map(|entry| entry.base_name).collect();
                owned(&rows)
            }
            Reach::Row(row) => owned(&[row]),
            Reach::CopyOf(rows) => {
                let mut scope: BTreeSet<String> = owned(rows);
                scope.insert(format!("copies on {}", self.host));
                scope
            }
        }
    }

    fn wanted(self) -> String {
        format!("{} [m{}]", self.fault.finds, self.host + 1)
    }
}

const FAULTS: &[Fault] = &[
    Fault {
        finds: "error ca-differs pki/ca.crt",
        breaks: |files, other, _| take(files, other, &["pki/ca."]),
        reaches: Reach::Below(Authority::Cluster),
    },
    Fault {
        finds: "error front-proxy-ca-differs pki/front-proxy-ca.crt",
        breaks: |files, other, _| take(files, other, &["pki/front-proxy-ca."]),
        reaches: Reach::Below(Authority::FrontProxy),
    },
    Fault {
        finds: "error etcd-ca-differs pki/etcd/ca.crt",
        breaks: |files, other, _| take(files, other, &["pki/etcd/ca."]),
        reaches: Reach::Below(Authority::Etcd),
    },
    Fault {
        finds: "error sa-key-differs pki/sa.key",
        breaks: |files, other, _| take(files, other, &["pki/sa."]),
        reaches: Reach::Row("sa"),
    },
    Fault {
        finds: "warning ca-bundle-differs pki/ca.crt",
        breaks: |files, other, _| {
            let both = [&files["pki/ca.crt"][..], &other["pki/ca.crt"]].concat();
            files.insert("pki/ca.crt".to_owned(), both);
        },
        reaches: Reach::Below(Authority::Cluster),
    },
    Fault {
        finds: "note ca-certificate-differs pki/front-proxy-ca.crt",
        breaks: |files, _, first| {
            let again = authorities::renewed(first, "front-proxy-ca", 0);
            files.insert("pki/front-proxy-ca.crt".to_owned(), again);
        },
        reaches: Reach::Below(Authority::FrontProxy),
    },
    Fault {
        finds: "warning ca-key-on-some pki/ca.key",
        breaks: |files, _, _| drop(files.remove("pki/ca.key")),
        reaches: Reach::Row("ca"),
    },
    Fault {
        finds: "warning ca-key-on-some pki/front-proxy-ca.key",
        breaks: |files, _, _| drop(files.remove("pki/front-proxy-ca.key")),
        reaches: Reach::Row("front-proxy-ca"),
    },
    Fault {
        finds: "error other-hosts-files pki/apiserver.crt",
        breaks: |files, _, first| take(files, first, &["pki/apiserver."]),
        reaches: Reach::CopyOf(&["apiserver"]),
    },
    Fault {
        finds: "error other-hosts-files pki/etcd/server.crt",
        breaks: |files, _, first| take(files, first, &["pki/etcd/server.", "pki/etcd/peer."]),
        reaches: Reach::CopyOf(&["etcd/server", "etcd/peer"]),
    },
    Fault {
        finds: "warning other-hosts-files pki/front-proxy-client.crt",
        breaks: |files, _, first| take(files, first, &["pki/front-proxy-client."]),
        reaches: Reach::CopyOf(&["front-proxy-client"]),
    },
    Fault {
        finds: "note other-hosts-files admin.conf",
        breaks: |files, _, first| take(files, first, &["admin.conf"]),
        reaches: Reach::CopyOf(&["admin.conf"]),
    },
];

/// Every fault on every host.
fn everywhere() -> Vec<Placed> {
    let hosts = |fault| (0..3).map(move |host| Placed::new(fault, host));
    FAULTS.iter().flat_map(hosts).collect()
}

/// A fault and perhaps another one, of any hosts; whether what they reach is
/// apart.
fn pairs(apart: bool) -> impl Strategy<Value = Vec<Placed>> {
    (select(everywhere()), any::<Index>()).prop_map(move |(one, index)| {
        let mut others = everywhere();
        others.retain(|other| other.scope().is_disjoint(&one.scope()) == apart);
        let other = (!others.is_empty()).then(|| *index.get(&others));
        std::iter::once(one).chain(other).collect()
    })
}

/// What is said of the fleet and of each host, by somebody who has described
/// the cluster and by somebody who has not.
fn judged(faults: &[Placed]) -> [(Comparison, Vec<HostReport>); 2] {
    let (good, other) = fleets();
    let mut trees = good[..3].to_vec();
    for Placed { fault, host } in faults {
        (fault.breaks)(&mut trees[*host], &other[*host], &good[0]);
    }
    let cluster = masters(3);
    [None, Some(&cluster)].map(|cluster| {
        let mut reports = reports(&trees, cluster);
        (compare(&mut reports), reports)
    })
}

fn named(comparison: &Comparison) -> Vec<String> {
    let named = |shown: String| shown.split(" +").next().unwrap_or_default().to_owned();
    let mut named: Vec<_> = shown(comparison).into_iter().map(named).collect();
    named.sort();
    named
}

fn check_apart(faults: &[Placed]) -> Result<(), TestCaseError> {
    let mut wanted: Vec<_> = faults.iter().map(|fault| fault.wanted()).collect();
    wanted.sort();
    let reversed: Vec<_> = faults.iter().rev().copied().collect();
    let answers = [faults, &reversed].map(judged);
    for (comparison, hosts) in answers.iter().flatten() {
        prop_assert_eq!(named(comparison), wanted.as_slice());
        for host in hosts {
            // What the host's own report said stands under the difference.
            prop_assert_eq!(&host.report.findings, &[], "{}", host.host);
        }
    }
    let [there, back] = answers.map(|both| both.map(|(comparison, _)| comparison));
    prop_assert_eq!(there, back);
    Ok(())
}

fn check_together(faults: &[Placed]) -> Result<(), TestCaseError> {
    let scope: BTreeSet<String> = faults.iter().flat_map(|fault| fault.scope()).collect();
    for (comparison, hosts) in judged(faults) {
        let own = hosts.iter().flat_map(|host| &host.report.findings);
        let between = comparison.findings.iter().map(|found| &found.finding);
        for finding in own.chain(between) {
            let row = row_of(&finding.file);
            prop_assert!(scope.contains(&row), "{finding:#?}");
        }
        prop_assert!(!comparison.findings.is_empty());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Exactly the findings of both, with exactly their hosts, whichever came
    /// first.
    #[test]
    fn faults_that_have_nothing_to_do_with_each_other(faults in pairs(true)) {
        check_apart(&faults)?;
    }

    /// One may explain the other; other rows have nothing to do with them.
    #[test]
    fn faults_that_meet(faults in pairs(false)) {
        check_together(&faults)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One host's row of another cluster: that host is named, and no other.
    #[test]
    fn the_odd_one_is_named(odd in 0usize..3, row in 0usize..4, with_key: bool, home: bool) {
        let (mut trees, other) = fleets();
        trees.truncate(if home { 4 } else { 3 });
        let row = ["pki/ca.", "pki/front-proxy-ca.", "pki/etcd/ca.", "pki/sa."][row];
        let ends = if row == "pki/sa." { "key" } else { "crt" };
        let files = if with_key { row.to_owned() } else { format!("{row}{ends}") };
        take(&mut trees[odd], &other[odd], &[&files]);
        let mut all = reports(&trees, None);
        let comparison = compare(&mut all);
        prop_assert_eq!(comparison.findings.len(), 1, "{:?}", shown(&comparison));
        prop_assert_eq!(&comparison.findings[0].hosts, &[format!("m{}", odd + 1)]);
        prop_assert_eq!(comparison.findings[0].finding.severity, Severity::Error);
        for report in all {
            let errors = report.report.count(Severity::Error);
            prop_assert_eq!(errors, 0, "{:?}", report.report.findings);
        }
    }
}

#[test]
fn every_difference_is_found_on_every_host() {
    for fault in everywhere() {
        let outcome = check_apart(&[fault]);
        assert!(outcome.is_ok(), "{fault:?}: {outcome:?}");
    }
}

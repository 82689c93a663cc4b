//! Connections that break, at any byte: a host has all of its files or none,
//! nothing of ours stays behind, and the next run finishes.

use std::path::{Path, PathBuf};

use crate::lab::{Host, Lab};
use crate::proxy::{Fault, Proxy};
use crate::setup::{
    Told, assert_copied, copy, files, has_stage, made, make, places, to, wait_until,
};

/// A way to the host that breaks, under a name of its own.
fn way(lab: &Lab, host: &Host, name: &str, fault: Fault) -> Proxy {
    let proxy = Proxy::to(host.port, fault);
    let key = std::fs::read_to_string(host.path("host_key.pub")).expect("a key");
    lab.know(&format!("[127.0.0.1]:{}", proxy.port), &key);
    lab.describe(name, proxy.port);
    proxy
}

/// The bytes that a copy to a new directory takes, to the host and from it.
fn bytes_of_a_copy(lab: &Lab, host: &Host) -> (u64, u64) {
    let proxy = way(lab, host, "whole", Fault::Never);
    let (pki, _) = places(&host.path("whole"));
    let told = copy(lab, made(), &to(&[("whole", &pki)]));
    assert_eq!(told.status, 0, "{told:?}");
    proxy.passed()
}

/// Copies to directories of one host by ways that break, and by one that does not.
fn copy_broken(
    lab: &Lab,
    host: &Host,
    from: &Path,
    faults: &[Fault],
    arguments: &[&str],
) -> (Told, Vec<PathBuf>) {
    let names: Vec<_> = (0..faults.len())
        .map(|index| format!("way-{index}"))
        .collect();
    let ways: Vec<_> = faults
        .iter()
        .zip(&names)
        .map(|(fault, name)| way(lab, host, name, *fault))
        .collect();
    let tops: Vec<_> = names.iter().map(|name| host.path(name)).collect();
    let pki: Vec<_> = tops.iter().map(|top| places(top).0).collect();
    let targets = names
        .iter()
        .map(String::as_str)
        .zip(pki.iter().map(|pki| pki.as_path()));
    let targets: Vec<_> = targets.collect();
    let more = arguments.iter().map(|word| (*word).to_owned()).collect();
    let told = copy(lab, from, &[to(&targets), more].concat());
    drop(ways);
    (told, tops)
}

/// As many places as this, from the first byte to the last but one.
fn spread(total: u64, count: u64) -> impl Iterator<Item = u64> {
    // Not all at multiples of something: the last digits differ.
    (0..count).map(move |index| (index * total / count + index * index % 97).min(total - 1))
}

#[test]
fn a_connection_that_is_cut_anywhere_leaves_all_or_nothing() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("there");
    let (out, back) = bytes_of_a_copy(&lab, &host);
    let cut_out = spread(out, 24).map(Fault::CutOut);
    let faults: Vec<_> = cut_out.chain(spread(back, 12).map(Fault::CutIn)).collect();
    let (told, tops) = copy_broken(&lab, &host, made(), &faults, &["--timeout", "20"]);
    assert_eq!(told.status, 2, "{told:?}");
    let mut untouched = 0;
    for (index, (fault, top)) in faults.iter().zip(&tops).enumerate() {
        assert!(!told.error_of(index).is_empty(), "{fault:?}");
        let (pki, above) = places(top);
        wait_until("the host clears up", || !has_stage(&above));
        match files(&above).is_empty() {
            true => untouched += 1,
            false => assert_copied(made(), &pki),
        }
        assert_told_as_it_is(&told, index, !files(&above).is_empty());
    }
    assert!(untouched > faults.len() / 2, "{untouched}");
    finish(&lab, &tops, &[]);
}

/// That nothing is called unchanged that was changed.
#[track_caller]
fn assert_told_as_it_is(told: &Told, index: usize, is_changed: bool) {
    let host = &told.document["hosts"][index];
    let said = host["changed"].as_bool();
    match told.status_of(index) {
        "failed" => assert_eq!(said, Some(is_changed), "{host}"),
        // It was sent, and the answer did not come.
        "unknown" => {
            assert_eq!(said, Some(true), "{host}");
            assert_eq!(host["files"][0]["status"], "unknown", "{host}");
        }
        other => panic!("{other}: {host}"),
    }
}

/// The same by a way that holds.
#[track_caller]
fn finish(lab: &Lab, tops: &[PathBuf], arguments: &[&str]) {
    let places: Vec<_> = tops.iter().map(|top| places(top)).collect();
    let targets: Vec<_> = places
        .iter()
        .map(|(pki, _)| ("there", pki.as_path()))
        .collect();
    let more = arguments.iter().map(|word| (*word).to_owned()).collect();
    let told = copy(lab, made(), &[to(&targets), more].concat());
    assert_eq!(told.status, 0, "{told:?}");
    for (pki, above) in &places {
        assert_copied(made(), pki);
        assert!(!has_stage(above));
    }
}

#[test]
fn a_replacement_that_is_cut_anywhere_leaves_the_old_or_the_new() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("there");
    let (out, back) = bytes_of_a_copy(&lab, &host);
    let old = make(&["m1=10.0.0.11", "m2=10.0.0.12"]);
    let cut_out = spread(out, 12).map(Fault::CutOut);
    let faults: Vec<_> = cut_out.chain(spread(back, 6).map(Fault::CutIn)).collect();
    let ways = 0..faults.len();
    let before: Vec<_> = ways
        .map(|index| places(&host.path(&format!("way-{index}"))).0)
        .collect();
    let targets: Vec<_> = before.iter().map(|pki| ("there", pki.as_path())).collect();
    assert_eq!(copy(&lab, old.path(), &to(&targets)).status, 0);
    let (told, tops) = copy_broken(&lab, &host, made(), &faults, &["--replace-ca"]);
    assert_eq!(told.status, 2, "{told:?}");
    for (index, top) in tops.iter().enumerate() {
        let (pki, above) = places(top);
        wait_until("the host clears up", || !has_stage(&above));
        let ca = std::fs::read(pki.join("ca.crt")).expect("there");
        let is_new = files(&made().join("shared"))
            .values()
            .any(|(_, bytes)| *bytes == ca);
        assert_copied(if is_new { made() } else { old.path() }, &pki);
        assert_told_as_it_is(&told, index, is_new);
        // Where the old keys are is told whenever they may have been replaced.
        let backup = told.document["hosts"][index]["backup"].as_str();
        match backup {
            Some(backup) => assert_eq!(!files(backup.as_ref()).is_empty(), is_new, "{told:?}"),
            None => assert!(!is_new, "{told:?}"),
        }
    }
    finish(&lab, &tops, &["--replace-ca"]);
}

#[test]
fn hosts_that_hang_are_given_up_and_the_others_go_on() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("there");
    let (out, _) = bytes_of_a_copy(&lab, &host);
    let stalls = [40, out / 4, out / 2, out * 3 / 4, out * 9 / 10].map(Fault::Stall);
    let faults = [&stalls[..], &[Fault::Never]].concat();
    // However busy the machine is, the host that does not hang answers in time.
    let (told, tops) = copy_broken(&lab, &host, made(), &faults, &["--timeout", "20"]);
    assert_eq!(told.status, 2, "{told:?}");
    for (index, top) in tops.iter().enumerate() {
        let (pki, above) = places(top);
        wait_until("the host clears up", || !has_stage(&above));
        if index == stalls.len() {
            assert_eq!(told.status_of(index), "done", "{told:?}");
            assert_copied(made(), &pki);
            continue;
        }
        let error = told.error_of(index);
        let words = ["nothing was heard for 20 s", "does not answer"];
        assert!(words.iter().any(|words| error.contains(words)), "{error}");
        if !files(&above).is_empty() {
            assert_copied(made(), &pki);
        }
        assert_told_as_it_is(&told, index, !files(&above).is_empty());
    }
    finish(&lab, &tops, &[]);
}

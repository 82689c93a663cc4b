//! One test for each recorded case: `cargo test --test cfssl case_022` runs one.
//!
//! `CFSSL_UNDER_TEST=/usr/bin cargo test --test cfssl case_` compares the
//! programs of that folder with the recording instead, to the letter: which of
//! them pass says how another version of cfssl behaves.

use std::collections::BTreeSet;
use std::fs;

use crate::case::{Case, StandardError};
use crate::common::fixture;
use crate::improvements;
use crate::place::Tools;

macro_rules! cases {
    ($($test:ident: $name:literal,)*) => {
        const NAMES: &[&str] = &[$($name),*];

        $(#[test]
        fn $test() {
            check($name);
        })*
    };
}

cases! {
    case_001: "001-guide-kubeadm-ha-ca",
    case_002: "002-guide-kubeadm-ha-client",
    case_003: "003-guide-kubeadm-ha-server",
    case_004: "004-guide-kthw-ca",
    case_005: "005-guide-kthw-admin",
    case_006: "006-guide-kthw-worker",
    case_007: "007-guide-kthw-apiserver",
    case_008: "008-guide-coreos-ca-dup-ou",
    case_009: "009-guide-coreos-server-stdin",
    case_010: "010-guide-coreos-client-empty-host",
    case_011: "011-guide-k8s-local-up-client",
    case_012: "012-guide-gce-etcd-client-star",
    case_013: "013-guide-nixos-ca",
    case_014: "014-guide-k8sio-genkey",
    case_015: "015-guide-k8sio-sign",
    case_016: "016-guide-k8s-testdata-intermediate",
    case_017: "017-guide-etcd-gencerts-revoke",
    case_018: "018-print-defaults-config",
    case_019: "019-print-defaults-csr",
    case_020: "020-config-none",
    case_021: "021-config-unknown-profile-no-usages",
    case_022: "022-config-unknown-profile-fallback",
    case_023: "023-config-no-default",
    case_024: "024-config-profile-selected",
    case_025: "025-config-missing-file",
    case_026: "026-config-empty-object",
    case_027: "027-config-null",
    case_028: "028-config-expiry-1y",
    case_029: "029-config-expiry-0-default",
    case_030: "030-config-expiry-missing",
    case_031: "031-config-expiry-compound",
    case_032: "032-config-expiry-negative",
    case_033: "033-config-usages-empty-other-profile",
    case_034: "034-config-usages-all-unknown",
    case_035: "035-config-usages-some-unknown",
    case_036: "036-config-usages-all-ku",
    case_037: "037-config-usages-all-eku",
    case_038: "038-config-unknown-fields",
    case_039: "039-config-trailing-garbage",
    case_040: "040-config-duplicate-keys",
    case_041: "041-config-backdate",
    case_042: "042-config-not-before-after",
    case_043: "043-config-not-after-before-not-before",
    case_044: "044-config-urls",
    case_045: "045-config-urls-inherit",
    case_046: "046-config-policies",
    case_047: "047-config-name-whitelist-mismatch",
    case_048: "048-config-is-ca",
    case_049: "049-config-is-ca-flat",
    case_050: "050-config-pathlen0-ca-issues-ca",
    case_051: "051-config-copy-extensions",
    case_052: "052-config-auth-key-missing",
    case_053: "053-config-auth-key-unused-locally",
    case_054: "054-config-remote-missing",
    case_055: "055-config-lint-number",
    case_056: "056-csr-names-order",
    case_057: "057-csr-names-multi",
    case_058: "058-csr-names-strings",
    case_059: "059-csr-names-oid",
    case_060: "060-csr-empty-subject",
    case_061: "061-csr-empty-object",
    case_062: "062-csr-hosts-kinds",
    case_063: "063-csr-hosts-odd",
    case_064: "064-csr-hosts-uri-trap",
    case_065: "065-csr-hosts-missing",
    case_066: "066-csr-hosts-string",
    case_067: "067-csr-key-default",
    case_068: "068-csr-key-rsa-no-size",
    case_069: "069-csr-key-p521",
    case_070: "070-csr-key-rsa-8193",
    case_071: "071-csr-key-algo-case",
    case_072: "072-csr-key-ed25519",
    case_073: "073-csr-ca-section-in-leaf",
    case_074: "074-csr-trailing-garbage",
    case_075: "075-csr-duplicate-names",
    case_076: "076-csr-cn-flag",
    case_077: "077-csr-hostname-flag",
    case_078: "078-csr-subject-equals-ca",
    case_079: "079-initca-default",
    case_080: "080-initca-ca-section",
    case_081: "081-initca-pathlenzero",
    case_082: "082-initca-pathlen-0",
    case_083: "083-initca-crl-url",
    case_084: "084-initca-expiry-bad",
    case_085: "085-initca-typo-expire",
    case_086: "086-initca-no-subject",
    case_087: "087-initca-hosts",
    case_088: "088-initca-config-ignored",
    case_089: "089-initca-key-rsa2048",
    case_090: "090-initca-key-p384",
    case_091: "091-initca-key-p521",
    case_092: "092-initca-key-ed25519",
    case_093: "093-initca-regen",
    case_094: "094-renewca",
    case_095: "095-renewca-mismatch",
    case_096: "096-renewca-not-a-ca",
    case_097: "097-ca-sigalg-p384",
    case_098: "098-ca-missing-flag",
    case_099: "099-ca-key-mismatch",
    case_100: "100-ca-key-pkcs8",
    case_101: "101-ca-key-encrypted",
    case_102: "102-ca-key-encrypted-password",
    case_103: "103-ca-env-prefix",
    case_104: "104-ca-bundle",
    case_105: "105-ca-is-a-leaf",
    case_106: "106-ca-shorter-than-leaf",
    case_107: "107-sign-subject-file",
    case_108: "108-sign-ca-csr-not-allowed",
    case_109: "109-sign-ca-csr-pathlen",
    case_110: "110-sign-not-a-csr",
    case_111: "111-genkey",
    case_112: "112-gencsr",
    case_113: "113-selfsign",
    case_114: "114-certinfo-cert",
    case_115: "115-certinfo-none",
    case_116: "116-gencrl",
    case_117: "117-cli-no-args",
    case_118: "118-cli-unknown-flag",
    case_119: "119-cli-help",
    case_120: "120-cli-no-csr",
    case_121: "121-cli-flags-after-arg",
    case_122: "122-cli-loglevel",
    case_123: "123-cfssljson-bare",
    case_124: "124-cfssljson-not-bare",
    case_125: "125-cfssljson-f-flag",
    case_126: "126-cfssljson-f-after-name",
    case_127: "127-cfssljson-stdout",
    case_128: "128-cfssljson-api-error",
    case_129: "129-cfssljson-empty-input",
    case_130: "130-cfssljson-empty-object",
    case_131: "131-cfssljson-wrong-type",
    case_132: "132-cfssljson-existing-key-mode",
    case_133: "133-cfssl-fail-in-pipe",
}

fn check(name: &str) {
    let case = Case::read(name);
    let tools = Tools::under_test();
    let outcome = case.run(&tools, &[]);
    let found = match (case.level(), case.standard_error()) {
        (_, StandardError::Free) => case.differences(&case.recorded, StandardError::Free, &outcome),
        _ if tools != Tools::Kpki => {
            case.differences(&case.recorded, StandardError::Equal, &outcome)
        }
        ("improve", _) => improvements::differences(name, &case, &outcome),
        (_, rule) => match improvements::warnings(name) {
            None => case.differences(&case.recorded, rule, &outcome),
            Some(fragments) => {
                let rule = StandardError::MayWarn;
                let mut found = case.differences(&case.recorded, rule, &outcome);
                found.extend(improvements::not_warned(fragments, &outcome));
                found
            }
        },
    };
    assert!(
        found.is_empty(),
        "{name} ({}: {}):\n  {}",
        case.level(),
        case.title(),
        found.join("\n  ")
    );
}

#[test]
fn every_case_has_its_test() {
    let folder = fs::read_dir(fixture("cfssl/cases")).expect("the recorded cases");
    let folders: BTreeSet<String> = folder
        .map(|entry| entry.expect("a folder of fixtures").file_name())
        .map(|name| name.into_string().expect("a name in UTF-8"))
        .collect();
    let tested: BTreeSet<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(folders, tested);
}

#[test]
fn every_improvement_says_what_is_expected() {
    let improved = NAMES
        .iter()
        .filter(|name| Case::read(name).level() == "improve");
    let improved: BTreeSet<&str> = improved.copied().collect();
    assert_eq!(improvements::names().collect::<BTreeSet<_>>(), improved);
}

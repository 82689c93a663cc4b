//! For every rule documents that break it, and documents that do not.

use crate::cfssl::lint::LintRule;

pub(super) struct Example {
    pub(super) rule: LintRule,
    pub(super) fires: &'static [(&'static str, &'static str)],
    pub(super) silent: &'static [(&'static str, &'static str)],
    pub(super) profiles: &'static [&'static str],
}

use LintRule as R;

pub(super) const EXAMPLES: &[Example] = &[
    Example {
        rule: R::NotJson,
        fires: &[("ca-config.json", r#"{"signing": {},}"#)],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::NotUnicode,
        fires: &[("csr.json", r#"{"CN":"\ud800"}"#)],
        silent: &[("csr.json", r#"{"CN":"c"}"#)],
        profiles: &[],
    },
    Example {
        rule: R::KeyCase,
        fires: &[("csr.json", r#"{"cn":"c"}"#)],
        silent: &[("csr.json", r#"{"CN":"c"}"#)],
        profiles: &[],
    },
    Example {
        rule: R::WrongValue,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":8760,"ocsp_no_check":"yes"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::Refused,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"1y","name_whitelist":"("}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::NoSigning,
        fires: &[(
            "ca-config.json",
            r#"{"profiles":{"server":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::UnknownKey,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","usage":[]}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::MisplacedKey,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}},"profiles":{}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::ExpiryIgnored,
        fires: &[("client.json", r#"{"CN":"c","expiry":"8760h"}"#)],
        silent: &[("client.json", r#"{"CN":"c"}"#)],
        profiles: &[],
    },
    Example {
        rule: R::IsCaFlat,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","is_ca":true}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::CommonNameIgnored,
        fires: &[("csr.json", r#"{"names":[{"CN":"c","O":"o"}]}"#)],
        silent: &[("csr.json", r#"{"CN":"c","names":[{"O":"o"}]}"#)],
        profiles: &[],
    },
    Example {
        rule: R::DuplicateKey,
        fires: &[("csr.json", r#"{"CN":"c","names":[{"OU":"a","OU":"b"}]}"#)],
        silent: &[("csr.json", r#"{"CN":"c","names":[{"OU":"a"},{"OU":"b"}]}"#)],
        profiles: &[],
    },
    Example {
        rule: R::NullValue,
        fires: &[("csr.json", r#"{"CN":"c","hosts":null}"#)],
        silent: &[("csr.json", r#"{"CN":"c"}"#)],
        profiles: &[],
    },
    Example {
        rule: R::ProgramField,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","ClientProvidesSerialNumbers":true}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::HarmfulField,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","RemoteServer":"10.0.0.1:8888"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::NoEffect,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","cert_store":"x"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::Duration,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"365d"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::Time,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","not_after":"2030-01-01"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","not_after":"2030-01-01T00:00:00Z"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::NoUsages,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":[],"expiry":"8760h"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::UsageUnknown,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","ServerAuth"],"expiry":"8760h"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::UsageTwice,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["s/mime","email protection"],"expiry":"8760h"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","digital signature","s/mime"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::UsageAny,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["any"],"expiry":"8760h"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::DefaultWithoutUsages,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::DefaultFallback,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::NothingSigns,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::NoClientAuth,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"peer":{"usages":["signing","key encipherment","server auth"],"expiry":"8760h"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::NoServerAuth,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"server":{"usages":["signing","key encipherment","client auth"],"expiry":"8760h"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"client":{"usages":["signing","key encipherment","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::BornExpired,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"4m"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"4m","backdate":"1m"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::OutlivesCa,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"87600h"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"43800h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::StartsLater,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","backdate":"-1h"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","backdate":"1h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::FixedDates,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","not_before":"2030-01-01T00:00:00Z"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::CertSignWithoutCa,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["cert sign"],"expiry":"8760h"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["cert sign"],"expiry":"8760h","ca_constraint":{"is_ca":true}}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::CaWithoutCertSign,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","ca_constraint":{"is_ca":true}}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["cert sign"],"expiry":"8760h","ca_constraint":{"is_ca":true}}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::CaWithoutPathLength,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["cert sign"],"expiry":"8760h","ca_constraint":{"is_ca":true}}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["cert sign"],"expiry":"8760h","ca_constraint":{"is_ca":true,"max_path_len":1}}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::PathLength,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["cert sign"],"expiry":"8760h","ca_constraint":{"is_ca":true,"max_path_len":0}}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["cert sign"],"expiry":"8760h","ca_constraint":{"is_ca":true,"max_path_len":0,"max_path_len_zero":true}}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::CopyExtensions,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","copy_extensions":true}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","copy_extensions":false}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::NameWhitelist,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","name_whitelist":"("}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::WhitelistUnanchored,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","name_whitelist":"example.com"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","name_whitelist":"^(.+\\.)?k8s\\.internal$"}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::LintLevel,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","lint_error_level":3}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","lint_error_level":0}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::CtLog,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","ct_log_servers":["https://log.k8s.internal"]}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","ct_log_servers":[]}}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::AuthKey,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}},"auth_keys":{"k":{"type":"standard","key":"xyz"}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","auth_key":"k"}}},"auth_keys":{"k":{"type":"standard","key":"00112233445566778899aabbccddeeff00"}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::AuthKeyElsewhere,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","auth_key":"k"}}},"auth_keys":{"k":{"type":"standard","key":"env:KEY"}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","auth_key":"k"}}},"auth_keys":{"k":{"type":"standard","key":"00112233445566778899aabbccddeeff00"}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::AuthKeyUnused,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}},"auth_keys":{"k":{"type":"standard","key":"00112233445566778899aabbccddeeff00"}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","auth_key":"k"}}},"auth_keys":{"k":{"type":"standard","key":"00112233445566778899aabbccddeeff00"}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::AuthKeyShort,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","auth_key":"k"}}},"auth_keys":{"k":{"type":"standard","key":"0011"}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","auth_key":"k"}}},"auth_keys":{"k":{"type":"standard","key":"00112233445566778899aabbccddeeff00"}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::AuthKeyPublished,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","auth_key":"k"}}},"auth_keys":{"k":{"type":"standard","key":"0123456789abcdef0123456789ABCDEF"}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","auth_key":"k"}}},"auth_keys":{"k":{"type":"standard","key":"00112233445566778899aabbccddeeff00"}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::Remote,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"remote":"r","auth_remote":{"remote":"r","auth_key":"k"}}}},"remotes":{"r":"10.0.0.1:8888"},"auth_keys":{"k":{"type":"standard","key":"00112233445566778899aabbccddeeff00"}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"remote":"r"}}},"remotes":{"r":"10.0.0.1:8888"}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::RemoteWithSettings,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","remote":"r"}}},"remotes":{"r":"10.0.0.1:8888"}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"remote":"r"}}},"remotes":{"r":"10.0.0.1:8888"}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::Reference,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","auth_key":"k"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h","auth_key":"k"}}},"auth_keys":{"k":{"type":"standard","key":"00112233445566778899aabbccddeeff00"}}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::NobodyNamed,
        fires: &[("csr.json", r#"{"key":{"algo":"ecdsa","size":256}}"#)],
        silent: &[("csr.json", r#"{"CN":"c"}"#)],
        profiles: &[],
    },
    Example {
        rule: R::Placeholder,
        fires: &[(
            "csr.json",
            r#"{"CN":"<your name>","hosts":["www.example.net"]}"#,
        )],
        silent: &[("csr.json", r#"{"CN":"c","hosts":["m0.k8s.internal"]}"#)],
        profiles: &[],
    },
    Example {
        rule: R::SubjectValue,
        fires: &[("csr.json", r#"{"CN":"c","names":[{"C":"USA"}]}"#)],
        silent: &[("csr.json", r#"{"CN":"c","names":[{"C":"US"}]}"#)],
        profiles: &[],
    },
    Example {
        rule: R::EmptyValue,
        fires: &[("csr.json", r#"{"CN":"c","names":[{"O":""}]}"#)],
        silent: &[("csr.json", r#"{"CN":"c","names":[{"O":"o"}]}"#)],
        profiles: &[],
    },
    Example {
        rule: R::HostEmpty,
        fires: &[("client.json", r#"{"CN":"c","hosts":[""]}"#)],
        silent: &[("client.json", r#"{"CN":"c","hosts":[]}"#)],
        profiles: &[],
    },
    Example {
        rule: R::HostOdd,
        fires: &[("csr.json", r#"{"CN":"c","hosts":["10.0.0.1:2379"]}"#)],
        silent: &[("csr.json", r#"{"CN":"c","hosts":["10.0.0.1"]}"#)],
        profiles: &[],
    },
    Example {
        rule: R::HostQuestionable,
        fires: &[("csr.json", r#"{"CN":"c","hosts":["*.k8s.internal"]}"#)],
        silent: &[(
            "csr.json",
            r#"{"CN":"c","hosts":["M0.k8s.internal","::ffff:10.0.0.1"]}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::HostTwice,
        fires: &[("csr.json", r#"{"CN":"c","hosts":["m0","m0"]}"#)],
        silent: &[("csr.json", r#"{"CN":"c","hosts":["m0","m1"]}"#)],
        profiles: &[],
    },
    Example {
        rule: R::ServerWithoutHosts,
        fires: &[("server.json", r#"{"CN":"c"}"#)],
        silent: &[("server.json", r#"{"CN":"c","hosts":["m0"]}"#)],
        profiles: &[],
    },
    Example {
        rule: R::LoopbackMissing,
        fires: &[("server.json", r#"{"CN":"c","hosts":["m0"]}"#)],
        silent: &[("server.json", r#"{"CN":"c","hosts":["m0","127.0.0.1"]}"#)],
        profiles: &[],
    },
    Example {
        rule: R::MastersInEtcd,
        fires: &[(
            "client.json",
            r#"{"CN":"c","names":[{"O":"system:masters"}]}"#,
        )],
        silent: &[("client.json", r#"{"CN":"c","names":[{"O":"o"}]}"#)],
        profiles: &[],
    },
    Example {
        rule: R::Key,
        fires: &[("csr.json", r#"{"CN":"c","key":{"algo":"rsa"}}"#)],
        silent: &[("csr.json", r#"{"CN":"c","key":{"algo":"rsa","size":2048}}"#)],
        profiles: &[],
    },
    Example {
        rule: R::KeyNotMade,
        fires: &[("csr.json", r#"{"CN":"c","key":{"algo":"rsa","size":2049}}"#)],
        silent: &[("csr.json", r#"{"CN":"c","key":{"algo":"rsa","size":4096}}"#)],
        profiles: &[],
    },
    Example {
        rule: R::KeyEd25519,
        fires: &[("csr.json", r#"{"CN":"c","key":{"algo":"ed25519"}}"#)],
        silent: &[("csr.json", r#"{"CN":"c","key":{"size":384}}"#)],
        profiles: &[],
    },
    Example {
        rule: R::CaFiveYears,
        fires: &[("ca-csr.json", r#"{"CN":"c"}"#)],
        silent: &[("ca-csr.json", r#"{"CN":"c","ca":{"expiry":"87600h"}}"#)],
        profiles: &[],
    },
    Example {
        rule: R::CaRefused,
        fires: &[(
            "ca-csr.json",
            r#"{"hosts":["10.0.0.1"],"ca":{"expiry":"87600h"}}"#,
        )],
        silent: &[(
            "ca-csr.json",
            r#"{"names":[{"O":"o"}],"ca":{"expiry":"87600h"}}"#,
        )],
        profiles: &[],
    },
    Example {
        rule: R::CaInLeaf,
        fires: &[("client.json", r#"{"CN":"c","ca":{"expiry":"87600h"}}"#)],
        silent: &[("client.json", r#"{"CN":"c"}"#)],
        profiles: &[],
    },
    Example {
        rule: R::CaHostsDropped,
        fires: &[("ca-csr.json", r#"{"CN":"c","hosts":["m0"]}"#)],
        silent: &[("ca-csr.json", r#"{"CN":"c","hosts":["10.0.0.1"]}"#)],
        profiles: &[],
    },
    Example {
        rule: R::CrlUrlIgnored,
        fires: &[(
            "client.json",
            r#"{"CN":"c","crl_url":"http://crl.k8s.internal"}"#,
        )],
        silent: &[("client.json", r#"{"CN":"c"}"#)],
        profiles: &[],
    },
    Example {
        rule: R::ProfileUnknown,
        fires: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        silent: &[(
            "ca-config.json",
            r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"wwww":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"8760h"}}}}"#,
        )],
        profiles: &["wwww"],
    },
    Example {
        rule: R::ProfileMisfit,
        fires: &[
            (
                "ca-config.json",
                r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","client auth"],"expiry":"8760h"}}}}"#,
            ),
            ("csr.json", r#"{"CN":"c","hosts":["m0"]}"#),
        ],
        silent: &[
            (
                "ca-config.json",
                r#"{"signing":{"default":{"expiry":"8760h"},"profiles":{"www":{"usages":["signing","key encipherment","client auth"],"expiry":"8760h"}}}}"#,
            ),
            ("csr.json", r#"{"CN":"c"}"#),
        ],
        profiles: &["www"],
    },
];

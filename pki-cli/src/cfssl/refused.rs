//! The commands of cfssl that kpki has no answer for, and what does.

/// What to use instead; `None` for a name that is no command of cfssl either.
pub(super) fn instead(name: &str) -> Option<&'static str> {
    Some(match name {
        "serve" => "sign with cfssl sign or gencert on this host, or run step-ca as a server",
        "ocspserve" | "ocspsign" | "ocsprefresh" | "ocspdump" => {
            "use openssl ocsp; Kubernetes and etcd ask no OCSP responder"
        }
        "scan" => "use openssl s_client -connect HOST:PORT, or testssl.sh",
        "crl" | "revoke" => {
            "it keeps no database; write the serial numbers into a file and use cfssl gencrl"
        }
        _ => return None,
    })
}

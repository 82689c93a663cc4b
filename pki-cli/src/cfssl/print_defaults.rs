//! `cfssl print-defaults`: documents to start from. Guides edit them with `sed`, so every byte
//! counts, the empty line at the end too.

use super::{CfsslFailure, Command, Flag, Output, Run};

pub(super) const COMMAND: Command = Command {
    name: "print-defaults",
    about: "print a document to start from",
    usage: "        cfssl print-defaults TYPE

Arguments:
        TYPE:       config for a signing configuration, csr for a request, list for these names
",
    flags: &[Flag::Loglevel],
    run,
};

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    let text = match run.first_argument()? {
        "config" => CONFIG,
        "csr" => CSR,
        "list" => LIST,
        other => {
            let warning = format!("there is no default configuration {other:?}");
            run.warnings.warn(warning);
            LIST
        }
    };
    Ok(Output::text(text))
}

const LIST: &str = "Default configurations are available for:\n\tconfig\n\tcsr\n";

const CONFIG: &str = r#"{
    "signing": {
        "default": {
            "expiry": "168h"
        },
        "profiles": {
            "www": {
                "expiry": "8760h",
                "usages": [
                    "signing",
                    "key encipherment",
                    "server auth"
                ]
            },
            "client": {
                "expiry": "8760h",
                "usages": [
                    "signing",
                    "key encipherment",
                    "client auth"
                ]
            }
        }
    }
}

"#;

const CSR: &str = r#"{
    "CN": "example.net",
    "hosts": [
        "example.net",
        "www.example.net"
    ],
    "key": {
        "algo": "ecdsa",
        "size": 256
    },
    "names": [
        {
            "C": "US",
            "ST": "CA",
            "L": "San Francisco"
        }
    ]
}

"#;

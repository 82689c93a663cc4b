//! `cfssl info`: what a signer says of itself, on another host or here.

use super::output::json_string;
use super::remote::{Info, Remote};
use super::signer::Signer;
use super::{CfsslFailure, Command, Flag, Output, Run};

pub(super) const COMMAND: Command = Command {
    name: "info",
    about: "ask a signer for its certificate",
    usage: "    From a server, its certificate and what a profile of it gives:
        cfssl info -remote remote_host [-label label] [-profile profile]

    From the signer of a configuration, the same:
        cfssl info -config config [-profile profile] [-ca cert -ca-key key]
",
    flags: &[
        Flag::Remote,
        Flag::Label,
        Flag::Profile,
        Flag::Config,
        Flag::Ca,
        Flag::CaKey,
        Flag::TlsRemoteCa,
        Flag::MutualTlsClientCert,
        Flag::MutualTlsClientKey,
        Flag::Loglevel,
    ],
    run,
};

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    if !run.arguments.is_empty() {
        return Err(CfsslFailure::new(
            "argument is provided but not defined; please refer to the usage by flag -h.",
        ));
    }
    let info = match Remote::named_by_flag(run)? {
        Some(remote) => remote.info(run)?,
        None if run.config.is_some() => match Signer::choose(run, "CA")? {
            Signer::Remote(remote) => remote.info(run)?,
            Signer::Local { issuer, profile } => Info {
                certificate: issuer.certificate().to_pem().trim_end().to_owned(),
                usages: profile
                    .settings
                    .usages
                    .iter()
                    .map(|usage| usage.name().to_owned())
                    .collect(),
                expiry: hours(&profile.expiry.to_string()),
            },
        },
        None => {
            return Err(CfsslFailure::new(
                "Either -remote or -config must be given. Refer to cfssl info -h for usage.",
            ));
        }
    };
    Ok(Output::text(json(&info)))
}

/// One line without its end.
fn json(info: &Info) -> String {
    let usages: Vec<_> = info.usages.iter().map(|usage| json_string(usage)).collect();
    format!(
        r#"{{"certificate":{},"usages":[{}],"expiry":{}}}"#,
        json_string(&info.certificate),
        usages.join(","),
        json_string(&info.expiry)
    )
}

/// A duration as configurations have it, `8760h` and not `8760h0m0s`.
fn hours(duration: &str) -> String {
    let text = duration.strip_suffix("m0s").map(|text| format!("{text}m"));
    let text = text.as_deref().unwrap_or(duration);
    text.strip_suffix("h0m")
        .map_or_else(|| text.to_owned(), |text| format!("{text}h"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_cfssl_does() {
        let info = Info {
            certificate: "-----\na\n".into(),
            usages: vec!["signing".into(), "s/mime".into()],
            expiry: "8760h".into(),
        };
        assert_eq!(
            json(&info),
            r#"{"certificate":"-----\na\n","usages":["signing","s/mime"],"expiry":"8760h"}"#
        );
    }

    #[test]
    fn shortens_durations() {
        for (long, short) in [
            ("8760h0m0s", "8760h"),
            ("1h30m0s", "1h30m"),
            ("10m0s", "10m"),
            ("1h0m5s", "1h0m5s"),
            ("0s", "0s"),
            ("10h0m0s", "10h"),
        ] {
            assert_eq!(hours(long), short);
        }
    }
}

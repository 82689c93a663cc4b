//! What people type who know other programs: each word with what it is here.

use clap::CommandFactory;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Cli;

/// Words that are no commands here.
const COMMANDS: &[(&[&str], &str)] = &[
    (
        &["check", "doctor", "validate", "diagnose", "test", "audit"],
        "'kpki verify' tells what is wrong with a host's tree",
    ),
    (
        &["renew", "rotate", "reissue", "rekey"],
        "'kpki gen --reissue' makes anew what ends within 30 days, with '--only NAME,...' these",
    ),
    (
        &[
            "show", "cat", "print", "view", "describe", "x509", "decode", "certinfo",
        ],
        "'kpki inspect FILE' shows what is in a file",
    ),
    (
        &[
            "expire",
            "expires",
            "expiration",
            "check-expiration",
            "list",
            "ls",
            "dates",
        ],
        "'kpki expiry' lists when the certificates end",
    ),
    (
        &["create", "generate", "new", "join", "make"],
        "'kpki gen' makes the certificates, keys and kubeconfigs of hosts",
    ),
    (
        &["gencert", "genkey", "gencsr", "selfsign", "sign", "gencrl"],
        "the commands of cfssl are below 'kpki cfssl'",
    ),
    (
        &[
            "scp",
            "rsync",
            "sync",
            "push",
            "send",
            "upload",
            "upload-certs",
            "distribute",
            "deploy",
        ],
        "'kpki copy' brings every master what all of them share",
    ),
    (
        &["rules", "rule", "why"],
        "'kpki explain' lists the rules, 'kpki explain ID' tells of one",
    ),
    (
        &["config", "template", "manifest", "migrate"],
        "'kpki init' writes a description of a cluster, 'kpki render' kubeadm's configuration and more from it",
    ),
    (
        &["diff", "compare", "drift"],
        "'kpki verify DIR DIR...' compares the trees of hosts, and 'kpki copy --dry-run' what they share",
    ),
    (
        &["reset", "clean", "destroy", "delete", "remove", "rm"],
        "kpki takes nothing away; on a host 'kubeadm reset' does",
    ),
    (
        &["token"],
        "'kubeadm token create' makes a token; 'kpki hash' prints the hash of the CA that belongs to it",
    ),
    (
        &["pin", "ca-hash", "fingerprint"],
        "'kpki hash' prints the hash of the CA for kubeadm join, 'kpki inspect FILE' the fingerprint of a certificate",
    ),
    (
        &[
            "draw",
            "diagram",
            "picture",
            "visualize",
            "dot",
            "svg",
            "mermaid",
        ],
        "'kpki graph' draws the PKI",
    ),
    (
        &["html", "page", "dashboard"],
        "'kpki report --out FILE' writes a page",
    ),
    (
        &["export", "backup", "pack", "archive"],
        "'kpki bundle create' packs what hosts share into one encrypted file",
    ),
    (
        &["status", "health", "ping"],
        "'kpki verify --live' asks the running servers as well",
    ),
    (&["version"], "'kpki --version'"),
];

/// A flag that is none here, and what to write instead.
struct Flag {
    typed: &'static [&'static str],
    /// The commands that have what the tip recommends.
    commands: &'static [&'static str],
    tip: &'static str,
}

/// Flags that are none of these commands.
const FLAGS: &[Flag] = &[
    Flag {
        typed: &["--json"],
        commands: &[
            "gen", "copy", "verify", "inspect", "expiry", "certs", "lint", "explain",
        ],
        tip: "write '-o json'",
    },
    Flag {
        typed: &["--markdown", "--md"],
        commands: &["verify", "explain"],
        tip: "write '-o markdown'",
    },
    Flag {
        typed: &["--yaml"],
        commands: &["expiry"],
        tip: "write '-o kubeadm-yaml'",
    },
    Flag {
        typed: &["--yaml"],
        commands: &["certs"],
        tip: "write '-o yaml'",
    },
    Flag {
        typed: &["--prometheus"],
        commands: &["expiry", "certs"],
        tip: "write '-o prometheus'",
    },
    Flag {
        typed: &["--cert-dir", "--certificates-dir", "--dir", "-d"],
        commands: &["verify", "expiry"],
        tip: "the directory is given without a flag",
    },
    Flag {
        typed: &["--cert-dir", "--certificates-dir", "--dir", "-d"],
        commands: &["copy"],
        tip: "write '--from DIR', and where a host has another directory '--to HOST:/DIR'",
    },
    Flag {
        typed: &["--force", "--overwrite", "--replace"],
        commands: &["copy"],
        tip: "'--replace-ca' puts other CAs in the place of those of a host",
    },
    Flag {
        typed: &["--certificates-dir", "--dir", "-d"],
        commands: &["gen", "certs"],
        tip: "write '--cert-dir DIR'",
    },
    Flag {
        typed: &["--kubeconfig", "--kubeconfig-dir"],
        commands: &["verify", "expiry"],
        tip: "kubeconfigs beside pki are read by themselves; 'kpki inspect FILE' shows one",
    },
    Flag {
        typed: &["--kubeconfig"],
        commands: &["gen"],
        tip: "write '--kubeconfig-dir DIR'",
    },
    Flag {
        typed: &["--kubeconfig"],
        commands: &["inspect"],
        tip: "the file is given without a flag",
    },
    Flag {
        typed: &["-v", "--verbose", "--debug"],
        commands: &["verify", "lint"],
        tip: "all that is known is printed; 'kpki explain ID' tells more of a finding",
    },
    Flag {
        typed: &["-v", "--verbose", "--debug"],
        commands: &["inspect", "expiry"],
        tip: "all that is known is printed",
    },
    Flag {
        typed: &["--days"],
        commands: &["expiry"],
        tip: "write '--within 30d'",
    },
    Flag {
        typed: &["--days"],
        commands: &["gen"],
        tip: "write '--validity 365d'",
    },
    Flag {
        typed: &["--at", "--as-of", "--date", "--time"],
        commands: &["verify", "expiry", "certs"],
        tip: "write '--now 2027-03-01'",
    },
];

/// The command that a usage error is about, by its line of usage.
fn command_of(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else {
        return None;
    };
    let usage = usage.to_string();
    let mut words = usage.split_whitespace();
    words.find(|word| *word == "kpki")?;
    words.next().map(str::to_owned)
}

fn tip(error: &clap::Error, typed: &str) -> Option<&'static str> {
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let mut commands = COMMANDS.iter();
            commands
                .find(|(names, _)| names.contains(&typed))
                .map(|(_, tip)| *tip)
        }
        _ => {
            let command = command_of(error)?;
            let mut flags = FLAGS.iter();
            flags
                .find(|flag| {
                    flag.typed.contains(&typed) && flag.commands.contains(&command.as_str())
                })
                .map(|flag| flag.tip)
        }
    }
}

/// The error with a tip of ours in the place of one that leads astray.
pub(super) fn known(error: clap::Error) -> clap::Error {
    let (wrong, guesses) = match error.kind() {
        ErrorKind::InvalidSubcommand => (
            ContextKind::InvalidSubcommand,
            ContextKind::SuggestedSubcommand,
        ),
        ErrorKind::UnknownArgument => (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        _ => return error,
    };
    let Some(ContextValue::String(typed)) = error.get(wrong) else {
        return error;
    };
    let Some(tip) = tip(&error, typed) else {
        return error;
    };
    let mut told = clap::Error::new(error.kind()).with_cmd(&Cli::command());
    // Where clap guesses, its line of usage has the guess in it.
    let is_guessed = error.get(guesses).is_some();
    let astray = |kind| {
        kind == guesses
            || kind == ContextKind::Suggested
            || is_guessed && kind == ContextKind::Usage
    };
    for (kind, value) in error.context().filter(|(kind, _)| !astray(*kind)) {
        told.insert(kind, value.clone());
    }
    let tip = StyledStr::from(tip);
    told.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The commands of a command line have what the tips say.
    #[test]
    fn tips_recommend_what_there_is() {
        let all = Cli::command();
        for flag in FLAGS {
            for name in flag.commands {
                let command = all.find_subcommand(name).expect("a command");
                let mut commands = std::iter::once(command).chain(command.get_subcommands());
                let quoted = flag.tip.strip_prefix("write '");
                let Some(quoted) = quoted.and_then(|it| it.strip_suffix('\'')) else {
                    continue;
                };
                let (word, value) = quoted.split_once(' ').expect("a flag and its value");
                let has_it = commands.any(|command| {
                    command.get_arguments().any(|argument| {
                        let long = argument.get_long().map(|long| format!("--{long}"));
                        let short = argument.get_short().map(|short| format!("-{short}"));
                        let values = argument.get_possible_values();
                        let is_value = |it: &clap::builder::PossibleValue| it.matches(value, true);
                        [long, short].contains(&Some(word.to_owned()))
                            && (values.is_empty() || values.iter().any(is_value))
                    })
                });
                assert!(has_it, "{name}: {}", flag.tip);
            }
        }
    }
}

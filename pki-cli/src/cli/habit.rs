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
        &["init", "create", "generate", "new", "join", "make"],
        "'kpki gen' makes the certificates, keys and kubeconfigs of hosts",
    ),
    (
        &[
            "gencert", "genkey", "gencsr", "selfsign", "bundle", "sign", "gencrl",
        ],
        "the commands of cfssl are below 'kpki cfssl'",
    ),
    (
        &["rules", "rule", "why"],
        "'kpki explain' lists the rules, 'kpki explain ID' tells of one",
    ),
    (&["version"], "'kpki --version'"),
];

/// Flags that are none here.
const FLAGS: &[(&[&str], &str)] = &[
    (&["--json"], "write '-o json'"),
    (&["--markdown", "--md"], "write '-o markdown'"),
    (&["--yaml", "--prometheus"], "'-o' chooses the format"),
    (
        &["--cert-dir", "--certificates-dir", "--dir", "-d"],
        "the directory is given without a flag",
    ),
    (
        &["--kubeconfig", "--kubeconfig-dir"],
        "kubeconfigs beside pki are read by themselves; 'kpki inspect FILE' shows one",
    ),
    (
        &["-v", "--verbose", "--debug"],
        "all that is known is printed; 'kpki explain ID' tells more of a finding",
    ),
    (&["--days"], "write '--within 30d'"),
    (
        &["--at", "--as-of", "--date", "--time"],
        "write '--now 2027-03-01'",
    ),
];

/// The error with a tip of ours in the place of one that leads astray.
pub(super) fn known(error: clap::Error) -> clap::Error {
    let (wrong, guesses, words) = match error.kind() {
        ErrorKind::InvalidSubcommand => (
            ContextKind::InvalidSubcommand,
            ContextKind::SuggestedSubcommand,
            COMMANDS,
        ),
        ErrorKind::UnknownArgument => (ContextKind::InvalidArg, ContextKind::SuggestedArg, FLAGS),
        _ => return error,
    };
    let Some(ContextValue::String(typed)) = error.get(wrong) else {
        return error;
    };
    let is_typed = |(names, _): &&(&[&str], &str)| names.contains(&typed.as_str());
    let Some((_, tip)) = words.iter().find(is_typed) else {
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
    let tip = StyledStr::from(*tip);
    told.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    told
}

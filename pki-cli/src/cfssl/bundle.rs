//! `cfssl bundle`: a certificate with its chain.
//!
//! Nothing is fetched: neither a server's certificate, nor what authorityInfoAccess points to. The
//! system's store is not read either, because the CAs of etcd and Kubernetes are private: roots are
//! those of `-ca-bundle`.

mod chain;
mod json;
mod name;
mod pool;
mod status;

use pki_core::{Certificate, Error, KeyPair, SigningKey};

use self::chain::Chain;
use self::name::log_text;
use self::pool::{INTERMEDIATES, ROOTS};
use self::status::Status;
use super::{CfsslFailure, Command, Flag, Output, Run, issuer, material};

pub(super) const COMMAND: Command = Command {
    name: "bundle",
    about: "put a certificate and its chain together",
    usage: "        cfssl bundle -cert file [-ca-bundle file] [-int-bundle file] [-key keyfile] [-flavor optimal|ubiquitous|force]
",
    flags: &[
        Flag::Cert,
        Flag::Key,
        Flag::CaBundle,
        Flag::IntBundle,
        Flag::Flavor,
        Flag::IntDir,
        Flag::Metadata,
        Flag::Domain,
        Flag::Ip,
        Flag::Password,
        Flag::Loglevel,
    ],
    run,
};

/// What `-flavor` asks for. `optimal` and `ubiquitous` differ only for those who know which
/// platforms trust which roots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flavor {
    Optimal,
    Ubiquitous,
    /// The certificates of the file, as they stand.
    Force,
}

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    let flavor = flavor(run);
    warn_of_ignored_flags(run);
    let roots = ROOTS.load(run)?;
    let mut intermediates = INTERMEDIATES.load(run)?;
    let (mut certificates, key) = read(run)?;
    let first = certificates.first().ok_or_else(pool::nothing_decoded)?;
    run.log.info(&format!(
        "bundling certificate for {}",
        log_text(first.subject_der(), first.subject())
    ));
    chain::put_in_order(&mut certificates);
    let Some((leaf, others)) = certificates.split_first() else {
        return Err(pool::nothing_decoded());
    };
    check_key(leaf, key.as_ref())?;
    let chain = match flavor {
        Flavor::Force => {
            warn_of_dates(&certificates, run);
            Chain::as_it_stands(&certificates)?
        }
        Flavor::Optimal | Flavor::Ubiquitous => {
            intermediates.extend_from_slice(others);
            let chain = Chain::find(leaf, &intermediates, &roots, run.env.now)?;
            if run.flags.text(Flag::Flavor) == "ubiquitous" {
                run.log
                    .warning("No metadata, Ubiquitous falls back to Optimal.");
            }
            chain
        }
    };
    if let Some(root) = chain.root {
        run.log.info(&format!(
            "the anchoring root is {}",
            log_text(root.subject_der(), root.subject())
        ));
    }
    let status = Status::of(&chain, &certificates, run.env.now);
    let key = key.map(|key| key.to_pem());
    Ok(json::output(&chain, &status, key.as_ref()))
}

fn flavor(run: &mut Run<'_>) -> Flavor {
    match run.flags.text(Flag::Flavor) {
        "force" => Flavor::Force,
        "optimal" => Flavor::Optimal,
        "ubiquitous" => Flavor::Ubiquitous,
        other => {
            let text = format!(
                "-flavor {other:?} is none of optimal, ubiquitous, force: ubiquitous is taken"
            );
            run.warnings.warn(text);
            Flavor::Ubiquitous
        }
    }
}

fn warn_of_ignored_flags(run: &mut Run<'_>) {
    for (flag, text) in [
        (
            Flag::Metadata,
            "-metadata is not read: the root certificates are those of -ca-bundle, whoever else trusts them",
        ),
        (
            Flag::IntDir,
            "-int-dir is neither read nor written: cfssl keeps there what it fetched, and kpki fetches nothing; name a file of intermediates with -int-bundle",
        ),
    ] {
        if !run.flags.text(flag).is_empty() {
            run.warnings.warn(text);
        }
    }
    if let Some(first) = run.arguments.first() {
        let text = format!("{first:?} and what follows it are ignored: flags come first");
        run.warnings.warn(text);
    }
}

/// What `-cert` and `-key` name.
fn read(run: &Run<'_>) -> Result<(Vec<Certificate>, Option<KeyPair>), CfsslFailure> {
    let named = run.flags.text(Flag::Cert);
    if named.is_empty() {
        return Err(no_target(run));
    }
    let text = material::document(named).map_err(|error| CfsslFailure::coded(1001, &error))?;
    let key = match run.flags.text(Flag::Key) {
        "" => None,
        key => {
            let text =
                material::document(key).map_err(|error| CfsslFailure::coded(2001, &error))?;
            Some(issuer::private_key_of(key, &text, run)?)
        }
    };
    let certificates = pool::certificates(named, &text)?;
    match certificates.is_empty() {
        true => Err(pool::nothing_decoded().advise(format!("{named} is empty"))),
        false => Ok((certificates, key)),
    }
}

fn no_target(run: &Run<'_>) -> CfsslFailure {
    match run.flags.text(Flag::Domain) {
        "" => CfsslFailure::new("Must specify bundle target through -cert or -domain"),
        _ => CfsslFailure::new(
            "kpki has no cfssl bundle -domain: save what the server sends with openssl s_client -connect HOST:443 -showcerts, and name that file with -cert",
        ),
    }
}

fn check_key(leaf: &Certificate, key: Option<&KeyPair>) -> Result<(), CfsslFailure> {
    let ours = leaf.public_key().map_err(|error| {
        CfsslFailure::coded(2200, "Private key algorithm is not RSA or ECC")
            .advise(error.to_string())
    })?;
    match key {
        Some(key) if key.public_key() != ours => {
            let error = Error::KeyMismatch {
                subject: leaf.subject().to_owned(),
            };
            Err(
                CfsslFailure::coded(2300, "Private key does not match public key")
                    .advise(error.to_string()),
            )
        }
        _ => Ok(()),
    }
}

/// A bundle that is forced is not held against the clock.
fn warn_of_dates(certificates: &[Certificate], run: &mut Run<'_>) {
    let now = run.env.now;
    for certificate in certificates {
        let validity = certificate.validity();
        if !validity.contains(now) {
            let error = Error::OutsideValidity {
                subject: certificate.subject().to_owned(),
                not_before: validity.not_before(),
                not_after: validity.not_after(),
                now,
            };
            run.warnings.warn(error.to_string());
        }
    }
}

#[cfg(test)]
mod tests;

//! `kpki bundle create`: the shared files, and one host's own, into an encrypted file.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use pki_core::HostName;
use pki_core::copy::PortableBundle;
use zeroize::Zeroizing;

use super::file::{name, refused};
use super::secrets::SealArgs;
use crate::cli::{Format, OutputArgs};
use crate::cluster_args::ClusterArgs;
use crate::commands::copy::CopySource;
use crate::env::Env;
use crate::envelope::Envelope;
use crate::failure::{Failure, Outcome};
use crate::layout::CERT_DIR;
use crate::output;
use crate::output::bundle_report::{BundleFacts, CreateReport, Encryption};
use crate::store::{Replacement, ReplacementMode, StoreError, TargetDirectory, quote};

/// Put the CAs and service account keys, and one host's own files, into an encrypted file
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The certificates directory of a host or the directory above it, what gen --out made, or its 'shared'
    #[arg(long, value_name = "DIR", default_value = CERT_DIR)]
    from: PathBuf,

    /// The bundle; - is stdout
    #[arg(long, value_name = "FILE")]
    to: PathBuf,

    #[command(flatten)]
    seal: SealArgs,

    /// Add the certificates and kubeconfigs of this host, from what gen --out made
    #[arg(long = "for", value_name = "HOST")]
    host: Option<HostName>,

    /// Write text (base64) that survives mail and clipboards
    #[arg(short, long)]
    armor: bool,

    /// Take the place of FILE if it exists
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    cluster: ClusterArgs,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

const AFTER_HELP: &str = "\
In it are the files that 'kpki copy' would copy, after the same check of where they come from. The
key of the cluster's CA signs the list of them, so that nobody else can change it; where that key
is elsewhere, the bundle is not signed and 'kpki bundle apply' says so.

EXAMPLES
  age-keygen -o key.txt
      on the host that shall get it: prints the recipient; key.txt stays there
  kpki bundle create --to cluster.age --recipient age1...
      from /etc/kubernetes/pki of this host
  kpki bundle create --from ./pki --for master-2 --to master-2.age --passphrase-file passphrase
      with everything that 'kpki gen --out ./pki' made for master-2

EXIT CODES
  0  the bundle is written
  2  the source is not in order, or the bundle could not be written";

pub(super) fn run(args: &Args, env: &Env) -> Result<Outcome, Failure> {
    let to_stdout = args.to == Path::new("-");
    refuse_terminal(args, to_stdout)?;
    let sealed_for = args.seal.sealed_for()?;
    let described = args.cluster.describe_hosts()?;
    let described = described.as_ref();
    let mut source = CopySource::read(&args.from, &args.cluster, described, env.now)?;
    if let Some(host) = &args.host {
        source.add_host(host, env.now)?;
    }
    let bundle = PortableBundle::new(source.files(), args.host.as_ref(), env.now);
    let bundle = bundle.map_err(|error| {
        Failure::new(format!(
            "a bundle cannot be made of {}: {error}",
            quote(&args.from)
        ))
        .hint("'kpki verify' shows what is wrong there")
    })?;
    let sealed = Envelope::seal(&bundle.to_bytes(), &sealed_for, args.armor);
    let sealed = sealed.map_err(|error| refused(&args.to, &error))?;
    let notes = || {
        let described = described.iter().flat_map(|described| &described.notes);
        described.chain(source.notes()).cloned()
    };
    if to_stdout {
        notes().for_each(|note| output::remark(&note));
        return output::bytes(&sealed);
    }
    let length = sealed.len();
    write(args, sealed)?;
    let encryption = Encryption::new(sealed_for.locks(), args.armor);
    let facts = BundleFacts::of(&bundle);
    let report = CreateReport::new(name(&args.to), length, encryption, facts, notes().collect());
    let printed = match args.output.output {
        Format::Json => output::json(&report),
        Format::Text => output::text(&report.to_text(env)),
    };
    printed.map_err(|failure| failure.hint("the bundle is written: only this report is lost"))
}

fn refuse_terminal(args: &Args, to_stdout: bool) -> Result<(), Failure> {
    // A terminal may not say how wide it is.
    if to_stdout && std::io::stdout().is_terminal() {
        return Err(Failure::new("a bundle is not written to a terminal")
            .hint("write --to FILE, or send stdout to a file or another program"));
    }
    if to_stdout && args.output.output == Format::Json {
        return Err(
            Failure::new("the bundle and the report cannot both go to stdout")
                .hint("write --to FILE, or leave -o json out"),
        );
    }
    Ok(())
}

/// Whole or not at all, for nobody else to read, and never in the place of another file
/// without being asked to.
fn write(args: &Args, sealed: Vec<u8>) -> Result<(), Failure> {
    const MODE: u32 = 0o600;
    let shown = quote(&args.to);
    let name = args.to.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| Failure::new(format!("{shown} is not the name of a file")))?;
    let above = args.to.parent().unwrap_or_else(|| Path::new(""));
    let file = Replacement {
        name: name.to_owned(),
        bytes: Zeroizing::new(sealed),
        mode: match args.force {
            true => ReplacementMode::Born(MODE),
            false => ReplacementMode::New(MODE),
        },
    };
    let written =
        TargetDirectory::open(above).and_then(|directory| directory.replace(&[file], &[]));
    written.map_err(|error| match error {
        StoreError::Exists { .. } => Failure::new(format!("{shown} is there already"))
            .hint("choose another name, or take its place with --force"),
        other => other.into(),
    })
}

//! `kpki hash`: how `kubeadm join` knows the cluster's CA again.

use std::path::{Path, PathBuf};

use pki_core::{CaPins, JoinEndpoint, TreeContent};

use crate::cli::{Format, as_of};
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::layout::SHARED;
use crate::output;
use crate::output::hash_report::HashReport;
use crate::store::{Entry, HostDir, quote};
use crate::tree::TreeOnDisk;

/// Print the discovery-token-ca-cert-hash of the cluster CA, and the line of kubeadm join
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, arg = as_of())]
pub(crate) struct Args {
    /// The certificates directory, the one above it, what gen --out made, or ca.crt itself
    #[arg(value_name = "DIR", default_value = "/etc/kubernetes/pki")]
    directory: PathBuf,

    /// Print the hash alone, for a script
    #[arg(short, long, conflicts_with = "output")]
    quiet: bool,

    /// How the result is printed
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        default_value = "text",
        ignore_case = true
    )]
    pub(crate) output: Format,
}

const AFTER_HELP: &str = "\
The hash is the SHA-256 of the CA's public key, so it stays as it is when ca.crt is renewed with its
key. Of a ca.crt with several CAs each has its own, on a line of its own. Nothing is written. The
address of the API server comes from the kubeconfigs beside the certificates.

EXAMPLES
  kpki hash
      of /etc/kubernetes/pki/ca.crt, and what to run on a host that joins
  kubeadm join vip.k8s.internal:6443 --token \"$TOKEN\" --discovery-token-ca-cert-hash \"$(kpki hash -q)\"
      in a script
  kpki hash ./pki
      of the CA that 'kpki gen --out ./pki' made
  kpki hash ./pki -o json
      for a program

EXIT CODES
  0  the hash is printed; a remark says what else is wrong with the CA
  2  there is no CA certificate, or a part of ca.crt cannot be read";

pub(crate) fn run(args: Args, env: &Env) -> Result<Outcome, Failure> {
    let found = Found::below(&args.directory)?;
    let pins = CaPins::from_pem(&found.bytes, env.now)
        .map_err(|error| Failure::new(format!("{}: {error}", quote(&found.file))))?;
    let report = HashReport::new(found.file, pins, found.endpoint);
    for remark in report.remarks() {
        output::remark(&remark);
    }
    for complaint in report.complaints() {
        output::complaint(&complaint);
    }
    match args.output {
        _ if args.quiet => output::text(&report.to_lines())?,
        Format::Text => output::text(&report.to_text())?,
        Format::Json => output::json(&report)?,
    };
    Ok(report.outcome())
}

/// The cluster's CA, and where its API server is.
struct Found {
    file: PathBuf,
    bytes: Vec<u8>,
    endpoint: Option<JoinEndpoint>,
}

impl Found {
    fn below(given: &Path) -> Result<Self, Failure> {
        if let Entry::File { bytes, .. } = Entry::named(given) {
            return Ok(Self {
                file: given.to_owned(),
                bytes: bytes.to_vec(),
                endpoint: None,
            });
        }
        let here = TreeOnDisk::read(given)?;
        if let Some(found) = Self::of(&here)? {
            return Ok(found);
        }
        let home = match HostDir::root(given)? {
            Some(home) => home.names(MOST_HOSTS).unwrap_or_default(),
            None => Vec::new(),
        };
        let shared = home.iter().filter(|name| *name == SHARED);
        let hosts = home.iter().filter(|name| *name != SHARED);
        let mut first = None;
        for name in hosts.chain(shared) {
            let below = given.join(name);
            let is_hosts =
                HostDir::root(&below).is_ok_and(|below| below.is_some_and(|below| is_tree(&below)));
            if !is_hosts {
                continue;
            }
            if let Some(found) = Self::of(&TreeOnDisk::read(&below)?)? {
                if found.endpoint.is_some() {
                    return Ok(found);
                }
                first.get_or_insert(found);
            }
        }
        first.ok_or_else(|| {
            Failure::new(format!(
                "there is no ca.crt of a cluster in {}",
                quote(given)
            ))
            .hint("give the directory that holds ca.crt, the one above it, or the file itself")
        })
    }

    /// `None` if no cluster's CA is there.
    fn of(on_disk: &TreeOnDisk) -> Result<Option<Self>, Failure> {
        let Some(file) = on_disk.tree.files.get(CA) else {
            return Ok(None);
        };
        let path = on_disk.path_of(CA);
        let refuse = |why: &str| Err(Failure::new(format!("{} {why}", quote(&path))));
        let bytes = match &file.content {
            TreeContent::Bytes(bytes) => bytes.to_vec(),
            TreeContent::Unreadable(why) => return refuse(&format!("cannot be read: {why}")),
            TreeContent::TooLarge(_) => return refuse("is longer than 1 MiB"),
            TreeContent::NotAFile(kind) => return refuse(&format!("is a {kind}, not a file")),
            _ => return refuse("cannot be looked at: a directory above it is closed"),
        };
        Ok(Some(Self {
            file: path,
            bytes,
            endpoint: JoinEndpoint::of(&on_disk.tree),
        }))
    }
}

/// A directory with more names than that is no home of hosts.
const MOST_HOSTS: usize = 10_000;
/// The cluster's CA in every tree.
const CA: &str = "pki/ca.crt";

fn is_tree(directory: &HostDir) -> bool {
    ["ca.crt", "pki/ca.crt", "etc/kubernetes"]
        .iter()
        .any(|path| directory.has(path))
}

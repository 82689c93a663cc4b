//! `kpki hash`: how `kubeadm join` knows the cluster's CA again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pki_core::{CaPins, JoinEndpoint, SubjectPublicKeyInfo, Timestamp, TreeContent};

use crate::cli::{Format, OutputArgs, as_of};
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

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

const AFTER_HELP: &str = "\
The hash is the SHA-256 of the CA's public key, so it stays as it is when ca.crt is renewed with its
key. Of a ca.crt with several CAs each has its own, and kubeadm join takes the flag once for each:
-q refuses to print several, of which a script would make one argument. Nothing is written. The
address of the API server comes from the kubeconfigs beside the certificates.

EXAMPLES
  kpki hash
      of /etc/kubernetes/pki/ca.crt, and what to run on a host that joins
  kubeadm join vip.k8s.internal:6443 --token \"$TOKEN\" \\
          --discovery-token-ca-cert-hash \"$(kpki hash -q)\"
      in a script
  kpki hash ./pki
      of the CA that 'kpki gen --out ./pki' made
  kpki hash ./pki -o json
      for a program

EXIT CODES
  0  the hash is printed; a remark says what else is wrong with the CA
  2  there is no CA certificate, it is that of etcd or of the front proxy, a part of ca.crt
     cannot be read, or the trees in DIR have other CAs";

pub(crate) fn run(args: Args, env: &Env) -> Result<Outcome, Failure> {
    let found = Found::below(&args.directory, env.now)?;
    let pins = CaPins::from_pem(&found.bytes, env.now).map_err(|error| {
        let failure = Failure::new(format!("{}: {error}", quote(&found.file)));
        match found.advice() {
            Some(advice) => failure.hint(advice),
            None => failure,
        }
    })?;
    if let Some(whose) = found.whose(&pins) {
        return Err(Failure::new(format!(
            "{} is {whose}, which kubeadm join does not ask for",
            quote(&found.file)
        ))
        .hint("give ca.crt of the cluster's CA, or the directory that it is in"));
    }
    let report = HashReport::new(found.file, pins, found.endpoint);
    for remark in report.remarks() {
        output::remark(&remark);
    }
    for complaint in report.complaints() {
        output::complaint(&complaint);
    }
    if args.quiet {
        report.only_hash()?;
    }
    match args.output.output {
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
    fn below(given: &Path, now: Timestamp) -> Result<Self, Failure> {
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
        Self::of_home(given, now)?.ok_or_else(|| {
            Failure::new(format!(
                "there is no ca.crt of a cluster in {}",
                quote(given)
            ))
            .hint("give the directory that holds ca.crt, the one above it, or the file itself")
        })
    }

    /// That of the trees in a directory, which are all of one cluster.
    fn of_home(given: &Path, now: Timestamp) -> Result<Option<Self>, Failure> {
        let home = match HostDir::root(given)? {
            Some(home) => home.names(MOST_HOSTS).unwrap_or_default(),
            None => Vec::new(),
        };
        let shared = home.iter().filter(|name| *name == SHARED);
        let hosts = home.iter().filter(|name| *name != SHARED);
        let mut first: Option<Self> = None;
        for name in shared.chain(hosts) {
            let below = given.join(name);
            let is_hosts =
                HostDir::root(&below).is_ok_and(|below| below.is_some_and(|below| is_tree(&below)));
            if !is_hosts {
                continue;
            }
            let Some(found) = Self::of(&TreeOnDisk::read(&below)?)? else {
                continue;
            };
            match &mut first {
                Some(first) if first.hashes(now) != found.hashes(now) => {
                    return Err(Failure::new(format!(
                        "{} and {} have other CAs",
                        quote(&first.file),
                        quote(&found.file)
                    ))
                    .hint(
                        "give the directory of the one that is meant; 'kpki verify' compares them",
                    ));
                }
                Some(first) => first.endpoint = first.endpoint.take().or(found.endpoint),
                None => first = Some(found),
            }
        }
        Ok(first)
    }

    /// What to give instead, if this is no certificate.
    fn advice(&self) -> Option<&'static str> {
        let is_public_key = SubjectPublicKeyInfo::from_pem(&self.bytes).is_ok();
        match self.file.file_name() {
            _ if is_public_key => Some(
                "it is a public key, and the hash is of the one in the certificate of the cluster's CA: give ca.crt, or the directory that it is in",
            ),
            Some(name) if name != "ca.crt" => Some(
                "give the certificate of the cluster's CA, ca.crt, or the directory that it is in",
            ),
            _ => None,
        }
    }

    /// Whose CA it is, if none in the file is the cluster's.
    fn whose(&self, found: &CaPins) -> Option<&'static str> {
        let mut whose = found.pins.iter().map(|pin| self.stranger(&pin.subject));
        let first = whose.next().flatten();
        first.filter(|_| whose.all(|it| it.is_some()))
    }

    /// Whose CA it is, if by its names it is not the cluster's.
    fn stranger(&self, subject: &str) -> Option<&'static str> {
        let file = self.file.file_name().and_then(|name| name.to_str());
        let above = self.file.parent().and_then(Path::file_name);
        let is_in_etcd = above.is_some_and(|name| name == "etcd");
        match subject {
            "CN=front-proxy-ca" => Some("the CA of the front proxy"),
            "CN=etcd-ca" => Some("the CA of etcd"),
            "CN=kubernetes" => None,
            _ if file.is_some_and(|name| name.starts_with("front-proxy-ca.")) => {
                Some("the CA of the front proxy")
            }
            _ => is_in_etcd.then_some("the CA of etcd"),
        }
    }

    fn hashes(&self, now: Timestamp) -> Option<BTreeSet<String>> {
        let found = CaPins::from_pem(&self.bytes, now).ok()?;
        Some(found.pins.iter().map(|pin| pin.hash.to_string()).collect())
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

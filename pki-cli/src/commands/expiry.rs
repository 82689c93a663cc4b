//! `kpki expiry`: when the certificates of trees end.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use pki_core::expiry::{Expiry, ExpiryRow, ExpiryState, Standing, Within};
use zeroize::Zeroizing;

use crate::cli::Format;
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::layout::{distinct, host_of, tell_apart};
use crate::output::expiry_report::{ExpiryReport, HostExpiry};
use crate::output::verify_report::NotRead;
use crate::output::{self, kubeadm_expiration};
use crate::store::{Replacement, ReplacementMode, TargetDirectory, quote};
use crate::tree::TreeOnDisk;

/// List when certificates end, what ends first on top
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Directories of kubeconfigs with pki in them, or certificates directories, one for each host
    #[arg(value_name = "DIR", default_value = "/etc/kubernetes")]
    directories: Vec<PathBuf>,

    #[command(flatten)]
    options: Options,

    /// How the result is printed [default: text; nothing with --textfile]
    #[arg(short, long, value_name = "FORMAT")]
    pub(crate) output: Option<ExpiryFormat>,
}

/// What the alias has as well.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Exit with 1 if anything ends within this time: 30d, 12h, 2w, 1y, 1d12h
    #[arg(long, value_name = "TIME")]
    within: Option<Within>,

    /// Write Prometheus' metrics to this file, whole or not at all; its name ends in .prom
    #[arg(long, value_name = "PATH")]
    textfile: Option<PathBuf>,
}

/// How the result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExpiryFormat {
    /// Two tables as kubeadm prints them, for people
    Text,
    /// One JSON document with a stable schema
    Json,
    /// What 'kubeadm certs check-expiration -o json' prints: its certificates, its schema
    KubeadmJson,
    /// Metrics in the text format of Prometheus
    Prometheus,
}

impl ExpiryFormat {
    /// How a failure is told.
    pub(crate) fn of_failure(self) -> Format {
        match self {
            Self::Json | Self::KubeadmJson => Format::Json,
            Self::Text | Self::Prometheus => Format::Text,
        }
    }
}

const AFTER_HELP: &str = "\
Listed are the certificates of kubeadm's files and what kubeadm leaves out: every certificate of a
bundle, the CAs, kubelet.conf, users and CAs in kubeconfigs, an external etcd's files, and any other
certificate that lies there. Copies in backups are passed over. Nothing is judged but time.

EXAMPLES
  kpki expiry
      /etc/kubernetes
  kpki expiry --within 30d
      the same; exit status 1 if anything ends within 30 days
  kpki expiry ./pki/m0 ./pki/m1 ./pki/m2 -o json
      three hosts, for a program
  kpki expiry --textfile /var/lib/prometheus/node-exporter/kpki.prom
      for the textfile collector of node_exporter

EXIT CODES
  0  nothing has ended, and with --within nothing does in that time
  1  something has ended, or does in that time
  2  something could not be read, or there was no certificate";

pub(crate) fn run(args: &Args, env: &Env) -> Result<Outcome, Failure> {
    check(&args.directories, &args.options, args.output, env)
}

pub(crate) fn check(
    directories: &[PathBuf],
    options: &Options,
    format: Option<ExpiryFormat>,
    env: &Env,
) -> Result<Outcome, Failure> {
    let textfile = options.textfile.as_deref().map(Textfile::new).transpose()?;
    let (hosts, not_read) = read_all(directories)?;
    let report = ExpiryReport::new(hosts, not_read, options.within, env.now);
    // Metrics tell what could not be read, and old ones would hide it.
    if let Some(textfile) = &textfile {
        textfile.write(report.to_prometheus())?;
    }
    if format == Some(ExpiryFormat::Prometheus) {
        output::bytes(report.to_prometheus().as_bytes())?;
    }
    let report = report.or_failure()?;
    let usual = textfile.is_none().then_some(ExpiryFormat::Text);
    match format.or(usual) {
        Some(ExpiryFormat::Text) => drop(output::text(&report.to_text(env))?),
        Some(ExpiryFormat::Json) => drop(output::json(&report.to_json())?),
        Some(ExpiryFormat::KubeadmJson) => {
            output::json(&kubeadm_expiration::document(&report))?;
            report.say_what_was_not_read();
        }
        Some(ExpiryFormat::Prometheus) | None => report.say_what_was_not_read(),
    }
    let is_late = match options.within {
        Some(_) => report.count(Standing::Expired) + report.count(Standing::Soon) > 0,
        None => report.count(Standing::Expired) > 0,
    };
    Ok(match () {
        () if report.unreadable() > 0 => Outcome::Unknown,
        () if is_late => Outcome::No,
        () => Outcome::Yes,
    })
}

/// The trees, and the directories that have none: one that is gone hides
/// nothing of the others.
fn read_all(directories: &[PathBuf]) -> Result<(Vec<HostExpiry>, Vec<NotRead>), Failure> {
    let directories = distinct(directories)?;
    let names = directories.iter().map(|(_, whole)| host_of(whole));
    let mut names: Vec<String> = names.collect();
    tell_apart(
        names
            .iter_mut()
            .zip(directories.iter().map(|(given, _)| *given)),
    );
    let (mut hosts, mut not_read) = (Vec::new(), Vec::new());
    for (host, (directory, whole)) in names.into_iter().zip(directories) {
        match read(directory) {
            Ok((on_disk, expiry)) => hosts.push(HostExpiry {
                host,
                on_disk,
                expiry,
            }),
            Err(failure) => not_read.push(NotRead {
                host,
                directory: whole,
                failure,
            }),
        }
    }
    Ok((hosts, not_read))
}

fn read(directory: &Path) -> Result<(TreeOnDisk, Expiry), Failure> {
    let mut on_disk = TreeOnDisk::read(directory)?;
    // With many hosts their files need not all be in memory.
    let tree = std::mem::take(&mut on_disk.tree);
    let expiry = pki_core::expiry::expiry(&tree);
    let is_anything =
        |row: &ExpiryRow| !matches!(row.state, ExpiryState::Missing | ExpiryState::Elsewhere);
    if !expiry.rows.iter().any(is_anything) {
        return Err(
            Failure::new(format!("there is no certificate in {}", quote(directory)))
                .hint("give the directory that holds pki/ca.crt and admin.conf, or ca.crt itself"),
        );
    }
    Ok((on_disk, expiry))
}

/// A file for the textfile collector, in a directory that exists.
struct Textfile<'a> {
    directory: &'a Path,
    name: String,
}

impl<'a> Textfile<'a> {
    fn new(path: &'a Path) -> Result<Self, Failure> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.filter(|name| name.ends_with(".prom") && name.len() > ".prom".len());
        let name = name.ok_or_else(|| {
            Failure::new(format!("the name of {} does not end in .prom", quote(path)))
                .hint("node_exporter's textfile collector reads no other files; write kpki.prom")
        })?;
        Ok(Self {
            directory: path.parent().unwrap_or_else(|| Path::new("")),
            name: name.to_owned(),
        })
    }

    /// Whoever reads it meanwhile sees the old file or the new one. node_exporter
    /// is not root, so that everybody may read it.
    fn write(&self, text: String) -> Result<(), Failure> {
        let file = Replacement {
            name: self.name.clone(),
            bytes: Zeroizing::new(text.into_bytes()),
            mode: ReplacementMode::Fixed(0o644),
        };
        TargetDirectory::open(self.directory)?.replace(&[file], &[])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_prom_files_are_read_by_the_collector() {
        for bad in ["metrics", "a.txt", ".prom", "dir/", "a.prom.tmp", ".."] {
            assert!(Textfile::new(Path::new(bad)).is_err(), "{bad}");
        }
        let good = Textfile::new(Path::new("/a/b.prom")).expect("a name");
        assert_eq!(
            (good.directory, good.name.as_str()),
            (Path::new("/a"), "b.prom")
        );
    }
}

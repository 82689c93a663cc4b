//! `kpki copy`: what the hosts of a control plane share, to each of them.

mod cluster_hosts;
mod ending;
mod one_host;
mod recipients;
mod source;

use std::path::PathBuf;

use crate::cli::Format;
use crate::cluster_args::ClusterArgs;
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::interruption::Interruption;
use crate::layout::CERT_DIR;
use crate::output;
use crate::output::copy_report::CopyReport;
use crate::output::progress::Progress;
use crate::parallel;
use crate::remote::{SshArgs, Target};

use cluster_hosts::{CallsItself, ClusterHosts};

pub(crate) use ending::{Ending, HostCopy, Visited};
pub(crate) use one_host::{here, look};
pub(crate) use recipients::Recipient;
pub(crate) use source::{CopySource, TreeErrors, in_tree};

/// Bring the CAs and service account keys to every host of the control plane, and prove that they are there
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The certificates directory of a host or the directory above it, what gen --out made, or its 'shared'
    #[arg(long, value_name = "DIR", default_value = CERT_DIR)]
    from: PathBuf,

    /// Where they go: a host for ssh, or a directory that begins with '/' or './' (can be repeated) [default: the control plane hosts of -f or --host]
    #[arg(long = "to", value_name = "[NAME=][USER@]HOST[:PORT][:DIR]")]
    to: Vec<Target>,

    /// Send every host its own certificates and kubeconfigs as well, from what gen --out made
    #[arg(long)]
    with_host_certs: bool,

    /// Put the source's CAs and service account keys in the place of others, and keep these in a backup
    #[arg(long)]
    replace_ca: bool,

    /// With --with-host-certs, put the source's kubeconfigs in the place of others, and keep these in a backup
    #[arg(long, requires = "with_host_certs")]
    replace_kubeconfigs: bool,

    /// What a host calls itself ('uname -n') that is not called as in the cluster (can be repeated)
    #[arg(long = "host-name", value_name = "NAME=SELF")]
    host_names: Vec<CallsItself>,

    /// Show what would be done on each host and write nothing
    #[arg(long)]
    dry_run: bool,

    /// How the result is printed
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Format,

    #[command(flatten)]
    ssh: SshArgs,

    #[command(flatten)]
    cluster: ClusterArgs,
}

const AFTER_HELP: &str = "\
Copied are ca, sa, front-proxy-ca and etcd/ca with their keys; where etcd runs elsewhere, its CA's
certificate without the key, and the API server's client certificate for it. Everything else is a
host's own and is never sent to another. A host gets all of its files or none; what is there and
equal stays; another CA or another sa.key stops the host, and so does a host that calls itself
otherwise than it is called in the cluster, unless --host-name says that it may. Every file is read
back, and the keys that lie there are proved to belong to their certificates.

EXAMPLES
  kpki copy --to master-2 --to root@10.0.0.13:2222
      from /etc/kubernetes/pki of this host
  kpki copy --from ./pki -f cluster.yaml --sudo
      from what 'kpki gen -f cluster.yaml --out ./pki' made, to the control plane hosts of the file
  kpki copy --from ./pki -f cluster.yaml --with-host-certs --dry-run
      what a whole tree on every host would change
  kpki copy --from ./pki/shared --to ./rescue/pki
      into a directory of this host

EXIT CODES
  0  everything is there and proved, or with --dry-run would be
  2  the source is not in order, or a host failed, or was or would be refused, or was
     not begun because of Ctrl-C: the hosts in work are finished then; a second one ends at once";

pub(crate) fn run(args: Args, env: &Env) -> Result<Outcome, Failure> {
    let described = args.cluster.describe_hosts()?;
    for note in described.iter().flat_map(|it| &it.notes) {
        output::remark(note);
    }
    let described = described.as_ref();
    let mut source = CopySource::read(&args.from, &args.cluster, described, env.now)?;
    let hosts = ClusterHosts::new(described, &source, &args.host_names);
    let recipients = recipients::choose(&args, described, &hosts, &mut source)?;
    hosts.check_called(&recipients)?;
    source.note_what_lacks(args.with_host_certs);
    if args.with_host_certs {
        source.add_hosts(&recipients, env.now)?;
    }
    let progress = Progress::of_waiting(env, "hosts", recipients.len(), false);
    let (files, unusable) = (source.files(), source.unusable());
    let interruption = Interruption::watch()?;
    let copies = parallel::each(&recipients, args.ssh.parallel(), |recipient| {
        if interruption.is_asked() {
            return HostCopy::not_begun(recipient);
        }
        let copy = one_host::copy(recipient, files, unusable, &hosts, &args, env.now);
        progress.advance();
        copy
    });
    drop(progress);
    let report = CopyReport::new(&source, &copies, args.dry_run);
    let printed = match args.output {
        Format::Json => output::json(&report),
        Format::Text => output::text(&report.to_text(env)),
    };
    printed?;
    Ok(report.outcome())
}

//! `kpki render`: the files of a set-up besides its certificates.

mod activation;
mod changes_file;
mod cluster_change;
mod files;
mod host_change;
mod leftover;
mod running_etcd;
mod set_up;
mod to_do;
mod unfit;

use std::path::{Path, PathBuf};

use pki_core::shell;

pub(crate) use self::activation::{ChangedService, changed_services};
pub(crate) use self::changes_file::is_pending;
pub(crate) use self::files::{RenderAction, RenderedFiles};
pub(crate) use self::leftover::Leftover;
pub(crate) use self::set_up::{SetUp, ca_certificate};
pub(crate) use self::to_do::{AGAIN, Certificates, OtherRun, ToDo, still_to_do};
pub(crate) use self::unfit::{Unfit, UnfitFile};

use crate::cli::Format;
use crate::cluster_args::{ClusterArgs, Described};
use crate::commands::generate::{Recovered, foresee_recovery, lock, remark_on_leftover};
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::layout::{CERT_DIR, Layout};
use crate::output::{self, render_report::RenderReport};
use crate::store::{Published, Root};

/// Write etcd's unit, keepalived's and kubeadm's configuration of every host, and a runbook
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,

    /// Write each host's files below DIR/HOST, beside those that gen --out DIR makes
    #[arg(long, value_name = "DIR", help_heading = "Directories")]
    out: PathBuf,

    /// The certificates directory on the hosts [default: /etc/kubernetes/pki]
    #[arg(long, value_name = "DIR", help_heading = "Directories")]
    cert_dir: Option<PathBuf>,

    /// Show what would be done and write nothing
    #[arg(long)]
    dry_run: bool,

    /// How the result is printed
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Format,
}

const AFTER_HELP: &str = "\
What is written, by host: etc/etcd.env and etc/systemd/system/etcd.service of an external etcd,
etc/keepalived, etc/haproxy or kube-vip's manifest in front of the API servers, and what kubeadm
init and kubeadm join read. DIR/RUNBOOK.md has the commands of the whole set-up in their order. What
the documents of kubeadm leave open is said in a further one of the kind Setup: see docs/render.md.
A file that is there and differs is replaced, and kept in DIR/kpki-backup-*.

EXAMPLES
  kpki gen -f cluster.yaml --out ./pki --render
      certificates and files of every host, in one step
  kpki render -f cluster.yaml --out ./pki
      the files anew, with the pin of the CA in ./pki/shared
  kpki render -f cluster.yaml --out ./pki --dry-run
      what would change

EXIT CODES
  0  the files are there
  2  it could not be done, or a question is open; the message says which";

pub(crate) fn run(args: Args, env: &mut Env) -> Result<Outcome, Failure> {
    let described = args.cluster.clone().describe()?;
    let from_file = described.certificates_dir.as_ref().map(PathBuf::from);
    let cert_dir = args.cert_dir.clone().or(from_file);
    let cert_dir = cert_dir.unwrap_or_else(|| PathBuf::from(CERT_DIR));
    let layout = Layout::fleet(&args.out, &described.cluster, &cert_dir, None)?;
    let set_up = SetUp {
        described: &described,
        layout: &layout,
        description: args.cluster.file().and_then(|file| layout.way_to(file)),
        naming: None,
    };
    let report = |files: &RenderedFiles,
                  to_do: &ToDo,
                  published: Option<&Published>,
                  unfit: Option<Unfit>,
                  recovered: Option<Recovered>,
                  env: &Env| {
        let mut report = RenderReport::new(&described, &layout, files, published, args.dry_run);
        report.add_certificates(unfit);
        report.add_steps(&layout, files, to_do);
        if let Some(recovered) = recovered {
            report.add_recovered(recovered);
        }
        match args.output {
            Format::Json => output::json(&report),
            Format::Text => output::text(&report.to_text(env)),
        }
    };
    if args.dry_run {
        let root = Root::open(&layout.root)?;
        let recovered = foresee_recovery(root.as_ref())?;
        let ca = root.as_ref().and_then(|root| ca_certificate(root, &layout));
        let files = set_up.files(root.as_ref(), ca.as_ref().map(|ca| ca.as_slice()), env.now)?;
        let unfit = set_up.unfit(root.as_ref(), env.now)?;
        let unfit = ca.is_some().then_some(unfit);
        let to_do = args.to_do(&described, &layout, &files, unfit.as_ref());
        return report(&files, &to_do, None, unfit, recovered, env);
    }
    // What cannot be rendered shall not leave a directory behind.
    set_up.files(None, None, env.now)?;
    let root = Root::open_or_create(&layout.root)?;
    let (locked, recovered) = lock(&root, env.now)?;
    let ca = ca_certificate(&root, &layout);
    let mut files = set_up.files(Some(&root), ca.as_ref().map(|ca| ca.as_slice()), env.now)?;
    let unfit = set_up.unfit(Some(&root), env.now)?;
    let unfit = ca.is_some().then_some(unfit);
    // Publishing takes the contents, which tell what is to be done.
    let to_do = args.to_do(&described, &layout, &files, unfit.as_ref());
    if !files.change_anything() {
        return report(&files, &to_do, None, unfit, recovered, env);
    }
    files.record(&to_do, env.now)?;
    let published = locked.publish(files.new_files(), &env.now.compact())?;
    remark_on_leftover(&published);
    report(&files, &to_do, Some(&published), unfit, recovered, env)
        .map_err(|failure| failure.hint("all files are in place: only this report is lost"))
}

impl Args {
    fn to_do(
        &self,
        described: &Described,
        layout: &Layout,
        files: &RenderedFiles,
        unfit: Option<&Unfit>,
    ) -> ToDo {
        let command = match unfit {
            None => Some((" --render", ", of which there are none yet")),
            Some(unfit) => unfit.flags().map(|flags| (flags, "")),
        };
        let command = command.map(|(more, why)| {
            let shown = |path: &Path| shell::path(path.as_os_str().as_encoded_bytes());
            let file = self.cluster.file().filter(|_| self.cluster.is_file_alone());
            let way = file.and_then(|file| layout.way_to(file));
            OtherRun {
                here: format!(
                    "{}, for the certificates{why}",
                    self.mend(file.map(shown), &shown(&self.out), more)
                ),
                in_directory: self.mend(way.map(|way| shell::path(way.as_bytes())), ".", more),
            }
        });
        files.to_do(&described.cluster, &Certificates::Elsewhere(command))
    }

    /// The command that makes the certificates of the same cluster.
    fn mend(&self, file: Option<String>, out: &str, more: &str) -> String {
        let cert_dir = self.cert_dir.as_deref();
        let cert_dir = cert_dir.map(|path| {
            let path = shell::path(path.as_os_str().as_encoded_bytes());
            format!(" --cert-dir {path}")
        });
        let rest = format!("--out {out}{}{more}", cert_dir.unwrap_or_default());
        match file {
            Some(file) => format!("kpki gen -f {file} {rest}"),
            None => format!("kpki gen {rest} with the same flags about the cluster"),
        }
    }
}

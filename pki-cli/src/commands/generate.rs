//! `kpki gen`: the whole tree of every host.

mod certificate_steps;
mod external_etcd;
mod files;
mod in_the_way;
mod kept;
mod rendered;
mod settings;
mod values;

use std::path::PathBuf;

use pki_core::plan::{Inventory, Plan, PlanItem, PlanOptions};
use pki_core::{Bundle, BundleFile, CatalogEntry, Cluster, KeyAlgorithm};

pub(crate) use self::certificate_steps::CertificateSteps;
use self::files::new_files;
pub(crate) use self::files::{
    Recovered, foresee_recovery, lock, lock_recovering, read, remark_on_leftover, unforeseen,
};
use crate::cli::Format;
use crate::cluster_args::{ClusterArgs, Described};
use crate::commands::render::{Certificates, RenderedFiles, SetUp, is_pending};
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::layout::Layout;
use crate::output::progress::Progress;
use crate::output::{self, gen_report::GenReport, render_report};
use crate::store::{Published, Root};

/// Make the certificates, keys and kubeconfigs of one host or of many
#[derive(Debug, clap::Args)]
#[command(visible_alias = "generate", after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,

    /// Write a tree per host below DIR, and the shared CAs to DIR/shared
    #[arg(long, value_name = "DIR", help_heading = "Directories")]
    out: Option<PathBuf>,

    /// The certificates directory on the host [default: /etc/kubernetes/pki]
    #[arg(long, value_name = "DIR", help_heading = "Directories")]
    cert_dir: Option<PathBuf>,

    /// The directory of kubeconfigs on the host [default: the parent of --cert-dir]
    #[arg(long, value_name = "DIR", help_heading = "Directories")]
    kubeconfig_dir: Option<PathBuf>,

    /// Take profiles and requests of an external etcd from cfssl's files in DIR, and name its files as cfssljson does
    #[arg(long, value_name = "DIR", help_heading = "Directories")]
    cfssl_dir: Option<PathBuf>,

    /// The algorithm of new keys: RSA-2048, RSA-3072, RSA-4096, ECDSA-P256, ECDSA-P384, ECDSA-P521 [default: RSA-2048]
    #[arg(long, value_name = "ALGORITHM", value_parser = values::key_algorithm)]
    key_algorithm: Option<KeyAlgorithm>,

    /// How long a certificate is valid, such as 8760h or 365d [default: 365d]
    #[arg(long, value_name = "DURATION", value_parser = values::validity)]
    validity: Option<i64>,

    /// How long a CA certificate is valid [default: 3650d]
    #[arg(long, value_name = "DURATION", value_parser = values::validity)]
    ca_validity: Option<i64>,

    /// Make only these and the CAs they need, by file or by kubeadm's phase: apiserver, etcd/server, admin.conf
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', num_args = 1.., value_parser = values::row)]
    only: Vec<&'static CatalogEntry>,

    /// Replace certificates and kubeconfigs that are not what is wanted or end within 30 days, and those that --only names; never a CA, never sa.*
    #[arg(long)]
    reissue: bool,

    /// Give the hosts the key of an external etcd's CA, too
    #[arg(long)]
    with_ca_keys: bool,

    /// Write the other files of the set-up as well, as 'kpki render' does
    #[arg(long, requires = "out")]
    render: bool,

    /// Show what would be done and write nothing
    #[arg(long)]
    dry_run: bool,

    /// How the result is printed
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Format,
}

const AFTER_HELP: &str = "\
EXAMPLES
  kpki gen --host master-1 --ip 10.0.0.11
      one host's tree, into /etc/kubernetes; what exists and is right is kept
  kpki gen --host m0=10.0.0.10 --host m1=10.0.0.11 --host m2=10.0.0.12 \\
           --control-plane-endpoint vip.k8s.internal:6443 --out ./pki
      ./pki/m0/etc/kubernetes/..., ./pki/m1/..., ./pki/m2/..., with common CAs in ./pki/shared
  kpki gen -f kubeadm.yaml --dry-run
      what would be made for the host of kubeadm's configuration
  kpki gen --host m0=10.0.0.10 --etcd external --cfssl-dir ./cfssl --out ./pki
      an external etcd by the rules of ca-config.json, ca-csr.json and client.json
  kpki gen --host master-1 --ip 10.0.0.21 --only apiserver --reissue
      a new certificate for a new address, with a backup of the old one

EXIT CODES
  0  the tree is what was asked for
  2  it could not be done; the message says so if anything was written";

pub(crate) fn run(args: Args, env: &mut Env) -> Result<Outcome, Failure> {
    let mut described = args.cluster.clone().describe()?;
    args.apply(&mut described);
    let layout = args.layout(&described)?;
    let options = args.options(&described.cluster)?;
    described
        .notes
        .extend(external_etcd::other_client_files(&described, &options));
    let cluster = &described.cluster;
    let set_up = SetUp {
        described: &described,
        layout: &layout,
        description: args.cluster.file().and_then(|file| layout.way_to(file)),
        naming: Some(&options.etcd_naming),
    };
    let render = |root: Option<&Root>, ca: Option<&[u8]>, env: &Env| match args.render {
        true => set_up.files(root, ca, env.now).map(Some),
        false => Ok(None),
    };
    let end = |plan: &Plan, done, rendered: Option<RenderedFiles>, next, recovered, env: &Env| {
        let ended = Ended {
            plan,
            done,
            rendered,
            next,
            recovered,
        };
        finish(&args, &described, &layout, &options, ended, env)
    };
    let steps = |plan: &Plan, root: Option<&Root>| {
        let is_pending = root.is_some_and(is_pending);
        CertificateSteps::new(plan, cluster, &layout, is_pending, args.render)
    };
    if args.dry_run {
        let root = Root::open(&layout.root)?;
        let recovered = foresee_recovery(root.as_ref())?;
        let inventory = read(root.as_ref(), cluster, &options, &layout)?;
        let plan = Plan::new(cluster, &options, &inventory, env.now)?;
        let ca = rendered::ca(&[], &inventory, &options);
        let rendered = render(root.as_ref(), ca, env)?;
        let steps = steps(&plan, root.as_ref());
        let next = match &rendered {
            Some(rendered) => {
                let to_do = rendered.to_do(cluster, &Certificates::Made(&steps));
                render_report::next(&layout, rendered, &to_do, true)
            }
            None => steps.foreseen(cluster),
        };
        return end(&plan, Done::DryRun, rendered, next, recovered, env);
    }
    // What cannot be rendered shall not leave a directory behind.
    render(None, None, env)?;
    let root = Root::open_or_create(&layout.root)?;
    let (locked, recovered) = lock(&root, env.now)?;
    let inventory = read(Some(&root), cluster, &options, &layout)?;
    // What a running etcd cannot become is no matter of --reissue.
    render(Some(&root), rendered::ca(&[], &inventory, &options), env)?;
    let plan = Plan::new(cluster, &options, &inventory, env.now)?;
    if plan.is_blocked() {
        return end(&plan, Done::Nothing, None, Vec::new(), recovered, env);
    }
    let steps = steps(&plan, Some(&root));
    let made = match plan.changes_anything() {
        true => make(&plan, cluster, &inventory, env)?,
        false => Vec::new(),
    };
    let ca = rendered::ca(&made, &inventory, &options);
    let mut rendered = render(Some(&root), ca, env)?;
    let next = match &mut rendered {
        None => steps
            .alone(cluster)
            .iter()
            .map(ToString::to_string)
            .collect(),
        Some(rendered) => {
            let to_do = rendered.to_do(cluster, &Certificates::Made(&steps));
            rendered.record(&to_do, env.now)?;
            render_report::next(&layout, rendered, &to_do, false)
        }
    };
    let mut files = new_files(made, &layout)?;
    files.extend(rendered.iter_mut().flat_map(RenderedFiles::new_files));
    if files.is_empty() {
        return end(&plan, Done::Nothing, rendered, next, recovered, env);
    }
    let published = locked.publish(files, &env.now.compact())?;
    end(
        &plan,
        Done::Written(published),
        rendered,
        next,
        recovered,
        env,
    )
}

fn make(
    plan: &Plan,
    cluster: &Cluster,
    inventory: &Inventory,
    env: &mut Env,
) -> Result<Vec<BundleFile>, Failure> {
    let made = |item: &&PlanItem| item.action.make().is_some();
    let keys = plan.items().iter().filter(made).count();
    let progress = Progress::start(env, "making keys", keys);
    let on_key = || progress.advance();
    let bundle = Bundle::new(plan, cluster, inventory, env.now, &mut env.random, &on_key)?;
    Ok(bundle.into_files())
}

/// What a run has done to the files.
pub(crate) enum Done {
    DryRun,
    Nothing,
    Written(Published),
}

/// How far a run came.
struct Ended<'a> {
    plan: &'a Plan,
    done: Done,
    rendered: Option<RenderedFiles>,
    /// What is to be done now.
    next: Vec<String>,
    recovered: Option<Recovered>,
}

fn finish(
    args: &Args,
    described: &Described,
    layout: &Layout,
    options: &PlanOptions,
    ended: Ended<'_>,
    env: &Env,
) -> Result<Outcome, Failure> {
    let Ended {
        plan,
        done,
        rendered,
        next,
        recovered,
    } = ended;
    if plan.is_blocked() {
        return Err(in_the_way::blocked(plan, described, layout, options));
    }
    if let Done::Written(published) = &done {
        remark_on_leftover(published);
    }
    let mut report = GenReport::new(described, layout, plan, next, &done);
    report.add_notes(kept::faults_of_kept(described, layout, plan, env));
    if let Some(rendered) = &rendered {
        report.add_rendered(described, layout, rendered, &done);
    }
    if let Some(recovered) = recovered {
        report.add_recovered(recovered);
    }
    let printed = match args.output {
        Format::Json => output::json(&report),
        Format::Text => output::text(&report.to_text(env)),
    };
    printed.map_err(|failure| match done {
        Done::Written(_) => failure.hint("all files are in place: only this report is lost"),
        Done::DryRun | Done::Nothing => failure,
    })
}

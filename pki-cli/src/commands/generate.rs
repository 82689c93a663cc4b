//! `kpki gen`: the whole tree of every host.

mod external_etcd;
mod in_the_way;
mod kept;

use std::path::PathBuf;
use std::time::Duration;

use pki_core::{
    Bundle, CatalogEntry, Cluster, Etcd, EtcdNaming, ExistingFile, GoDuration, Inventory,
    KeyAlgorithm, KubernetesVersion, Plan, PlanOptions,
};

use crate::cli::Format;
use crate::cluster_args::{ClusterArgs, Described};
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::layout::{CERT_DIR, Layout};
use crate::output::progress::Progress;
use crate::output::{self, gen_report::GenReport};
use crate::store::{Entry, Locked, NewFile, Published, Recovery, Root};

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
    #[arg(long, value_name = "ALGORITHM", value_parser = key_algorithm)]
    key_algorithm: Option<KeyAlgorithm>,

    /// How long a certificate is valid, such as 8760h or 365d [default: 365d]
    #[arg(long, value_name = "DURATION", value_parser = validity)]
    validity: Option<i64>,

    /// How long a CA certificate is valid [default: 3650d]
    #[arg(long, value_name = "DURATION", value_parser = validity)]
    ca_validity: Option<i64>,

    /// Make only these and the CAs they need, by file or by kubeadm's phase: apiserver, etcd/server, admin.conf
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', num_args = 1.., value_parser = row)]
    only: Vec<&'static CatalogEntry>,

    /// Replace certificates and kubeconfigs that are not what is wanted or end within 30 days, and those that --only names; never a CA, never sa.*
    #[arg(long)]
    reissue: bool,

    /// Give the hosts the key of an external etcd's CA, too
    #[arg(long)]
    with_ca_keys: bool,

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

/// Another run may take as long as its keys do.
const LOCK_WAIT: Duration = Duration::from_secs(30);

pub(crate) fn run(args: Args, env: &mut Env) -> Result<Outcome, Failure> {
    let mut described = args.cluster.clone().describe()?;
    args.apply(&mut described);
    let layout = args.layout(&described)?;
    let options = args.options(&described.cluster)?;
    described
        .notes
        .extend(external_etcd::other_client_files(&described, &options));
    let cluster = &described.cluster;
    if args.dry_run {
        let root = Root::open(&layout.root)?;
        let inventory = read(root.as_ref(), cluster, &options, &layout)?;
        let plan = Plan::new(cluster, &options, &inventory, env.now)?;
        return finish(
            &args,
            &described,
            &layout,
            &options,
            &plan,
            Done::DryRun,
            env,
        );
    }
    let root = Root::open_or_create(&layout.root)?;
    let locked = lock(&root, env)?;
    let inventory = read(Some(&root), cluster, &options, &layout)?;
    let plan = Plan::new(cluster, &options, &inventory, env.now)?;
    if plan.is_blocked() || !plan.changes_anything() {
        return finish(
            &args,
            &described,
            &layout,
            &options,
            &plan,
            Done::Nothing,
            env,
        );
    }
    let keys = plan
        .items()
        .iter()
        .filter(|item| item.action.make().is_some())
        .count();
    let progress = Progress::start(env, "making keys", keys);
    let on_key = || progress.advance();
    let bundle = Bundle::new(
        &plan,
        cluster,
        &inventory,
        env.now,
        &mut env.random,
        &on_key,
    )?;
    drop(progress);
    let published = publish(&locked, bundle, &layout, env)?;
    finish(
        &args,
        &described,
        &layout,
        &options,
        &plan,
        Done::Written(published),
        env,
    )
}

/// What a run has done to the files.
pub(crate) enum Done {
    DryRun,
    Nothing,
    Written(Published),
}

impl Args {
    /// Lets the flags about keys and validity win over the file.
    fn apply(&self, described: &mut Described) {
        const DAY: i64 = 86_400;
        // The longest that browsers and some TLS libraries accept of a server.
        const LONG_DAYS: i64 = 398;
        if let Some(algorithm) = self.key_algorithm {
            described.cluster.key_algorithm = algorithm;
            described.cluster.kubeconfig_key_algorithm = algorithm;
        }
        let version = described.cluster.kubernetes_version;
        let ecdsa = described
            .cluster
            .key_algorithm
            .to_string()
            .starts_with("ECDSA");
        if ecdsa && !version.is_at_least(15) {
            described.notes.push(format!(
                "kubeadm {version} reads RSA keys only (\"isn't in RSA format\", kubeadm#984): use RSA-2048"
            ));
        }
        if version.minor() > KubernetesVersion::NEWEST.minor() {
            described.notes.push(format!(
                "{version} is newer than this kpki knows: the tree is that of {}",
                KubernetesVersion::NEWEST
            ));
        }
        if let Some(seconds) = self.validity {
            described.cluster.validity_seconds = seconds;
        }
        if let Some(seconds) = self.ca_validity {
            described.cluster.ca_validity_seconds = seconds;
        }
        let ca_days = described.cluster.ca_validity_seconds / DAY;
        if described.cluster.ca_validity_seconds > Cluster::DEFAULT_CA_VALIDITY_SECONDS {
            described.notes.push(format!(
                "CAs valid for {ca_days} days outlive the algorithms and people of today; kubeadm's are valid for 3650"
            ));
        }
        let days = described.cluster.validity_seconds / DAY;
        if days > LONG_DAYS {
            described.notes.push(format!(
                "certificates valid for {days} days cannot be revoked in Kubernetes, and some \
                 clients refuse more than {LONG_DAYS}"
            ));
        }
    }

    fn layout(&self, described: &Described) -> Result<Layout, Failure> {
        let from_file = described.certificates_dir.as_ref().map(PathBuf::from);
        let cert_dir = self
            .cert_dir
            .clone()
            .or(from_file)
            .unwrap_or_else(|| PathBuf::from(CERT_DIR));
        let kubeconfig_dir = self.kubeconfig_dir.as_deref();
        let cluster = &described.cluster;
        match (&self.out, &cluster.hosts[..]) {
            (Some(out), _) => Layout::fleet(out, cluster, &cert_dir, kubeconfig_dir),
            (None, [_]) => Layout::in_place(&cert_dir, kubeconfig_dir),
            (None, hosts) => Err(Failure::new(format!(
                "{} hosts have no place in one tree",
                hosts.len()
            ))
            .hint(format!(
                "give --out DIR for a tree per host, or --host {} for this one",
                hosts[0].name
            ))),
        }
    }

    fn options(&self, cluster: &Cluster) -> Result<PlanOptions, Failure> {
        let files = match &cluster.etcd {
            Etcd::External(external) => external.client_files.as_ref(),
            Etcd::Stacked { .. } => None,
        };
        let cfssl = self
            .cfssl_dir
            .as_deref()
            .map(|dir| external_etcd::cfssl(dir, cluster))
            .transpose()?;
        Ok(PlanOptions {
            shared_home: self.out.is_some(),
            etcd_naming: match cfssl {
                Some(_) => EtcdNaming::Cfssl,
                None => EtcdNaming::of(files),
            },
            cfssl,
            only: self.only.clone(),
            reissue: self.reissue,
            with_ca_keys: self.with_ca_keys,
        })
    }
}

fn lock<'a>(root: &'a Root, env: &Env) -> Result<Locked<'a>, Failure> {
    let waiting = |holder: &crate::store::Holder| {
        output::remark(&format!(
            "waiting for another run in this directory: {holder}"
        ));
    };
    let locked = root.lock(&env.now.to_string(), LOCK_WAIT, waiting)?;
    match locked.recover()? {
        Recovery::Nothing => {}
        Recovery::Finished { files } => output::remark(&format!(
            "an earlier run was interrupted while it put {files} files in place: finished now"
        )),
        Recovery::Undone { files, because } => {
            let reason = because
                .map(|error| format!(" ({error})"))
                .unwrap_or_default();
            output::remark(&format!(
                "an earlier run was interrupted: what it left of {files} files was undone{reason}"
            ));
        }
    }
    Ok(locked)
}

/// Reads every file that the plan asks about.
fn read(
    root: Option<&Root>,
    cluster: &Cluster,
    options: &PlanOptions,
    layout: &Layout,
) -> Result<Inventory, Failure> {
    let mut inventory = Inventory::new();
    let Some(root) = root else {
        return Ok(inventory);
    };
    for (site, file) in Plan::files(cluster, options) {
        let path = layout.path(site, &file)?;
        let existing = match root.read_following(&path).entry {
            Entry::Absent => continue,
            Entry::File { bytes, .. } => ExistingFile::Content(bytes),
            Entry::TooLarge { size } => {
                ExistingFile::Unreadable(format!("it has {size} bytes, too many for such a file"))
            }
            Entry::Other { kind } => ExistingFile::Unreadable(format!("it is {kind}, not a file")),
            Entry::Unreadable { reason } => ExistingFile::Unreadable(reason),
        };
        inventory.insert(site, file, existing);
    }
    Ok(inventory)
}

fn publish(
    locked: &Locked<'_>,
    bundle: Bundle,
    layout: &Layout,
    env: &Env,
) -> Result<Published, Failure> {
    let mut files = Vec::new();
    for made in bundle.into_files() {
        files.push(NewFile {
            path: layout.path(made.site, &made.file)?,
            mode: made.file.role.mode(),
            bytes: made.content,
            replaces: made.replaces,
        });
    }
    Ok(locked.publish(files, &env.now.compact())?)
}

fn finish(
    args: &Args,
    described: &Described,
    layout: &Layout,
    options: &PlanOptions,
    plan: &Plan,
    done: Done,
    env: &Env,
) -> Result<Outcome, Failure> {
    if plan.is_blocked() {
        return Err(in_the_way::blocked(plan, described, layout, options));
    }
    if let Done::Written(Published {
        leftover: Some(error),
        ..
    }) = &done
    {
        output::remark(&format!(
            "everything is in place, but {error}; the next run clears it"
        ));
    }
    let mut report = GenReport::new(described, layout, plan, &done);
    report.add_notes(kept::faults_of_kept(described, layout, plan, env));
    let printed = match args.output {
        Format::Json => output::json(&report),
        Format::Text => output::text(&report.to_text(env)),
    };
    printed.map_err(|failure| match done {
        Done::Written(_) => failure.hint("all files are in place: only this report is lost"),
        Done::DryRun | Done::Nothing => failure,
    })
}

fn row(name: &str) -> Result<&'static CatalogEntry, String> {
    // As it stands in the table, too: pki/apiserver.crt.
    let plain = name.strip_prefix("pki/").unwrap_or(name);
    let plain = [".crt", ".key", ".pub"]
        .iter()
        .find_map(|end| plain.strip_suffix(end))
        .unwrap_or(plain);
    CatalogEntry::find(plain).ok_or_else(|| match CatalogEntry::suggest(name) {
        Some(near) => format!(
            "there is none of this name; did you mean '{}'?",
            near.base_name
        ),
        None => {
            let names: Vec<_> = pki_core::CATALOG
                .iter()
                .map(|entry| entry.base_name)
                .collect();
            format!("there is none of this name; there are {}", names.join(", "))
        }
    })
}

/// kube-apiserver and kubeadm read RSA and ECDSA keys only.
fn key_algorithm(name: &str) -> Result<KeyAlgorithm, String> {
    match name.parse::<KeyAlgorithm>() {
        Ok(KeyAlgorithm::Ed25519) => Err(
            "kubeadm refuses such keys (\"is neither in RSA nor ECDSA format\"): use ECDSA-P256, \
             which every Kubernetes since 1.15 reads"
                .to_owned(),
        ),
        other => other.map_err(|error| error.to_string()),
    }
}

/// A Go duration, or whole days.
fn validity(text: &str) -> Result<i64, String> {
    const SHORTEST: i64 = 3600;
    let days = text
        .strip_suffix('d')
        .and_then(|days| days.parse::<u32>().ok());
    let seconds = match days {
        Some(days) => i64::from(days) * 86_400,
        None => text
            .parse::<GoDuration>()
            .map_err(|error| error.to_string())?
            .seconds(),
    };
    match seconds {
        SHORTEST.. => Ok(seconds),
        _ => Err("an hour is the shortest validity".to_owned()),
    }
}

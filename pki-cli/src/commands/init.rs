//! `kpki init`: a cluster file with comments, from flags.

use std::path::{Path, PathBuf};

use pki_core::setup::{
    AuthPass, EtcdVersion, InterfaceName, LoadBalancerKind, PodNetwork, Setup, SetupDescription,
    SetupError, VirtualIp, VirtualRouterId,
};
use pki_core::{
    Cluster, ClusterFile, ControlPlaneEndpoint, Etcd, Host, PodSubnet, RandomSource as _, Roles,
};
use zeroize::Zeroizing;

use crate::cli::{Format, OutputArgs};
use crate::cluster_args::{ClusterArgs, HostArg};
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::output::init_report::InitReport;
use crate::store::{Replacement, ReplacementMode, StoreError, TargetDirectory, quote};

/// Write a cluster file with comments from flags
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,

    /// A host that runs pods alone (can be repeated)
    #[arg(long = "worker", value_name = "NAME=ADDRESS", help_heading = "Cluster")]
    workers: Vec<HostArg>,

    /// A member of an external etcd that is no control plane host (can be repeated)
    #[arg(
        long = "etcd-host",
        value_name = "NAME=ADDRESS",
        help_heading = "Cluster"
    )]
    etcd_hosts: Vec<HostArg>,

    /// The name of the cluster [default: kubernetes]
    #[arg(long, value_name = "NAME", help_heading = "Cluster")]
    name: Option<String>,

    /// The range of pod addresses [default: 10.244.0.0/16, or fd00:10:244::/56 for hosts of IPv6]
    #[arg(long, value_name = "CIDR[,CIDR]", help_heading = "Cluster")]
    pod_cidr: Option<PodSubnet>,

    #[command(flatten)]
    setup: SetupArgs,

    /// Write to this file, which must not be there yet, rather than to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// What a set-up needs besides certificates
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Set-up")]
struct SetupArgs {
    /// What stands in front of the API servers: keepalived, keepalived+haproxy, kube-vip, external
    #[arg(long, value_name = "TYPE")]
    load_balancer: Option<LoadBalancerKind>,

    /// The address that moves between the control plane hosts
    #[arg(long, value_name = "ADDRESS[/BITS]")]
    virtual_ip: Option<VirtualIp>,

    /// The network interface that gets it
    #[arg(long, value_name = "NAME")]
    interface: Option<InterfaceName>,

    /// The number of the virtual router, 1 to 255 [default: 51]
    #[arg(long, value_name = "NUMBER")]
    router_id: Option<VirtualRouterId>,

    /// The version of an external etcd [default: as the cluster's kubeadm has it]
    #[arg(long, value_name = "VERSION")]
    etcd_version: Option<EtcdVersion>,

    /// What connects the pods: calico, flannel, cilium, weave, none [default: calico, before 1.21 flannel]
    #[arg(long, value_name = "PLUGIN")]
    pod_network: Option<PodNetwork>,
}

const AFTER_HELP: &str = "\
The file is what -f of the other commands reads. The password of keepalived is random; a file that
is written is for its owner to read. Without --control-plane-endpoint the virtual IP is the shared
address. The members of an external etcd know each other by their common name. Whatever nobody but
you can know is asked for.

EXAMPLES
  kpki init --host m0=10.0.0.10 --host m1=10.0.0.11 --host m2=10.0.0.12 \\
            --virtual-ip 10.0.0.100 --interface eth0 --etcd external --out cluster.yaml
      three masters with an etcd of their own beside them
  kpki init --host m0=10.0.0.10 >cluster.yaml
      one host

EXIT CODES
  0  the file is written
  2  something must be known first, contradicts itself, or the file is there already";

pub(crate) fn run(args: Args, env: &mut Env) -> Result<Outcome, Failure> {
    if args.cluster.file().is_some() {
        return Err(
            Failure::new("-f names a file that is there: 'init' writes a new one")
                .hint("leave -f out, and say with flags what the cluster is"),
        );
    }
    if args.out.is_none() && args.output.output == Format::Json {
        return Err(
            Failure::new("the file and the report cannot both go to stdout")
                .hint("write --out FILE, or leave -o json out"),
        );
    }
    let (cluster, mut description, notes) = describe(&args)?;
    let setup = Setup::resolve(&cluster, &description).map_err(|error| question(&error))?;
    description.pod_network = Some(setup.pod_network);
    let keepalived = setup.load_balancer.keepalived();
    // VRRP of IPv6 knows no password.
    if keepalived.is_some_and(|it| it.virtual_ip.address().is_ipv4()) {
        description.load_balancer.auth_pass = Some(password(env)?);
    }
    let text = ClusterFile::draft(&cluster, &description);
    let notes = notes
        .into_iter()
        .chain(setup.notes.iter().map(ToString::to_string));
    let Some(out) = &args.out else {
        notes.for_each(|note| output::remark(&note));
        return output::text(&text);
    };
    write(out, &text)?;
    let report = InitReport::new(out, &cluster, notes.collect());
    match args.output.output {
        Format::Text => output::text(&report.to_text()),
        Format::Json => output::json(&report),
    }
}

fn describe(args: &Args) -> Result<(Cluster, SetupDescription, Vec<String>), Failure> {
    let described = args.cluster.clone().describe()?;
    let (mut cluster, notes) = (described.cluster, described.notes);
    let mut hosts = cluster.hosts.iter();
    if !args.cluster.says_service_cidr() && hosts.any(|host| host.advertise_address.is_ipv6()) {
        cluster.service_subnet = "fd00:10:96::/112".parse()?;
    }
    if let Some(name) = &args.name {
        cluster.name = named(name)?;
    }
    let pods = match &args.pod_cidr {
        Some(pods) => pods.clone(),
        None => usual_pods(&cluster)?,
    };
    if pods.overlaps(&cluster.service_subnet) {
        return Err(Failure::new(format!(
            "--pod-cidr {pods} overlaps the range of services, {}",
            cluster.service_subnet
        ))
        .hint("choose another range with --pod-cidr or --service-cidr"));
    }
    cluster.pod_subnet = Some(pods);
    add_others(args, &mut cluster)?;
    if cluster.control_plane_endpoint.is_none()
        && let Some(virtual_ip) = args.setup.virtual_ip
    {
        let endpoint = ControlPlaneEndpoint::from(virtual_ip.address());
        cluster.control_plane_endpoint = Some(match args.setup.load_balancer {
            Some(LoadBalancerKind::KeepalivedHaproxy) => endpoint.with_port(HAPROXY_PORT),
            // kubeadm of 1.10 takes a host alone there.
            _ if !cluster.kubernetes_version.is_at_least(11) => endpoint,
            _ => endpoint.with_port(Host::DEFAULT_BIND_PORT),
        });
    }
    let mut description = SetupDescription {
        pod_network: args.setup.pod_network,
        ..SetupDescription::default()
    };
    let balancer = &mut description.load_balancer;
    balancer.kind = args.setup.load_balancer;
    balancer.virtual_ip = args.setup.virtual_ip;
    balancer.interface = args.setup.interface.clone();
    balancer.router_id = args.setup.router_id;
    if let Etcd::External(external) = &mut cluster.etcd {
        let peers = args.cluster.says_etcd_peers();
        external.peers = peers.unwrap_or_else(|| description.etcd_peers());
        description.etcd.peers = Some(external.peers);
        description.etcd.version = args.setup.etcd_version;
    }
    Ok((cluster, description, notes))
}

/// A range of the family of the hosts.
fn usual_pods(cluster: &Cluster) -> Result<PodSubnet, Failure> {
    let mut hosts = cluster.hosts.iter();
    let text = match hosts.any(|host| host.advertise_address.is_ipv6()) {
        true => "fd00:10:244::/56",
        false => "10.244.0.0/16",
    };
    Ok(text.parse()?)
}

/// Where haproxy listens if nobody says: the API servers have 6443.
const HAPROXY_PORT: u16 = 8443;

fn named(name: &str) -> Result<String, Failure> {
    match name.is_empty() || name.chars().any(char::is_control) {
        true => Err(Failure::new("--name is empty or has a control character")),
        false => Ok(name.to_owned()),
    }
}

/// Hosts that are not of the control plane.
fn add_others(args: &Args, cluster: &mut Cluster) -> Result<(), Failure> {
    if !args.etcd_hosts.is_empty() {
        if !cluster.has_external_etcd() {
            return Err(Failure::new(
                "--etcd-host is for an external etcd, and this one is stacked",
            )
            .hint("add --etcd external"));
        }
        for host in &mut cluster.hosts {
            host.roles.etcd = false;
        }
    }
    let others = args.workers.iter().map(|host| (host, "--worker", false));
    let others = others.chain(
        args.etcd_hosts
            .iter()
            .map(|host| (host, "--etcd-host", true)),
    );
    for (arg, flag, etcd) in others {
        let name = &arg.name.value;
        let Some(address) = &arg.address else {
            return Err(Failure::new(format!("{flag} {name} has no address"))
                .hint(format!("write {flag} {name}=ADDRESS")));
        };
        let same = |host: &&Host| host.name == *name || host.advertise_address == address.value;
        if let Some(first) = cluster.hosts.iter().find(same) {
            return Err(Failure::new(format!(
                "{flag} {name}: the host {} has this name or address",
                first.name
            )));
        }
        cluster.hosts.push(Host {
            cert_sans: arg.cert_sans.iter().map(|san| san.value.clone()).collect(),
            roles: Roles {
                control_plane: false,
                etcd,
            },
            ..Host::control_plane(name.clone(), address.value)
        });
    }
    Ok(())
}

/// Eight characters of 32: one octet gives one.
fn password(env: &mut Env) -> Result<AuthPass, Failure> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut octets = Zeroizing::new([0u8; AuthPass::LONGEST]);
    env.random
        .fill(&mut *octets)
        .map_err(|error| Failure::new(error.to_string()))?;
    let letters = octets.iter().map(|octet| {
        let index = usize::from(*octet) % LETTERS.len();
        LETTERS.get(index).map_or('x', |letter| char::from(*letter))
    });
    let text: Zeroizing<String> = Zeroizing::new(letters.collect());
    text.parse()
        .map_err(|error: pki_core::Error| Failure::new(error.to_string()))
}

/// The question with the flag that answers it.
fn question(error: &SetupError) -> Failure {
    let flag = match error.field.as_str() {
        "loadBalancer" | "loadBalancer.virtualIP" => {
            "--virtual-ip ADDRESS, or --load-balancer external"
        }
        "loadBalancer.interface" => "--interface NAME",
        "loadBalancer.type" if error.answer == "type: keepalived" => "--load-balancer keepalived",
        "loadBalancer.type" => "--load-balancer external",
        "controlPlaneEndpoint" => "--virtual-ip ADDRESS or --control-plane-endpoint HOST:PORT",
        "etcd.peers" => "--etcd-peers own-ca",
        "etcd.token" => "--name NAME, of letters, digits and hyphens",
        "etcd" | "etcd.external" => "--etcd external, or --kubernetes-version 1.13 or later",
        field @ ("podNetwork.plugin"
        | "networking.podSubnet"
        | "networking.serviceSubnet"
        | "api.controlPlaneEndpoint") => {
            let (word, flag) = match field {
                "podNetwork.plugin" => ("plugin: ", "--pod-network "),
                "networking.podSubnet" => ("podSubnet: ", "--pod-cidr "),
                "networking.serviceSubnet" => ("serviceSubnet: ", "--service-cidr "),
                _ => ("controlPlaneEndpoint: ", "--control-plane-endpoint "),
            };
            let answer = error.answer.replace(word, flag);
            return Failure::new(error.to_string()).hint(format!("say {answer}"));
        }
        _ => return Failure::new(error.to_string()).hint(format!("write {}", error.answer)),
    };
    Failure::new(error.to_string()).hint(format!("say {flag}"))
}

/// For nobody else to read, and never in the place of another file.
fn write(out: &Path, text: &str) -> Result<(), Failure> {
    const MODE: u32 = 0o600;
    let shown = quote(out);
    let name = out.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| Failure::new(format!("{shown} is not the name of a file")))?;
    let above = out.parent().unwrap_or_else(|| Path::new(""));
    let file = Replacement {
        name: name.to_owned(),
        bytes: Zeroizing::new(text.as_bytes().to_vec()),
        mode: ReplacementMode::New(MODE),
    };
    let written =
        TargetDirectory::open(above).and_then(|directory| directory.replace(&[file], &[]));
    written.map_err(|error| match error {
        StoreError::Exists { .. } => Failure::new(format!("{shown} is there already"))
            .hint("choose another name, or move it away"),
        other => other.into(),
    })
}

//! What the running servers show, for `kpki verify --live`: a TLS handshake
//! with each of them, and nothing behind it.

mod client;
mod crowd;
mod endpoint;
mod handshake;
mod limits;
mod p521;
mod recorder;
mod resolve;

use pki_core::{Expectation, LiveEndpoint, LiveFiles, Report, Tree};

use self::client::ClientCertificates;
use self::endpoint::NamedEndpoint;
use self::limits::Limits;
use crate::env::Env;
use crate::failure::Failure;

/// Whether and which running servers are asked
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Running servers")]
pub(crate) struct LiveArgs {
    /// Shake hands with the running servers, and compare what they show with the files
    #[arg(long)]
    live: bool,

    /// Ask this server instead of those that the description of the host leads to; SERVER is
    /// apiserver, etcd or etcd-peer, else the port tells (can be repeated)
    #[arg(
        long = "endpoint",
        value_name = "[SERVER=]HOST[:PORT]",
        requires = "live"
    )]
    endpoints: Vec<NamedEndpoint>,
}

impl LiveArgs {
    /// With several trees, the description alone tells which server is whose.
    pub(crate) fn fit_many(&self, is_described: bool) -> Result<(), Failure> {
        let message = match (self.live, &self.endpoints[..]) {
            (true, [_, ..]) => "--endpoint says not which of several trees its server belongs to",
            (true, []) if !is_described => {
                "--live has no server to ask: nothing says which hosts these are"
            }
            _ => return Ok(()),
        };
        Err(Failure::new(message).hint("add -f FILE that describes the hosts, or give one DIR"))
    }
}

/// Adds to a report what the servers show, if that is asked for. Of one tree
/// alone it is an error if it has none; of several, some may be homes of CAs.
pub(crate) fn check(
    args: &LiveArgs,
    alone: bool,
    report: Report,
    tree: &Tree,
    expectation: &Expectation,
    env: &Env,
) -> Result<Report, Failure> {
    if !args.live {
        return Ok(report);
    }
    let (endpoints, not_asked) = match &args.endpoints[..] {
        [] => LiveEndpoint::described(expectation),
        named => {
            let mut endpoints: Vec<LiveEndpoint> = Vec::new();
            for endpoint in named.iter().map(|one| one.to_endpoint(expectation)) {
                if !endpoints.contains(&endpoint) {
                    endpoints.push(endpoint);
                }
            }
            (endpoints, Vec::new())
        }
    };
    if endpoints.is_empty() && !alone {
        return Ok(report);
    }
    if endpoints.is_empty() {
        return Err(
            Failure::new("--live has no server to ask: nothing says where one listens").hint(
                "add --endpoint 127.0.0.1:6443 or another, or --host NAME --ip ADDRESS, or -f FILE",
            ),
        );
    }
    if endpoints.len() > MOST {
        return Err(Failure::new(format!(
            "{} servers are more than the {MOST} that are asked at once",
            endpoints.len()
        ))
        .hint("ask some of them with --endpoint"));
    }
    let files = LiveFiles::of(tree, expectation);
    let clients = ClientCertificates::of(&files, tree);
    let served = crowd::ask(&endpoints, &clients, Limits::USUAL);
    Ok(report.with_live(&files, &served, not_asked, env.now))
}

/// A cluster has a few; each may take its five seconds.
const MOST: usize = 128;

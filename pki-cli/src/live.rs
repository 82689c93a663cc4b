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

use pki_core::{Expectation, LiveEndpoint, LiveFiles, NotChecked, Report, Tree, TreeRole};

use self::client::ClientCertificates;
use self::crowd::{Answer, Call};
use self::endpoint::NamedEndpoint;
use self::limits::Limits;
use crate::env::Env;
use crate::failure::Failure;
use crate::output::progress::Progress;

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
    /// Of several trees nothing says to which a server belongs that somebody names.
    pub(crate) fn fit_many(&self) -> Result<(), Failure> {
        if self.endpoints.is_empty() {
            return Ok(());
        }
        let message = "--endpoint says not which of several trees its server belongs to";
        Err(Failure::new(message).hint("add -f FILE that describes the hosts, or give one DIR"))
    }

    /// What is to be asked about a tree of which this is known; `None` if
    /// nothing is to be asked at all.
    pub(crate) fn questions(
        &self,
        role: Option<TreeRole>,
        tree: &Tree,
        expectation: &Expectation,
    ) -> Option<Questions> {
        if !self.live {
            return None;
        }
        let (endpoints, mut not_asked) = match &self.endpoints[..] {
            [] => LiveEndpoint::described(expectation),
            named => (named_endpoints(named, expectation), Vec::new()),
        };
        let has_servers = !matches!(role, Some(TreeRole::Authorities | TreeRole::Worker));
        if endpoints.is_empty() && not_asked.is_empty() && has_servers {
            not_asked.push(NotChecked {
                what: "what the running servers show".to_owned(),
                why: "nothing says where they listen".to_owned(),
                flag: Some("-f FILE"),
            });
        }
        let files = LiveFiles::of(tree, expectation);
        Some(Questions {
            endpoints,
            not_asked,
            clients: ClientCertificates::of(&files, tree),
            files,
        })
    }
}

fn named_endpoints(named: &[NamedEndpoint], expectation: &Expectation) -> Vec<LiveEndpoint> {
    let mut endpoints: Vec<LiveEndpoint> = Vec::new();
    for endpoint in named.iter().map(|one| one.to_endpoint(expectation)) {
        if !endpoints.contains(&endpoint) {
            endpoints.push(endpoint);
        }
    }
    endpoints
}

/// The servers of one tree, and what of the tree their answers are compared with.
pub(crate) struct Questions {
    endpoints: Vec<LiveEndpoint>,
    not_asked: Vec<NotChecked>,
    files: LiveFiles,
    clients: ClientCertificates,
}

impl Questions {
    fn calls(&self) -> impl Iterator<Item = Call> {
        let call = |endpoint: &LiveEndpoint| Call {
            endpoint: endpoint.clone(),
            client: self.clients.get(endpoint.server),
        };
        self.endpoints.iter().map(call)
    }
}

/// What servers answered so far: each is asked once, however many trees have it.
#[derive(Default)]
pub(crate) struct Answers {
    /// Those of the first servers: what all trees have is among them.
    known: Vec<Answer>,
    /// Whether anybody wanted to know anything.
    are_wanted: bool,
}

impl Answers {
    /// Asks the servers of some trees, and adds to their reports what they show.
    pub(crate) fn add_to(
        &mut self,
        trees: Vec<(&mut Report, Questions)>,
        quiet: bool,
        env: &Env,
    ) -> Result<(), Failure> {
        self.are_wanted |= !trees.is_empty();
        let mut calls: Vec<Call> = Vec::new();
        for call in trees.iter().flat_map(|(_, questions)| questions.calls()) {
            let is_known = self.known.iter().any(|answer| answer.to(&call).is_some());
            if !is_known && !calls.iter().any(|known| known.is_same(&call)) {
                calls.push(call);
            }
            if calls.len() > MOST {
                return Err(Failure::new(format!(
                    "there are more than the {MOST} servers that are asked at once"
                ))
                .hint("ask some of them with --endpoint, or check fewer trees at once"));
            }
        }
        let progress = Progress::of_waiting(env, "servers", calls.len(), quiet);
        let served = crowd::ask(&calls, Limits::USUAL, &|| progress.advance());
        drop(progress);
        let answers = calls.iter().zip(served);
        let answers = answers.map(|(call, served)| Answer::new(call, served));
        self.known.extend(answers);
        for (report, questions) in trees {
            let answer = |call: Call| self.known.iter().find_map(|answer| answer.to(&call));
            let served: Vec<_> = questions.calls().filter_map(answer).collect();
            report.add_live(&questions.files, &served, questions.not_asked, env.now);
        }
        self.known.truncate(MOST);
        Ok(())
    }

    /// Whoever asks for servers and has none to ask has forgotten something.
    pub(crate) fn end(&self) -> Result<(), Failure> {
        if self.are_wanted && self.known.is_empty() {
            return Err(Failure::new(
                "--live has no server to ask: nothing says where one listens",
            )
            .hint(
                "add --endpoint 127.0.0.1:6443 or another, or --host NAME --ip ADDRESS, or -f FILE",
            ));
        }
        Ok(())
    }
}

/// Of as many trees as are read together; a cluster has a few. 32 are asked at a time,
/// and each may take its five seconds.
const MOST: usize = 512;

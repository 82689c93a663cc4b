//! `kpki explain`: the story of a rule.

use pki_core::Rule;
use pki_core::cfssl::LintRule;

use crate::cli::Format;
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::output::explanation::{Explained, Explanation};

/// Tell what a rule of verify or lint is about, offline
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// A rule by its name, as a finding shows it; without one, all are listed
    #[arg(value_name = "ID")]
    ids: Vec<String>,

    /// How the result is printed
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: ExplainFormat,
}

/// How rules are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ExplainFormat {
    /// For people
    #[default]
    Text,
    /// One JSON document with a stable schema
    Json,
    /// For a page of documentation
    Markdown,
}

impl ExplainFormat {
    /// How a failure is reported.
    pub(crate) fn of_failure(self) -> Format {
        match self {
            Self::Json => Format::Json,
            Self::Text | Self::Markdown => Format::Text,
        }
    }
}

const AFTER_HELP: &str = "\
EXAMPLES
  kpki explain
      every rule, topic by topic
  kpki explain other-ca-same-name
      what is looked at, who notices, how it comes about, how it is mended
  kpki explain -o json
      for a program

EXIT CODES
  0  told
  2  there is no such rule";

pub(crate) fn run(args: Args, env: &Env) -> Result<Outcome, Failure> {
    let known = all();
    let rules = match args.ids.is_empty() {
        true => known,
        false => {
            let found = args.ids.iter().map(|id| find(&known, id));
            found.collect::<Result<Vec<_>, _>>()?.concat()
        }
    };
    let shown = Explanation::new(rules, args.ids.is_empty());
    match args.output {
        ExplainFormat::Json => output::json(&shown),
        ExplainFormat::Text => output::text(&shown.to_text(env)),
        ExplainFormat::Markdown => output::text(&shown.to_markdown()),
    }
}

fn all() -> Vec<Explained> {
    let verify = Rule::ALL.iter().map(|rule| Explained {
        command: "verify",
        id: rule.id(),
        topic: rule.topic(),
        severity: rule.severity().name(),
        why: rule.why(),
        story: rule.story(),
    });
    let lint = LintRule::ALL.iter().map(|rule| Explained {
        command: "lint",
        id: rule.id(),
        topic: rule.topic(),
        severity: rule.severity().name(),
        why: rule.why(),
        story: rule.story(),
    });
    verify.chain(lint).collect()
}

/// Both commands may have a rule of this name.
fn find(known: &[Explained], id: &str) -> Result<Vec<Explained>, Failure> {
    let found: Vec<_> = known.iter().filter(|rule| rule.id == id).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let failure = Failure::new(format!("there is no rule '{}'", id.escape_debug()));
    let meant = Rule::suggest(id).map(Rule::id);
    Err(
        match meant.or_else(|| LintRule::suggest(id).map(LintRule::id)) {
            Some(meant) => failure.hint(format!("did you mean '{meant}'?")),
            None => failure.hint("kpki explain lists all of them"),
        },
    )
}

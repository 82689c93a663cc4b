//! kpki: certificates, keys and kubeconfigs for etcd and kubeadm.

mod cfssl;
mod cfssljson;
mod cli;
mod cluster_args;
mod commands;
mod destination;
mod env;
mod envelope;
mod failure;
mod interruption;
mod layout;
mod live;
mod multicall;
mod output;
mod parallel;
mod remote;
mod store;
mod tree;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Chosen, Cli};
use crate::env::Env;
use crate::failure::Outcome;
use crate::multicall::Tool;

fn main() -> ExitCode {
    // Keys are in memory from here on: no core dump may hold them. Where the
    // kernel refuses, the run is no worse than any other program's.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let mut words = std::env::args_os();
    if let Some(tool) = words.next().and_then(|name| Tool::called_as(&name)) {
        return tool.run(words, None);
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&cli::without_tricks(error)),
    };
    let command = match cli.command {
        Chosen::Own(command) => command,
        Chosen::Tool(tool) => {
            let (tool, words) = tool.split();
            return tool.run(words, cli.now);
        }
    };
    let format = command.output();
    let mut env = match Env::read(cli.now) {
        Ok(env) => env,
        Err(failure) => return output::failure(&failure, format, &Env::without_clock()),
    };
    match command.run(&mut env) {
        Ok(Outcome::Yes) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        Ok(Outcome::Unknown) => ExitCode::from(2),
        Err(failure) => output::failure(&failure, format, &env),
    }
}

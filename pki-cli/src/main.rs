//! kpki: certificates, keys and kubeconfigs for etcd and kubeadm.

mod cli;
mod cluster_args;
mod commands;
mod env;
mod failure;
mod layout;
mod output;
mod store;
mod tree;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::env::Env;
use crate::failure::Outcome;

fn main() -> ExitCode {
    // Keys are in memory from here on: no core dump may hold them. Where the
    // kernel refuses, the run is no worse than any other program's.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&cli::escaped(error)),
    };
    let format = cli.command.output();
    let mut env = match Env::read(cli.now) {
        Ok(env) => env,
        Err(failure) => return output::failure(&failure, format, &Env::without_clock()),
    };
    match cli.command.run(&mut env) {
        Ok(Outcome::Yes) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        Ok(Outcome::Unknown) => ExitCode::from(2),
        Err(failure) => output::failure(&failure, format, &env),
    }
}

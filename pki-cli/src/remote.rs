//! Other hosts, by the system's ssh: its configuration, agent, jump hosts and
//! known hosts are the user's, and nothing but a POSIX shell is needed over there.
//!
//! ```text
//! Target        what somebody wrote: a directory of this host, or another host
//! Session       one process of ssh; scripts go in, answers come out
//! session.sh    what runs there, read from standard input
//! ```

mod framing;
mod known_hosts;
mod own_words;
mod permissions;
mod pipes;
mod resolved;
mod script;
mod session;
mod ssh_args;
mod target;
mod trouble;

pub(crate) use framing::Answer;
pub(crate) use permissions::permissions;
pub(crate) use script::bare;
#[cfg(test)]
pub(crate) use script::{tests::unsafe_to_bare, whole};
pub(crate) use session::Session;
#[cfg(test)]
pub(crate) use session::{
    program,
    tests::{local, local_with, shells},
};
pub(crate) use ssh_args::SshArgs;
pub(crate) use target::{Place, RemoteHost, Target};

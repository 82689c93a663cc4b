//! The command line of kpki: exact output and exit status of the real program.

#[path = "../common/mod.rs"]
mod common;

mod bundle;
mod cfssl_frame;
mod cfssljson;
mod copy;
mod expiry;
mod explain;
mod fleet;
mod golden;
mod graph;
mod habits;
mod hash;
mod help;
mod hostile_names;
mod in_the_way;
mod init;
mod inspect;
mod lint;
mod live;
mod one_host;
mod render;
mod report;
mod setup;
mod streams;
mod verify;
mod verify_far;
mod verify_fronts;
mod verify_places;
mod verify_remains;
mod verify_services;
mod wrong_input;

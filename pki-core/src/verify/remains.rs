//! What kpki itself left in a tree: the stage of a run that did not end, and the
//! keys of replaced CAs in backups.

mod backup;
mod unplaced;

use super::command;
use super::fix::Fix;
use super::mode::holds_private_key;
use super::tree::{Remains, RemainsKind, TreeFile};
use super::{Expectation, Finding, Generation, Record, Rule, Tree, TreeLocation};
use crate::copy::is_same_host;
pub(super) use backup::check_backups;
use unplaced::Unplaced;

/// Stages are told whatever else lies there: of a first copy that was killed
/// there may be nothing else.
pub(super) fn check_stages(
    tree: &Tree,
    expectation: &Expectation,
    generation: &Generation,
    record: &mut Record,
) {
    for remains in &tree.remains {
        let unplaced = Unplaced::of(tree, remains);
        let fix = match remains.kind {
            RemainsKind::Backup => continue,
            RemainsKind::Stage => of_stage(tree, expectation, remains, generation),
            RemainsKind::Copy => of_copy(tree, expectation, remains, &unplaced),
        };
        if remains.may_be_in_use {
            let why = "whether a run of kpki is at work there is not known to this user";
            record.not_checked(&remains.directory, why, None);
            continue;
        }
        let is_beside =
            |it: &Remains| it.kind == RemainsKind::Backup && it.above() == remains.above();
        if tree.remains.iter().any(is_beside) {
            wait_for_its_end(record);
        }
        let staged = remains
            .files
            .iter()
            .filter(|(path, _)| remains.is_staged(path));
        let staged: Vec<_> = staged.map(|(_, file)| file).collect();
        let keys = staged.iter().filter(|file| has_key(file)).count();
        let files = staged.len();
        let holds = match (&remains.unread, files) {
            (Some(why), _) => format!("what lies in it is not known: {why}"),
            (None, 0) => "it has no file to put in its place".to_owned(),
            (None, _) => format!(
                "it holds {files} {}, {keys} of them with a private key",
                if files == 1 { "file" } else { "files" }
            ),
        };
        let mixed = unplaced.in_words();
        let message = format!("was left by a run of kpki that did not end, and {holds}{mixed}");
        let directory = &remains.directory;
        record.fail(Finding::new(Rule::InterruptedRun, directory, message, fix));
    }
}

/// Takes the remedies of what else is wrong away. A file that was not replaced yet and its
/// copy in the backup are one: a command that writes into it destroys what may have to come back.
fn wait_for_its_end(record: &mut Record) {
    const FIRST_OF_ALL: &str =
        "first end the run that was interrupted, as told with its stage, and run kpki verify again";
    // Backups elsewhere have their own say.
    let of_kpki = [Rule::InterruptedRun, Rule::KeyInBackup];
    let findings = record.findings.iter_mut();
    for finding in findings.filter(|it| !of_kpki.contains(&it.rule)) {
        finding.fix = Fix::say(FIRST_OF_ALL);
    }
}

fn has_key(file: &TreeFile) -> bool {
    file.bytes().is_some_and(holds_private_key)
}

const FIRST: &str =
    "every run of kpki that writes there begins by finishing what was left, or by taking it back";
const AGAIN: &str = "run again what was interrupted, with the flags that it had";
const SOURCE: &str = "FROM is the directory with the files that hosts share";

fn of_stage(
    tree: &Tree,
    expectation: &Expectation,
    remains: &Remains,
    generation: &Generation,
) -> Fix {
    let made = generation.all().filter(|_| remains.above() == ".");
    match (made, destination(tree, remains)) {
        (Some(command), _) => Fix::say(FIRST).and_run(command),
        (None, Some(to)) => {
            let there = TreeLocation {
                machine: String::new(),
                ..tree.location.clone()
            };
            Fix::say(format!("{FIRST}; {SOURCE}")).and_run(copied(
                &there,
                &to,
                name_of(expectation, remains),
                "",
            ))
        }
        (None, None) => Fix::say(format!("{FIRST}: {AGAIN}")),
    }
}

fn of_copy(tree: &Tree, expectation: &Expectation, remains: &Remains, unplaced: &Unplaced) -> Fix {
    const NEXT: &str = "the next copy there takes it away, and sends what is missing";
    const BACK: &str =
        "the next copy there takes back what it has replaced, and sends all of it again";
    const PERHAPS: &str = ", with --replace-ca if the run had it";
    match destination(tree, remains) {
        Some(mut to) => {
            let next = if unplaced.goes_back { BACK } else { NEXT };
            to.with_host_certs |= unplaced.is_own;
            let perhaps = remains.unread.as_ref().map_or("", |_| PERHAPS);
            let from = match tree.location.machine.is_empty() {
                true => "",
                false => command::FROM_HERE,
            };
            let flags = unplaced.flags();
            let name = name_of(expectation, remains);
            Fix::say(format!("{from}{next}{perhaps}; {SOURCE}")).and_run(copied(
                &tree.location,
                &to,
                name,
                flags,
            ))
        }
        None => Fix::say(format!("{NEXT}: {AGAIN}")),
    }
}

/// The certificates directory whose copy has its stage there: in the directory
/// above if that is `pki`, and for kubeconfigs as well.
struct Destination {
    directory: String,
    with_host_certs: bool,
}

fn destination(tree: &Tree, remains: &Remains) -> Option<Destination> {
    let directory = tree.location.path("pki");
    let is_pki = directory == "pki" || directory.ends_with("/pki");
    match remains.above() {
        "." => Some(Destination {
            directory,
            with_host_certs: !is_pki,
        }),
        "pki" if !is_pki => Some(Destination {
            directory,
            with_host_certs: false,
        }),
        _ => None,
    }
}

/// What the host is called in the cluster, by its description, by its certificates, or by what
/// was to come: of a first copy nothing may be in its place yet.
fn name_of<'a>(expectation: &'a Expectation, remains: &'a Remains) -> Option<&'a str> {
    let described = expectation.described();
    let described = described.filter(|_| !expectation.assumed.host_name);
    let mut flags = expectation.gen_flags.iter().flatten();
    let recalled = flags.by_ref().find(|word| *word == "--host");
    let recalled = recalled.and_then(|_| flags.next());
    let recalled = recalled.map(|host| host.split_once('=').map_or(&**host, |(name, _)| name));
    let described = described.map(|(_, host)| host.name.as_str());
    described.or(recalled).or_else(|| staged_node(remains))
}

/// The node whose kubelet.conf is in a stage.
fn staged_node(remains: &Remains) -> Option<&str> {
    let mut files = remains.files.iter();
    let is_kubelets = |path: &str| remains.place_of(path).as_deref() == Some("kubelet.conf");
    let (_, file) = files.find(|(path, _)| is_kubelets(path))?;
    let client = file.kubeconfig()?.certificate.data()?.first()?;
    client.common_name()?.strip_prefix("system:node:")
}

fn copied(location: &TreeLocation, to: &Destination, name: Option<&str>, flags: &str) -> String {
    let Destination { directory, .. } = to;
    let to_there = command::target(location, directory);
    let own = match to.with_host_certs {
        true => " --with-host-certs",
        false => "",
    };
    // kpki copy knows the host by the name that ssh calls it, or else by its own.
    let reached = location.machine.rsplit('@').next().unwrap_or_default();
    let reached = reached.split(':').next().unwrap_or_default();
    let called = location.host_name.as_str();
    let is_called = |name: &str| called.is_empty() || is_same_host(name, called);
    let by_name = name.filter(|name| to.with_host_certs || reached == *name);
    let prefix = match by_name {
        Some(name) if reached != name => format!("{name}="),
        _ => String::new(),
    };
    let itself = match by_name {
        Some(name) if !location.machine.is_empty() && !is_called(name) => {
            format!(" --host-name {name}={called}")
        }
        _ => String::new(),
    };
    let reach = command::reach(location);
    format!("kpki copy --from FROM --to {prefix}{to_there}{own}{itself}{flags}{reach}")
}

//! `cfssl install-links`: links by which scripts find kpki under cfssl's names.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::{CfsslFailure, Command, Flag, Output, Run};
use crate::failure::Failure;
use crate::store::{LinkFound, Links, StoreError, quote};

const NAMES: [&str; 3] = ["cfssl", "cfssljson", "cfssl-certinfo"];

pub(super) const COMMAND: Command = Command {
    name: "install-links",
    about: "let scripts find kpki as cfssl, cfssljson and cfssl-certinfo",
    usage: "        kpki cfssl install-links DIR

Arguments:
        DIR:        a directory of the PATH, such as /usr/local/bin
",
    flags: &[Flag::Loglevel],
    run,
};

fn run(run: &mut Run<'_>) -> Result<Output, CfsslFailure> {
    let directory = run.only_argument()?.to_owned();
    let failed = |error: StoreError| CfsslFailure::from(Failure::from(error));
    let program = run.env.program().map_err(CfsslFailure::from)?;
    let links = Links::new(Path::new(&directory), &program).map_err(failed)?;
    let mut missing = Vec::new();
    let mut taken = Vec::new();
    let mut report = String::new();
    for name in NAMES {
        let shown = links.path(name).display().to_string();
        match links.look(name).map_err(failed)? {
            LinkFound::Ours => report.push_str(&format!("kept {shown}\n")),
            LinkFound::Other(kind) => taken.push(format!("{shown} ({kind})")),
            LinkFound::Nothing => {
                report.push_str(&format!("made {shown}\n"));
                missing.push(name);
            }
        }
    }
    if !taken.is_empty() {
        return Err(CfsslFailure::new(format!(
            "nothing was changed, because another program is there: {}",
            taken.join(", ")
        ))
        .advise("move it away, or give another directory that comes earlier in the PATH"));
    }
    warn_of_the_path(run, &links);
    // In strict mode nothing may be made: the end of the run says why.
    if !(run.env.cfssl_strict && run.warnings.any()) {
        links.make(&missing).map_err(failed)?;
    }
    report.push_str(&format!("they run {}\n", links.program().display()));
    Ok(Output::text(report))
}

fn warn_of_the_path(run: &mut Run<'_>, links: &Links) {
    let search = run.env.variable("PATH");
    let search = OsStr::from_bytes(&search);
    if !links.is_searched(search) {
        run.warnings.warn(format!(
            "{} is not on the PATH: export PATH={}:$PATH",
            quote(links.directory()),
            links.directory().display()
        ));
        return;
    }
    for name in NAMES {
        if let Some(other) = links.hidden_by(search, name) {
            run.warnings.warn(format!(
                "{} comes earlier in the PATH: shells run that one",
                quote(&other)
            ));
        }
    }
}

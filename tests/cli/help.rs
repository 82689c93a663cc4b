//! Help, manual pages and completion scripts.

use crate::common::run;
use crate::golden::golden;
use crate::setup::Place;

/// The commands as the top level lists them.
fn commands(help: &str) -> Vec<String> {
    let list = help
        .split("\n\n")
        .find(|part| part.starts_with("Commands:"));
    let lines = list.expect("a list of commands").lines().skip(1);
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

#[test]
fn help_of_everything() {
    let place = Place::new();
    let help = |arguments: &[&str]| {
        let output = run(&mut place.command(arguments));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        // Those that take the place of a program of Go write where it does.
        let (help, silent) = match arguments[0].starts_with("cfssl") {
            true => (output.stderr, output.stdout),
            false => (output.stdout, output.stderr),
        };
        assert_eq!(silent, "");
        help
    };
    let top = help(&["--help"]);
    let mut text = format!("$ kpki --help\n{top}");
    let commands = commands(&top);
    assert!(commands.iter().any(|name| name == "gen"), "{commands:?}");
    // Its help is that of the others.
    for command in commands.iter().filter(|name| *name != "help") {
        let own = help(&[command, "--help"]);
        text.push_str(&format!("\n$ kpki {command} --help\n{own}"));
        let below = match own.contains("\n\nCommands:\n") {
            true => self::commands(&own),
            false => Vec::new(),
        };
        for below in below.iter().filter(|name| *name != "help") {
            let own = help(&[command, below, "--help"]);
            text.push_str(&format!("\n$ kpki {command} {below} --help\n{own}"));
        }
        assert_eq!(
            help(&[command, "-h"]).lines().next(),
            help(&[command, "--help"]).lines().next()
        );
    }
    golden("help.txt", &text);
}

#[test]
fn without_a_command() {
    let place = Place::new();
    let output = run(&mut place.command(&[]));
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stdout, "");
    assert!(
        output.stderr.contains("Usage: kpki <COMMAND>"),
        "{}",
        output.stderr
    );
}

#[test]
fn version() {
    let place = Place::new();
    let output = run(&mut place.command(&["--version"]));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        output.stdout,
        concat!("kpki ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn manual_pages() {
    let place = Place::new();
    for (arguments, title) in [
        (&["man"][..], ".TH kpki 1"),
        (&["man", "gen"], ".TH kpki-gen 1"),
    ] {
        let output = run(&mut place.command(arguments));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(output.stdout.contains(title), "{}", output.stdout);
        assert!(output.stdout.contains("EXAMPLES"), "{}", output.stdout);
        let page = output.stdout.replace("\\-", "-");
        assert!(!page.contains("--now"), "a hidden flag is shown");
        assert_eq!(output.stderr, "");
    }
    let said = place.refused(&mut place.command(&["man", "gne"]));
    assert!(
        said.starts_with("error: there is no command 'gne'\nhint: the commands are init, gen, "),
        "{said}"
    );
}

#[test]
fn completion_scripts() {
    let place = Place::new();
    for (shell, word) in [
        ("bash", "complete -F _kpki"),
        ("zsh", "#compdef kpki"),
        ("fish", "complete -c kpki"),
    ] {
        let output = run(&mut place.command(&["completion", shell]));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(output.stdout.contains(word), "{shell}: {}", output.stdout);
        assert!(output.stdout.contains("control-plane-endpoint"), "{shell}");
        assert_eq!(output.stderr, "");
    }
    place.refused(&mut place.command(&["completion", "tcsh"]));
}

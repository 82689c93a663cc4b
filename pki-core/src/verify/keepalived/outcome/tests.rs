use proptest::prelude::*;

use super::*;

/// How it ends when the API server is well, broken, or dead.
fn ends(text: &str) -> String {
    let Some(outcome) = Outcome::of(text) else {
        return "unknown".to_owned();
    };
    let shown = |ends: Ends| match (ends.well, ends.badly) {
        (true, false) => '0',
        (false, true) => '1',
        _ => '?',
    };
    [outcome.well, outcome.broken, outcome.dead]
        .map(shown)
        .iter()
        .collect()
}

#[test]
fn scripts_are_followed() {
    const ASK: &str = "https://localhost:6443/healthz";
    for (script, wanted) in [
        ("curl -sfk URL", "011"),
        ("curl -sk URL", "001"),
        ("if ! curl -sfk URL; then\n  exit 1\nfi\n", "011"),
        ("if curl -sfk URL; then exit 1; fi", "100"),
        ("if ! curl -sfk URL; then exit 0; fi", "000"),
        ("if ! curl -sfk URL; then echo dead >&2; fi", "000"),
        ("curl -sfk URL || true", "000"),
        ("curl -sfk URL || exit 1\nexit 0", "011"),
        ("curl -sfk URL\nexit 0", "000"),
        ("set -e\ncurl -sfk URL\nexit 0", "011"),
        ("curl -sfk URL > /dev/null 2>&1; rc=$?; exit $rc", "011"),
        ("curl -sfk URL\nif [ $? -ne 0 ]; then exit 1; fi", "011"),
        ("[ \"$(curl -sk --max-time 2 URL)\" = \"ok\" ]", "011"),
        ("curl -sk URL | grep -q ok || exit 1", "011"),
        ("curl -sk URL | grep ok > /dev/null", "011"),
        (
            "for i in 1 2 3; do\n [ \"$(curl -sk URL)\" = ok ] && exit 0\n sleep 1\ndone\nexit 1",
            "011",
        ),
        (
            "code=$(curl -sk -o /dev/null -w '%{http_code}' URL)\n[ \"$code\" = 200 ]",
            "011",
        ),
        (
            "code=$(curl -sk -o /dev/null -w '%{http_code}' URL)\ncase $code in\n 2*) exit 0;;\n *) exit 1;;\nesac",
            "011",
        ),
        (
            "f() {\n echo \"*** $*\" 1>&2\n exit 1\n}\ncurl -sfk URL -o /dev/null || f \"Error\"",
            "011",
        ),
        (
            "if ip addr | grep -q 10.0.0.100; then curl -sfk URL || exit 1; fi",
            "0??",
        ),
        (
            "n=0\nwhile ! curl -sfk URL; do n=$((n+1)); [ $n -ge 3 ] && exit 1; done",
            "011",
        ),
        ("! curl -sfk URL", "100"),
        ("curl -sk URL | grep -qx ok", "011"),
        (
            "p=${1:-/healthz}; curl -sfk \"https://localhost:${PORT:-6443}$p\"",
            "011",
        ),
        ("curl -sfk URL && exit 0 || exit 1", "011"),
        ("#!/bin/sh -e\ncurl -sfk URL\nexit 0", "011"),
        ("set -e\ncurl -sfk URL || logger dead\nexit 0", "000"),
        ("set -e\nx=$(curl -sfk URL)\nexit 0", "011"),
        ("x=$(curl -sfk URL) || exit 1", "011"),
        ("f() { local x=$(curl -sfk URL); return $?; }\nf", "000"),
        ("x=$(curl -sk URL | grep ok); [ -n \"$x\" ]", "011"),
        ("curl -sk URL 2>&1 | grep -v refused", "???"),
        ("(curl -sfk URL; exit 1); exit 0", "000"),
        ("{ curl -sfk URL; } || { echo dead; exit 1; }", "011"),
        ("curl -sfk URL | cat", "???"),
        ("set -o pipefail; curl -sfk -o /dev/null URL | true", "011"),
        (
            "i=0\nuntil curl -sfk URL; do i=$(expr $i + 1); [ $i -gt 3 ] && exit 1; sleep 1; done",
            "011",
        ),
        (
            "for i in $(seq 3); do curl -sfk URL && exit 0; done; exit 1",
            "011",
        ),
        ("while true; do curl -sfk URL && exit 0; done", "unknown"),
        ("timeout 3 curl -sfk URL", "011"),
        ("exec curl -sfk URL\nexit 0", "011"),
        ("exec >/dev/null 2>&1\ncurl -sfk URL", "011"),
        ("command -v curl >/dev/null || exit 0\ncurl -sfk URL", "0??"),
        ("#!/bin/bash\n[[ $(curl -sk URL) == ok ]]", "011"),
        ("[[ $(curl -sk URL) == ok ]]", "unknown"),
        ("[ \"$(curl -sk URL)\" == ok ]", "???"),
        (
            "#!/usr/bin/env bash\nif ! curl -sfk URL &> /dev/null; then exit 1; fi",
            "011",
        ),
        (
            "if ! curl -sfk URL &> /dev/null; then exit 1; fi",
            "unknown",
        ),
        ("case `curl -sk URL` in o*) ;; *) exit 1 ;; esac", "011"),
        ("curl -sfk URL # || true\n", "011"),
        ("curl -sfk URL;\\\nexit 0", "000"),
        ("cat <<E\nE\ncurl -sfk URL", "unknown"),
        ("curl -sfk URL &", "unknown"),
        ("trap x EXIT; curl -sfk URL", "unknown"),
    ] {
        assert_eq!(ends(&script.replace("URL", ASK)), wanted, "{script}");
    }
}

/// However deep, long or branched a script is.
#[test]
fn following_has_bounds() {
    let asks = "curl -f https://a/healthz; ";
    for text in [
        "(".repeat(10_000),
        "{ ".repeat(5000),
        "$(".repeat(5000),
        "\"$(".repeat(5000),
        "a | ".repeat(4000),
        "env ".repeat(4000),
        "if a; then b; fi; ".repeat(1000),
        "while a; do ".repeat(20) + asks + &"done; ".repeat(20),
        "for i in 1 2 3 4 5 6 7 8; do ".repeat(12) + asks + &"done; ".repeat(12),
        "f() { f; f; }; f".to_owned(),
        (0..1000).fold(String::new(), |text, n| text + &format!("v{n}=1;")),
    ] {
        assert_eq!(
            ends(&text),
            "unknown",
            "{}",
            text.get(..40).unwrap_or(&text)
        );
    }
    assert_eq!(
        ends(&("x=aaaaaaaa; ".to_owned() + &"x=$x$x; ".repeat(1000))),
        "000"
    );
}

proptest! {
    #[test]
    fn following_never_panics(text in "(if |then |else |fi|; |\n|\\$\\(|\\)|\\(|\"|'|`|curl -f https://a/healthz |\\|\\|?|&&|x=|\\$x|\\$\\{|\\}|case |in |esac|;;|while |do |done|for i in |\\{ |f\\(\\) |\\\\|\u{e9}|[0-9&]?[<>]&?|! |\\[\\[? |\\]|grep |exit |set -e|#){0,60}") {
        let _ = Outcome::of(&text);
        let _ = Outcome::of(&format!("#!/bin/bash\n{text}"));
    }

    #[test]
    fn any_text_is_read_or_not(text: String) {
        let _ = Outcome::of(&text);
    }
}

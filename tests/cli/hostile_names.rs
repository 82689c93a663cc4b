//! Names and addresses that must not come into a certificate or a path.

use crate::common::run;
use crate::setup::Place;

/// Refused as a host, as an address and as a further name.
const NEVER: &[&str] = &[
    "",
    " ",
    "10.0.0.1 ",
    "\t10.0.0.1",
    "m0\t",
    "m0\u{a0}",
    "10.0.0.999",
    "1.2.3",
    "010.0.0.1",
    "0x0a000001",
    "10.0.0.0/24",
    "fd00::/64",
    "fe80::1%eth0",
    "[::1]:2379",
    "[fd00::1]",
    "m1:6443",
    "10.0.0.1:6443",
    "https://m1:6443",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "*",
    "a.*.b",
    "f*o.x",
    "a@b",
    "spiffe://cluster.local/ns/a",
    "-x",
    "x-",
    "a.-b.c",
    "foo..bar",
    ".foo",
    "foo.",
    ".",
    "..",
    "foo_bar",
    "\u{fc}n\u{ef}code.example",
    "\u{440}\u{430}ypal.com",
    "xn--zzzzzzzzzzzzzzzzz",
    "m0\n",
    "m0\nm1",
    "m0\r",
    "m0\u{1b}[2J",
    "m0\u{202e}abc",
    "m0\u{200b}",
    "m0\u{7f}",
    "<IP>",
    "${HOST_IP}",
    "$HOST_IP",
    "{{ ip }}",
    "example.com",
    "1.2.3.4",
    "../x",
    "a/b",
    "/etc/passwd",
    "a\\b",
    "a b",
    "a;b",
    "$(reboot)",
    "`reboot`",
    "a|b",
    "a&b",
    "a'b",
    "a\"b",
];

/// Further words that are no host's name, or no address.
const NO_HOST: &[&str] = &[
    "*.example",
    "::ffff:10.0.0.1",
    "10.0.0.11,10.0.0.12",
    "10.0.0.1",
    "fd00::1",
];
const NO_ADDRESS: &[&str] = &[
    "*.example",
    "m0",
    "MASTER-1",
    "10.0.0.11,10.0.0.12",
    "localhost",
];

#[track_caller]
fn refuses(place: &Place, flag: &str, arguments: &[&str]) {
    let said = place.refused(place.gen_command(arguments).args(["--out", "out"]));
    assert!(
        said.contains(flag),
        "{arguments:?}: {flag} is not named: {said}"
    );
    let bad = said
        .chars()
        .find(|c| c.is_control() && *c != '\n' || "\u{202e}\u{200b}\u{a0}".contains(*c));
    assert_eq!(bad, None, "{arguments:?}: {said:?} reaches the terminal");
}

#[test]
fn as_a_host() {
    let place = Place::new();
    for name in NEVER.iter().chain(NO_HOST) {
        refuses(
            &place,
            "--host",
            &[&format!("--host={name}"), "--ip", "10.0.0.10"],
        );
        refuses(&place, "--host", &[&format!("--host={name}=10.0.0.10")]);
    }
}

#[test]
fn as_an_address() {
    let place = Place::new();
    for name in NEVER.iter().chain(NO_ADDRESS) {
        refuses(&place, "--ip", &["--host", "m0", &format!("--ip={name}")]);
    }
    // Behind a comma of --host stand further names.
    for name in NEVER
        .iter()
        .chain(NO_ADDRESS)
        .filter(|name| !name.contains(','))
    {
        refuses(&place, "--host", &[&format!("--host=m0={name}")]);
    }
}

#[test]
fn as_a_further_name() {
    let place = Place::new();
    for name in NEVER {
        let flag = "--apiserver-cert-extra-sans";
        refuses(
            &place,
            flag,
            &["--host=m0", "--ip=10.0.0.10", &format!("{flag}={name}")],
        );
        refuses(
            &place,
            flag,
            &[
                "--host=m0",
                "--ip=10.0.0.10",
                &format!("{flag}=good.k8s.internal,{name}"),
            ],
        );
        refuses(&place, "--host", &[&format!("--host=m0=10.0.0.10,{name}")]);
    }
}

#[test]
fn too_long() {
    let place = Place::new();
    let label = "a".repeat(64);
    let name = vec!["a".repeat(63); 5].join(".");
    for (name, length) in [
        (&label, "64 characters, and 63 is the limit"),
        (&name, "319 characters, and 253 is the limit"),
    ] {
        let arguments = [
            &format!("--host={name}")[..],
            "--ip",
            "10.0.0.10",
            "--out",
            "out",
        ];
        let said = place.refused(&mut place.gen_command(&arguments));
        assert!(said.contains(length), "{said}");
    }
}

#[test]
fn a_hundred_thousand_names() {
    let place = Place::new();
    let names: Vec<_> = (0..3000)
        .map(|number| format!("n{number}.k8s.internal"))
        .collect();
    let flag = format!("--apiserver-cert-extra-sans={}", names.join(","));
    let said =
        place.refused(&mut place.gen_command(&["--host=m0", "--ip=10.0.0.10", &flag, "--out=out"]));
    assert!(said.contains("more than 1000 further names"), "{said}");
}

#[test]
fn changed_with_a_word_about_it() {
    let place = Place::new();
    for (arguments, note) in [
        (
            &["--host=MASTER-1", "--ip=10.0.0.10"][..],
            "note: --host: 'MASTER-1' is written in lower case",
        ),
        (
            &["--host=m0", "--ip=127.0.0.1"],
            "note: 127.0.0.1 of m0 is a loopback address: kubeadm refuses it",
        ),
        (
            &["--host=m0", "--ip=::ffff:10.0.0.1"],
            "note: --ip: '::ffff:10.0.0.1' is written as its IPv4 address",
        ),
        (
            &[
                "--host=m0",
                "--ip=10.0.0.10",
                "--apiserver-cert-extra-sans=*.k8s.internal",
            ],
            "note: --apiserver-cert-extra-sans: '*.k8s.internal' covers one label only",
        ),
    ] {
        let output = run(place
            .gen_command(arguments)
            .args(["--out", "out", "--dry-run"]));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(output.stdout.contains(note), "{}", output.stdout);
    }
}

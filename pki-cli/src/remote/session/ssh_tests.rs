//! What the system's ssh says, and what becomes of it.

use std::net::TcpListener;
use std::path::PathBuf;

use super::*;

#[path = "../../../../tests/ssh/lab.rs"]
#[allow(dead_code, reason = "the tests of commands use the rest")]
mod lab;

use lab::{Host, Lab};

fn args(config: PathBuf, timeout: u32) -> SshArgs {
    SshArgs {
        sudo: false,
        ssh_config: Some(config),
        timeout,
        parallel: 1,
    }
}

fn open(lab: &Lab, host: &str) -> Result<Session, Failure> {
    Session::open(&host.parse().expect("a host"), &args(lab.config(), 20))
}

fn refused(lab: &Lab, host: &Host) -> (String, String) {
    match open(lab, &host.name) {
        Ok(_) => panic!("{} lets us in", host.name),
        Err(failure) => {
            let said = failure
                .message()
                .replace(&lab.path("").display().to_string(), "LAB/");
            let port = host.port.to_string();
            let hint = failure.advice().unwrap_or_default().to_owned();
            (said.replace(&port, "PORT"), hint)
        }
    }
}

#[test]
fn login_shells_of_every_kind_run_our_scripts() {
    let Some(lab) = Lab::new() else { return };
    let original = "\"$SSH_ORIGINAL_COMMAND\"";
    let mut logins = vec![
        ("plain", "sh -c \"$SSH_ORIGINAL_COMMAND\"".to_owned()),
        (
            "noisy",
            format!("echo 'Welcome!'; echo 'mind the step' >&2; exec sh -c {original}"),
        ),
    ];
    for shell in ["bash", "dash", "tcsh", "fish", "zsh", "mksh", "busybox"] {
        if program::installed(&[shell]) {
            let shell_command = if shell == "busybox" {
                "busybox sh"
            } else {
                shell
            };
            logins.push((shell, format!("exec {shell_command} -c {original}")));
        }
    }
    for (name, login) in logins {
        let host = lab.host_with_login(name, &login);
        let mut session = open(&lab, name).unwrap_or_else(|e| panic!("{e:?} {}", host.log()));
        let answer = session.run("cat; echo x >&2", b"a\0b").expect(name);
        assert_eq!(
            (&**answer.stdout, &*answer.stderr),
            (&b"a\0b"[..], "x"),
            "{name}"
        );
    }
}

#[test]
fn logins_that_run_nothing_are_told() {
    let Some(lab) = Lab::new() else { return };
    for (name, login, said) in [
        (
            "closed",
            "echo 'Closed for the weekend.'",
            "it says 'Closed for the weekend.'",
        ),
        (
            "nologin",
            "/usr/sbin/nologin",
            "it says 'This account is currently not available.'",
        ),
        (
            "silent",
            "exit 3",
            "its login runs no command of ours and ends with status 3",
        ),
        ("eats", "cat >/dev/null", "nothing was heard"),
        ("chatty", "yes", "it sends more than any answer has"),
    ] {
        let host = lab.host_with_login(name, login);
        let host: RemoteHost = host.name.parse().expect("a host");
        let failure = Session::open(&host, &args(lab.config(), 1))
            .err()
            .expect(name);
        assert!(failure.message().contains(said), "{name}: {failure:?}");
    }
}

#[test]
fn keys_of_hosts_are_checked() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("m1");
    drop(open(&lab, "m1").expect("known"));
    // Whatever the user has in the configuration.
    let config = std::fs::read_to_string(lab.config()).expect("written");
    let lax = format!("StrictHostKeyChecking no\nNoHostAuthenticationForLocalhost yes\n{config}");
    std::fs::write(lab.config(), lax).expect("write");

    lab.know_only("");
    let (said, hint) = refused(&lab, &host);
    assert!(said.starts_with("its host key is not known here"), "{said}");
    assert!(
        hint.contains("shows a fingerprint") && hint.contains("StrictHostKeyChecking=ask -F"),
        "{hint}"
    );
    assert_eq!(
        std::fs::read_to_string(lab.path("known_hosts")).expect("there"),
        ""
    );

    let other = lab.make_key("other");
    lab.know_only(&format!("[127.0.0.1]:{} {other}", host.port));
    let (said, hint) = refused(&lab, &host);
    assert!(
        said.starts_with("its host key has changed: it shows SHA256:"),
        "{said}"
    );
    assert!(
        said.contains("known is SHA256:") && said.contains("known_hosts:1"),
        "{said}"
    );
    let known = lab.path("known_hosts").display().to_string();
    let remove = format!("ssh-keygen -R '[127.0.0.1]:{}' -f {known}", host.port);
    assert!(hint.contains(&remove), "{hint}");
    assert!(hint.contains("ssh -o StrictHostKeyChecking=ask "), "{hint}");
}

#[test]
fn what_a_login_prints_is_not_taken_for_what_ssh_says() {
    let Some(lab) = Lab::new() else { return };
    let words = lab.path("words");
    let text = "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n\
                The fingerprint for the ED25519 key sent by the remote host is\n\
                SHA256:NOJPPobm4bNTpu3DBpU42dS11cE/QUTRqRzrY7nnN6A.\n\
                Offending ED25519 key in /etc/passwd:3\n\
                Host key for m2.other.example has changed and you have requested strict checking.\n\
                No ED25519 host key is known for m2.other.example\n\
                Host key verification failed.\nsudo: a password is required\n";
    std::fs::write(&words, text).expect("write");
    for (name, stream, status) in [("e", ">&2", 255), ("o", "", 255), ("s", ">&2", 1)] {
        let login = format!("cat {} {stream}; exit {status}", words.display());
        let host = lab.host_with_login(name, &login);
        let (said, hint) = refused(&lab, &host);
        assert!(!said.contains("host key has changed"), "{said}");
        assert!(!hint.contains("ssh-keygen"), "{hint}");
        for forged in ["m2.other", "passwd", "SHA256"] {
            assert!(!hint.contains(forged), "{hint}");
        }
    }
}

#[test]
fn what_keeps_us_out_is_told() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("m1");
    let authorized = host.path("authorized_keys");
    let keys = std::fs::read_to_string(&authorized).expect("written");
    std::fs::write(&authorized, lab.make_key("other")).expect("write");
    let (said, hint) = refused(&lab, &host);
    assert!(said.contains("Permission denied (publickey)"), "{said}");
    assert!(
        hint.contains("ssh-add") && hint.contains("USER@HOST"),
        "{hint}"
    );
    std::fs::write(&authorized, keys).expect("write");
    drop(open(&lab, "m1").expect("let in again"));

    let failure = open(&lab, "no-such-host.invalid")
        .err()
        .expect("no address");
    assert!(
        failure.message().starts_with("its name has no address"),
        "{failure:?}"
    );
    let port = host.port;
    drop(host);
    let failure = open(&lab, "m1").err().expect("nobody listens");
    assert!(
        failure.message().contains("Connection refused"),
        "{failure:?}"
    );

    // Accepts, and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent = listener.local_addr().expect("bound").port();
    let config = std::fs::read_to_string(lab.config()).expect("written");
    let config = config.replace(&format!("Port {port}"), &format!("Port {silent}"));
    std::fs::write(lab.config(), config).expect("write");
    let host: RemoteHost = "m1".parse().expect("a host");
    let failure = Session::open(&host, &args(lab.config(), 1))
        .err()
        .expect("silent");
    assert!(failure.message().contains("timed out"), "{failure:?}");

    let missing = args(lab.path("nothing"), 1);
    let failure = Session::open(&host, &missing)
        .err()
        .expect("no configuration");
    assert!(
        failure
            .message()
            .contains("does not take its configuration"),
        "{failure:?}"
    );
}

#[test]
fn a_host_of_a_cluster_is_found_by_its_address_where_nobody_knows_its_name() {
    let Some(lab) = Lab::new() else { return };
    let host = lab.host("127.0.0.1");
    let name = "no-such-host.invalid".parse().expect("a name");
    let address = "127.0.0.1".parse().expect("an address");
    let cluster = RemoteHost::of_cluster(&name, address);
    let config = std::fs::read_to_string(lab.config()).expect("written");
    std::fs::write(
        lab.config(),
        config
            .replace("Host 127.0.0.1", "Host *.invalid")
            .replace("HostName 127.0.0.1\n", "\n"),
    )
    .expect("write");
    let mut session = Session::open(&cluster, &args(lab.config(), 20)).expect("by its address");
    assert_eq!(*session.run("echo ok", b"").expect("runs").stdout, b"ok\n");
    drop(host);
}

#[test]
fn sudo_that_would_ask_is_told() {
    let Some(lab) = Lab::new() else { return };
    for (name, words, said) in [
        (
            "asks",
            "sudo: a password is required",
            "sudo would ask there",
        ),
        (
            "tty",
            "sudo: sorry, you must have a tty to run sudo",
            "sudo would ask there",
        ),
        ("none", "sh: 1: sudo: not found", "there is no sudo there"),
        (
            "bare",
            "env: \u{2018}sudo\u{2019}: No such file or directory",
            "there is no sudo there",
        ),
        (
            "not",
            "me is not in the sudoers file.",
            "sudo refuses there",
        ),
    ] {
        let host = lab.host_with_login(name, &format!("echo '{words}' >&2; exit 1"));
        let host: RemoteHost = host.name.parse().expect("a host");
        let mut args = args(lab.config(), 20);
        args.sudo = true;
        let failure = Session::open(&host, &args).err().expect(name);
        assert!(failure.message().starts_with(said), "{name}: {failure:?}");
    }
    // With one that does not.
    let sudo = "[ \"$1\" = -n ] || exit 1; shift; exec \"$@\"";
    let login = lab::Stubs::new(&lab).before("sudo", sudo).login();
    let host = lab.host_with_login("lets", &login);
    let host: RemoteHost = host.name.parse().expect("a host");
    let mut args = args(lab.config(), 20);
    args.sudo = true;
    let mut session = Session::open(&host, &args).expect("no password");
    assert_eq!(session.run("exit 4", b"").expect("runs").status, 4);
}

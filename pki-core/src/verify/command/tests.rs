use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;
use crate::verify::tests::{cluster, file, now, tree_of};
use crate::{CommonFacts, EtcdNaming, Expectation, HostReport, TreeRole, compare, verify};

#[test]
fn paths_can_be_pasted() {
    let at = |directory: &str, file: &str| {
        let tree = Tree {
            location: TreeLocation {
                directory: directory.to_owned(),
                ..TreeLocation::default()
            },
            ..Tree::default()
        };
        path(&tree, file)
    };
    assert_eq!(at("", "pki/ca.crt"), "pki/ca.crt");
    assert_eq!(
        at("/etc/kubernetes/", "pki/ca.crt"),
        "/etc/kubernetes/pki/ca.crt"
    );
    assert_eq!(at("/", "admin.conf"), "/admin.conf");
    assert_eq!(at("k", "."), "k");
    assert_eq!(at("k", "/var/lib/x.crt"), "/var/lib/x.crt");
    assert_eq!(at("-rf", "a"), "./-rf/a");
    assert_eq!(at("my dir's", "a"), r"'my dir'\''s/a'");
    assert_eq!(at("$(id)", "a"), "'$(id)/a'");
    assert_eq!(quoted("a\n\u{202e}'"), r"$'a\x0a\xe2\x80\xae\''");
    assert_eq!(quoted("ünïcode"), "'ünïcode'");
    assert_eq!(quoted(""), "''");
    assert_eq!(quoted(r#"a"b\c"#), r#"'a"b\c'"#);
}

#[test]
fn files_are_copied_to_where_they_belong() {
    let tree = Tree {
        location: TreeLocation {
            directory: "/copy 1/etc/kubernetes".to_owned(),
            host_root: "/copy 1".to_owned(),
            ..TreeLocation::default()
        },
        ..Tree::default()
    };
    let commands = |files: &[&str]| {
        let fix = shared::fetched(&tree, files);
        fix.commands().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        commands(&["pki/ca.crt", "/etc/etcd/ca.pem", "pki/ca.key"]),
        [
            "scp -p OTHER-HOST:/etc/kubernetes/pki/ca.crt OTHER-HOST:/etc/kubernetes/pki/ca.key '/copy 1/etc/kubernetes/pki'/",
            "scp -p OTHER-HOST:/etc/etcd/ca.pem '/copy 1/etc/etcd'/",
        ]
    );
    assert_eq!(commands(&["/etc/x;touch PWNED/ca.crt"]), [""; 0]);
}

/// What a shell makes of a line: its words, and what is not quoted and has a
/// meaning for it, one by one.
fn split(line: &str) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        let ansi = c == '$' && rest.as_str().starts_with('\'');
        if ansi {
            rest.next();
        }
        match c {
            _ if ansi || c == '\'' => {
                let word = word.get_or_insert_default();
                while let Some(c) = rest.next().filter(|c| *c != '\'') {
                    match (c, ansi) {
                        ('\\', true) => match rest.next() {
                            Some('x') => {
                                let digits: String = rest.by_ref().take(2).collect();
                                word.push(u8::from_str_radix(&digits, 16).unwrap());
                            }
                            other => word.push(other.unwrap() as u8),
                        },
                        _ => word.extend(c.to_string().bytes()),
                    }
                }
            }
            '\\' => word
                .get_or_insert_default()
                .extend(rest.next().unwrap().to_string().bytes()),
            c if c.is_ascii_alphanumeric() || "/._-+=:@%,".contains(c) => {
                word.get_or_insert_default().push(c as u8);
            }
            c => {
                words.extend(word.take());
                words.extend(Some(c.to_string().into_bytes()).filter(|_| c != ' '));
            }
        }
    }
    words.extend(word);
    words
}

/// Two hosts with most files below a directory of this name, every one of them
/// with something wrong, and all commands that mend them.
fn commands_about(name: &str) -> Vec<Vec<Vec<u8>>> {
    static TREE: OnceLock<Tree> = OnceLock::new();
    let made = TREE.get_or_init(|| tree_of(&cluster("1.36"), EtcdNaming::Kubeadm, now()));
    let (mut hosts, mut common) = (Vec::new(), CommonFacts::default());
    for with_keys in [true, false] {
        let mut tree = Tree {
            has_host_root: true,
            has_kubeconfig_directory: true,
            location: TreeLocation {
                directory: format!("/srv/{name}/kubernetes"),
                prefix: "",
                host_root: format!("/srv/{name}"),
                ..TreeLocation::default()
            },
            ..Tree::default()
        };
        let moved = ["apiserver.", "etcd/ca.", "front-proxy-client.", "sa."];
        for (path, found) in &made.files {
            let below = path.strip_prefix("pki/").unwrap_or(path);
            let path = match moved.iter().any(|moved| below.starts_with(moved)) {
                true => format!("/etc/{name}/{below}"),
                false => path.clone(),
            };
            if with_keys || !path.ends_with("ca.key") {
                let bytes = found.bytes().unwrap();
                tree.files.insert(path, file(bytes, 0o666));
            }
        }
        let mut text =
            "kind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n".to_owned();
        for (flag, below) in [
            ("tls-cert-file", "apiserver.crt"),
            ("tls-private-key-file", "apiserver.key"),
            ("etcd-cafile", "etcd/ca.crt"),
            ("proxy-client-cert-file", "front-proxy-client.crt"),
            ("proxy-client-key-file", "missing.key"),
            ("service-account-key-file", "sa.pub"),
            ("service-account-signing-key-file", "sa.key"),
        ] {
            let word = serde_json::Value::from(format!("--{flag}=/etc/{name}/{below}"));
            text.push_str(&format!("    - {word}\n"));
        }
        let manifest = file(text.as_bytes(), 0o600);
        tree.files
            .insert("manifests/kube-apiserver.yaml".to_owned(), manifest);
        // Trusts the wrong CA, by a name that a program can edit.
        let wrong = file(made.files["pki/etcd/ca.crt"].bytes().unwrap(), 0o644);
        tree.files.insert("/srv/kubelet-ca.crt".to_owned(), wrong);
        let configuration = "authentication:\n  x509:\n    clientCAFile: /srv/kubelet-ca.crt\n";
        let configuration = file(configuration.as_bytes(), 0o644);
        let path = "/var/lib/kubelet/config.yaml".to_owned();
        tree.files.insert(path, configuration);
        let expectation = Expectation {
            role: Some(TreeRole::ControlPlaneWithEtcd),
            ..Expectation::default()
        };
        let (host, location) = (format!("m{}", hosts.len()), tree.location.clone());
        let report = verify(&tree, &expectation, now());
        hosts.push(HostReport::new(host, location, report, &mut common));
    }
    let own = hosts.iter().flat_map(|host| &host.report.findings);
    let own = own.flat_map(|finding| finding.fix.commands().map(str::to_owned));
    let mut commands: Vec<_> = own.collect();
    let between = compare(&mut hosts);
    let between = between.findings.iter();
    commands.extend(between.flat_map(|found| found.finding.fix.commands().map(str::to_owned)));
    // What cannot be copied by a command everywhere is told in words.
    commands.retain(|command| !command.starts_with("scp "));
    let mut commands: Vec<_> = commands.iter().map(|command| split(command)).collect();
    commands.sort();
    commands
}

#[test]
fn a_path_is_no_command() {
    let commands = commands_about("x;touch PWNED");
    let about = |word: &&Vec<u8>| String::from_utf8_lossy(word).contains("x;touch PWNED/");
    let words = commands.iter().flatten();
    assert!(words.filter(about).count() > 10, "{commands:?}");
    let programs: Vec<_> = commands.iter().filter_map(|words| words.first()).collect();
    for program in ["chmod", "cp"] {
        let program = program.as_bytes().to_vec();
        assert!(programs.contains(&&program), "{commands:?}");
    }
    let edits = commands.iter().filter(|words| {
        let mut words = words.iter();
        words.any(|word| word.starts_with(b"3s|/srv/kubelet-ca\\.crt|"))
    });
    assert!(edits.count() > 0, "{commands:?}");
    let touches = programs.iter().any(|program| program.starts_with(b"touch"));
    assert!(!touches, "{commands:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever a path is called, a shell reads the same words.
    #[test]
    fn names_change_no_command(odd in "[ -.0-~é\u{202e}]{0,8}|(;|&|\\||`|\\$|'|\"|\\\\|[(]|[)]|<|>| |-){1,6}") {
        prop_assume!(!odd.contains("$("));
        let plain = commands_about("before-after");
        let name = format!("before-{odd}after");
        let commands = commands_about(&name);
        let renamed = commands.into_iter().map(|words| {
            let words = words.into_iter().map(|word| {
                let word = String::from_utf8_lossy(&word).replace(&name, "before-after");
                word.into_bytes()
            });
            words.collect::<Vec<_>>()
        });
        let mut renamed: Vec<_> = renamed.collect();
        renamed.sort();
        prop_assert_eq!(renamed, plain);
    }

    #[test]
    fn a_quoted_word_is_one_word(word in ".{0,12}") {
        prop_assert_eq!(split(&quoted(&word)), [word.into_bytes()]);
    }
}

//! Flags and files that say something impossible.

use std::fs;

use crate::setup::Place;

#[test]
fn files_name_line_and_column() {
    for (text, expected) in [
        ("a: b: c\n", "error: kubeadm.yaml:1:5: not YAML"),
        (
            "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nnetworking:\n  podSubnets: 10.0.0.0/8\n",
            "error: kubeadm.yaml:4:3: networking.podSubnets: unknown field 'podSubnets' of ClusterConfiguration\nhint: write 'networking.podSubnet'\n",
        ),
        (
            "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkind: ClusterConfiguration\n",
            "error: kubeadm.yaml:3:1: ",
        ),
        (
            "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: [1]\n",
            "error: kubeadm.yaml:3:20: ",
        ),
        (
            "apiVersion: kubeadm.k8s.io/v1beta9\nkind: ClusterConfiguration\n",
            "error: kubeadm.yaml:1:13: ",
        ),
        (
            "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\napiServer:\n  certSANs:\n  - '10.0.0.1 '\n",
            "error: kubeadm.yaml:5:5: ",
        ),
        ("\tx: 1\n", "error: kubeadm.yaml:1:"),
    ] {
        let place = Place::new();
        fs::write(place.join("kubeadm.yaml"), text).expect("written");
        let said = place.refused(&mut place.gen_command(&["-f", "kubeadm.yaml", "--out", "out"]));
        assert!(said.starts_with(expected), "{text}\n{said}");
    }
}

#[test]
fn files_that_are_none() {
    let place = Place::new();
    fs::create_dir(place.join("directory")).expect("made");
    fs::write(place.join("long"), vec![b'#'; (1 << 20) + 1]).expect("written");
    fs::write(place.join("empty"), "").expect("written");
    for (name, expected) in [
        (
            "gone",
            "error: 'gone' cannot be read: no such file or directory\n",
        ),
        ("directory", "error: 'directory' is not a regular file\n"),
        ("/dev/zero", "error: '/dev/zero' is not a regular file\n"),
        (
            "long",
            "error: 'long' is longer than 1 MiB, too long for a configuration\n",
        ),
        ("empty", "error: "),
    ] {
        let said = place.refused(&mut place.gen_command(&["-f", name, "--out", "out"]));
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn flags() {
    let place = Place::new();
    for (arguments, expected) in [
        (&[][..], "error: no host is given\nhint: "),
        (
            &["--host", "m0"],
            "error: --host m0 has no address\nhint: write --host m0 --ip ADDRESS\n",
        ),
        (
            &["--ip", "10.0.0.1"],
            "error: --ip says no host's name\nhint: write --host NAME --ip ADDRESS\n",
        ),
        (
            &["--host", "m0", "--ip", "10.0.0.1", "--validity", "10y"],
            "error: invalid value '10y' for '--validity <DURATION>': ",
        ),
        (
            &["--host", "m0", "--ip", "10.0.0.1", "--validity", "1ns"],
            "error: invalid value '1ns' for '--validity <DURATION>': ",
        ),
        (
            &["--host", "m0", "--ip", "10.0.0.1", "--validity=-1h"],
            "error: invalid value '-1h' for '--validity <DURATION>': ",
        ),
        (
            &[
                "--host",
                "m0",
                "--ip",
                "10.0.0.1",
                "--validity",
                "99999999999999999999h",
            ],
            "error: invalid value '99999999999999999999h' for '--validity <DURATION>': ",
        ),
        (
            &["--host", "m0", "--ip", "10.0.0.1", "--key-algorithm", "dsa"],
            "error: ",
        ),
        (
            &[
                "--host",
                "m0",
                "--ip",
                "10.0.0.1",
                "--service-cidr",
                "10.96.0.0",
            ],
            "error: invalid value '10.96.0.0' for '--service-cidr <CIDR[,CIDR]>': ",
        ),
        (
            &[
                "--host",
                "m0",
                "--ip",
                "10.0.0.1",
                "--control-plane-endpoint",
                "https://a",
            ],
            "error: invalid value 'https://a' for '--control-plane-endpoint <HOST[:PORT]>': ",
        ),
        (
            &[
                "--host",
                "m0",
                "--ip",
                "10.0.0.1",
                "--kubernetes-version",
                "latest",
            ],
            "error: invalid value 'latest' for '--kubernetes-version <VERSION>': ",
        ),
        (
            &["--host", "m0", "--ip", "10.0.0.1", "--cert-dir", "a/../b"],
            "error: 'DIR/a/..' leads nowhere: ",
        ),
        (
            &["--host", "m0", "--ip", "10.0.0.1", "--cert-dir", ""],
            "error: ",
        ),
        (
            &["--host", "m0", "--ip", "10.0.0.1", "--cert-dir", "/"],
            "error: ",
        ),
        (
            &["--host", "m0", "--ip", "10.0.0.1", "--bogus"],
            "error: unexpected argument '--bogus' found\n",
        ),
        (
            &["--host", "m0", "--ip", "10.0.0.1", "--now", "yesterday"],
            "error: invalid value 'yesterday' for '--now <TIME>': ",
        ),
    ] {
        let mut command = place.command(&["gen"]);
        let said = place.refused(command.args(arguments));
        assert!(
            said.starts_with(expected)
                || said
                    .replace("'a/../b'", "'DIR/a/../b'")
                    .starts_with(expected),
            "{arguments:?}: {said}"
        );
        assert!(!said.contains("os error"), "{said}");
    }
}

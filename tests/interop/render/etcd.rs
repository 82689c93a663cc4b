//! etcd itself, started with what its unit and environment file say.

use std::process::Command;

use super::unit::command_line;
use super::{Rendered, hostile, is_root_in_namespaces};
use crate::common::program::{installed, path_of, skip};
use crate::common::run;

/// In a network of its own with the host's address; nothing listens elsewhere.
const SCRIPT: &str = r#"
ip link set lo up
ip address add 10.0.0.10/32 dev lo
pki=$1; data=$2; shift 2
mkdir -p -m 0700 "$data"
"$@" 2>"$pki/log" &
member=$!
client="--cacert=$pki/etcd/ca.crt --cert=$pki/etcd/healthcheck-client.crt --key=$pki/etcd/healthcheck-client.key"
ask() { ETCDCTL_API=3 etcdctl $client --dial-timeout=20s --command-timeout=20s "$@"; }
answered=no
for attempt in 1 2 3 4 5; do
    if ask --endpoints=https://10.0.0.10:2379,https://127.0.0.1:2379 endpoint health; then
        answered=yes
        break
    fi
done
ask --endpoints=https://127.0.0.1:2379 put key value
curl --http1.1 --silent --max-time 5 --cacert "$pki/etcd/ca.crt" --cert "$pki/etcd/healthcheck-client.crt" \
    --key "$pki/etcd/healthcheck-client.key" --output /dev/null --write-out 'peer port: %{http_code}\n' \
    https://10.0.0.10:2380/members || true
kill "$member"; wait "$member" || true
echo "answered: $answered"
cat "$pki/log" >&2
"#;

#[test]
fn starts_as_rendered() {
    if !installed(&["etcd", "etcdctl", "unshare", "ip", "curl"]) {
        return;
    }
    if !is_root_in_namespaces() {
        skip("network and mount namespaces cannot be made");
        return;
    }
    let etcd = path_of("etcd").expect("installed");
    for (peers, refused) in [
        ("common-name", true),
        ("own-ca", true),
        ("any-client", false),
    ] {
        let of = format!("version: 3.4.23\n  peers: {peers}");
        let rendered = Rendered::of(&hostile(&etcd).replace("version: 3.4.23", &of));
        let host = rendered.host("m0");
        let unit = host.join("etc/systemd/system/etcd.service");
        let words = command_line(&unit, &host.join("etc/etcd.env"));
        let pki = host.join("etc/kubernetes/pki");
        let data = rendered.path().join("srv");
        // Here the host is a directory.
        let here: Vec<_> = words
            .iter()
            .map(|word| {
                word.replace("/etc/kubernetes/pki", pki.to_str().expect("UTF-8"))
                    .replace("/srv", data.to_str().expect("UTF-8"))
            })
            .collect();
        let directory = here
            .iter()
            .find_map(|word| word.strip_prefix("--data-dir="));
        let directory = directory.expect("a data directory");
        assert!(
            directory.ends_with("/$HOME %i \"x\" ; \\ #y"),
            "{directory}"
        );
        let mut command = Command::new("unshare");
        command.args(["--net", "sh", "-uc", SCRIPT, "sh"]);
        let output = run(command.arg(&pki).arg(directory).args(&here));
        assert!(output.stdout.contains("answered: yes"), "{output:?}");
        let accepted = output.stdout.contains("peer port: 200");
        assert_eq!(!accepted, refused, "{peers}: {output:?}");
    }
}

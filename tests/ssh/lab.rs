//! Hosts with a real sshd each, on loopback: ports, host keys, directories and
//! login shells of their own. It runs as root and as anybody else.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use super::program;

/// Where ssh finds its configuration, keys and known hosts, and its hosts have theirs.
pub(crate) struct Lab {
    temp: tempfile::TempDir,
}

/// A running sshd. It is killed when this is dropped.
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) port: u16,
    sshd: Child,
    /// What sshd logs.
    log: Arc<Mutex<String>>,
    top: PathBuf,
}

impl Lab {
    /// `None` where the programs are missing, which is said.
    pub(crate) fn new() -> Option<Self> {
        let has_sshd = sshd().exists();
        if !program::installed(&["ssh", "ssh-keygen"])
            || !(has_sshd || program::installed(&["sshd"]))
        {
            return None;
        }
        if is_root() {
            // sshd wants it, and the init script that makes it need not have run.
            fs::create_dir_all("/run/sshd").expect("the directory of sshd");
        }
        let temp = tempfile::tempdir().expect("tempdir");
        fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o755)).expect("chmod");
        let lab = Self { temp };
        lab.make_key("id");
        fs::write(lab.path("known_hosts"), "").expect("write");
        fs::write(lab.config(), "").expect("write");
        Some(lab)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    /// For `--ssh-config`.
    pub(crate) fn config(&self) -> PathBuf {
        self.path("ssh_config")
    }

    /// Makes a key pair; returns the public one.
    pub(crate) fn make_key(&self, name: &str) -> String {
        let path = self.path(name);
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
            .arg(&path)
            .output()
            .expect("ssh-keygen");
        assert!(made.status.success(), "{made:?}");
        fs::read_to_string(path.with_extension("pub")).expect("a public key")
    }

    /// A host that ssh knows by its name, and its key too.
    pub(crate) fn host(&self, name: &str) -> Host {
        self.host_with(name, "")
    }

    /// `force` is run in place of what is asked for: `$SSH_ORIGINAL_COMMAND`.
    pub(crate) fn host_with_login(&self, name: &str, force: &str) -> Host {
        self.host_with(name, &format!("ForceCommand {force}\n"))
    }

    /// With more lines for its sshd.
    pub(crate) fn host_with(&self, name: &str, lines: &str) -> Host {
        self.host_within(name, lines, &[])
    }

    /// The same, where sshd is run by a command that has made another place of this machine.
    pub(crate) fn host_within(&self, name: &str, lines: &str, prefix: &[String]) -> Host {
        let top = self.path(name);
        fs::create_dir(&top).expect("mkdir");
        fs::set_permissions(&top, fs::Permissions::from_mode(0o755)).expect("chmod");
        let key = self.make_key(&format!("{name}/host_key"));
        fs::copy(self.path("id.pub"), top.join("authorized_keys")).expect("copy");
        let host = Host::start(name, &top, lines, prefix);
        self.know(&format!("[127.0.0.1]:{}", host.port), &key);
        self.describe(name, host.port);
        host
    }

    /// Has ssh know a host by its name.
    pub(crate) fn describe(&self, name: &str, port: u16) {
        let dir = self.temp.path().display();
        let user = user();
        let entry = format!(
            "Host {name}\n  HostName 127.0.0.1\n  Port {port}\n  User {user}\n  \
             IdentityFile {dir}/id\n  IdentitiesOnly yes\n  \
             UserKnownHostsFile {dir}/known_hosts\n  GlobalKnownHostsFile /dev/null\n"
        );
        let config = self.config();
        let before = fs::read_to_string(&config).unwrap_or_default();
        fs::write(&config, before + &entry).expect("write");
    }

    /// Has ssh go to a host by way of another one, whose name it knows.
    pub(crate) fn describe_behind(&self, name: &str, port: u16, jump: &str) {
        self.describe(name, port);
        let config = self.config();
        let before = fs::read_to_string(&config).expect("written");
        fs::write(&config, format!("{before}  ProxyJump {jump}\n")).expect("write");
    }

    /// Has ssh know the key of a host.
    pub(crate) fn know(&self, host: &str, key: &str) {
        let known = self.path("known_hosts");
        let before = fs::read_to_string(&known).unwrap_or_default();
        fs::write(&known, format!("{before}{host} {key}")).expect("write");
    }

    /// Has ssh forget all keys of hosts, or know other ones.
    pub(crate) fn know_only(&self, lines: &str) {
        fs::write(self.path("known_hosts"), lines).expect("write");
    }
}

impl Host {
    /// Starts sshd and waits until it listens.
    fn start(name: &str, top: &Path, lines: &str, prefix: &[String]) -> Self {
        for _ in 0..20 {
            let port = free_port();
            if let Some(host) = Self::start_at(name, top, "127.0.0.1", port, lines, prefix) {
                return host;
            }
        }
        panic!("sshd finds no port");
    }

    /// `prefix` is a command that runs another; `None` if the port is taken.
    pub(crate) fn start_at(
        name: &str,
        top: &Path,
        address: &str,
        port: u16,
        lines: &str,
        prefix: &[String],
    ) -> Option<Self> {
        let dir = top.display();
        let config = format!(
            "Port {port}\nListenAddress {address}\nHostKey {dir}/host_key\nPidFile none\n\
             AuthorizedKeysFile {dir}/authorized_keys\nStrictModes no\nUsePAM no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n\
             MaxStartups 1000\nLogLevel INFO\nUseDNS no\n{lines}"
        );
        fs::write(top.join("sshd_config"), config).expect("write");
        let program = sshd().display().to_string();
        let words: Vec<_> = prefix.iter().chain([&program]).collect();
        let mut sshd = Command::new(words.first().expect("sshd at least"))
            .args(words.iter().skip(1))
            .args(["-D", "-e", "-f"])
            .arg(top.join("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sshd");
        let mut said = BufReader::new(sshd.stderr.take().expect("piped"));
        let mut log = String::new();
        loop {
            let mut line = String::new();
            if said.read_line(&mut line).expect("UTF-8") == 0 {
                let _ = sshd.wait();
                assert!(log.contains("Address already in use"), "{log}");
                return None;
            }
            log.push_str(&line);
            if line.contains("Server listening on") {
                break;
            }
        }
        let log = Arc::new(Mutex::new(log));
        let shared = Arc::clone(&log);
        // It ends with sshd, which would be stopped by a full pipe.
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                let mut log = shared.lock().expect("not poisoned");
                log.push_str(&line);
                log.push('\n');
            }
        });
        Some(Self {
            name: name.to_owned(),
            port,
            sshd,
            log,
            top: top.to_owned(),
        })
    }

    /// A directory of the host.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.top.join(name)
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("not poisoned").clone()
    }

    /// sshd and what it runs for those who are logged in.
    pub(crate) fn processes(&self) -> Vec<u32> {
        descendants(self.sshd.id())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // sshd alone would leave those who are logged in.
        for process in descendants(self.sshd.id()) {
            let process = process.to_string();
            let _ = Command::new("kill").args(["-KILL", &process]).output();
        }
        let _ = self.sshd.kill();
        let _ = self.sshd.wait();
    }
}

/// Processes below one, by what `/proc` says.
fn descendants(of: u32) -> Vec<u32> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc").expect("/proc").flatten() {
        let process: Option<u32> = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let parent = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
        if let (Some(process), Some(parent)) = (process, parent) {
            parents.push((process, parent));
        }
    }
    let mut found = vec![of];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        found.extend(
            parents
                .iter()
                .filter(|(_, of)| *of == parent)
                .map(|(child, _)| *child),
        );
        at += 1;
    }
    found.remove(0);
    found
}

/// Programs that come before those of the system at a login.
pub(crate) struct Stubs(PathBuf);

impl Stubs {
    pub(crate) fn new(lab: &Lab) -> Self {
        let directory = lab.path("stubs");
        fs::create_dir(&directory).expect("mkdir");
        Self(directory)
    }

    /// One that does something first.
    pub(crate) fn before(self, program: &str, script: &str) -> Self {
        let stub = self.0.join(program);
        let text = format!("#!/bin/sh\n{script}\nexec /bin/{program} \"$@\"\n");
        fs::write(&stub, text).expect("write");
        make_program(&stub);
        self
    }

    /// One that waits as long as a file is there.
    pub(crate) fn waiting(self, program: &str, gate: &Path) -> Self {
        let gate = gate.display();
        self.before(
            program,
            &format!("while [ -e '{gate}' ]; do sleep 0.05; done"),
        )
    }

    /// The command of a login with them.
    pub(crate) fn login(&self) -> String {
        let path = self.0.display();
        format!("PATH={path}:$PATH exec sh -c \"$SSH_ORIGINAL_COMMAND\"")
    }
}

/// Makes a file one that can be run.
pub(crate) fn make_program(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("chmod");
}

/// sshd insists on being called by its whole path.
pub(crate) fn sshd() -> PathBuf {
    program::path_of("sshd").unwrap_or_else(|| "/usr/sbin/sshd".into())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("bound").port()
}

pub(crate) fn is_root() -> bool {
    id("-u") == "0"
}

pub(crate) fn user() -> String {
    id("-un")
}

fn id(what: &str) -> String {
    let output = Command::new("id").arg(what).output().expect("id");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

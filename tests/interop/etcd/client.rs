//! etcdctl with one client's certificate.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Output, run};

pub(crate) struct Client {
    authority: PathBuf,
    certificate: Option<(PathBuf, PathBuf)>,
}

impl Client {
    /// A client that trusts `authority` and shows the certificate of a
    /// directory, or none.
    pub(crate) fn new(authority: &Path, certificate: Option<(&Path, (&str, &str))>) -> Self {
        Self {
            authority: authority.to_owned(),
            certificate: certificate.map(|(directory, (certificate, key))| {
                (directory.join(certificate), directory.join(key))
            }),
        }
    }

    /// Whether every one of the endpoints commits a proposal.
    pub(crate) fn finds_healthy(&self, endpoints: &[String]) -> Result<(), String> {
        let output = self.etcdctl(endpoints, &["endpoint", "health"]);
        match output.status.success() {
            true => Ok(()),
            false => Err(output.stderr),
        }
    }

    pub(crate) fn put(&self, endpoints: &[String], key: &str, value: &str) {
        let output = self.etcdctl(endpoints, &["put", key, value]);
        assert!(output.status.success(), "put: {}", output.stderr);
    }

    pub(crate) fn get(&self, endpoints: &[String], key: &str) -> String {
        let output = self.etcdctl(endpoints, &["get", "--print-value-only", key]);
        assert!(output.status.success(), "get: {}", output.stderr);
        output.stdout.trim_end().to_owned()
    }

    /// That no endpoint lets this client read. etcdctl tries until its time is
    /// up, so all endpoints are asked at once.
    pub(crate) fn assert_refused(&self, endpoints: &[String]) {
        std::thread::scope(|scope| {
            for endpoint in endpoints {
                scope.spawn(move || {
                    let output = self.etcdctl(std::slice::from_ref(endpoint), &["get", "key"]);
                    assert!(
                        !output.status.success() && output.stdout.is_empty(),
                        "{endpoint} lets in whom it should refuse: {}",
                        output.stdout
                    );
                });
            }
        });
    }

    /// What etcdctl says of its connections while it tries, for half a second, to
    /// read; the error if it can.
    pub(crate) fn refusal(&self, endpoint: &str) -> Result<String, String> {
        let arguments = ["--debug", "--command-timeout", "500ms", "get", "key"];
        let output = self.etcdctl(&[endpoint.to_owned()], &arguments);
        match output.status.success() {
            true => Err(format!("{endpoint} lets in whom it should refuse")),
            false => Ok(output.stderr),
        }
    }

    fn etcdctl(&self, endpoints: &[String], arguments: &[&str]) -> Output {
        let mut command = Command::new("etcdctl");
        command.env_clear().env("ETCDCTL_API", "3");
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.args(["--dial-timeout", "2s", "--command-timeout", "3s"]);
        command.arg("--endpoints").arg(endpoints.join(","));
        command.arg("--cacert").arg(&self.authority);
        if let Some((certificate, key)) = &self.certificate {
            command.arg("--cert").arg(certificate).arg("--key").arg(key);
        }
        run(command.args(arguments))
    }
}

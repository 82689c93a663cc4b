//! The contexts, clusters and users of a kubeconfig.

use pki_core::{KubeconfigContents, KubeconfigSource};
use serde::Serialize;

use super::page::Row;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KubeconfigReport {
    current_context: Option<String>,
    contexts: Vec<ContextReport>,
    clusters: Vec<ClusterReport>,
    users: Vec<UserReport>,
    /// How many are not listed.
    more: usize,
}

#[derive(Serialize)]
struct ContextReport {
    name: String,
    current: bool,
    cluster: Option<String>,
    user: Option<String>,
    namespace: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClusterReport {
    name: String,
    server: Option<String>,
    tls_server_name: Option<String>,
    authority: SourceReport,
    skips_verification: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserReport {
    name: String,
    certificate: SourceReport,
    key: SourceReport,
    has_token: bool,
    token_file: Option<String>,
    has_password: bool,
    exec: Option<String>,
    auth_provider: Option<String>,
}

#[derive(Serialize)]
struct SourceReport {
    embedded: bool,
    path: Option<String>,
}

impl KubeconfigReport {
    pub(super) fn new(contents: &KubeconfigContents) -> Self {
        let current = contents.current_context.as_deref();
        Self {
            current_context: contents.current_context.clone(),
            contexts: contents
                .contexts
                .iter()
                .map(|context| ContextReport {
                    name: context.name.clone(),
                    current: current == Some(&context.name),
                    cluster: context.cluster.clone(),
                    user: context.user.clone(),
                    namespace: context.namespace.clone(),
                })
                .collect(),
            clusters: contents
                .clusters
                .iter()
                .map(|cluster| ClusterReport {
                    name: cluster.name.clone(),
                    server: cluster.server.clone(),
                    tls_server_name: cluster.tls_server_name.clone(),
                    authority: SourceReport::new(&cluster.authority),
                    skips_verification: cluster.skips_verification,
                })
                .collect(),
            users: contents
                .users
                .iter()
                .map(|user| UserReport {
                    name: user.name.clone(),
                    certificate: SourceReport::new(&user.certificate),
                    key: SourceReport::new(&user.key),
                    has_token: user.has_token,
                    token_file: user.token_file.clone(),
                    has_password: user.has_password,
                    exec: user.exec.clone(),
                    auth_provider: user.auth_provider.clone(),
                })
                .collect(),
            more: contents.more,
        }
    }

    /// Whether all of it is listed.
    pub(super) fn is_complete(&self) -> bool {
        self.more == 0
    }

    pub(super) fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        match &self.current_context {
            None => rows.push(Row::alarm("context", "none is the current one")),
            Some(name) if !self.contexts.iter().any(|context| context.current) => {
                let text = format!("the current one, {name}, does not exist");
                rows.push(Row::alarm("context", text));
            }
            Some(_) => {}
        }
        rows.extend(self.contexts.iter().map(|context| self.context(context)));
        rows.extend(self.clusters.iter().map(ClusterReport::row));
        rows.extend(self.users.iter().map(UserReport::row));
        if self.more > 0 {
            rows.push(Row::new("", format!("and {} more", self.more)));
        }
        rows
    }

    fn context(&self, context: &ContextReport) -> Row {
        let clusters: Vec<&str> = self.clusters.iter().map(|c| c.name.as_str()).collect();
        let users: Vec<&str> = self.users.iter().map(|u| u.name.as_str()).collect();
        let mut parts = Vec::new();
        let mut is_whole = true;
        for (kind, name, known) in [
            ("cluster", context.cluster.as_deref(), clusters),
            ("user", context.user.as_deref(), users),
        ] {
            let exists = name.is_some_and(|name| known.contains(&name));
            is_whole &= exists;
            parts.push(match (name, exists) {
                (Some(name), true) => format!("{kind} {name}"),
                (Some(name), false) => format!("{kind} {name}, which does not exist"),
                (None, _) => format!("no {kind}"),
            });
        }
        if let Some(namespace) = &context.namespace {
            parts.push(format!("namespace {namespace}"));
        }
        let current = if context.current { " (current)" } else { "" };
        let text = format!("{}{current}: {}", context.name, parts.join(", "));
        match is_whole {
            true => Row::new("context", text),
            false => Row::alarm("context", text),
        }
    }
}

impl ClusterReport {
    fn row(&self) -> Row {
        let server = self.server.as_deref().unwrap_or("no server");
        let authority = match self.authority.shown() {
            Some(authority) => format!("CA {authority}"),
            None => "no CA".to_owned(),
        };
        let name = match &self.tls_server_name {
            Some(name) => format!(" as {name}"),
            None => String::new(),
        };
        let text = format!("{}: {server}{name}, {authority}", self.name);
        match self.skips_verification {
            true => Row::alarm("cluster", format!("{text}, the server is not verified")),
            false => Row::new("cluster", text),
        }
    }
}

impl UserReport {
    fn row(&self) -> Row {
        let mut parts = Vec::new();
        if let Some(certificate) = self.certificate.shown() {
            parts.push(format!("certificate {certificate}"));
        }
        if let Some(key) = self.key.shown() {
            parts.push(format!("key {key}"));
        }
        if self.has_token {
            parts.push("a token (not shown)".to_owned());
        }
        if let Some(file) = &self.token_file {
            parts.push(format!("a token in {file}"));
        }
        if self.has_password {
            parts.push("a password (not shown)".to_owned());
        }
        if let Some(command) = &self.exec {
            parts.push(format!("the plugin {command}"));
        }
        if let Some(provider) = &self.auth_provider {
            parts.push(format!("the provider {provider}"));
        }
        if parts.is_empty() {
            parts.push("nothing to prove who it is".to_owned());
        }
        Row::new("user", format!("{}: {}", self.name, parts.join(", ")))
    }
}

impl SourceReport {
    fn new(source: &KubeconfigSource) -> Self {
        Self {
            embedded: *source == KubeconfigSource::Embedded,
            path: match source {
                KubeconfigSource::Path(path) => Some(path.clone()),
                _ => None,
            },
        }
    }

    fn shown(&self) -> Option<&str> {
        match self.embedded {
            true => Some("embedded"),
            false => self.path.as_deref(),
        }
    }
}

//! A kubeconfig: its clusters, contexts and users, and the certificates and
//! keys embedded in it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::certificate::Certificate;
use super::pem::{self, Block};
use super::{Tree, private_key};

type Members = Map<String, Value>;

impl Tree<'_> {
    pub(super) fn describe_kubeconfig(&self, bytes: &[u8]) -> Value {
        let document = match serde_saphyr::from_slice(bytes) {
            Ok(Value::Object(document)) => document,
            Ok(_) => return json!({"error": "not a mapping"}),
            Err(_) => return json!({"error": "not YAML"}),
        };
        let contexts = entries(&document, "contexts").map(|entry| {
            let mut context = Map::from_iter([("name".to_owned(), entry["name"].clone())]);
            context.extend(members(entry, "context"));
            Value::Object(context)
        });
        json!({
            "apiVersion": document.get("apiVersion"),
            "kind": document.get("kind"),
            "top_level_keys": document.keys().collect::<Vec<_>>(),
            "current_context": document.get("current-context"),
            "ends_with_newline": bytes.ends_with(b"\n"),
            "clusters": entries(&document, "clusters")
                .map(|entry| self.describe_cluster(entry))
                .collect::<Value>(),
            "contexts": contexts.collect::<Value>(),
            "users": entries(&document, "users")
                .map(|entry| self.describe_user(entry))
                .collect::<Value>(),
        })
    }

    fn describe_cluster(&self, entry: &Value) -> Value {
        let cluster = members(entry, "cluster");
        let ca = if let Some(text) = text(&cluster, "certificate-authority-data") {
            let pem = decode(text);
            let files = self.files.contents.iter();
            let same = files.filter(|(path, bytes)| path.ends_with(".crt") && **bytes == pem);
            json!({
                "embedded": true,
                "same_bytes_as": same.map(|(path, _)| path).collect::<Vec<_>>(),
                "certificates": pem::blocks(&pem).len(),
            })
        } else if let Some(path) = text(&cluster, "certificate-authority") {
            json!({"embedded": false, "path": path})
        } else {
            Value::Null
        };
        json!({
            "name": entry["name"],
            "server": cluster.get("server"),
            "keys": names(&cluster),
            "ca": ca,
        })
    }

    fn describe_user(&self, entry: &Value) -> Value {
        let user = members(entry, "user");
        let mut description = json!({"name": entry["name"], "keys": names(&user)});
        let mut spki = None;
        if let Some(text) = text(&user, "client-key-data") {
            let (pem, blocks) = embedded(text);
            spki = blocks
                .first()
                .and_then(|block| private_key::public_half(block).ok());
            let blocks = blocks.iter().map(|block| self.describe_private_key(block));
            description["client_key"] =
                json!({"embedded": true, "pem": pem, "blocks": blocks.collect::<Value>()});
        } else if let Some(path) = text(&user, "client-key") {
            description["client_key"] = json!({"embedded": false, "path": path});
        }
        if let Some(text) = text(&user, "client-certificate-data") {
            let (pem, blocks) = embedded(text);
            let certificates = blocks.iter().map(|block| match Certificate::parse(block) {
                Ok(certificate) => {
                    let is_own = spki.as_deref() == Some(certificate.spki());
                    let own_key = if is_own { "embedded" } else { "MISMATCH" };
                    self.describe_certificate(&certificate, Some(own_key))
                }
                Err(error) => json!({"error": error}),
            });
            description["client_certificate"] = json!({
                "embedded": true,
                "pem": pem,
                "certificates": certificates.collect::<Value>(),
            });
        } else if let Some(path) = text(&user, "client-certificate") {
            description["client_certificate"] = json!({"embedded": false, "path": path});
        }
        if text(&user, "token").is_some() {
            description["token"] = json!("present");
        }
        description
    }
}

/// The PEM shape of base64 data, nothing where it is not PEM, and its blocks.
fn embedded(base64: &str) -> (Option<Value>, Vec<Block>) {
    let pem = decode(base64);
    let blocks = pem::blocks(&pem);
    let shape = (!blocks.is_empty()).then(|| pem::shape(&pem, &blocks));
    (shape, blocks)
}

/// Decodes base64; nothing is left of what is not base64.
fn decode(base64: &str) -> Vec<u8> {
    let base64: String = base64.split_ascii_whitespace().collect();
    STANDARD.decode(base64).unwrap_or_default()
}

fn entries<'a>(document: &'a Members, list: &str) -> impl Iterator<Item = &'a Value> {
    document
        .get(list)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// The members of an entry's inner mapping that are set.
fn members(entry: &Value, name: &str) -> Members {
    let mut members = entry[name].as_object().cloned().unwrap_or_default();
    members.retain(|_, value| !value.is_null());
    members
}

fn names(members: &Members) -> Vec<&String> {
    let mut names: Vec<_> = members.keys().collect();
    names.sort();
    names
}

fn text<'a>(members: &'a Members, name: &str) -> Option<&'a str> {
    members
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

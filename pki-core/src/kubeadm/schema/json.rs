//! Our documents as a JSON Schema (draft 2020-12), which editors complete and
//! check by.

use serde_json::{Map, Value, json};

use super::{Field, Kind, Limit, OWN_API_VERSION, OWN_KINDS, Shape};

/// The schema of our document of this kind, or of all documents of a cluster
/// file: ours are checked, others pass.
pub(in crate::kubeadm) fn schema(kind: Option<&str>) -> String {
    let found = OWN_KINDS.iter().find(|known| Some(known.name) == kind);
    let mut schema = match found {
        Some(kind) => document(kind),
        None => file(),
    };
    if let Value::Object(map) = &mut schema {
        let dialect = "https://json-schema.org/draft/2020-12/schema";
        map.insert("$schema".to_owned(), json!(dialect));
    }
    // A tree of texts and lists is always written.
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text + "\n"
}

fn file() -> Value {
    let own = OWN_KINDS
        .iter()
        .map(|kind| (kind.name.to_owned(), document(kind)));
    let definitions: Map<String, Value> = own.collect();
    let named = OWN_KINDS.iter().map(|kind| kind.name);
    let mut documents: Vec<Value> = named
        .map(|name| json!({"$ref": format!("#/$defs/{name}")}))
        .collect();
    documents.push(json!({
        "title": "a document of kubeadm",
        "type": "object",
        "properties": {"apiVersion": {"type": "string", "not": {"pattern": "^kpki\\.dev/"}}},
        "required": ["apiVersion", "kind"],
    }));
    json!({
        "title": "a document of kpki's cluster file",
        "oneOf": documents,
        "$defs": definitions,
    })
}

fn document(kind: &Kind) -> Value {
    let mut schema = object(kind.fields.unwrap_or_default());
    let head = [
        ("apiVersion", json!({"const": OWN_API_VERSION})),
        ("kind", json!({"const": kind.name})),
    ];
    for (name, value) in head {
        schema["properties"][name] = value;
    }
    let mut required = vec![json!("apiVersion"), json!("kind")];
    if let Some(Value::Array(own)) = schema.get_mut("required") {
        required.append(own);
    }
    schema["required"] = Value::Array(required);
    schema["title"] = json!(kind.name);
    schema["description"] = json!(kind.description);
    schema["type"] = json!("object");
    schema
}

/// A map of these fields, or nothing, which leaves every default.
fn object(fields: &[Field]) -> Value {
    let properties = fields
        .iter()
        .map(|field| (field.name.to_owned(), property(field)));
    let properties: Map<String, Value> = properties.collect();
    let required = fields.iter().filter(|field| field.is_required);
    let required: Vec<_> = required.map(|field| field.name).collect();
    let mut schema = json!({
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn property(field: &Field) -> Value {
    let mut schema = shape(&field.shape);
    let description = match field.default {
        Some(default) => format!("{}. Default: {default}.", field.description),
        None => format!("{}.", field.description),
    };
    schema["description"] = json!(description);
    match field.limit {
        Limit::Any => {}
        Limit::Between(first, last) => {
            schema["minimum"] = json!(first);
            schema["maximum"] = json!(last);
        }
        Limit::Matching(pattern) => schema["pattern"] = json!(pattern),
    }
    if field.is_required {
        // Nothing is no answer.
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|name| name != "null");
        }
    }
    schema
}

fn shape(shape: &Shape) -> Value {
    let list = |items: Value| json!({"type": ["array", "null"], "items": items});
    match shape {
        Shape::Text | Shape::Secret => json!({"type": ["string", "null"]}),
        Shape::Word(words) => {
            let words = words().into_iter().map(Value::from);
            json!({"enum": words.chain([Value::Null]).collect::<Vec<_>>()})
        }
        Shape::Version => json!({"type": ["string", "number", "null"]}),
        Shape::Number => json!({"type": ["integer", "null"]}),
        Shape::Flag => json!({"type": ["boolean", "null"]}),
        Shape::Texts => list(json!({"type": "string"})),
        Shape::Words(words) => list(json!({"enum": words()})),
        Shape::Flags => {
            json!({"type": ["object", "null"], "additionalProperties": {"type": "boolean"}})
        }
        Shape::Map => json!({"type": ["object", "null"]}),
        Shape::List => json!({"type": ["array", "null"]}),
        Shape::Anything => json!({}),
        Shape::Object(fields) => object(fields),
        Shape::Objects(fields) => {
            let mut item = object(fields);
            item["type"] = json!("object");
            list(item)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The schemas in `docs/schema`, which editors are pointed to.
    #[test]
    fn the_published_schemas_are_these() {
        for (kind, published) in [
            (
                None,
                include_str!("../../../../docs/schema/cluster-file.schema.json"),
            ),
            (
                Some("Hosts"),
                include_str!("../../../../docs/schema/hosts.schema.json"),
            ),
            (
                Some("Setup"),
                include_str!("../../../../docs/schema/setup.schema.json"),
            ),
        ] {
            let now = schema(kind);
            assert!(
                now == published,
                "write what 'kpki schema' prints into docs/schema:\n{now}"
            );
        }
    }

    #[test]
    fn every_field_is_described() {
        fn look(fields: &[Field], kind: &str) {
            for field in fields {
                assert!(!field.description.is_empty(), "{kind}: {}", field.name);
                assert!(!field.description.ends_with('.'), "{kind}: {}", field.name);
                if let Shape::Object(inner) | Shape::Objects(inner) = &field.shape {
                    look(inner, kind);
                }
            }
        }
        for kind in OWN_KINDS {
            assert!(!kind.description.is_empty(), "{}", kind.name);
            look(kind.fields.unwrap_or_default(), kind.name);
        }
    }

    /// The field of `Setup` or of a host at this path.
    fn find(path: &str) -> &'static Field {
        let kinds = OWN_KINDS.iter().filter_map(|kind| kind.fields);
        let mut found = None;
        for fields in kinds {
            let mut fields = fields;
            found = None;
            for key in path.split('.') {
                found = fields.iter().find(|field| field.name == key);
                fields = match found.map(|field| &field.shape) {
                    Some(Shape::Object(inner) | Shape::Objects(inner)) => inner,
                    _ => &[],
                };
            }
            if found.is_some() {
                break;
            }
        }
        found.unwrap_or_else(|| panic!("no field {path}"))
    }

    /// Whether a schema lets a value through, and whether it is parsed.
    fn agree<T: std::str::FromStr>(path: &str, values: &[&str]) {
        let limit = find(path).limit;
        for value in values {
            let is_let_through = match limit {
                Limit::Any => true,
                Limit::Between(first, last) => {
                    let number = value.parse::<i64>();
                    number.is_ok_and(|number| (first..=last).contains(&number))
                }
                Limit::Matching(pattern) => regex::Regex::new(pattern).unwrap().is_match(value),
            };
            assert_eq!(
                is_let_through,
                value.parse::<T>().is_ok(),
                "{path}: {value:?}"
            );
        }
    }

    #[test]
    fn what_an_editor_refuses_is_not_parsed_either() {
        use crate::setup::{
            AuthPass, ClusterToken, HostPath, InterfaceName, Priority, UserName, VirtualIp,
            VirtualRouterId,
        };
        let long = "x".repeat(254);
        for path in ["loadBalancer.interface", "hosts.interface"] {
            agree::<InterfaceName>(
                path,
                &[
                    "eth0",
                    "bond0.100",
                    ".",
                    "..",
                    "...",
                    ".a",
                    "..a",
                    "-a",
                    "a@b",
                    "a b",
                    "",
                ],
            );
            agree::<InterfaceName>(path, &["sixteen-letters0", "fifteen-letters", "..-"]);
        }
        agree::<VirtualRouterId>("loadBalancer.routerID", &["0", "1", "255", "256", "-1"]);
        agree::<Priority>("hosts.priority", &["0", "1", "254", "255"]);
        agree::<AuthPass>(
            "loadBalancer.authPass",
            &["", "a", "aB3_.+-x", "ninechars", "a b", "pass\n"],
        );
        agree::<VirtualIp>(
            "loadBalancer.virtualIP",
            &[
                "10.0.0.100",
                "10.0.0.100/24",
                "10.0.0.100/33",
                "10.0.0.100/0",
                "fd00::1",
                "fd00::1/64",
                "fd00::1/129",
                "vip",
                "10.0.0",
                "",
            ],
        );
        agree::<ClusterToken>("etcd.token", &["", "a", "-a", "a b", "k8s.prod_1-x", &long]);
        agree::<UserName>(
            "etcd.user",
            &["root", "_e-1", "Etcd", "1a", "a.b", "", &long],
        );
        for path in ["etcd.dataDir", "etcd.binary"] {
            agree::<HostPath>(
                path,
                &[
                    "/var/lib/etcd",
                    "/var//lib/",
                    "/",
                    "//",
                    "var/lib",
                    "",
                    "/a/../b",
                    "/..",
                    "/..a/b..",
                    "/.",
                    "/./a",
                    "/a/.",
                    "/a b/é",
                    "/a\nb",
                    "/a/...",
                ],
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn paths_agree(value in "[/.a]{0,8}") {
            agree::<crate::setup::HostPath>("etcd.dataDir", &[&value]);
        }

        #[test]
        fn names_agree(value in "[a-zA-Z0-9_.:@ -]{0,17}") {
            agree::<crate::setup::InterfaceName>("loadBalancer.interface", &[&value]);
            agree::<crate::setup::UserName>("etcd.user", &[&value]);
            agree::<crate::setup::ClusterToken>("etcd.token", &[&value]);
            agree::<crate::setup::AuthPass>("loadBalancer.authPass", &[&value]);
        }
    }
}

//! Our documents as a JSON Schema (draft 2020-12), which editors complete and
//! check by.

use serde_json::{Map, Value, json};

use super::{Field, Kind, OWN_API_VERSION, OWN_KINDS, Shape};

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
}

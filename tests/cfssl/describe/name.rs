//! Distinguished names, by their content.

use serde_json::{Value, json};

use crate::common::describe::name::{attribute_text, string_type};
use crate::common::describe::{der, oid};

/// The attributes of each relative distinguished name with their string types.
pub(super) fn describe(content: &[u8]) -> Result<Vec<Vec<Value>>, String> {
    let mut names = Vec::new();
    for set in der::children(content)? {
        let mut attributes = Vec::new();
        for attribute in der::children(set.data)? {
            let fields = der::children(attribute.data)?;
            let [kind, value] = fields.as_slice() else {
                return Err("an attribute is a type and a value".to_owned());
            };
            attributes.push(json!({
                "attr": attribute_name(&der::dotted(kind.data)),
                "type": string_type(value.tag()),
                "value": attribute_text(value),
            }));
        }
        names.push(attributes);
    }
    Ok(names)
}

/// A name in one line, in the order of the certificate.
pub(super) fn in_one_line(names: &[Vec<Value>]) -> String {
    let text = |attribute: &Value| {
        let part = |name| attribute[name].as_str().unwrap_or_default();
        format!("{}={}", part("attr"), part("value"))
    };
    let names = names.iter().map(|attributes| {
        let attributes: Vec<String> = attributes.iter().map(text).collect();
        attributes.join(" + ")
    });
    names.collect::<Vec<_>>().join(", ")
}

/// Takes repeated attributes out of the names of a described certificate or request.
pub(crate) fn without_repeated(description: &mut Value) {
    let names = description["subject_rdns"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let names = names.into_iter().map(|attributes| {
        let mut attributes = attributes.as_array().cloned().unwrap_or_default();
        // They are sorted: equal ones stand side by side.
        attributes.dedup();
        attributes
    });
    let names: Vec<Vec<Value>> = names.collect();
    let text = json!(in_one_line(&names));
    if description["issuer"] == description["subject"] {
        description["issuer"] = text.clone();
    }
    description["subject"] = text;
    description["subject_rdns"] = json!(names);
}

fn attribute_name(dotted: &str) -> &str {
    match dotted {
        "2.5.4.4" => "SN",
        "2.5.4.9" => "street",
        "2.5.4.12" => "title",
        "0.9.2342.19200300.100.1.1" => "UID",
        _ => oid::name(dotted),
    }
}

//! Names in the JSON of `certinfo`.

use pki_core::{Attribute, AttributeType, DistinguishedName};

use crate::cfssl::output::json_string;

/// The attributes that cfssl knows by name, several values with commas between them, and every
/// value in the order of the certificate. `shown` stands for a name with odd string types.
pub(super) fn name(der: &[u8], shown: &str) -> String {
    let known = DistinguishedName::from_der(der);
    let all: Vec<&str> = match &known {
        None => vec![shown],
        Some(name) => {
            let attributes = name.relative_names().iter().flat_map(|r| r.attributes());
            attributes.map(Attribute::value).collect()
        }
    };
    let mut members = Vec::new();
    for (kind, key, single) in FIELDS {
        let values: Vec<&str> = match &known {
            Some(name) => name.values(&kind).collect(),
            None => Vec::new(),
        };
        // Go keeps the last common name and the last serial number.
        let value = match single {
            true => values.last().map(|value| (*value).to_owned()),
            false => Some(values.join(",")),
        };
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            members.push(format!("    \"{key}\": {}", json_string(&value)));
        }
    }
    if !all.is_empty() {
        let all: Vec<String> = all.into_iter().map(str::to_owned).collect();
        members.push(format!("    \"names\": {}", list(&all, "    ")));
    }
    match members.is_empty() {
        true => "{}".to_owned(),
        false => format!("{{\n{}\n  }}", members.join(",\n")),
    }
}

/// Kind, key, and whether there is only one.
const FIELDS: [(AttributeType, &str, bool); 9] = [
    (AttributeType::CommonName, "common_name", true),
    (AttributeType::SerialNumber, "serial_number", true),
    (AttributeType::Country, "country", false),
    (AttributeType::Organization, "organization", false),
    (
        AttributeType::OrganizationalUnit,
        "organizational_unit",
        false,
    ),
    (AttributeType::Locality, "locality", false),
    (AttributeType::Province, "province", false),
    (AttributeType::StreetAddress, "street_address", false),
    (AttributeType::PostalCode, "postal_code", false),
];

pub(super) fn list(values: &[String], indent: &str) -> String {
    let lines: Vec<String> = values
        .iter()
        .map(|value| format!("{indent}  {}", json_string(value)))
        .collect();
    format!("[\n{}\n{indent}]", lines.join(",\n"))
}

/// Names, then addresses; nothing else, as cfssl has it.
pub(super) fn sans(names: &[String]) -> Vec<String> {
    let of = |prefix: &'static str| names.iter().filter_map(move |n| n.strip_prefix(prefix));
    of("DNS:").chain(of("IP:")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_then_addresses() {
        let names = ["IP:192.0.2.7", "email:a@b", "DNS:a.b", "URI:x:y", "DNS:c"];
        let names = names.map(str::to_owned);
        assert_eq!(sans(&names), ["a.b", "c", "192.0.2.7"]);
    }

    #[test]
    fn an_empty_name_is_an_empty_object() {
        assert_eq!(name(&[0x30, 0], ""), "{}");
        assert_eq!(
            name(&[0xff], "odd <name>"),
            "{\n    \"names\": [\n      \"odd \\u003cname\\u003e\"\n    ]\n  }"
        );
    }
}

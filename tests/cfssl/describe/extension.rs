//! Extensions of certificates, requests and revocation lists.

use serde_json::{Value, json};
use x509_parser::asn1_rs::Any;

use crate::common::describe::extension::general_name;
use crate::common::describe::extension::{basic_constraints, describe as describe_known};
use crate::common::describe::name::{attribute_text, string_type};
use crate::common::describe::{der, oid};

/// What the key identifiers are compared with.
#[derive(Default)]
pub(super) struct Context {
    /// The subjectPublicKey bits of the certificate or request.
    pub(super) public_key: Option<Vec<u8>>,
    pub(super) own_key_id: Option<Vec<u8>>,
    pub(super) issuer_key_id: Option<Vec<u8>>,
}

/// Each extension of an Extensions, by its content, with its value described.
pub(super) fn describe(content: &[u8], context: &Context) -> Result<Vec<Value>, String> {
    let mut extensions = Vec::new();
    for extension in der::children(content)? {
        let fields = der::children(extension.data)?;
        let (Some(identifier), Some(octets)) = (fields.first(), fields.last()) else {
            return Err("an empty extension".to_owned());
        };
        let critical = fields.len() == 3 && fields[1].data != [0];
        let dotted = der::dotted(identifier.data);
        let value = describe_value(&dotted, octets.data, context)
            .unwrap_or_else(|error| json!(format!("undecodable({error})")));
        extensions.push(json!({"ext": name(&dotted), "critical": critical, "value": value}));
    }
    Ok(extensions)
}

/// The content of the subjectKeyIdentifier among the extensions, if any.
pub(super) fn key_id(content: &[u8]) -> Result<Option<Vec<u8>>, String> {
    for extension in der::children(content)? {
        let fields = der::children(extension.data)?;
        if let [identifier, .., octets] = fields.as_slice()
            && der::dotted(identifier.data) == "2.5.29.14"
        {
            return Ok(Some(der::content(octets.data)?.to_vec()));
        }
    }
    Ok(None)
}

fn describe_value(dotted: &str, value: &[u8], context: &Context) -> Result<Value, String> {
    Ok(match name(dotted) {
        known @ "keyUsage" => describe_known(known, value)?["usages"].clone(),
        known @ ("subjectAltName" | "issuerAltName") => describe_known(known, value)?,
        "extKeyUsage" => {
            let purposes = der::children(der::content(value)?)?;
            let purposes = purposes.iter().map(|one| purpose(&der::dotted(one.data)));
            json!(purposes.collect::<Vec<_>>())
        }
        "basicConstraints" => {
            let (ca, path_len) = basic_constraints(value)?;
            json!({"ca": ca, "pathlen": path_len})
        }
        "subjectKeyIdentifier" => {
            let key_id = der::content(value)?;
            let public_key = context.public_key.as_deref().unwrap_or_default();
            let method = if key_id == der::sha1(public_key) {
                "sha1(subjectPublicKey bits)"
            } else if key_id == &der::sha256(public_key)[..20] {
                "sha256-160(subjectPublicKey bits)"
            } else {
                "other"
            };
            json!({"octets": key_id.len(), "method": method})
        }
        "authorityKeyIdentifier" => authority_key_id(value, context)?,
        "cRLDistributionPoints" => json!(distribution_points(value)?),
        "authorityInfoAccess" => {
            let mut descriptions = Vec::new();
            for description in der::children(der::content(value)?)? {
                let [method, location] = pair(&description)?;
                let method = match der::dotted(method.data).as_str() {
                    "1.3.6.1.5.5.7.48.1" => "ocsp".to_owned(),
                    "1.3.6.1.5.5.7.48.2" => "caIssuers".to_owned(),
                    other => other.to_owned(),
                };
                descriptions.push(format!("{method}={}", general_name(&location)?));
            }
            json!(descriptions)
        }
        "certificatePolicies" => policies(value)?,
        _ => json!(format!("hex:{}", der::hex(value))),
    })
}

fn authority_key_id(value: &[u8], context: &Context) -> Result<Value, String> {
    let fields = der::children(der::content(value)?)?;
    let names = fields.iter().map(|field| match field.tag().0 {
        0 => Some("keyIdentifier"),
        1 => Some("authorityCertIssuer"),
        2 => Some("authorityCertSerialNumber"),
        _ => None,
    });
    let mut description = json!({"fields": names.collect::<Vec<_>>()});
    if let Some(key_id) = fields.iter().find(|field| field.tag().0 == 0) {
        description["octets"] = json!(key_id.data.len());
        if let Some(issuers) = &context.issuer_key_id {
            description["equals_issuer_ski"] = json!(key_id.data == issuers);
        }
        if let Some(own) = &context.own_key_id {
            description["equals_own_ski"] = json!(key_id.data == own);
        }
    }
    Ok(description)
}

fn distribution_points(value: &[u8]) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for point in der::children(der::content(value)?)? {
        for field in der::children(point.data)? {
            if field.tag().0 != 0 {
                found.push(format!("field{}", field.tag().0));
                continue;
            }
            for name in der::children(field.data)? {
                if name.tag().0 != 0 {
                    found.push("relative".to_owned());
                    continue;
                }
                for general in der::children(name.data)? {
                    found.push(general_name(&general)?);
                }
            }
        }
    }
    Ok(found)
}

/// RFC 5280, 4.2.1.4: each policy with its qualifiers.
fn policies(value: &[u8]) -> Result<Value, String> {
    let mut policies = Vec::new();
    for policy in der::children(der::content(value)?)? {
        let fields = der::children(policy.data)?;
        let identifier = fields.first().ok_or("a policy without identifier")?;
        let mut qualifiers = Vec::new();
        let list = fields.get(1).map(|list| der::children(list.data));
        for qualifier in list.transpose()?.unwrap_or_default() {
            let [kind, value] = pair(&qualifier)?;
            let kind = match der::dotted(kind.data).as_str() {
                "1.3.6.1.5.5.7.2.1" => "cps".to_owned(),
                "1.3.6.1.5.5.7.2.2" => "unotice".to_owned(),
                other => other.to_owned(),
            };
            let text =
                |one: &Any<'_>| format!("{}:{}", string_type(one.tag()), attribute_text(one));
            let value = if value.header.is_constructed() {
                let parts = der::children(value.data)?;
                let parts: Vec<String> = parts.iter().map(text).collect();
                format!("{{{}}}", parts.join(", "))
            } else {
                text(&value)
            };
            qualifiers.push(format!("{kind}={value}"));
        }
        policies.push(json!({"policy": der::dotted(identifier.data), "qualifiers": qualifiers}));
    }
    Ok(json!(policies))
}

fn pair<'a>(sequence: &Any<'a>) -> Result<[Any<'a>; 2], String> {
    let fields = der::children(sequence.data)?;
    <[Any<'_>; 2]>::try_from(fields).map_err(|_| "not a pair".to_owned())
}

fn name(dotted: &str) -> &str {
    match dotted {
        "2.5.29.37" => "extKeyUsage",
        "1.3.6.1.5.5.7.48.1.5" => "ocspNoCheck",
        "1.3.6.1.4.1.44363.44" => "delegationUsage",
        _ => oid::name(dotted),
    }
}

fn purpose(dotted: &str) -> String {
    let name = match dotted {
        "2.5.29.37.0" => "any",
        "1.3.6.1.5.5.7.3.5" => "ipsecEndSystem",
        "1.3.6.1.5.5.7.3.6" => "ipsecTunnel",
        "1.3.6.1.5.5.7.3.7" => "ipsecUser",
        "1.3.6.1.4.1.311.10.3.3" => "msSGC",
        "2.16.840.1.113730.4.1" => "nsSGC",
        _ => oid::name(dotted),
    };
    name.to_owned()
}

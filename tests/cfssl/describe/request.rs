//! Certificate signing requests.

use serde_json::{Value, json};

use super::extension::Context;
use super::{algorithm, certificate, extension, key, name};
use crate::common::describe::{der, oid};

pub(super) fn describe(request: &[u8]) -> Result<Value, String> {
    let outer = der::children(der::content(request)?)?;
    let [info, signature_algorithm, _signature] = outer.as_slice() else {
        return Err("a request is three fields".to_owned());
    };
    let fields = der::children(info.data)?;
    let [version, subject, spki, rest @ ..] = fields.as_slice() else {
        return Err("a request with too few fields".to_owned());
    };
    let subject = name::describe(subject.data)?;
    let context = Context {
        public_key: Some(certificate::public_key_bits(spki.data)?),
        ..Context::default()
    };
    let (mut attributes, mut extensions) = (Vec::new(), Vec::new());
    for attribute in der::children(rest.first().map_or(&[], |field| field.data))? {
        let fields = der::children(attribute.data)?;
        let [kind, values] = fields.as_slice() else {
            return Err("an attribute is a type and values".to_owned());
        };
        let kind = oid::name(&der::dotted(kind.data)).to_owned();
        if kind == "extensionRequest" {
            extensions = extension::describe(der::content(values.data)?, &context)?;
        }
        attributes.push(kind);
    }
    Ok(json!({
        "kind": "csr",
        "version_field": version.data.first(),
        "sigalg": algorithm(signature_algorithm.data)?,
        "subject": name::in_one_line(&subject),
        "subject_rdns": subject,
        "key": key::describe_public(spki.data),
        "attributes_field_present": !rest.is_empty(),
        "attributes": attributes,
        "extensions": extensions,
    }))
}

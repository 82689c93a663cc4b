//! Certificate revocation lists.

use serde_json::{Value, json};
use x509_parser::asn1_rs::Class;

use super::extension::Context;
use super::{algorithm, certificate, extension, name};
use crate::common::describe::der;

const INTEGER: u32 = 2;

pub(super) fn describe(list: &[u8], issuer: Option<&[u8]>) -> Result<Value, String> {
    let outer = der::children(der::content(list)?)?;
    let [tbs, signature_algorithm, _signature] = outer.as_slice() else {
        return Err("a revocation list is three fields".to_owned());
    };
    let mut fields = der::children(tbs.data)?.into_iter().peekable();
    let version = fields.next_if(|field| field.tag().0 == INTEGER);
    let version = version.and_then(|version| version.data.first().map(|byte| byte + 1));
    let mut next = || fields.next().ok_or("a revocation list with too few fields");
    let (_signature, issuer_name, this_update) = (next()?, next()?, next()?);
    let (this_update, this_update_type) = certificate::time(&this_update)?;
    let mut description = json!({
        "kind": "crl",
        "version": version.unwrap_or(1),
        "sigalg": algorithm(signature_algorithm.data)?,
        "issuer": name::in_one_line(&name::describe(issuer_name.data)?),
        "this_update": this_update_type,
    });
    let is_time = |class, tag| class == Class::Universal && matches!(tag, 23 | 24);
    if let Some(field) = fields.next_if(|field| is_time(field.class(), field.tag().0)) {
        let (next_update, _) = certificate::time(&field)?;
        let seconds = next_update.timestamp() - this_update.timestamp();
        description["next_update_minus_this_update_s"] = json!(seconds);
    }
    let context = Context {
        issuer_key_id: issuer.map(certificate::key_id).transpose()?.flatten(),
        ..Context::default()
    };
    let (mut serials, mut entry_extensions, mut extensions) = (Vec::new(), Vec::new(), Vec::new());
    for field in fields {
        if field.class() == Class::ContextSpecific {
            extensions = extension::describe(der::content(field.data)?, &context)?;
            continue;
        }
        for entry in der::children(field.data)? {
            let fields = der::children(entry.data)?;
            let serial = fields.first().ok_or("an empty entry")?;
            serials.push(der::hex(serial.data));
            entry_extensions.push(fields.len() > 2);
        }
    }
    description["revoked_serials_hex"] = json!(serials);
    description["entry_extensions"] = json!(entry_extensions);
    description["extensions"] = json!(extensions);
    Ok(description)
}

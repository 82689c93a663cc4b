//! The usages of a profile, with what was meant by a word that is none.

use super::Role;
use crate::cfssl::entry::Placed;
use crate::cfssl::fields::Fields;
use crate::cfssl::lint::LintRule;
use crate::cfssl::nearest_short;
use crate::cfssl::reader::Reader;
use crate::cfssl::usage::CfsslUsage;
use crate::document::DocumentError;
use crate::name::Quoted;

pub(super) fn usages(
    reader: &mut Reader,
    fields: &Fields<'_>,
    role: Role,
) -> Result<Vec<CfsslUsage>, DocumentError> {
    let Some(entry) = fields.get("usages") else {
        return match role {
            Role::Default => Ok(Vec::new()),
            Role::Named => {
                let error = fields
                    .whole
                    .refuse("no 'usages': cfssl takes none from the default");
                Err(error.suggesting(EXAMPLE))
            }
        };
    };
    let mut usages = Vec::new();
    let mut first_unknown: Option<DocumentError> = None;
    for word in entry.texts(reader)? {
        match CfsslUsage::from_name(&word.text) {
            Some(usage) if reader.is_strict() && usages.contains(&usage) => {
                let remark = format!("the usage {} stands here twice", Quoted(&word.text));
                reader.warn(LintRule::UsageTwice, word.refuse(remark));
            }
            Some(usage) => usages.push(usage),
            None => {
                let error = unknown_usage(&word);
                first_unknown.get_or_insert_with(|| error.clone());
                if !reader.is_full() {
                    reader.ignore(LintRule::UsageUnknown, error)?;
                }
            }
        }
    }
    if usages.is_empty() {
        match role {
            // cfssl fails only once such a default is used.
            Role::Default => {
                let error = entry.refuse("no usage that cfssl knows");
                reader.ignore(LintRule::NoUsages, error.suggesting(EXAMPLE))?;
            }
            Role::Named => {
                let empty = || {
                    entry
                        .refuse("no usage that cfssl knows")
                        .suggesting(EXAMPLE)
                };
                return Err(first_unknown.unwrap_or_else(empty));
            }
        }
    }
    Ok(usages)
}

const EXAMPLE: &str = r#""usages": ["signing", "key encipherment", "server auth", "client auth"]"#;

fn unknown_usage(word: &Placed) -> DocumentError {
    let text = word.text.as_str();
    let parts: Vec<_> = text.split([',', ';']).map(str::trim).collect();
    if parts.len() > 1
        && parts
            .iter()
            .all(|part| CfsslUsage::from_name(part).is_some())
    {
        let error = word.refuse(format!("{} is a list in one string", Quoted(text)));
        let quoted: Vec<_> = parts.iter().map(|part| format!("\"{part}\"")).collect();
        return error.suggesting(&quoted.join(", "));
    }
    // OpenSSL's and Go's spellings, by the names of RFC 5280.
    let camel = match text
        .to_ascii_lowercase()
        .replace([' ', '-', '_'], "")
        .as_str()
    {
        "serverauth" | "tlswebserverauthentication" => Some("server auth"),
        "clientauth" | "tlswebclientauthentication" => Some("client auth"),
        "digitalsignature" => Some("digital signature"),
        "keycertsign" | "certsign" => Some("cert sign"),
        "keyencipherment" => Some("key encipherment"),
        _ => None,
    };
    let near = camel.or_else(|| nearest_short(text, CfsslUsage::names()));
    let known: Vec<_> = CfsslUsage::names()
        .filter(|name| !name.contains("committ"))
        .collect();
    let error = word.refuse(format!(
        "unknown usage {}: the usages are {}",
        Quoted(text),
        known.join(", ")
    ));
    match near {
        Some(near) => error.suggesting(near),
        None => error,
    }
}

//! What cfssl makes of a host: an address, an e-mail address, a URI, or, of
//! all else, a dNSName. kpki differs in three points, each with a warning: an
//! empty host is left out, a URI needs `scheme://`, and what is no DNS name is
//! called so.

use std::net::IpAddr;

use super::Read;
use super::entry::Placed;
use crate::document::DocumentError;
use crate::name::{DnsName, GeneralName, Ia5Text, NameProblem, Quoted};

/// The names of hosts in their order; none for an empty one.
pub(super) fn general_names(hosts: &[Placed]) -> Result<Read<Vec<GeneralName>>, DocumentError> {
    const MOST: usize = 10_000;
    if let Some(host) = hosts.get(MOST) {
        return Err(host.refuse(format!("more than {MOST} hosts in one certificate")));
    }
    let mut names = Read {
        value: Vec::new(),
        warnings: Vec::new(),
    };
    for host in hosts {
        if host.text.is_empty() {
            let warning = host.refuse(
                "an empty host is left out: cfssl makes an empty DNS name of it, which strict readers refuse",
            );
            names.warnings.push(warning.suggesting("leave it out"));
            continue;
        }
        names.value.push(general_name(host, &mut names.warnings)?);
    }
    Ok(names)
}

/// The names of `-hostname`, as `cfssl sign` takes them instead of the CSR's.
///
/// # Errors
/// [`DocumentError`] for a name that no certificate can hold.
pub fn split_cfssl_hostname(text: &str) -> Result<Read<Vec<GeneralName>>, DocumentError> {
    let mut split = split_hostname(text);
    let names = general_names(&split.value)?;
    split.warnings.extend(names.warnings);
    Ok(Read {
        value: names.value,
        warnings: split.warnings,
    })
}

/// The value of `-hostname`: names between commas. Blanks around them and
/// names that are empty are left out.
pub(super) fn split_hostname(text: &str) -> Read<Vec<Placed>> {
    let place = |text: &str| Placed {
        text: text.to_owned(),
        position: None,
        path: "-hostname".to_owned(),
    };
    let mut split = Read {
        value: Vec::new(),
        warnings: Vec::new(),
    };
    if text.is_empty() {
        return split;
    }
    for part in text.split(',') {
        let name = part.trim();
        if name != part && !name.is_empty() {
            let warning = format!("{} is taken without the blanks around it", Quoted(part));
            split.warnings.push(place(part).refuse(warning));
        }
        match name {
            "" => {
                let warning = place(part).refuse("an empty name is left out");
                let better = "no comma at the end, none twice";
                split.warnings.push(warning.suggesting(better));
            }
            name => split.value.push(place(name)),
        }
    }
    split
}

fn general_name(
    host: &Placed,
    warnings: &mut Vec<DocumentError>,
) -> Result<GeneralName, DocumentError> {
    let text = host.text.as_str();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(GeneralName::Ip(address.to_canonical()));
    }
    let name: Ia5Text = text.parse().map_err(|error: crate::NameError| {
        let refused = host.refuse(error.to_string());
        match error.problem {
            NameProblem::NonAscii(Some(ascii)) => refused.suggesting(&ascii),
            _ => refused,
        }
    })?;
    if let Some(address) = email_address(text) {
        // A part of a text that is ASCII.
        let address = address.parse().map_err(|_| host.refuse("no address"))?;
        return Ok(GeneralName::Email(address));
    }
    if let Some(uri) = uri(text) {
        let uri = uri.parse().map_err(|_| host.refuse("no URI"))?;
        return Ok(GeneralName::Uri(uri));
    }
    if let Err(error) = DnsName::parse(text) {
        let fate = match error.problem {
            NameProblem::Placeholder => "",
            _ if opaque_uri(text) => {
                "; cfssl 1.3.3 and later make a URI of it, kpki a DNS name, which no client matches"
            }
            _ => "; as it stands it becomes a DNS name that no client matches",
        };
        let warning = host.refuse(format!("{error}{fate}"));
        let instead = super::certificate_request::instead(&error.problem);
        warnings.push(DocumentError {
            suggestion: instead,
            ..warning
        });
    }
    Ok(GeneralName::Dns(name))
}

/// The address of `local@domain` or `Name <local@domain>` (RFC 5322 section
/// 3.4), as Go's `mail.ParseAddress` takes them; comments are not.
fn email_address(text: &str) -> Option<&str> {
    let address = match text.trim_end().strip_suffix('>') {
        None => text.trim(),
        Some(rest) => {
            let (phrase, address) = rest.rsplit_once('<')?;
            is_phrase(phrase.trim()).then_some(address)?
        }
    };
    let (local, domain) = address.rsplit_once('@')?;
    (is_dot_atom(local) || is_quoted_string(local)).then_some(())?;
    is_dot_atom(domain).then_some(address)
}

/// RFC 5322 section 3.2.3: atext between dots.
fn is_dot_atom(text: &str) -> bool {
    let is_atom = |atom: &str| !atom.is_empty() && atom.chars().all(is_atext);
    text.split('.').all(is_atom)
}

fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

fn is_quoted_string(text: &str) -> bool {
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    inner.is_some_and(|inner| {
        !inner.is_empty() && !inner.contains(['"', '\\']) && inner.chars().all(is_visible)
    })
}

fn is_visible(c: char) -> bool {
    c == ' ' || c.is_ascii_graphic()
}

/// A display name: nothing, words, or a quoted string.
fn is_phrase(text: &str) -> bool {
    let is_word = |word: &str| word.chars().all(|c| is_atext(c) || c == '.');
    is_quoted_string(text) || text.split_whitespace().all(is_word)
}

/// `scheme://rest` as Go's `url.URL` writes it again: the scheme in lower
/// case, and what RFC 3986 does not allow in percent-encoding.
fn uri(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    if !is_scheme(scheme) {
        return None;
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let in_authority = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@[]%".contains(c);
    if !authority.chars().all(in_authority) || !text.chars().all(is_visible) {
        return None;
    }
    let mut uri = format!("{}://{authority}", scheme.to_ascii_lowercase());
    for c in path.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || "-._~:/?@!$&'()*+,;=[]%".contains(c) => uri.push(c),
            c => uri.push_str(&format!("%{:02X}", u32::from(c))),
        }
    }
    Some(uri)
}

/// RFC 3986 section 3.1.
fn is_scheme(text: &str) -> bool {
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(in_scheme)
}

/// What Go takes for a URI besides: `localhost:8080`, `/path`, `*`.
fn opaque_uri(text: &str) -> bool {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme);
    text == "*" || text.starts_with('/') || scheme.is_some_and(is_scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> (Vec<String>, Vec<String>) {
        let place = |text: &&str| Placed {
            text: (*text).to_owned(),
            position: None,
            path: "hosts".to_owned(),
        };
        let hosts: Vec<_> = texts.iter().map(place).collect();
        let read = general_names(&hosts).unwrap();
        let shown = |name: &GeneralName| name.to_string();
        let warnings = read.warnings.iter().map(ToString::to_string).collect();
        (read.value.iter().map(shown).collect(), warnings)
    }

    #[test]
    fn the_kinds_are_cfssls() {
        let (names, warnings) = read(&[
            "z",
            "10.0.0.1",
            "spiffe://td/ns/x",
            "e@f.g",
            "::1",
            "Bob <bob@example.com>",
            "HTTP://u.v/w x?q=1#f",
            "*.c.internal",
            "::ffff:1.2.3.4",
        ]);
        assert_eq!(
            names,
            [
                "DNS:z",
                "IP:10.0.0.1",
                "URI:spiffe://td/ns/x",
                "email:e@f.g",
                "IP:::1",
                "email:bob@example.com",
                "URI:http://u.v/w%20x?q=1%23f",
                "DNS:*.c.internal",
                "IP:1.2.3.4",
            ]
        );
        assert_eq!(warnings, Vec::<String>::new());
    }

    #[test]
    fn what_is_no_dns_name_becomes_one_with_a_warning() {
        let odd = [
            "10.0.0.1:2379",
            "10.0.0.0/24",
            "[::1]",
            "010.0.0.1",
            "a b",
            " lead",
            "localhost:8080",
            "system:node:n1",
            "/path",
            "fe80::1%eth0",
            "*",
        ];
        let (names, warnings) = read(&odd);
        assert_eq!(names, odd.map(|text| format!("DNS:{text}")));
        assert_eq!(warnings.len(), odd.len(), "{warnings:#?}");
        assert!(warnings[6].contains("cfssl 1.3.3"), "{warnings:#?}");
    }

    #[test]
    fn an_empty_host_is_left_out() {
        let (names, warnings) = read(&[""]);
        assert_eq!(names, Vec::<String>::new());
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn a_hostname_is_split_and_trimmed() {
        let split = split_hostname("f.g, h.i,10.0.0.1,");
        let texts: Vec<_> = split.value.iter().map(|p| p.text.as_str()).collect();
        assert_eq!(texts, ["f.g", "h.i", "10.0.0.1"]);
        assert_eq!(split.warnings.len(), 2);
        assert!(split_hostname("").value.is_empty());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}") {
            let host = Placed { text, position: None, path: String::new() };
            let _ = general_names(&[host]);
        }
    }
}

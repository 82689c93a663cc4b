//! The subject of a certificate request.

use der::asn1::ObjectIdentifier;

use super::fields::{Entry, Fields, Placed, Reader};
use super::json::Suggesting;
use super::schema::{GoType, Schema};
use crate::document::DocumentError;
use crate::name::{
    Attribute, AttributeType, DistinguishedName, EmailAddress, NameProblem, Quoted,
    RelativeDistinguishedName, SubjectAltName,
};

/// The order of cfssl's certificates: by kind, whatever the document's order.
const ORDER: [AttributeType; 9] = [
    AttributeType::Country,
    AttributeType::Province,
    AttributeType::Locality,
    AttributeType::StreetAddress,
    AttributeType::PostalCode,
    AttributeType::Organization,
    AttributeType::OrganizationalUnit,
    AttributeType::CommonName,
    AttributeType::SerialNumber,
];

pub(super) const NAME: Schema = Schema {
    go_name: "csr.Name",
    keys: &[
        ("C", GoType::Text),
        ("ST", GoType::Text),
        ("L", GoType::Text),
        ("O", GoType::Text),
        ("OU", GoType::Text),
        ("E", GoType::Text),
        ("OID", GoType::Map(&GoType::Text)),
    ],
    accidents: &[("SerialNumber", GoType::Text)],
    explain: |key| match key {
        "CN" | "cn" | "commonName" => Some((
            "cfssl ignores a common name here, and the certificate has none",
            "move \"CN\" to the top of the document",
        )),
        "SerialNumber" | "serialnumber" | "serialNumber" => Some((
            "cfssl ignores a serial number here",
            "write \"serialnumber\" at the top of the document",
        )),
        "S" | "SP" | "state" | "State" | "province" => Some(("the province is 'ST'", "ST")),
        "country" | "Country" => Some(("the country is 'C'", "C")),
        "city" | "locality" => Some(("the city is 'L'", "L")),
        "organization" => Some(("the organization is 'O'", "O")),
        "email" | "emailAddress" => Some(("the e-mail address is 'E'", "E")),
        _ => None,
    },
};

const KINDS: [(&str, AttributeType); 5] = [
    ("C", AttributeType::Country),
    ("ST", AttributeType::Province),
    ("L", AttributeType::Locality),
    ("O", AttributeType::Organization),
    ("OU", AttributeType::OrganizationalUnit),
];

/// The subject of a document with `CN`, `names` and a serial number. Values of
/// one kind share a relative name. An `OID` of a kind in [`ORDER`]
/// replaces what the other keys gave; the rest follow in the document's order.
pub(super) fn read(
    reader: &mut Reader,
    top: &Fields<'_>,
    serial_number_key: &str,
) -> Result<DistinguishedName, DocumentError> {
    let mut named: Vec<Attribute> = Vec::new();
    let mut extra: Vec<Attribute> = Vec::new();
    let elements = top.get("names").map_or(Ok(Vec::new()), Entry::elements)?;
    for element in elements {
        if element.is_null() {
            reader.ignore(
                element
                    .refuse("the value is null")
                    .suggesting("leave it out"),
            )?;
            continue;
        }
        let fields = reader.fields(&element, &NAME)?;
        for (key, kind) in KINDS {
            if let Some(value) = fields.get(key).map(Entry::placed).transpose()? {
                named.extend(attribute(reader, kind, &value)?);
            }
        }
        if let Some(entry) = fields.get("OID") {
            for (oid, value) in reader.entries(entry)? {
                let kind = kind(&oid)?;
                let value = value.text_or_null(reader)?;
                extra.extend(attribute(reader, kind, &value)?);
            }
        }
        if let Some(email) = fields.get("E").map(Entry::placed).transpose()? {
            extra.extend(attribute(reader, AttributeType::EmailAddress, &email)?);
        }
    }
    if let Some(common_name) = top.get("CN").map(Entry::placed).transpose()? {
        named.extend(attribute(reader, AttributeType::CommonName, &common_name)?);
    }
    if let Some(serial_number) = top.get(serial_number_key).map(Entry::placed).transpose()? {
        named.extend(attribute(
            reader,
            AttributeType::SerialNumber,
            &serial_number,
        )?);
    }

    let mut relative_names = Vec::new();
    for kind in &ORDER {
        let of_kind = |from: &[Attribute]| -> Vec<Attribute> {
            from.iter().filter(|a| a.kind() == kind).cloned().collect()
        };
        let replacing = of_kind(&extra);
        let mut values = if replacing.is_empty() {
            of_kind(&named)
        } else {
            replacing
        };
        // Strict readers refuse a name with one attribute twice.
        let mut seen = std::collections::HashSet::new();
        values.retain(|attribute| seen.insert(attribute.clone()));
        let mut values = values.into_iter();
        if let Some(first) = values.next() {
            relative_names.push(RelativeDistinguishedName::new(first, values.collect()));
        }
    }
    let others = extra.into_iter().filter(|a| !ORDER.contains(a.kind()));
    relative_names.extend(others.map(|a| RelativeDistinguishedName::new(a, Vec::new())));
    Ok(DistinguishedName::new(relative_names))
}

fn kind(oid: &Placed) -> Result<AttributeType, DocumentError> {
    let refuse = || oid.refuse(format!("{} is not an object identifier", Quoted(&oid.text)));
    ObjectIdentifier::new(&oid.text).map_err(|_| refuse())?;
    AttributeType::from_oid(&oid.text).ok_or_else(refuse)
}

fn attribute(
    reader: &mut Reader,
    kind: AttributeType,
    value: &Placed,
) -> Result<Option<Attribute>, DocumentError> {
    if value.text.is_empty() {
        reader.warn(value.refuse("an empty value is left out of the subject"));
        return Ok(None);
    }
    if reader.is_strict() {
        if is_placeholder(&kind, &value.text) {
            let message = format!(
                "{} is a placeholder that was not filled in",
                Quoted(&value.text)
            );
            return Err(value.refuse(message));
        }
        let parsed = match kind {
            AttributeType::EmailAddress => value.text.parse::<EmailAddress>().map(|_| ()),
            _ => Ok(()),
        };
        let parsed = parsed.and_then(|()| Attribute::parse(kind, &value.text));
        return parsed
            .map(Some)
            .map_err(|error| value.refuse(error.to_string()));
    }
    Ok(Some(Attribute::new(kind, value.text.clone())))
}

/// A template anywhere; `example.net` and its like only as the common name,
/// where `cfssl print-defaults` leaves it.
fn is_placeholder(kind: &AttributeType, text: &str) -> bool {
    let template = |open, close| {
        text.split_once(open)
            .is_some_and(|(_, rest): (&str, &str)| rest.contains(close))
    };
    let example = || {
        let parsed = SubjectAltName::parse_host(text);
        parsed.is_err_and(|error| error.problem == NameProblem::Placeholder)
    };
    template("<", ">")
        || template("${", "}")
        || template("{{", "}}")
        || (*kind == AttributeType::CommonName && example())
}

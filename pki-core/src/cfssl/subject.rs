//! The subject of a certificate request.

use der::asn1::ObjectIdentifier;

use super::entry::{Entry, Placed};
use super::fields::Fields;
use super::lint::LintRule;
use super::reader::Reader;
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

/// The subject of a document with `CN`, `names` and a serial number, as a CSR
/// has it. Values of one kind share a relative name; an `OID` replaces what the
/// other keys gave for its kind. Those and the e-mail address come last, in the
/// document's order.
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
                LintRule::NullValue,
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
    named.retain(|attribute| !extra.iter().any(|other| other.kind() == attribute.kind()));
    let extra = extra.into_iter();
    let extra = extra.map(|attribute| RelativeDistinguishedName::new(attribute, Vec::new()));
    Ok(DistinguishedName::new(
        grouped(&named).chain(extra).collect(),
    ))
}

/// The subject of a certificate for a request with this one: the kinds of
/// [`ORDER`] in their order, one common name and one serial number, then the
/// others. Every value gets the string type that Go chooses.
pub(super) fn arranged(requested: &DistinguishedName) -> DistinguishedName {
    let relative = requested.relative_names().iter();
    let written = relative.flat_map(RelativeDistinguishedName::attributes);
    let mut attributes: Vec<_> = written
        .map(|a| Attribute::new(a.kind().clone(), a.value().to_owned()))
        .collect();
    for single in [AttributeType::CommonName, AttributeType::SerialNumber] {
        let last = attributes.iter().rposition(|a| *a.kind() == single);
        let mut index = 0;
        attributes.retain(|attribute| {
            let keep = *attribute.kind() != single || Some(index) == last;
            index += 1;
            keep
        });
    }
    let others = attributes.iter().filter(|a| !ORDER.contains(a.kind()));
    let others = others.map(|a| RelativeDistinguishedName::new(a.clone(), Vec::new()));
    DistinguishedName::new(grouped(&attributes).chain(others).collect())
}

/// The same name with this common name and no other: in the place of the old
/// one, else behind the organization.
pub(super) fn with_common_name(subject: &DistinguishedName, name: &str) -> DistinguishedName {
    let kind = |relative: &RelativeDistinguishedName| {
        relative.attributes().first().map(|a| a.kind().clone())
    };
    let mut relative_names = subject.relative_names().to_vec();
    let place = |wanted: &dyn Fn(&AttributeType) -> bool| {
        let found = |relative| kind(relative).is_some_and(|kind| wanted(&kind));
        relative_names.iter().position(found)
    };
    let behind = |kind: &AttributeType| {
        *kind == AttributeType::SerialNumber || !KINDS.iter().any(|(_, known)| known == kind)
    };
    let place = place(&|kind| *kind == AttributeType::CommonName).or_else(|| place(&behind));
    let place = place.unwrap_or(relative_names.len());
    let common_name = Attribute::new(AttributeType::CommonName, name.to_owned());
    relative_names.insert(
        place,
        RelativeDistinguishedName::new(common_name, Vec::new()),
    );
    let mut index = 0;
    relative_names.retain(|relative| {
        let keep = index == place || kind(relative) != Some(AttributeType::CommonName);
        index += 1;
        keep
    });
    DistinguishedName::new(relative_names)
}

/// A relative name for each kind of [`ORDER`] that is there; values of one
/// kind share it.
fn grouped(attributes: &[Attribute]) -> impl Iterator<Item = RelativeDistinguishedName> {
    ORDER.iter().filter_map(|kind| {
        let mut values: Vec<_> = attributes.iter().filter(|a| a.kind() == kind).collect();
        // Strict readers refuse a name with one attribute twice.
        let mut seen = std::collections::HashSet::new();
        values.retain(|attribute| seen.insert(*attribute));
        let mut values = values.into_iter().cloned();
        let first = values.next()?;
        Some(RelativeDistinguishedName::new(first, values.collect()))
    })
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
        let remark = value.refuse("an empty value is left out of the subject");
        reader.warn(LintRule::EmptyValue, remark);
        return Ok(None);
    }
    if value.text.contains('\0') {
        return Err(value.refuse("a NUL character, at which some programs end the value"));
    }
    if is_placeholder(&kind, &value.text) {
        let message = format!(
            "{} is a placeholder that was not filled in",
            Quoted(&value.text)
        );
        reader.judge(LintRule::Placeholder, value.refuse(message))?;
        return Ok(Some(Attribute::new(kind, value.text.clone())));
    }
    let parsed = match kind {
        AttributeType::EmailAddress => value.text.parse::<EmailAddress>().map(|_| ()),
        _ => Ok(()),
    };
    let parsed = parsed.and_then(|()| Attribute::parse(kind.clone(), &value.text));
    match parsed {
        Ok(attribute) if reader.is_strict() => return Ok(Some(attribute)),
        Ok(_) => {}
        Err(error) => {
            reader.judge(LintRule::SubjectValue, value.refuse(error.to_string()))?;
        }
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

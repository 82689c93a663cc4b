//! Names that are valid by construction: host names, subject alternative
//! names and distinguished names.
//!
//! Whoever holds one of these values need not check it again: it holds no
//! control character, no placeholder, no port and no path, and a host name is
//! safe as a file name.

mod attribute;
mod attribute_type;
mod distinguished_name;
mod dns;
mod general_name;
mod host_name;
mod problem;
mod subject_alt_name;

pub use attribute::{Attribute, StringType};
pub use attribute_type::AttributeType;
pub use distinguished_name::{DistinguishedName, RelativeDistinguishedName};
pub use dns::DnsName;
pub use general_name::{GeneralName, Ia5Text};
pub use host_name::HostName;
pub use problem::{NameError, NameNote, NameProblem, Noted, Quoted};
pub use subject_alt_name::{EmailAddress, SubjectAltName, Uri, parse_ip_address};

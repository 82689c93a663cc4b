//! Names, addresses, endpoints and ranges.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pki_core::{ControlPlaneEndpoint, DistinguishedName, HostName, ServiceSubnet, SubjectAltName};

fuzz_target!(|bytes: &[u8]| {
    if let Some(name) = DistinguishedName::from_der(bytes) {
        let _ = name.to_string();
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = SubjectAltName::parse(text);
    let _ = text.parse::<ControlPlaneEndpoint>();
    let _ = text.parse::<ServiceSubnet>();
    if let Ok(name) = HostName::parse_node(text) {
        let name = name.value.as_str();
        assert!(!name.contains(['/', '\0']) && !name.starts_with('.') && !name.is_empty());
    }
});

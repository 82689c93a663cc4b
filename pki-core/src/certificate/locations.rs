//! Where a certificate says that more is to be had about it.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

use super::Certificate;
use crate::oid;

impl Certificate {
    /// The URIs of the OCSP responders in authorityInfoAccess (RFC 5280 section
    /// 4.2.2.1).
    #[must_use]
    pub fn ocsp_servers(&self) -> Vec<String> {
        let ocsp = oid::OCSP.to_string();
        self.locations(|extension| match extension {
            ParsedExtension::AuthorityInfoAccess(access) => access
                .iter()
                .filter(|description| description.access_method.to_id_string() == ocsp)
                .filter_map(|description| uri(&description.access_location))
                .collect(),
            _ => Vec::new(),
        })
    }

    /// The URIs of cRLDistributionPoints (RFC 5280 section 4.2.1.13).
    #[must_use]
    pub fn crl_distribution_points(&self) -> Vec<String> {
        self.locations(|extension| match extension {
            ParsedExtension::CRLDistributionPoints(points) => points
                .iter()
                .filter_map(|point| match &point.distribution_point {
                    Some(DistributionPointName::FullName(names)) => Some(names),
                    _ => None,
                })
                .flatten()
                .filter_map(uri)
                .collect(),
            _ => Vec::new(),
        })
    }

    /// What was read once is read again.
    fn locations(&self, of: impl Fn(&ParsedExtension<'_>) -> Vec<String>) -> Vec<String> {
        let Ok((_, parsed)) = X509Certificate::from_der(self.to_der()) else {
            return Vec::new();
        };
        let extensions = parsed.extensions().iter();
        extensions.flat_map(|e| of(e.parsed_extension())).collect()
    }
}

fn uri(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(uri) => Some((*uri).to_owned()),
        _ => None,
    }
}

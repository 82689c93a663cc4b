//! What is refused, in the words that cfssl prints.

mod agreement;
mod configuration;
mod request;
mod syntax;

use super::*;
use crate::cfssl::{CfsslCertificateRequest, Reading, SigningConfig};

/// What `cfssl` prints for a configuration.
fn configuration(text: &str) -> Option<String> {
    SigningConfig::refusal_of_cfssl(text.as_bytes()).map(|refusal| refusal.to_string())
}

fn profile(profile: &str) -> String {
    format!("{{\"signing\":{{\"profiles\":{{\"p\":{profile}}}}}}}")
}

fn default(profile: &str) -> String {
    format!("{{\"signing\":{{\"default\":{profile}}}}}")
}

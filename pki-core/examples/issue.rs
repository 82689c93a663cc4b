//! Another tool issues a server certificate from a new CA. Time and random
//! numbers are the caller's, because the library reads neither: the example
//! takes both from the operating system. Each certificate is read back and
//! verified before `Issuer` hands it out. The CA's certificate, the server's
//! certificate and the server's key go to stdout; the CA's key is dropped.
//!
//! ```text
//! cargo run -p pki-core --example issue > issued.pem
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it made")]
#![expect(
    clippy::disallowed_methods,
    reason = "a program, unlike the core, reads the clock"
)]

use std::time::{SystemTime, UNIX_EPOCH};

use pki_core::{
    CertificateRequest, DistinguishedName, Error, Issuer, KeyAlgorithm, KeyPair, KubernetesVersion,
    Profile, SerialNumber, SigningKey, SubjectAltName, Timestamp, Validity,
};

const DAY: i64 = 86_400;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let now = Timestamp::from_unix(i64::try_from(seconds)?)?;
    let mut random = |buffer: &mut [u8]| getrandom::fill(buffer).map_err(|_| Error::Randomness);

    let ca_key = KeyPair::generate(KeyAlgorithm::EcdsaP256)?;
    let request = CertificateRequest {
        subject: DistinguishedName::kubernetes(None, "example-ca"),
        subject_alt_names: Vec::new(),
        public_key: ca_key.public_key().clone(),
    };
    let validity = Validity::new(now, now.plus(3650 * DAY)?)?;
    let serial = SerialNumber::random_63_bits(&mut random)?;
    let profile = Profile::certificate_authority(KubernetesVersion::NEWEST);
    let params = profile.params(&request, None, validity, serial)?;
    let ca = Issuer::self_signed(&params, Box::new(ca_key), now)?;

    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256)?;
    let request = CertificateRequest {
        subject: DistinguishedName::kubernetes(None, "api.example.com"),
        subject_alt_names: vec![
            SubjectAltName::parse_host("api.example.com")?.value.into(),
            SubjectAltName::parse_host("10.0.0.11")?.value.into(),
        ],
        public_key: key.public_key().clone(),
    };
    let validity = Validity::new(now, now.plus(365 * DAY)?)?;
    let serial = SerialNumber::random_63_bits(&mut random)?;
    let params = Profile::server().params(&request, Some(&ca), validity, serial)?;
    let certificate = ca.issue(&params)?;

    print!("{}", ca.certificate().to_pem());
    print!("{}", certificate.to_pem());
    print!("{}", key.to_pem().as_str());
    Ok(())
}

//! The request of a call, CSRJSON, with what the flags put in its place; its key and CSR.

use pki_core::{
    CertificateSigningRequest, CfsslCa, CfsslCertificateRequest, CfsslRefusal, GeneralName,
    KeyPair, Reading, SigningKey,
};

use super::document::accepted;
use super::failure::CfsslFailure;
use super::flags::Flag;
use super::{COMMAND_LINE, Run, issuer, material};

/// A request that is ready for a key.
pub(super) struct Request {
    /// Where it comes from, for messages.
    file: String,
    pub(super) json: CfsslCertificateRequest,
    /// Its hosts as names of a certificate.
    pub(super) hosts: Vec<GeneralName>,
}

/// A request with its new key.
pub(super) struct Generated {
    pub(super) key: KeyPair,
    pub(super) csr: CertificateSigningRequest,
}

impl Request {
    /// Reads a document; `-` is stdin.
    pub(super) fn read(path: &str, run: &mut Run<'_>) -> Result<Self, CfsslFailure> {
        let bytes = material::document(path).map_err(CfsslFailure::new)?;
        let shown = if path == "-" { "stdin" } else { path };
        let refusal = CfsslCertificateRequest::refusal_of_cfssl(&bytes);
        let read = accepted(
            shown,
            CfsslCertificateRequest::parse(&bytes, Reading::Lenient),
            refusal.or_else(|| refused_lifetime(&bytes, run)),
            "kpki refuses the request",
        )?;
        let path_length = read.value.ca().and_then(CfsslCa::signing_refusal_of_cfssl);
        if let Some(refusal) = path_length.filter(|_| run.flags.is_on(Flag::Initca)) {
            return Err(CfsslFailure::new(refusal.to_string()));
        }
        run.warnings.warn_in(shown, &read.warnings);
        let mut json = read.value;
        if !run.flags.text(Flag::Cn).is_empty() {
            json = json.with_common_name(run.flags.text(Flag::Cn));
        }
        Self::with_hosts(json, shown, run)
    }

    /// The hosts of the request, or of `-hostname` if it is given and no CA is made.
    fn with_hosts(
        mut json: CfsslCertificateRequest,
        file: &str,
        run: &mut Run<'_>,
    ) -> Result<Self, CfsslFailure> {
        let hostname = run.flags.text(Flag::Hostname);
        let mut place = file;
        if !hostname.is_empty() && !run.flags.is_on(Flag::Initca) {
            let read = json.with_hostname(hostname);
            json = read.value;
            run.warnings.warn_in(COMMAND_LINE, &read.warnings);
            place = COMMAND_LINE;
        }
        let hosts = json.general_names().map_err(|error| {
            CfsslFailure::new("a host cannot stand in a certificate").advise_in(place, &error)
        })?;
        run.warnings.warn_in(place, &hosts.warnings);
        Ok(Self {
            file: file.to_owned(),
            json,
            hosts: hosts.value,
        })
    }

    /// A request for what a certificate says: its subject and its names.
    pub(super) fn of_certificate(named: &str, run: &Run<'_>) -> Result<Self, CfsslFailure> {
        let certificate = issuer::certificate(named, run)?;
        let refuse = |error: pki_core::Error| CfsslFailure::coded(9300, &error.to_string());
        let json = CfsslCertificateRequest::of_certificate(&certificate).map_err(refuse)?;
        let hosts = certificate.general_names().map_err(refuse)?;
        Ok(Self {
            file: named.to_owned(),
            json,
            hosts,
        })
    }

    /// A new key and its CSR, with cfssl's lines about them.
    pub(super) fn generate(&self, run: &Run<'_>) -> Result<Generated, CfsslFailure> {
        run.log.info("received CSR");
        let key = self.json.key();
        run.log
            .info(&format!("generating key: {}-{}", key.algo(), key.size()));
        let algorithm = key.algorithm().map_err(|error| {
            let words = match key.refusal_of_cfssl() {
                Some(refusal) => CfsslFailure::new(refusal.to_string()),
                None => CfsslFailure::coded(2400, "Failed to generate private key"),
            };
            words.advise_in(&self.file, &error)
        })?;
        let key = KeyPair::generate(algorithm)
            .map_err(|error| CfsslFailure::coded(2400, &error.to_string()))?;
        let csr = self.csr(&key, run)?;
        Ok(Generated { key, csr })
    }

    /// The CSR for a key that exists.
    pub(super) fn csr(
        &self,
        key: &dyn SigningKey,
        run: &Run<'_>,
    ) -> Result<CertificateSigningRequest, CfsslFailure> {
        let csr = self.json.csr(&self.hosts, key);
        let csr = csr.map_err(|error| CfsslFailure::coded(9300, &error.to_string()))?;
        run.log.info("encoded CSR");
        Ok(csr)
    }

    /// What only a CA may ask for.
    pub(super) fn refuse_ca(&self) -> Result<(), CfsslFailure> {
        match self.json.ca() {
            None => Ok(()),
            Some(_) => Err(CfsslFailure::new("ca section only permitted in initca").advise(
                "'ca' makes a root; for an intermediate CA sign its CSR with a profile that has \"ca_constraint\": {\"is_ca\": true}",
            )),
        }
    }
}

/// Why cfssl would make no CA for as long as the request says.
fn refused_lifetime(bytes: &[u8], run: &Run<'_>) -> Option<CfsslRefusal> {
    if !run.flags.is_on(Flag::Initca) {
        return None;
    }
    // A subject that is missing is told later, among the lines of the log.
    CfsslCertificateRequest::authority_refusal_of_cfssl(bytes, Some("given"))
}

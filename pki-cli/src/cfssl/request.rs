//! The request of a call, CSRJSON, with what the flags put in its place; its key and CSR.

use pki_core::cfssl::{CfsslCa, CfsslCertificateRequest, CfsslRefusal, Reading};
use pki_core::{CertificateSigningRequest, GeneralName, KeyPair, SigningKey};

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
    /// Reads a document; `-` is stdin. `obeyed` are the flags, of `-cn` and `-hostname`, that rule
    /// over it.
    pub(super) fn read(
        path: &str,
        obeyed: &[Flag],
        run: &mut Run<'_>,
    ) -> Result<Self, CfsslFailure> {
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
        warn_unobeyed(shown, obeyed, run);
        let mut json = read.value;
        if obeyed.contains(&Flag::Cn) && !run.flags.text(Flag::Cn).is_empty() {
            json = json.with_common_name(run.flags.text(Flag::Cn));
        }
        if obeyed.contains(&Flag::Hostname) && !run.flags.text(Flag::Hostname).is_empty() {
            return Self::with_hostname(json, shown, run);
        }
        Self::with_hosts(json, shown, shown, run)
    }

    /// The request with the hosts of `-hostname` instead of its own.
    fn with_hostname(
        json: CfsslCertificateRequest,
        file: &str,
        run: &mut Run<'_>,
    ) -> Result<Self, CfsslFailure> {
        let read = json.with_hostname(run.flags.text(Flag::Hostname));
        run.warnings.warn_in(COMMAND_LINE, &read.warnings);
        Self::with_hosts(read.value, file, COMMAND_LINE, run)
    }

    /// The request with its hosts, which stand in `place`.
    fn with_hosts(
        json: CfsslCertificateRequest,
        file: &str,
        place: &str,
        run: &mut Run<'_>,
    ) -> Result<Self, CfsslFailure> {
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

    /// A request for what a certificate says: its subject and its names, or those of `-hostname`.
    pub(super) fn of_certificate(named: &str, run: &mut Run<'_>) -> Result<Self, CfsslFailure> {
        let certificate = issuer::certificate(named, run)?;
        let refuse = |error: pki_core::Error| CfsslFailure::coded(9300, &error.to_string());
        let json = CfsslCertificateRequest::of_certificate(&certificate).map_err(refuse)?;
        warn_unobeyed(named, &[Flag::Hostname], run);
        if !run.flags.text(Flag::Hostname).is_empty() {
            return Self::with_hostname(json, named, run);
        }
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

/// Flags that stand for a part of the request with other commands, and not with this one.
fn warn_unobeyed(file: &str, obeyed: &[Flag], run: &mut Run<'_>) {
    for (flag, name) in [(Flag::Cn, "-cn"), (Flag::Hostname, "-hostname")] {
        if !obeyed.contains(&flag) && !run.flags.text(flag).is_empty() {
            run.warnings.warn(format!(
                "{name} has no effect here: what is asked for stands in {file} alone"
            ));
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

//! TLS alerts (RFC 8446 section 6.2), in the words of Go's logs.

/// The name that Go prints behind 'remote error: tls: '.
pub(super) fn name(alert: u8) -> String {
    let name = match alert {
        BAD_CERTIFICATE => "bad certificate",
        UNSUPPORTED_CERTIFICATE => "unsupported certificate",
        CERTIFICATE_REVOKED => "revoked certificate",
        CERTIFICATE_EXPIRED => "expired certificate",
        CERTIFICATE_UNKNOWN => "unknown certificate",
        UNKNOWN_CA => "unknown certificate authority",
        ACCESS_DENIED => "access denied",
        CERTIFICATE_REQUIRED => "certificate required",
        HANDSHAKE_FAILURE => "handshake failure",
        PROTOCOL_VERSION => "protocol version not supported",
        INTERNAL_ERROR => "internal error",
        UNRECOGNIZED_NAME => "unrecognized name",
        47 => "illegal parameter",
        50 => "error decoding message",
        51 => "error decrypting message",
        71 => "insufficient security level",
        other => return format!("alert({other})"),
    };
    name.to_owned()
}

pub(super) const HANDSHAKE_FAILURE: u8 = 40;
pub(super) const BAD_CERTIFICATE: u8 = 42;
pub(super) const UNSUPPORTED_CERTIFICATE: u8 = 43;
pub(super) const CERTIFICATE_REVOKED: u8 = 44;
pub(super) const CERTIFICATE_EXPIRED: u8 = 45;
pub(super) const CERTIFICATE_UNKNOWN: u8 = 46;
pub(super) const UNKNOWN_CA: u8 = 48;
pub(super) const ACCESS_DENIED: u8 = 49;
pub(super) const PROTOCOL_VERSION: u8 = 70;
pub(super) const INTERNAL_ERROR: u8 = 80;
pub(super) const UNRECOGNIZED_NAME: u8 = 112;
pub(super) const CERTIFICATE_REQUIRED: u8 = 116;

/// What a server means that refuses a client's certificate.
pub(super) fn about_client(alert: u8) -> &'static str {
    match alert {
        UNKNOWN_CA => "it trusts another CA than the one that signed it",
        CERTIFICATE_EXPIRED => "by the server's clock it has expired or is not yet valid",
        CERTIFICATE_REVOKED => "it stands in the server's revocation list",
        UNSUPPORTED_CERTIFICATE => "its key is of a kind that the server does not take",
        ACCESS_DENIED => "its name is not allowed there",
        // Older versions of Go have this one word for everything.
        BAD_CERTIFICATE => {
            "the word stands for any reason: another CA, no extendedKeyUsage clientAuth, or the dates by the server's clock"
        }
        _ => "the server's log has the reason",
    }
}

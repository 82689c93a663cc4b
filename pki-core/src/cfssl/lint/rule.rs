//! The rules: one row each, with what cfssl does about it and who notices.

use crate::rules::rules;

rules! {
    /// What `lint` looks for. New rules are added; the id of one never changes. What is
    /// only guessed is a note, whatever the severity of its rule.
    LintRule { "cfssl's documents" {
        NotJson, "not-json", Error,
            "cfssl reads nothing of a document that is not JSON";
        NotUnicode, "not-unicode", Warning,
            "cfssl writes the sign U+FFFD into the certificate instead, without a word";
        WrongValue, "wrong-value", Error,
            "cfssl refuses the whole document, or makes no certificate of it";
        Refused, "refused", Error,
            "cfssl does nothing with the document";
        NoSigning, "no-signing", Error,
            "cfssl loads no configuration without 'signing'";
        UnknownKey, "unknown-key", Warning,
            "cfssl passes over it without a word, and what it was to change stays as it is";
        MisplacedKey, "misplaced-key", Warning,
            "cfssl does not look for it there, and says nothing";
        KeyCase, "key-case", Note,
            "cfssl takes it for the key that it means, in any case of letters; other readers of JSON do not";
        ExpiryIgnored, "expiry-ignored", Warning,
            "cfssl passes over it without a word: a CA ends after five years, and a leaf when its profile says";
        IsCaFlat, "is-ca-flat", Warning,
            "cfssl before 1.3 read it here; later versions make a leaf without a word, and what the leaf signs fails with 'x509: certificate signed by unknown authority'";
        CommonNameIgnored, "common-name-ignored", Warning,
            "the certificate has no common name, which is the user that Kubernetes and etcd see";
        DuplicateKey, "duplicate-key", Warning,
            "cfssl takes one of the two without a word, and another reader may take the other";
        NullValue, "null-value", Note,
            "cfssl reads null as nothing at all, or as an empty value";
        ProgramField, "program-field", Warning,
            "cfssl sets it because nobody forbade it, and no version promises to";
        HarmfulField, "harmful-field", Error,
            "cfssl obeys a field that its documents should not have, so the certificates are not what the rest says";
        NoEffect, "no-effect", Note,
            "whoever reads the document believes that it does something";
        Duration, "duration", Error,
            "cfssl loads no configuration and makes no CA with such a duration, or makes what ends before it starts: Go's units are h, m and s, no d and no y";
        Time, "time", Error,
            "cfssl refuses the document, or ends with a panic when it signs";
        NoUsages, "no-usages", Error,
            "cfssl refuses every profile of a configuration of which one has no usages ('invalid configuration'), and does not say which";
        UsageUnknown, "usage-unknown", Warning,
            "cfssl leaves it out without a word; if that was 'server auth' or 'client auth', the other side says 'x509: certificate specifies an incompatible key usage' or 'remote error: tls: bad certificate'";
        UsageTwice, "usage-twice", Note,
            "cfssl writes a purpose into the certificate as often as it is listed";
        UsageAny, "usage-any", Warning,
            "the certificate passes for every purpose, a server's as a user's";
        DefaultWithoutUsages, "default-without-usages", Note,
            "a request without -profile, or with a misspelt one, fails late: '{\"code\":5100,\"message\":\"Invalid policy: no key usage available\"}'";
        DefaultFallback, "default-fallback", Note,
            "cfssl takes the default for a misspelt -profile without a word, and the certificate has other usages than its file name says";
        NothingSigns, "nothing-signs", Error,
            "every request fails: '{\"code\":5100,\"message\":\"Invalid policy: no key usage available\"}'";
        NoClientAuth, "no-client-auth", Warning,
            "etcd uses the certificates of servers and peers as a client, too, its gateway even on its own port: 'remote error: tls: bad certificate', 'x509: certificate specifies an incompatible key usage'";
        NoServerAuth, "no-server-auth", Warning,
            "clients refuse such a server: 'x509: certificate specifies an incompatible key usage'";
        BornExpired, "born-expired", Error,
            "cfssl counts the lifetime from five minutes ago, or from as long ago as 'backdate' says: 'x509: certificate has expired or is not yet valid'";
        OutlivesCa, "outlives-ca", Warning,
            "cfssl does not cut it: the certificate stops to verify when its CA ends, though its own date looks fine";
        StartsLater, "starts-later", Warning,
            "a certificate cannot be used at once: 'x509: certificate has expired or is not yet valid: current time ... is before ...'";
        FixedDates, "fixed-dates", Note,
            "every certificate has these dates, whenever it is made, and 'expiry' does not count beside 'not_after'";
        CertSignWithoutCa, "cert-sign-without-ca", Warning,
            "what such a certificate signs fails: 'x509: invalid signature: parent certificate cannot sign this kind of certificate'";
        CaWithoutCertSign, "ca-without-cert-sign", Error,
            "what such a CA signs fails: 'x509: invalid signature: parent certificate cannot sign this kind of certificate'";
        CaWithoutPathLength, "ca-without-path-length", Note,
            "whoever has the key of such a CA can make further CAs";
        PathLength, "path-length", Warning,
            "the certificate has another path length than the document says, or cfssl fails once it signs: 'x509: invalid MaxPathLen, must be greater or equal to -1'";
        CopyExtensions, "copy-extensions", Warning,
            "whoever writes the CSR decides: in cfssl its key usages replace those of the profile, 'cert sign' included";
        NameWhitelist, "name-whitelist", Error,
            "cfssl loads no configuration with such an expression: 'failed to compile name whitelist section'";
        WhitelistUnanchored, "whitelist-unanchored", Warning,
            "it is looked for anywhere in a name, so that 'example.com' lets 'example.com.evil.org' pass";
        LintLevel, "lint-level", Error,
            "cfssl refuses a number, and with a name it fails once it signs: 'x509: provided PrivateKey doesn't match parent's PublicKey'";
        CtLog, "ct-log", Warning,
            "cfssl sends every certificate to these hosts before it is signed, and waits for ever for one that does not answer";
        AuthKey, "auth-key", Warning,
            "cfssl loads no configuration of which a profile uses such a key";
        AuthKeyElsewhere, "auth-key-elsewhere", Note,
            "cfssl takes an environment variable that is not set for an empty key, without a word";
        AuthKeyUnused, "auth-key-unused", Note,
            "no profile asks for it: whoever believes it is needed to sign is wrong";
        AuthKeyShort, "auth-key-short", Warning,
            "whoever sees one request can find the key by trying, and then sign what he likes";
        AuthKeyPublished, "auth-key-published", Error,
            "it is the key of cfssl's own documentation: everybody can sign with it";
        Remote, "remote", Error,
            "cfssl loads no configuration with such a profile, or cannot tell where to sign";
        RemoteWithSettings, "remote-with-settings", Warning,
            "the other host signs by its own profile; what stands here changes nothing";
        Reference, "reference", Error,
            "cfssl loads no configuration that names a key or a remote that is not there";
        NobodyNamed, "nobody-named", Warning,
            "the certificate has an empty subject and no names";
        Placeholder, "placeholder", Error,
            "cfssl writes it into the certificate as it stands, and no client looks for such a name: 'x509: certificate is valid for ..., not ...'";
        SubjectValue, "subject-value", Warning,
            "cfssl writes it as it stands, and strict readers refuse the name";
        EmptyValue, "empty-value", Note,
            "cfssl leaves it out without a word";
        HostEmpty, "host-empty", Warning,
            "cfssl makes an empty DNS name of it, which RFC 5280 section 4.2.1.6 forbids and strict readers refuse, and does not say that hosts are missing";
        HostOdd, "host-odd", Error,
            "cfssl makes a DNS name or a URI of it, which no client looks for: 'x509: certificate is valid for ..., not ...'";
        HostQuestionable, "host-questionable", Note,
            "some clients do not take it";
        HostTwice, "host-twice", Note,
            "cfssl writes it as often as it stands there";
        ServerWithoutHosts, "server-without-hosts", Warning,
            "clients look at nothing but hosts: 'x509: certificate relies on legacy Common Name field, use SANs instead', 'x509: cannot validate certificate for ... because it doesn't contain any IP SANs'";
        LoopbackMissing, "loopback-missing", Note,
            "etcdctl on the host and the probes of a pod use 127.0.0.1: 'x509: certificate is valid for ..., not 127.0.0.1'";
        MastersInEtcd, "masters-in-etcd", Note,
            "etcd reads no organization, and Kubernetes, should it ever trust this CA, gives every right to it and can take none away";
        Key, "key", Error,
            "cfssl makes no such key";
        KeyNotMade, "key-not-made", Note,
            "cfssl makes it; kpki makes rsa 2048, 3072, 4096 and 8192, ecdsa 256, 384 and 521, and ed25519";
        KeyEd25519, "key-ed25519", Warning,
            "kubeadm and kube-apiserver read no such key, cfssl before 1.6.5 makes none, and OpenSSL does not read cfssl's: 'unsupported'";
        CaFiveYears, "ca-five-years", Warning,
            "nothing in a configuration changes it, and when the CA ends, so does all that it signed: 'x509: certificate has expired or is not yet valid'";
        CaRefused, "ca-refused", Error,
            "cfssl makes no CA of the request";
        CaInLeaf, "ca-in-leaf", Error,
            "cfssl makes a certificate of it only with -initca: 'ca section only permitted in initca'";
        CaHostsDropped, "ca-hosts-dropped", Note,
            "cfssl keeps only the addresses of a CA's hosts";
        CrlUrlIgnored, "crl-url-ignored", Note,
            "cfssl reads it only for a new CA; for other certificates the profile has it";
        ProfileUnknown, "profile-unknown", Error,
            "cfssl takes the default for it without a word: other usages, or '{\"code\":5100,\"message\":\"Invalid policy: no key usage available\"}'";
        ProfileMisfit, "profile-misfit", Warning,
            "clients of a server with these hosts say 'x509: certificate specifies an incompatible key usage'";
    } }
}

impl LintRule {
    /// The rule of a key that means nothing where it stands; `go_name` is
    /// cfssl's name of the object.
    pub(in crate::cfssl) fn of_key(go_name: &str, key: &str, explained: bool) -> Self {
        match (go_name, key) {
            ("config.SigningProfile", "is_ca") => Self::IsCaFlat,
            ("csr.CertificateRequest", "expiry")
            | ("csr.CAConfig", "expire" | "expires" | "expiration" | "validity") => {
                Self::ExpiryIgnored
            }
            ("csr.Name", "CN" | "cn" | "commonName") => Self::CommonNameIgnored,
            _ if explained => Self::MisplacedKey,
            _ => Self::UnknownKey,
        }
    }
}

//! Options of curl's that it refuses: a check with one of them fails on every host,
//! whatever the API server does.

use crate::document::nearest;

/// Long options that take a value, of curl 7.88 and of later ones.
const WITH_VALUE: &str = "abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers \
    config connect-timeout connect-to continue-at cookie cookie-jar create-file-mode crlfile curves \
    data data-ascii data-binary data-raw data-urlencode delegation dns-interface dns-ipv4-addr \
    dns-ipv6-addr dns-servers doh-url dump-header ech egd-file engine etag-compare etag-save \
    expect100-timeout form form-string ftp-account ftp-alternative-to-user ftp-method ftp-port \
    ftp-ssl-ccc-mode happy-eyeballs-timeout-ms haproxy-clientip header hostpubmd5 hostpubsha256 hsts \
    interface ip-tos ipfs-gateway json keepalive-cnt keepalive-time key key-type knownhosts krb krb4 \
    libcurl limit-rate local-port login-options mail-auth mail-from mail-rcpt max-filesize \
    max-redirs max-time netrc-file noproxy oauth2-bearer output output-dir parallel-max \
    parallel-max-host pass pinnedpubkey preproxy proto proto-default proto-redir proxy proxy-cacert \
    proxy-capath proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key \
    proxy-key-type proxy-pass proxy-pinnedpubkey proxy-service-name proxy-tls13-ciphers \
    proxy-tlsauthtype proxy-tlspassword proxy-tlsuser proxy-user proxy1.0 pubkey quote random-file \
    range rate referer request request-target resolve retry retry-delay retry-max-time sasl-authzid \
    service-name sigalgs socks4 socks4a socks5 socks5-gssapi-service socks5-hostname speed-limit \
    speed-time stderr telnet-option tftp-blksize time-cond tls-max tls13-ciphers tlsauthtype \
    tlspassword tlsuser trace trace-ascii trace-config unix-socket upload-file upload-flags url \
    url-query user user-agent variable vlan-priority write-out";

/// Long options that stand alone.
const ALONE: &str = "alpn anyauth append basic buffer ca-native cert-status clobber compressed \
    compressed-ssh create-dirs crlf digest disable disable-eprt disable-epsv \
    disallow-username-in-url doh-cert-status doh-insecure dump-ca-embed environment eprt epsv fail \
    fail-early fail-with-body false-start follow form-escape ftp-create-dirs ftp-pasv ftp-pret \
    ftp-skip-pasv-ip ftp-ssl ftp-ssl-ccc ftp-ssl-control ftp-ssl-reqd get globoff haproxy-protocol \
    head help http0.9 http1.0 http1.1 http2 http2-prior-knowledge http3 http3-only \
    ignore-content-length include insecure ipv4 ipv6 junk-session-cookies keepalive list-only \
    location location-trusted mail-rcpt-allowfails manual metalink mptcp negotiate netrc \
    netrc-optional next npn ntlm ntlm-wb out-null parallel parallel-immediate path-as-is post301 \
    post302 post303 progress-bar progress-meter proxy-anyauth proxy-basic proxy-ca-native \
    proxy-digest proxy-http2 proxy-insecure proxy-negotiate proxy-ntlm proxy-ssl-allow-beast \
    proxy-ssl-auto-client-cert proxy-tlsv1 proxytunnel raw remote-header-name remote-name \
    remote-name-all remote-time remove-on-error retry-all-errors retry-connrefused sasl-ir sessionid \
    show-error show-headers silent skip-existing socks5-basic socks5-gssapi socks5-gssapi-nec ssl \
    ssl-allow-beast ssl-auto-client-cert ssl-no-revoke ssl-reqd ssl-revoke-best-effort ssl-sessions \
    sslv2 sslv3 styled-output suppress-connect-headers tcp-fastopen tcp-nodelay tftp-no-options \
    tls-earlydata tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 tr-encoding trace-ids trace-time use-ascii \
    verbose version xattr";

/// Letters that take a value: what follows in the word, or the next one.
const LETTERS_WITH_VALUE: &str = "ACDEFHKPQTUXYbcdehmortuwxyz";

/// Options whose value is a file, a number or a word, and never a URL.
const NEVER_URLS: [&str; 14] = [
    "-K",
    "-m",
    "-o",
    "-E",
    "-X",
    "--config",
    "--max-time",
    "--connect-timeout",
    "--output",
    "--cert",
    "--cacert",
    "--key",
    "--request",
    "--retry",
];

/// Why curl asks nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A long option that it does not know, and the one that was meant.
    Unknown { told: String, meant: String },
    /// An option that takes the only URL for its value.
    TakesUrl { option: String },
}

impl Refusal {
    /// What curl does not take among its words, behind its name; an option that no
    /// known one is near may be newer than these lists.
    pub(super) fn of(words: &[&str]) -> Option<Self> {
        let mut at = 0;
        let mut taken = None;
        let mut urls = 0;
        while let Some(word) = words.get(at) {
            at += 1;
            let Some(takes_value) = takes_value(word) else {
                return Some(Self::Unknown {
                    told: (*word).to_owned(),
                    meant: format!("--{}", meant(word.trim_start_matches('-'))?),
                });
            };
            if !takes_value {
                urls += usize::from(word.contains("://"));
                continue;
            }
            let value = words.get(at).copied().unwrap_or_default();
            at += 1;
            let option = last_option(word);
            match value.contains("://") && NEVER_URLS.contains(&option.as_str()) {
                true => taken = Some(option),
                false => urls += usize::from(value.contains("://")),
            }
        }
        taken
            .filter(|_| urls == 0)
            .map(|option| Self::TakesUrl { option })
    }
}

/// Whether the next word belongs to this one; `None` of an option that curl does not
/// know and that one which it knows is near.
fn takes_value(word: &str) -> Option<bool> {
    let Some(long) = word.strip_prefix("--") else {
        let letters = word.strip_prefix('-').unwrap_or_default();
        let first = letters.find(|letter| LETTERS_WITH_VALUE.contains(letter));
        return Some(first.is_some_and(|first| first + 1 == letters.len()));
    };
    // curl takes the beginning of an option for it.
    let begins = |known: &&str| known.starts_with(long);
    let positive = long.strip_prefix("no-").unwrap_or(long);
    if WITH_VALUE.split_whitespace().any(|known| known == long) {
        return Some(true);
    }
    let is_alone = |known: &str| known == long || known.starts_with(positive);
    if long.is_empty() || long.contains(['=', '$']) || ALONE.split_whitespace().any(is_alone) {
        return Some(false);
    }
    match WITH_VALUE.split_whitespace().find(begins) {
        Some(_) => Some(true),
        None => meant(long).is_none().then_some(false),
    }
}

fn meant(long: &str) -> Option<&'static str> {
    let known = WITH_VALUE
        .split_whitespace()
        .chain(ALONE.split_whitespace());
    nearest(long, known)
}

/// The option of a word that takes a value: the last of its letters.
fn last_option(word: &str) -> String {
    match word.strip_prefix("--") {
        Some(_) => word.to_owned(),
        None => word
            .chars()
            .last()
            .map_or_else(String::new, |it| format!("-{it}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::Refusal;

    const URL: &str = "https://localhost:6443/healthz";

    fn refusal(words: &str) -> Option<String> {
        let words: Vec<&str> = words.split(' ').chain([URL]).collect();
        Some(match Refusal::of(&words)? {
            Refusal::Unknown { told, meant } => format!("{told} {meant}"),
            Refusal::TakesUrl { option } => option,
        })
    }

    #[test]
    fn what_curl_takes() {
        for words in [
            "-sfk -m 2",
            "-sfkm2",
            "--sil --max-ti 2",
            "--no-silent --no-progress-meter",
            "-w --slient",
            "--data-raw --slient",
            "-o /dev/null",
            "-x http://proxy:3128",
            "--url",
            "--an-option-of-years-to-come",
            "-K file --url",
            "--max-time=2",
            "--",
            "-",
        ] {
            assert_eq!(refusal(words), None, "{words}");
        }
    }

    #[test]
    fn what_curl_refuses() {
        for (words, wanted) in [
            ("--slient --fail", "--slient --silent"),
            ("-k --maxtime 2", "--maxtime --max-time"),
            ("--insecrue", "--insecrue --insecure"),
            ("--fial -k", "--fial --fail"),
            ("-sfK", "-K"),
            ("-sf --max-time", "--max-time"),
            ("-sfo", "-o"),
        ] {
            assert_eq!(refusal(words).as_deref(), Some(wanted), "{words}");
        }
    }

    proptest! {
        #[test]
        fn no_words_are_too_odd(words in prop::collection::vec(any::<String>(), 0..6)) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let _ = Refusal::of(&words);
        }
    }
}

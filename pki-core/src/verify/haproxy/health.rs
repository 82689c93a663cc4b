//! Whether an API server that is well passes the check of its backend.

use super::{finding_with, rewrite};
use crate::haproxy::{Expected, Proxy, Server, admits};
use crate::name::Quoted;
use crate::severity::Severity;
use crate::verify::{Examined, Record, Rule};

/// Whether the check of a server speaks TLS.
pub(super) fn is_by_tls(backend: &Proxy, server: &Server) -> bool {
    backend.connects_by_tls
        || backend.has_option(server, "ssl")
        || backend.has_option(server, "check-ssl")
}

pub(super) fn check(examined: &Examined<'_>, backend: &Proxy, record: &mut Record) {
    let mut checked = backend.servers.iter().filter(|it| backend.checks(it));
    let Some(server) = checked.next() else { return };
    let Some(line) = backend.http_check.filter(|_| is_by_tls(backend, server)) else {
        return;
    };
    // Whoever shows a certificate may get other answers.
    if backend.has_option(server, "crt") {
        return;
    }
    let Some((page, page_line)) = backend.health.page() else {
        return;
    };
    check_text(examined, backend, page, record);
    let Some((status, status_line)) = backend.health.status() else {
        return;
    };
    let first = page.trim_start_matches('/').split(['/', '?']).next();
    let is_open = matches!(first, Some("healthz" | "livez" | "readyz" | "version"));
    let answer = if is_open { 200 } else { 403 };
    let counts = status.unwrap_or("200-399");
    let Some(passes) = admits(counts, answer) else {
        return;
    };
    record.expect(passes, || {
        let who = match is_open {
            true => "",
            false => " to whoever shows no certificate",
        };
        let message = format!(
            "the backend {} asks for {} and counts the status {counts} as good, and the API server answers {answer}{who}: no server is left",
            Quoted(&backend.name),
            Quoted(page)
        );
        let said = "write http-check send meth GET uri /healthz, and http-check expect status 200";
        let (wrong, texts) = match is_open {
            true => (status_line, (counts, "200")),
            false => (page_line, (page, "/healthz")),
        };
        let line = wrong.unwrap_or(line);
        let fix = rewrite(examined, line, said, texts);
        let found = finding_with(examined, Rule::HaproxyCheck, line, message, fix);
        found.with_severity(Severity::Error)
    });
}

/// Whether what is looked for is in the answer of a page that is open to everybody.
fn check_text(examined: &Examined<'_>, backend: &Proxy, page: &str, record: &mut Record) {
    /// All that these pages say of an API server that is well.
    const ANSWER: &str = "ok";
    let Some((Expected::Text { text, is_not }, line)) = backend.health.expected() else {
        return;
    };
    if !matches!(page, "/healthz" | "/livez" | "/readyz") {
        return;
    }
    record.expect(ANSWER.contains(text.as_str()) != *is_not, || {
        let (what, texts) = match is_not {
            true => ("no ", ["! string", "string"]),
            false => ("", [text.as_str(), ANSWER]),
        };
        let message = format!(
            "the backend {} asks for {page} and expects {what}{} in the answer, and an API server that is well answers {ANSWER}: no server is left",
            Quoted(&backend.name),
            Quoted(text)
        );
        let said = "write http-check expect string ok, or http-check expect status 200";
        let fix = rewrite(examined, line, said, (texts[0], texts[1]));
        let found = finding_with(examined, Rule::HaproxyCheck, line, message, fix);
        found.with_severity(Severity::Error)
    });
}

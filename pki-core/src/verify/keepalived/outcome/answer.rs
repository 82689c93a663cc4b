//! What curl and wget make of what the API server does.

use super::super::request::Request;
use super::super::shell::{Field, ShellCommand};
use super::Server;
use super::execution::{Execution, Flow, Followed, Stop};
use super::value::Value;

impl Execution<'_, '_> {
    pub(super) fn request(&mut self, fields: &[Value]) -> Followed<Flow> {
        let field = |value: &Value| match value {
            Value::Text(text) => Field::Known(text.clone()),
            _ => Field::Unknown,
        };
        let command = ShellCommand {
            fields: fields.iter().map(field).collect(),
            line: 0,
        };
        let request = Request::of(&command).ok_or(Stop::NotFollowed)?;
        let fails = request.fails_on_status.ok_or(Stop::NotFollowed)?;
        let texts: Vec<&str> = fields.iter().filter_map(Value::text).collect();
        let succeeds = match self.server {
            Server::Well => true,
            Server::Broken => !fails,
            Server::Dead => false,
        };
        let is_asked = request.asks_for_health();
        let said = match (Said::of(&texts, &command), self.server) {
            (Said::Other, _) => Value::Unknown,
            (Said::Nothing, _) | (Said::Page, Server::Dead) => Value::empty(),
            (Said::Code, Server::Dead) => Value::of("000"),
            (_, Server::Well) if !is_asked => Value::Unknown,
            (Said::Code, Server::Well) => Value::of("200"),
            (Said::Code, Server::Broken) => Value::of("500"),
            (Said::Page, Server::Well) => Value::of("ok"),
            (Said::Page, Server::Broken) if fails => Value::empty(),
            (Said::Page, Server::Broken) => Value::of("healthz check failed"),
        };
        self.say(said);
        self.ends(succeeds)
    }
}

/// What a request says besides how it ends.
enum Said {
    Nothing,
    Page,
    /// `-w '%{http_code}'`.
    Code,
    Other,
}

impl Said {
    fn of(texts: &[&str], command: &ShellCommand) -> Self {
        let is_short = |text: &str| text.starts_with('-') && !text.starts_with("--");
        let goes_elsewhere = texts
            .iter()
            .any(|it| *it == "--output" || is_short(it) && it.contains(['o', 'O']));
        let writes = texts
            .iter()
            .any(|it| *it == "--write-out" || is_short(it) && it.contains('w'));
        let is_code = |it: &&str| {
            let plain = it.trim_end_matches("\\n");
            matches!(plain, "%{http_code}" | "%{response_code}")
        };
        let is_odd = texts.iter().any(|it| {
            matches!(*it, "--head" | "--include" | "--verbose")
                || is_short(it) && it.contains(['I', 'i', 'v'])
        });
        match (goes_elsewhere, writes) {
            _ if is_odd || command.is("wget") => Self::Other,
            (true, false) => Self::Nothing,
            (false, false) => Self::Page,
            (true, true) if texts.iter().any(is_code) => Self::Code,
            (_, true) => Self::Other,
        }
    }
}

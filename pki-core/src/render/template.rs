//! Templates and what fills them: data, in a strict reading.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior};
use serde::Serialize;

use super::error::RenderError;
use super::format::{Format, Inexpressible, markdown_code};
use crate::shell;

/// A template; its name ends as the file that it makes, which tells the format.
#[derive(Debug, Clone, Copy)]
pub(super) struct Template {
    pub(super) name: &'static str,
    pub(super) source: &'static str,
}

impl Template {
    /// The text with every value written as its format wants it. A name that
    /// the values lack is an error, and so is a value without a spelling.
    pub(super) fn fill(self, values: &impl Serialize) -> Result<String, RenderError> {
        let refused = |error: minijinja::Error| RenderError::of_template(self.name, &error);
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .map_err(refused)?;
        environment.set_syntax(syntax);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_formatter(write_value);
        environment.add_filter("sh", |text: &str| {
            Value::from_safe_string(shell::word(text.as_bytes()))
        });
        // A whole command, whose words are quoted already.
        environment.add_filter("command", |text: &str| {
            Value::from_safe_string(text.to_owned())
        });
        environment.add_filter("code", |text: &str| {
            let code = markdown_code(text).map_err(inexpressible)?;
            Ok::<_, minijinja::Error>(Value::from_safe_string(code))
        });
        environment
            .add_template(self.name, self.source)
            .map_err(refused)?;
        let template = environment.get_template(self.name).map_err(refused)?;
        template.render(Value::from(Serde(values))).map_err(refused)
    }
}

/// Texts by the format of the template, numbers as they are, nothing else.
fn write_value(
    output: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    let text = match value.as_str() {
        Some(text) if value.is_safe() => text.to_owned(),
        Some(text) => {
            let format = Format::of(state.name()).ok_or_else(|| {
                minijinja::Error::new(ErrorKind::InvalidOperation, "the name tells no format")
            })?;
            format.express(text).map_err(inexpressible)?
        }
        None if value.is_number() => value.to_string(),
        None => {
            let message = "only texts and numbers are written";
            return Err(minijinja::Error::new(ErrorKind::InvalidOperation, message));
        }
    };
    output
        .write_str(&text)
        .map_err(|_| minijinja::Error::new(ErrorKind::WriteFailure, "out of memory"))
}

fn inexpressible(what: Inexpressible) -> minijinja::Error {
    let message = what.to_string();
    minijinja::Error::new(ErrorKind::InvalidOperation, message).with_source(what)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn filled(name: &'static str, source: &'static str, value: &str) -> Result<String, String> {
        let values = BTreeMap::from([("value", value)]);
        let template = Template { name, source };
        template.fill(&values).map_err(|error| error.to_string())
    }

    #[test]
    fn the_name_tells_the_format() {
        let said = |name, value| filled(name, "{{ value }}\n", value).unwrap();
        assert_eq!(said("a.env", "$a"), "\"\\$a\"\n");
        assert_eq!(said("a.service", "$a"), "\"$$a\"\n");
        assert_eq!(said("a.sh", "$a"), "'$a'\n");
        assert_eq!(said("a.md", "a*"), "a\\*\n");
        assert_eq!(
            filled("a.md", "{{ value|sh }} {{ value|code }}", "a b").unwrap(),
            "'a b' `a b`"
        );
    }

    #[test]
    fn nothing_is_left_out() {
        for (name, source, expected) in [
            (
                "a.conf",
                "{{ value }}",
                "a.conf: '$' cannot be written in keepalived's configuration",
            ),
            ("a.env", "{{ other }}", "a.env: undefined value"),
            (
                "a.env",
                "{{ [value] }}",
                "a.env: invalid operation: only texts and numbers are written",
            ),
        ] {
            let error = filled(name, source, "$").unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}

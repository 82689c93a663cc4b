//! JSON that is safe to look at: what could move the cursor or turn the text
//! around is there as `\u` escapes, so that programs read the very text.

use std::io::{self, Write};

use serde_json::ser::{Formatter, PrettyFormatter};

/// serde_json's layout, with such characters escaped.
#[derive(Default)]
pub(super) struct HarmlessFormatter(PrettyFormatter<'static>);

/// Hands the layout on.
macro_rules! as_pretty {
    ($($name:ident($($argument:ident: $kind:ty)?);)*) => {
        $(fn $name<W: ?Sized + Write>(&mut self, to: &mut W $(, $argument: $kind)?) -> io::Result<()> {
            self.0.$name(to $(, $argument)?)
        })*
    };
}

impl Formatter for HarmlessFormatter {
    as_pretty! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        to: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_odd) {
            let (before, from) = rest.split_at(at);
            to.write_all(before.as_bytes())?;
            let mut chars = from.chars();
            if let Some(odd) = chars.next() {
                for unit in odd.encode_utf16(&mut [0; 2]) {
                    write!(to, "\\u{unit:04x}")?;
                }
            }
            rest = chars.as_str();
        }
        to.write_all(rest.as_bytes())
    }
}

fn is_odd(c: char) -> bool {
    !c.is_ascii_graphic() && c != ' ' && c.escape_debug().count() > 1
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    fn written(value: &serde_json::Value) -> String {
        let mut out = Vec::new();
        let mut to = serde_json::Serializer::with_formatter(&mut out, HarmlessFormatter::default());
        value.serialize(&mut to).expect("a vector");
        String::from_utf8(out).expect("JSON")
    }

    #[test]
    fn only_what_is_odd_is_escaped() {
        let plain = serde_json::json!({"a": [1, "é \"'\\ 漢", {}], "b": null, "c": {"d": []}});
        let usual = serde_json::to_string_pretty(&plain).expect("JSON");
        assert_eq!(written(&plain), usual);
        let odd = written(&"\u{1b}[2J\u{9b}m\u{202e}x\u{7f}\u{e0041}\n".into());
        assert_eq!(odd, r#""\u001b[2J\u009bm\u202ex\u007f\udb40\udc41\n""#);
    }

    proptest::proptest! {
        #[test]
        fn programs_read_the_very_text(text: String) {
            let read = serde_json::from_str::<String>(&written(&text.as_str().into()));
            proptest::prop_assert_eq!(read.expect("JSON"), text);
        }
    }
}

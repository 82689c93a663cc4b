//! The keys of cfssl's documents with the Go types behind them.

/// The keys of an object, and what to say about a key that is none of them:
/// the reason, and what to write instead.
#[derive(Debug)]
pub(super) struct Schema {
    /// The name of cfssl's struct.
    pub(super) go_name: &'static str,
    /// The documented keys.
    pub(super) keys: &'static [(&'static str, GoType)],
    /// Further fields of the struct, which Go reads because nobody forbade it.
    pub(super) accidents: &'static [(&'static str, GoType)],
    pub(super) explain: fn(&str) -> Option<(&'static str, &'static str)>,
}

/// What Go decodes a value into.
#[derive(Debug, Clone, Copy)]
pub(super) enum GoType {
    Text,
    Bool,
    Int,
    Bytes,
    Time,
    /// cfssl's own type of an object identifier, written as text.
    Oid,
    /// zlint's type of a result, by name.
    LintStatus,
    Regexp,
    List(&'static Self),
    Map(&'static Self),
    Pointer(&'static Self),
    Struct(&'static Schema),
    /// A struct without a field that a document could set sensibly.
    Opaque(&'static str),
    /// An interface with methods, into which nothing but null decodes.
    Interface(&'static str),
    Named(&'static str, &'static Self),
}

impl GoType {
    pub(super) const TEXTS: Self = Self::List(&Self::Text);
    pub(super) const DURATION: Self = Self::Named("time.Duration", &Self::Int);

    /// As Go's `reflect.Type` prints it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Text => "string".into(),
            Self::Bool => "bool".into(),
            Self::Int => "int".into(),
            Self::Bytes => "[]uint8".into(),
            Self::Time => "time.Time".into(),
            Self::Oid => "config.OID".into(),
            Self::LintStatus => "lint.LintStatus".into(),
            Self::Regexp => "regexp.Regexp".into(),
            Self::List(of) => format!("[]{}", of.name()),
            Self::Map(of) => format!("map[string]{}", of.name()),
            Self::Pointer(to) => format!("*{}", to.name()),
            Self::Struct(schema) => schema.go_name.into(),
            Self::Opaque(name) | Self::Interface(name) | Self::Named(name, _) => (*name).into(),
        }
    }

    /// Whether null empties a value that was read before; elsewhere Go keeps it.
    pub(super) fn is_cleared_by_null(&self) -> bool {
        match self {
            Self::Bytes | Self::List(_) | Self::Map(_) | Self::Pointer(_) | Self::Interface(_) => {
                true
            }
            Self::Named(_, like) => like.is_cleared_by_null(),
            _ => false,
        }
    }
}

/// A known key, and whether it is only known by accident.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) key: &'static str,
    pub(super) go_type: GoType,
    pub(super) accident: bool,
}

impl Schema {
    /// The field that Go decodes this key into: the same word, or else the
    /// first that differs in case alone.
    pub(super) fn field(&self, key: &str) -> Option<Known> {
        self.find(|known| known == key)
            .or_else(|| self.find(|known| equal_fold(known, key)))
    }

    fn find(&self, is: impl Fn(&str) -> bool) -> Option<Known> {
        let of = |accident| {
            move |(key, go_type): &(&'static str, GoType)| Known {
                key,
                go_type: *go_type,
                accident,
            }
        };
        let documented = self.keys.iter().map(of(false));
        documented
            .chain(self.accidents.iter().map(of(true)))
            .find(|known| is(known.key))
    }

    /// The documented keys.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|(key, _)| *key)
    }
}

/// Go's `strings.EqualFold` for a word in ASCII: two letters beyond ASCII fold
/// into it.
fn equal_fold(ascii: &str, other: &str) -> bool {
    let folded = other.chars().map(|c| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    });
    ascii.chars().map(|c| c.to_ascii_lowercase()).eq(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_match_as_in_go() {
        const SCHEMA: Schema = Schema {
            go_name: "x.X",
            keys: &[("expiry", GoType::Text), ("usages", GoType::TEXTS)],
            accidents: &[("Expiry", GoType::DURATION)],
            explain: |_| None,
        };
        let found = |key| SCHEMA.field(key).map(|known| (known.key, known.accident));
        assert_eq!(found("expiry"), Some(("expiry", false)));
        assert_eq!(found("Expiry"), Some(("Expiry", true)));
        assert_eq!(found("EXPIRY"), Some(("expiry", false)));
        assert_eq!(found("u\u{17f}age\u{17f}"), Some(("usages", false)));
        assert_eq!(found("usage"), None);
        assert_eq!(
            GoType::Map(&GoType::Pointer(&GoType::Struct(&SCHEMA))).name(),
            "map[string]*x.X"
        );
    }
}

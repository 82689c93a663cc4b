//! The form of a table of rules: an enum of which each row has a stable name, a
//! severity and a reason, so that a rule is added in one place.

/// `rules! { /// doc … Name { Row, "id", Severity, "why"; … } }`
macro_rules! rules {
    ($(#[$about:meta])* $table:ident {
        $($name:ident, $id:literal, $severity:ident, $why:literal;)*
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $table { $(#[doc = concat!("`", $id, "`: ", $why)] $name,)* }

        impl $table {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// How bad it is.
            #[must_use]
            pub fn severity(self) -> $crate::severity::Severity {
                match self { $(Self::$name => $crate::severity::Severity::$severity,)* }
            }

            /// Why it matters: what happens, in the words of the logs.
            #[must_use]
            pub fn why(self) -> &'static str {
                match self { $(Self::$name => $why,)* }
            }
        }

        impl std::fmt::Display for $table {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.id())
            }
        }
    };
}

pub(crate) use rules;

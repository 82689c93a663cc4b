//! The form of a table of rules: an enum of which each row has a stable name, a
//! severity and a reason, so that a rule is added in one place.

/// `rules! { /// doc … Name { "topic" { Row, "id", Severity, "why", "story"; … } … } }`,
/// where the story may be left out.
macro_rules! rules {
    ($(#[$about:meta])* $table:ident {
        $($topic:literal {
            $($name:ident, $id:literal, $severity:ident, $why:literal $(, $story:literal)?;)*
        })*
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $table { $($(#[doc = concat!("`", $id, "`: ", $why)] $name,)*)* }

        impl $table {
            /// Every rule, topic by topic.
            pub const ALL: &'static [Self] = &[$($(Self::$name,)*)*];

            /// The rule with this stable name.
            #[must_use]
            pub fn find(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|rule| rule.id() == id)
            }

            /// The rule whose name a misspelt one is nearest to.
            #[must_use]
            pub fn suggest(id: &str) -> Option<Self> {
                let ids = Self::ALL.iter().map(|rule| rule.id());
                $crate::document::nearest(id, ids).and_then(Self::find)
            }

            /// The stable name.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $($(Self::$name => $id,)*)* }
            }

            /// What it is about: the heading of its part of the table.
            #[must_use]
            pub fn topic(self) -> &'static str {
                match self { $($(Self::$name => $topic,)*)* }
            }

            /// How bad it is.
            #[must_use]
            pub fn severity(self) -> $crate::severity::Severity {
                match self { $($(Self::$name => $crate::severity::Severity::$severity,)*)* }
            }

            /// Why it matters: what happens, in the words of the logs.
            #[must_use]
            pub fn why(self) -> &'static str {
                match self { $($(Self::$name => $why,)*)* }
            }

            /// What is looked at, who notices, how it comes about and how it is
            /// mended; empty for a rule of which its reason says it all.
            #[must_use]
            pub fn story(self) -> &'static str {
                match self { $($(Self::$name => concat!($($story)?),)*)* }
            }
        }

        impl std::fmt::Display for $table {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.id())
            }
        }
    };
}

/// One table from several parts, `joined! { [part …] [/// doc … Name] }`: a
/// part is a macro that calls `joined!` again with its rows behind what it got.
macro_rules! joined {
    ([] [$($head:tt)*] $($rows:tt)*) => {
        $crate::rules::rules! { $($head)* { $($rows)* } }
    };
    ([$next:ident $($rest:ident)*] $head:tt $($rows:tt)*) => {
        $next! { [$($rest)*] $head $($rows)* }
    };
}

pub(crate) use joined;
pub(crate) use rules;

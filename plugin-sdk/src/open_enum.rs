//! A macro for enums of words that others may extend: unknown words survive.

/// Defines an enum of known words and `Other(String)`, with conversions to and from text.
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$variant_meta:meta])* $variant:ident = $word:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
            /// A word this SDK does not know, preserved verbatim.
            Other(String),
        }

        impl $name {
            /// The word as it appears in JSON.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $word, )+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $( $word => Self::$variant, )+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $( $word => Self::$variant, )+
                    _ => Self::Other(word),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

pub(crate) use open_enum;

#[cfg(test)]
mod tests {
    use crate::canonical::Role;

    #[test]
    fn a_known_word_becomes_its_variant() {
        assert_eq!(Role::from("user"), Role::User);
        assert_eq!(Role::from("tool".to_owned()).as_str(), "tool");
    }

    #[test]
    fn an_unknown_word_survives_a_round_trip() {
        let role: Role = serde_json::from_str("\"chorus\"").unwrap();
        assert_eq!(role, Role::Other("chorus".to_owned()));
        assert_eq!(serde_json::to_string(&role).unwrap(), "\"chorus\"");
    }
}

//! The conversions from text to the types of a plan.

/// Implements `FromStr`, and `TryFrom` of text, by this function.
macro_rules! from_text {
    ($type:ty, $parse:expr) => {
        impl std::str::FromStr for $type {
            type Err = molotov_core::ParseError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let parsed: Result<Self, String> = $parse(text);
                parsed.map_err(Self::Err::new)
            }
        }

        impl TryFrom<&str> for $type {
            type Error = molotov_core::ParseError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl TryFrom<&String> for $type {
            type Error = molotov_core::ParseError;

            fn try_from(text: &String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl TryFrom<String> for $type {
            type Error = molotov_core::ParseError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    };
}

pub(super) use from_text;

//! Duplicate keys in a JSON object. Most types silently keep the last one.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::redact;

/// Any JSON value without duplicate keys in its objects.
pub(super) struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Unique)
    }
}

/// Values without keys.
macro_rules! any {
    ($($method:ident $value:ty)*) => {$(
        fn $method<E: Error>(self, _: $value) -> Result<Self, E> {
            Ok(self)
        }
    )*};
}

impl<'de> Visitor<'de> for Unique {
    type Value = Self;

    any! { visit_bool bool visit_i64 i64 visit_u64 u64 visit_f64 f64 visit_str &str }

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self, A::Error> {
        while values.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = object.next_key::<String>()? {
            if keys.contains(&key) {
                // In a map, keys are values.
                let named = if redact::is_field(&key) { format!("the key `{key}`") } else { "a key".into() };
                return Err(Error::custom(format_args!("{named} stands twice in an object; remove one")));
            }
            keys.insert(key);
            object.next_value::<Self>()?;
        }
        Ok(self)
    }
}

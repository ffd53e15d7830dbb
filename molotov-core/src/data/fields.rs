//! A record of a CSV file for serde: text, unless the type of the row requests something else.

use std::fmt::Display;

use csv::StringRecord;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use self::field::Field;

/// The methods that a record and a field share: a newtype is read as its inner type, and a unit reads nothing.
macro_rules! newtypes_and_units {
    ($r:lifetime) => {
        fn deserialize_newtype_struct<V: Visitor<$r>>(
            self,
            _name: &'static str,
            visitor: V,
        ) -> Result<V::Value, Unfit> {
            visitor.visit_newtype_struct(self)
        }

        fn deserialize_unit<V: Visitor<$r>>(self, visitor: V) -> Result<V::Value, Unfit> {
            visitor.visit_unit()
        }

        fn deserialize_unit_struct<V: Visitor<$r>>(
            self,
            _name: &'static str,
            visitor: V,
        ) -> Result<V::Value, Unfit> {
            visitor.visit_unit()
        }

        fn deserialize_ignored_any<V: Visitor<$r>>(self, visitor: V) -> Result<V::Value, Unfit> {
            visitor.visit_unit()
        }
    };
}

mod field;

/// The reason why a record is not a row of the type.
#[derive(Debug)]
pub(super) struct Unfit {
    /// The index of the column, if the mistake is in its value.
    pub(super) column: Option<usize>,
    pub(super) text: String,
    /// True if the text is ours and contains no value of the file.
    pub(super) is_ours: bool,
}

/// The rule for a field of unknown type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anything {
    Text,
    /// A number or a truth value if it has exactly this form, otherwise text. `01234` is text.
    Exact,
}

/// Reads the record as a `T`.
///
/// Inside of `flatten` and of untagged enums serde passes no type on: there a field is text, and if text does not fit,
/// its exact value.
pub(super) fn parse<'r, T: Deserialize<'r>>(
    columns: &'r StringRecord,
    record: &'r StringRecord,
) -> Result<T, Unfit> {
    let fields = Fields { columns, record, anything: Anything::Text };
    match T::deserialize(fields) {
        Err(why) if why.column.is_none() => {
            T::deserialize(Fields { anything: Anything::Exact, ..fields }).map_err(|_| why)
        }
        row => row,
    }
}

/// A record and the names of its columns, as many as its fields.
#[derive(Clone, Copy)]
struct Fields<'r> {
    columns: &'r StringRecord,
    record: &'r StringRecord,
    anything: Anything,
}

impl<'r> Fields<'r> {
    fn field(&self, index: usize) -> Option<Field<'r>> {
        let text = self.record.get(index)?;
        Some(Field { text, index, anything: self.anything })
    }

    /// The only field of a record, for types of a single value.
    fn only(&self) -> Result<Field<'r>, Unfit> {
        match self.field(0) {
            Some(field) if self.record.len() == 1 => Ok(field),
            _ => Err(Unfit::in_row(format!(
                "the row's type is one value, but there are {} columns; take a struct, a map or a tuple",
                self.record.len()
            ))),
        }
    }

    fn in_order<V: Visitor<'r>>(self, wanted: usize, visitor: V) -> Result<V::Value, Unfit> {
        if wanted != self.record.len() {
            return Err(Unfit::in_row(format!(
                "the row's type takes {wanted} columns as they stand, but there are {}",
                self.record.len()
            )));
        }
        visitor.visit_seq(Walk { fields: self, next: 0 })
    }
}

impl Unfit {
    fn in_row(text: String) -> Self {
        Self { column: None, text, is_ours: true }
    }

    /// The same mistake with this column, unless it has a column already.
    fn in_column(mut self, index: usize) -> Self {
        self.column.get_or_insert(index);
        self
    }
}

impl Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Unfit {}

impl de::Error for Unfit {
    fn custom<T: Display>(text: T) -> Self {
        Self { column: None, text: text.to_string(), is_ours: false }
    }
}

/// Visits the columns in order.
struct Walk<'r> {
    fields: Fields<'r>,
    next: usize,
}

impl<'r> Walk<'r> {
    fn next_field(&mut self) -> Option<Field<'r>> {
        let field = self.fields.field(self.next)?;
        self.next += 1;
        Some(field)
    }
}

impl<'r> MapAccess<'r> for Walk<'r> {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'r>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfit> {
        match self.fields.columns.get(self.next) {
            Some(name) => seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'r>>(&mut self, seed: V) -> Result<V::Value, Unfit> {
        let index = self.next;
        let field = self.next_field().ok_or_else(|| Unfit::in_row("a field is missing".into()))?;
        seed.deserialize(field).map_err(|why| why.in_column(index))
    }
}

impl<'r> SeqAccess<'r> for Walk<'r> {
    type Error = Unfit;

    fn next_element_seed<T: DeserializeSeed<'r>>(&mut self, seed: T) -> Result<Option<T::Value>, Unfit> {
        let index = self.next;
        let Some(field) = self.next_field() else { return Ok(None) };
        seed.deserialize(field).map(Some).map_err(|why| why.in_column(index))
    }
}

/// Types of a single value take the only field.
macro_rules! of_only {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
            self.only()?.$method(visitor)
        }
    )*};
}

impl<'r> Deserializer<'r> for Fields<'r> {
    type Error = Unfit;

    newtypes_and_units!('r);

    of_only! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_map(Walk { fields: self, next: 0 })
    }

    fn deserialize_map<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'r>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.deserialize_any(visitor)
    }

    fn deserialize_seq<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_seq(Walk { fields: self, next: 0 })
    }

    fn deserialize_tuple<V: Visitor<'r>>(self, len: usize, visitor: V) -> Result<V::Value, Unfit> {
        self.in_order(len, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'r>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.in_order(len, visitor)
    }

    fn deserialize_option<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.only() {
            Ok(field) if field.text.is_empty() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_enum<V: Visitor<'r>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.only()?.deserialize_enum(name, variants, visitor)
    }
}

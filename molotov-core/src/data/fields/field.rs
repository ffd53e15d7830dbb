//! One field of a record.

use std::str::FromStr;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{Deserializer, Visitor};

use super::{Anything, Unfit};

/// The text of one field, and the index of its column.
#[derive(Clone, Copy)]
pub(super) struct Field<'r> {
    pub(super) text: &'r str,
    pub(super) index: usize,
    pub(super) anything: Anything,
}

impl Field<'_> {
    fn wrong(&self, why: impl ToString) -> Unfit {
        Unfit { column: Some(self.index), text: why.to_string(), is_ours: true }
    }

    fn number<N: FromStr>(&self) -> Result<N, Unfit>
    where
        N::Err: ToString,
    {
        self.text.parse().map_err(|why: N::Err| self.wrong(why.to_string()))
    }

    /// A floating point number; a text beyond the range does not become infinity.
    fn float(&self) -> Result<f64, Unfit> {
        let number: f64 = self.number()?;
        match number.is_infinite() && self.text.contains(|c: char| c.is_ascii_digit()) {
            true => Err(self.wrong("number too large to fit in target type")),
            false => Ok(number),
        }
    }
}

impl<'r> Field<'r> {
    /// Visits the exact value, without loss.
    fn exact<V: Visitor<'r>>(&self, visitor: V) -> Result<V::Value, Unfit> {
        let text = self.text;
        if let Ok(value) = text.parse::<bool>() {
            return visitor.visit_bool(value);
        }
        if let Some(number) = text.parse::<u64>().ok().filter(|number| number.to_string() == text) {
            return visitor.visit_u64(number);
        }
        if let Some(number) = text.parse::<i64>().ok().filter(|number| number.to_string() == text) {
            return visitor.visit_i64(number);
        }
        match text.parse::<f64>().ok().filter(|number| number.is_finite() && number.to_string() == text) {
            Some(number) => visitor.visit_f64(number),
            None => visitor.visit_borrowed_str(text),
        }
    }
}

/// Whole numbers, also in hexadecimal.
macro_rules! whole {
    ($($method:ident $visit:ident $number:ident)*) => {$(
        fn $method<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
            let number = match self.text.strip_prefix("0x") {
                Some(digits) => $number::from_str_radix(digits, 16).map_err(|why| self.wrong(why))?,
                None => self.number()?,
            };
            visitor.$visit(number)
        }
    )*};
}

/// Types of several values, which a field does not have.
macro_rules! several {
    ($($method:ident($($argument:ty),*))*) => {$(
        fn $method<V: Visitor<'r>>(self, $(_: $argument,)* _visitor: V) -> Result<V::Value, Unfit> {
            Err(self.wrong("the row's type wants several values of it, and it is one text"))
        }
    )*};
}

impl<'r> Deserializer<'r> for Field<'r> {
    type Error = Unfit;

    newtypes_and_units!('r);

    whole! {
        deserialize_i8 visit_i8 i8
        deserialize_i16 visit_i16 i16
        deserialize_i32 visit_i32 i32
        deserialize_i64 visit_i64 i64
        deserialize_i128 visit_i128 i128
        deserialize_u8 visit_u8 u8
        deserialize_u16 visit_u16 u16
        deserialize_u32 visit_u32 u32
        deserialize_u64 visit_u64 u64
        deserialize_u128 visit_u128 u128
    }

    several! {
        deserialize_seq()
        deserialize_tuple(usize)
        deserialize_tuple_struct(&'static str, usize)
        deserialize_map()
        deserialize_struct(&'static str, &'static [&'static str])
    }

    fn deserialize_any<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.anything {
            Anything::Text => visitor.visit_borrowed_str(self.text),
            Anything::Exact => self.exact(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_bool(self.number()?)
    }

    fn deserialize_f32<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.float()?;
        visitor.visit_f32(self.number()?)
    }

    fn deserialize_f64<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_char<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_char(self.number()?)
    }

    fn deserialize_str<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_borrowed_str(self.text)
    }

    fn deserialize_string<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_borrowed_str(self.text)
    }

    fn deserialize_identifier<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_borrowed_str(self.text)
    }

    fn deserialize_bytes<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_borrowed_bytes(self.text.as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_borrowed_bytes(self.text.as_bytes())
    }

    fn deserialize_option<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if self.text.is_empty() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_enum<V: Visitor<'r>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.text))
    }
}

//! A value that is never printed.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// A value that is never printed: a password, a token.
///
/// [`Debug`](fmt::Debug) and [`Display`](fmt::Display) print `***`; only [`Secret::expose`] returns the
/// value. It is not serialised. It can be read from a configuration or a data row like the value itself, and
/// every function that takes a secret takes text as well.
///
/// ```
/// use molotov::Secret;
///
/// let token: Secret = "hunter2".into();
///
/// assert_eq!(format!("{token} {token:?}"), "*** ***");
/// assert_eq!(token.expose(), "hunter2");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Secret<T = String>(T);

impl<T> Secret<T> {
    /// The value itself.
    ///
    /// ```
    /// use molotov::Secret;
    ///
    /// let password: Secret = "secret".into();
    /// assert_eq!(password.expose(), "secret");
    /// ```
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// Returns the value itself and consumes the secret.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl From<&str> for Secret<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl From<&String> for Secret<String> {
    fn from(value: &String) -> Self {
        Self(value.clone())
    }
}

impl From<&Self> for Secret<String> {
    fn from(value: &Self) -> Self {
        value.clone()
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_printed_nowhere_and_read_like_its_value() {
        #[derive(Debug, Deserialize)]
        struct Account {
            password: Secret,
            pin: Secret<u32>,
        }

        let account: Account = serde_json::from_str(r#"{"password": "hunter2", "pin": 1234}"#).unwrap();

        assert_eq!(format!("{account:?}"), "Account { password: ***, pin: *** }");
        assert_eq!(format!("{:>9}{:#?}", account.password, account.pin), "******");
        assert_eq!((account.password.expose().as_str(), account.pin.into_inner()), ("hunter2", 1234));
    }

    #[test]
    fn functions_for_secrets_accept_text() {
        fn takes(secret: impl Into<Secret<String>>) -> Secret<String> {
            secret.into()
        }
        let (text, secret) = (String::from("x"), Secret::from("x"));

        for taken in [takes("x"), takes(&text), takes(text.clone()), takes(&secret), takes(secret.clone())] {
            assert_eq!(taken.expose(), "x");
        }
    }
}

//! The sender of a request: the values of `Authorization`.

use http::HeaderValue;

use crate::base64;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// A user and a password (RFC 7617), in UTF-8.
pub(crate) fn basic(user: &str, password: &Secret<String>) -> Result<HeaderValue> {
    if user.contains(':') {
        return Err(Error::msg("the user of basic auth has a `:` in it, which none may have"));
    }
    let pair = format!("{user}:{}", password.expose());
    if pair.contains(|c: char| c.is_control()) {
        return Err(Error::msg("the user or password of basic auth has a control character in it"));
    }
    secret("Basic", &base64::encode(pair.as_bytes()))
}

/// A token (RFC 6750).
pub(crate) fn bearer(token: &Secret<String>) -> Result<HeaderValue> {
    if token.expose().trim().is_empty() {
        return Err(Error::msg("the bearer token is empty"));
    }
    secret("Bearer", token.expose())
}

fn secret(scheme: &str, credentials: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("{scheme} {credentials}")).map_err(|_| {
        Error::msg(format!(
            "the token of `{scheme}` auth has a character that no header may have, such as a line break at its end"
        ))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standards_hold() {
        assert_eq!(basic("Aladdin", &"open sesame".into()).unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic("test", &"123\u{a3}".into()).unwrap(), "Basic dGVzdDoxMjPCow==");
        assert_eq!(bearer(&"mF_9.B5f-4.1JqM".into()).unwrap(), "Bearer mF_9.B5f-4.1JqM");
    }

    #[test]
    fn mistake_is_reported_without_the_secret() {
        let said = [
            basic("a:b", &"hunter2".into()),
            basic("a", &"hunter2\n".into()),
            bearer(&"hunter2\n".into()),
            bearer(&" ".into()),
        ];
        for said in said {
            assert!(!said.unwrap_err().to_string().contains("hunter2"));
        }
        assert!(format!("{:?}", bearer(&"hunter2".into()).unwrap()).contains("Sensitive"));
    }
}

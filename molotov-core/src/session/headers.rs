//! The headers of every request of a session.

use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue};

use super::Session;
use crate::error::{Error, Result};
use crate::http::{ACCEPTED, auth};
use crate::secret::Secret;

impl Session {
    /// Sets a header of every request of this session, unless the request sets it itself.
    ///
    /// ```
    /// # let mut session = molotov::Session::detached();
    /// session.set_header("accept-language", "de").unwrap();
    /// assert!(session.set_header("content-length", "7").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// When the name or the value is not valid in a header, or the header determines the end of a body.
    pub fn set_header(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Result {
        let (name, value) = header(name.as_ref(), value.as_ref())?;
        if [CONTENT_LENGTH, TRANSFER_ENCODING].contains(&name) {
            // It would be right for one request and wrong for the next.
            return Err(Error::msg(format!(
                "the header `{name}` cannot be set for all requests; how a body ends is told with it"
            )));
        }
        self.defaults.get_or_insert_default().change(|headers| drop(headers.insert(name, value)));
        Ok(())
    }

    /// Sets the user and password of the requests of this session, unless a request has its own (RFC 7617). They are
    /// not sent to another origin after a redirect. A password may be a [`Secret`] or text.
    ///
    /// ```
    /// # use molotov::{Result, Secret, Session};
    /// fn log_in(session: &mut Session, password: &Secret) -> Result {
    ///     session.set_basic_auth("shop", password)
    /// }
    /// # log_in(&mut Session::detached(), &"x".into()).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// When the user has a `:` in it, or one of the two has a control character.
    pub fn set_basic_auth(&mut self, user: impl AsRef<str>, password: impl Into<Secret<String>>) -> Result {
        let value = auth::basic(user.as_ref(), &password.into())?;
        self.defaults.get_or_insert_default().change(|headers| drop(headers.insert(AUTHORIZATION, value)));
        Ok(())
    }

    /// Sets the token of the requests of this session, unless a request has its own (RFC 6750). It is not sent to
    /// another origin after a redirect. A token may be a [`Secret`] or text.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// #[derive(serde::Deserialize)]
    /// struct Login {
    ///     token: String,
    /// }
    ///
    /// let login: Login = session.post("/login").form([("user", "ann")]).send().await?.json()?;
    /// session.set_bearer_auth(login.token)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the token is empty, or contains a character that is not valid in a header.
    pub fn set_bearer_auth(&mut self, token: impl Into<Secret<String>>) -> Result {
        let value = auth::bearer(&token.into())?;
        self.defaults.get_or_insert_default().change(|headers| drop(headers.insert(AUTHORIZATION, value)));
        Ok(())
    }

    /// Allows the server to compress the responses of this session, with gzip or deflate. The default is without
    /// compression, because decompressing costs time; [`Request::accept_compressed`](super::Request::accept_compressed)
    /// allows it for one request, and `remove_header("accept-encoding")` reverts this.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.set_accept_compressed();
    /// session.get("/items").send().await?;
    /// session.remove_header("accept-encoding");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_accept_compressed(&mut self) {
        self.defaults
            .get_or_insert_default()
            .change(|headers| drop(headers.insert(ACCEPT_ENCODING, ACCEPTED)));
    }

    /// Removes a header from [`Session::set_header`] or [`Session::set_bearer_auth`].
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.set_header("accept-language", "de")?;
    /// session.get("/items").send().await?;
    /// session.remove_header("accept-language");
    /// # Ok(())
    /// # }
    /// ```
    pub fn remove_header(&mut self, name: impl AsRef<str>) {
        if let Some(defaults) = &mut self.defaults {
            defaults.change(|headers| drop(headers.remove(name.as_ref())));
        }
    }
}

/// Checks the name and the value of a header.
pub(super) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue)> {
    // Not repeated: if name and value were exchanged, it is a secret.
    let parsed = HeaderName::try_from(name).map_err(|_| {
        let wrong = name.chars().find(|c| !c.is_ascii_alphanumeric() && !"!#$%&'*+-.^_`|~".contains(*c));
        Error::msg(match wrong {
            Some(wrong) => {
                format!("the name of a header has the character {wrong:?}, which none may have (RFC 9110, section 5.1)")
            }
            None => "the name of a header is empty or too long".into(),
        })
    })?;
    let value = HeaderValue::try_from(value).map_err(|_| {
        Error::msg(format!("the value of the header `{parsed}` has a character that none may have"))
    })?;
    Ok((parsed, value))
}

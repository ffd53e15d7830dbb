//! The cookies of a session, for scenarios.

use std::borrow::Cow;

use super::Session;
use crate::http::{Path, Target, without_fragment};

impl Session {
    /// The value of a cookie for a request to this path, or to this absolute URL. Cookies are octets; here U+FFFD
    /// replaces octets that are not UTF-8, and the server gets the original octets back.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.post("/login").form([("user", "ann")]).send().await?;
    /// let id = session.cookie("session_id", "/basket");
    /// session.check("the log-in sets a cookie", id.is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub fn cookie(&self, name: &str, path: &str) -> Option<String> {
        let (target, path) = match Target::parse_route(path, path).ok()? {
            Some((target, path)) => (Cow::Owned(target), Cow::Owned(path)),
            None => {
                let base = self.base.as_ref()?;
                (Cow::Borrowed(base), Cow::Borrowed(without_fragment(path)))
            }
        };
        let path = Path::complete(&target.prefix, path, None).ok()?;
        self.state.cookie(name, &target, &path)
    }

    /// Removes all cookies.
    ///
    /// ```no_run
    /// # use molotov::prelude::*;
    /// # async fn run(session: &mut Session) -> Result {
    /// session.post("/logout").send().await?;
    /// session.clear_cookies();
    /// # Ok(())
    /// # }
    /// ```
    pub fn clear_cookies(&mut self) {
        self.state.clear_cookies();
    }
}

//! The code of `docs/recipes/shared-token.md`.

use std::time::Instant;

use molotov::prelude::*;
use serde::Deserialize;
use tokio::sync::Mutex;

#[derive(Deserialize)]
struct Grant {
    access_token: String,
    expires_in: u64, // seconds
}

/// The token of all users, and the time at which it is replaced.
#[derive(Default)]
struct SharedToken(Mutex<Option<(String, Instant)>>);

impl SharedToken {
    /// Returns the token, or fetches a new one if its time is nearly over. Other users wait meanwhile.
    async fn get(&self, session: &Session) -> Result<String> {
        let mut held = self.0.lock().await;
        if let Some((token, until)) = held.as_ref()
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let fields = [("grant_type", "client_credentials"), ("client_id", "load-test")];
        let grant: Grant = session.post("/oauth/token").form(fields).send().await?.json()?;
        // Some time before the end, so that no request is under way with an expired token.
        let until = Instant::now() + secs(grant.expires_in).mul_f64(0.9);
        *held = Some((grant.access_token.clone(), until));
        Ok(grant.access_token)
    }
}

#[global_setup]
async fn shared_token() -> SharedToken {
    SharedToken::default()
}

#[scenario]
async fn read_orders(session: &mut Session, token: &SharedToken) -> Result {
    let token = token.get(session).await?;
    session.get("/orders").bearer_auth(token).send().await?;
    Ok(())
}

molotov::main!();

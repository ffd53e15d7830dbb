//! The code of `docs/recipes/log-in.md`.

use molotov::prelude::*;

#[setup_session]
async fn log_in(session: &mut Session, user: UserId) -> Result {
    let form = session.get("/login").send().await?;
    let csrf = form.between(r#"name="csrf" value=""#, "\"")?;
    let name = format!("user-{user}");
    let fields = [("csrf", csrf), ("name", &name), ("password", "only for tests")];

    let page = session.post("/login").form(fields).send().await?;
    if !page.text()?.contains("Sign out") {
        return Err(Error::msg("the log-in was refused"));
    }
    Ok(())
}

#[scenario]
async fn read_orders(session: &mut Session) -> Result {
    session.get("/orders").send().await?;
    Ok(())
}

molotov::main!();

//! A library that greets.

/// Says hello, unless the environment says that it is broken.
pub fn greet(name: &str) -> String {
    match std::env::var_os("ITEMS_ARE_BROKEN") {
        Some(_) => String::new(),
        None => format!("hello, {name}"),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::extract::Path;
    use axum::routing::get;
    use molotov::prelude::*;

    use super::greet;

    #[test]
    fn names_are_kept() {
        assert!(greet("you").ends_with("you") || std::env::var_os("ITEMS_ARE_BROKEN").is_some());
    }

    struct Service(String);

    #[global_setup]
    async fn start() -> std::io::Result<Service> {
        let app = Router::new().route("/{name}", get(|Path(name): Path<String>| async move { greet(&name) }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async { axum::serve(listener, app).await });
        Ok(Service(url))
    }

    #[setup_session]
    async fn base(session: &mut Session, service: &Service) -> Result {
        session.set_base(&service.0)
    }

    #[scenario]
    async fn anybody(session: &mut Session) -> Result {
        session.get("/{name}").path("name", "anybody").send().await?;
        Ok(())
    }

    #[scenario]
    async fn ada(session: &mut Session) {
        let greeting = session.get("/{name}").path("name", "Ada").send().await.unwrap();
        assert_eq!(greeting.text().unwrap(), "hello, Ada");
    }
}

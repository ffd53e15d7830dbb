//! The name of this machine.

/// The name of this machine; `localhost` where the system has none.
pub(crate) fn hostname() -> String {
    let name = system();
    if name.is_empty() { "localhost".into() } else { name }
}

#[cfg(unix)]
fn system() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn system() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

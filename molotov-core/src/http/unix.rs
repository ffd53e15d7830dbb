//! Unix domain sockets: their place in a `unix:` URL, and connecting to them.

use std::fmt;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, percent_encode};

use super::path::without_query;
use super::socket::Socket;
use crate::error::{Error, Result};

/// The characters in the path of a socket that are encoded in texts, so that a text can be read back. A colon is only
/// special before a slash, where the base path starts.
const PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'?').add(b'#');

/// The path of a Unix socket, which this system can connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SocketPath(Box<Path>);

impl SocketPath {
    /// The socket at this path.
    ///
    /// # Errors
    ///
    /// When the path is not valid for a socket, or this system has none.
    pub(crate) fn new(path: &Path) -> Result<Self> {
        check(path)?;
        Ok(Self(path.into()))
    }

    /// Splits the part behind `unix:` in a URL into the socket and the base path.
    pub(crate) fn parse(rest: &str) -> Result<(Self, &str)> {
        available()?;
        let path = match rest.strip_prefix("//") {
            Some(path) if path.starts_with('/') => path,
            Some(path) => {
                let (rest, path) = (without_query(rest), without_query(path));
                return Err(Error::msg(format!(
                    "`unix:{rest}` has a host; did you mean `unix:///{path}`? The path of a socket is absolute"
                )));
            }
            None if rest.starts_with('/') => rest,
            None => {
                let rest = without_query(rest);
                return Err(Error::msg(format!(
                    "`unix:{rest}` is not a URL of a socket; write its absolute path as unix:///run/app.sock"
                )));
            }
        };
        if let Some((base, _)) = path.split_once(['?', '#']) {
            return Err(Error::msg(format!(
                "the base URL `unix://{base}` has a query or fragment; leave it out"
            )));
        }
        let (path, base) = match path.find(":/") {
            Some(colon) => (&path[..colon], &path[colon + 1..]),
            None => (path, "/"),
        };
        let path = path.trim_end_matches('/');
        if path.is_empty() {
            return Err(Error::msg(
                "`unix:///` does not name a socket; write its path as unix:///run/app.sock",
            ));
        }
        Ok((Self::new(&decoded(path)?)?, base))
    }
}

impl fmt::Display for SocketPath {
    /// Prints the form of a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = percent_encode(self.0.as_os_str().as_encoded_bytes(), PATH).to_string();
        write!(f, "unix://{}", encoded.replace(":/", "%3A/"))
    }
}

#[cfg(unix)]
fn decoded(path: &str) -> Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let bytes = percent_decode_str(path).collect();
    Ok(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn decoded(path: &str) -> Result<PathBuf> {
    Ok(percent_decode_str(path).decode_utf8_lossy().into_owned().into())
}

#[cfg(unix)]
fn available() -> Result<()> {
    Ok(())
}

/// Fails where there are no Unix sockets.
#[cfg(not(unix))]
fn available() -> Result<()> {
    Err(Error::msg("unix:// needs a system with Unix sockets; name the service by http://host:port"))
}

#[cfg(unix)]
fn check(path: &Path) -> Result<()> {
    use std::os::unix::net::SocketAddr;
    if SocketAddr::from_pathname(path).is_ok() {
        return Ok(());
    }
    let length = path.as_os_str().len();
    let longest =
        (0..1024).take_while(|length| SocketAddr::from_pathname("x".repeat(*length)).is_ok()).last();
    match longest {
        Some(longest) if length > longest => Err(Error::msg(format!(
            "the path of the socket has {length} bytes, and this system takes {longest} at most; use a shorter one, \
             for example a symbolic link to it: {}",
            path.display()
        ))),
        _ => Err(Error::msg(format!("`{}` cannot be the path of a socket", path.display()))),
    }
}

#[cfg(not(unix))]
fn check(_: &Path) -> Result<()> {
    available()
}

#[cfg(not(unix))]
impl SocketPath {
    pub(crate) async fn open(&self) -> Result<Socket> {
        available()?;
        unreachable!("no target has a socket")
    }
}

#[cfg(unix)]
mod opening {
    use std::io;
    use std::time::Duration;

    use tokio::net::UnixStream;
    use tokio::time::sleep;

    use super::{Error, Result, Socket, SocketPath};
    use crate::failure::FailureKind;
    use crate::http::classify;

    /// The longest pause before the next check for room in the listener's queue.
    const LONGEST: Duration = Duration::from_millis(50);

    impl SocketPath {
        /// Connects. While the listener's queue is full, it waits for room, as a TCP connect does by itself.
        pub(crate) async fn open(&self) -> Result<Socket> {
            let mut pause = Duration::from_millis(1);
            loop {
                match UnixStream::connect(&self.0).await {
                    Ok(stream) => return Ok(Socket::Unix(stream)),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => sleep(pause).await,
                    Err(error) => return Err(self.refused(&error)),
                }
                pause = (pause * 2).min(LONGEST);
            }
        }

        fn refused(&self, error: &io::Error) -> Error {
            let kind = match error.kind() {
                io::ErrorKind::NotFound => FailureKind::ConnectNotFound,
                _ => classify::connect(error),
            };
            let text = match kind {
                FailureKind::ConnectNotFound => {
                    format!("there is no socket at {self}; is the service started, and its path right?")
                }
                FailureKind::ConnectRefused => format!("nothing listens on {self} (connection refused)"),
                FailureKind::LocalFds => classify::NO_DESCRIPTOR.into(),
                FailureKind::LocalOther => format!("this user may not connect to {self} ({error})"),
                _ => format!("cannot connect to {self}: {error}"),
            };
            Error::with_kind(kind, text)
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::http::Target;

    #[test]
    fn a_socket_and_a_base_path_are_taken_apart_at_a_colon() {
        assert_eq!(parsed("///run/app.sock"), ("/run/app.sock".into(), "/".into()));
        assert_eq!(parsed("/run/app.sock"), ("/run/app.sock".into(), "/".into()));
        assert_eq!(parsed("///run/app.sock/"), ("/run/app.sock".into(), "/".into()));
        assert_eq!(parsed("///run/app.sock:/v1.41/"), ("/run/app.sock".into(), "/v1.41/".into()));
        assert_eq!(parsed("///run/a:b@c.sock"), ("/run/a:b@c.sock".into(), "/".into()));
        assert_eq!(parsed("///run/my%20app%25%3A/x"), ("/run/my app%:/x".into(), "/".into()));
    }

    fn parsed(rest: &str) -> (String, String) {
        let (path, base) = SocketPath::parse(rest).expect("names a socket");
        (path.0.display().to_string(), base.to_owned())
    }

    #[test]
    fn invalid_socket_path_is_reported_with_its_cure() {
        assert!(said("//run/app.sock").contains("did you mean `unix:///run/app.sock`"));
        assert!(said("app.sock").contains("absolute path"));
        assert!(!said("app.sock?secret").contains("secret") && !said("//h/x#secret").contains("secret"));
        assert!(said("///").contains("does not name a socket"));
        assert!(said("///run/a?token=1").contains("query") && !said("///run/a?token=1").contains("token"));
        assert!(said("///run/a%00b").contains("cannot be the path"));
        let long = said(&format!("///{}", "x".repeat(200)));
        assert!(long.contains("201 bytes") && long.contains("at most") && long.contains("link"), "{long}");
    }

    fn said(rest: &str) -> String {
        SocketPath::parse(rest).expect_err("names no socket").to_string()
    }

    proptest! {
        #[test]
        fn shown_text_is_parsed_again(path in "[a-z :/%?#@ä\u{7}]{1,40}", base in "(/[a-z]{0,3}){0,2}") {
            let path = format!("/x{}", path.trim_end_matches('/'));
            let target = Target::at_socket(SocketPath::new(Path::new(&path)).unwrap(), &base);

            let again = Target::parse(&target.to_string()).unwrap();

            prop_assert_eq!(&again.endpoint.socket.as_ref().unwrap().0, &target.endpoint.socket.as_ref().unwrap().0);
            prop_assert_eq!(&again.prefix, &target.prefix);
        }
    }
}

//! `Location`: the target of a response (RFC 9110, section 10.2.2).

use std::sync::Arc;

use http::HeaderValue;
use percent_encoding::{AsciiSet, percent_encode};
use url::Url;

use super::target::Target;

impl Target {
    /// The target and the path of a `Location` in a response to a request to this path, or the reason why it has none.
    ///
    /// A header consists of octets: those that are not ASCII are percent-encoded individually, as in a URL. A reference
    /// is resolved as browsers do (the URL standard). A redirect within an origin stays on its socket too.
    pub(crate) fn locate(&self, path: &str, location: &HeaderValue) -> Result<(Self, String), String> {
        let location = percent_encode(location.as_bytes(), &AsciiSet::EMPTY).to_string();
        // A `\` in our path was sent unchanged, so it is not a slash.
        let here = format!("{}{}", self.endpoint.origin(), path.replace('\\', "%5C"));
        let url = Url::parse(&here).and_then(|here| here.join(&location));
        let url = url.map_err(|why| format!("the Location is not a URL ({why})"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("the Location is neither http nor https".into());
        }
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let mut there =
            Self::from_origin(&url).map_err(|why| format!("the Location cannot be followed: {why}"))?;
        if there.endpoint.origin() == self.endpoint.origin() {
            there.endpoint = Arc::clone(&self.endpoint);
        }
        Ok((there, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The URL of a redirect in a response to a request to this URL.
    fn led(from: &str, location: &[u8]) -> Result<String, String> {
        let (target, path) = Target::parse_absolute(from).unwrap();
        let (target, path) = target.locate(&path, &HeaderValue::from_bytes(location).unwrap())?;
        Ok(target.shown(&path))
    }

    #[test]
    fn octets_are_percent_encoded_wherever_they_stand() {
        for (location, right) in [
            (&b"/caf\xc3\xa9"[..], "http://h/caf%C3%A9"),
            (b"/caf\xe9", "http://h/caf%E9"),
            (b"caf\xc3\xa9?n=\xfc&m=%FC#\xff", "http://h/a/caf%C3%A9?n=%FC&m=%FC"),
            (b"?\xe2\x82\xac", "http://h/a/b?%E2%82%AC"),
            (b"//b\xc3\xbccher.example/\xff", "http://xn--bcher-kva.example/%FF"),
            (b"http://h:81/\x80\xc0", "http://h:81/%80%C0"),
        ] {
            assert_eq!(led("http://h/a/b", location).unwrap(), right);
        }
        assert!(led("http://h/", b"http://\xff/").unwrap_err().contains("is not a URL"));
    }

    #[test]
    fn reference_is_resolved_against_the_sent_url() {
        for (from, location, right) in [
            ("http://h/a/b/c", "d", "http://h/a/b/d"),
            ("http://h/a/b/c", "../d", "http://h/a/d"),
            ("http://h/a/b", "/x/../y", "http://h/y"),
            ("http://h/a/../b/c", "d", "http://h/b/d"),
            ("http://h//x/y", "z", "http://h//x/z"),
            ("http://h/a\\b", "c", "http://h/c"),
            ("http://h/a%2Fb/c", "d", "http://h/a%2Fb/d"),
            ("http://h/a?b/c", "d", "http://h/d"),
            ("http://h/a", "?", "http://h/a?"),
            ("http://h/a?b", "#c", "http://h/a?b"),
            ("http://h", "x", "http://h/x"),
            ("https://h:444/a", "//g/x", "https://g/x"),
            ("http://h/a", "HTTP://H:80/x", "http://h/x"),
            ("http://[::1]:81/a", "b", "http://[::1]:81/b"),
            ("http://h./a", "/b", "http://h./b"),
            ("http://h/a", "http://me:pw@h/b", "http://h/b"),
        ] {
            assert_eq!(led(from, location.as_bytes()).unwrap(), right, "{from} {location}");
        }
        assert!(led("http://h/", b"ftp://h/").unwrap_err().contains("neither http nor https"));
        assert!(led("http://h/", b"http://h:0/").unwrap_err().contains("port 0"));
    }

    #[cfg(unix)]
    #[test]
    fn a_redirect_to_its_own_origin_stays_on_the_socket_and_no_other_does() {
        let socket = Target::parse("unix:///run/docker.sock:/v1.41").unwrap();
        let led = |location: &str| socket.locate("/v1.41/x?y", &location.parse().unwrap()).unwrap();

        for (location, right) in [
            ("/z", "unix:///run/docker.sock:/z"),
            ("z", "unix:///run/docker.sock:/v1.41/z"),
            ("http://localhost/z", "unix:///run/docker.sock:/z"),
            ("http://localhost:8080/z", "http://localhost:8080/z"),
            ("https://localhost/z", "https://localhost/z"),
            ("http://a.example/z", "http://a.example/z"),
        ] {
            let (target, path) = led(location);
            assert_eq!(target.shown(&path), right);
            assert_eq!(target.same_origin(&socket), right.starts_with("unix:"));
        }
    }
}

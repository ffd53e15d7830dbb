//! Tests of base URLs and origins.

use super::path::{Path, redacted_route};
use super::target::Target;

#[test]
fn a_base_url_keeps_its_path_as_a_prefix() {
    let target = Target::parse("https://example.com/api/").unwrap();

    assert_eq!(path(&target, "/items"), "/api/items");
    assert_eq!(path(&target, "items"), "/api/items");
    assert_eq!(target.endpoint.authority, "example.com");
    assert_eq!(target.endpoint.port, 443);
    assert_eq!(target.shown("/api/items"), "https://example.com/api/items");
}

#[cfg(unix)]
#[test]
fn a_socket_is_a_base_url_of_localhost() {
    let target = Target::parse("unix:///run/docker.sock:/v1.41/").unwrap();

    assert_eq!(target.to_string(), "unix:///run/docker.sock:/v1.41");
    assert_eq!(path(&target, "/info"), "/v1.41/info");
    assert_eq!(target.endpoint.authority, "localhost");
    assert_eq!(target.endpoint.to_string(), "unix:///run/docker.sock");
    assert!(target.is_loopback() && target.host() == "localhost");
    assert!(!Target::parse("unix:///run/other.sock").unwrap().same_origin(&target));
}

#[test]
fn invalid_base_url_is_reported_with_its_cure() {
    assert!(said("not-a-url").contains("did you mean `http://not-a-url`"), "{}", said("not-a-url"));
    assert!(said("ftp://host").contains("scheme `ftp`"));
    assert!(said("/run/app.sock").contains("`unix:///run/app.sock`"));
    assert!(said("http://").contains("is not a URL"));
    assert!(said("").contains("is not a URL"), "{}", said(""));
    assert!(said("http://host:99999").contains("is not a URL"));
    assert!(said("http://host:0").contains("port 0"));
    assert!(said("http://host/?a=b").contains("`http://host/` has a query"));
    for url in [
        "me:secret@host",
        "ftp://me:secret@host",
        "http://me:secret@host:99999",
        "http://me:secret@host:0",
        "http://me:secret@host/?a=b",
        "http://me:12#secret@host",
        "http://m%3Ae:secret@host",
        "http://me:sec/ret@host",
        "http://me:%ffsecret@host",
    ] {
        assert!(!said(url).contains("sec") && !said(url).contains("12"), "{}", said(url));
    }
    assert!(said("me:secret@host").contains("http://user:password@host"));
}

fn path(base: &Target, path: &str) -> String {
    Path::complete(&base.prefix, path.into(), None).unwrap().into_owned()
}

fn said(text: &str) -> String {
    Target::parse(text).unwrap_err().to_string()
}

#[test]
fn user_info_of_a_url_is_not_printed() {
    let url = "http://Aladdin:open%20sesame@host:81/api/";
    let target = Target::parse(url).unwrap();

    assert_eq!(**target.authorization.as_ref().unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    assert_eq!(target.to_string(), "http://host:81/api");
    assert_eq!(target.shown("/x"), "http://host:81/x");
    assert!(!format!("{target:?}").contains("sesame") && !format!("{target:?}").contains("QWxh"));
    assert_eq!(*Target::parse("http://me@host").unwrap().authorization.unwrap(), "Basic bWU6");
    assert!(Target::parse("http://host").unwrap().authorization.is_none());
    let told = ["http://a:b@h/{id}?q=1", "http://a:b@h?q=1", "http://a:b@c@h", "/a@b/c", "http://h/a@b"]
        .map(redacted_route);
    assert_eq!(told, ["http://h/{id}", "http://h", "http://h", "/a@b/c", "http://h/a@b"]);
}

#[test]
fn another_scheme_host_or_port_is_another_origin() {
    let home = Target::parse("http://host/a").unwrap();

    for url in ["http://host:80/b", "http://HOST", "http://me:pw@host"] {
        assert!(home.same_origin(&Target::parse(url).unwrap()), "{url}");
    }
    for url in ["https://host", "https://host:80", "http://host:81", "http://other", "http://a.host"] {
        assert!(!home.same_origin(&Target::parse(url).unwrap()), "{url}");
    }
}

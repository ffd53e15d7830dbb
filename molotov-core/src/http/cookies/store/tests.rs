//! Tests of the stored cookies, and of the cookies sent to each place.

use proptest::prelude::*;

use super::*;
use crate::http::path::Path;
use crate::http::path::without_query;

/// The cookies that a store sends to other places, after responses from one place with these headers.
struct Sent {
    store: CookieStore,
    now: Instant,
}

impl Sent {
    fn new() -> Self {
        Self { store: CookieStore::default(), now: Instant::now() }
    }

    fn set(mut self, header: &str, from: &str) -> Self {
        let (target, path) = place(from);
        self.store.set(&SetCookie::parse(header.as_bytes()).unwrap(), &target, &path, self.now);
        self
    }

    fn to(&self, url: &str) -> String {
        let (target, path) = place(url);
        let pairs = self.store.pairs(&target, &path, self.now);
        pairs.map(|(pair, _)| String::from_utf8_lossy(pair)).collect::<Vec<_>>().join("; ")
    }
}

/// The target of a URL, and its path without the query.
fn place(url: &str) -> (Target, String) {
    let (target, path) = Target::parse_absolute(url).unwrap();
    let path = Path::complete("", without_query(&path).into(), None).unwrap().into_owned();
    (target, path)
}

#[test]
fn longer_paths_come_first_and_then_earlier_creation() {
    let sent = Sent::new()
        .set("b=1; Path=/", "http://h/")
        .set("a=1; Path=/", "http://h/")
        .set("c=1; Path=/app", "http://h/")
        .set("d=1; Path=/app/x/", "http://h/")
        .set("sid=root; Path=/", "http://h/")
        .set("sid=app; Path=/app", "http://h/")
        // It keeps its former place.
        .set("b=2; Path=/", "http://h/");

    assert_eq!(sent.to("http://h/app/x/y"), "d=1; c=1; sid=app; b=2; a=1; sid=root");
    assert_eq!(sent.to("http://h/apple"), "b=2; a=1; sid=root");
    // The deleted cookie is new again.
    let sent = sent.set("b=; Path=/; Max-Age=0", "http://h/").set("b=3; Path=/", "http://h/");
    assert_eq!(sent.to("http://h/"), "a=1; sid=root; b=3");
}

#[test]
fn a_cookie_is_for_its_host_and_with_a_domain_for_those_below() {
    let sent = |domain: &str, from: &str, to: &str| {
        let header = format!("a=1; Path=/{domain}");
        Sent::new().set(&header, from).to(to) == "a=1"
    };
    let (shop, www) = ("http://shop.example/", "http://www.shop.example/");

    assert!(sent("", shop, shop) && !sent("", shop, www) && !sent("", www, shop));
    assert!(sent("", shop, "http://SHOP.example:8080/") && sent("", shop, "https://shop.example/"));
    for domain in ["; Domain=shop.example", "; Domain=.Shop.Example", "; domain=shop.example; Domain="] {
        assert!(sent(domain, shop, www) && sent(domain, www, shop) && sent(domain, www, www), "{domain}");
        assert!(!sent(domain, www, "http://workshop.example/"), "{domain}");
    }
    for domain in
        ["; Domain=hop.example", "; Domain=other.example", "; Domain=a.www.shop.example", "; Domain=\u{0}"]
    {
        assert!(!sent(domain, www, www), "{domain}");
    }
    assert!(sent(
        "; Domain=b\u{fc}cher.example",
        "http://xn--bcher-kva.example/",
        "http://b\u{fc}cher.example/"
    ));
    assert!(!sent("; Domain=0.0.1", "http://127.0.0.1/", "http://127.0.0.1/"));
}

#[test]
fn an_address_of_any_kind_has_cookies_of_its_own() {
    for (host, domains) in [
        ("[::1]", &["", "; Domain=[::1]", "; Domain=::1", "; Domain=0:0::1"][..]),
        ("[::ffff:127.0.0.1]", &["", "; Domain=::ffff:127.0.0.1", "; Domain=[::ffff:7f00:1]"][..]),
        ("127.0.0.1", &["", "; Domain=127.0.0.1", "; Domain=.127.0.0.1"][..]),
        ("[2001:db8::1]", &[""][..]),
    ] {
        for domain in domains {
            let sent = Sent::new().set(&format!("a=1{domain}"), &format!("http://{host}:81/"));

            assert_eq!(sent.to(&format!("http://{host}/x")), "a=1", "{host} {domain}");
            for other in ["http://[::2]/", "http://127.0.0.2/", "http://localhost/"] {
                assert_eq!(sent.to(other), "", "{host} {domain}");
            }
        }
    }
}

#[test]
fn the_path_is_that_of_the_request_unless_it_is_named() {
    for (from, path, yes, no) in [
        ("/", "", "/x", None),
        ("/a", "", "/x", None),
        ("/a/b", "", "/a/x", Some("/ab")),
        ("/a/b/", "", "/a/b", Some("/a/x")),
        ("/a/b?c/d", "", "/a", Some("/")),
        ("/a/../b", "", "/a/../c", Some("/b")),
        ("//x", "", "//y", None),
        ("//x/y", "", "//x/z", Some("/x")),
        ("/a%2Fb/c", "", "/a%2Fb/d", Some("/a/b")),
        ("/", "; Path=/a/", "/a/b", Some("/a")),
        ("/", "; Path=/caf\u{e9}", "/caf\u{e9}/x", Some("/cafe")),
        ("/a/b", "; Path=b", "/a/x", Some("/x")),
    ] {
        let sent = Sent::new().set(&format!("k=1{path}"), &format!("http://h{from}"));

        assert_eq!(sent.to(&format!("http://h{yes}")), "k=1", "{from} {path}");
        assert!(no.is_none_or(|no| sent.to(&format!("http://h{no}")).is_empty()), "{from} {path}");
    }
}

#[test]
fn a_secure_cookie_goes_by_tls_or_stays_on_this_machine() {
    let sent = Sent::new().set("a=1; Secure", "http://h/").set("b=1; Secure", "http://127.0.0.1/");

    assert_eq!(sent.to("https://h/"), "a=1");
    assert_eq!(sent.to("http://h/"), "");
    assert_eq!(sent.to("http://127.0.0.1/"), "b=1");
}

#[test]
fn a_cookie_ends_with_its_time_and_one_of_the_past_deletes() {
    let mut sent = Sent::new().set("a=1; Max-Age=60", "http://h/").set("b=1", "http://h/");
    assert_eq!(sent.to("http://h/"), "a=1; b=1");
    sent.now += Duration::from_secs(60);
    assert_eq!(sent.to("http://h/"), "b=1");

    for date in ["Max-Age=-1", "Expires=Thu, 1 Jan 1970 00:00:00 GMT", "Expires=Mon, 01-Jan-1601 0:0:0"] {
        let sent = Sent::new().set("b=1", "http://h/").set(&format!("b=; {date}"), "http://h/");
        assert_eq!((sent.to("http://h/"), sent.store.len()), (String::new(), 0), "{date}");
    }
    for date in ["Max-Age=99999999999999999999", "Expires=Fri, 31 Dec 9999 23:59:59 GMT"] {
        assert_eq!(Sent::new().set(&format!("b=1; {date}"), "http://h/").to("http://h/"), "b=1", "{date}");
    }
}

#[test]
fn the_least_recently_used_cookie_makes_room() {
    let mut sent = Sent::new().set("old=1; Path=/", "http://h/");
    let (target, _) = place("http://h/");
    for number in 0..MOST_OF_DOMAIN {
        sent.store.mark_used(&target, "/", sent.now);
        sent = sent.set(&format!("c{number}=1; Path=/c"), "http://h/");
    }
    // Those of `/c` were never sent, so the first of them is removed, and not the older one of `/`.
    assert_eq!(sent.store.len(), MOST_OF_DOMAIN);
    assert!(sent.to("http://h/c").ends_with("c179=1; old=1") && !sent.to("http://h/c").contains("c0=1"));

    for host in 0..20 {
        for number in 0..MOST_OF_DOMAIN {
            sent = sent.set(&format!("c{number}=1"), &format!("http://h{host}/"));
        }
    }
    assert_eq!(sent.store.len(), MOST);
    assert_eq!(sent.to("http://h19/").split("; ").count(), MOST_OF_DOMAIN);
}

#[test]
fn expired_cookies_make_room_first() {
    let mut sent = Sent::new().set("first=1", "http://h/");
    for number in 1..MOST_OF_DOMAIN {
        sent = sent.set(&format!("c{number}=1; Max-Age=5"), "http://h/");
    }
    sent.now += Duration::from_secs(5);
    sent = sent.set("last=1", "http://h/");

    assert_eq!(sent.to("http://h/"), "first=1; last=1");
}

proptest! {
    /// The order and the selection of the standard, in a few lines.
    #[test]
    fn sent_method_and_body_follow_the_standard(
        set in prop::collection::vec((0u8..3, "(/[ab]?){0,3}", 0u8..4), 0..12),
        to in "(/[ab]?){1,3}",
    ) {
        let mut sent = Sent::new();
        let mut right: Vec<(u8, String, usize)> = Vec::new();
        for (number, (name, path, age)) in set.iter().enumerate() {
            let ends = if *age == 0 { "; Max-Age=0" } else { "" };
            sent = sent.set(&format!("{name}={number}; Path={path}{ends}"), "http://h/");
            let path = if path.is_empty() { "/" } else { path };
            let known = right.iter().position(|(known, of, _)| known == name && of == path);
            match (known, *age) {
                (Some(at), 0) => drop(right.remove(at)),
                (None, 0) => {}
                (Some(at), _) => right[at].2 = number,
                (None, _) => right.push((*name, path.to_owned(), number)),
            }
        }
        right.retain(|(_, path, _)| {
            *path == to || to.starts_with(&**path) && (path.ends_with('/') || to[path.len()..].starts_with('/'))
        });
        // Stable, so creation decides for paths of equal length.
        right.sort_by_key(|(_, path, _)| Reverse(path.len()));
        let right: Vec<_> = right.iter().map(|(name, _, value)| format!("{name}={value}")).collect();

        prop_assert_eq!(sent.to(&format!("http://h{to}")), right.join("; "));
    }
}

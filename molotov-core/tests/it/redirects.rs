//! Redirects in a circle, without an end, and with a late end; and the names of their hops.
#![allow(clippy::unwrap_used)]

use super::support;

use std::sync::atomic::{AtomicU32, Ordering};

use molotov_core::{FailureKind, Outcome};

use support::{Lab, OK, Seen, Server};

fn to(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
}

/// Sends `GET /x`, follows redirects, and checks laws A1 and A2.
async fn visit(
    most: u32,
    answer: impl Fn(&Seen) -> String + Send + Sync + 'static,
) -> (Lab, molotov_core::Result<()>) {
    let server = Server::answering(answer).await;
    let lab = Lab::with(support::client().redirects(most).build().unwrap(), Some(&server.url()));

    let result = lab.session.get("/x").send().await.map(drop);

    let samples = lab.samples();
    assert_eq!((samples.len(), server.connections()), (server.requests(), 1));
    assert_eq!(samples.iter().map(|sample| sample.sent).sum::<u64>(), server.read());
    assert_eq!(samples.iter().map(|sample| sample.received).sum::<u64>(), server.written());
    let failures = usize::from(result.is_err());
    assert!(samples[..samples.len() - failures].iter().all(|sample| sample.outcome == Outcome::Ok));
    (lab, result)
}

#[tokio::test]
async fn a_server_may_lead_to_the_same_place_and_then_on() {
    let times = AtomicU32::new(0);
    let (lab, result) =
        visit(10, move |_| if times.fetch_add(1, Ordering::SeqCst) < 2 { to("/x") } else { OK.into() }).await;
    result.unwrap();
    assert_eq!(lab.samples().len(), 3);

    let times = AtomicU32::new(0);
    let (lab, result) = visit(10, move |seen| match times.fetch_add(1, Ordering::SeqCst) {
        10 => OK.into(),
        _ if seen.path == "/x" => to("/y#part"),
        _ => to("/x"),
    })
    .await;
    result.unwrap();
    assert_eq!(lab.samples().len(), 11);
}

#[tokio::test]
async fn endless_redirects_end_by_the_limit_with_the_repeated_url() {
    type Answer = Box<dyn Fn(&Seen) -> String + Send + Sync>;
    let circles: [(u32, &str, Answer); 6] = [
        (10, "/x", Box::new(|_| to("/x"))),
        (10, "/x", Box::new(|_| to("/x#again"))),
        (1, "/x", Box::new(|_| to("/x"))),
        (10, "/y", Box::new(|seen| to(if seen.path == "/x" { "/y" } else { "/x" }))),
        (10, "/z", Box::new(|seen| to(if seen.path == "/x" { "/y" } else { "/z?a=s3cret" }))),
        // A cookie that changes each time does not prevent the circle.
        (
            3,
            "/x",
            Box::new(|seen| {
                let count = seen.header("cookie").map_or(0, |cookie| cookie.len());
                to("/x").replace("content", &format!("set-cookie: n={}\r\ncontent", "1".repeat(count + 1)))
            }),
        ),
    ];
    for (most, place, answer) in circles {
        let (lab, result) = visit(most, answer).await;

        let error = result.unwrap_err();
        assert_eq!(error.kind(), FailureKind::RedirectLoop, "{error}");
        assert!(error.to_string().contains(&format!("more than {most} redirects, in a circle")), "{error}");
        assert!(error.to_string().contains(&format!("{place}` came again")), "{error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
        assert_eq!(lab.samples().len() as u32, most + 1);
    }
}

#[tokio::test]
async fn places_that_are_all_new_are_too_many() {
    let (lab, result) = visit(10, |seen| to(&format!("{}x", seen.path))).await;
    assert_eq!(result.unwrap_err().kind(), FailureKind::RedirectTooMany);
    assert_eq!(lab.samples().len(), 11);

    // The query is a part of the place.
    let next = |path: &str| if path == "/x" { "/x?n=1".into() } else { format!("{path}1") };
    let (_, result) = visit(3, move |seen| to(&next(&seen.path))).await;
    assert_eq!(result.unwrap_err().kind(), FailureKind::RedirectTooMany);
}

#[tokio::test]
async fn a_hop_is_named_by_where_it_leads() {
    let other = Server::answering(|_| OK).await;
    let away = format!("http://me:s3cret@{}/items/7?token=s3cret", other.address);
    let server = Server::answering(move |seen| match seen.path.as_str() {
        "/login" => {
            "HTTP/1.1 303 See\r\nlocation: /orders/41/receipt?token=s3cret\r\ncontent-length: 0\r\n\r\n"
                .into()
        }
        "/orders/41/receipt?token=s3cret" => to("../9b2d7f3e-1c4a-4a5b-8c6d-0e1f2a3b4c5d;sid=s3cret"),
        "/away" => to(&away),
        _ => OK.into(),
    })
    .await;
    let lab = Lab::of(&server);

    lab.session.post("/login").name("log in").send().await.unwrap();
    lab.session.get("/away").send().await.unwrap();

    let names: Vec<_> = lab.samples().iter().map(|sample| lab.name(sample)).collect();
    let elsewhere = format!("GET http://{}/items/{{id}} (redirected)", other.address);
    assert_eq!(
        names,
        [
            "POST log in",
            "GET /orders/{id}/receipt (redirected)",
            "GET /orders/{id} (redirected)",
            "GET /away",
            &elsewhere
        ]
    );
}

#[tokio::test]
async fn a_server_that_leads_everywhere_has_a_hundred_names() {
    let count = AtomicU32::new(0);
    let server = Server::answering(move |seen| match seen.path.as_str() {
        "/x" => to(&format!("/page-{}-of-all", count.fetch_add(1, Ordering::SeqCst))),
        _ => OK.into(),
    })
    .await;
    let lab = Lab::of(&server);

    for _ in 0..120 {
        lab.session.get("/x").send().await.unwrap();
    }

    let names = lab.names();
    assert_eq!(names.len(), 1 + 100 + 1);
    let elsewhere =
        lab.samples().iter().filter(|sample| lab.name(sample) == "GET (redirected elsewhere)").count();
    assert_eq!(elsewhere, 20);
}

//! Secrets planted in bodies and headers of many kinds, which are cut at each byte: none may be visible.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// The planted secret. No other text of these tests contains four characters in a row of it.
const SECRET: &str = "Zq7XvK9wTb";

/// A route without a hint at secrets.
const ANYWHERE: Whence<'_> = Whence { route: "GET /", is_wanted: false };

/// Bodies, with `@` in place of the secret.
const BODIES: &[(&str, &str)] = &[
    // JSON: each type of value, nested, in lists, with spaces, with other quotation marks.
    ("application/json", r#"{"user":"me","password":"@","next":1}"#),
    ("application/json", r#"{"a":{"b":[{"c":1,"refreshToken" : "x\"@\\"}]}}"#),
    ("application/json", r#"{"tokens":["@",{"id":"@"}],"next":"a"}"#),
    ("application/json", r#"{"credentials":{"a":"}]@","b":["@"]},"next":"a"}"#),
    ("application/json", r#"{"auth":"@"}"#),
    ("application/json", r#"{"auth":{"user":"me","x":"@"}}"#),
    ("application/json", r#"{"pass\u0077ord":"@","\u0070in":"@"}"#),
    ("application/json", "{\n  \"clientSecret\" :\n    \"@\"\n}"),
    ("application/json", r#"{"pin":"1","pin":"@"}"#),
    ("application/json", "{\"a\":1}\n{\"access_token\":\"@\"}\n{\"accessToken\":[\"@\"]}\n"),
    ("application/json", ")]}',\n{\"xsrf-token\":\"@\"}"),
    ("application/json", r#"{"message":"login {\"password\":\"a\\\"@\"} failed"}"#),
    ("application/json", r#"{"m":"{\"n\":\"{\\\"jwt\\\":\\\"@\\\"}\"}"}"#),
    ("application/json", r#"{"query":"mutation { login(user: \"me\", password: \"@\") }"}"#),
    ("application/json", r#"{"headers":[{"name":"Authorization","value":"Bearer @"}]}"#),
    ("application/json", r#"{"headers":[{"value":"@","name":"X-Api-Key"}]}"#),
    ("application/json", r#"{"headers":{"Cookie":"a=@; b=@","X-Auth":["@"]}}"#),
    ("application/json", r#"{"rawHeaders":["Host","x","Cookie","a=@; b=@"]}"#),
    ("application/json", r#"{"raw":"GET / HTTP/1.1\r\nCookie: a=@; b=@\r\nX-Api-Key: @\r\n"}"#),
    ("application/json", r#"["Authorization: Basic @","a"]"#),
    ("application/json", r#"{"url":"https://me:@@host/a","to":"/b?x=1&token=@&y=2"}"#),
    ("application/json", r#"{"url":"/b?x=1\u0026api_key=@\u0026y=2"}"#),
    ("application/json", r#"{"url":"https:\/\/me:@@host\/a"}"#),
    ("application/json", r#"{"note":"sent Bearer @ to it"}"#),
    ("application/vnd.api+json", r#"{"data":{"attributes":{"otp-code":"@"}}}"#),
    ("", r#"{'token': 'it\'s @', "x": 1}"#),
    ("text/javascript", r#"callback({userPin:"@",other:1})"#),
    ("text/event-stream", "event: x\ndata: {\"session_id\":\"@\"}\n\n"),
    // Forms, URLs, headers, logs.
    ("application/x-www-form-urlencoded", "user=me&password=@,;@&next=1"),
    ("application/x-www-form-urlencoded", "user%5Bpassword%5D=a+@&next=1"),
    ("application/x-www-form-urlencoded", "next=https%3A%2F%2Fh%2F%3Ftoken%3D@%26x%3D1&a=b"),
    ("application/x-www-form-urlencoded", "next=https%3A%2F%2Fme%3A@%40h%2F&a=b"),
    ("application/x-www-form-urlencoded", "data=%7B%22token%22%3A%22@%22%7D&a=b"),
    ("application/x-www-form-urlencoded", "code=@&key=@"),
    ("text/plain", "user=me&password=@&next=1"),
    ("text/plain", "see http://h/a?token=@#x or //me:@@h/ or ftp://@@h"),
    ("text/plain", "see http://h/cb#access_token=@&state=1"),
    ("text/plain", "GET / HTTP/1.1\nCookie: a=@; b=@\nAuthorization: Digest a=\"@\"\n\nbody"),
    ("text/plain", "> X-Amz-Security-Token: @ @\n< Set-Cookie: sid=@; Path=/"),
    ("text/plain", "at 12:00 Authorization: Bearer @ was wrong"),
    ("text/plain", "at 12:00 invalid API key: @"),
    ("text/plain", "[secrets]\npassword = \"\"\"a\n@\n\"\"\"\nx = 1\npin = @ @\n"),
    ("text/plain", "the token is eyJhbGciOiJ@.eyJ@.@ and no other"),
    ("text/plain", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n@\n-----END RSA PRIVATE KEY-----\n"),
    ("application/yaml", "a: 1\npassword: |\n  a\n  @\nb: 2\nsecrets:\n  - @\n  - x: @\nc: 3\n"),
    ("text/csv", "id,password,x\n1,@,a\n2,\"@\",b\n"),
    ("text/plain", "a\t\"{\"\"token\"\":\"\"@\"\"}\"\n"),
    // Markup.
    (
        "text/html",
        r#"<form><input type="hidden" name="csrf" value="@"><input value=@ name="authenticity_token"></form>"#,
    ),
    ("text/html", r#"<input type='password' value='@'/>"#),
    ("text/html", r#"<meta name="csrf-token" content="@">"#),
    ("text/html", r#"<a href="/a?x=1&amp;token=@&amp;y=2">x</a>"#),
    ("text/html", r#"<div data-state="{&quot;token&quot;:&quot;@&quot;}">x</div>"#),
    ("text/html", r#"<script>window.x={"jwt":"@"};var token = '@';</script>"#),
    ("text/html", "<textarea name=\"secret\">@ @</textarea><p>Password: @ @</p>"),
    ("text/html", "<table><tr><th>PIN</th><td>@</td></tr></table>"),
    ("application/xml", "<a><password>@ @</password><n:apiKey x=\"1\">@</n:apiKey></a>"),
    ("application/xml", "<a><token><![CDATA[<b>@</b>]]></token></a>"),
    ("application/xml", "<user name=\"me\" passwd=\"@\"/><add key=\"DbPassword\" value=\"@\"/>"),
    ("application/xml", "<string name=\"api_key\">@</string>"),
    ("application/xml", "<m><name>password</name><value><string>@</string></value></m>"),
    ("application/xml", "<dict><key>token</key><string>@</string></dict>"),
    ("application/xml", "&lt;password&gt;@&lt;/password&gt;"),
    // Parts.
    (
        "multipart/form-data; boundary=x",
        "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n@\r\n@\r\n--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n",
    ),
    (
        "",
        "--x\nContent-Disposition: form-data; filename=\"b\"; name=\"api_key\"\nContent-Type: text/plain\n\n@\n--x--\n",
    ),
    (
        "multipart/mixed; boundary=x",
        "preamble\r\n--x\r\nContent-Type: application/json\r\n\r\n{\"token\":\"@\"}\r\n--x--",
    ),
];

/// Headers, which are never cut.
const HEADERS: &[(&str, &str)] = &[
    ("authorization", "Bearer @"),
    ("authorization", "@"),
    ("authorization", "AWS4-HMAC-SHA256 Credential=@/a, Signature=@"),
    ("proxy-authorization", "Digest username=\"me\", response=\"@\""),
    ("x-forwarded-authorization", "Basic @"),
    ("cookie", "a=@; b=\"x;@\"; @"),
    ("set-cookie", "a=@; Path=/; Secret=@; HttpOnly"),
    ("www-authenticate", "Digest realm=\"a, b\", nonce=\"@\", opaque=@, Negotiate @=="),
    ("proxy-authenticate", "NTLM @="),
    ("authentication-info", "nextnonce=\"@\", rspauth=\"@\""),
    ("x-auth-token", "@"),
    ("x-csrf-token", "@"),
    ("api-key", "@"),
    ("x-amz-security-token", "@"),
    ("x-goog-api-key", "@"),
    ("ocp-apim-subscription-key", "@"),
    ("x-functions-key", "@"),
    ("x-vault-token", "@"),
    ("private-token", "@"),
    ("x-session", "@"),
    ("x-otp", "@"),
    ("location", "/cb?token=a,b;@)@&x=1"),
    ("location", "/cb#access_token=@&state=1"),
    ("location", "https://me:@@host/cb?code=@"),
    ("location", "/cb?next=%2Fb%3Fapi_key%3D@%26x%3D1"),
    ("location", "/cb;jsessionid=@?x=1"),
    ("refresh", "5; url=/cb?x=1&token=@"),
    ("link", "<https://me:@@host/?token=@>; rel=\"next\", </b?sig=@>; rel=\"prev\""),
    ("referer", "https://host/?SAMLResponse=@"),
    ("x-debug", "{\"token\":\"@\"}"),
    ("x-original-url", "/a?access-token=@"),
    ("sec-websocket-protocol", "bearer @"),
];

fn leaks(shown: &str) -> bool {
    SECRET.as_bytes().windows(4).any(|piece| shown.contains(std::str::from_utf8(piece).unwrap_or("?")))
}

/// The places of `@` that stand for the secret: in user-info, the second `@` is an ordinary one.
fn planted(text: &str) -> String {
    text.replace("@@", "\u{1}").replace('@', SECRET).replace('\u{1}', &format!("{SECRET}@"))
}

#[test]
fn no_secret_comes_out_of_a_body_cut_at_any_byte() {
    let mut leaking = Vec::new();
    for (content_type, template) in BODIES {
        let body = planted(template);
        let at = (0..=body.len()).find(|end| {
            let shown = excerpt(ANYWHERE, Some(content_type), &body.as_bytes()[..*end], 10_000);
            leaks(&shown.unwrap_or_default())
        });
        if let Some(at) = at {
            let shown = excerpt(ANYWHERE, Some(content_type), &body.as_bytes()[..at], 10_000);
            leaking.push(format!("{} at {at}: {}", &body[..at], shown.unwrap_or_default()));
        }
    }
    assert!(leaking.is_empty(), "{} leak:\n{}", leaking.len(), leaking.join("\n"));
}

#[test]
fn no_secret_comes_out_of_a_header() {
    let mut leaking = Vec::new();
    for (name, template) in HEADERS {
        let value = http::HeaderValue::from_str(&planted(template)).unwrap();
        let shown = header(&http::HeaderName::from_static(name), &value);
        if leaks(&shown) {
            leaking.push(format!("{name}: {shown}"));
        }
    }
    assert!(leaking.is_empty(), "{} leak:\n{}", leaking.len(), leaking.join("\n"));
}

#[test]
fn an_excerpt_is_one_short_line_of_text() {
    assert_eq!(
        excerpt(ANYWHERE, None, b"\xef\xbb\xbf gone\r\n\tto \x1b[1mlunch\n", 200).unwrap(),
        "gone to [1mlunch"
    );
    assert_eq!(excerpt(ANYWHERE, None, "grüße".as_bytes(), 6).unwrap(), "gr…");
    assert_eq!(excerpt(ANYWHERE, None, "grüße".as_bytes(), 7).unwrap(), "grüße");
    assert_eq!(excerpt(ANYWHERE, None, &"grüße".as_bytes()[..3], 200).unwrap(), "gr");
    let long = excerpt(ANYWHERE, Some("text/plain"), &b"ab ".repeat(5_000), 200).unwrap();
    assert!(long.len() <= 200 && long.ends_with('…'), "{long}");
    for (content_type, body) in [
        (Some("image/png"), &b"abc"[..]),
        (Some("Application/Octet-Stream"), b"abc"),
        (None, b"a\0b"),
        (None, b"gr\xfc\xdfe"),
        (None, b" \r\n"),
        (None, b""),
    ] {
        assert_eq!(excerpt(ANYWHERE, content_type, body, 200), None);
    }
}

#[test]
fn text_around_a_secret_is_shown() {
    for (content_type, template) in BODIES {
        let shown = excerpt(ANYWHERE, Some(content_type), planted(template).as_bytes(), 10_000).unwrap();
        assert!(shown.contains(MASK), "{template}");
    }
}

proptest! {
    #[test]
    fn no_secret_comes_out_of_bodies_put_together(
        first in 0..BODIES.len(),
        second in 0..BODIES.len(),
        glue in "[ \n,a-z]{0,4}",
        cut in 0usize..2_000,
        typed in any::<bool>(),
    ) {
        // A table is recognized by its first line, and a form by its type.
        let stands_alone = ["text/csv", "application/x-www-form-urlencoded"].contains(&BODIES[second].0);
        // The first body is whole, of any type: text before a secret must not hide it.
        let lead = BODIES[first].1.replace('@', "x");
        let lead = if stands_alone { String::new() } else { format!("{lead}{glue}\n") };
        let body = format!("{lead}{}", planted(BODIES[second].1));
        let end = body.len().min(cut);

        let shown = excerpt(ANYWHERE, (typed || stands_alone).then_some(BODIES[second].0), &body.as_bytes()[..end], 10_000).unwrap_or_default();

        prop_assert!(!leaks(&shown), "{}\n{}", &body[..end], shown);
    }
}

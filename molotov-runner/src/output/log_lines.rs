//! The users' messages as lines of text, by pure functions.
//!
//! Each external line starts with a prefix of ours, and its characters that are not plainly visible are escaped, so
//! that no external text can imitate our lines.

use std::fmt::Write;

use molotov_core::{Exchange, Logged, Message, Paused, Trace, TraceBody};

use super::escape::escape;
use super::traces::TraceCount;
use crate::units::{count, latency, many};

/// A trace, with a final line break.
pub(super) fn render(trace: &Trace) -> String {
    match trace {
        Trace::Logged(logged) => line(logged),
        Trace::Exchanged(exchange) => block(exchange),
        Trace::Paused(paused) => pause(paused),
        _ => String::new(),
    }
}

fn line(logged: &Logged) -> String {
    let mut text =
        format!("{:.3}s user {} iteration {}:", logged.at.as_secs_f64(), logged.user, logged.iteration);
    // The text's own line breaks are kept.
    let mut lines = logged.text.lines();
    let _ = writeln!(text, " {}", escape(lines.next().unwrap_or_default()));
    lines.for_each(|line| put(&mut text, "   ", line));
    text
}

fn pause(paused: &Paused) -> String {
    let at = paused.at.as_secs_f64();
    let left_out = if paused.left_out { ", left out in a test" } else { "" };
    let time = latency(paused.time);
    format!("{at:.3}s user {} iteration {}: pause of {time}{left_out}\n", paused.user, paused.iteration)
}

fn block(exchange: &Exchange) -> String {
    let mut text = format!(
        "{:.3}s user {} iteration {}: {} ({})\n",
        exchange.at.as_secs_f64(),
        exchange.user,
        exchange.iteration,
        escape(&exchange.route),
        latency(exchange.elapsed)
    );
    message(&mut text, '>', &exchange.request);
    if let Some(response) = &exchange.response {
        message(&mut text, '<', response);
    }
    if exchange.sent == 0 {
        put(&mut text, "!", "nothing of it was sent");
    }
    if let Some(failure) = &exchange.failure {
        put(&mut text, "!", failure);
    }
    text.push('\n');
    text
}

fn message(text: &mut String, mark: char, message: &Message) {
    let mark = mark.encode_utf8(&mut [0; 4]).to_owned();
    put(text, &mark, &message.first);
    for (name, value) in &message.headers {
        put(text, &mark, &format!("{name}: {value}"));
    }
    match &message.body {
        TraceBody::Text { text: body, cut } => {
            put(text, &mark, "");
            body.lines().for_each(|line| put(text, &mark, line));
            if *cut > 0 {
                put(text, &mark, &format!("… ({} more)", bytes(*cut)));
            }
        }
        TraceBody::Placeholder { what, length } => {
            put(text, &mark, "");
            put(text, &mark, &format!("({what}, {})", bytes(*length)));
        }
        _ => {}
    }
    if !message.trailers.is_empty() {
        put(text, &mark, "");
        put(text, &mark, "(trailers)");
        for (name, value) in &message.trailers {
            put(text, &mark, &format!("{name}: {value}"));
        }
    }
}

fn bytes(n: u64) -> String {
    many(n, "byte", "bytes")
}

fn put(text: &mut String, mark: &str, line: &str) {
    let line = escape(line);
    let space = if line.is_empty() { "" } else { " " };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{mark}{space}{line}");
}

/// Returns the final line about lines and requests that were not shown; `None` if all were.
pub(super) fn missed(missed: TraceCount) -> Option<String> {
    let lines = (missed.lines > 0).then(|| many(missed.lines, "line of session.log", "lines of session.log"));
    let requests = (missed.exchanges > 0).then(|| many(missed.exchanges, "request", "requests"));
    let pauses = (missed.pauses > 0).then(|| many(missed.pauses, "pause", "pauses"));
    let what: Vec<String> = [lines, requests, pauses].into_iter().flatten().collect();
    let (last, before) = what.split_last()?;
    let what = if before.is_empty() { last.clone() } else { format!("{} and {last}", before.join(", ")) };
    let verb = if missed.lines + missed.exchanges + missed.pauses == 1 { "is" } else { "are" };
    Some(format!("note: {what} {verb} not shown: more came than could be written in time"))
}

/// The last remarks of a test, after this number of omitted ones.
pub(crate) fn last_words<'r>(left_out: u64, remarks: impl IntoIterator<Item = &'r Trace>) -> String {
    let mut text = String::new();
    if left_out > 0 {
        let _ = writeln!(text, "({} before this)", count(left_out));
    }
    remarks.into_iter().for_each(|trace| text.push_str(&render(trace)));
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use molotov_core::{Iteration, UserId};

    use super::*;

    fn message(first: &str, headers: &[(&str, &str)], body: TraceBody) -> Message {
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let mut message = Message::default();
        (message.first, message.headers, message.body) = (first.into(), headers, body);
        message
    }

    fn exchange() -> Exchange {
        let mut exchange = Exchange::default();
        exchange.at = Duration::from_millis(1204);
        exchange.elapsed = Duration::from_micros(843);
        (exchange.user, exchange.iteration) = (UserId(3), Iteration(5));
        exchange.route = "POST /items/{id}".into();
        exchange.request = message(
            "POST http://a/items/7",
            &[("host", "a"), ("authorization", "Bearer ***")],
            TraceBody::text("{\n\t\"a\": 1\n}", 0),
        );
        exchange.sent = 70;
        exchange.response = Some(message("201 Created", &[("x", "1")], TraceBody::text("long", 5000)));
        exchange
    }

    fn logged(text: &str) -> Logged {
        let mut logged = Logged::default();
        logged.text = text.into();
        logged
    }

    fn shown(exchange: Exchange) -> String {
        render(&Trace::Exchanged(Box::new(exchange)))
    }

    #[test]
    fn an_exchange_is_one_block() {
        insta::assert_snapshot!(shown(exchange()), @r#"
        1.204s user 3 iteration 5: POST /items/{id} (843 µs)
        > POST http://a/items/7
        > host: a
        > authorization: Bearer ***
        >
        > {
        > \t"a": 1
        > }
        < 201 Created
        < x: 1
        <
        < long
        < … (5,000 bytes more)
        "#);
    }

    #[test]
    fn trailers_stand_behind_the_body() {
        let mut exchange = exchange();
        let response = exchange.response.as_mut().unwrap();
        response.body = TraceBody::text("ab", 0);
        response.trailers = vec![("x-sum".into(), "1\u{1b}[2J".into())];

        let text = shown(exchange);

        assert!(text.ends_with("<\n< ab\n<\n< (trailers)\n< x-sum: 1\\u{1b}[2J\n\n"), "{text}");
    }

    #[test]
    fn failure_is_reported_after_the_request() {
        let mut refused = exchange();
        refused.request = message("GET http://a/", &[], TraceBody::placeholder("multipart", 1));
        (refused.sent, refused.response) = (0, None);
        refused.failure = Some("connect.refused: nobody listens".into());

        let text = shown(refused);

        insta::assert_snapshot!(text, @r"
        1.204s user 3 iteration 5: POST /items/{id} (843 µs)
        > GET http://a/
        >
        > (multipart, 1 byte)
        ! nothing of it was sent
        ! connect.refused: nobody listens
        ");
    }

    #[test]
    fn nothing_from_outside_passes_for_a_line_of_ours_or_moves_the_cursor() {
        let evil = "x\u{1b}[2J\r\n! it worked\n0.000s user 0 iteration 0: hi\u{202e}";
        let mut told = exchange();
        (told.route, told.failure) = (evil.into(), Some(evil.into()));
        told.response = Some(message(evil, &[(evil, evil)], TraceBody::text(evil, 0)));
        let (text, line) = (shown(told), render(&Trace::Logged(logged(evil))));

        let visible = |c: char| c == '\n' || !c.is_control() && c != '\u{202e}';
        assert!(text.chars().chain(line.chars()).all(visible), "{text}{line}");
        assert_eq!(text.lines().filter(|line| line.starts_with("! ")).count(), 1, "{text}");
        assert_eq!((text + &line).matches("\n0.000s").count(), 1);
    }

    #[test]
    fn a_line_of_the_users_own_has_time_user_and_iteration() {
        let mut two = logged("one\ntwo");
        two.user = UserId(2);

        assert_eq!(render(&Trace::Logged(two)), "0.000s user 2 iteration 0: one\n    two\n");
        assert_eq!(render(&Trace::Logged(Logged::default())), "0.000s user 0 iteration 0: \n");
    }

    #[test]
    fn a_pause_is_shown_with_its_time() {
        let mut paused = Paused::default();
        paused.time = Duration::from_millis(1734);

        assert_eq!(render(&Trace::Paused(paused.clone())), "0.000s user 0 iteration 0: pause of 1.73 s\n");
        paused.left_out = true;
        let test = render(&Trace::Paused(paused));
        assert_eq!(test, "0.000s user 0 iteration 0: pause of 1.73 s, left out in a test\n");
    }

    #[test]
    fn lost_output_is_reported() {
        let said = |lines, exchanges| missed(TraceCount { lines, exchanges, pauses: 0 }).unwrap();
        let end = "not shown: more came than could be written in time";

        assert_eq!(missed(TraceCount::default()), None);
        assert_eq!(said(1, 0), format!("note: 1 line of session.log is {end}"));
        assert_eq!(said(0, 1234), format!("note: 1,234 requests are {end}"));
        assert_eq!(said(2, 1), format!("note: 2 lines of session.log and 1 request are {end}"));
        let pauses = missed(TraceCount { pauses: 2, ..TraceCount::default() }).unwrap();
        assert_eq!(pauses, format!("note: 2 pauses are {end}"));
        let all = missed(TraceCount { lines: 2, exchanges: 3, pauses: 1 }).unwrap();
        assert_eq!(all, format!("note: 2 lines of session.log, 3 requests and 1 pause are {end}"));
    }
}

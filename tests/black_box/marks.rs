//! Byte order marks at the start of files, as written by editors on Windows.

use crate::black_box::server::Server;
use crate::support::run::Program;

const WORDS: &str = "\u{feff}word,number\none,1\n";

#[test]
fn the_mark_of_utf_8_is_passed_over_in_every_file() {
    let server = Server::good();
    let toml = format!("\u{feff}host = \"{}\"\nmax_runs = 3\nscenario = [\"redeem\"]\n", server.url());
    let json = "\u{feff}{\"molotov\": {\"tests\": {\"big\": {\"max_runs\": 2}}}}";
    let args = ["--config", "molotov.json", "big", "--scenario", "visit", "--host", &server.url()];
    let draw = ["--scenario", "draw", "--host", &server.url(), "--max-runs", "1", "--seed", "1"];

    let ended = Program::new(["-q"]).file("molotov.toml", toml).reporting().run();
    let python = Program::new(args).file("molotov.json", json).reporting().run();
    let drawn = Program::new(draw).file("words.csv", WORDS).reporting().run();

    ended.assert_code(0);
    python.assert_code(0);
    assert_eq!((ended.report().iterations.started, python.report().iterations.started), (3, 2));
    assert!(drawn.report().iterations.started == 1, "{drawn:?}");
}

#[test]
fn the_marks_of_other_encodings_are_named_before_anything_is_sent() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();

    let toml = Program::new(["-q"]).file("molotov.toml", wide("\u{feff}max_runs = 3\n")).run();
    let other = Program::new(["-q"]).file("molotov.toml", b"max_runs = 3\n# gr\xfc\xdfe\n").run();
    let csv = Program::new(["--scenario", "draw"]).file("words.csv", wide(WORDS)).run();

    for (ended, says) in [
        (toml, "molotov.toml is UTF-16; save it as UTF-8"),
        (other, "molotov.toml is not UTF-8 on line 2; save it as UTF-8"),
        (csv, "words.csv: is UTF-16; save it as UTF-8"),
    ] {
        ended.assert_code(2);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
}

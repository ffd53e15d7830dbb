//! Passwords and tokens on the command line: no message repeats them.

use crate::support::run::Program;

const FILE: &str = "[profile.smoke]\nusers = 1\n";

/// The arguments, and the words that its message still contains.
const TYPED: &[(&[&str], &str)] = &[
    (&["http://u:PASSWORD@h/"], "a URL was typed where the name of a profile is expected"),
    (&["u:PASSWORD"], "was typed where the name of a profile is expected"),
    (&["token=PASSWORD"], "was typed where the name of a profile is expected"),
    (&["--profile", "https://h/?token=PASSWORD"], "a URL was typed where the name of a profile is expected"),
    (&["smoke", "--profile", "u:PASSWORD@h"], "two profiles are named"),
    (&["smoke", "http://u:PASSWORD@h/"], "unexpected argument"),
    (&["--allow-host", "http://u:PASSWORD@h/"], "not a host that can be allowed"),
    (&["--allow-host=a.example,https://u:PASSWORD@h/"], "not a host that can be allowed"),
    (&["--resolve", "u:PASSWORD@h:80:1.2.3.4"], "not a port"),
    (&["--resolve", "h:80:u:PASSWORD@h"], "is not an IP address"),
    (&["--host", "http://u:PASS/PASSWORD@h:x"], "--host"),
    (&["--host", "http://h/?token=PASSWORD"], "query"),
    (&["--host", "http://h/#PASSWORD"], "query or fragment"),
    (&["--users", "http://u:PASSWORD@h/"], "--users"),
    (&["--threshold", "http://u:PASSWORD@h/ < 5"], "--threshold"),
    (&["--stages", "http://u:PASSWORD@h/"], "--stages"),
    (&["--scenario", "http://u:PASSWORD@h/"], "no scenario matches"),
    (&["--scenario", "token=PASSWORD"], "no scenario matches"),
    (&["--tag", "http://h/?key=PASSWORD"], "tag"),
    (&["--scenario-rate", "http://u:PASSWORD@h/=5/s"], "scenario"),
    (&["--quiet=http://u:PASSWORD@h/"], "--quiet"),
    (&["--report", "http://u:PASSWORD@h/r.json"], "does not exist"),
    (&["--config", "http://u:PASSWORD@h/m.toml"], "there is no such file"),
    (&["--ca", "http://u:PASSWORD@h/ca.pem"], "ca.pem"),
    (&["--statsd", "--statsd-address", "udp://u:PASSWORD@h:x"], "--statsd-address"),
    (&["--events-out", "/nowhere/u:PASSWORD@h/e"], "cannot be written"),
    (&["-H", "Authorization: Bearer PASSWORD"], "-H"),
    (&["--header=Authorization: Bearer PASSWORD"], "--header"),
    (&["--user", "u:PASSWORD"], "--user"),
];

#[test]
fn a_secret_in_what_was_typed_is_in_no_message() {
    for (typed, says) in TYPED {
        let ended = Program::new(*typed).file("molotov.toml", FILE).run();

        ended.assert_code(2);
        assert!(
            !ended.stderr.contains("PASSWORD") && !ended.stdout.contains("PASSWORD"),
            "{typed:?}: {ended:#?}"
        );
        assert!(ended.stderr.contains(says), "{typed:?}: {}", ended.stderr);
    }
}

#[test]
fn a_secret_in_a_variable_or_in_a_file_is_in_no_message() {
    for (name, value) in [
        ("MOLOTOV_HOST", "http://u:PASSWORD@h:x/"),
        ("MOLOTOV_ALLOW_HOST", "http://u:PASSWORD@h/"),
        ("MOLOTOV_RESOLVE", "u:PASSWORD@h:80:1.2.3.4"),
        ("MOLOTOV_PROFILE", "http://u:PASSWORD@h/"),
        ("MOLOTOV_CONFIG", "http://u:PASSWORD@h/m.toml"),
        ("MOLOTOV_USERS", "http://u:PASSWORD@h/"),
        ("MOLOTOV_QUIET", "token=PASSWORD"),
    ] {
        let ended = Program::new::<&str>([]).env(name, value).file("molotov.toml", FILE).run();

        ended.assert_code(2);
        assert!(!ended.stderr.contains("PASSWORD"), "{name}: {}", ended.stderr);
    }
    for line in [
        "host = \"http://u:PASSWORD@h:x\"",
        "allow_host = [\"http://u:PASSWORD@h/\"]",
        "resolve = [\"u:PASSWORD@h:80:1.2.3.4\"]",
        "users = \"http://u:PASSWORD@h/\"",
        "scenario = [\"http://u:PASSWORD@h/\"]",
        "report = [\"http://u:PASSWORD@h/r.json\"]",
        "\"http://u:PASSWORD@h/\" = 3",
    ] {
        let ended = Program::new::<&str>([]).file("molotov.toml", line).run();

        ended.assert_code(2);
        assert!(!ended.stderr.contains("PASSWORD"), "{line}: {}", ended.stderr);
    }
}

#[test]
fn a_profile_is_named_by_the_bare_word_or_by_the_option() {
    let file = "[profile.one]\nmax_runs = 1\nusers = 1\n[profile.two]\nusers = 1\n";
    for (args, variable, says) in [
        (&["--profile", "nosuch"][..], "", "there is no profile `nosuch`"),
        (&["two", "--profile", "nosuch"], "", "two profiles are named, `two` and --profile `nosuch`"),
        (&["nosuch", "--profile=nosuch"], "", "there is no profile `nosuch`"),
        (&["--profile", "nosuch"], "two", "there is no profile `nosuch`"),
        (&["nosuch"], "two", "there is no profile `nosuch`"),
        (&[], "nosuch", "there is no profile `nosuch`"),
    ] {
        let ended = Program::new(args).env("MOLOTOV_PROFILE", variable).file("molotov.toml", file).run();

        ended.assert_code(2);
        assert!(ended.stderr.contains(says), "{args:?} {variable}: {}", ended.stderr);
    }
}

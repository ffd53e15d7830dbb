//! The two helps: the basic options with `-h`, and all options with `--help`.

use std::ffi::OsString;

use clap::Command;

/// The options that `-h` prints, by the names of their fields.
const FIRST_DAY: [&str; 10] =
    ["host", "users", "duration", "max_runs", "rate", "stages", "scenario", "list", "threshold", "report"];

const MORE: &str = "All options, with their environment variables: --help";

/// Keeps only the basic options in the short help, which fits on a screen of 24 lines without the variables.
pub(super) fn shorten(command: Command, argv: &[OsString]) -> Command {
    let is_short = argv.iter().any(|word| word == "-h");
    let command = command.after_help(MORE).after_long_help("");
    command.mut_args(|arg| {
        let is_of_first_day = arg.is_positional() || FIRST_DAY.contains(&arg.get_id().as_str());
        let arg = arg.hide_short_help(!is_of_first_day);
        if is_short { arg.help_heading(None).hide_env(true) } else { arg }
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Args;

    #[test]
    fn options_of_a_first_day_exist() {
        let command = Args::command();
        for id in FIRST_DAY {
            assert!(command.get_arguments().any(|arg| arg.get_id() == id), "{id}");
        }
    }

    #[test]
    fn short_help_fits_on_a_screen() {
        let argv = [OsString::from("loadtest"), OsString::from("-h")];
        let mut command = shorten(Args::command(), &argv).term_width(80);

        let help = command.render_help().to_string();

        assert!(help.lines().count() <= 24, "{help}");
        assert!(!help.contains("MOLOTOV_"), "{help}");
    }
}

//! The commands of `molotov`: their arguments, and their actions.

mod args;
#[cfg(feature = "completions")]
mod completions;
mod failure;
mod init;
mod results;
mod run;

use std::process;

use molotov_runner::Sink;

use self::args::{Command, ParsedCommand};
use self::failure::Failure;

/// Executes the command of the command line.
pub(super) fn main() -> process::ExitCode {
    let done = match args::parse(std::env::args_os()) {
        ParsedCommand::Do(Command::Init(args)) => init::init(&args).map(|()| 0),
        ParsedCommand::Do(Command::Run(args)) => run::run(args),
        ParsedCommand::Do(Command::Report(args)) => results::report(&args),
        ParsedCommand::Do(Command::Merge(args)) => results::merge(&args),
        #[cfg(feature = "completions")]
        ParsedCommand::Do(Command::Completions(args)) => print(&completions::script(args.shell)),
        #[cfg(feature = "completions")]
        ParsedCommand::Do(Command::Man) => completions::manual().and_then(|page| print(&page)),
        ParsedCommand::Say(text) => print(&text),
        ParsedCommand::Wrong(text) => {
            Sink::stderr().write(&text);
            Ok(failure::USAGE)
        }
    };
    process::ExitCode::from(done.unwrap_or_else(|failure| failure.print()))
}

fn print(text: &str) -> Result<u8, Failure> {
    let mut out = Sink::stdout();
    out.write(text);
    failure::unless_lost(&out)
}

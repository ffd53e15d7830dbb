//! The commands of `molotov`: what was typed, and what is done about it.

mod args;
mod failure;
mod init;
mod run;

use std::process;

use molotov_runner::Sink;

use self::args::{Command, Parsed};

/// Does what the command line says.
pub(super) fn main() -> process::ExitCode {
    let done = match args::parse(std::env::args_os()) {
        Parsed::Do(Command::Init(args)) => init::init(&args).map(|()| 0),
        Parsed::Do(Command::Run(args)) => run::run(args),
        Parsed::Say(text) => {
            let mut out = Sink::stdout();
            out.write(&text);
            failure::unless_lost(&out)
        }
        Parsed::Wrong(text) => {
            Sink::stderr().write(&text);
            Ok(failure::USAGE)
        }
    };
    process::ExitCode::from(done.unwrap_or_else(|failure| failure.tell()))
}

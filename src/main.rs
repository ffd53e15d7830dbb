//! The `molotov` command, which creates projects and runs load tests of other repositories. A load test itself does not
//! need this command; its command line comes from `molotov::main!()`.

mod command;

fn main() -> std::process::ExitCode {
    command::main()
}

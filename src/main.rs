//! The `molotov` command: it writes projects and runs load tests that others wrote. A load test itself needs none of
//! it; its command line comes from `molotov::main!()`.

mod command;

fn main() -> std::process::ExitCode {
    command::main()
}

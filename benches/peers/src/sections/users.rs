//! Users that wait with an open connection: their memory, their start and their end.

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use nix::sys::signal::Signal;

use super::compare::Field;
use super::head::{emphasised, head, quiet};
use crate::args::Args;
use crate::markdown::{Table, Text};
use crate::measure::{Busy, OTHERS, Reading, Window, outcome_of};
use crate::peers::{self, Ready};
use crate::places::Places;
use crate::stats::Spread;
use crate::sys::{Cores, Memory, Running, cheap_ports, descriptor_limit, run_inside};
use crate::target::Target;
use crate::work::{Kind, Work};

/// The numbers of users; the memory of the small number is subtracted from that of the large one.
const FEW: u32 = 10;
const MANY: [u32; 3] = [1_000, 10_000, 20_000];

/// Descriptors of a client besides its connections.
const SPARE: u64 = 100;

/// The time limits of a start, and of an end.
const PATIENCE: Duration = Duration::from_secs(90);
const STOP: Duration = Duration::from_secs(20);

/// Measures in a network namespace of its own, if possible; `None` if a process in there has done everything.
pub(super) fn run(args: &Args, places: &Places) -> Result<Option<Text>> {
    let cores = Cores::allowed()?;
    // Built here, because the registry is unreachable from in there.
    let field = Field::of(args, places, &cores, peers::WITH_IDLE_USERS);
    match run_inside(&args.for_section("users")) {
        Some(status) => outcome_of(status).map(|()| None),
        None => field.text().map(Some),
    }
}

fn explanation(cores: &Cores, repeats: u32) -> String {
    let mut text = format!(
        "Each user makes one request and then waits, with its connection open, on {} cores that client and target share. \
         Memory is what the client's processes have resident beyond what they have with {FEW} users, for each user; the \
         kernel's buffers are not in it. The start is from the start of the process to the last user's request, with all \
         users starting at once; the stop is from SIGINT to the end of the process. Medians of {repeats} with least and \
         greatest. The target is a server of ours.",
        cores.count()
    );
    if cheap_ports() < possible(MANY[2]) {
        let _ = write!(
            text,
            " From {} connections on the start contains the kernel's search for free ports, because this program may not \
             make a network of its own with more of them.",
            cheap_ports()
        );
    }
    if possible(MANY[2]) < MANY[2] {
        let _ = write!(
            text,
            " This machine allows a process {} descriptors, and this program may not raise that, so there are {} users \
             instead of {}.",
            descriptor_limit(),
            thousands(possible(MANY[2])),
            thousands(MANY[2])
        );
    }
    text
}

/// As many of these users as there are descriptors for, rounded down to hundreds.
fn possible(users: u32) -> u32 {
    let descriptors = u32::try_from(descriptor_limit().saturating_sub(SPARE)).unwrap_or(u32::MAX);
    users.min(descriptors / 100 * 100)
}

fn repeats(args: &Args) -> u32 {
    if args.quick { 1 } else { 3 }
}

/// A crowd of waiting users.
#[derive(Clone, Copy, Debug)]
struct Crowd {
    resident: u64,
    start: Duration,
    /// `None` if it had to be killed.
    stop: Option<Duration>,
    cpu: Duration,
    others: f64,
}

impl Field<'_> {
    fn text(&self) -> Result<Text> {
        let mut table = Table::new(&[
            "client",
            "users",
            "resident kB/user",
            "resident MB",
            "start s",
            "stop s",
            "CPU s to start",
        ]);
        let mut busiest = 0.0_f64;
        for client in &self.ready {
            let few = self.crowd(client, FEW)?;
            for users in MANY.map(possible) {
                match self.crowds(client, users) {
                    Ok(crowds) => {
                        busiest = crowds.iter().map(|crowd| crowd.others).fold(busiest, f64::max);
                        table.row(row(client, users, &few, &crowds));
                    }
                    Err(error) if error.is::<Busy>() => return Err(error),
                    Err(error) => {
                        let why = format!("{} users, and so no more than that: {error:#}", thousands(users));
                        table.without_figures(client.name(), &why);
                        break;
                    }
                }
            }
        }
        for absent in &self.absent {
            table.without_figures(absent.name, &absent.why);
        }

        let mut whole = head(self.args, self.places);
        if busiest > OTHERS {
            let _ = write!(
                whole,
                "\n**The machine was busy: others used up to {busiest:.0} % of a core. Do not quote this.**\n"
            );
        }
        let _ = write!(whole, "\n{}\n\n{table}", explanation(self.cores, repeats(self.args)));
        Ok(Text { name: "users", whole, readme: None })
    }

    fn crowds(&self, client: &Ready, users: u32) -> Result<Vec<Crowd>> {
        (0..repeats(self.args)).map(|_| self.crowd(client, users)).collect()
    }

    fn crowd(&self, client: &Ready, users: u32) -> Result<Crowd> {
        let crowd = quiet(self.args).measured(|crowd: &Crowd| crowd.others, || self.gather(client, users))?;
        let (resident, start) = (crowd.resident / 1024, crowd.start.as_secs_f64());
        eprintln!("peers:   {:<24} {users:>6} users: {resident} kB, started in {start:.2} s", client.name());
        Ok(crowd)
    }

    fn gather(&self, client: &Ready, users: u32) -> Result<Crowd> {
        // A target of its own, so that nothing of the previous crowd is left.
        let target = Target::open_own(self.places, &self.cores.all())?;
        let command = self.idle(client, &target, users);
        let begin = Instant::now();
        let mut process =
            Running::start(&command, &self.cores.all(), self.places.scratch.join("client.out"))?;
        let first = Reading::now(&process, &target)?;
        wait_for_all(&mut process, &target, users)?;
        let start = begin.elapsed();
        let window = Window::between(&first, &Reading::now(&process, &target)?);
        // Until the buffers of the start are released, as far as they are.
        std::thread::sleep(Duration::from_secs(2));
        let resident = Memory::of_tree(process.pid()).now;
        Ok(Crowd { resident, start, stop: stop(process), cpu: window.client.total, others: window.others })
    }

    fn idle(&self, client: &Ready, target: &Target, users: u32) -> Command {
        let work = Work {
            places: self.places,
            address: target.address,
            kind: Kind::Get,
            users,
            threads: self.cores.count(),
            seconds: 600,
        };
        client.idle_command(&work)
    }
}

fn wait_for_all(process: &mut Running, target: &Target, users: u32) -> Result<()> {
    let (users, end) = (u64::from(users), Instant::now() + PATIENCE);
    loop {
        let status = target.status()?;
        if status.requests >= users && status.connections >= users {
            return Ok(());
        }
        if let Some(status) = process.ended() {
            bail!("it ended before all users had started, with {status}: {}", process.last_words());
        }
        if Instant::now() > end {
            bail!(
                "{} requests were made by {users} users after {} s, and {} connections were open: {}",
                status.requests,
                PATIENCE.as_secs(),
                status.connections,
                process.last_words()
            );
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn stop(mut process: Running) -> Option<Duration> {
    let begin = Instant::now();
    process.signal(Signal::SIGINT);
    process.wait(STOP).map(|_| begin.elapsed())
}

fn row(client: &Ready, users: u32, few: &Crowd, crowds: &[Crowd]) -> Vec<String> {
    let spread = |of: &dyn Fn(&Crowd) -> f64| Spread::of(crowds.iter().map(of));
    let shown = |spread: Option<Spread>, digits: usize| {
        spread.map_or_else(String::new, |spread| format!("{spread:.digits$}"))
    };
    let more = f64::from(users - FEW) * 1024.0;
    let stopped: Option<Vec<f64>> = crowds.iter().map(|crowd| Some(crowd.stop?.as_secs_f64())).collect();
    vec![
        emphasised(client.name()),
        thousands(users),
        shown(spread(&|crowd| crowd.resident.saturating_sub(few.resident) as f64 / more), 1),
        shown(spread(&|crowd| crowd.resident as f64 / 1e6).map(middle), 1),
        shown(spread(&|crowd| crowd.start.as_secs_f64()), 2),
        stopped.map_or_else(|| format!("killed after {} s", STOP.as_secs()), |all| shown(Spread::of(all), 2)),
        shown(spread(&|crowd| crowd.cpu.as_secs_f64()).map(middle), 2),
    ]
}

/// The median alone.
fn middle(spread: Spread) -> Spread {
    Spread { min: spread.median, max: spread.median, ..spread }
}

/// `19,900`.
fn thousands(number: u32) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", number / 1_000, number % 1_000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([10, 1_000, 19_900].map(thousands), ["10", "1,000", "19,900"]);
    }
}

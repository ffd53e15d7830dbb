//! The growth of the cost per request with users, routes, and time.

mod course;
mod routes;
mod users;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Error, Result};

use super::head::{head, warning};
use crate::args::Args;
use crate::markdown::{Table, Text};
use crate::measure::{Contender, Series, Window};
use crate::peers::{self, epoll};
use crate::places::Places;
use crate::stats::Spread;
use crate::sys::Cores;
use crate::target::Target;
use crate::work::{Kind, Work};

pub(super) fn run(args: &Args, places: &Places) -> Result<Text> {
    let cores = Cores::allowed()?;
    let target = Target::open(places, &cores.first())?;
    let program = peers::build("client-molotov", places).map_err(Error::msg)?;
    let floor = peers::build(epoll::PACKAGE, places).map_err(Error::msg)?;
    let bench = Bench { args, places, cores: &cores, target: &target, program: &program, floor: &floor };
    let (users, routes, course) = (users::table(&bench)?, routes::table(&bench)?, course::table(&bench)?);

    let mut whole = head(args, places);
    whole.push_str(&warning(users.windows().chain(routes.windows()).chain(course.windows())));
    let _ = write!(
        whole,
        "\nmolotov on core {}; the target is {}, on core {}.\n\n{users}\n{routes}\n{course}",
        cores.last(),
        Target::describe(),
        cores.first(),
    );
    Ok(Text { name: "growth", whole, readme: None })
}

/// The common parts of all three measurements.
struct Bench<'a> {
    args: &'a Args,
    places: &'a Places,
    cores: &'a Cores,
    target: &'a Target,
    program: &'a Path,
    /// The bare loop on epoll, which shows the kernel's part of the cost.
    floor: &'a Path,
}

impl<'a> Bench<'a> {
    /// The load test with the scenarios of this tag; the caller adds the difference.
    fn contender(&self, name: String, tag: &str, users: u32, window: Duration) -> Contender<'a> {
        self.of(peers::load_test(self.program, &self.work(users), tag), name, window)
    }

    /// The bare loop on epoll, with a pause of this many milliseconds after each response.
    fn floor(&self, users: u32, pause: u128, window: Duration) -> Contender<'a> {
        let command = epoll::paced(self.floor, &self.work(users), pause);
        self.of(command, format!("{users} connections, bare epoll loop"), window)
    }

    fn work(&self, users: u32) -> Work<'a> {
        let seconds = 0; // each part prints it
        Work {
            places: self.places,
            address: self.target.address,
            kind: Kind::Get,
            users,
            threads: 1,
            seconds,
        }
    }

    fn of(&self, command: Command, name: String, window: Duration) -> Contender<'a> {
        Contender {
            name,
            command,
            target: self.target,
            cores: self.cores.last(),
            warm_up: Duration::from_secs(1),
            window,
            output: self.places.scratch.join("client.out"),
        }
    }
}

/// A heading, some words, a table, and its sources.
struct Part {
    title: &'static str,
    words: String,
    table: Table,
    windows: Vec<Window>,
}

impl Part {
    fn windows(&self) -> impl Iterator<Item = &Window> + use<'_> {
        self.windows.iter()
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "### {}\n\n{}\n\n{}", self.title, self.words, self.table)
    }
}

fn windows(all: &[Series]) -> Vec<Window> {
    all.iter().flat_map(|series| series.windows.iter().flatten()).copied().collect()
}

/// The cost, and its ratio to the first series; or the reason why there is none.
fn costs(all: &[Series], series: &Series) -> [String; 2] {
    if let Err(why) = &series.windows {
        return [format!("failed: {why}"), String::new()];
    }
    let costs = series.values(Window::cost);
    let first = all.first().map_or_else(Vec::new, |first| first.values(Window::cost));
    let shown = |spread: Option<Spread>| spread.map_or_else(String::new, |spread| format!("{spread:.2}"));
    [shown(Spread::of(costs.iter().copied())), shown(Spread::of_ratios(&costs, &first))]
}

fn median(series: &Series, digits: usize, of: fn(&Window) -> f64) -> String {
    series.spread(of).map_or_else(String::new, |spread| format!("{:.digits$}", spread.median))
}

//! The wait for the common start of all processes of a run.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tokio::time::sleep;

use super::rendezvous;
use super::run_context::RunContext;
use super::shutdown::ShutdownPhase;
use crate::plan::CommonStart;
use crate::plan::common_start::moment;

/// The distance between two looks at a file that will contain the time.
const POLL: Duration = Duration::from_millis(500);

/// Waits for the common start of the plan, if it has one, or for the end of the run. A start that is over ends the run:
/// the other processes would be ahead.
pub(super) async fn wait(context: &RunContext) {
    let Some(start) = &context.job.plan.part.start else { return };
    tokio::select! {
        biased;
        () = context.shutdown.reached(ShutdownPhase::Draining) => {}
        waited = wait_for(start, context) => {
            if let Err(why) = waited {
                context.shutdown.set_up_failed(why);
            }
        }
    }
}

async fn wait_for(start: &CommonStart, context: &RunContext) -> Result<(), String> {
    let time = match start {
        CommonStart::At(time) => *time,
        CommonStart::File(path) => time_in(path).await?,
        CommonStart::Rendezvous(rendezvous) => {
            let met = rendezvous::meet(rendezvous.clone(), context.job.plan.share());
            met.await.map_err(|_| "--rendezvous: its thread has ended".to_owned())??
        }
    };
    let now = SystemTime::now();
    let wait = time.duration_since(now).map_err(|late| {
        format!(
            "the common start was at {}, {} before this process was ready, and it must not begin late; start it earlier",
            humantime::format_rfc3339_millis(time),
            humantime::format_duration(Duration::from_millis(late.duration().as_millis() as u64))
        )
    })?;
    sleep(wait).await;
    Ok(())
}

/// The time in this file, as soon as it contains one.
async fn time_in(path: &Path) -> Result<SystemTime, String> {
    loop {
        // A file of a few bytes, which the engine puts there; it does not block for long.
        let text = fs::read_to_string(path).unwrap_or_default();
        if !text.trim().is_empty() {
            return moment(text.trim()).map_err(|why| format!("--start-at file:{}: {why}", path.display()));
        }
        sleep(POLL).await;
    }
}

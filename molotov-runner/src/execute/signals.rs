//! Ctrl-C and SIGTERM.

use std::future::pending;

use crate::report::Stop;

/// Where signals come from.
pub(crate) enum Signals {
    /// Nowhere: the run is a value of somebody's program, which keeps its signals.
    Ignored,
    #[cfg(unix)]
    Process { interrupt: tokio::signal::unix::Signal, terminate: tokio::signal::unix::Signal },
    #[cfg(not(unix))]
    Process,
}

impl Signals {
    /// Those of this process; to be called on a runtime.
    pub(crate) fn of_process() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
            Ok(Self::Process { interrupt, terminate })
        }
        #[cfg(not(unix))]
        Ok(Self::Process)
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> Stop {
        match self {
            Self::Ignored => pending().await,
            #[cfg(unix)]
            Self::Process { interrupt, terminate } => tokio::select! {
                _ = interrupt.recv() => Stop::Interrupt,
                _ = terminate.recv() => Stop::Terminate,
            },
            #[cfg(not(unix))]
            Self::Process => {
                if tokio::signal::ctrl_c().await.is_err() {
                    pending::<()>().await;
                }
                Stop::Interrupt
            }
        }
    }
}

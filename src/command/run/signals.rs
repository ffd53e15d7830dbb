//! Signals to this command, which are the load test's as long as it runs.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Those that end a program and leave it time to tidy up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Interrupt,
    #[cfg(unix)]
    Terminate,
    #[cfg(unix)]
    HangUp,
}

impl Ending {
    /// Its number.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Interrupt => 2,
            #[cfg(unix)]
            Self::Terminate => 15,
            #[cfg(unix)]
            Self::HangUp => 1,
        }
    }
}

/// Where they come from.
pub(super) struct Signals {
    #[cfg(unix)]
    listened: [(Ending, Signal); 3],
}

impl Signals {
    /// Those of this process, from now on; to be called on a runtime.
    #[cfg(unix)]
    pub(super) fn of_process() -> std::io::Result<Self> {
        Ok(Self {
            listened: [
                (Ending::Interrupt, signal(SignalKind::interrupt())?),
                (Ending::Terminate, signal(SignalKind::terminate())?),
                (Ending::HangUp, signal(SignalKind::hangup())?),
            ],
        })
    }

    #[cfg(not(unix))]
    pub(super) fn of_process() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next one.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) -> Ending {
        let [(interrupt, one), (terminate, two), (hang_up, three)] = &mut self.listened;
        tokio::select! {
            _ = one.recv() => *interrupt,
            _ = two.recv() => *terminate,
            _ = three.recv() => *hang_up,
        }
    }

    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) -> Ending {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Ending::Interrupt
    }
}

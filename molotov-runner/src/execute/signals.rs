//! Ctrl-C, SIGTERM and SIGHUP.

use std::future::pending;

use crate::report::Stop;

/// The origin of signals.
pub(crate) enum RunSignals {
    /// None: the run is a value of another program, which keeps its signals.
    Ignored,
    #[cfg(unix)]
    Process {
        interrupt: tokio::signal::unix::Signal,
        terminate: tokio::signal::unix::Signal,
        /// `None` if SIGHUP is ignored, and stays so.
        hang_up: Option<tokio::signal::unix::Signal>,
    },
    #[cfg(not(unix))]
    Process,
}

impl RunSignals {
    /// The signals of this process; must be called on a runtime.
    pub(crate) fn from_process() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            // Checked first: a signal with a listener is no longer ignored.
            let hang_up = match hang_up::is_ignored() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            };
            // With a listener the signal does not end the process: a file at its size limit is then an error of its
            // write.
            drop(signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?);
            let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
            Ok(Self::Process { interrupt, terminate, hang_up })
        }
        #[cfg(not(unix))]
        Ok(Self::Process)
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) -> Stop {
        match self {
            Self::Ignored => pending().await,
            #[cfg(unix)]
            Self::Process { interrupt, terminate, hang_up } => {
                let hung_up = async {
                    match hang_up {
                        Some(hang_up) => hang_up.recv().await,
                        None => pending().await,
                    }
                };
                tokio::select! {
                    _ = interrupt.recv() => Stop::Interrupt,
                    _ = terminate.recv() => Stop::Terminate,
                    _ = hung_up => Stop::HangUp,
                }
            }
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

/// SIGHUP: ignored if the process is to outlive its terminal, as with `nohup`.
#[cfg(unix)]
pub(crate) mod hang_up {
    use std::fs;
    use std::io::{self, IsTerminal};

    /// Returns `true` if SIGHUP is ignored. Must be called before anything listens to it.
    ///
    /// Linux reports it. Elsewhere there is no query without `unsafe`, and `nohup` leaves the process no output on a
    /// terminal: without one, SIGHUP is left as it is.
    #[doc(hidden)]
    pub fn is_ignored() -> bool {
        match fs::read_to_string("/proc/self/status").ok().as_deref().and_then(in_status) {
            Some(is_ignored) => is_ignored,
            None => !io::stdout().is_terminal() && !io::stderr().is_terminal(),
        }
    }

    /// The lowest bit of `SigIgn` in hexadecimal digits is that of SIGHUP, which is signal 1.
    fn in_status(status: &str) -> Option<bool> {
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        Some(u128::from_str_radix(ignored.trim(), 16).ok()? & 1 == 1)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_first_bit_of_the_mask_is_that_of_sighup() {
            for (mask, is_ignored) in [
                ("SigIgn:\t0000000000000001\n", Some(true)),
                ("SigBlk:\t0000000000000001\nSigIgn:\t0000000000001000\n", Some(false)),
                ("SigIgn:\t0000000000001007\n", Some(true)),
                ("SigIgn:\tx\n", None),
                ("Name:\tx\n", None),
            ] {
                assert_eq!(in_status(mask), is_ignored, "{mask}");
            }
        }
    }
}

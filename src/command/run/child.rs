//! A program that this command starts and waits for.
//!
//! Each signal must arrive at it once: a load test takes a second signal as "at once". A terminal sends Ctrl-C to its
//! whole foreground group, and `timeout` sends to a group after it has sent to us. So without a terminal, the child has
//! a group of its own, and our signals are forwarded; with a terminal, the child stays in our group, gets Ctrl-C
//! directly, and may use the terminal.

use std::io::{self, Read};
use std::process::{self, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::signals::{Ending, Signals};
use crate::command::failure::Failure;

/// The streams that the child shares with us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Terminal {
    /// All of them.
    Shared,
    /// Standard error only; we read its output.
    Errors,
    /// None; we read all of its output. Git asks for passwords at the terminal itself.
    Captured,
}

/// A running program.
pub(super) struct Child {
    #[cfg(unix)]
    id: u32,
    #[cfg(unix)]
    grouped: bool,
    ended: oneshot::Receiver<io::Result<ChildExit>>,
}

/// The exit status and the output.
pub(super) struct ChildExit {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

impl Child {
    pub(super) fn start(mut command: Command, terminal: Terminal) -> io::Result<Self> {
        if terminal != Terminal::Shared {
            command.stdin(Stdio::null()).stdout(Stdio::piped());
        }
        if terminal == Terminal::Captured {
            command.stderr(Stdio::piped());
        }
        let grouped = !terminal_speaks_to_us();
        #[cfg(unix)]
        if grouped {
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        }
        let (tell, ended) = oneshot::channel();
        // Before the child, so that there is never a child without a thread that waits for it.
        let (hand_over, handed_over) = mpsc::channel::<(process::Child, ChildStream, ChildStream)>();
        thread::Builder::new().name("molotov-child".into()).spawn(move || {
            let Ok((mut child, stdout, stderr)) = handed_over.recv() else { return };
            let status = child.wait();
            let (stdout, stderr) = (stdout.whole(), stderr.whole());
            // The receiver is gone after the command was cancelled.
            drop(tell.send(status.map(|status| ChildExit { status, stdout, stderr })));
        })?;
        let mut child = command.spawn()?;
        let id = child.id();
        match (ChildStream::read(child.stdout.take()), ChildStream::read(child.stderr.take())) {
            // The thread is running and waits for the child.
            (Ok(stdout), Ok(stderr)) => drop(hand_over.send((child, stdout, stderr))),
            (Err(error), _) | (_, Err(error)) => {
                // The child has just started; the first error is the one to report.
                drop(child.kill().and_then(|()| child.wait()));
                return Err(error);
            }
        }
        #[cfg(not(unix))]
        let _ = (id, grouped);
        Ok(Self {
            #[cfg(unix)]
            id,
            #[cfg(unix)]
            grouped,
            ended,
        })
    }

    /// Waits for its end, and forwards signals to it.
    pub(super) async fn wait(mut self, signals: &mut Signals) -> Result<ChildExit, Failure> {
        loop {
            tokio::select! {
                ended = &mut self.ended => {
                    let ended = ended.map_err(|_| Failure::new("a program that was started is lost"))?;
                    return ended.map_err(|error| Failure::new(format!("cannot wait for a program: {error}")));
                }
                signal = signals.next() => self.hand_on(signal),
            }
        }
    }

    /// Waits for its end. A signal meanwhile also ends this command.
    pub(super) async fn wait_unless_signalled(mut self, signals: &mut Signals) -> Result<ChildExit, Failure> {
        tokio::select! {
            ended = &mut self.ended => {
                let ended = ended.map_err(|_| Failure::new("a program that was started is lost"))?;
                ended.map_err(|error| Failure::new(format!("cannot wait for a program: {error}")))
            }
            signal = signals.next() => {
                self.hand_on(signal);
                // Its files are removed next, so its exit status does not matter.
                let _: Result<ChildExit, Failure> = self.wait(signals).await;
                Err(Failure::Signal(signal.number()))
            }
        }
    }

    #[cfg(unix)]
    fn hand_on(&self, signal: Ending) {
        use rustix::process::{Pid, Signal, kill_process, kill_process_group};
        let number = match signal {
            Ending::Interrupt => Signal::INT,
            Ending::Terminate => Signal::TERM,
            Ending::HangUp => Signal::HUP,
        };
        let Some(id) = i32::try_from(self.id).ok().and_then(Pid::from_raw) else { return };
        // It may have ended at this moment, and then there is no receiver.
        match (self.grouped, signal) {
            (true, _) => drop(kill_process_group(id, number)),
            (false, Ending::Terminate) => drop(kill_process(id, number)),
            // The terminal has sent the signal already.
            (false, _) => {}
        }
    }

    /// The console sends the signal to all of its programs.
    #[cfg(not(unix))]
    fn hand_on(&self, _: Ending) {}
}

/// The output of a child, read on a thread of its own, so that the child never waits for us.
struct ChildStream {
    bytes: Arc<Mutex<Vec<u8>>>,
    /// Disconnects at the end of the stream.
    end: mpsc::Receiver<()>,
}

impl ChildStream {
    fn read(stream: Option<impl Read + Send + 'static>) -> io::Result<Self> {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let (open, end) = mpsc::channel();
        let into = Arc::clone(&bytes);
        thread::Builder::new().name("molotov-output".into()).spawn(move || {
            let _open: mpsc::Sender<()> = open;
            let Some(mut stream) = stream else { return };
            let mut piece = [0; 8192];
            loop {
                match stream.read(&mut piece) {
                    // The output before an error is kept.
                    Ok(0) => return,
                    Ok(count) => locked(&into).extend_from_slice(&piece[..count]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => return,
                }
            }
        })?;
        Ok(Self { bytes, end })
    }

    /// Returns all output, once the child has ended. A background process of it, such as a connection that ssh keeps
    /// for later, may keep the stream open for long.
    fn whole(self) -> Vec<u8> {
        // The thread has ended, or is not waited for.
        let _: Result<(), mpsc::RecvTimeoutError> = self.end.recv_timeout(Duration::from_secs(1));
        std::mem::take(&mut *locked(&self.bytes))
    }
}

fn locked(bytes: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    bytes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns `true` if there is a terminal whose foreground group is ours.
#[cfg(unix)]
fn terminal_speaks_to_us() -> bool {
    use rustix::process::getpgrp;
    use rustix::termios::tcgetpgrp;
    let terminal = std::fs::File::open("/dev/tty");
    terminal.is_ok_and(|terminal| tcgetpgrp(&terminal).is_ok_and(|group| group == getpgrp()))
}

#[cfg(not(unix))]
fn terminal_speaks_to_us() -> bool {
    true
}

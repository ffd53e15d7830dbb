//! Waiting for the last of many tasks.

use tokio::sync::watch;

/// Tasks that end some time. Each holds a token until then.
#[derive(Debug, Default)]
pub(super) struct TaskGroup(watch::Sender<()>);

/// Held by a task of a group: one that is dropped in the middle lets go of it, too.
pub(super) type TaskToken = watch::Receiver<()>;

impl TaskGroup {
    pub(super) fn token(&self) -> TaskToken {
        self.0.subscribe()
    }

    /// Waits until no task holds a token any more.
    pub(super) async fn finished(&self) {
        self.0.closed().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{sleep, timeout};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_last_token_ends_the_wait_and_an_aborted_task_lets_go() {
        let group = TaskGroup::default();
        let [short, long] = [group.token(), group.token()];
        tokio::spawn(async move {
            sleep(Duration::from_secs(1)).await;
            drop(short);
        });
        let task = tokio::spawn(async move {
            sleep(Duration::from_secs(100)).await;
            drop(long);
        });

        let waited = timeout(Duration::from_secs(2), group.finished()).await;
        task.abort();

        assert!(waited.is_err());
        assert!(timeout(Duration::from_secs(2), group.finished()).await.is_ok());
    }

    #[tokio::test]
    async fn a_group_without_tasks_is_finished() {
        TaskGroup::default().finished().await;
    }
}

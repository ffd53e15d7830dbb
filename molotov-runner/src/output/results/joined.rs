//! The windows of a results file: one second in the first hour, and longer as the run grows, so that the file of a day
//! is much smaller than twenty-four times that of an hour.

use crate::report::Window;

const HOUR: u64 = 3_600;

/// The length in seconds of the window with this second of the run: one in the first hour, two in the second one, four
/// in the third and fourth, and so on.
pub(crate) fn window_seconds(second: u64) -> u64 {
    (second / HOUR + 1).next_power_of_two()
}

/// Seconds of a run that are being joined into windows.
#[derive(Debug, Default)]
pub(super) struct JoinedWindows {
    open: Option<Window>,
}

impl JoinedWindows {
    /// Adds a second, and returns the windows that it completes, usually one.
    pub(super) fn add(&mut self, second: &Window) -> Vec<Window> {
        let start = second.start.as_secs();
        let length = window_seconds(start);
        let is_of_next = |open: &mut Window| open.start.as_secs() / length != start / length;
        let mut complete: Vec<Window> = self.open.take_if(is_of_next).into_iter().collect();
        match &mut self.open {
            Some(open) => open.append(second),
            None => self.open = Some(second.clone()),
        }
        if (start + 1).is_multiple_of(length) {
            complete.extend(self.open.take());
        }
        complete
    }

    /// Returns `true` if all added seconds are in complete windows.
    pub(super) fn is_complete(&self) -> bool {
        self.open.is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn windows_are_longer_by_the_hour() {
        let lengths = [0, HOUR - 1, HOUR, 2 * HOUR, 4 * HOUR - 1, 4 * HOUR, 23 * HOUR].map(window_seconds);

        assert_eq!(lengths, [1, 1, 2, 4, 4, 8, 32]);
    }

    #[test]
    fn window_ends_with_its_last_second_or_with_the_next_one() {
        let second = |start: u64| {
            let mut window = Window::default();
            (window.start, window.length) = (Duration::from_secs(start), Duration::from_secs(1));
            window.requests = 1;
            window
        };
        let mut joined = JoinedWindows::default();
        let mut windows = Vec::new();
        // The last second of the window from 7,204 on was lost.
        for start in [3_599, 3_600, 3_601, 7_200, 7_201, 7_202, 7_203, 7_204, 7_206, 7_208] {
            windows.extend(joined.add(&second(start)));
        }

        let found: Vec<_> = windows.iter().map(|window| (window.start.as_secs(), window.requests)).collect();
        assert_eq!(found, [(3_599, 1), (3_600, 2), (7_200, 4), (7_204, 2)]);
        assert!(!joined.is_complete());
    }
}

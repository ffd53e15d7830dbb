//! One of several addresses: a simple form of happy eyeballs (RFC 8305).

use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::time::sleep;

/// The time before the next attempt starts beside an attempt (RFC 8305, section 5).
const DELAY: Duration = Duration::from_millis(250);

/// The limit of addresses for one connection.
const MAX_TRIED: usize = 8;

/// The addresses in the order of attempts for the connection with this number: families alternate, starting with the
/// family of the first address, and the addresses of a family take turns to be first.
pub(crate) fn in_order(ips: &[IpAddr], turn: usize) -> Vec<IpAddr> {
    let Some(first) = ips.first() else { return Vec::new() };
    let (mut preferred, mut others): (Vec<IpAddr>, Vec<IpAddr>) =
        ips.iter().partition(|ip| ip.is_ipv6() == first.is_ipv6());
    for family in [&mut preferred, &mut others] {
        let places = turn % family.len().max(1);
        family.rotate_left(places);
    }
    let mut others = others.into_iter();
    let mut order = Vec::with_capacity(ips.len());
    for ip in preferred {
        order.push(ip);
        order.extend(others.next());
    }
    order.extend(others);
    order.truncate(MAX_TRIED);
    order
}

/// Opens one of the addresses: the next address is tried after the previous attempts have failed, or after 250 ms
/// without an answer (less if the time that is `left` is too short for all). The first success wins, and the other
/// attempts are dropped.
///
/// # Errors
///
/// The error of each address, in order of the answers.
pub(crate) async fn first<T, E, F: Future<Output = Result<T, E>>>(
    ips: &[IpAddr],
    left: Duration,
    mut open: impl FnMut(IpAddr) -> F,
) -> Result<T, Vec<E>> {
    let share = left / u32::try_from(ips.len()).unwrap_or(u32::MAX).max(1);
    let delay = DELAY.min(share);
    let mut waiting = ips.iter();
    let mut running = FuturesUnordered::new();
    let mut errors = Vec::new();
    loop {
        match waiting.next() {
            Some(ip) => running.push(open(*ip)),
            None if running.is_empty() => return Err(errors),
            None => {}
        }
        tokio::select! {
            biased;
            Some(answer) = running.next() => match answer {
                Ok(opened) => return Ok(opened),
                Err(error) => errors.push(error),
            },
            () = sleep(delay), if waiting.len() > 0 => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use tokio::time::Instant;

    use super::*;

    fn ips<const N: usize>(texts: [&str; N]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// Opens addresses whose last number sets their behaviour: 1 answers after 10 ms, 2 refuses after 10 ms, 3 is dead.
    /// Returns the result, its duration, and the addresses with the times of their attempts.
    async fn opened(ips: &[IpAddr], left: Duration) -> (Result<IpAddr, usize>, u128, Vec<(IpAddr, u128)>) {
        let begin = Instant::now();
        let tried = RefCell::new(Vec::new());
        let open = |ip: IpAddr| {
            tried.borrow_mut().push((ip, begin.elapsed().as_millis()));
            let IpAddr::V4(v4) = ip else { panic!("{ip}") };
            async move {
                sleep(Duration::from_millis(10)).await;
                match v4.octets()[3] {
                    1 => Ok(ip),
                    2 => Err(()),
                    _ => std::future::pending().await,
                }
            }
        };
        let result = tokio::time::timeout(left, first(ips, left, open)).await;
        let result = result.unwrap_or(Err(Vec::new())).map_err(|errors| errors.len());
        (result, begin.elapsed().as_millis(), tried.into_inner())
    }

    const LEFT: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn an_address_that_is_dead_takes_a_part_of_the_time_out_only() {
        let all = ips(["10.0.0.3", "10.0.1.3", "10.0.0.1"]);

        assert_eq!(opened(&all, LEFT).await.0, Ok(all[2]));

        let (result, took, tried) = opened(&all, LEFT).await;
        assert_eq!((result, took), (Ok(all[2]), 510));
        assert_eq!(tried, [(all[0], 0), (all[1], 250), (all[2], 500)]);
        // With less time, each address has its share of it.
        let (result, took, _) = opened(&all, Duration::from_millis(300)).await;
        assert_eq!((result, took), (Ok(all[2]), 210));
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_refuses_makes_room_at_once_and_one_that_answers_is_the_only_one() {
        let all = ips(["10.0.0.2", "10.0.0.1", "10.0.1.1"]);

        let (result, took, tried) = opened(&all, LEFT).await;

        assert_eq!((result, took), (Ok(all[1]), 20));
        assert_eq!(tried, [(all[0], 0), (all[1], 10)]);
    }

    #[tokio::test(start_paused = true)]
    async fn without_an_answer_all_errors_or_the_time_out_are_reported() {
        assert_eq!(opened(&ips(["10.0.0.2", "10.0.1.2"]), LEFT).await.0, Err(2));
        assert_eq!(opened(&ips(["10.0.0.3", "10.0.1.2"]), LEFT).await.1, 5_000);
        assert_eq!(opened(&[], LEFT).await.0, Err(0));
    }

    #[test]
    fn families_alternate_and_addresses_take_turns() {
        let all = ips(["::1", "::2", "10.0.0.1", "10.0.0.2", "10.0.0.3"]);

        assert_eq!(in_order(&all, 0), ips(["::1", "10.0.0.1", "::2", "10.0.0.2", "10.0.0.3"]));
        assert_eq!(in_order(&all, 1), ips(["::2", "10.0.0.2", "::1", "10.0.0.3", "10.0.0.1"]));
        assert_eq!(in_order(&all, 2)[0], all[0]);
        assert_eq!(in_order(&all[2..], 4)[0], all[3]);
        assert_eq!(in_order(&all[2..3], 7), all[2..3]);
        assert!(in_order(&[], 3).is_empty());
        assert_eq!(in_order(&[all[0]; 20], 0).len(), MAX_TRIED);
    }
}

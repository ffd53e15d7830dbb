use proptest::prelude::{Just, Strategy, any, prop_assert_eq, proptest};

use super::*;

fn shard(index: u32, count: u32) -> Shard {
    Shard::new(index, count).unwrap()
}

fn rendezvous(folder: &Path, timeout: Duration) -> Rendezvous {
    Rendezvous { folder: folder.to_owned(), timeout }
}

#[test]
fn all_shards_compute_one_start() {
    let folder = tempfile::tempdir().unwrap();
    let order = [5, 2, 7, 0, 3, 6, 1, 4];

    let starts: Vec<_> = order
        .map(|index| {
            let rendezvous = rendezvous(folder.path(), Duration::from_secs(60));
            thread::spawn(move || wait(&rendezvous, shard(index, 8), || false))
        })
        .into_iter()
        .map(|thread| thread.join().unwrap().unwrap())
        .collect();

    assert!(starts.iter().all(|start| *start == starts[0]), "{starts:?}");
    assert!(starts[0] > SystemTime::now() - Duration::from_secs(60));
}

#[test]
fn missing_shards_are_named_after_the_timeout() {
    let folder = tempfile::tempdir().unwrap();
    for index in [0, 2, 3] {
        fs::write(folder.path().join(ready_name(shard(index, 5), UNIX_EPOCH, 7)), "").unwrap();
    }

    let why = wait(&rendezvous(folder.path(), Duration::ZERO), shard(1, 5), || false).unwrap_err();

    assert!(why.contains("4 of 5 shards were ready within 0s; missing: 4. Start"), "{why}");
    assert_eq!(other_count(folder.path(), 8), Some(5));
    assert_eq!(other_count(folder.path(), 5), None);
}

#[test]
fn folder_that_vanishes_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");

    let why = wait(&rendezvous(&gone, Duration::ZERO), shard(0, 2), || false).unwrap_err();

    assert!(why.starts_with(&format!("--rendezvous {}", gone.display())), "{why}");
}

#[test]
fn earliest_decision_holds() {
    let names = ["go-1764345605", "go-1764345603", "go-x", "ready-0000-of-0001-5-a"].map(str::to_owned);

    assert_eq!(decided(&names), Some(1_764_345_603));
    assert_eq!(decided(&names[3..]), None);
}

/// Times of readiness in milliseconds, and an order of the same length.
fn times() -> impl Strategy<Value = (Vec<u64>, Vec<usize>)> {
    proptest::collection::vec(1u64..2_000_000_000_000, 1..20).prop_flat_map(|times| {
        let order: Vec<usize> = (0..times.len()).collect();
        (Just(times), Just(order).prop_shuffle())
    })
}

proptest! {
    #[test]
    fn start_depends_on_first_files_only((times, order) in times(), later in 0u64..100_000, nonce: u64) {
        let count = times.len() as u32;
        let name = |index: usize, millis| {
            ready_name(shard(index as u32, count), UNIX_EPOCH + Duration::from_millis(millis), nonce)
        };
        let names: Vec<_> = order.iter().map(|index| name(*index, times[*index])).collect();
        let last = times.iter().max().unwrap().div_ceil(1_000) + MARGIN;

        prop_assert_eq!(computed(&names, count), Some(last));
        prop_assert_eq!(computed(&names[1..], count), None);
        // A second attempt of a shard.
        let again = [names.clone(), vec![name(0, times[0] + later)]].concat();
        prop_assert_eq!(computed(&again, count), Some(last));
    }

    #[test]
    fn other_files_are_passed_over(name in any::<String>(), numbers in "ready-[0-9of-]{0,24}") {
        for name in [name, numbers] {
            if let Some((shard, _)) = ready(&name) {
                prop_assert_eq!(Shard::new(shard.index, shard.count), Some(shard));
            }
        }
    }
}

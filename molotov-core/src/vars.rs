//! Variables that all users of one run share.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use crate::error::{Error, Result};
use crate::lock::lock;

/// Variables that all users of one run share; see [`Run::vars`](crate::Run::vars).
///
/// They are for values that are created during the run. A value that is available before belongs to a
/// `#[global_setup]`, whose type is checked before the first request.
///
/// ```no_run
/// # use molotov::prelude::*;
/// # async fn run(session: &mut Session) -> Result {
/// use std::sync::Mutex;
///
/// let sold = session.run().vars().get_or_init("sold items", || Mutex::new(Vec::new()))?;
/// sold.lock().unwrap().push(7);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Vars(Mutex<HashMap<Box<str>, VarSlot>>);

struct VarSlot {
    type_id: TypeId,
    type_name: &'static str,
    /// An `Arc<OnceLock<Arc<T>>>`.
    cell: Arc<dyn Any + Send + Sync>,
}

impl Vars {
    /// Returns the variable of this name. The first caller makes it; all other callers wait and get the same
    /// value.
    ///
    /// A variable that changes needs a type that many can change: an atomic number, a `Mutex`. It lives as
    /// long as its run; another run in the same process has its own. After a panic of `make` the next caller
    /// makes it. `make` must not request the variable that it makes: it would wait for itself.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use molotov::{Result, Run, Session};
    ///
    /// async fn order(session: &mut Session) -> Result {
    ///     let number = session.run().vars().get_or_init("order number", || AtomicU64::new(1))?;
    ///     let number = number.fetch_add(1, Ordering::Relaxed);
    ///     session.post("/orders/{number}").path("number", number).send().await?;
    ///     Ok(())
    /// }
    /// # let run = Run::new(1, 0);
    /// # run.vars().get_or_init::<AtomicU64>("n", || AtomicU64::new(1)).unwrap();
    /// # assert!(run.vars().get_or_init::<u8>("n", || 1).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// When a variable of this name has another type: otherwise two variables that share a name by mistake
    /// would silently be separate.
    pub fn get_or_init<T: Send + Sync + 'static>(
        &self,
        name: &str,
        make: impl FnOnce() -> T,
    ) -> Result<Arc<T>> {
        // The lock is released while the value is made, because that may take time.
        let cell = self.cell::<T>(name)?;
        Ok(Arc::clone(cell.get_or_init(|| Arc::new(make()))))
    }

    fn cell<T: Send + Sync + 'static>(&self, name: &str) -> Result<Arc<OnceLock<Arc<T>>>> {
        let mut slots = lock(&self.0);
        if !slots.contains_key(name) {
            slots.insert(name.into(), VarSlot::new::<T>());
        }
        let slot = &slots[name];
        let cell =
            (slot.type_id == TypeId::of::<T>()).then(|| Arc::clone(&slot.cell).downcast().ok()).flatten();
        cell.ok_or_else(|| {
            Error::msg(format!(
                "the variable `{name}` of this run is a `{}` and was asked for as a `{}`; use another name, or the same \
                 type",
                slot.type_name,
                type_name::<T>()
            ))
        })
    }
}

impl VarSlot {
    fn new<T: Send + Sync + 'static>() -> Self {
        let cell = Arc::<OnceLock<Arc<T>>>::default();
        Self { type_id: TypeId::of::<T>(), type_name: type_name::<T>(), cell }
    }
}

impl fmt::Debug for Vars {
    // The values may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vars").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn a_variable_is_made_once_and_shared() {
        let (vars, made) = (Vars::default(), AtomicU32::new(0));
        let ask = || {
            let variable = vars.get_or_init("n", || {
                made.fetch_add(1, Ordering::Relaxed);
                thread::yield_now();
                AtomicU32::new(7)
            });
            variable.unwrap().fetch_add(1, Ordering::Relaxed);
        };

        thread::scope(|scope| (0..8).for_each(|_| drop(scope.spawn(ask))));

        let value = vars.get_or_init::<AtomicU32>("n", || unreachable!()).unwrap();
        assert_eq!((made.load(Ordering::Relaxed), value.load(Ordering::Relaxed)), (1, 15));
    }

    #[test]
    fn another_type_under_the_same_name_is_reported() {
        let vars = Vars::default();
        vars.get_or_init("seen", || 1u32).unwrap();

        let error = vars.get_or_init("seen", || 1u64).unwrap_err();

        assert_eq!(
            error.to_string(),
            "the variable `seen` of this run is a `u32` and was asked for as a `u64`; use another name, or the same type"
        );
    }

    #[test]
    fn a_variable_may_need_another_and_one_that_could_not_be_made_is_made_by_the_next() {
        let vars = Vars::default();
        let make = || *vars.get_or_init("inner", || 20u8).unwrap() + 1;

        let panicked = catch_unwind(AssertUnwindSafe(|| vars.get_or_init::<u8>("outer", || panic!("no"))));

        assert!(panicked.is_err());
        assert_eq!(*vars.get_or_init("outer", make).unwrap(), 21);
    }
}

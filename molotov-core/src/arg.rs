//! The arguments that a scenario or fixture may take, chosen by type.
//!
//! The rule for users: `&mut T` belongs to the user, `&T` to all users.

use std::any::{Any, TypeId, type_name};
use std::marker::PhantomData;

use crate::data::{Row, Rows};
use crate::run::{Iteration, UserId};
use crate::session::Session;
use crate::states::{Shared, States};

/// A type that a scenario or fixture can take as an argument.
///
/// | argument | is |
/// |---|---|
/// | `&mut Session` | this user's session |
/// | `&T` | the state of all users, by the `#[global_setup]` that returns `T` |
/// | `&mut T` | the state of this user, by the `#[setup]` that returns `T` |
/// | `Row<T>` | a fresh row of the `#[data]` that yields `T` |
/// | `&Run` | facts about the run: users, seed, host, smoke or not |
/// | `UserId`, `Iteration` | the number of the user, and of its iteration |
///
/// Other types are no arguments. A type that a scenario builds from arguments can implement it by theirs:
///
/// ```
/// use molotov::prelude::*;
/// use molotov::registry::{Arg, Context, Dependency};
///
/// /// The user and the session, as one argument of a scenario by hand.
/// struct Visitor<'a> {
///     user: UserId,
///     session: &'a mut Session,
/// }
///
/// impl<'a> Arg<'a> for Visitor<'a> {
///     fn dependency() -> Dependency {
///         <&mut Session>::dependency()
///     }
///
///     fn from_context(cx: &mut Context<'a>) -> Self {
///         Self { user: cx.arg(), session: cx.arg() }
///     }
/// }
///
/// async fn browse(visitor: Visitor<'_>) -> Result {
///     visitor.session.get("/items").query("user", visitor.user.0).send().await?;
///     Ok(())
/// }
///
/// let browse = Scenario::builder("browse", |mut cx| Box::pin(browse(cx.arg()))).needs::<Visitor<'static>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a scenario or fixture",
    label = "not something that molotov can pass",
    note = "arguments come by type: `&mut Session`, `&T` (returned by a `#[global_setup]`), `&mut T` (returned by a \
            `#[setup]`), `Row<T>` (of a `#[data]`), `&Run`, `UserId` or `Iteration`"
)]
pub trait Arg<'a>: Sized {
    /// The dependency that must exist so that this argument can be taken.
    fn dependency() -> Dependency;

    /// Takes the argument out of the context.
    fn from_context(cx: &mut Context<'a>) -> Self;
}

/// The owner of the value that an argument refers to.
///
/// ```
/// # use molotov::prelude::*;
/// use molotov::registry::{Arg, Scope};
///
/// assert_eq!(<&mut Session>::dependency().scope, Scope::User);
/// assert_eq!(UserId::dependency().scope, Scope::Value);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// `&mut T`: the state of this user.
    User,
    /// `&T`: shared by all users.
    Run,
    /// `Row<T>`: drawn for this call.
    Row,
    /// A plain value that is always available.
    Value,
}

/// The type that an argument needs, and its owner.
///
/// ```
/// # use molotov::prelude::*;
/// let browse = Scenario::builder("browse", |_| Box::pin(async { Ok(()) })).needs::<&mut Session>().build();
///
/// let dependency = browse.dependencies()[0];
/// assert!(dependency.is_session() && dependency.type_name.ends_with("Session"));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Dependency {
    /// The owner that it must have.
    pub scope: Scope,
    /// The type of the state.
    pub type_id: TypeId,
    /// The name of the type, for messages.
    pub type_name: &'static str,
}

impl Dependency {
    fn new<T: 'static>(scope: Scope) -> Self {
        Self { scope, type_id: TypeId::of::<T>(), type_name: type_name::<T>() }
    }

    /// Returns `true` if these states meet the need; needs for a session and for plain values are always met.
    pub fn is_met(&self, states: Option<&States>, shared: &Shared) -> bool {
        match self.scope {
            Scope::Value | Scope::Row => true,
            Scope::User => self.is_session() || states.is_some_and(|states| states.has(self.type_id)),
            Scope::Run => shared.has(self.type_id),
        }
    }

    /// Returns `true` for `&mut Session`.
    pub fn is_session(&self) -> bool {
        self.scope == Scope::User && self.type_id == TypeId::of::<Session>()
    }
}

/// The source of the arguments of one call.
///
/// ```
/// # use molotov::prelude::*;
/// async fn browse(session: &mut Session, run: &Run) -> Result {
///     session.get("/items").query("users", run.users).send().await?;
///     Ok(())
/// }
///
/// // `arg` takes each argument by its type.
/// let browse = Scenario::builder("browse", |mut cx| Box::pin(browse(cx.arg(), cx.arg())));
/// ```
pub struct Context<'a> {
    session: Option<&'a mut Session>,
    states: &'a mut [(TypeId, Box<dyn Any + Send>)],
    shared: &'a Shared,
    rows: Option<&'a mut Rows>,
    user: UserId,
    iteration: Iteration,
}

impl<'a> Context<'a> {
    /// A context with everything that is shared, for user 0 in iteration 0.
    pub fn new(shared: &'a Shared) -> Self {
        Self { session: None, states: &mut [], shared, rows: None, user: UserId(0), iteration: Iteration(0) }
    }

    /// The same context with a session.
    #[must_use]
    pub fn session(mut self, session: &'a mut Session) -> Self {
        self.user = session.user_id();
        self.iteration = session.iteration();
        self.session = Some(session);
        self
    }

    /// The same context with the states of this user.
    #[must_use]
    pub fn states(mut self, states: &'a mut States) -> Self {
        self.states = states.slots();
        self
    }

    /// The same context with the rows that were drawn for this call.
    #[must_use]
    pub fn rows(mut self, rows: &'a mut Rows) -> Self {
        self.rows = Some(rows);
        self
    }

    /// Takes an argument; its type is usually inferred from the function that receives it.
    ///
    /// ```
    /// # use molotov::prelude::*;
    /// async fn browse(session: &mut Session) -> Result {
    ///     session.get("/items").send().await?;
    ///     Ok(())
    /// }
    ///
    /// let browse = Scenario::builder("browse", |mut cx| Box::pin(browse(cx.arg()))).needs::<&mut Session>();
    /// ```
    ///
    /// # Panics
    ///
    /// When there is no such state, or when `&mut T` is taken twice. The needs that a suite declares are
    /// checked before the run, so a run never panics here.
    pub fn arg<A: Arg<'a>>(&mut self) -> A {
        A::from_context(self)
    }
}

/// `A::from_context(cx)` as a function, for generated code.
#[doc(hidden)]
pub fn argument<'a, A: Arg<'a>>(cx: &mut Context<'a>) -> A {
    A::from_context(cx)
}

/// Finds the need of a function's argument, by inference and without demanding that it is an [`Arg`]:
/// generated code reports that once, where it calls [`argument`]. It is used as `(&probe).__dependency()`, which finds
/// [`ProbeArg`] for arguments, and otherwise [`ProbeOther`].
#[doc(hidden)]
pub struct Probe<A>(PhantomData<fn() -> A>);

impl<A> Probe<A> {
    /// A probe of a type that is inferred from the stand-in in a call.
    #[expect(clippy::new_without_default, reason = "generated code has no use for it")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// Stands in for the argument in a call that is never made.
    pub fn stand_in(&self) -> A {
        unreachable!("a probe is never called")
    }
}

/// The probe of an argument. No trait of the user's has a method of this name for all types.
#[doc(hidden)]
pub trait ProbeArg {
    /// The dependency of the argument.
    fn __dependency(&self) -> Option<Dependency>;
}

impl<A: Arg<'static>> ProbeArg for Probe<A> {
    fn __dependency(&self) -> Option<Dependency> {
        Some(A::dependency())
    }
}

/// The probe of any other type.
#[doc(hidden)]
pub trait ProbeOther {
    /// Returns no dependency: the type is not an argument.
    fn __dependency(&self) -> Option<Dependency>;
}

impl<A> ProbeOther for &Probe<A> {
    fn __dependency(&self) -> Option<Dependency> {
        None
    }
}

impl<'a, T: Send + 'static> Arg<'a> for &'a mut T {
    fn dependency() -> Dependency {
        Dependency::new::<T>(Scope::User)
    }

    fn from_context(cx: &mut Context<'a>) -> Self {
        if TypeId::of::<T>() == TypeId::of::<Session>() {
            let session: Option<&'a mut (dyn Any + Send)> = cx.session.take().map(|session| session as _);
            return session
                .and_then(|session| session.downcast_mut())
                .unwrap_or_else(|| missing::<T>("&mut"));
        }
        let states = std::mem::take(&mut cx.states);
        let Some(index) = states.iter().position(|(id, _)| *id == TypeId::of::<T>()) else {
            missing::<T>("&mut")
        };
        // The taken state is moved to the end and split off; the other states stay available.
        let last = states.len() - 1;
        states.swap(index, last);
        let (rest, taken) = states.split_at_mut(last);
        cx.states = rest;
        taken[0].1.downcast_mut().unwrap_or_else(|| missing::<T>("&mut"))
    }
}

impl<'a, T: Send + Sync + 'static> Arg<'a> for &'a T {
    fn dependency() -> Dependency {
        Dependency::new::<T>(Scope::Run)
    }

    fn from_context(cx: &mut Context<'a>) -> Self {
        cx.shared.get().unwrap_or_else(|| missing::<T>("&"))
    }
}

impl<'a, T: Send + Sync + 'static> Arg<'a> for Row<T> {
    fn dependency() -> Dependency {
        Dependency::new::<T>(Scope::Row)
    }

    fn from_context(cx: &mut Context<'a>) -> Self {
        cx.rows.as_mut().and_then(|rows| rows.remove()).unwrap_or_else(|| missing::<Self>(""))
    }
}

impl<'a> Arg<'a> for UserId {
    fn dependency() -> Dependency {
        Dependency::new::<Self>(Scope::Value)
    }

    fn from_context(cx: &mut Context<'a>) -> Self {
        cx.user
    }
}

impl<'a> Arg<'a> for Iteration {
    fn dependency() -> Dependency {
        Dependency::new::<Self>(Scope::Value)
    }

    fn from_context(cx: &mut Context<'a>) -> Self {
        cx.iteration
    }
}

#[cold]
fn missing<T>(sigil: &str) -> ! {
    panic!(
        "there is no `{sigil}{}{}` to take: no fixture made one, or it was taken already (declare it with `.needs`)",
        if sigil.is_empty() { "" } else { " " },
        type_name::<T>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_taken_by_type_in_any_order() {
        let shared = Shared::default();
        let mut states = States::default();
        states.insert(Box::new(1u8));
        states.insert(Box::new(2u16));
        states.insert(Box::new(3u32));
        let mut cx = Context::new(&shared).states(&mut states);

        let a: &mut u8 = cx.arg();
        let c: &mut u32 = cx.arg();
        let b: &mut u16 = cx.arg();

        assert_eq!((*a, *b, *c), (1, 2, 3));
    }

    #[test]
    #[should_panic(expected = "there is no `&mut u8` to take")]
    fn a_state_cannot_be_taken_twice() {
        let shared = Shared::default();
        let mut states = States::default();
        states.insert(Box::new(1u8));
        let mut cx = Context::new(&shared).states(&mut states);

        let _first: &mut u8 = cx.arg();
        let _second: &mut u8 = cx.arg();
    }
}

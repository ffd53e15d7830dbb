//! Fixtures: functions before and after the iterations, and the states that they return.

mod builder;

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::arg::{Context, Dependency};
use crate::call::Call;
use crate::error::Result;
use crate::future::BoxFuture;
use crate::origin::Origin;
use crate::run::{Iteration, UserId};

pub use self::builder::FixtureBuilder;

/// The properties that all fixtures share, besides the function.
#[derive(Clone)]
struct About {
    name: String,
    needs: Vec<Dependency>,
    timeout: Option<Duration>,
    origin: Option<Origin>,
}

impl About {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), needs: Vec::new(), timeout: None, origin: None }
    }
}

macro_rules! about {
    ($type:ident) => {
        impl $type {
            /// Its name, for messages.
            pub fn name(&self) -> &str {
                &self.about.name
            }

            /// The arguments that it declares.
            pub fn dependencies(&self) -> &[Dependency] {
                &self.about.needs
            }

            /// Its own time limit, if it has one.
            pub fn timeout(&self) -> Option<Duration> {
                self.about.timeout
            }

            /// Its place in the source, if that is known.
            pub fn origin(&self) -> Option<&Origin> {
                self.about.origin.as_ref()
            }
        }

        impl From<FixtureBuilder<$type>> for $type {
            fn from(builder: FixtureBuilder<$type>) -> Self {
                builder.build()
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($type)).field("name", &self.about.name).finish_non_exhaustive()
            }
        }
    };
}

/// A function that is awaited and returns no state: the session's set-up and all tear-downs.
///
/// ```
/// use molotov::registry::Hook;
/// use molotov::{Result, Session, Suite};
///
/// async fn log_in(session: &mut Session) -> Result {
///     session.set_header("authorization", "Bearer 1234")
/// }
///
/// let suite = Suite::new()
///     .setup_session(Hook::builder("log_in", |mut cx| Box::pin(log_in(cx.arg()))).needs::<&mut Session>());
/// ```
#[derive(Clone)]
pub struct Hook {
    about: About,
    call: Call<()>,
}

impl Hook {
    /// Starts a hook of this name; arguments and limit follow.
    pub fn builder<F>(name: impl Into<String>, call: F) -> FixtureBuilder<Self>
    where
        F: for<'a> Fn(Context<'a>) -> BoxFuture<'a, Result> + Send + Sync + 'static,
    {
        FixtureBuilder::new(name, |about| Self { about, call: Arc::new(call) })
    }

    /// Executes it.
    pub fn call<'a>(&self, cx: Context<'a>) -> BoxFuture<'a, Result> {
        (self.call)(cx)
    }
}

about!(Hook);

/// A set-up: a function that returns a state.
macro_rules! setup {
    ($(#[$docs:meta])* $type:ident makes $state:ty as $made:expr, of $bounds:tt) => {
        $(#[$docs])*
        #[derive(Clone)]
        pub struct $type {
            about: About,
            provides: (TypeId, &'static str),
            call: Call<$state>,
        }

        setup!(@new $type, $state, $made, $bounds);

        impl $type {
            /// The type of its state, and the name of that type.
            pub fn provides(&self) -> (TypeId, &'static str) {
                self.provides
            }

            /// Executes it.
            pub fn call<'a>(&self, cx: Context<'a>) -> BoxFuture<'a, Result<$state>> {
                (self.call)(cx)
            }
        }

        about!($type);
    };
    (@new $type:ident, $state:ty, $made:expr, ($($bound:tt)+)) => {
        impl $type {
            /// Starts a set-up of this name that returns a `T`; arguments and limit follow.
            pub fn builder<T, F>(name: impl Into<String>, call: F) -> FixtureBuilder<Self>
            where
                T: $($bound)+,
                F: for<'a> Fn(Context<'a>) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
            {
                FixtureBuilder::new(name, |about| Self {
                    about,
                    provides: (TypeId::of::<T>(), type_name::<T>()),
                    call: Arc::new(move |cx| {
                        let made = call(cx);
                        Box::pin(async move { Ok($made(made.await?) as $state) })
                    }),
                })
            }
        }
    };
}

setup! {
    /// A function that makes one state for all users, once, before the first user starts.
    ///
    /// A function that returns `()` makes no state; a suite may have any number of those.
    GlobalSetup makes Arc<dyn Any + Send + Sync> as Arc::new, of (Send + Sync + 'static)
}

setup! {
    /// A function that makes one state for each user, before the first iteration of the user.
    Setup makes Box<dyn Any + Send> as Box::new, of (Send + 'static)
}

/// A function that names the scenario of each iteration; it replaces the weights.
///
/// ```
/// # use molotov::prelude::*;
/// use molotov::UserId;
/// use molotov::registry::Picker;
///
/// // Every tenth user buys, and the others browse.
/// let picker = Picker::new(|user, _| if user.0 % 10 == 0 { "buy" } else { "browse" });
/// assert_eq!(picker.pick(UserId(7), Iteration(0)), "browse");
/// ```
#[derive(Clone)]
pub struct Picker {
    pick: Arc<dyn Fn(UserId, Iteration) -> &'static str + Send + Sync>,
    origin: Option<Origin>,
}

impl Picker {
    /// A picker that calls this function.
    pub fn new(pick: impl Fn(UserId, Iteration) -> &'static str + Send + Sync + 'static) -> Self {
        Self { pick: Arc::new(pick), origin: None }
    }

    /// Sets its place in the source, for messages.
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// Its place in the source, if that is known.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The name of the scenario that this user executes in this iteration.
    pub fn pick(&self, user: UserId, iteration: Iteration) -> &'static str {
        (self.pick)(user, iteration)
    }
}

impl fmt::Debug for Picker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picker").finish_non_exhaustive()
    }
}

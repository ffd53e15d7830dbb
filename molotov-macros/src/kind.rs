//! The attributes, and their differences.

/// One of the attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttributeKind {
    Scenario,
    GlobalSetup,
    GlobalTeardown,
    Setup,
    Teardown,
    SetupSession,
    TeardownSession,
    ScenarioPicker,
    Events,
    Data,
}

impl AttributeKind {
    /// Its name in the source.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Scenario => "scenario",
            Self::GlobalSetup => "global_setup",
            Self::GlobalTeardown => "global_teardown",
            Self::Setup => "setup",
            Self::Teardown => "teardown",
            Self::SetupSession => "setup_session",
            Self::TeardownSession => "teardown_session",
            Self::ScenarioPicker => "scenario_picker",
            Self::Events => "events",
            Self::Data => "data",
        }
    }

    /// The options that it takes.
    pub(crate) fn options(self) -> &'static [&'static str] {
        match self {
            Self::Scenario => &["weight", "rate", "name", "delay", "timeout", "tags", "threshold", "crate"],
            Self::ScenarioPicker | Self::Events | Self::Data => &["crate"],
            _ => &["timeout", "crate"],
        }
    }

    /// Returns `true` if its function is awaited, and takes its arguments by type.
    pub(crate) fn is_async(self) -> bool {
        !matches!(self, Self::ScenarioPicker | Self::Events | Self::Data)
    }

    /// Returns `true` if the value of its function is kept, for others to take.
    pub(crate) fn makes_state(self) -> bool {
        matches!(self, Self::GlobalSetup | Self::Setup)
    }

    /// The kind of item that it annotates.
    pub(crate) fn target(self) -> &'static str {
        if self.is_async() { "an `async fn`" } else { "a plain `fn`" }
    }
}

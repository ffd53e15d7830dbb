//! Charts as SVG: pure functions from values to shapes. The widths are shares of the available width, the heights are
//! pixels, so that texts keep their size on any screen.

mod frame;
mod heat;
mod hits;
mod line;
mod over_time;
mod scale;
mod time_axis;
mod unit;

pub(super) use self::frame::{Frame, path};
pub(super) use self::heat::Heat;
pub(super) use self::line::{Line, LineForm, LineStep, Look, WIDTH, curve, outline};
pub(super) use self::over_time::{Band, BoundLine, Chart, ChartMark, ChartMarkKind};
pub(super) use self::scale::ValueScale;
pub(super) use self::time_axis::TimeAxis;
pub(super) use self::unit::Unit;

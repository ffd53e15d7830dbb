//! The kernel's figures of processes and of the machine.

mod cpu;
mod idle;
mod limits;
mod machine;
mod memory;
mod namespace;
mod others;
mod running;
mod tree;

pub(crate) use self::cpu::Cpu;
pub(crate) use self::limits::{descriptor_limit, raise_descriptor_limit};
pub(crate) use self::machine::{Cores, facts, first_line, output};
pub(crate) use self::memory::Memory;
pub(crate) use self::namespace::{cheap_ports, run_inside};
pub(crate) use self::others::Others;
pub(crate) use self::running::Running;

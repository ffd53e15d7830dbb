//! The figures of the kernel, read by the same code as in `benches/peers`, which is not a library.

#![allow(dead_code, reason = "benches/peers needs more of it")]

#[path = "../../peers/src/sys/cpu.rs"]
mod cpu;
#[path = "../../peers/src/sys/idle.rs"]
mod idle;
#[path = "../../peers/src/sys/machine.rs"]
mod machine;
#[path = "../../peers/src/sys/others.rs"]
mod others;
#[path = "../../peers/src/sys/tree.rs"]
mod tree;

pub(crate) use self::cpu::Cpu;
pub(crate) use self::machine::{facts, first_line, output};
pub(crate) use self::others::Others;

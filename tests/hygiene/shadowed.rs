//! A module in which every common name has another meaning.

#![allow(dead_code, non_camel_case_types, non_upper_case_globals, unused_macros)]

mod core {}
mod std {}
mod alloc {}
mod molotov {}

struct Option;
struct Some;
struct None;
struct Result;
struct Ok;
struct Err;
struct Box;
struct String;
struct Vec;
struct str;
struct u8;
struct u32;
struct bool;
struct Fn;
struct Future;
struct Pin;
struct Send;
struct Iterator;
struct Scenario;
struct Registration;
struct Origin;
struct Context;
struct Session;

const cx: () = ();
const origin: () = ();
const value: () = ();
const error: () = ();
const call: () = ();
const state: () = ();

macro_rules! env {
    ($($t:tt)*) => {
        compile_error!("env")
    };
}
macro_rules! file {
    ($($t:tt)*) => {
        compile_error!("file")
    };
}
macro_rules! line {
    ($($t:tt)*) => {
        compile_error!("line")
    };
}
macro_rules! cfg {
    ($($t:tt)*) => {
        compile_error!("cfg")
    };
}
macro_rules! module_path {
    ($($t:tt)*) => {
        compile_error!("module_path")
    };
}
macro_rules! panic {
    ($($t:tt)*) => {
        compile_error!("panic")
    };
}

#[::molotov::scenario(weight = 2, delay = "1s", timeout = "1s", tags("x"))]
async fn in_the_shadows(_session: &mut ::molotov_core::Session) -> ::molotov_core::Result {
    ::molotov_core::Result::Ok(())
}

#[::molotov::setup(timeout = "1s")]
async fn shadowed_state(_session: &mut ::molotov_core::Session) -> ::molotov_core::Result<Shadow> {
    ::molotov_core::Result::Ok(Shadow)
}

struct Shadow;

/// A trait for all types tempts method calls into the wrong trait.
#[allow(clippy::wrong_self_convention)]
trait Tempting {
    fn into_error(&self) {}
    fn into_result(&self) {}
    fn need(&self) {}
    fn weight(&self) {}
    fn at(&self) {}
    fn stand_in(self)
    where
        Self: Sized,
    {
    }
}

impl<T> Tempting for T {}

#[::core::prelude::v1::test]
fn it_is_registered() {
    let scenario = crate::scenario("in_the_shadows");

    ::core::assert_eq!(scenario.weight(), 2);
    ::core::assert_eq!(scenario.dependencies().len(), 1);
}

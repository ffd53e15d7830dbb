//! molotov under other names.

extern crate molotov as extern_renamed;

pub(crate) mod reexport {
    pub(crate) mod r#mod {
        pub(crate) use molotov as m;
    }
}

use reexport::r#mod::m as short;

#[extern_renamed::scenario(crate = extern_renamed)]
async fn through_an_extern_crate() {}

#[short::scenario(crate = short, weight = 3)]
async fn through_a_use() {}

#[crate::hygiene::renamed::reexport::r#mod::m::scenario(crate = crate::hygiene::renamed::reexport::r#mod::m)]
async fn through_a_path() -> Result<(), String> {
    Ok(())
}

#[short::scenario(crate = self::reexport::r#mod::m)]
async fn through_a_relative_path(_user: molotov_core::UserId) {}

#[test]
fn all_are_registered() {
    for name in ["through_an_extern_crate", "through_a_path", "through_a_relative_path"] {
        assert_eq!(crate::scenario(name).weight(), 1);
    }
    assert_eq!(crate::scenario("through_a_use").weight(), 3);
}

//! Scenarios without any reference to them, and scenarios written by a macro.

mod inner {
    mod innermost {
        #[molotov::scenario]
        async fn nobody_names_me() {}
    }
}

macro_rules! two {
    ($one:ident, $other:ident, $weight:literal, $ty:ty) => {
        #[molotov::scenario(weight = $weight)]
        async fn $one(_session: $ty) {}
        #[molotov::scenario(weight = $weight, tags("second"))]
        async fn $other(_session: $ty) -> molotov_core::Result {
            Ok(())
        }
    };
}

two!(left, right, 7, &mut molotov_core::Session);

/// If rustc removes the function, the registration and the test go with it.
#[molotov::scenario]
#[cfg(any())]
async fn not_compiled(_nothing: DoesNotExist) {}

#[molotov::scenario]
#[cfg(test)]
async fn compiled() {}

#[test]
fn a_scenario_in_a_private_module_is_registered() {
    let scenario = crate::scenario("nobody_names_me");

    let origin = scenario.origin().expect("an attribute stands somewhere");
    assert_eq!(origin.module, "hygiene::hygiene::hidden::inner::innermost");
    assert_eq!((origin.file, origin.line), ("tests/hygiene/hidden.rs", 5));
    assert_eq!((origin.package, origin.function), ("molotov-tests", "nobody_names_me"));
}

#[test]
fn two_scenarios_on_one_line_are_two() {
    let (left, right) = (crate::scenario("left"), crate::scenario("right"));

    assert_eq!((left.weight(), right.weight()), (7, 7));
    assert_eq!((left.tags(), right.tags()), (&[][..], &["second".to_string()][..]));
    let line = |scenario: &molotov_core::Scenario| scenario.origin().map(|origin| origin.line);
    assert_eq!(line(&left), line(&right));
}

#[test]
fn a_cfg_below_the_attribute_counts() {
    let suite = molotov_core::Suite::registered();

    let names: Vec<_> = suite.scenarios().iter().map(|scenario| scenario.name()).collect();
    assert!(names.contains(&"compiled"));
    assert!(!names.contains(&"not_compiled"));
}

/// Its smoke test cannot be run there, and rustc reports that.
#[test]
#[allow(unnameable_test_items)]
fn a_scenario_in_a_function_is_registered() {
    #[molotov::scenario]
    async fn local() {}

    crate::scenario("local");
}

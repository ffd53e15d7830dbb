//! The messages of the attributes about mistakes: one case per message.

#[test]
fn a_mistake_gives_one_message_at_its_place() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}

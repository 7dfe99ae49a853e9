//! The command `openclaw`.
fn main() {}

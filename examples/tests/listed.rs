//! An example that is not listed in the manifest is silently ignored by cargo: none is forgotten.

#[test]
fn every_example_is_listed_and_short() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(dir.join("Cargo.toml"))?;
    let mut count = 0;
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rs") {
            count += 1;
            assert!(manifest.contains(&format!("path = \"{name}\"")), "{name} is not listed");
            let text = std::fs::read_to_string(dir.join(&name))?;
            assert!(
                text.starts_with("//! ") && text.contains("cargo run --example"),
                "{name} does not say how to run it"
            );
            assert!(text.lines().count() <= 120, "{name} is longer than an example should be");
        }
    }
    assert!(count >= 5);
    Ok(())
}

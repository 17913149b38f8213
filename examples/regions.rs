//! Prints the regions of a page: `cargo run --example regions -- page.html`.

use std::io::Write;
use std::path::PathBuf;

use pagesieve::{Classifier, input};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "examples/harbour.txt".into()));
    let bytes = std::fs::read(&path)?;
    let is_html = path.extension().is_some_and(|extension| extension == "html");
    let text = input::charset::decode(&bytes, is_html);
    let page = if is_html { input::html::read(&text) } else { input::text::read(&text) };

    let classifier = Classifier::with_default_model()?;
    let analysis = classifier.classify(&page);
    let labels = classifier.model().labels();
    let mut out = std::io::stdout().lock();
    for region in &analysis.regions {
        let first = page.block(region.first).text();
        writeln!(out, "{:11} {:.2}  {first}", labels.name(region.label), region.probability)?;
    }
    Ok(())
}

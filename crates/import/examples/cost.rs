//! Measures the time and the peak memory of imports: `cargo run --release -p colophon-import --example cost -- FILE…`.
//! The peak is that of the whole process, on Linux only: name a single file to measure the memory that it needs.

use colophon_import::{Limits, Options};
use std::io::{self, Write};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut output = io::stdout().lock();
    for path in std::env::args().skip(1) {
        let start = Instant::now();
        let file = std::fs::File::open(&path)?;
        let size = file.metadata()?.len();
        let name = path.rsplit('/').next();
        let book = colophon_import::import(name, file, &Options::default(), &Limits::default());
        let seconds = start.elapsed().as_secs_f64();
        let (what, bytes) = match &book {
            Ok(book) => {
                let bytes: usize = book.chapters.iter().map(|chapter| chapter.source_text.len()).sum();
                (format!("{} chapters", book.chapters.len()), bytes)
            }
            Err(error) => (error.code().to_owned(), 0),
        };
        let mega = |bytes: u64| bytes as f64 / 1e6;
        let (read, text) = (mega(size), mega(bytes as u64));
        writeln!(
            output,
            "{path}: {what}, {read:.1} MB in {seconds:.2} s, {:.1} MB/s, {text:.1} MB of text",
            read / seconds
        )?;
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(peak) = status.lines().find(|line| line.starts_with("VmHWM")) {
        writeln!(output, "peak of resident memory:{}", peak.trim_start_matches("VmHWM:"))?;
    }
    Ok(())
}

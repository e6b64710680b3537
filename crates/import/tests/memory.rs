//! How much memory an import takes at most: a test of its own, for it counts what the process allocates.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use colophon_import::{Limits, Options};
use peak_alloc::PeakAlloc;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// What an import takes whatever the file's size is: tables of words, buffers.
const FIXED: usize = 1_000_000;

/// Bytes that were allocated at one time beyond what the file takes, and bytes of text found.
fn cost(name: &str, file: &[u8]) -> (usize, usize) {
    ALLOCATED.reset_peak_usage();
    let before = ALLOCATED.current_usage();
    let book =
        colophon_import::import(Some(name), Cursor::new(file), &Options::default(), &Limits::default())
            .unwrap();
    let peak = ALLOCATED.peak_usage() - before;
    (peak, book.chapters.iter().map(|chapter| chapter.source_text.len()).sum())
}

/// An EPUB of one page.
fn epub(page: &str) -> Vec<u8> {
    let container = "<container><rootfiles><rootfile full-path='p.opf' media-type='application/oebps-package+xml'/></rootfiles></container>";
    let package = "<package version='3.0'><metadata><title>T</title></metadata><manifest><item id='a' href='a.xhtml' media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/></spine></package>";
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [("META-INF/container.xml", container), ("p.opf", package), ("a.xhtml", page)] {
        // A page of one paragraph over and over would compress like a bomb.
        zip.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored))
            .unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[expect(clippy::print_stdout, reason = "a figure for those who look for it")]
fn show(figure: &str) {
    println!("{figure}");
}

/// One test, for tests of one file run beside one another and would count each other's memory.
#[test]
fn an_import_takes_less_than_four_times_the_text() {
    const SIZE: usize = 1_500_000;
    let breaks = "\n".repeat(SIZE) + "A short text.\n";
    // The text found is short here: the file is what counts.
    let (peak, _) = cost("a.txt", breaks.as_bytes());
    assert!(peak < 3 * SIZE + FIXED, "line breaks: {peak}");

    let mut lines = String::new();
    let mut chapter = 0;
    while lines.len() < SIZE {
        chapter += 1;
        write!(lines, "第{chapter}章 题\n\n").unwrap();
        lines += &"　　沈砚把灯吹灭，院子里只剩下雨声，外面的风又大了一些。\n\n".repeat(60);
    }
    let (peak, text) = cost("a.txt", lines.as_bytes());
    assert!(text > SIZE / 2 && peak < 4 * text + FIXED, "lines: {peak} for {text}");

    let paragraph = "<p>It was late, and the rain had not stopped since the morning of the day before; he waited & waited.\n";
    let broken = format!("<html><body>{}", paragraph.repeat(SIZE / paragraph.len()));
    let sound = broken.replace(" & ", " and ").replace('\n', "</p>\n") + "</body></html>";
    for (what, page) in [("broken", broken), ("sound", sound)] {
        let file = epub(&page);
        drop(page);
        let (peak, text) = cost("a.epub", &file);
        assert!(text > SIZE / 2 && peak < 4 * text + FIXED, "{what} page: {peak} for {text}");
        show(&format!("{what} page: {:.2} times the text", peak as f64 / text as f64));
    }
}

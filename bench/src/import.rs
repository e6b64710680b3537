//! Importing a text and an EPUB, beside reading the same text plainly.

use std::{
    hint::black_box,
    io::{Cursor, Write as _},
    time::Duration,
};

use colophon_import::{Limits, Options, import};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    Failure,
    sample::{Plan, micros},
    table::{self, Target, say},
    text::turn_about,
};

/// Chapters of the novel that is made.
const CHAPTERS: usize = 240;
/// Size of each, in bytes of UTF-8, about.
const CHAPTER_BYTES: usize = 9_000;
/// Real books, where they are: public domain, not in the repository.
const REAL: [&str; 2] = ["../shared/data/ginga-tetsudo-no-yoru.txt", "../shared/data/kusamakura.epub"];

/// Prints MB of the file's text a second.
pub(crate) fn measure(plan: Plan) -> Result<(), Failure> {
    let chapters = novel();
    let text = chapters.concat();
    table::heading(&format!("Importing a novel of {CHAPTERS} chapters"));
    say(&format!("{:<52} {:>10} {:>10}", "", "ms", "MB/s"));
    let mut files = vec![
        ("novel.txt".to_owned(), text.clone().into_bytes()),
        ("novel.epub".to_owned(), epub(&chapters)?),
    ];
    for path in REAL {
        if let (Some((_, name)), Ok(bytes)) = (path.rsplit_once('/'), std::fs::read(path)) {
            files.push((name.to_owned(), bytes));
        }
    }
    for (name, bytes) in files {
        let read = || import(Some(&name), Cursor::new(&bytes), &Options::default(), &Limits::default());
        let book = read()?;
        let found: usize = book.chapters.iter().map(|chapter| chapter.source_text.len()).sum();
        let plain = book.chapters.iter().map(|chapter| &*chapter.source_text).collect::<String>();
        let [lines, imported] = turn_about(
            plan,
            [
                &mut || {
                    let text = String::from_utf8_lossy(plain.as_bytes());
                    black_box(text.lines().filter(|line| !line.trim().is_empty()).count());
                },
                &mut || drop(black_box(read())),
            ],
        );
        row(&format!("lines of the text of {name}, plainly"), lines, found);
        row(&format!("importing {name}: {} chapters", book.chapters.len()), imported, found);
        let ratio = micros(imported) / micros(lines);
        table::verdict("importing / reading plainly", ratio, "x", Target::None);
    }
    Ok(())
}

/// Chapters with headings, in Japanese.
fn novel() -> Vec<String> {
    let lines = [
        "　港の鐘が三度鳴った。\n",
        "「もう帰ろう」とミオは言って、濡れた石段をゆっくりと降りていった。\n",
        "　誰も答えなかった。波の音だけが、遠くから聞こえていた。\n\n",
    ];
    let chapter = |number: usize| {
        let mut text = format!("第{number}章　灯台の{number}日目\n\n");
        for line in lines.iter().cycle().take_while({
            let mut size = 0;
            move |line| {
                size += line.len();
                size < CHAPTER_BYTES
            }
        }) {
            text.push_str(line);
        }
        text + "\n"
    };
    (1..=CHAPTERS).map(chapter).collect()
}

/// The same as an EPUB 3, a file a chapter.
fn epub(chapters: &[String]) -> Result<Vec<u8>, Failure> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, text: &str| {
        zip.start_file(name, SimpleFileOptions::default())?;
        zip.write_all(text.as_bytes())?;
        Ok::<_, Failure>(())
    };
    add("mimetype", "application/epub+zip")?;
    add(
        "META-INF/container.xml",
        "<container xmlns=\"urn:oasis:names:tc:opendocument:xmlns:container\" version=\"1.0\"><rootfiles>\
         <rootfile full-path=\"content.opf\" media-type=\"application/oebps-package+xml\"/></rootfiles></container>",
    )?;
    let list = |item: &dyn Fn(usize) -> String| (1..=chapters.len()).map(item).collect::<String>();
    let xhtml = "application/xhtml+xml";
    let manifest = list(&|n| format!("<item id=\"c{n}\" href=\"c{n}.xhtml\" media-type=\"{xhtml}\"/>"));
    let spine = list(&|n| format!("<itemref idref=\"c{n}\"/>"));
    add(
        "content.opf",
        &format!(
            "<package xmlns=\"http://www.idpf.org/2007/opf\" version=\"3.0\" unique-identifier=\"id\">\
             <metadata xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:identifier id=\"id\">x</dc:identifier>\
             <dc:title>灯台</dc:title><dc:language>ja</dc:language></metadata><manifest>\
             <item id=\"nav\" href=\"nav.xhtml\" media-type=\"{xhtml}\" properties=\"nav\"/>{manifest}</manifest>\
             <spine>{spine}</spine></package>"
        ),
    )?;
    let contents = list(&|n| format!("<li><a href=\"c{n}.xhtml\">第{n}章　灯台の{n}日目</a></li>"));
    add(
        "nav.xhtml",
        &page(&format!(
            "<nav xmlns:epub=\"http://www.idpf.org/2007/ops\" epub:type=\"toc\"><ol>{contents}</ol></nav>"
        )),
    )?;
    for (chapter, n) in chapters.iter().zip(1..) {
        let mut lines = chapter.lines().filter(|line| !line.is_empty());
        let heading = lines.next().unwrap_or_default();
        let text: String = lines.map(|line| format!("<p>{line}</p>\n")).collect();
        add(&format!("c{n}.xhtml"), &page(&format!("<h2>{heading}</h2>\n{text}")))?;
    }
    Ok(zip.finish()?.into_inner())
}

fn page(body: &str) -> String {
    format!(
        "<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title>x</title></head><body>{body}</body></html>"
    )
}

fn row(name: &str, time: Duration, bytes: usize) {
    let micros = micros(time);
    say(&format!("{name:<52} {:>10.1} {:>10.0}", micros / 1e3, bytes as f64 / micros));
}

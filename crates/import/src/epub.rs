//! Imports EPUB 2 and 3. Chapters come from the level of the table of contents that looks like chapters, else
//! from files and headings.

mod archive;
mod assemble;
mod charset;
mod contents;
mod document;
mod element;
mod furniture;
mod gutenberg;
mod inline;
mod label;
mod lines;
mod math;
mod matter;
mod notes;
mod package;
mod path;
mod picture;
mod plan;
mod reading;
mod repair;
mod running;
mod spine;
mod style;
mod xml;

use crate::book::{Book, Format};
use crate::error::{ImportError, shown};
use crate::limits::Limits;
use crate::options::{Notes, Options, Ruby, Split};
use crate::warning::{Warning, WarningCode};
use archive::Archive;
use charset::Hint;
use package::{CONTAINER, Package};
use repair::Work;
use std::io::{Read, Seek};
use xml::{Kind, Node};

const MIMETYPE: &str = "application/epub+zip";
const ENCRYPTION: &str = "META-INF/encryption.xml";

/// Reads an EPUB. Chapters may still be blank or too long.
pub(crate) fn read(file: impl Read + Seek, options: &Options, limits: &Limits) -> Result<Book, ImportError> {
    let mut archive = Archive::open(file, limits)?;
    let mut work = Work::default();
    check_type(&mut archive)?;
    check_encryption(&mut archive, limits, &mut work)?;
    let mut hint =
        Hint { chosen: options.encoding.map(|encoding| encoding.get()), language: options.language.clone() };
    let mut package = package::read(&mut archive, &hint, limits, &mut work)?;
    check_absolute_paths(&archive, &mut package)?;
    if hint.language.is_none() {
        hint.language.clone_from(&package.language);
    }
    let mut warnings = warn_of_missing(&package);
    warnings.append(&mut package.warnings);
    let mut documents =
        spine::read(&mut archive, &package, options, &hint, (limits, &mut work), &mut warnings)?;
    drop(archive);

    warnings.extend(gutenberg::remove_frame(&mut documents));
    let furniture = documents.iter().flatten().map(|document| document.furniture).sum::<usize>()
        + running::remove(&mut documents, package.title.as_deref());
    let paths: Vec<&str> = package.spine.iter().map(|item| item.path.as_str()).collect();
    let placed = notes::place(&paths, &mut documents, options.notes);
    let book = plan::Book::new(&package, &documents);
    let mut plan = book.plan(&options.split);
    let whole = options.split == Split::None;
    warnings.append(&mut plan.warnings);
    let mut chapters = assemble::chapters(&book, &plan.openings, &placed, whole, &mut warnings);
    if options.ruby == Ruby::Keep {
        warnings.retain(|warning| warning.code != WarningCode::RubyRemoved);
    }
    let hidden = documents.iter().flatten().map(|document| document.hidden.passages).sum();
    warn_of_moved(furniture, placed.count, options.notes, &mut warnings);
    warn_of_hidden(hidden, &mut warnings);
    chapters.shrink_to_fit();
    Ok(Book {
        format: Format::Epub,
        encoding: None,
        title: package.title,
        author: package.author,
        language: package.language,
        chapters,
        warnings,
    })
}

fn warn_of_moved(furniture: usize, notes: usize, choice: Notes, warnings: &mut Vec<Warning>) {
    if furniture > 0 {
        let detail =
            format!("{furniture} running titles, links from page to page and the like were left out.");
        warnings.push(Warning::new(WarningCode::PageFurnitureRemoved, detail).counting(furniture));
    }
    if notes > 0 {
        let (code, detail) = match choice {
            Notes::Keep => {
                (WarningCode::NotesMoved, format!("{notes} notes were moved to the ends of chapters."))
            }
            Notes::Drop => (WarningCode::NotesRemoved, format!("{notes} notes were left out.")),
        };
        warnings.push(Warning::new(code, detail).counting(notes));
    }
}

fn warn_of_hidden(passages: usize, warnings: &mut Vec<Warning>) {
    if passages > 0 {
        let detail = format!("{passages} passages that the book's styles hide from readers were left out.");
        warnings.push(Warning::new(WarningCode::HiddenTextRemoved, detail).counting(passages));
    }
}

/// Checks that a ZIP archive is an EPUB: it is declared or contains an EPUB's files. Word documents are ZIP
/// archives too.
fn check_type(archive: &mut Archive<'_, impl Read + Seek>) -> Result<(), ImportError> {
    if archive.find(CONTAINER).is_some() || archive.paths().any(|path| path.to_lowercase().ends_with(".opf"))
    {
        return Ok(());
    }
    if archive.contains("mimetype") {
        let mimetype = archive.read("mimetype", 1024)?;
        let mimetype = String::from_utf8_lossy(&mimetype);
        if mimetype.trim() == MIMETYPE {
            return Err(ImportError::EpubFileMissing { path: CONTAINER.to_owned() });
        }
        return Err(ImportError::UnsupportedFileType { found: format!("“{}”", shown(mimetype.trim())) });
    }
    Err(ImportError::UnsupportedFileType { found: "a ZIP archive that is no EPUB".to_owned() })
}

/// Checks for copy protection: any encrypted file except fonts, which may be obfuscated or encrypted.
fn check_encryption(
    archive: &mut Archive<'_, impl Read + Seek>,
    limits: &Limits,
    work: &mut Work,
) -> Result<(), ImportError> {
    const OBFUSCATION: &[&str] = &["http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"];
    const FONTS: &[&str] = &[".ttf", ".otf", ".ttc", ".woff", ".woff2"];
    let Some(found) = archive.find(ENCRYPTION) else { return Ok(()) };
    let bytes = archive.read(&found.path, limits.package_document_bytes)?;
    let text = charset::decode(bytes, ENCRYPTION, &Hint::default(), &mut Vec::new())?;
    #[derive(Default)]
    struct Walked {
        names: Vec<String>,
        is_protected: bool,
        found: Option<String>,
    }
    // The method of a file is a child of its `EncryptedData`; the method of a key is nested deeper.
    let show = |walked: &mut Walked, node: Node<'_>| match node {
        Node::Start(tag) => {
            let name = tag.name().to_owned();
            if name == "EncryptionMethod" && walked.names.last().is_some_and(|outer| outer == "EncryptedData")
            {
                walked.is_protected = !tag.get("Algorithm").is_some_and(|name| OBFUSCATION.contains(&name));
            }
            if name == "CipherReference" && walked.is_protected && walked.found.is_none() {
                let path = tag.get("URI").unwrap_or_default();
                let is_font = FONTS.iter().any(|ending| path.to_lowercase().ends_with(ending));
                walked.found = (!is_font).then(|| path.to_owned());
            }
            walked.names.push(name);
        }
        Node::End => {
            walked.names.pop();
        }
        Node::Text(_) => {}
    };
    let (walked, _) =
        xml::visit(text, ENCRYPTION, Kind::Description, (limits, work), |_| Walked::default(), show)?;
    match walked.found {
        Some(path) => Err(ImportError::EpubEncrypted { path: shown(&path) }),
        None => Ok(()),
    }
}

/// Accepts names that begin at a root, a habit of archivers, only if the package lists the file.
fn check_absolute_paths(
    archive: &Archive<'_, impl Read + Seek>,
    package: &mut Package,
) -> Result<(), ImportError> {
    let mut count = 0;
    let mut paths: Vec<&str> = archive.absolute_paths().collect();
    paths.sort_unstable();
    for path in paths {
        if !package.listed.contains(path) && path != "mimetype" && !path.starts_with("META-INF/") {
            return Err(ImportError::UnsafePath { path: shown(&format!("/{path}")) });
        }
        count += 1;
    }
    if count > 0 {
        package.repairs.push(format!("{count} names in its archive begin with a slash"));
    }
    if archive.backslashes() > 0 {
        package.repairs.push(format!("{} names in its archive have backslashes", archive.backslashes()));
    }
    Ok(())
}

fn warn_of_missing(package: &Package) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let (missing, lost, repairs) = (&package.missing, &package.lost, &package.repairs);
    if !missing.is_empty() {
        let detail = format!(
            "{} files that the EPUB lists are not in it; the text does not need them: {}.",
            missing.len(),
            listed(missing)
        );
        warnings.push(Warning::new(WarningCode::FilesMissing, detail).counting(missing.len()));
    }
    if !lost.is_empty() {
        let detail = format!(
            "{} files of the reading order are not in the EPUB, and their text is not either: {}.",
            lost.len(),
            listed(lost)
        );
        warnings.push(Warning::new(WarningCode::FilesMissing, detail).counting(lost.len()));
    }
    if !repairs.is_empty() {
        let detail = format!("The EPUB breaks the rules of its format: {}.", listed(repairs));
        warnings.push(Warning::new(WarningCode::EpubRepaired, detail).counting(repairs.len()));
    }
    warnings
}

/// Returns the first entries of a list, fit for display.
fn listed(what: &[String]) -> String {
    const NAMED: usize = 5;
    let named: Vec<String> = what.iter().take(NAMED).map(|what| shown(what)).collect();
    let more = if what.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", named.join(", "))
}

fn markup_repaired(path: &str) -> Warning {
    let detail = format!("{} is not well-formed and was read as a browser would read it.", shown(path));
    Warning::new(WarningCode::MarkupRepaired, detail).in_file(path)
}

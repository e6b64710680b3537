//! EPUB 2 and 3: one chapter for each top-level entry of the table of contents in the body of the book.

mod archive;
mod assemble;
mod document;
mod matter;
mod package;
mod xml;

use crate::book::Book;
use crate::error::{ImportError, shown};
use crate::limits::Limits;
use crate::warning::{Warning, WarningCode};
use archive::Archive;
use document::Document;
use package::Package;
use std::collections::{HashMap, HashSet};
use xml::{Node, Walk};

const MIMETYPE: &str = "application/epub+zip";
const CONTAINER: &str = "META-INF/container.xml";
const ENCRYPTION: &str = "META-INF/encryption.xml";

/// Reads an EPUB; chapters may still be blank or too long.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Book, ImportError> {
    let mut archive = Archive::open(bytes, limits)?;
    check_type(&mut archive)?;
    check_encryption(&mut archive, limits)?;
    let package = package::read(&mut archive, limits)?;
    let documents = read_documents(&mut archive, &package, limits)?;
    let mut warnings = warn_of_missing(&package);
    let chapters = assemble::chapters(&package, &documents, &mut warnings);
    Ok(Book { title: package.title, author: package.author, language: package.language, chapters, warnings })
}

/// A ZIP archive is an EPUB if it says so or has an EPUB's container; Word's documents are ZIP archives too.
fn check_type(archive: &mut Archive<'_>) -> Result<(), ImportError> {
    if archive.contains(CONTAINER) {
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

/// Fonts may be obfuscated; anything else that is encrypted means copy protection.
fn check_encryption(archive: &mut Archive<'_>, limits: &Limits) -> Result<(), ImportError> {
    const OBFUSCATION: &[&str] = &["http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"];
    if !archive.contains(ENCRYPTION) {
        return Ok(());
    }
    let text = xml::decode(&archive.read(ENCRYPTION, limits.package_document_bytes)?, ENCRYPTION)?;
    let mut walk = Walk::new(&text, ENCRYPTION, limits);
    // The method on a file stands directly in its `EncryptedData`; one on a key stands deeper.
    let mut names: Vec<String> = Vec::new();
    let mut protected = false;
    while let Some(node) = walk.next()? {
        match node {
            Node::Start(start) => {
                let name = start.local_name().into_inner().to_owned();
                if name == "EncryptionMethod" && names.last().is_some_and(|outer| outer == "EncryptedData") {
                    let algorithm = xml::find_attribute(&start, "Algorithm");
                    protected = !algorithm.is_some_and(|name| OBFUSCATION.contains(&name.as_str()));
                }
                if name == "CipherReference" && protected {
                    let path = xml::find_attribute(&start, "URI").unwrap_or_default();
                    return Err(ImportError::EpubEncrypted { path: shown(&path) });
                }
                names.push(name);
            }
            Node::End => {
                names.pop();
            }
            Node::Text(_) => {}
        }
    }
    Ok(())
}

/// Reads every XHTML file of the reading order, in its order; `None` for what is not XHTML.
fn read_documents(
    archive: &mut Archive<'_>,
    package: &Package,
    limits: &Limits,
) -> Result<Vec<Option<Document>>, ImportError> {
    let entries = package.contents.iter().filter_map(|entry| entry.target.as_ref());
    let targets = entries.chain(package.landmarks.iter().map(|landmark| &landmark.target));
    let mut wanted: HashMap<&str, HashSet<&str>> = HashMap::new();
    for target in targets {
        if let Some(fragment) = &target.fragment {
            wanted.entry(&target.path).or_default().insert(fragment);
        }
    }
    let none = HashSet::new();
    package
        .spine
        .iter()
        .map(|item| {
            if !item.is_document {
                return Ok(None);
            }
            let text = xml::decode(&archive.read(&item.path, limits.archive_bytes)?, &item.path)?;
            let wanted = wanted.get(item.path.as_str()).unwrap_or(&none);
            document::read(&text, &item.path, wanted, limits).map(Some)
        })
        .collect()
}

fn warn_of_missing(package: &Package) -> Vec<Warning> {
    const NAMED: usize = 5;
    let missing = &package.missing;
    if missing.is_empty() {
        return Vec::new();
    }
    let named: Vec<String> = missing.iter().take(NAMED).map(|path| shown(path)).collect();
    let more = if missing.len() > NAMED { ", …" } else { "" };
    vec![Warning::new(
        WarningCode::FilesMissing,
        format!(
            "{} files that the EPUB lists are not in it; the text does not need them: {}{more}.",
            missing.len(),
            named.join(", ")
        ),
    )]
}

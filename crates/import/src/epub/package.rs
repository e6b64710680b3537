//! What the package of an EPUB says: metadata, reading order, table of contents, landmarks. Read by `rbook`
//! from a copy of the few files concerned, made under the limits and free of what could harm it.

use super::archive::Archive;
use super::xml::{self, Node, Walk};
use crate::error::{ImportError, shown};
use crate::limits::Limits;
use percent_encoding::percent_decode_str;
use rbook::Epub;
use rbook::ebook::toc::TocEntryKind;
use rbook::epub::manifest::EpubManifestEntry;
use rbook::epub::metadata::EpubVersion;
use rbook::epub::toc::EpubTocEntry;
use std::collections::{BTreeMap, HashSet};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

const CONTAINER: &str = "META-INF/container.xml";
/// A book has one or two tables of contents; each costs memory.
const MOST_TABLES: usize = 4;
const NCX: &str = "application/x-dtbncx+xml";

/// The package, with every reference as the path of a file in the archive.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) title: Option<String>,
    pub(super) author: Option<String>,
    pub(super) language: Option<String>,
    pub(super) spine: Vec<SpineItem>,
    /// The top level of the table of contents.
    pub(super) contents: Vec<Entry>,
    pub(super) landmarks: Vec<Landmark>,
    /// The file of the table of contents, where it is XHTML.
    pub(super) navigation: Option<String>,
    /// Files that the manifest lists and the archive lacks.
    pub(super) missing: Vec<String>,
}

/// A file of the reading order.
#[derive(Debug)]
pub(super) struct SpineItem {
    pub(super) path: String,
    pub(super) linear: bool,
    /// Whether it is XHTML; a picture may stand in the reading order too.
    pub(super) is_document: bool,
}

/// An entry of the table of contents.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) label: String,
    pub(super) target: Option<Target>,
}

/// A place with a meaning: the `epub:type`s or the guide's type.
#[derive(Debug)]
pub(super) struct Landmark {
    pub(super) types: Vec<String>,
    pub(super) target: Target,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) path: String,
    pub(super) fragment: Option<String>,
}

/// Reads the package.
pub(super) fn read(archive: &mut Archive<'_>, limits: &Limits) -> Result<Package, ImportError> {
    let package_path = find_package_path(archive, limits)?;
    let mut copy = BTreeMap::new();
    copy.insert(CONTAINER.to_owned(), container_of(&package_path));
    copy_document(archive, &package_path, &mut copy, limits)?;
    let epub = open(&copy, true)?;
    let mut package = Package::default();
    read_manifest(&epub, archive, &mut package)?;

    let tables: Vec<String> = epub
        .manifest()
        .iter()
        .filter(|item| {
            let is_ncx = item.media_type() == NCX || item.href().extension() == Some("ncx");
            is_ncx || item.properties().has_property("nav")
        })
        .take(MOST_TABLES)
        .map(|item| path_of(item.href().path().as_str()))
        .collect();
    drop(epub);
    for path in tables {
        if archive.contains(&path) {
            copy_document(archive, &path, &mut copy, limits)?;
        } else {
            // Reported among the missing files; another table, or the reading order, takes its place.
            copy.insert(path, "<missing/>".to_owned());
        }
    }
    let epub = open(&copy, false)?;
    read_metadata(&epub, &mut package);
    read_contents(&epub, &mut package);
    Ok(package)
}

fn find_package_path(archive: &mut Archive<'_>, limits: &Limits) -> Result<String, ImportError> {
    let text = xml::decode(&archive.read(CONTAINER, limits.package_document_bytes)?, CONTAINER)?;
    let mut walk = Walk::new(&text, CONTAINER, limits);
    let mut found = None;
    while let Some(node) = walk.next()? {
        if let Node::Start(start) = node
            && found.is_none()
            && start.local_name().into_inner() == "rootfile"
        {
            found = xml::find_attribute(&start, "full-path");
        }
    }
    let path = found
        .ok_or_else(|| ImportError::EpubInvalid { problem: format!("{CONTAINER} names no package file") })?;
    if archive.contains(&path) { Ok(path) } else { resolve("", &path) }
}

fn container_of(package_path: &str) -> String {
    let path = quick_xml::escape::escape(package_path.replace('%', "%25"));
    format!(
        "<container><rootfiles><rootfile full-path=\"{path}\" \
         media-type=\"application/oebps-package+xml\"/></rootfiles></container>"
    )
}

fn copy_document(
    archive: &mut Archive<'_>,
    path: &str,
    copy: &mut BTreeMap<String, String>,
    limits: &Limits,
) -> Result<(), ImportError> {
    if !copy.contains_key(path) {
        let text = xml::decode(&archive.read(path, limits.package_document_bytes)?, path)?;
        copy.insert(path.to_owned(), xml::sanitize(&text, path, limits)?);
    }
    Ok(())
}

/// Has `rbook` read the copy, as an archive without compression.
fn open(copy: &BTreeMap<String, String>, skip_contents: bool) -> Result<Epub, ImportError> {
    let invalid =
        |error: &dyn std::fmt::Display| ImportError::EpubInvalid { problem: shown(&error.to_string()) };
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (path, text) in copy {
        zip.start_file(path.as_str(), stored).map_err(|error| invalid(&error))?;
        zip.write_all(text.as_bytes()).map_err(|error| invalid(&error))?;
    }
    let bytes = zip.finish().map_err(|error| invalid(&error))?;
    Epub::options().skip_toc(skip_contents).retain_variants(true).read(bytes).map_err(|error| invalid(&error))
}

fn read_manifest(epub: &Epub, archive: &Archive<'_>, package: &mut Package) -> Result<(), ImportError> {
    let folder = path_of(epub.package().directory().as_str());
    for item in epub.manifest().iter() {
        let raw = item.href_raw();
        if raw.as_str().contains("://") {
            continue;
        }
        let path = resolve(&folder, raw.as_str())?;
        if item.properties().has_property("nav") {
            package.navigation = Some(path.clone());
        }
        if !archive.contains(&path) {
            package.missing.push(path);
        }
    }
    let mut seen = HashSet::new();
    for itemref in epub.spine().iter() {
        let item = itemref.manifest_entry().ok_or_else(|| ImportError::EpubInvalid {
            problem: format!(
                "its reading order names “{}”, which is not in its manifest",
                shown(itemref.idref())
            ),
        })?;
        let readable = std::iter::once(item).chain(item.fallbacks().take(8)).find(is_document);
        let path = resolve(&folder, readable.unwrap_or(item).href_raw().as_str())?;
        // A file that comes twice would be translated twice.
        if seen.insert(path.clone()) {
            let linear = itemref.is_linear();
            package.spine.push(SpineItem { path, linear, is_document: readable.is_some() });
        }
    }
    if package.spine.is_empty() {
        return Err(ImportError::EpubInvalid { problem: "its reading order (spine) is empty".to_owned() });
    }
    Ok(())
}

fn is_document(item: &EpubManifestEntry<'_>) -> bool {
    matches!(
        item.media_type(),
        "application/xhtml+xml" | "text/html" | "application/x-dtbook+xml" | "text/x-oeb1-document"
    )
}

fn read_metadata(epub: &Epub, package: &mut Package) {
    let metadata = epub.metadata();
    package.title = metadata.title().map(|title| title.value().to_owned());
    let roles_and_names: Vec<_> = metadata
        .creators()
        .map(|creator| (creator.main_role().map(|role| role.code()), plain_name(creator.value())))
        .collect();
    let authors: Vec<&str> = roles_and_names
        .iter()
        .filter(|(role, _)| role.is_some_and(|role| role.eq_ignore_ascii_case("aut")))
        .map(|(_, name)| name.as_str())
        .collect();
    let first = || roles_and_names.first().map(|(_, name)| name.clone());
    package.author = if authors.is_empty() { first() } else { Some(authors.join(", ")) };
    package.language = metadata.language().map(|language| language.value().to_owned());
}

/// `夏目 漱石` is set with a space for sorting; it is written without one.
fn plain_name(name: &str) -> String {
    let is_cjk =
        |c: &char| matches!(c, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}');
    let mut plain = String::with_capacity(name.len());
    let mut chars = name.trim().chars().peekable();
    while let Some(c) = chars.next() {
        let between =
            plain.chars().next_back().as_ref().is_some_and(is_cjk) && chars.peek().is_some_and(is_cjk);
        if !(between && matches!(c, ' ' | '\u{3000}')) {
            plain.push(c);
        }
    }
    plain
}

fn read_contents(epub: &Epub, package: &mut Package) {
    let versions = [EpubVersion::EPUB3, EpubVersion::EPUB2];
    let tables =
        versions.iter().filter_map(|version| epub.toc().by_kind_version(TocEntryKind::Toc, *version));
    if let Some(table) = tables.into_iter().find(|table| !table.is_empty()) {
        package.contents = table
            .iter()
            .map(|entry| Entry { label: crate::book::one_line(entry.label()), target: first_target(entry) })
            .collect();
    }
    // The guide of EPUB 2 beside the landmarks of EPUB 3: whichever there is.
    for version in versions {
        let Some(landmarks) = epub.toc().by_kind_version(TocEntryKind::Landmarks, version) else { continue };
        package.landmarks.extend(landmarks.flatten().filter_map(|entry| {
            let types = entry.kind_raw()?.split_whitespace().map(str::to_lowercase).collect();
            Some(Landmark { types, target: target_of(&entry)? })
        }));
    }
}

/// An entry's own place, or its first descendant's: `<span>Part One</span>` has none itself.
fn first_target(entry: EpubTocEntry<'_>) -> Option<Target> {
    target_of(&entry).or_else(|| entry.flatten().find_map(|inner| target_of(&inner)))
}

fn target_of(entry: &EpubTocEntry<'_>) -> Option<Target> {
    let href = entry.href()?;
    let fragment =
        href.fragment().map(|fragment| percent_decode_str(fragment).decode_utf8_lossy().into_owned());
    Some(Target { path: path_of(href.path().as_str()), fragment: fragment.filter(|text| !text.is_empty()) })
}

/// `rbook`'s references start at the container's root and are percent-encoded.
fn path_of(href: &str) -> String {
    percent_decode_str(href.trim_start_matches('/')).decode_utf8_lossy().into_owned()
}

/// The path of a reference from a folder; one that leaves the container is refused.
fn resolve(folder: &str, reference: &str) -> Result<String, ImportError> {
    let unsafe_path = || ImportError::UnsafePath { path: shown(reference) };
    let end = reference.find(['#', '?']).unwrap_or(reference.len());
    let path = percent_decode_str(&reference[..end]).decode_utf8().map_err(|_| unsafe_path())?;
    if path.starts_with('/') || path.contains(['\\', '\0']) {
        return Err(unsafe_path());
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(unsafe_path)?;
            }
            _ => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_stay_inside() {
        assert_eq!(resolve("OPS/x", "../t/%E4%B8%80.xhtml#a").unwrap(), "OPS/t/一.xhtml");
        assert_eq!(resolve("", "./a//b.xhtml?q").unwrap(), "a/b.xhtml");
        for reference in
            ["../../etc/passwd", "/etc/passwd", "..%2f..%2fa", "a\\b", "%2e%2e/%2e%2e/a", "%ff", "a%00"]
        {
            assert_eq!(resolve("OPS", reference).unwrap_err().code(), "unsafe_path", "{reference}");
        }
    }

    #[test]
    fn names_are_written_without_the_sorting_space() {
        assert_eq!(plain_name(" 夏目 漱石 "), "夏目漱石");
        assert_eq!(plain_name("宮沢　賢治"), "宮沢賢治");
        assert_eq!(plain_name("Natsume Sōseki"), "Natsume Sōseki");
    }
}

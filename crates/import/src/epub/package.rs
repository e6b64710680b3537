//! Reads the package of an EPUB: metadata, reading order, table of contents, landmarks. `rbook` parses copies
//! of these few files, made within the limits and without dangerous content.

mod contents;
mod name;

use super::archive::Archive;
use super::charset::{self, Hint};
use super::path::{Files, Reference};
use super::repair::Work;
use super::xml::{self, Kind, Node};
use crate::error::{ImportError, shown};
use crate::limits::Limits;
use crate::warning::Warning;
use name::plain_name;
use percent_encoding::percent_decode_str;
use rbook::Epub;
use rbook::epub::manifest::EpubManifestEntry;
use std::collections::{BTreeMap, HashSet};
use std::io::{Cursor, Read, Seek, Write};
use zip::write::SimpleFileOptions;

pub(super) const CONTAINER: &str = "META-INF/container.xml";
/// Most tables of contents that are read. A book has one or two; each costs memory.
const MOST_TABLES: usize = 4;
const NCX: &str = "application/x-dtbncx+xml";

/// The package; each reference is the path of a file in the archive.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) title: Option<String>,
    pub(super) author: Option<String>,
    pub(super) language: Option<String>,
    pub(super) spine: Vec<SpineItem>,
    /// Tables of contents: the one of EPUB 3 before the one of EPUB 2. None is empty.
    pub(super) tables: Vec<Vec<Entry>>,
    pub(super) landmarks: Vec<Landmark>,
    /// File of the table of contents, if it is XHTML.
    pub(super) navigation: Option<String>,
    /// Files in the manifest that the archive lacks.
    pub(super) missing: Vec<String>,
    /// Files of the reading order that the archive lacks.
    pub(super) lost: Vec<String>,
    /// Files in the manifest, and the package itself.
    pub(super) listed: HashSet<String>,
    /// Faults of the package that were repaired: one clause each.
    pub(super) repairs: Vec<String>,
    pub(super) warnings: Vec<Warning>,
}

/// A file of the reading order.
#[derive(Debug)]
pub(super) struct SpineItem {
    pub(super) path: String,
    pub(super) linear: bool,
    /// Whether the file is XHTML; the reading order may also contain pictures.
    pub(super) is_document: bool,
}

/// An entry of a table of contents.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) label: String,
    pub(super) target: Option<Target>,
    pub(super) inner: Vec<Entry>,
}

/// A place with a meaning: `epub:type`s, or the type in the guide.
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
pub(super) fn read(
    archive: &mut Archive<'_, impl Read + Seek>,
    hint: &Hint,
    limits: &Limits,
    work: &mut Work,
) -> Result<Package, ImportError> {
    let mut package = Package::default();
    let package_path = find_package_path(archive, limits, work, &mut package)?;
    package.listed.insert(package_path.clone());
    let mut copies = Copies { copy: BTreeMap::new(), hint, limits, work };
    copies.copy.insert(CONTAINER.to_owned(), container_of(&package_path));
    copies.add(archive, &package_path, Kind::Description, &mut package)?;
    let epub = copies.open(true)?;
    let files = Files::new(archive, &path_of(epub.package().directory().as_str()));
    read_manifest(&epub, &files, &mut package)?;

    let is_ncx =
        |item: &EpubManifestEntry<'_>| item.media_type() == NCX || item.href().extension() == Some("ncx");
    let tables: Vec<(String, Kind)> = epub
        .manifest()
        .iter()
        .filter(|item| is_ncx(item) || item.properties().has_property("nav"))
        .map(|item| {
            let kind = if is_ncx(&item) { Kind::Description } else { Kind::Page };
            (path_of(item.href().path().as_str()), kind)
        })
        .take(MOST_TABLES)
        .collect();
    let ncx = epub.manifest().iter().find(is_ncx).map(|item| item.id().to_owned());
    drop(epub);
    copies.name_ncx(&package_path, ncx.as_deref());
    for (path, kind) in tables {
        match archive.find(&path) {
            Some(found) => {
                copies.add(archive, &found.path, kind, &mut package)?;
                if found.path != path
                    && let Some(text) = copies.copy.remove(&found.path)
                {
                    // Store it under the name that the package uses.
                    copies.copy.insert(path, text);
                }
            }
            // The missing files are reported; another table or the reading order replaces this one.
            None => {
                copies.copy.insert(path, "<missing/>".to_owned());
            }
        }
    }
    let epub = copies.open(false)?;
    read_metadata(&epub, &mut package);
    let files = Files::new(archive, "");
    contents::read_contents(&epub, &files, &mut package);
    Ok(package)
}

/// Finds the package: where the container says, else the only file that looks like a package.
fn find_package_path(
    archive: &mut Archive<'_, impl Read + Seek>,
    limits: &Limits,
    work: &mut Work,
    package: &mut Package,
) -> Result<String, ImportError> {
    let stated = stated_package_path(archive, limits, work);
    let problem = match stated {
        Ok(path) => match Files::new(archive, "").locate(&path)? {
            Reference::Exact(path) => return Ok(path),
            Reference::Found { path, note } => {
                package.repairs.push(note);
                return Ok(path);
            }
            Reference::Missing(path) => ImportError::EpubFileMissing { path: shown(&path) },
        },
        // No fallback for files made to do harm.
        Err(error)
            if !matches!(
                error,
                ImportError::EpubFileMissing { .. }
                    | ImportError::EpubInvalid { .. }
                    | ImportError::XmlInvalid { .. }
                    | ImportError::EncodingInvalid { .. }
            ) =>
        {
            return Err(error);
        }
        Err(error) => error,
    };
    let is_package = |path: &&str| path.to_lowercase().ends_with(".opf");
    let found =
        archive.paths().filter(is_package).min_by_key(|path| (path.matches('/').count(), path.len(), *path));
    let found = found.ok_or(problem)?.to_owned();
    package.repairs.push(format!("{CONTAINER} does not name the package; {} was taken", shown(&found)));
    Ok(found)
}

fn stated_package_path(
    archive: &mut Archive<'_, impl Read + Seek>,
    limits: &Limits,
    work: &mut Work,
) -> Result<String, ImportError> {
    let container = archive.find(CONTAINER).map_or_else(|| CONTAINER.to_owned(), |found| found.path);
    let bytes = archive.read(&container, limits.package_document_bytes)?;
    let text = charset::decode(bytes, CONTAINER, &Hint::default(), &mut Vec::new())?;
    let show = |found: &mut Option<String>, node: Node<'_>| {
        if let Node::Start(tag) = node
            && found.is_none()
            && tag.name() == "rootfile"
        {
            *found = tag.get("full-path").map(str::to_owned);
        }
    };
    let (found, _) = xml::visit(text, CONTAINER, Kind::Description, (limits, work), |_| None, show)?;
    found.ok_or_else(|| ImportError::EpubInvalid { problem: format!("{CONTAINER} names no package file") })
}

fn container_of(package_path: &str) -> String {
    let path = quick_xml::escape::escape(package_path.replace('%', "%25"));
    format!(
        "<container><rootfiles><rootfile full-path=\"{path}\" \
         media-type=\"application/oebps-package+xml\"/></rootfiles></container>"
    )
}

/// Copies of the few files that describe the EPUB, without content that could harm their parser.
struct Copies<'a> {
    copy: BTreeMap<String, String>,
    hint: &'a Hint,
    limits: &'a Limits,
    work: &'a mut Work,
}

impl Copies<'_> {
    fn add(
        &mut self,
        archive: &mut Archive<'_, impl Read + Seek>,
        path: &str,
        kind: Kind,
        package: &mut Package,
    ) -> Result<(), ImportError> {
        if self.copy.contains_key(path) {
            return Ok(());
        }
        let bytes = archive.read(path, self.limits.package_document_bytes)?;
        let text = charset::decode(bytes, path, self.hint, &mut package.warnings)?;
        let (text, repaired) = xml::sanitize(text, path, kind, (self.limits, &mut *self.work))?;
        if repaired {
            package.warnings.push(super::markup_repaired(path));
        }
        self.copy.insert(path.to_owned(), text);
        Ok(())
    }

    /// Adds the `toc` attribute of EPUB 2 to the reading order if it is missing.
    fn name_ncx(&mut self, package_path: &str, id: Option<&str>) {
        let (Some(id), Some(text)) = (id, self.copy.get_mut(package_path)) else { return };
        let Some(at) = ["<spine", "<opf:spine"].iter().find_map(|tag| Some(text.find(tag)? + tag.len()))
        else {
            return;
        };
        let end = text[at..].find('>').map_or(text.len(), |length| at + length);
        if !text[at..end].contains(" toc=") {
            text.insert_str(at, &format!(" toc=\"{}\"", quick_xml::escape::escape(id)));
        }
    }

    /// Parses the copies with `rbook`, as an uncompressed archive.
    fn open(&self, skip_contents: bool) -> Result<Epub, ImportError> {
        let invalid =
            |error: &dyn std::fmt::Display| ImportError::EpubInvalid { problem: shown(&error.to_string()) };
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for (path, text) in &self.copy {
            zip.start_file(path.as_str(), stored).map_err(|error| invalid(&error))?;
            zip.write_all(text.as_bytes()).map_err(|error| invalid(&error))?;
        }
        let bytes = zip.finish().map_err(|error| invalid(&error))?;
        Epub::options()
            .skip_toc(skip_contents)
            .retain_variants(true)
            .read(bytes)
            .map_err(|error| invalid(&error))
    }
}

fn read_manifest(
    epub: &Epub,
    files: &Files<'_, impl Read + Seek>,
    package: &mut Package,
) -> Result<(), ImportError> {
    for item in epub.manifest().iter() {
        let raw = item.href_raw();
        if raw.as_str().contains("://") || raw.as_str().starts_with("data:") {
            continue;
        }
        let reference = files.locate(raw.as_str())?;
        let path = reference.path().to_owned();
        package.listed.insert(path.clone());
        match reference {
            Reference::Exact(_) => {}
            Reference::Found { note, .. } => package.repairs.push(note),
            Reference::Missing(path) => package.missing.push(path),
        }
        if item.properties().has_property("nav") {
            package.navigation = Some(path);
        }
    }
    read_spine(epub, files, package)?;
    let lost: HashSet<&String> = package.lost.iter().collect();
    package.missing.retain(|path| !lost.contains(path));
    Ok(())
}

fn read_spine(
    epub: &Epub,
    files: &Files<'_, impl Read + Seek>,
    package: &mut Package,
) -> Result<(), ImportError> {
    let mut seen = HashSet::new();
    for itemref in epub.spine().iter() {
        let linear = itemref.is_linear();
        let (reference, is_document) = match itemref.manifest_entry() {
            Some(item) => {
                let readable = std::iter::once(item).chain(item.fallbacks().take(8)).find(is_document);
                (files.locate(readable.unwrap_or(item).href_raw().as_str())?, readable.is_some())
            }
            None => {
                let idref = itemref.idref();
                let named = format!("the reading order names “{}”, which the manifest lacks", shown(idref));
                let Some(path) = files.named_like(idref) else {
                    package.repairs.push(named);
                    continue;
                };
                package.repairs.push(format!("{named}; {} was taken", shown(path)));
                (Reference::Exact(path.to_owned()), true)
            }
        };
        let path = reference.path().to_owned();
        // A file listed twice would be translated twice.
        if seen.insert(path.clone()) {
            if matches!(reference, Reference::Missing(_)) && is_document {
                package.lost.push(path);
            } else {
                package.spine.push(SpineItem { path, linear, is_document });
            }
        }
    }
    match (package.spine.iter().any(|item| item.is_document), package.lost.first()) {
        (false, Some(path)) => Err(ImportError::EpubFileMissing { path: shown(path) }),
        _ if package.spine.is_empty() => {
            Err(ImportError::EpubInvalid { problem: "its reading order (spine) is empty".to_owned() })
        }
        _ => Ok(()),
    }
}

fn is_document(item: &EpubManifestEntry<'_>) -> bool {
    const ENDINGS: &[&str] = &["xhtml", "html", "htm", "xht"];
    let media_type = item.media_type();
    matches!(
        media_type,
        "application/xhtml+xml" | "text/html" | "application/x-dtbook+xml" | "text/x-oeb1-document"
    ) || (!media_type.starts_with("image/")
        && item
            .href()
            .extension()
            .is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str())))
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

/// Converts an `rbook` reference, which starts at the container's root and is percent-encoded.
fn path_of(href: &str) -> String {
    percent_decode_str(href.trim_start_matches('/')).decode_utf8_lossy().into_owned()
}

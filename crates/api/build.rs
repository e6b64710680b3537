//! With the feature `embed`: compresses `frontend/dist` and writes a table of it for `include!`.
//!
//! Trunk names a file by what it was before wasm-opt worked on it, so other bytes can come out under the same
//! name. Each file is therefore known here by the hash of its bytes, and `index.html` asks for it as
//! `name?v=<hash>`: that address, and no other, may be cached for ever.

#[cfg(feature = "embed")]
fn main() -> std::io::Result<()> {
    embed::write_table()
}

#[cfg(not(feature = "embed"))]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
}

#[cfg(feature = "embed")]
mod embed {
    use sha2::{Digest, Sha256};
    use std::fmt::Write as _;
    use std::io::{Result, Write as _};
    use std::path::{Path, PathBuf};
    use std::{env, fs};

    pub(crate) fn write_table() -> Result<()> {
        println!("cargo:rerun-if-changed=build.rs");
        let dist = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../frontend/dist");
        // Cargo only watches what is there.
        fs::create_dir_all(&dist)?;
        println!("cargo:rerun-if-changed={}", dist.display());
        let out = PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("web");
        let _ = fs::remove_dir_all(&out);
        fs::create_dir_all(&out)?;

        let mut files = Vec::new();
        collect(&dist, &dist, &mut files)?;
        files.sort();
        if !files.iter().any(|(name, _)| name == "index.html") {
            println!("cargo:warning=frontend/dist has no index.html: this build will have no web app");
        }
        let mut index: Vec<(String, Vec<u8>)> = Vec::new();
        let mut table = String::from("&[\n");
        let hashes: Vec<(String, String)> =
            files.iter().map(|(name, bytes)| (name.clone(), hash(bytes))).collect();
        for (name, bytes) in files {
            if name == "index.html" {
                index.push((name, versioned(&bytes, &hashes)));
            } else {
                write_entry(&mut table, &out, &name, &bytes)?;
            }
        }
        for (name, bytes) in index {
            write_entry(&mut table, &out, &name, &bytes)?;
        }
        table.push_str("]\n");
        fs::write(out.join("table.rs"), table)
    }

    fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            // Trunk works in a folder `.stage`.
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
                continue;
            }
            if path.is_dir() {
                collect(root, &path, files)?;
            } else if let Ok(name) = path.strip_prefix(root) {
                files.push((name.to_string_lossy().replace('\\', "/"), fs::read(&path)?));
            }
        }
        Ok(())
    }

    fn hash(bytes: &[u8]) -> String {
        hex::encode(&Sha256::digest(bytes)[..10])
    }

    /// The page, with every address of a file of ours followed by its hash.
    fn versioned(page: &[u8], hashes: &[(String, String)]) -> Vec<u8> {
        let mut page = String::from_utf8_lossy(page).into_owned();
        for (name, hash) in hashes {
            // What may end an address: minified attributes have no quotes.
            for end in ['"', '\'', ' ', '>'] {
                page = page.replace(&format!("/{name}{end}"), &format!("/{name}?v={hash}{end}"));
            }
        }
        page.into_bytes()
    }

    fn write_entry(table: &mut String, out: &Path, name: &str, bytes: &[u8]) -> Result<()> {
        let stem = out.join(hash(name.as_bytes()));
        let save = |ending: &str, bytes: &[u8]| -> Result<String> {
            let path = stem.with_extension(ending);
            fs::write(&path, bytes)?;
            Ok(format!("include_bytes!({path:?})"))
        };
        // What does not shrink by a tenth is sent as it is.
        let worth = |packed: &[u8]| packed.len() * 10 < bytes.len() * 9;
        let (brotli, gzip) = (brotli(bytes)?, gzip(bytes)?);
        let optional = |ending: &str, packed: &[u8]| -> Result<String> {
            Ok(if worth(packed) { format!("Some({})", save(ending, packed)?) } else { "None".to_owned() })
        };
        let line = writeln!(
            table,
            "Embedded {{ name: {name:?}, hash: {:?}, plain: {}, brotli: {}, gzip: {} }},",
            hash(bytes),
            save("plain", bytes)?,
            optional("br", &brotli)?,
            optional("gz", &gzip)?,
        );
        line.map_err(std::io::Error::other)
    }

    fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
        // For a release the highest quality, which unoptimised would take minutes; the window is the largest that
        // every browser takes.
        let quality = if env::var("PROFILE").is_ok_and(|profile| profile == "release") { 11 } else { 3 };
        let mut packed = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, quality, 22);
        packed.write_all(bytes)?;
        Ok(packed.into_inner())
    }

    fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(bytes)?;
        packed.finish()
    }
}

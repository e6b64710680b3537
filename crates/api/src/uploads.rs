//! Uploaded files: on disk while they arrive and, after a preview, for a limited time.
//!
//! The files have no name in any folder: the system removes them when the process ends, however it ends. The
//! store bounds their bytes and their number. When it needs room, it removes the least recently used files:
//! first those of the user who needs the room, then those of everyone.

use crate::error::{ApiError, ApiResult};
use actix_web::web;
use colophon_domain::Actor;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep_until};

/// How many files are kept after their previews. Each is an open file of the process.
const KEPT: usize = 200;
/// How many of them one user or token may have.
const KEPT_OF_ONE: usize = 50;
/// Maximum length of a stored file name, in code points. Its end is kept, because that has the extension.
const NAME_MAX: usize = 255;

/// Options of imports.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImportOptions {
    /// Maximum size of a text or Markdown file, in bytes.
    pub text_bytes: u64,
    /// Maximum size of an EPUB, in bytes.
    pub epub_bytes: u64,
    /// Maximum disk space for uploaded files, in bytes; half of it for one user or token. It counts as at
    /// least the larger of the two limits above.
    pub upload_bytes: u64,
    /// The folder for uploaded files; by default the system's folder for temporary files.
    pub upload_folder: Option<PathBuf>,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            text_bytes: colophon_contract::rule::TEXT_FILE_MAX_BYTES,
            epub_bytes: colophon_contract::rule::EPUB_FILE_MAX_BYTES,
            upload_bytes: 512 * 1000 * 1000,
            upload_folder: None,
        }
    }
}

impl ImportOptions {
    /// Returns the maximum size of any file, in bytes.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.text_bytes.max(self.epub_bytes)
    }

    /// Returns the limits of one import.
    #[must_use]
    pub fn limits(&self) -> colophon_import::Limits {
        colophon_import::Limits {
            text_bytes: self.text_bytes,
            epub_bytes: self.epub_bytes,
            ..colophon_import::Limits::default()
        }
    }
}

/// A user or token: whether it is a token, and its id.
type Owner = (bool, Option<i64>);

fn owner_of(actor: &Actor) -> Owner {
    (actor.token.is_some(), actor.author.id)
}

/// The uploaded files of this server.
pub(crate) struct Uploads(Arc<Store>);

struct Store {
    folder: PathBuf,
    /// Maximum bytes: in all, and of one owner.
    budget: (u64, u64),
    lifetime: Duration,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// The least recently used file comes first.
    kept: Vec<Kept>,
    /// Bytes on disk of kept files and of files in use.
    bytes: u64,
    bytes_of: HashMap<Owner, u64>,
    is_swept: bool,
}

struct Kept {
    id: String,
    owner: Owner,
    file: Arc<UploadedFile>,
    used_at: Instant,
}

impl Held {
    fn bytes_of(&self, owner: Owner) -> u64 {
        self.bytes_of.get(&owner).copied().unwrap_or_default()
    }

    fn oldest_of(&self, owner: Owner) -> Option<usize> {
        self.kept.iter().position(|kept| kept.owner == owner)
    }

    fn position(&self, owner: Owner, id: &str) -> Option<usize> {
        self.kept.iter().position(|kept| kept.owner == owner && kept.id == id)
    }
}

impl Uploads {
    /// Returns an empty store.
    pub(crate) fn new(options: &ImportOptions, lifetime: Duration) -> Self {
        let in_all = options.upload_bytes.max(options.file_bytes());
        let of_one = (in_all / 2).max(options.file_bytes());
        let folder = options.upload_folder.clone().unwrap_or_else(std::env::temp_dir);
        Self(Arc::new(Store { folder, budget: (in_all, of_one), lifetime, held: Mutex::default() }))
    }

    /// Creates the file for an upload of `actor`.
    ///
    /// # Errors
    /// `internal` if the file cannot be created in the folder.
    pub(crate) async fn begin(&self, actor: &Actor) -> ApiResult<Incoming> {
        let folder = self.0.folder.clone();
        let file = web::block(move || tempfile::tempfile_in(folder)).await.map_err(ApiError::internal)?;
        let file = file.map_err(|error| unwritable(&error))?;
        let space = Space { store: self.0.clone(), owner: owner_of(actor), bytes: 0 };
        Ok(Incoming { file: tokio::fs::File::from_std(file), hash: Sha256::new(), space })
    }

    /// Keeps a file for its owner. Returns the id for [`Uploads::find`].
    ///
    /// # Errors
    /// `internal` if the system has no random bytes.
    pub(crate) fn keep(&self, file: Arc<UploadedFile>) -> ApiResult<String> {
        let id = colophon_domain::random_secret()?;
        let owner = file.space.owner;
        let mut forgotten = Vec::new();
        let mut held = self.0.lock();
        while held.kept.iter().filter(|kept| kept.owner == owner).count() >= KEPT_OF_ONE {
            let Some(oldest) = held.oldest_of(owner) else { break };
            forgotten.push(held.kept.remove(oldest));
        }
        if held.kept.len() >= KEPT {
            forgotten.push(held.kept.remove(0));
        }
        held.kept.push(Kept { id: id.clone(), owner, file, used_at: Instant::now() });
        let must_sweep = !std::mem::replace(&mut held.is_swept, true);
        drop(held);
        if must_sweep {
            tokio::spawn(sweep(Arc::downgrade(&self.0)));
        }
        Ok(id)
    }

    /// Returns a file that `actor` uploaded, and restarts its lifetime.
    pub(crate) fn find(&self, actor: &Actor, id: &str) -> Option<Arc<UploadedFile>> {
        let mut held = self.0.lock();
        let position = held.position(owner_of(actor), id)?;
        let mut kept = held.kept.remove(position);
        if kept.used_at.elapsed() >= self.0.lifetime {
            drop(held);
            return None;
        }
        kept.used_at = Instant::now();
        let file = kept.file.clone();
        held.kept.push(kept);
        Some(file)
    }

    /// Removes a file that `actor` uploaded.
    pub(crate) fn forget(&self, actor: &Actor, id: &str) {
        let mut held = self.0.lock();
        let forgotten = held.position(owner_of(actor), id).map(|position| held.kept.remove(position));
        // Unlock first: dropping the last reference to a file releases its space, which takes the same lock.
        drop(held);
        drop(forgotten);
    }
}

impl Store {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes `bytes` for `owner`, removing kept files if necessary.
    fn take(&self, owner: Owner, bytes: u64) -> ApiResult<()> {
        let (in_all, of_one) = self.budget;
        loop {
            let mut held = self.lock();
            let own = held.bytes_of(owner);
            let oldest = if own + bytes > of_one {
                held.oldest_of(owner)
            } else if held.bytes + bytes > in_all {
                (!held.kept.is_empty()).then_some(0)
            } else {
                held.bytes += bytes;
                held.bytes_of.insert(owner, own + bytes);
                return Ok(());
            };
            // Only files in use are left.
            let Some(oldest) = oldest else { return Err(ApiError::Busy) };
            let forgotten = held.kept.remove(oldest);
            drop(held);
            drop(forgotten);
        }
    }

    fn give_back(&self, owner: Owner, bytes: u64) {
        let mut held = self.lock();
        held.bytes -= bytes;
        let left = held.bytes_of(owner) - bytes;
        if left == 0 {
            held.bytes_of.remove(&owner);
        } else {
            held.bytes_of.insert(owner, left);
        }
    }

    /// Removes the expired files. Returns them and the time when the next one expires; `None` if none is
    /// left.
    fn take_expired(&self) -> (Vec<Kept>, Option<Instant>) {
        let mut held = self.lock();
        let now = Instant::now();
        // The oldest come first.
        let fresh = held.kept.iter().position(|kept| kept.used_at + self.lifetime > now);
        let count = fresh.unwrap_or(held.kept.len());
        let expired = held.kept.drain(..count).collect();
        let next = held.kept.first().map(|kept| kept.used_at + self.lifetime);
        held.is_swept = next.is_some();
        (expired, next)
    }
}

/// Removes files as they expire, until none is left.
async fn sweep(store: Weak<Store>) {
    while let Some(held) = store.upgrade() {
        let (expired, next) = held.take_expired();
        drop(expired);
        drop(held);
        let Some(next) = next else { return };
        sleep_until(next).await;
    }
}

/// Bytes on disk of one owner, released when dropped.
struct Space {
    store: Arc<Store>,
    owner: Owner,
    bytes: u64,
}

impl Space {
    fn grow(&mut self, bytes: u64) -> ApiResult<()> {
        self.store.take(self.owner, bytes)?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        self.store.give_back(self.owner, self.bytes);
    }
}

/// A file that is being uploaded.
pub(crate) struct Incoming {
    file: tokio::fs::File,
    hash: Sha256,
    space: Space,
}

impl Incoming {
    /// Returns the number of bytes received so far.
    pub(crate) fn len(&self) -> u64 {
        self.space.bytes
    }

    /// Appends received bytes.
    ///
    /// # Errors
    /// `busy` if there is no room; `internal` if the disk fails.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> ApiResult<()> {
        self.space.grow(bytes.len() as u64)?;
        self.hash.update(bytes);
        self.file.write_all(bytes).await.map_err(|error| unwritable(&error))
    }

    /// Returns the complete file, with the name that its sender gave.
    ///
    /// # Errors
    /// As [`Incoming::write`].
    pub(crate) async fn finish(mut self, name: Option<&str>) -> ApiResult<UploadedFile> {
        self.file.flush().await.map_err(|error| unwritable(&error))?;
        let file = self.file.into_std().await;
        let name = name.map(|name| {
            let skipped = name.chars().count().saturating_sub(NAME_MAX);
            name.chars().skip(skipped).collect()
        });
        let sha256 = hex::encode(self.hash.finalize());
        Ok(UploadedFile { file, name, sha256, space: self.space })
    }
}

/// Logs a full disk for the operator and returns `busy`, because there may be room again soon.
fn unwritable(error: &io::Error) -> ApiError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            tracing::error!(%error, "no room for an uploaded file");
            ApiError::Busy
        }
        _ => ApiError::Internal(format!("an uploaded file cannot be written: {error}").into()),
    }
}

/// A file that was received completely.
pub(crate) struct UploadedFile {
    file: File,
    /// The end of the name that its sender gave.
    pub(crate) name: Option<String>,
    /// SHA-256 in hexadecimal digits.
    pub(crate) sha256: String,
    space: Space,
}

impl UploadedFile {
    /// Returns the length in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.space.bytes
    }

    /// Returns a reader at the start of the file. Several readers are independent of each other.
    pub(crate) fn reader(self: &Arc<Self>) -> impl Read + Seek + use<> {
        const BUFFER: usize = 64 * 1024;
        BufReader::with_capacity(BUFFER, Reader { of: self.clone(), position: 0 })
    }
}

struct Reader {
    of: Arc<UploadedFile>,
    position: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.of.file.read_at(buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.of.space.bytes.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests;

//! The hashes by which the history is verified.

use crate::{Error, Result, hash::canonical_sha256};
use colophon_contract::{Author, JsonObject, PromptVersion, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The content of `content_hash`: every member, whatever its value.
#[derive(Serialize)]
struct Hashed<'a> {
    prompt_id: i64,
    number: i32,
    model: &'a str,
    template: &'a str,
    parameters: &'a JsonObject,
    note: &'a str,
    author: &'a Author,
    restored_from: Option<i32>,
    created_at: &'a Timestamp,
}

/// Returns the hexadecimal SHA-256 of the RFC 8785 JSON of `{prompt_id, number, model, template, parameters,
/// note, author {kind, id, name}, restored_from, created_at}`. Reads nothing else of `version`.
///
/// # Errors
/// Internal; does not occur, because every version has that JSON.
pub fn content_hash(version: &PromptVersion) -> Result<String> {
    let hashed = Hashed {
        prompt_id: version.prompt_id,
        number: version.number,
        model: &version.model,
        template: &version.template,
        parameters: &version.parameters,
        note: &version.note,
        author: &version.author,
        restored_from: version.restored_from,
        created_at: &version.created_at,
    };
    canonical_sha256(&hashed)
}

/// Returns the hexadecimal SHA-256 of the previous chain hash (32 zero bytes for version 1) followed by
/// `content_hash`, both as bytes.
///
/// # Errors
/// Internal, if a stored hash is malformed.
pub fn chain_hash(previous: Option<&str>, content_hash: &str) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(previous.map_or(Ok([0; 32]), bytes)?);
    hash.update(bytes(content_hash)?);
    Ok(hex::encode(hash.finalize()))
}

fn bytes(hash: &str) -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(hash, &mut bytes).map_err(|e| Error::internal(format!("stored hash: {e}")))?;
    Ok(bytes)
}

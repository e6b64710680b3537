//! Examples of verifications: one without faults, one with.

use colophon_contract::*;

pub(super) fn prompt() -> PromptVerification {
    let head = ChainHead {
        number: 3,
        content_hash: "0b2e3d".repeat(11)[..64].into(),
        chain_hash: "9f41c7".repeat(11)[..64].into(),
    };
    PromptVerification {
        work_id: 1,
        prompt_id: 1,
        verified: true,
        versions: 3,
        head: Some(head),
        mismatch: None,
    }
}

pub(super) fn translation() -> TranslationVerification {
    let place = MismatchPlace {
        version_number: Some(1),
        translation_id: Some(1),
        position: Some(2),
        attempt_id: Some(5),
        event: None,
    };
    let code = MismatchCode::ResponseHash;
    let mismatch = Mismatch {
        code,
        place,
        expected: Some("5d41a8".repeat(11)[..64].into()),
        found: Some("c3fcd3".repeat(11)[..64].into()),
        detail: code.meaning().into(),
    };
    TranslationVerification {
        translation_id: 1,
        verified: false,
        segments: 3,
        attempts: 1,
        events: 0,
        mismatch: Some(mismatch),
        unverifiable: Vec::new(),
    }
}

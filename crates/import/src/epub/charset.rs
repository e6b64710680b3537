//! Decodes the files in an EPUB, whose encodings are marked, declared, chosen or guessed.

use crate::encoding;
use crate::error::{ImportError, shown};
use crate::warning::{Warning, WarningCode};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

/// Hints for the encoding of files that declare none.
#[derive(Debug, Clone, Default)]
pub(super) struct Hint {
    /// The choice of the importing person.
    pub(super) chosen: Option<&'static Encoding>,
    /// The language of the book, from the package.
    pub(super) language: Option<String>,
}

/// Decodes a file. The encoding is the one of the byte order mark, else the declared one, else the chosen one,
/// else UTF-8 if valid, else a guess. Up to 1 % of undecodable sequences become U+FFFD. Guesses and
/// replacements cause warnings.
pub(super) fn decode(
    bytes: Vec<u8>,
    path: &str,
    hint: &Hint,
    warnings: &mut Vec<Warning>,
) -> Result<String, ImportError> {
    let text = decode_text(bytes, path, hint, warnings)?;
    if text.contains('\0') {
        return Err(ImportError::NulCharacter { place: shown(path) });
    }
    Ok(text)
}

fn decode_text(
    bytes: Vec<u8>,
    path: &str,
    hint: &Hint,
    warnings: &mut Vec<Warning>,
) -> Result<String, ImportError> {
    let marked = Encoding::for_bom(&bytes);
    let declared = declared(&bytes).filter(|_| marked.is_none());
    // Most encodings accept any bytes, but well-formed UTF-8 is hardly ever another encoding.
    if declared.is_some_and(|encoding| encoding != UTF_8 && is_certain_utf_8(&bytes, encoding)) {
        let detail = format!("{} was read as UTF-8; check that it is right.", shown(path));
        warnings.push(Warning::new(WarningCode::EncodingGuessed, detail).in_file(path));
        return Ok(UTF_8.decode_without_bom_handling(&bytes).0.into_owned());
    }
    let stated = marked.map(|(encoding, _)| encoding).or(declared).or(hint.chosen);
    let encoding = stated.or_else(|| unmarked_utf_16(&bytes)).unwrap_or(UTF_8);
    let skipped = marked.map_or(0, |(_, length)| length);
    // The most frequent case needs no copy.
    let bytes = if encoding == UTF_8 && skipped == 0 {
        match String::from_utf8(bytes) {
            Ok(text) => return Ok(text),
            Err(error) => error.into_bytes(),
        }
    } else {
        bytes
    };
    let content = &bytes[skipped..];
    if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(content) {
        return Ok(text.into_owned());
    }
    if marked.is_none() {
        let guess = if std::str::from_utf8(content).is_ok() { UTF_8 } else { guess(content, hint) };
        let damaged = encoding == UTF_8 && is_nearly_utf_8(content);
        if !damaged
            && guess != encoding
            && let Some(text) = guess.decode_without_bom_handling_and_without_replacement(content)
        {
            let detail = format!("{} was read as {}; check that it is right.", shown(path), guess.name());
            warnings.push(Warning::new(WarningCode::EncodingGuessed, detail).in_file(path));
            return Ok(text.into_owned());
        }
    }
    let (text, damage) = encoding::decode_within(encoding, content, &shown(path))?;
    warnings.extend(damage.map(|damage| encoding::damaged(damage, encoding.name()).in_file(path)));
    Ok(text)
}

/// Returns the encoding in the XML declaration, else in a `<meta>` of the head.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    const HEAD: usize = 2048;
    let head: String = bytes[..bytes.len().min(HEAD)].iter().map(|byte| char::from(*byte)).collect();
    let in_declaration = head.starts_with("<?xml").then(|| head.find("?>")).flatten();
    let label = in_declaration.and_then(|end| label_after(&head[..end], "encoding")).or_else(|| {
        let lower = head.to_ascii_lowercase();
        let meta = lower.match_indices("<meta").find_map(|(at, _)| {
            let tag = &lower[at..];
            label_after(&tag[..tag.find('>')?], "charset").map(str::to_owned)
        });
        meta.map(|label| head_label(&label))
    })?;
    // A UTF-16 label is wrong here: the label itself was read as ASCII.
    Encoding::for_label(label.as_bytes()).filter(|encoding| encoding.is_ascii_compatible())
}

fn head_label(label: &str) -> &'static str {
    Encoding::for_label(label.as_bytes()).map_or("", Encoding::name)
}

/// Returns the value in `name = "value"` or `name=value`.
fn label_after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let value = text.split_once(name)?.1.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| matches!(c, '"' | '\'' | ';' | '/') || c.is_whitespace());
    Some(&value[..end.unwrap_or(value.len())])
}

/// Detects UTF-16 markup: it begins with `<` and a zero byte, in either order.
fn unmarked_utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<', 0, _, 0, ..] => Some(UTF_16LE),
        [0, b'<', 0, _, ..] => Some(UTF_16BE),
        _ => None,
    }
}

fn guess(bytes: &[u8], hint: &Hint) -> &'static Encoding {
    const DOMAINS: &[(&str, &str)] = &[("ja", "jp"), ("zh", "cn"), ("ko", "kr"), ("en", "com"), ("uk", "ua")];
    let language = hint.language.as_deref().unwrap_or_default().to_ascii_lowercase();
    let main = language.split(['-', '_']).next().unwrap_or_default();
    let domain = match language.as_str() {
        "zh-tw" | "zh-hant" | "zh-hk" => Some("tw"),
        _ => DOMAINS
            .iter()
            .find(|(name, _)| *name == main)
            .map(|(_, domain)| *domain)
            .or_else(|| (main.len() == 2).then_some(main)),
    };
    let domain = domain.filter(|domain| domain.bytes().all(|byte| byte.is_ascii_lowercase()));
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let guess = detector.guess(domain.map(str::as_bytes), Utf8Detection::Deny);
    if guess == GBK { GB18030 } else { guess }
}

/// Returns whether bytes are valid UTF-8 in more places than text in another encoding would be by chance.
fn is_certain_utf_8(bytes: &[u8], declared: &'static Encoding) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let (mut short, mut long) = (0, 0);
    for c in text.chars().filter(|c| !c.is_ascii()) {
        if c.len_utf8() == 2 {
            short += 1
        } else {
            long += 1
        }
        if long >= 2 || short >= 8 {
            return true;
        }
    }
    // In two-byte encodings of East Asia, two characters may look like UTF-8.
    declared.is_single_byte() && short + long >= 2
}

/// Returns whether more than nine tenths of the bytes beyond ASCII belong to well-formed UTF-8 sequences.
fn is_nearly_utf_8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| !byte.is_ascii()).count();
        bad += chunk.invalid().len();
    }
    good > bad * 9
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{EUC_KR, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};

    fn read(bytes: &[u8], language: &str) -> (Result<String, ImportError>, Vec<&'static str>) {
        let hint = Hint { chosen: None, language: Some(language.to_owned()) };
        let mut warnings = Vec::new();
        let text = decode(bytes.to_vec(), "a.xhtml", &hint, &mut warnings);
        (text, warnings.iter().map(|warning| warning.code.as_str()).collect())
    }

    #[test]
    fn declared_encodings_count() {
        for (head, encoding) in [
            ("<?xml version='1.0' encoding='Shift_JIS'?>", SHIFT_JIS),
            ("<html><head><META CHARSET=euc-kr></head>", EUC_KR),
            (
                "<html><meta http-equiv='content-type' content='text/html; charset=windows-1252'/>",
                WINDOWS_1252,
            ),
            ("<meta name='a' content='b'/><meta charset=\"windows-1251\"/>", WINDOWS_1251),
        ] {
            let body = match encoding.name() {
                "Shift_JIS" => "本文が続く",
                "EUC-KR" => "본문",
                "windows-1252" => "café “quoted”",
                _ => "текст",
            };
            let text = format!("{head}{body}");
            let (bytes, _, lossy) = encoding.encode(&text);
            assert!(!lossy);
            assert_eq!(read(&bytes, "en"), (Ok(text.clone()), vec![]), "{head}");
        }
    }

    #[test]
    fn wrong_or_absent_declarations_are_seen_through() {
        let russian = "<p>Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.</p>";
        let (bytes, ..) = WINDOWS_1251.encode(russian);
        assert_eq!(read(&bytes, "ru"), (Ok(russian.to_owned()), vec!["encoding_guessed"]));
        let claimed = format!("<?xml version='1.0' encoding='utf-8'?>{russian}");
        let (bytes, ..) = WINDOWS_1251.encode(&claimed);
        assert_eq!(read(&bytes, "ru"), (Ok(claimed.clone()), vec!["encoding_guessed"]));
        let korean = "<p>그는 열쇠를 돌려 문을 열었다. 아무도 없었다. 그래서 그는 집으로 돌아갔다.</p>";
        let (bytes, ..) = EUC_KR.encode(korean);
        assert_eq!(read(&bytes, "ko-KR").0, Ok(korean.to_owned()));
        let japanese = "<?xml version='1.0' encoding='Shift_JIS'?><p>実は UTF-8 である。</p>";
        assert_eq!(read(japanese.as_bytes(), "ja").0, Ok(japanese.to_owned()));
        let unmarked: Vec<u8> = "<p>あ</p>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&unmarked, "ja").0, Ok("<p>あ</p>".to_owned()));
    }

    #[test]
    fn a_little_damage_is_replaced_and_much_is_refused() {
        let mut bytes = format!("<p>{}</p>\n<p>", "本文が続く。".repeat(50)).into_bytes();
        bytes.extend(b"\xff</p>");
        let (text, codes) = read(&bytes, "ja");
        assert!(text.unwrap().ends_with("<p>\u{fffd}</p>"));
        assert_eq!(codes, ["encoding_damaged"]);
        assert_eq!(read(b"\xef\xbb\xbf<a>\xff</a>", "").0.unwrap_err().code(), "encoding_invalid");
        assert_eq!(read(b"<a>\0</a>", "").0.unwrap_err().code(), "nul_character");
    }
}

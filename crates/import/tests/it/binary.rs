//! Files that are no text, whatever their names say.

use crate::import;
use colophon_import::{Limits, Options};
use std::io::Cursor;

/// Bytes by chance, the same each time.
fn noise(count: usize) -> impl Iterator<Item = u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    })
    .take(count)
}

#[test]
fn what_is_no_text_is_refused() {
    let png = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), noise(400).collect()].concat();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("0xFF over and over", vec![0xff; 400]),
        ("0x80 over and over", vec![0x80; 400]),
        ("0xE0 over and over", vec![0xe0; 400]),
        ("0xB0 over and over", vec![0xb0; 400]),
        ("byte order marks", b"\xfe\xff".repeat(200)),
        ("the other byte order marks", b"\xff\xfe".repeat(200)),
        ("any bytes", noise(4000).collect()),
        ("few bytes", noise(200).collect()),
        ("bytes without zero", noise(4000).filter(|byte| *byte != 0).collect()),
        ("high bytes", noise(4000).map(|byte| byte | 0x80).collect()),
        ("higher bytes", noise(4000).filter(|byte| *byte >= 0xa1).collect()),
        ("control characters", noise(4000).map(|byte| byte & 0x1f).collect()),
        ("a picture", png),
        ("a picture of another kind", [b"GIF89a\x01\0\x01\0".to_vec(), noise(400).collect()].concat()),
        ("an archive", [b"PK\x03\x04".to_vec(), noise(400).collect()].concat()),
        ("a Kindle book", [vec![0; 60], b"BOOKMOBI".to_vec(), noise(400).collect()].concat()),
    ];
    for (what, bytes) in files {
        for name in ["a.txt", "a.md"] {
            let error = import(name, &bytes).map(|book| (book.encoding, book.title)).unwrap_err();
            let codes = [
                "encoding_unknown",
                "encoding_invalid",
                "unsupported_file_type",
                "epub_invalid",
                "no_text",
                "nul_character",
            ];
            assert!(codes.contains(&error.code()), "{what}: {error}");
            assert!(error.detail().ends_with('.'), "{what}: {error}");
        }
    }
}

#[test]
fn texts_that_begin_like_other_files_are_texts() {
    for start in ["RIFF was the name of the dog.", "BZh is not a word.", "ID3 was the house’s number."] {
        let text = format!("{start}\n\nIt was late, and the rain had not stopped since the morning.\n");
        assert!(import("a.txt", text.as_bytes()).is_ok(), "{start}");
    }
}

#[test]
fn texts_in_old_encodings_are_still_texts() {
    use encoding_rs::{
        BIG5, EUC_KR, GB18030, SHIFT_JIS, WINDOWS_874, WINDOWS_1251, WINDOWS_1252, WINDOWS_1256,
    };
    for (encoding, text) in [
        (GB18030, "沈砚把灯吹灭，院子里只剩下雨声，外面的风又大了一些。“明早出发。”他说，没有回头。\n"),
        // Traditional characters in the encoding of the mainland.
        (GB18030, "沈硯把燈吹滅，院子裡只剩下雨聲，外面的風又大了一些。「明早出發。」他說，沒有回頭。\n"),
        (BIG5, "沈硯把燈吹滅，院子裡只剩下雨聲，外面的風又大了一些。「明早出發。」他說，沒有回頭。\n"),
        (EUC_KR, "그는 열쇠를 돌려 문을 열었다. 아무도 없었다. 그래서 그는 집으로 돌아갔다.\n"),
        (SHIFT_JIS, "彼は灯りを消した。庭には雨の音だけが残り、外の風は少し強くなっていた。\n"),
        (WINDOWS_1251, "Дождь не прекращался с самого утра, и никто в доме не хотел выходить.\n"),
        (WINDOWS_1252, "La pluie n’avait pas cessé depuis le matin, et personne ne voulait sortir de là.\n"),
        (WINDOWS_1256, "لم يتوقف المطر منذ الصباح ولم يرغب أحد في البيت في الخروج\n"),
        (WINDOWS_874, "ในคืนนั้นฝนตกหนักมากจนเขาไม่ได้ยินเสียงใคร\n"),
    ] {
        let (bytes, _, lossy) = encoding.encode(text);
        assert!(!lossy, "{text}");
        // Without its language, Thai is told from Big5 by nothing: it is refused rather than misread.
        let language = (encoding == WINDOWS_874).then(|| "th".to_owned());
        let options = Options { language, ..Options::default() };
        let bytes = bytes.repeat(20);
        let book = colophon_import::import(Some("a.txt"), Cursor::new(bytes), &options, &Limits::default());
        assert_eq!(book.unwrap().encoding, Some(encoding.name()));
    }
}

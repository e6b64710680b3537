//! Tests of chapter names without a number, in many languages.

use super::{PROSE, chapters};

/// Names without a number, each with the headings before and after it.
const NAMES: &[(&str, [&str; 2])] = &[
    // Korean
    ("외전. 안개", ["[2화]", "[3화]"]),
    ("외전 1. 안개", ["[2화]", "[3화]"]),
    ("외전: 안개", ["2화", "3화"]),
    ("외전 - 안개", ["2화", "3화"]),
    ("외전_안개", ["2화", "3화"]),
    ("외전 #2", ["2화", "3화"]),
    ("외전(1)", ["2화", "3화"]),
    ("[외전] 안개", ["[2화]", "[3화]"]),
    ("[외전. 안개]", ["[2화]", "[3화]"]),
    ("번외편. 겨울의 집", ["2화. 길", "3화. 문"]),
    ("특별 외전 1화", ["2화", "3화"]),
    ("사이드 스토리. 리나", ["2화", "3화"]),
    ("프롤로그. 안개", ["1화", "2화"]),
    ("에필로그 – 봄", ["2화", "3화"]),
    ("작가 후기", ["2화", "3화"]),
    // Chinese
    ("番外. 雪", ["第二章", "第三章"]),
    ("番外·旧梦", ["第二章 甲", "第三章 乙"]),
    ("番外-1 雪", ["第二章 甲", "第三章 乙"]),
    ("番外（一）", ["第二章 甲", "第三章 乙"]),
    ("番外之雪夜", ["第二章 甲", "第三章 乙"]),
    ("新年番外：雪", ["第二章 甲", "第三章 乙"]),
    ("楔子 雨夜", ["第一章 甲", "第二章 乙"]),
    ("外传：旧梦", ["第二章 甲", "第三章 乙"]),
    ("尾声·归程", ["第二章 甲", "第三章 乙"]),
    // Japanese
    ("番外編・霧", ["第2話", "第3話"]),
    ("番外編－霧", ["第2話", "第3話"]),
    ("番外編その一　霧", ["第2話", "第3話"]),
    ("閑話．霧の夜", ["第2話", "第3話"]),
    ("外伝『霧』", ["第2話", "第3話"]),
    ("幕間　霧の夜", ["第2話", "第3話"]),
    ("プロローグ／霧", ["第1話", "第2話"]),
    ("クリスマス番外編", ["第2話", "第3話"]),
    ("後日談１", ["第2話", "第3話"]),
    // English
    ("Side Story. Rain", ["Chapter 2", "Chapter 3"]),
    ("Side Story 2 – Rain", ["Chapter 2", "Chapter 3"]),
    ("Extra: Rain", ["Chapter 2", "Chapter 3"]),
    ("Extra 1. Rain", ["Chapter 2", "Chapter 3"]),
    ("Prologue. The Rain", ["Chapter 1", "Chapter 2"]),
    ("Prologue The Rain", ["Chapter 1", "Chapter 2"]),
    ("Interlude (II)", ["Chapter 2", "Chapter 3"]),
    ("Interlude — Rain", ["Chapter 2", "Chapter 3"]),
    ("EPILOGUE: RAIN", ["CHAPTER II", "CHAPTER III"]),
    ("Author’s Note", ["Chapter 2", "Chapter 3"]),
    // Others
    ("Пролог. Дождь", ["Глава 1", "Глава 2"]),
    ("Экстра 1. Дождь", ["Глава 2", "Глава 3"]),
    ("Побочная история: дождь", ["Глава 2", "Глава 3"]),
    ("Послесловие", ["Глава 2", "Глава 3"]),
    ("Ngoại truyện 1: Mưa", ["Chương 2", "Chương 3"]),
    ("Ngoại truyện. Mưa", ["Chương 2: Nắng", "Chương 3: Gió"]),
    ("Phiên ngoại – Mưa", ["Chương 2", "Chương 3"]),
    ("Lời bạt", ["Chương 2", "Chương 3"]),
    ("Prólogo. La lluvia", ["Capítulo 1", "Capítulo 2"]),
    ("Capítulo extra: La lluvia", ["Capítulo 2", "Capítulo 3"]),
    ("Epílogo", ["Capítulo 2", "Capítulo 3"]),
    ("Épilogue – La pluie", ["Chapitre 2", "Chapitre 3"]),
    ("Hors-série 1. La pluie", ["Chapitre 2", "Chapitre 3"]),
    ("Avant-propos", ["Chapitre 1", "Chapitre 2"]),
    ("Nachwort. Dank", ["Kapitel 2", "Kapitel 3"]),
    ("Bonuskapitel: Regen", ["2. Kapitel", "3. Kapitel"]),
    ("Interlúdio – A chuva", ["Capítulo 2", "Capítulo 3"]),
    ("Capitolo extra. La pioggia", ["Capitolo 2", "Capitolo 3"]),
    ("Rozdział dodatkowy: Deszcz", ["Rozdział 2", "Rozdział 3"]),
    ("Önsöz", ["Bölüm 1", "Bölüm 2"]),
    ("Özel Bölüm: Yağmur", ["Bölüm 2", "Bölüm 3"]),
    ("Kata Pengantar", ["Bab 1", "Bab 2"]),
    ("ตอนพิเศษ 1", ["ตอนที่ 2", "ตอนที่ 3"]),
    ("مقدمة", ["الفصل 1", "الفصل 2"]),
];

#[test]
fn names_are_found_between_numbers() {
    for (name, [before, after]) in NAMES {
        for (gap, indent) in [("\n", "　　"), ("\n", ""), ("", "　"), ("", "")] {
            let prose = PROSE.map(|line| format!("{indent}{line}\n")).concat();
            let text: String =
                [before, name, after].map(|heading| format!("{gap}{heading}\n{prose}")).concat();
            // Without blank lines or indentation, a name shown only by capitals or an occasion stays prose.
            let plain = gap.is_empty() && indent.is_empty();
            let doubtful =
                ["Prologue The Rain", "番外之雪夜", "新年番外：雪", "クリスマス番外編"].contains(name);
            if !(plain && doubtful) {
                let found = chapters(&text);
                assert_eq!(found.len(), 3, "{name} {gap:?} {indent:?}: {found:?}");
            }
        }
    }
}

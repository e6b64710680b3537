//! Names of chapters without a number: side stories, front matter and back matter.

use super::words::{ByLetter, by_letter, entries_for};
use std::sync::LazyLock;

/// A name of a chapter without a number.
pub(super) struct Name {
    /// The name in lower case.
    pub(super) name: &'static str,
    pub(super) kind: NameKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum NameKind {
    /// Always a chapter: `Prologue`.
    Sure,
    /// A chapter if there are others: `Appendix`.
    Likely,
    /// Needs a number or colon after it: `Special 1`.
    Counted,
}

/// Returns the names of [`NAMES`] that `text` may begin with, the longest first.
pub(super) fn names_for(text: &str) -> &'static [&'static Name] {
    static LETTERS: ByLetter<Name> = LazyLock::new(|| by_letter(NAMES, |name| name.name));
    entries_for(&LETTERS, text)
}

macro_rules! names {
    ($($kind:ident: [$($name:literal),+ $(,)?],)+) => { &[$($(Name { name: $name, kind: NameKind::$kind },)+)+] };
}
/// Names of side stories that may follow an occasion: `新年番外`.
pub(super) const QUALIFIED: &[Name] = names! {
    Likely: ["番外篇", "番外编", "番外編", "番外", "外传", "外傳", "外伝", "外篇", "外编", "외전", "번외"],
};

pub(super) const NAMES: &[Name] = names! {
    // Japanese
    Sure: ["プロローグ", "エピローグ", "序章", "終章", "序幕", "終幕", "幕間", "間章", "閑話休題", "閑話", "まえがき", "前書き", "はしがき"],
    Sure: ["はじめに", "あとがき", "後書き", "おわりに", "番外編", "番外篇", "番外章", "番外", "外伝", "インタールード"],
    Likely: ["間話", "小話", "余談", "挿話", "断章", "おまけ", "特別編", "特典", "後日談", "前日談", "後日譚", "前日譚", "スピンオフ", "書き下ろし"],
    Likely: ["サイドストーリー", "サイド", "ショートストーリー", "登場人物紹介", "登場人物", "人物紹介", "解説", "付録", "附録"],
    Likely: ["特典ss", "番外ss", "記念ss", "最終話", "最終章", "最終回", "序文", "序曲", "自序", "代序"],
    // Chinese
    Sure: ["番外编", "楔子", "引子", "序言", "前言", "终章", "尾声", "尾聲", "后记", "後記", "序", "跋"],
    Likely: ["外传", "外傳", "外篇", "闲话", "閒話", "间话", "间章", "特别篇", "附录", "附錄", "补遗", "補遺", "if线", "if線"],
    Likely: ["尾章", "终曲", "終曲", "终幕", "最终章", "大结局", "大結局", "完本感言", "上架感言", "作者的话", "作者的話"],
    Likely: ["作品相关", "作品相關", "跋文", "结语", "結語", "完结感言", "完結感言", "新书感言", "番外之"],
    // Korean
    Sure: ["프롤로그", "에필로그", "작가의 말", "머리말"],
    Likely: ["최종화", "마지막 화", "외전", "특별 외전", "특별외전", "번외편", "번외", "특별편", "막간", "막간극", "후기", "작가 후기", "작가후기"],
    Likely: ["부록", "서장", "종장", "서문", "서막", "완결 후기", "완결후기", "후일담", "사이드 스토리", "사이드스토리", "맺음말", "인터루드", "if 외전", "if외전", "작가의 글"],
    // English
    Sure: ["prologue", "epilogue", "preface", "foreword", "introduction", "afterword", "interlude", "author's note", "author’s note"],
    Likely: ["side story", "side stories", "side chapter", "bonus chapter", "extra chapter", "special chapter", "extra story", "bonus story", "special episode"],
    Likely: ["extras", "extra", "final chapter", "last chapter", "appendix", "acknowledgements", "acknowledgments", "dedication", "postscript"],
    Likely: ["glossary", "prelude", "coda", "finale", "intermission", "intermezzo", "gaiden", "omake", "author's notes", "author’s notes", "afterwords", "ss"],
    // Spanish, Portuguese, Italian, Catalan, Romanian
    Sure: ["prólogo", "epílogo", "prologo", "epilogo", "posfacio", "posfácio", "prefacio", "prefácio", "pròleg", "epíleg"],
    Likely: ["interludio", "interlúdio", "capítulo extra", "capitulo extra", "capítulo especial", "capitulo especial", "capítulo final", "capítulo bônus"],
    Likely: ["historia paralela", "história paralela", "historia secundaria", "nota del autor", "nota de la autora", "nota do autor", "nota da autora", "apéndice", "apêndice"],
    Likely: ["introducción", "introdução", "introduzione", "prefazione", "postfazione", "appendice", "capitolo extra", "capitolo bonus", "capitolo speciale", "storia parallela", "nota dell'autore"],
    Likely: ["prefață", "intermedio"],
    // French
    Sure: ["épilogue", "préface", "avant-propos", "postface"],
    Likely: ["entracte", "hors-série", "chapitre bonus", "chapitre spécial", "chapitre extra", "histoire parallèle", "histoire annexe", "histoire secondaire", "note de l'auteur", "note de l’auteur", "annexe"],
    // German, Dutch, Scandinavian languages, Finnish
    Sure: ["nachwort", "vorwort", "prolog", "epilog", "proloog", "epiloog", "prologi", "epilogi"],
    Likely: ["zwischenspiel", "anhang", "einleitung", "nebengeschichte", "bonuskapitel", "zusatzkapitel", "extrakapitel", "sonderkapitel", "voorwoord", "nawoord", "forord", "efterord", "etterord", "förord", "alkusanat"],
    // Russian, Ukrainian, Bulgarian, Serbian
    Sure: ["пролог", "эпилог", "послесловие", "предисловие", "епілог", "епилог", "передмова", "післямова"],
    Likely: ["интерлюдия", "інтерлюдія", "интермедия", "экстра", "приложение", "от автора", "від автора", "побочная история", "бонусная глава", "бонус", "дополнительная глава", "спин-офф"],
    Likely: ["спешл", "вступление", "введение", "вступ", "заключение", "экстра-глава", "экстра глава", "предговор", "послеслов"],
    // Polish, Czech, Slovak, Hungarian
    Likely: ["przedmowa", "posłowie", "wstęp", "interludium", "rozdział dodatkowy", "rozdział specjalny", "od autora", "dodatek", "předmluva", "doslov", "predhovor", "prológus", "epilógus", "előszó", "utószó"],
    // Turkish
    Likely: ["önsöz", "sonsöz", "giriş", "ek bölüm", "özel bölüm", "yan hikaye", "yan hikâye", "ara bölüm", "final bölümü"],
    // Vietnamese
    Likely: ["ngoại truyện", "phiên ngoại", "lời bạt", "lời nói đầu", "lời mở đầu", "mở đầu", "lời kết", "vĩ thanh", "chương kết", "hậu ký", "tiết tử", "lời tác giả", "đoạn kết", "đại kết cục", "chương cuối", "khúc dạo đầu"],
    // Indonesian, Malay, Filipino
    Likely: ["prakata", "kata pengantar", "cerita sampingan", "bab ekstra", "bab tambahan", "bab spesial", "ekstra", "penutup"],
    // Thai
    Likely: ["บทนำ", "บทส่งท้าย", "ตอนพิเศษ", "คำนำ", "ปฐมบท", "อารัมภบท", "ปัจฉิมบท", "บทพิเศษ"],
    // Arabic, Persian, Hebrew
    Likely: ["مقدمة", "المقدمة", "خاتمة", "الخاتمة", "تمهيد", "فصل إضافي", "فصل خاص", "قصة جانبية", "مقدمه", "پیشگفتار", "سخن نویسنده", "הקדמה", "אחרית דבר", "פרולוג", "אפילוג"],
    // Greek, Hindi
    Likely: ["πρόλογος", "επίλογος", "εισαγωγή", "प्रस्तावना", "उपसंहार"],
    Counted: ["special", "bonus", "side", "사이드", "短編", "spezial", "especial"],
};

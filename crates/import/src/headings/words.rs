//! Words of numbered units.

use super::line::Unit::{self, Chapter, Episode, Part, Section, Volume};
use super::number_words::Lang;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A unit's word and its usage with numbers.
pub(super) struct UnitWord {
    /// The word in lower case.
    pub(super) word: &'static str,
    pub(super) unit: Unit,
    pub(super) lang: Lang,
    /// Prose uses the word with numbers too: such lines are chapters only if several form a row.
    pub(super) weak: bool,
}

const fn word(word: &'static str, unit: Unit, lang: Lang) -> UnitWord {
    UnitWord { word, unit, lang, weak: false }
}

const fn weak(word: &'static str, unit: Unit, lang: Lang) -> UnitWord {
    UnitWord { word, unit, lang, weak: true }
}

/// Words before a number (`Chapter 4`); in some languages they follow it (`1. Kapitel`).
pub(super) const WORDS: &[UnitWord] = &[
    word("volume", Volume, Lang::English),
    word("vol", Volume, Lang::English),
    word("book", Part, Lang::English),
    word("part", Part, Lang::English),
    word("arc", Part, Lang::English),
    word("act", Part, Lang::English),
    word("season", Part, Lang::English),
    word("chapter", Chapter, Lang::English),
    word("chap", Chapter, Lang::English),
    word("ch", Chapter, Lang::English),
    word("episode", Episode, Lang::English),
    word("ep", Episode, Lang::English),
    word("letter", Episode, Lang::English),
    word("section", Section, Lang::English),
    word("scene", Section, Lang::English),
    weak("canto", Episode, Lang::English),
    weak("stave", Episode, Lang::English),
    weak("story", Episode, Lang::English),
    weak("tale", Episode, Lang::English),
    weak("case", Episode, Lang::English),
    weak("phase", Episode, Lang::English),
    weak("stage", Episode, Lang::English),
    weak("track", Episode, Lang::English),
    weak("lesson", Episode, Lang::English),
    weak("day", Episode, Lang::English),
    weak("night", Episode, Lang::English),
    weak("entry", Episode, Lang::English),
    weak("log", Episode, Lang::English),
    word("volumen", Volume, Lang::Spanish),
    word("tomo", Volume, Lang::Spanish),
    word("libro", Part, Lang::Spanish),
    word("parte", Part, Lang::Spanish),
    word("capítulo", Chapter, Lang::Spanish),
    word("capitulo", Chapter, Lang::Spanish),
    word("cap", Chapter, Lang::Spanish),
    word("episodio", Episode, Lang::Spanish),
    word("tome", Volume, Lang::French),
    word("livre", Part, Lang::French),
    word("partie", Part, Lang::French),
    word("acte", Part, Lang::French),
    word("chapitre", Chapter, Lang::French),
    word("chap", Chapter, Lang::French),
    word("épisode", Episode, Lang::French),
    word("scène", Section, Lang::French),
    word("band", Volume, Lang::German),
    word("buch", Part, Lang::German),
    word("teil", Part, Lang::German),
    word("akt", Part, Lang::German),
    word("kapitel", Chapter, Lang::German),
    word("folge", Episode, Lang::German),
    word("abschnitt", Section, Lang::German),
    word("livro", Part, Lang::Portuguese),
    word("capitolo", Chapter, Lang::Italian),
    word("parte", Part, Lang::Italian),
    word("puntata", Episode, Lang::Italian),
    word("том", Volume, Lang::Russian),
    word("книга", Part, Lang::Russian),
    word("часть", Part, Lang::Russian),
    word("глава", Chapter, Lang::Russian),
    word("эпизод", Episode, Lang::Russian),
    word("гл", Chapter, Lang::Russian),
    word("серия", Episode, Lang::Russian),
    word("раздел", Chapter, Lang::Russian),
    word("арка", Part, Lang::Russian),
    word("розділ", Chapter, Lang::Other),
    word("част", Part, Lang::Other),
    word("поглавље", Chapter, Lang::Other),
    word("дел", Part, Lang::Other),
    word("бүлэг", Chapter, Lang::Other),
    word("тарау", Chapter, Lang::Other),
    word("раздзел", Chapter, Lang::Other),
    word("частина", Part, Lang::Other),
    word("rozdział", Chapter, Lang::Polish),
    word("tom", Volume, Lang::Polish),
    word("księga", Part, Lang::Polish),
    word("odcinek", Episode, Lang::Polish),
    word("część", Part, Lang::Polish),
    word("kapitola", Chapter, Lang::Other),
    word("svazek", Volume, Lang::Other),
    word("díl", Part, Lang::Other),
    word("diel", Part, Lang::Other),
    word("časť", Part, Lang::Other),
    word("poglavlje", Chapter, Lang::Other),
    word("poglavje", Chapter, Lang::Other),
    word("část", Part, Lang::Other),
    word("hoofdstuk", Chapter, Lang::Other),
    word("deel", Part, Lang::Other),
    word("kapittel", Chapter, Lang::Other),
    word("kapitlet", Chapter, Lang::Other),
    word("del", Part, Lang::Other),
    word("bind", Volume, Lang::Other),
    word("bölüm", Chapter, Lang::Turkish),
    word("kısım", Part, Lang::Turkish),
    word("cilt", Volume, Lang::Turkish),
    word("kitap", Part, Lang::Turkish),
    word("fəsil", Chapter, Lang::Other),
    word("fejezet", Chapter, Lang::Other),
    word("kötet", Volume, Lang::Other),
    word("rész", Part, Lang::Other),
    word("luku", Chapter, Lang::Other),
    word("osa", Part, Lang::Other),
    word("peatükk", Chapter, Lang::Other),
    word("nodaļa", Chapter, Lang::Other),
    word("skyrius", Chapter, Lang::Other),
    word("capitolul", Chapter, Lang::Other),
    word("partea", Part, Lang::Other),
    word("volumul", Volume, Lang::Other),
    word("capítol", Chapter, Lang::Other),
    word("kabanata", Chapter, Lang::Other),
    word("ĉapitro", Chapter, Lang::Other),
    word("κεφάλαιο", Chapter, Lang::Other),
    word("μέρος", Part, Lang::Other),
    word("τόμος", Volume, Lang::Other),
    word("βιβλίο", Part, Lang::Other),
    word("თავი", Chapter, Lang::Other),
    word("գլուխ", Chapter, Lang::Other),
    word("פרק", Chapter, Lang::Other),
    word("חלק", Part, Lang::Other),
    word("כרך", Volume, Lang::Other),
    word("الفصل", Chapter, Lang::Arabic),
    word("فصل", Chapter, Lang::Arabic),
    word("الباب", Chapter, Lang::Arabic),
    word("الحلقة", Episode, Lang::Arabic),
    word("الجزء", Part, Lang::Arabic),
    word("المجلد", Volume, Lang::Arabic),
    word("قسمت", Episode, Lang::Arabic),
    word("بخش", Part, Lang::Arabic),
    word("جلد", Volume, Lang::Arabic),
    word("अध्याय", Chapter, Lang::Other),
    word("भाग", Part, Lang::Other),
    word("खंड", Volume, Lang::Other),
    word("অধ্যায়", Chapter, Lang::Other),
    word("অধ্যায়", Chapter, Lang::Other),
    word("পর্ব", Episode, Lang::Other),
    word("அத்தியாயம்", Chapter, Lang::Other),
    word("quyển", Volume, Lang::Vietnamese),
    word("tập", Volume, Lang::Vietnamese),
    word("phần", Part, Lang::Vietnamese),
    word("chương", Chapter, Lang::Vietnamese),
    word("hồi", Episode, Lang::Vietnamese),
    word("tiết", Section, Lang::Vietnamese),
    word("jilid", Volume, Lang::Indonesian),
    word("buku", Part, Lang::Indonesian),
    word("bagian", Part, Lang::Indonesian),
    word("bab", Chapter, Lang::Indonesian),
    word("เล่มที่", Volume, Lang::Other),
    word("เล่ม", Volume, Lang::Other),
    word("ภาคที่", Part, Lang::Other),
    word("ภาค", Part, Lang::Other),
    word("บทที่", Chapter, Lang::Other),
    word("ตอนที่", Episode, Lang::Other),
    word("บท", Chapter, Lang::Other),
    word("ตอน", Episode, Lang::Other),
    word("ບົດທີ", Chapter, Lang::Other),
    word("ຕອນທີ", Episode, Lang::Other),
    word("ជំពូកទី", Chapter, Lang::Other),
    word("ជំពូក", Chapter, Lang::Other),
    word("အခန်း", Chapter, Lang::Other),
    word("챕터", Chapter, Lang::Korean),
    word("에피소드", Episode, Lang::Korean),
    word("파트", Part, Lang::Korean),
    word("볼륨", Volume, Lang::Korean),
    word("チャプター", Chapter, Lang::Other),
    word("エピソード", Episode, Lang::Other),
    word("パート", Part, Lang::Other),
];

/// A unit's character that follows a number.
pub(super) struct Suffix {
    pub(super) word: &'static str,
    pub(super) unit: Unit,
    /// It needs no `第` or `제` before the number.
    pub(super) alone: bool,
    /// Prose counts with it: without `第` or `제`, a title after it is no clear sign of a heading.
    pub(super) weak: bool,
}

const fn suffix(word: &'static str, unit: Unit, alone: bool, weak: bool) -> Suffix {
    Suffix { word, unit, alone, weak }
}

pub(super) const SUFFIXES: &[Suffix] = &[
    suffix("巻", Volume, false, true),
    suffix("卷", Volume, false, true),
    suffix("冊", Volume, false, true),
    suffix("册", Volume, false, true),
    suffix("集", Volume, false, true),
    suffix("권", Volume, true, true),
    suffix("部", Part, false, true),
    suffix("編", Part, false, true),
    suffix("编", Part, false, true),
    suffix("篇", Part, false, true),
    suffix("幕", Part, false, true),
    suffix("季", Part, false, true),
    suffix("부", Part, true, true),
    suffix("막", Part, true, true),
    suffix("章", Chapter, true, false),
    suffix("장", Chapter, true, true),
    suffix("話", Episode, true, false),
    suffix("话", Episode, true, false),
    suffix("回", Episode, false, true),
    suffix("夜", Episode, false, true),
    suffix("折", Episode, false, true),
    suffix("화", Episode, true, false),
    suffix("회", Episode, true, true),
    suffix("편", Episode, true, true),
    suffix("節", Section, false, true),
    suffix("节", Section, false, true),
    suffix("절", Section, true, true),
];

/// Words that begin with a unit's character but are no units: `第一部分`, `第三季度`, `第一回合`.
pub(super) const CONTINUED: &[&str] = &[
    "部分", "部门", "部門", "部队", "部隊", "集团", "集團", "集合", "季度", "夜里", "夜裡", "节课", "節課",
    "幕后", "幕後", "册子", "编辑", "回见", "回来", "回來", "回去", "回合", "话题", "話題", "章节", "章節",
    "章程", "篇文", "折扣", "回目",
];

/// Characters before a number: `卷一`, `巻の二`, `その一`.
pub(super) const CJK_PREFIXES: &[(&str, Unit, bool)] = &[
    ("卷之", Volume, false),
    ("卷", Volume, false),
    ("巻之", Volume, false),
    ("巻の", Volume, false),
    ("巻ノ", Volume, false),
    ("巻", Volume, false),
    ("其の", Episode, true),
    ("其ノ", Episode, true),
    ("其之", Episode, true),
    ("その", Episode, true),
    ("其", Episode, true),
    ("章", Chapter, true),
    ("話", Episode, true),
];

/// Native Korean ordinals: `첫 번째 이야기`.
pub(super) const KOREAN_ORDINALS: &[(&str, u32)] = &[
    ("열한", 11),
    ("열두", 12),
    ("열세", 13),
    ("열네", 14),
    ("열다섯", 15),
    ("열여섯", 16),
    ("열일곱", 17),
    ("열여덟", 18),
    ("열아홉", 19),
    ("스무", 20),
    ("첫", 1),
    ("두", 2),
    ("세", 3),
    ("네", 4),
    ("다섯", 5),
    ("여섯", 6),
    ("일곱", 7),
    ("여덟", 8),
    ("아홉", 9),
    ("열", 10),
];

/// Nouns counted by native Korean ordinals.
pub(super) const KOREAN_COUNTED: &[(&str, Unit)] =
    &[("이야기", Episode), ("장", Chapter), ("밤", Episode), ("막", Part), ("편지", Episode)];

/// Volumes named by a word instead of a number.
pub(super) const VOLUME_NAMES: &[&str] = &[
    "上巻",
    "中巻",
    "下巻",
    "上卷",
    "中卷",
    "下卷",
    "上部",
    "下部",
    "上册",
    "中册",
    "下册",
    "上篇",
    "中篇",
    "下篇",
    "上編",
    "中編",
    "下編",
    "前編",
    "後編",
    "正文卷",
    "正文",
    "상권",
    "중권",
    "하권",
];

/// Words before a heading that only mark it as part of the story.
pub(super) const PREAMBLES: &[&str] = &[
    "正文卷",
    "正文",
    "vip章节",
    "vip章節",
    "vip",
    "正篇",
    "正传",
    "正傳",
    "本編",
    "本篇",
    "本文",
    "본편",
    "본문",
];

/// Entries of a table by the first letter of their word.
pub(super) type ByLetter<T> = LazyLock<HashMap<char, Vec<&'static T>>>;

pub(super) fn by_letter<T>(table: &'static [T], word: impl Fn(&T) -> &str) -> HashMap<char, Vec<&'static T>> {
    let mut letters: HashMap<char, Vec<&'static T>> = HashMap::new();
    for entry in table {
        if let Some(first) = word(entry).chars().next() {
            letters.entry(first).or_default().push(entry);
        }
    }
    // Longer words come first, since a shorter word may be their beginning.
    letters
        .values_mut()
        .for_each(|entries| entries.sort_by_key(|entry| std::cmp::Reverse(word(entry).len())));
    letters
}

/// Returns the words of [`WORDS`] that `text` may begin with.
pub(super) fn words_for(text: &str) -> &'static [&'static UnitWord] {
    static LETTERS: ByLetter<UnitWord> = LazyLock::new(|| by_letter(WORDS, |unit| unit.word));
    entries_for(&LETTERS, text)
}

pub(super) fn entries_for<T>(letters: &'static ByLetter<T>, text: &str) -> &'static [&'static T] {
    let first = text.chars().next().and_then(|first| first.to_lowercase().next());
    first.and_then(|first| letters.get(&first)).map_or(&[], Vec::as_slice)
}

//! The words of headings: units, and names of chapters without a number.

use super::line::Unit::{self, Chapter, Episode, Part, Section, Volume};
use super::number_words::Lang;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A unit's word, and how a number goes with it.
pub(super) struct UnitWord {
    /// In lower case.
    pub(super) word: &'static str,
    pub(super) unit: Unit,
    pub(super) lang: Lang,
    /// Prose uses it with a number, too: it makes chapters only as a row of them.
    pub(super) weak: bool,
}

const fn word(word: &'static str, unit: Unit, lang: Lang) -> UnitWord {
    UnitWord { word, unit, lang, weak: false }
}

const fn weak(word: &'static str, unit: Unit, lang: Lang) -> UnitWord {
    UnitWord { word, unit, lang, weak: true }
}

/// Words that a number follows (`Chapter 4`); some languages put it before (`1. Kapitel`).
const WORDS: &[UnitWord] = &[
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
    word("том", Volume, Lang::Russian),
    word("книга", Part, Lang::Russian),
    word("часть", Part, Lang::Russian),
    word("глава", Chapter, Lang::Russian),
    word("эпизод", Episode, Lang::Russian),
    word("розділ", Chapter, Lang::Other),
    word("частина", Part, Lang::Other),
    word("rozdział", Chapter, Lang::Other),
    word("część", Part, Lang::Other),
    word("kapitola", Chapter, Lang::Other),
    word("část", Part, Lang::Other),
    word("hoofdstuk", Chapter, Lang::Other),
    word("deel", Part, Lang::Other),
    word("bölüm", Chapter, Lang::Other),
    word("kısım", Part, Lang::Other),
    word("cilt", Volume, Lang::Other),
    word("fejezet", Chapter, Lang::Other),
    word("luku", Chapter, Lang::Other),
    word("capitolul", Chapter, Lang::Other),
    word("κεφάλαιο", Chapter, Lang::Other),
    word("μέρος", Part, Lang::Other),
    word("الفصل", Chapter, Lang::Other),
    word("अध्याय", Chapter, Lang::Other),
    word("quyển", Volume, Lang::Vietnamese),
    word("tập", Volume, Lang::Vietnamese),
    word("phần", Part, Lang::Vietnamese),
    word("chương", Chapter, Lang::Vietnamese),
    word("hồi", Episode, Lang::Vietnamese),
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
    word("챕터", Chapter, Lang::Korean),
    word("에피소드", Episode, Lang::Korean),
    word("파트", Part, Lang::Korean),
    word("볼륨", Volume, Lang::Korean),
    word("チャプター", Chapter, Lang::Other),
    word("エピソード", Episode, Lang::Other),
    word("パート", Part, Lang::Other),
];

/// A unit's character after a number.
pub(super) struct Suffix {
    pub(super) word: &'static str,
    pub(super) unit: Unit,
    /// It needs no `第` or `제` before the number.
    pub(super) alone: bool,
    /// Prose counts with it: without `第` or `제`, a title after it is no clear sign.
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

/// Words that begin with a unit's character: `第一部分`, `第三季度`, `第一回合`.
pub(super) const CONTINUED: &[&str] = &[
    "部分", "部门", "部門", "部队", "部隊", "集团", "集團", "集合", "季度", "夜里", "夜裡", "节课", "節課",
    "幕后", "幕後", "册子", "编辑", "回见", "回来", "回來", "回去", "回合", "话题", "話題", "章节", "章節",
    "章程", "篇文", "折扣", "回目",
];

/// Characters that a number follows: `卷一`, `巻の二`, `その一`.
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

/// `첫 번째 이야기`: native Korean ordinals.
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

/// What native Korean ordinals count.
pub(super) const KOREAN_COUNTED: &[(&str, Unit)] =
    &[("이야기", Episode), ("장", Chapter), ("밤", Episode), ("막", Part), ("편지", Episode)];

/// Volumes that a word tells apart, not a number.
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

/// Words before a heading that say no more than that it belongs to the story.
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

/// Entries of a table by the first letter of their words.
type ByLetter<T> = LazyLock<HashMap<char, Vec<&'static T>>>;

fn by_letter<T>(table: &'static [T], word: impl Fn(&T) -> &str) -> HashMap<char, Vec<&'static T>> {
    let mut letters: HashMap<char, Vec<&'static T>> = HashMap::new();
    for entry in table {
        if let Some(first) = word(entry).chars().next() {
            letters.entry(first).or_default().push(entry);
        }
    }
    letters
}

/// The words of [`WORDS`] that `text` may begin with.
pub(super) fn words_for(text: &str) -> &'static [&'static UnitWord] {
    static LETTERS: ByLetter<UnitWord> = LazyLock::new(|| by_letter(WORDS, |unit| unit.word));
    entries_for(&LETTERS, text)
}

/// The names of [`NAMES`] that `text` may begin with.
pub(super) fn names_for(text: &str) -> &'static [&'static Name] {
    static LETTERS: ByLetter<Name> = LazyLock::new(|| by_letter(NAMES, |name| name.name));
    entries_for(&LETTERS, text)
}

fn entries_for<T>(letters: &'static ByLetter<T>, text: &str) -> &'static [&'static T] {
    let first = text.chars().next().and_then(|first| first.to_lowercase().next());
    first.and_then(|first| letters.get(&first)).map_or(&[], Vec::as_slice)
}

/// A name of a chapter without a number.
pub(super) struct Name {
    /// In lower case.
    pub(super) name: &'static str,
    pub(super) kind: NameKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum NameKind {
    /// Makes a chapter by itself: `Prologue`.
    Sure,
    /// Makes a chapter beside others: `Appendix`.
    Likely,
    /// Needs a number or a colon after it: `Special 1`.
    Counted,
}

macro_rules! names {
    ($($kind:ident: [$($name:literal),+ $(,)?],)+) => { &[$($(Name { name: $name, kind: NameKind::$kind },)+)+] };
}

/// Side stories, and what stands before and after the story. Longer names stand before their beginnings.
const NAMES: &[Name] = names! {
    Sure: ["プロローグ", "エピローグ", "序章", "終章", "序幕", "終幕", "幕間", "間章", "閑話休題", "閑話", "まえがき", "前書き", "はしがき"],
    Sure: ["はじめに", "あとがき", "後書き", "おわりに", "番外編", "番外篇", "番外编", "番外章", "番外", "外伝"],
    Sure: ["楔子", "引子", "序言", "前言", "终章", "尾声", "尾聲", "后记", "後記", "프롤로그", "에필로그", "작가의 말"],
    Sure: ["prologue", "epilogue", "preface", "foreword", "introduction", "afterword", "interlude", "author's note"],
    Sure: ["пролог", "эпилог", "послесловие", "предисловие", "prólogo", "epílogo", "prolog", "epilog", "prologo", "epilogo", "épilogue"],
    Sure: ["nachwort", "vorwort", "序", "跋"],
    Likely: ["外传", "外傳", "外篇", "闲话", "閒話", "间话", "間話", "间章", "小話", "余談", "挿話", "断章", "おまけ", "特別編", "特别篇", "特典"],
    Likely: ["サイドストーリー", "サイド", "ショートストーリー", "登場人物紹介", "登場人物", "人物紹介", "解説", "付録", "附録", "附录", "附錄", "补遗"],
    Likely: ["序文", "序曲", "自序", "代序", "尾章", "终曲", "終曲", "终幕", "最終話", "最終章", "最终章", "最終回", "大结局", "大結局", "完本感言", "上架感言", "作者的话", "作者的話", "作品相关", "跋文", "结语", "結語"],
    Likely: ["최종화", "마지막 화", "외전", "번외편", "번외", "특별편", "특별외전", "막간", "후기", "작가 후기", "작가후기", "부록", "서장", "종장", "서문", "서막", "완결 후기"],
    Likely: ["side story", "side chapter", "bonus chapter", "extra chapter", "special chapter", "extra story", "intermission", "intermezzo", "gaiden", "omake"],
    Likely: ["extras", "extra", "final chapter", "last chapter", "appendix", "acknowledgements", "acknowledgments", "dedication", "postscript", "glossary", "prelude", "coda", "finale"],
    Likely: ["интерлюдия", "экстра", "приложение", "от автора", "interludio", "interlúdio", "zwischenspiel", "anhang", "entracte", "postface", "avant-propos"],
    Likely: ["apéndice", "apêndice", "appendice", "ngoại truyện", "phiên ngoại", "lời bạt", "lời nói đầu", "prakata", "บทนำ", "บทส่งท้าย", "ตอนพิเศษ"],
    Likely: ["ss"],
    Counted: ["special", "bonus", "side", "사이드", "短編"],
};

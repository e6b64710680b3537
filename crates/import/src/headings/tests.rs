//! Tests of heading forms, and of lines that are no headings.

use super::line::Look;
use super::*;

mod names;

/// Returns the titles of a text's chapters.
fn chapters(text: &str) -> Vec<String> {
    let headings = find(&Lines::new(text)).headings;
    headings
        .into_iter()
        .filter(|heading| heading.level == Level::Chapter)
        .map(|heading| heading.title)
        .collect()
}

fn outline(text: &str) -> Vec<usize> {
    find(&Lines::new(text)).headings.into_iter().map(|heading| heading.line).collect()
}

/// Each form with three consecutive numbers.
const FORMS: &[[&str; 3]] = &[
    // Chinese
    ["第一章", "第二章", "第三章"],
    ["第一百九十九章 夜雨", "第两百章 故人", "第两百零一章 旧信"],
    ["第廿九回 山路", "第卅回 出城", "第卅一回 归来"],
    ["第壹佰章 一", "第壹佰零壹章 二", "第壹佰零贰章 三"],
    ["第一章启程", "第二章归来", "第三章夜雨"],
    ["第○九章 甲", "第一○章 乙", "第一一章 丙"],
    ["正文 第一章 甲", "正文 第二章 乙", "正文 第三章 丙"],
    ["【第一章】甲", "【第二章】乙", "【第三章】丙"],
    ["【第一章 甲】", "【第二章 乙】", "【第三章 丙】"],
    ["＃ 第１章 甲", "＃ 第２章 乙", "＃ 第３章 丙"],
    ["===第1章===", "===第2章===", "===第3章==="],
    ["■第一話 甲", "■第二話 乙", "■第三話 丙"],
    ["第1节", "第2节", "第3节"],
    ["第12集 甲", "第13集 乙", "第14集 丙"],
    ["第1-1章 甲", "第1-2章 乙", "第1-3章 丙"],
    ["第103章", "第103.5章", "第104章"],
    ["chapter.001 甲", "chapter.002 乙", "chapter.003 丙"],
    ["Chapter101", "Chapter102", "Chapter103"],
    ["第一卷 笼中雀 第一章 惊蛰", "第一卷 笼中雀 第二章 开门", "第一卷 笼中雀 第三章 日出"],
    ["灯下录 第一章 甲", "灯下录 第二章 乙", "灯下录 第三章 丙"],
    ["第一章 走！", "第二章 谁？", "第三章 终了。"],
    ["第一章：甲", "第二章：乙", "第三章：丙"],
    ["一、甲", "二、乙", "三、丙"],
    ["①", "②", "③"],
    // Japanese
    ["第1話　それは、突然に。", "第2話　そして、旅立ち。", "第3話　「さよなら」"],
    ["第１話「出会い」", "第２話「別れ」", "第３話「再会」"],
    ["1話　朝", "2話　昼", "3話　夜"],
    ["その一　朝", "その二　昼", "その三　夜"],
    ["其の一", "其の二", "其の三"],
    ["一　朝", "二　昼", "三　夜"],
    ["（一）", "（二）", "（三）"],
    ["第一夜", "第二夜", "第三夜"],
    ["霧の港（１）", "霧の港（２）", "霧の港（３）"],
    ["霧の港　第1話", "霧の港　第2話", "霧の港　第3話"],
    ["◇1　朝", "◇2　昼", "◇3　夜"],
    ["Ⅰ　朝", "Ⅱ　昼", "Ⅲ　夜"],
    // Korean
    ["제1화 문", "제2화 길", "제3화 집"],
    ["제 일 장", "제 이 장", "제 삼 장"],
    ["1화", "2화", "3화"],
    ["[1화]", "[2화]", "[3화]"],
    ["<1화> 문", "<2화> 길", "<3화> 집"],
    ["열쇠의 집 1화", "열쇠의 집 2화", "열쇠의 집 3화"],
    ["001. 문", "002. 길", "003. 집"],
    ["첫 번째 이야기", "두 번째 이야기", "세 번째 이야기"],
    ["EP.1 문", "EP.2 길", "EP.3 집"],
    ["1장. 문", "2장. 길", "3장. 집"],
    // English
    ["Chapter 1", "Chapter 2", "Chapter 3"],
    ["CHAPTER IX.", "CHAPTER X.", "CHAPTER XI."],
    ["Chapter One: The Door", "Chapter Two: The House", "Chapter Three: The Road"],
    ["Chapter One Hundred and Nine", "Chapter One Hundred and Ten", "Chapter One Hundred Eleven"],
    ["Chapter the First", "Chapter the Second", "Chapter the Third"],
    ["First Chapter", "Second Chapter", "Third Chapter"],
    ["Ch. 12", "Ch. 13", "Ch. 14"],
    ["Chapter 1 - The Door", "Chapter 2 - The House", "Chapter 3 - The Road"],
    ["**Chapter 1**", "**Chapter 2**", "**Chapter 3**"],
    ["Episode 4 – Rain", "Episode 5 – Snow", "Episode 6 – Sun"],
    ["#4", "#5", "#6"],
    ["No. 1", "No. 2", "No. 3"],
    ["1-1", "1-2", "1-3"],
    ["1", "2", "3"],
    ["I.", "II.", "III."],
    ["My Novel - Chapter 3: The Door", "My Novel - Chapter 4: The House", "My Novel - Chapter 5: The Road"],
    ["Book 1, Chapter 1", "Book 1, Chapter 2", "Book 1, Chapter 3"],
    ["Day 1", "Day 2", "Day 3"],
    // Others
    ["Capítulo 1", "Capítulo 2", "Capítulo 3"],
    ["CAPÍTULO PRIMERO", "CAPÍTULO SEGUNDO", "CAPÍTULO TERCERO"],
    ["Chapitre premier", "Chapitre deuxième", "Chapitre troisième"],
    ["Chapitre I", "Chapitre II", "Chapitre III"],
    ["1. Kapitel", "2. Kapitel", "3. Kapitel"],
    ["Erstes Kapitel", "Zweites Kapitel", "Drittes Kapitel"],
    ["Kapitel eins", "Kapitel zwei", "Kapitel drei"],
    ["Глава 1. Дорога", "Глава 2. Дом", "Глава 3. Дверь"],
    ["Глава первая", "Глава вторая", "Глава третья"],
    ["Chương 1: Mưa", "Chương 2: Nắng", "Chương 3: Gió"],
    ["Bab 1", "Bab 2", "Bab 3"],
    ["Bab Satu", "Bab Dua", "Bab Tiga"],
    ["บทที่ 1", "บทที่ 2", "บทที่ 3"],
    ["บทที่ ๑", "บทที่ ๒", "บทที่ ๓"],
    ["Capitolo primo", "Capitolo secondo", "Capitolo terzo"],
    ["Rozdział 1", "Rozdział 2", "Rozdział 3"],
    ["Rozdział pierwszy", "Rozdział drugi", "Rozdział trzeci"],
    ["Bölüm 1", "Bölüm 2", "Bölüm 3"],
    ["1. Bölüm: Yağmur", "2. Bölüm: Kar", "3. Bölüm: Güneş"],
    ["الفصل 1", "الفصل 2", "الفصل 3"],
    ["الفصل الأول: المطر", "الفصل الثاني: الثلج", "الفصل الثالث: الشمس"],
    ["فصل ۱", "فصل ۲", "فصل ۳"],
    ["פרק 1", "פרק 2", "פרק 3"],
    ["ตอนที่ 1 ฝน", "ตอนที่ 2 หิมะ", "ตอนที่ 3 แดด"],
    ["अध्याय १", "अध्याय २", "अध्याय ३"],
    ["Розділ 1", "Розділ 2", "Розділ 3"],
    ["Kapitola 1", "Kapitola 2", "Kapitola 3"],
    ["1. fejezet", "2. fejezet", "3. fejezet"],
    ["Hoofdstuk 1", "Hoofdstuk 2", "Hoofdstuk 3"],
    ["Luku 1", "Luku 2", "Luku 3"],
    ["Capitolul 1", "Capitolul 2", "Capitolul 3"],
    ["Κεφάλαιο 1", "Κεφάλαιο 2", "Κεφάλαιο 3"],
    ["Kabanata 1", "Kabanata 2", "Kabanata 3"],
    ["Capítulo um", "Capítulo dois", "Capítulo três"],
];

const PROSE: [&str; 2] =
    ["沈砚把灯吹灭，院子里只剩下雨声，外面的风又大了一些。", "“明早出发。”他说，没有回头。"];

#[test]
fn every_form_is_found_in_every_layout() {
    for form in FORMS {
        for (before, indent) in [("\n", "　　"), ("\n", ""), ("", "　"), ("", "")] {
            let prose = PROSE.map(|line| format!("{indent}{line}\n")).concat();
            let mut text = "灯下录\n甲乙丙\n\n".to_owned();
            for heading in form {
                text += &format!("{before}{heading}\n{prose}");
            }
            let found = chapters(&text);
            assert_eq!(found.len(), 3, "{form:?} {before:?} {indent:?}: {found:?}");
        }
    }
}

#[test]
fn lines_that_follow_one_another_may_have_different_forms() {
    let text = |headings: &[&str]| {
        headings
            .iter()
            .map(|heading| format!("{heading}\n　本文がここに続く。\n　そしてまだ続く。\n\n"))
            .collect::<String>()
    };
    for headings in [
        &["第1話", "第2話　朝", "【3話】", "EP.4", "第五話", "#6", "第7話"][..],
        &["正文 第一章 甲", "【第二章】乙", "＃ 第３章 丙", "第四章 丁"],
        &["第11章 甲", "第12节 乙", "第13章 丙", "第14章 丁"],
        &["Chapter 1", "Chapter Two", "Ch. 3", "CHAPTER IV", "Chapter005"],
        &["第1話", "第2話", "幕間", "第3話", "番外編1", "SS1", "閑話1", "第4話", "あとがき"],
        &["Prologue", "Chapter 1", "Interlude 1", "Chapter 2", "Side Story: Rain", "Epilogue", "Afterword"],
        &["프롤로그", "1화", "2화", "외전 1화", "외전 2화", "후기"],
        &["楔子", "第一章", "第二章", "番外一 旧梦", "番外：雪", "附录", "后记"],
    ] {
        assert_eq!(chapters(&text(headings)).len(), headings.len(), "{headings:?}");
    }
}

/// Lines of prose in the second of the chapters `第一章` to `第三章` (or `Chapter 1` to `3`).
const NO_HEADINGS: &[&str] = &[
    "第一次见面的时候，他没有说话。",
    "第三章的内容他已经背熟了。",
    "第三章里写道：“雨不会停。”",
    "第五章是全书最长的一章。他合上书。",
    "第七章还没有写完，编辑就来了。",
    "第一部分的工作结束了。",
    "第二天，天亮了。",
    "第三者的立场",
    "第一印象が大事だ。",
    "第三章は長かった",
    "第4話を参照してください。",
    "一人で行った",
    "一番星が出た。",
    "三日、雨が降った",
    "十月十日、雨。",
    "二〇二〇年三月",
    "「第三章？」と彼は言った。",
    "“第三章写完了。”他说。",
    "三、四个人走了过来。",
    "Chapter 4 was the longest of them.",
    "Chapter and verse were quoted.",
    "Part of him wanted to go.",
    "Part two of the plan was simple.",
    "Book him!",
    "I am a cat",
    "One day he left",
    "3.14 is pi",
    "2020-05-03",
    "10:30",
    "1. bread, milk and eggs, and whatever else there was",
    "3장의 종이가 있었다.",
    "3회 연속으로 졌다.",
    "제3자의 눈으로 보았다.",
    "Introduction to the house",
    "Act natural, he thought.",
    "Extra!",
    "Extra. Read all about it.",
    "Extra Large was what he wore.",
    "Interlude music played on.",
    "番外之类的东西他都看过。",
    "후기. 그는 그렇게 적고 펜을 놓았다.",
    "Глава семьи молчал.",
    "Capítulo aparte merece su hermano.",
];

#[test]
fn sentences_are_no_headings() {
    for prose in NO_HEADINGS {
        for (before, indent) in [("\n", "　　"), ("\n", ""), ("", "")] {
            for (name, end) in [("第", "章"), ("Chapter ", "")] {
                let numbers = if end.is_empty() { ["1", "2", "3"] } else { ["一", "二", "三"] };
                let mut text = String::new();
                for number in numbers {
                    text += &format!(
                        "{before}{name}{number}{end}\n{indent}{}\n{indent}{prose}\n{indent}{}\n",
                        PROSE[0], PROSE[1]
                    );
                }
                let found = chapters(&text);
                assert_eq!(found.len(), 3, "{prose} {before:?} {indent:?}: {found:?}");
            }
        }
        let alone = format!("{}\n{prose}\n{}\n", PROSE[0], PROSE[1]);
        assert!(chapters(&alone).is_empty(), "{prose}");
    }
}

#[test]
fn the_own_look_of_a_line() {
    let look = |text: &str| line::parse(text, &[]).map(|found| found.look);
    for text in ["第三章", "Chapter 4", "3화", "第3話　題", "CHAPTER IV. The Door"] {
        assert_eq!(look(text), Some(Look::Clear), "{text}");
        assert!(looks_like_heading(text));
    }
    for text in ["", "7", "家", "第一印象", "Chapter and verse"] {
        assert!(!looks_like_heading(text), "{text}");
    }
}

#[test]
fn irregular_numbers_are_headings_with_a_warning() {
    let check = |numbers: &[u32], irregular: &[usize]| {
        let text: String =
            numbers.iter().map(|n| format!("第{n}章 题\n　　正文在这里，很长的一段。\n\n")).collect();
        let headings = find(&Lines::new(&text)).headings;
        assert_eq!(headings.len(), numbers.len(), "{numbers:?}");
        let found: Vec<usize> = (0..headings.len()).filter(|at| headings[*at].irregular).collect();
        assert_eq!(found, irregular, "{numbers:?}");
    };
    check(&[9, 10, 111, 12, 13], &[2]);
    check(&[198, 199, 200], &[]);
    check(&[1, 2, 3, 5, 6], &[3]);
    check(&[1, 2, 2, 3, 4], &[2]);
    check(&[1, 2, 3, 1, 2, 3], &[3]);
    check(&[1, 2, 30, 3, 4, 5], &[2]);
    check(&[5, 4, 3, 2, 1], &[1, 2, 3, 4]);
}

#[test]
fn another_form_whose_number_fits_nowhere_stays_prose() {
    assert_eq!(outline("第5話\n本文\n第6話\n本文\n第4話 参照\n本文\n第7話\n本文"), [0, 2, 6]);
    assert_eq!(outline("第1章\n本文\n第2章\n本文\nChapter 40\n本文\n第3章\n本文\n第4章\n本文"), [0, 2, 6, 8]);
}

#[test]
fn numbers_make_a_row() {
    assert_eq!(outline("題\n一　朝\n本文\n二　昼\n本文\n三　夜\n本文"), [1, 3, 5]);
    assert_eq!(outline("1\n本文\n2\n本文"), [0, 2]);
}

#[test]
fn a_stray_number_is_no_heading() {
    assert_eq!(outline("本文\n一　二人で行こう\n本文\n五　六\n本文"), [0usize; 0]);
    assert_eq!(outline("一　朝\n本文\n一　二の三\n二　昼\n本文"), [0, 3]);
}

#[test]
fn a_list_is_no_row_of_headings() {
    assert_eq!(
        outline("決まりは次の通り。\n1. 走らない\n2. 騒がない\n3. 笑わない\nそれだけだ。"),
        [0usize; 0]
    );
}

#[test]
fn a_contents_list_does_not_hide_the_headings() {
    assert_eq!(outline("一　朝\n二　昼\n\n一　朝\n本文\n二　昼\n本文"), [3, 5]);
    let text = "目次\n第一章　朝 …… 3\n第二章　昼 …… 9\n第三章　夜 …… 15\n\n第一章　朝\n本文\n第二章　昼\n本文\n第三章　夜\n本文";
    let found = find(&Lines::new(text));
    assert_eq!(found.contents, [1, 2, 3]);
    assert_eq!(outline(text), [5, 7, 9]);
}

#[test]
fn volumes_hold_chapters() {
    let levels = |text: &str| -> Vec<(usize, Level)> {
        find(&Lines::new(text)).headings.into_iter().map(|heading| (heading.line, heading.level)).collect()
    };
    for (outer, inner, volume) in [
        (["第一卷 甲", "第二卷 乙"], ["第一章", "第二章"], Level::Volume(0)),
        (["卷一", "卷二"], ["第一章", "第二章"], Level::Volume(0)),
        (["第一部", "第二部"], ["第一章", "第二章"], Level::Volume(1)),
        (["第一章　旅", "第二章　家"], ["第1話", "第2話"], Level::Volume(2)),
        (["Book One", "Book Two"], ["Chapter 1", "Chapter 2"], Level::Volume(1)),
        (["Part I", "Part II"], ["Chapter One", "Chapter Two"], Level::Volume(1)),
        (["제1권", "제2권"], ["1화", "2화"], Level::Volume(0)),
        (["上巻", "下巻"], ["第一章", "第二章"], Level::Volume(0)),
        (["第一部", "第二部"], ["一", "二"], Level::Volume(0)),
        (["Tome 1", "Tome 2"], ["Chapitre 1", "Chapitre 2"], Level::Volume(0)),
        (["Том первый", "Том второй"], ["Глава 1", "Глава 2"], Level::Volume(0)),
    ] {
        let body = |heading: &str| format!("{heading}\n本文がここに続く。\n");
        let [first, second] = inner.map(body);
        let text = format!("{}\n{first}{second}{}\n{first}{second}", outer[0], outer[1]);
        let chapter = Level::Chapter;
        let expected = [(0, volume), (1, chapter), (3, chapter), (5, volume), (6, chapter), (8, chapter)];
        assert_eq!(levels(&text), expected, "{outer:?} {inner:?}");
    }
}

#[test]
fn a_line_may_name_its_volume() {
    let text =
        "第一卷 笼中雀 第一章 惊蛰\n雨。\n第一卷 笼中雀 第二章 开门\n雨。\n第二卷 山水郎 第一章 远游\n雨。";
    let headings = find(&Lines::new(text)).headings;
    let found: Vec<_> =
        headings.iter().map(|h| (h.volume.as_deref(), h.title.as_str(), h.irregular)).collect();
    let (first, second) = (Some("第一卷 笼中雀"), Some("第二卷 山水郎"));
    assert_eq!(
        found,
        [(first, "第一章 惊蛰", false), (first, "第二章 开门", false), (second, "第一章 远游", false)]
    );
}

#[test]
fn sections_stay_inside_chapters() {
    let text = "第一部\n第一章\n本文\n第一節\n本文\n第二章\n本文\n第二部\n第一章\n本文\n一\n本文\n二\n本文";
    assert_eq!(outline(text), [0, 1, 5, 7, 8]);
}

#[test]
fn prologue_and_epilogue_count() {
    assert_eq!(outline("プロローグ\n本文\n第1話\n本文\nエピローグ\n本文"), [0, 2, 4]);
}

#[test]
fn nothing_costs_more_than_linear_time() {
    const SIZE: usize = 200_000;
    for unit in [
        "第1話\n",
        "第1話\n本文\n",
        "1\n",
        "1 2 3 4 5 6 7 8 9\n",
        "第一章 第一章 第一章 第一章\n",
        "a - 1 - 1 - 1\n",
        "プロローグ\n",
        "\n",
    ] {
        let text = unit.repeat(SIZE / unit.len());
        assert!(find(&Lines::new(&text)).headings.len() <= text.len());
    }
}

#[test]
fn few_numbers_beside_names_keep_their_volumes() {
    let roles = |text: &str| -> Vec<bool> {
        let headings = find(&Lines::new(text)).headings;
        headings.into_iter().map(|heading| heading.level == Level::Chapter).collect()
    };
    let body = "　本文がここに続く。\n　そしてまだ続く。\n\n";
    let text = |headings: &[&str]| {
        headings
            .iter()
            .map(|heading| format!("{heading}\n{}", if heading.contains('巻') { "\n" } else { body }))
            .collect::<String>()
    };
    let first = ["第一巻", "プロローグ", "1", "2", "エピローグ"];
    assert_eq!(roles(&text(&first)), [false, true, true, true, true]);
    let both = [&first[..], &["第二巻", "プロローグ", "1", "2", "あとがき"]].concat();
    assert_eq!(roles(&text(&both)), [false, true, true, true, true, false, true, true, true, true]);
    let names = ["第一巻", "プロローグ", "エピローグ", "第二巻", "序章", "終章"];
    assert_eq!(roles(&text(&names)), [false, true, true, false, true, true]);
    // Volumes with text of their own and an afterword are chapters.
    let text = format!("第一巻\n{body}第二巻\n{body}あとがき\n{body}");
    assert_eq!(roles(&text), [true, true, true]);
}

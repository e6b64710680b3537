//! Tests of the notations.

use super::*;

/// Makes a sample Japanese.
const JAPANESE: &str = "\n　これはひらがなの多い文章なので、日本語だとすぐに分かる。\n";

fn dropped(text: &str) -> (String, usize, usize) {
    let stripped = strip(format!("{text}{JAPANESE}"), Ruby::Drop);
    (stripped.text.strip_suffix(JAPANESE).unwrap().to_owned(), stripped.ruby, stripped.emphasis)
}

fn kept(text: &str) -> String {
    strip(format!("{text}{JAPANESE}"), Ruby::Keep).text.strip_suffix(JAPANESE).unwrap().to_owned()
}

#[test]
fn ruby_leaves_its_base() {
    for (text, bare, with) in [
        ("山路《やまみち》を登り", "山路を登り", "山路（やまみち）を登り"),
        ("｜聖剣《エクスカリバー》を", "聖剣を", "聖剣（エクスカリバー）を"),
        ("|Holy Sword《ホーリーソード》", "Holy Sword", "Holy Sword（ホーリーソード）"),
        ("その｜古い本《book》だ", "その古い本だ", "その古い本（book）だ"),
        ("人々《ひとびと》", "人々", "人々（ひとびと）"),
        ("王都《ルミエール》は", "王都は", "王都（ルミエール）は"),
        ("魔導書《grimoire》を", "魔導書を", "魔導書（grimoire）を"),
        ("門(もん)をくぐる", "門をくぐる", "門（もん）をくぐる"),
        ("門(もん)と時計塔（グランロージュ）", "門と時計塔", "門（もん）と時計塔（グランロージュ）"),
        ("|夜の王(ナイトキング)だ", "夜の王だ", "夜の王（ナイトキング）だ"),
        ("<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>だ", "漢字だ", "漢字（かんじ）だ"),
    ] {
        assert_eq!(dropped(text).0, bare);
        assert!(dropped(text).1 > 0, "{text}");
        assert_eq!(kept(text), with);
    }
}

#[test]
fn emphasis_is_no_reading() {
    for (text, bare) in [
        ("彼女は《《絶対に》》振り向かない", "彼女は絶対に振り向かない"),
        ("絶対《・・》に", "絶対に"),
        ("｜絶《﹅》｜対《﹅》に", "絶対に"),
        ("<ruby>絶対<rt>・・</rt></ruby>に", "絶対に"),
    ] {
        let (text_found, ruby, emphasis) = dropped(text);
        assert_eq!((text_found.as_str(), ruby), (bare, 0), "{text}");
        assert!(emphasis > 0, "{text}");
        assert_eq!(kept(text), bare);
    }
}

#[test]
fn brackets_that_hold_no_reading_stay() {
    for text in [
        "彼は《世界》と言った",
        "《これは心の声だ》と彼は思った",
        "あの《こと》だ",
        "a | b",
        "《",
        "漢字《",
        "漢字《》",
        "漢字《《",
        "x < y, <b>bold</b>",
        "［注］",
        "［＃閉じない",
        "母（かわいそうに）は泣いた",
        "彼(ほんとうにひどい人)は",
        "英語(English)で",
        "男（おとこ）",
    ] {
        assert_eq!(dropped(text), (text.to_owned(), 0, 0), "{text}");
        assert_eq!(kept(text), text);
    }
    assert_eq!(dropped("｜《そのまま》").0, "《そのまま》");
    assert_eq!(dropped("門(もん)の上｜（うえ）").0, "門の上（うえ）");
    let chinese = "我读了《红楼梦》和《西游记》，读《Hamlet》，又读《《红楼梦》研究》。";
    assert_eq!(strip(chinese.to_owned(), Ruby::Drop).text, chinese);
}

#[test]
fn notes_go_and_mark_headings() {
    let stripped = strip(
        "［＃７字下げ］一［＃「一」は中見出し］\n［＃改ページ］\n本文［＃「本文」に傍点］だ\n".to_owned(),
        Ruby::Drop,
    );
    assert_eq!(stripped.text, "一\n本文だ\n");
    assert_eq!(stripped.annotations, 4);
    assert_eq!(stripped.marked_headings, [(0, Rank::Medium)]);
    assert_eq!((stripped.line_of(0), stripped.line_of(1)), (0, 2));
}

#[test]
fn running_titles_of_narou_rb_go() {
    let stripped = strip(
        "［＃ここから柱］霧の港［＃ここで柱終わり］\n［＃３字下げ］［＃中見出し］第1話［＃中見出し終わり］\n"
            .to_owned(),
        Ruby::Drop,
    );
    assert_eq!((stripped.text.as_str(), stripped.furniture), ("第1話\n", 1));
    assert_eq!(stripped.marked_headings, [(0, Rank::Medium)]);
}

#[test]
fn described_characters_are_put_in_where_their_code_is_given() {
    let stripped = strip(
        "※［＃「てへん＋劣」、U+6318、12-3］と※［＃「てへん＋劣」、第3水準1-84-77］".to_owned(),
        Ruby::Drop,
    );
    assert_eq!(stripped.text, "\u{6318}と※");
    assert_eq!(stripped.unmapped, 1);
}

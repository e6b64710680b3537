//! Text files in many languages, as sites and download tools give them.

use crate::{codes, import, titles};
use colophon_import::Book;

fn read(text: &str) -> Book {
    import("a.txt", text.as_bytes()).unwrap()
}

/// Chapters with their prose, in which sentences begin like headings.
fn check(language: &str, headings: &[&str], prose: &[&str]) {
    for (before, indent, between) in [("\n\n", "", "\n\n"), ("\n", "    ", "\n"), ("\n\n", "", "\n")] {
        let mut text = String::new();
        for heading in headings {
            let lines: Vec<String> = prose.iter().map(|line| format!("{indent}{line}")).collect();
            text += &format!("{heading}{before}{}{before}", lines.join(between));
        }
        let book = read(&text);
        assert_eq!(titles(&book), headings, "{language} {between:?} {indent:?}");
        assert_eq!(book.language.as_deref(), Some(language), "{headings:?}");
        for chapter in &book.chapters {
            assert_eq!(chapter.source_text.lines().filter(|line| !line.is_empty()).count(), prose.len());
        }
    }
}

#[test]
fn thai() {
    let prose = [
        "ฝนตกลงมาอย่างหนักตั้งแต่เช้า เขายืนอยู่หน้าบ้านแล้วมองออกไปที่ถนน",
        "ตอนนั้นเธอยังไม่รู้ว่าจะเกิดอะไรขึ้น",
        "“บทที่ 3 ยังไม่จบเลย” เขาพูดเบา ๆ",
        "ภาคเหนือหนาวกว่าที่นี่มาก",
    ];
    check("th", &["บทนำ", "บทที่ 1 ประตู", "บทที่ 2 บ้าน", "บทที่ 3 ถนน", "ตอนพิเศษ", "บทส่งท้าย"], &prose);
    check("th", &["ตอนที่ ๑ ฝน", "ตอนที่ ๒ หิมะ", "ตอนที่ ๓ แดด"], &prose);
}

#[test]
fn vietnamese() {
    let prose = [
        "Trời mưa suốt từ sáng sớm, anh đứng trước cửa nhà và nhìn ra con đường vắng.",
        "Hồi đó cô vẫn chưa biết chuyện gì sẽ xảy ra.",
        "Chương 3 của cuốn sách vẫn chưa viết xong.",
        "“Phần còn lại để mai.” Anh nói khẽ.",
    ];
    check(
        "vi",
        &[
            "Lời mở đầu",
            "Chương 1: Cánh cửa",
            "Chương 2: Ngôi nhà",
            "Chương 3: Con đường",
            "Ngoại truyện 1",
            "Lời bạt",
        ],
        &prose,
    );
    check("vi", &["CHƯƠNG MỘT", "CHƯƠNG HAI", "CHƯƠNG BA"], &prose);
    check("vi", &["Chương thứ nhất", "Chương thứ hai", "Chương thứ ba"], &prose);
}

#[test]
fn indonesian() {
    let prose = [
        "Hujan turun sejak pagi, dan dia berdiri di depan rumah sambil memandang ke jalan yang sepi.",
        "Bagian yang paling sulit sudah selesai.",
        "Bab 3 belum selesai juga, katanya dalam hati.",
        "“Besok kita berangkat,” katanya kepada anak itu.",
    ];
    check(
        "id",
        &["Prolog", "Bab 1 - Pintu", "Bab 2 - Rumah", "Bab 3 - Jalan", "Bab Ekstra 1", "Epilog"],
        &prose,
    );
    check("id", &["BAB SATU", "BAB DUA", "BAB TIGA"], &prose);
}

#[test]
fn arabic() {
    let prose = [
        "كان المطر يهطل منذ الصباح، ووقف الرجل أمام البيت ينظر إلى الطريق الخالي.",
        "الجزء الأصعب من الرحلة قد انتهى.",
        "لم تكن تعرف بعد ماذا سيحدث لها في المدينة.",
        "قال بصوت خافت: سنرحل غدا.",
    ];
    check(
        "ar",
        &["المقدمة", "الفصل الأول: الباب", "الفصل الثاني: البيت", "الفصل الثالث: الطريق", "الخاتمة"],
        &prose,
    );
    check("ar", &["الفصل ١", "الفصل ٢", "الفصل ٣"], &prose);
}

#[test]
fn turkish() {
    let prose = [
        "Yağmur sabahtan beri yağıyordu, adam evin önünde durmuş ıssız yola bakıyordu.",
        "Bölüm başkanı hiçbir şey söylemedi.",
        "3. bölüm henüz bitmemişti, ama o yine de gülümsedi.",
        "“Yarın gideriz,” dedi çocuğa.",
    ];
    check("tr", &["Önsöz", "Bölüm 1: Kapı", "Bölüm 2: Ev", "Bölüm 3: Yol", "Özel Bölüm", "Sonsöz"], &prose);
    check("tr", &["1. BÖLÜM", "2. BÖLÜM", "3. BÖLÜM"], &prose);
    check("tr", &["Birinci Bölüm", "İkinci Bölüm", "Üçüncü Bölüm"], &prose);
}

#[test]
fn polish() {
    let prose = [
        "Deszcz padał od samego rana, a on stał przed domem i patrzył na pustą drogę.",
        "Część z nich już odeszła.",
        "Rozdział 3 wciąż nie był gotowy, więc nie poszedł spać.",
        "— Jutro wyjeżdżamy — powiedział do chłopca.",
    ];
    check("pl", &["Prolog", "Rozdział 1. Drzwi", "Rozdział 2. Dom", "Rozdział 3. Droga", "Posłowie"], &prose);
    check("pl", &["Rozdział pierwszy", "Rozdział drugi", "Rozdział trzeci"], &prose);
    check("pl", &["ROZDZIAŁ I", "ROZDZIAŁ II", "ROZDZIAŁ III"], &prose);
}

#[test]
fn hindi() {
    let prose = [
        "सुबह से बारिश हो रही थी और वह घर के सामने खड़ा होकर सूनी सड़क को देख रहा था।",
        "भाग जाना ही उसके लिए अच्छा था।",
        "उसे अभी तक पता नहीं था कि क्या होने वाला है।",
        "“कल हम चलेंगे,” उसने धीरे से कहा।",
    ];
    check("hi", &["प्रस्तावना", "अध्याय 1: दरवाज़ा", "अध्याय 2: घर", "अध्याय 3: सड़क", "उपसंहार"], &prose);
    check("hi", &["अध्याय १", "अध्याय २", "अध्याय ३"], &prose);
}

#[test]
fn russian() {
    let prose = [
        "Дождь шёл с самого утра, а он стоял перед домом и смотрел на пустую дорогу.",
        "Часть людей уже ушла.",
        "Глава 3 всё ещё не была готова, и он не лёг спать.",
        "— Завтра едем, — сказал он мальчику.",
    ];
    check(
        "ru",
        &["Пролог", "Глава 1. Дверь", "Глава 2. Дом", "Глава 3. Дорога", "Экстра 1", "Эпилог"],
        &prose,
    );
    check("ru", &["ГЛАВА ПЕРВАЯ", "ГЛАВА ВТОРАЯ", "ГЛАВА ТРЕТЬЯ"], &prose);
    check("ru", &["Глава I", "Глава II", "Глава III"], &prose);
}

#[test]
fn french_german_spanish_portuguese() {
    let french = [
        "La pluie tombait depuis le matin, et il restait devant la maison à regarder la route vide.",
        "Partie tôt, elle arriva la première.",
        "Chapitre 3 ou non, il alla se coucher.",
        "« Nous partons demain », dit-il à l’enfant.",
    ];
    check(
        "fr",
        &["Prologue", "Chapitre 1 – La porte", "Chapitre 2 – La maison", "Chapitre 3 – La route", "Épilogue"],
        &french,
    );
    check("fr", &["CHAPITRE PREMIER", "CHAPITRE II", "CHAPITRE III"], &french);
    let german = [
        "Der Regen fiel schon seit dem Morgen, und er stand vor dem Haus und sah auf die leere Straße.",
        "Teil des Plans war es nicht.",
        "Kapitel 3 war noch nicht fertig, also ging er nicht schlafen.",
        "„Morgen fahren wir“, sagte er zu dem Jungen.",
    ];
    check(
        "de",
        &["Prolog", "Kapitel 1: Die Tür", "Kapitel 2: Das Haus", "Kapitel 3: Die Straße", "Nachwort"],
        &german,
    );
    check("de", &["Erstes Kapitel", "Zweites Kapitel", "Drittes Kapitel"], &german);
    check("de", &["Kapitel Einundzwanzig", "Kapitel Zweiundzwanzig", "Kapitel Dreiundzwanzig"], &german);
    let spanish = [
        "La lluvia caía desde la mañana, y él se quedó delante de la casa mirando el camino vacío.",
        "Parte de ellos ya se había ido.",
        "Capítulo 3 aparte, no había escrito nada.",
        "—Mañana nos vamos —le dijo al niño.",
    ];
    check(
        "es",
        &["Prólogo", "Capítulo 1: La puerta", "Capítulo 2: La casa", "Capítulo 3: El camino", "Epílogo"],
        &spanish,
    );
    check("es", &["CAPÍTULO PRIMERO", "CAPÍTULO SEGUNDO", "CAPÍTULO TERCERO"], &spanish);
    let portuguese = [
        "A chuva caía desde a manhã, e ele ficou diante da casa olhando para a estrada vazia.",
        "Parte deles já tinha ido embora.",
        "Capítulo 3 à parte, não havia escrito nada.",
        "— Amanhã partimos — disse ele ao menino.",
    ];
    check(
        "pt",
        &["Prólogo", "Capítulo 1: A porta", "Capítulo 2: A casa", "Capítulo 3: A estrada", "Epílogo"],
        &portuguese,
    );
    check("pt", &["CAPÍTULO UM", "CAPÍTULO DOIS", "CAPÍTULO TRÊS"], &portuguese);
}

#[test]
fn a_dump_of_a_chinese_site() {
    let text = "《灯下录》\n作者：沈砚\n\n内容简介：\n　　一个关于灯的故事。\n\n------------\n\n第一卷 夜雨\n\n第1章 灯\n\n　　沈砚把灯吹灭，院子里只剩下雨声。\n\n　　【本书由某某网首发，请勿转载】\n\n　　“明早出发。”他说。\n\n第2章 门（求推荐票）\n\n　　门外的风又大了一些，他听见有人在敲门。\n\n　　请记住本站域名：www.example.com 手机用户请浏览阅读\n\n第二卷 归程\n\n第3章 路\n\n　　路很长，雨也没有停，他走得很慢。\n";
    let book = read(text);
    let chapters: Vec<_> =
        book.chapters.iter().map(|chapter| (chapter.volume.as_deref(), chapter.title.as_str())).collect();
    assert_eq!(
        chapters[chapters.len() - 3..],
        [
            (Some("第一卷 夜雨"), "第1章 灯"),
            (Some("第一卷 夜雨"), "第2章 门（求推荐票）"),
            (Some("第二卷 归程"), "第3章 路")
        ]
    );
    let whole: String = book.chapters.iter().map(|chapter| chapter.source_text.as_str()).collect();
    assert!(!whole.contains("请勿转载") && !whole.contains("example.com"), "{whole}");
    assert!(whole.contains("一个关于灯的故事") && codes(&book).contains(&"page_furniture_removed"));
    assert_eq!(book.author.as_deref(), Some("沈砚"));
    assert_eq!(book.title.as_deref().map(|title| title.trim_matches(['《', '》'])), Some("灯下录"));
}

#[test]
fn a_dump_of_jinjiang() {
    let text = "书名：灯下录\n作者：沈砚\n\n文案\n一个关于灯的故事。\n\n☆、第一章\n\n　　沈砚把灯吹灭，院子里只剩下雨声，风又大了一些。\n　　作者有话要说：谢谢大家。\n\n☆、第二章\n\n　　门外的风又大了一些，他听见有人在敲门。\n\n☆、番外一\n\n　　很多年以后，他又回到了那个院子里。\n";
    let book = read(text);
    let found = titles(&book);
    assert_eq!(
        found[found.len() - 3..]
            .iter()
            .map(|title| title.trim_start_matches(['☆', '、']))
            .collect::<Vec<_>>(),
        ["第一章", "第二章", "番外一"]
    );
    assert!(book.chapters.iter().any(|chapter| chapter.source_text.contains("作者有话要说")));
    assert_eq!((book.title.as_deref(), book.author.as_deref()), (Some("灯下录"), Some("沈砚")));
}

#[test]
fn texts_of_japanese_sites() {
    // Shōsetsuka ni Narō: a title below the number, a ruled line around the author's notes.
    let text = "霧の港\n作者：山田\n\n第一部\n\n第１話\nはじまりの朝\n\n　港に霧が出ていた。彼は黙って海を見ていた。\n\n　「行こう」\n\n第２話\n夜を渡る\n\n　夜になっても霧は晴れなかった。彼は歩いた。\n\n第３話\n灯台\n\n　灯台の明かりがようやく見えた。彼は止まった。\n\n　次へ\n";
    let book = read(text);
    assert_eq!(titles(&book), ["第１話 はじまりの朝", "第２話 夜を渡る", "第３話 灯台"]);
    assert!(book.chapters.iter().all(|chapter| chapter.volume.as_deref() == Some("第一部")));
    assert_eq!((book.title.as_deref(), book.author.as_deref()), (Some("霧の港"), Some("山田")));
    // Kakuyomu: readings and emphasis.
    let text = "霧の港\n\n山田花子\n\n第1話　霧\n\n　|夜渡り《ナイトウォーカー》は《《黙って》》海を見ていた。\n\n第2話　夜\n\n　夜になっても霧は晴れなかった。\n";
    let book = read(text);
    assert_eq!(titles(&book), ["第1話　霧", "第2話　夜"]);
    assert_eq!(book.chapters[0].source_text, "　夜渡りは黙って海を見ていた。");
}

#[test]
fn texts_of_korean_sites() {
    let prose = "그는 열쇠를 돌려 문을 열었다. 아무도 없었다.\n\n“내일 떠나자.” 그가 말했다.\n\n";
    for headings in [
        &["<1화> 열쇠", "<2화> 문", "<3화> 길"][..],
        &["열쇠의 집 1화", "열쇠의 집 2화", "열쇠의 집 3화"],
        &["EP.0 프롤로그", "EP.1 열쇠", "EP.2 문"],
        &["001화", "002화", "003화", "외전 1화", "작가 후기"],
        &["#1. 열쇠", "#2. 문", "#3. 길"],
        &["제1장 열쇠", "제2장 문", "제3장 길", "에필로그"],
    ] {
        let text: String = headings.iter().map(|heading| format!("{heading}\n\n{prose}")).collect();
        let book = read(&text);
        assert_eq!(titles(&book), headings);
        assert_eq!(book.language.as_deref(), Some("ko"));
    }
}

#[test]
fn a_text_of_project_gutenberg() {
    let prose = "Alice was beginning to get very tired of sitting by her sister on the\nbank, and of having nothing to do.\n\nSo she was considering in her own mind, as well as she could.\n\n\n";
    let text = format!(
        "The Project Gutenberg eBook of Alice\r\n\r\nTitle: Alice\r\n\r\nAuthor: Lewis Carroll\r\n\r\n*** START OF THE PROJECT GUTENBERG EBOOK ALICE ***\r\n\r\n[Illustration]\n\nAlice\n\nby Lewis Carroll\n\nContents\n\n CHAPTER I.   Down the Rabbit-Hole\n CHAPTER II.  The Pool of Tears\n CHAPTER III. A Caucus-Race and a Long Tale\n\n\n\n\nCHAPTER I.\nDown the Rabbit-Hole\n\n\n{prose}CHAPTER II.\nThe Pool of Tears\n\n\n{prose}CHAPTER III.\nA Caucus-Race and a Long Tale\n\n\n{prose}THE END\n\n*** END OF THE PROJECT GUTENBERG EBOOK ALICE ***\nLicence.\n"
    );
    let book = read(&text);
    let found = titles(&book);
    assert_eq!(
        found[found.len() - 3..],
        [
            "CHAPTER I. Down the Rabbit-Hole",
            "CHAPTER II. The Pool of Tears",
            "CHAPTER III. A Caucus-Race and a Long Tale"
        ]
    );
    assert!(book.chapters.iter().all(|chapter| !chapter.source_text.starts_with("Down")));
    assert!(codes(&book).contains(&"contents_skipped") && codes(&book).contains(&"colophon_skipped"));
}

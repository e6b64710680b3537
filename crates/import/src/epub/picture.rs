//! The text that replaces a picture.

use super::xml::Tag;
use crate::book::one_line;

/// Replaces a picture without a description.
pub(super) const PICTURE: &str = "［図］";
/// Replaces a picture of an unknown character (geta).
pub(super) const GETA: char = '〓';

/// Returns the description of a picture, if it is meaningful.
pub(super) fn words(tag: &Tag) -> Option<String> {
    let given = tag.get("alt").map(one_line).filter(|alt| !alt.is_empty());
    let given = given.or_else(|| ["aria-label", "title"].iter().find_map(|key| tag.get(key).map(one_line)));
    given.filter(|words| says_something(words))
}

/// Returns whether a description is meaningful; a file name or the word "picture" is not.
fn says_something(words: &str) -> bool {
    const NOTHING: &[&str] = &[
        "image",
        "images",
        "img",
        "picture",
        "pic",
        "photo",
        "illustration",
        "figure",
        "gaiji",
        "外字",
        "画像",
        "図",
        "图",
        "图片",
        "圖片",
        "插图",
        "插圖",
        "挿絵",
        "그림",
        "삽화",
        "bild",
        "рисунок",
        "alt",
        "null",
        "none",
        "untitled",
    ];
    const ENDINGS: &[&str] = &[".jpg", ".jpeg", ".png", ".gif", ".svg", ".webp", ".bmp"];
    let plain = words.trim().to_lowercase();
    let name = plain.trim_end_matches(|c: char| c.is_ascii_digit() || " _-.".contains(c));
    !(name.is_empty() || NOTHING.contains(&name) || ENDINGS.iter().any(|ending| plain.ends_with(ending)))
}

/// Returns the line that replaces a picture.
pub(super) fn mark(words: Option<&str>) -> String {
    const LONGEST: usize = 1_000;
    match words {
        Some(words) if words.chars().count() <= LONGEST => format!("［{words}］"),
        _ => PICTURE.to_owned(),
    }
}

/// Returns whether a description is so short that it is the character in the picture.
pub(super) fn is_character(words: &str) -> bool {
    const MOST: usize = 2;
    words.chars().count() <= MOST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_say_nothing_are_none() {
        let words = |alt: &str| {
            words(&Tag { qualified: "img".to_owned(), attributes: vec![("alt".to_owned(), alt.to_owned())] })
        };
        for alt in ["", "image", "IMG_0012.JPG", "Image 12", "図", "img-3", "***"] {
            let expected = if alt == "***" { Some("***".to_owned()) } else { None };
            assert_eq!(words(alt), expected, "{alt}");
        }
        assert_eq!(words(" A map of\nthe harbour ").as_deref(), Some("A map of the harbour"));
        assert_eq!(mark(Some("地図")), "［地図］");
        assert_eq!(mark(None), PICTURE);
    }
}

//! Chapters grouped by volume.

use leptos::prelude::*;

/// Groups neighbours with the same volume, in their order. `None` is the group of chapters without a volume.
pub fn by_volume<T>(
    chapters: impl IntoIterator<Item = T>,
    volume: impl Fn(&T) -> Option<&str>,
) -> Vec<(Option<String>, Vec<T>)> {
    let mut groups: Vec<(Option<String>, Vec<T>)> = Vec::new();
    for chapter in chapters {
        match groups.last_mut() {
            Some((last, chapters)) if last.as_deref() == volume(&chapter) => chapters.push(chapter),
            _ => groups.push((volume(&chapter).map(str::to_owned), vec![chapter])),
        }
    }
    groups
}

/// The heading above a group of chapters. Chapters without a volume have a heading only after a volume, which
/// would otherwise seem to continue. `continues`: earlier chapters of the volume are on the previous page.
pub fn volume_heading(
    volume: Option<String>,
    is_first: bool,
    continues: bool,
    lang: String,
) -> Option<impl IntoView> {
    let title = match volume {
        Some(title) => view! { <span lang=lang>{title}</span> }.into_any(),
        None if is_first => return None,
        None => "In no volume".into_any(),
    };
    Some(view! { <h3 class="volume">{title}{continues.then_some(" (continued)")}</h3> })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_volume_are_a_group() {
        let chapters =
            [(1, None), (2, Some("I")), (3, Some("I")), (4, Some("II")), (5, None), (6, Some("I"))];
        let groups = by_volume(chapters, |(_, volume)| *volume);
        let numbers: Vec<_> = groups
            .iter()
            .map(|(volume, chapters)| {
                (volume.as_deref(), chapters.iter().map(|(number, _)| *number).collect())
            })
            .collect();
        let expected: [(Option<&str>, Vec<i32>); 5] = [
            (None, vec![1]),
            (Some("I"), vec![2, 3]),
            (Some("II"), vec![4]),
            (None, vec![5]),
            (Some("I"), vec![6]),
        ];
        assert_eq!(numbers, expected);
        assert!(by_volume(Vec::<(i32, Option<&str>)>::new(), |(_, volume)| *volume).is_empty());
    }
}

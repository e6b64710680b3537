//! Times: in the viewer's zone, in UTC on hover.

use colophon_contract::Timestamp;
use js_sys::{Array, Date, Intl, Object, Reflect};
use leptos::prelude::*;

/// A moment in the viewer's zone and format.
#[component]
pub fn Time(
    /// The moment.
    at: Timestamp,
) -> impl IntoView {
    let text = local(&at);
    view! { <time datetime=at.0.clone() title=utc(&at)>{text}</time> }
}

/// How long ago a moment was; the moment itself on hover.
#[component]
pub fn RelativeTime(
    /// The moment.
    at: Timestamp,
) -> impl IntoView {
    let title = format!("{} ({})", local(&at), utc(&at));
    view! { <time datetime=at.0.clone() title=title>{relative(&at)}</time> }
}

/// A moment to the second: the time of day if it is within twelve hours from now, else with its date.
#[component]
pub fn ClockTime(
    /// The moment.
    at: Timestamp,
) -> impl IntoView {
    view! { <time datetime=at.0.clone() title=utc(&at)>{clock(&at)}</time> }
}

/// Returns the time in the viewer's zone, as `16:43:48`, or as [`local`] if it is more than twelve hours
/// away.
fn clock(at: &Timestamp) -> String {
    const NEAR_MS: f64 = 12.0 * 3_600_000.0;
    let date = Date::new(&at.0.as_str().into());
    if (date.get_time() - Date::now()).abs() > NEAR_MS {
        return local(at);
    }
    let options = Object::new();
    let _ = Reflect::set(&options, &"timeStyle".into(), &"medium".into());
    date.to_locale_time_string_with_options(&language(), &options).into()
}

/// Returns the language of dates. The interface is English, so it is the reader's own English if they have
/// one.
fn language() -> String {
    let language = window().navigator().language().unwrap_or_default();
    if language.starts_with("en") { language } else { "en-GB".to_owned() }
}

/// Returns the time as `2026-11-22 15:43:48 UTC`.
pub fn utc(at: &Timestamp) -> String {
    let mut text: String = at.0.chars().take(19).collect();
    if text.len() == 19 {
        text.replace_range(10..11, " ");
    }
    text + " UTC"
}

/// Returns the time in the viewer's zone, as `22 Nov 2026, 16:43`.
pub fn local(at: &Timestamp) -> String {
    let options = Object::new();
    let _ = Reflect::set(&options, &"dateStyle".into(), &"medium".into());
    let _ = Reflect::set(&options, &"timeStyle".into(), &"short".into());
    Date::new(&at.0.as_str().into()).to_locale_string(&language(), &options).into()
}

/// Returns the time as `3 minutes ago`.
pub fn relative(at: &Timestamp) -> String {
    let seconds = (Date::new(&at.0.as_str().into()).get_time() - Date::now()) / 1000.0;
    let units = [
        ("year", 31_557_600.0),
        ("month", 2_629_800.0),
        ("day", 86_400.0),
        ("hour", 3_600.0),
        ("minute", 60.0),
    ];
    let (unit, size) = units.into_iter().find(|(_, size)| seconds.abs() >= *size).unwrap_or(("second", 1.0));
    if unit == "second" && seconds.abs() < 45.0 {
        return "just now".to_owned();
    }
    let format = Intl::RelativeTimeFormat::new(&Array::of1(&"en".into()), &Object::new());
    format.format((seconds / size).round(), unit).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utc_is_the_timestamp_to_the_second() {
        let at = |text: &str| utc(&Timestamp(text.to_owned()));
        assert_eq!(at("2026-11-22T15:43:48.000001Z"), "2026-11-22 15:43:48 UTC");
        assert_eq!(at("2026-11-22T15:43:48Z"), "2026-11-22 15:43:48 UTC");
        assert_eq!(at("2026"), "2026 UTC", "a text of another form is not cut");
    }

    /// In the browser, which provides `Date` and `Intl`.
    #[cfg(target_arch = "wasm32")]
    mod browser {
        use super::*;
        use wasm_bindgen_test::wasm_bindgen_test;

        /// Returns the moment `seconds` from now.
        fn in_seconds(seconds: f64) -> Timestamp {
            let at = Date::new(&(Date::now() + seconds * 1000.0).into());
            Timestamp(at.to_iso_string().into())
        }

        #[wasm_bindgen_test]
        fn a_time_of_day_has_seconds_and_a_far_one_its_date() {
            let near = clock(&in_seconds(3_600.0));
            assert_eq!(near.matches(':').count(), 2, "{near}");
            let far = in_seconds(86_400.0);
            assert_eq!(clock(&far), local(&far));
        }

        #[wasm_bindgen_test]
        fn a_relative_time_counts_from_now() {
            let text = |seconds| relative(&in_seconds(seconds));
            assert_eq!(text(-20.0), "just now");
            assert_eq!(text(-50.0), "50 seconds ago");
            assert_eq!(text(-185.0), "3 minutes ago");
            assert_eq!(text(-7_300.0), "2 hours ago");
            assert_eq!(text(3.0 * 86_400.0 + 60.0), "in 3 days");
        }
    }
}

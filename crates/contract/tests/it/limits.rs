//! Each limit of a request holds to the unit: the value at the limit is accepted, the next one is refused at
//! that field, and the API's document says the same.

use colophon_contract::{
    AppendVersion, ChangePassword, CheckTemplate, CreateChapter, CreatePrompt, CreateSession, CreateToken,
    CreateUser, CreateWork, ImportFields, PreviewPrompt, RenamePrompt, RestoreVersion, RetranslateSegment,
    SetPassword, SetUp, UpdateChapter, UpdateSegment, UpdateWork,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::PartialSchema;
use validator::Validate;

/// The smallest and largest value of a field.
struct Limit {
    field: &'static str,
    min: u64,
    /// None where the type alone limits it.
    max: Option<u64>,
    of: Of,
}

enum Of {
    /// Code points of a text.
    Text,
    /// Characters of a language tag, whose shape has a least length of its own.
    Tag,
    /// The number itself.
    Number,
}

const fn text(field: &'static str, min: u64, max: u64) -> Limit {
    Limit { field, min, max: Some(max), of: Of::Text }
}

const fn tag(field: &'static str) -> Limit {
    Limit { field, min: 0, max: Some(35), of: Of::Tag }
}

const fn number(field: &'static str, min: u64, max: Option<u64>) -> Limit {
    Limit { field, min, max, of: Of::Number }
}

impl Limit {
    /// A value of that size.
    fn value(&self, size: u64) -> Value {
        let length = usize::try_from(size).expect("small");
        match self.of {
            // Three bytes each in UTF-8: a limit in bytes would show.
            Of::Text => "夜".repeat(length).into(),
            Of::Tag => tag_of(length).into(),
            Of::Number => size.into(),
        }
    }

    /// The sizes that are accepted and those that are refused, at both ends.
    fn edges(&self) -> ([Option<u64>; 2], [Option<u64>; 2]) {
        let least = if matches!(self.of, Of::Tag) { 2 } else { self.min };
        ([Some(least), self.max], [self.min.checked_sub(1), self.max.map(|max| max + 1)])
    }

    /// The keywords of JSON Schema with these limits.
    fn keywords(&self) -> [(&'static str, Option<u64>); 2] {
        match self.of {
            Of::Text | Of::Tag => {
                [("minLength", Some(self.min).filter(|min| *min > 0)), ("maxLength", self.max)]
            }
            Of::Number => [("minimum", Some(self.min)), ("maximum", self.max)],
        }
    }
}

/// A language tag of that many characters, from 2 on.
fn tag_of(length: usize) -> String {
    let mut tag = "zh-".to_owned();
    while tag.len() + 9 < length {
        tag.push_str("abcdefgh-");
    }
    while tag.len() < length {
        // No subtag has more than eight characters, nor does a tag end with a hyphen.
        let is_full = tag.rsplit('-').next().is_some_and(|subtag| subtag.len() == 8);
        tag.push(if is_full { '-' } else { 'x' });
    }
    tag.truncate(length);
    tag
}

/// Whether a request is refused, and the fields for which it is; reading a body may refuse it as a whole.
fn refused<T: DeserializeOwned + Validate>(request: &Value) -> Option<Vec<String>> {
    let Ok(request) = serde_json::from_value::<T>(request.clone()) else { return Some(Vec::new()) };
    let errors = request.validate().err()?;
    Some(errors.errors().keys().map(ToString::to_string).collect())
}

/// Checks the `limits` of all texts and numbers of a request on a `sample` that is accepted.
fn check<T: DeserializeOwned + Validate + PartialSchema>(sample: &Value, limits: &[Limit]) {
    let name = std::any::type_name::<T>();
    assert_eq!(refused::<T>(sample), None, "{name}: the sample");
    let schema = serde_json::to_value(T::schema()).expect("a schema");
    let properties = schema["properties"].as_object().expect("properties");
    for limit in limits {
        let field = limit.field;
        let with = |size: u64| {
            let mut request = sample.clone();
            request[field] = limit.value(size);
            refused::<T>(&request)
        };
        let (accepted, beyond) = limit.edges();
        for size in accepted.into_iter().flatten() {
            assert_eq!(with(size), None, "{name}.{field}: {size}");
        }
        for size in beyond.into_iter().flatten() {
            let fields = with(size).unwrap_or_else(|| panic!("{name}.{field}: {size} is accepted"));
            assert!(fields.iter().all(|refused| refused == field), "{name}.{field}: {size}: {fields:?}");
        }
        for (keyword, value) in limit.keywords() {
            assert_eq!(properties[field][keyword].as_u64(), value, "{name}.{field}: {keyword}");
        }
    }
    let limited = ["minLength", "maxLength", "minimum", "maximum"];
    for (field, property) in properties {
        let is_limited = limited.iter().any(|keyword| property.get(keyword).is_some());
        let is_here = limits.iter().any(|limit| limit.field == field);
        assert!(is_here || !is_limited, "{name}.{field} has no row here");
    }
}

#[test]
fn limits_of_accounts_hold_to_the_unit() {
    let good = "correct horse";
    check::<CreateSession>(
        &json!({"name": "mika", "password": good}),
        &[text("name", 1, 255), text("password", 1, 256)],
    );
    check::<SetUp>(
        &json!({"token": "t", "name": "mika", "password": good}),
        &[text("token", 1, 255), text("name", 1, 255), text("password", 10, 256)],
    );
    check::<SetPassword>(
        &json!({"token": "t", "password": good}),
        &[text("token", 1, 255), text("password", 10, 256)],
    );
    check::<ChangePassword>(
        &json!({"current_password": "x", "password": good}),
        &[text("current_password", 1, 256), text("password", 10, 256)],
    );
    check::<CreateUser>(&json!({"name": "mika", "role": "viewer"}), &[text("name", 1, 255)]);
    check::<CreateToken>(
        &json!({"name": "ci", "scopes": ["read"]}),
        &[text("name", 1, 255), number("work_id", 1, None), number("expires_in_days", 1, Some(3650))],
    );
}

#[test]
fn limits_of_works_and_chapters_hold_to_the_unit() {
    let work =
        [text("title", 1, 255), text("author", 0, 255), tag("source_language"), tag("target_language")];
    let sample = json!({"title": "夜", "source_language": "ja", "target_language": "en"});
    check::<CreateWork>(&sample, &work);
    check::<UpdateWork>(&json!({}), &work);
    let chapter = [
        text("volume", 0, 255),
        text("title", 0, 255),
        text("source_text", 1, 1_000_000),
        number("number", 1, Some(1_000_000)),
    ];
    check::<CreateChapter>(&json!({"title": "", "source_text": "夜"}), &chapter);
    check::<UpdateChapter>(&json!({}), &chapter);
}

#[test]
fn limits_of_prompts_hold_to_the_unit() {
    let sample = json!({"name": "House style", "model": "demo", "template": "{source_text}"});
    let content = || [text("model", 1, 255), text("template", 0, 50_000), text("note", 0, 500)];
    let [model, template, note] = content();
    check::<CreatePrompt>(&sample, &[text("name", 1, 255), model, template, note]);
    let [model, template, note] = content();
    let version = json!({"model": "demo", "template": "{source_text}", "base_version": 1});
    let base = || number("base_version", 1, None);
    check::<AppendVersion>(&version, &[text("name", 1, 255), model, template, note, base()]);
    check::<RenamePrompt>(&json!({"name": "House style"}), &[text("name", 1, 255)]);
    check::<RestoreVersion>(&json!({"base_version": 1}), &[text("note", 0, 500), base()]);
    check::<CheckTemplate>(&json!({"template": ""}), &[text("template", 0, 50_000)]);
    let preview = json!({"template": "", "model": "demo", "chapter_id": 1});
    let limits = [text("model", 1, 255), text("template", 0, 50_000), number("segment", 1, None)];
    check::<PreviewPrompt>(&preview, &limits);
}

#[test]
fn limits_of_segments_hold_to_the_unit() {
    check::<UpdateSegment>(&json!({"text": "Night", "base_attempt_id": null}), &[text("text", 1, 100_000)]);
    check::<RetranslateSegment>(&json!({"base_attempt_id": null}), &[text("instruction", 0, 2_000)]);
}

#[test]
fn limits_of_imports_hold_to_the_unit() {
    type Field = (Limit, fn(&mut ImportFields) -> &mut Option<String>);
    let fields: [Field; 7] = [
        (text("upload_id", 1, 64), |fields| &mut fields.upload_id),
        (text("title", 1, 255), |fields| &mut fields.title),
        (text("author", 0, 255), |fields| &mut fields.author),
        (tag("source_language"), |fields| &mut fields.source_language),
        (tag("target_language"), |fields| &mut fields.target_language),
        (text("encoding", 1, 40), |fields| &mut fields.encoding),
        (text("pattern", 1, 1_000), |fields| &mut fields.pattern),
    ];
    for (limit, field) in fields {
        let with = |size: u64| {
            let mut form = ImportFields::default();
            *field(&mut form) = limit.value(size).as_str().map(str::to_owned);
            form.check().map_err(|errors| errors.errors().keys().map(ToString::to_string).collect::<Vec<_>>())
        };
        let (accepted, beyond) = limit.edges();
        for size in accepted.into_iter().flatten() {
            assert_eq!(with(size), Ok(()), "{}: {size}", limit.field);
        }
        for size in beyond.into_iter().flatten() {
            assert_eq!(with(size), Err(vec![limit.field.to_owned()]), "{}: {size}", limit.field);
        }
    }
}

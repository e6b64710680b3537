//! JSON, read in little code: by the browser into [`Value`], which the app needs anyhow, and from there by a
//! deserializer that asks of the types' generated code only what well-formed replies need. With `serde_json`'s
//! own, which brings tables to read numbers exactly, must take structs from arrays as well and words every
//! error, the app is a tenth larger.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor, value::StringDeserializer,
};
use serde_json::{Map, Number, Value, map};
use std::{fmt, vec};
use wasm_bindgen::{JsCast, JsValue};

/// The text is not JSON, or not of the wanted shape.
#[derive(Debug)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed")
    }
}

impl std::error::Error for Malformed {}

impl Error for Malformed {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn missing_field(_: &'static str) -> Self {
        Self
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

/// Reads `text` as a `T`.
pub fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Malformed> {
    T::deserialize(parse(text)?)
}

/// Reads `text`; what it holds can then be deserialized.
pub fn parse(text: &str) -> Result<Parsed, Malformed> {
    read(text).map(Parsed).map_err(|_| Malformed)
}

/// Reads `text`, or says in the browser's words what is wrong with it. Whole numbers beyond 2^53, which the
/// browser cannot tell apart, come as fractional ones.
pub fn read(text: &str) -> Result<Value, String> {
    let value = js_sys::JSON::parse(text)
        .map_err(|error| String::from(error.unchecked_into::<js_sys::Error>().message()))?;
    to_value(&value, MAX_DEPTH)
        .ok_or_else(|| "it goes too deep, or has a number or text out of range".to_owned())
}

/// As deep as `serde_json` goes.
const MAX_DEPTH: usize = 128;

fn to_value(value: &JsValue, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    if let Some(text) = value.dyn_ref::<js_sys::JsString>() {
        return to_text(text).map(Value::String);
    }
    if let Some(number) = value.as_f64() {
        return to_number(number).map(Value::Number);
    }
    if let Some(value) = value.as_bool() {
        return Some(Value::Bool(value));
    }
    if let Some(items) = value.dyn_ref::<js_sys::Array>() {
        let mut list = Vec::new();
        for index in 0..items.length() {
            list.push(to_value(&items.get(index), depth)?);
        }
        return Some(Value::Array(list));
    }
    let Some(object) = value.dyn_ref::<js_sys::Object>() else { return Some(Value::Null) };
    let keys = js_sys::Object::keys(object);
    let mut map = Map::new();
    for index in 0..keys.length() {
        let key = keys.get(index);
        let value = js_sys::Reflect::get(object, &key).ok()?;
        map.insert(to_text(key.unchecked_ref())?, to_value(&value, depth)?);
    }
    Some(Value::Object(map))
}

/// `None` where half of a surrogate pair is missing: there is no such text in Rust, nor in the API.
fn to_text(text: &js_sys::JsString) -> Option<String> {
    let read = String::from(text);
    // Only then is it worth a second look, unit by unit.
    (!read.contains(char::REPLACEMENT_CHARACTER) || text.is_valid_utf16()).then_some(read)
}

fn to_number(number: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = number as i64;
    let is_whole = number.abs() <= EXACT && (whole as f64).to_bits() == number.to_bits();
    if is_whole { Some(whole.into()) } else { Number::from_f64(number) }
}

/// JSON that was read.
pub struct Parsed(Value);

impl Parsed {
    fn into_text(self) -> Result<String, Malformed> {
        match self.0 {
            Value::String(text) => Ok(text),
            _ => Err(Malformed),
        }
    }
}

/// The kinds of which the API's types are made; others take [`Deserializer::deserialize_any`].
macro_rules! numbers {
    ($($name:ident)*) => {
        $(fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
            match &self.0 {
                Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                    (Some(number), _) => visitor.visit_i64(number),
                    (None, Some(number)) => visitor.visit_u64(number),
                    (None, None) => Err(Malformed),
                },
                _ => Err(Malformed),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Parsed {
    type Error = Malformed;

    numbers! { deserialize_i32 deserialize_i64 deserialize_u16 deserialize_u32 deserialize_u64 }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_i64(number),
                (None, Some(number), _) => visitor.visit_u64(number),
                (None, None, Some(number)) => visitor.visit_f64(number),
                (None, None, None) => Err(Malformed),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(Items(items.into_iter())),
            Value::Object(object) => visitor.visit_map(Entries::of(object)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.0.as_bool().ok_or(Malformed).and_then(|value| visitor.visit_bool(value))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_string(self.into_text()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_string(self.into_text()?)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_str(&self.into_text()?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(Items(items.into_iter())),
            _ => Err(Malformed),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.0 {
            Value::Object(object) => visitor.visit_map(Entries::of(object)),
            _ => Err(Malformed),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        visitor.visit_enum(Name(self.into_text()?))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i8 i16 u8 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
    }
}

struct Items(vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Malformed;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Malformed> {
        self.0.next().map(|item| seed.deserialize(Parsed(item))).transpose()
    }
}

struct Entries {
    rest: map::IntoIter,
    value: Option<Value>,
}

impl Entries {
    fn of(object: map::Map<String, Value>) -> Self {
        Self { rest: object.into_iter(), value: None }
    }
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Malformed;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Malformed> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(Parsed(Value::String(key))).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Malformed> {
        seed.deserialize(Parsed(self.value.take().unwrap_or(Value::Null)))
    }
}

/// The name of a variant without content: the API has no others.
struct Name(String);

impl<'de> EnumAccess<'de> for Name {
    type Error = Malformed;
    type Variant = Unit;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Unit), Malformed> {
        let name: StringDeserializer<Malformed> = self.0.into_deserializer();
        seed.deserialize(name).map(|value| (value, Unit))
    }
}

struct Unit;

impl<'de> VariantAccess<'de> for Unit {
    type Error = Malformed;

    fn unit_variant(self) -> Result<(), Malformed> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Malformed> {
        Err(Malformed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Malformed> {
        Err(Malformed)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Malformed> {
        Err(Malformed)
    }
}

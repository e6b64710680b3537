//! Numbers in paths.

use crate::error::{ApiError, ApiResult, shortened};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use colophon_contract::{Code, FieldError};
use std::future::{Ready, ready};
use std::str::FromStr;
use utoipa::IntoParams;

/// Reads a number from 1 as `to_string` writes it, without sign or leading zeros: each resource has one
/// address.
fn number<N: FromStr + PartialOrd + From<u8> + ToString>(request: &HttpRequest, name: &str) -> ApiResult<N> {
    let text = request.match_info().get(name).unwrap_or_default();
    text.parse::<N>().ok().filter(|n| *n >= N::from(1) && n.to_string() == text).ok_or_else(|| {
        ApiError::with_errors(
            Code::MalformedPath,
            format!("`{}` in the path is not a number from 1.", shortened(text)),
            vec![FieldError::in_parameter(name, "type", "must be a whole number from 1, within range")],
        )
    })
}

macro_rules! paths {
    ($($(#[$about:meta])* $name:ident { $($(#[$field_about:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, IntoParams)]
        #[into_params(parameter_in = Path)]
        pub(crate) struct $name {
            $($(#[$field_about])* #[param(minimum = 1, example = 1)] pub(crate) $field: $kind,)*
        }

        impl FromRequest for $name {
            type Error = ApiError;
            type Future = Ready<ApiResult<Self>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let read = || Ok(Self { $($field: number(request, stringify!($field))?,)* });
                ready(read())
            }
        }
    )*};
}

paths! {
    /// A work.
    WorkPath {
        /// The work's id.
        work_id: i64,
    }
    /// A chapter of a work.
    ChapterPath {
        /// The work's id.
        work_id: i64,
        /// The chapter's id.
        chapter_id: i64,
    }
    /// A version of a work's prompt.
    VersionPath {
        /// The work's id.
        work_id: i64,
        /// The version's number.
        number: i32,
    }
    /// A run.
    TranslationPath {
        /// The run's id.
        translation_id: i64,
    }
    /// A user.
    UserPath {
        /// The user's id.
        user_id: i64,
    }
    /// An API token.
    TokenPath {
        /// The token's id.
        token_id: i64,
    }
    /// A segment of a run.
    SegmentPath {
        /// The run's id.
        translation_id: i64,
        /// The segment's position, from 1.
        position: i32,
    }
    /// An attempt at a segment of a run.
    AttemptPath {
        /// The run's id.
        translation_id: i64,
        /// The segment's position, from 1.
        position: i32,
        /// The attempt's id.
        attempt_id: i64,
    }
}

/// A provider.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ProviderPath {
    /// The provider's name in the catalogue.
    #[param(pattern = "^[A-Za-z0-9._-]{1,64}$", example = "demo")]
    pub(crate) name: String,
}

impl FromRequest for ProviderPath {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let name = request.match_info().get("name").unwrap_or_default();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if (1..=64).contains(&name.len()) && name.bytes().all(plain) {
            return ready(Ok(Self { name: name.to_owned() }));
        }
        ready(Err(ApiError::with_errors(
            Code::MalformedPath,
            format!("`{}` in the path is not the name of a provider.", shortened(name)),
            vec![FieldError::in_parameter("name", "malformed", "must be 1 to 64 of A-Z a-z 0-9 . _ -")],
        )))
    }
}

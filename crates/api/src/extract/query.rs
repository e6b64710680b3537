//! Query strings: unknown, repeated and out-of-range parameters are refused.

use crate::error::{ApiError, ApiResult};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, Datelike};
use colophon_contract::{AuditAction, AuthorKind, DEFAULT_LIMIT, MAX_LIMIT};
use colophon_domain::PageRequest;
use colophon_domain::audit::AuditFilter;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::future::{Ready, ready};
use utoipa::IntoParams;

/// A query string's names and values, each name once.
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    fn parse(query: &str) -> ApiResult<Self> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (decoded(name)?, decoded(value).map_err(|_| not_text(name))?);
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(ApiError::query(&name, "must be given once"));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(pairs))
    }

    /// Takes a parameter's value.
    fn take(&mut self, name: &str) -> Option<String> {
        let index = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(index).1)
    }

    /// Takes a number within `range`.
    fn number<N: std::str::FromStr + PartialOrd + std::fmt::Display>(
        &mut self,
        name: &str,
        range: std::ops::RangeInclusive<N>,
    ) -> ApiResult<Option<N>> {
        let Some(text) = self.take(name) else { return Ok(None) };
        // `parse` also accepts a sign.
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        match text.parse::<N>() {
            Ok(n) if digits && range.contains(&n) => Ok(Some(n)),
            _ => Err(ApiError::query(
                name,
                format!("must be a whole number from {} to {}", range.start(), range.end()),
            )),
        }
    }
}

fn decoded(text: &str) -> ApiResult<Cow<'_, str>> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map_err(|_| not_text(text))?;
    if decoded.contains('\0') {
        return Err(not_text(text));
    }
    Ok(Cow::Owned(decoded.into_owned()))
}

fn not_text(name: &str) -> ApiError {
    ApiError::query(name, "must be UTF-8, percent-encoded, without the character U+0000")
}

/// Parameters that a route takes.
pub(crate) trait Parameters: Sized + IntoParams {
    /// Takes the parameters from the pairs. Remaining pairs are unknown parameters.
    fn take(pairs: &mut Pairs) -> ApiResult<Self>;
}

/// A route's query parameters.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: Parameters> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Pairs::parse(request.query_string()).and_then(|mut pairs| {
            let taken = T::take(&mut pairs)?;
            match pairs.0.first() {
                None => Ok(Self(taken)),
                Some((name, _)) => Err(ApiError::query(name, "is not a parameter of this address")),
            }
        }))
    }
}

/// A page of a list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Maximum number of items; default 50 (versions: 20).
    #[param(minimum = 1, maximum = 100, example = 50)]
    pub(crate) limit: Option<u32>,
    /// `next_cursor` of the previous page.
    #[param(pattern = "^[A-Za-z0-9_-]+$")]
    pub(crate) cursor: Option<String>,
}

impl PageQuery {
    /// Returns the requested page of a list with the default page size.
    pub(crate) fn page(self) -> PageRequest {
        PageRequest { limit: self.limit.unwrap_or(DEFAULT_LIMIT), cursor: self.cursor }
    }
}

impl Parameters for PageQuery {
    fn take(pairs: &mut Pairs) -> ApiResult<Self> {
        Ok(Self { limit: pairs.number("limit", 1..=MAX_LIMIT)?, cursor: pairs.take("cursor") })
    }
}

/// A page of works, with an optional search.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WorksQuery {
    /// Only works whose title or author contains this text, ignoring case.
    #[param(max_length = 255, example = "銀河")]
    pub(crate) query: Option<String>,
    /// Maximum number of items; default 50.
    #[param(minimum = 1, maximum = 100, example = 50)]
    pub(crate) limit: Option<u32>,
    /// `next_cursor` of the previous page.
    #[param(pattern = "^[A-Za-z0-9_-]+$")]
    pub(crate) cursor: Option<String>,
}

impl Parameters for WorksQuery {
    fn take(pairs: &mut Pairs) -> ApiResult<Self> {
        let query = pairs.take("query");
        if query.as_ref().is_some_and(|text| text.chars().nth(255).is_some()) {
            return Err(ApiError::query("query", "must be at most 255 characters long"));
        }
        let PageQuery { limit, cursor } = PageQuery::take(pairs)?;
        Ok(Self { query, limit, cursor })
    }
}

/// Filter of audit log entries.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditFilterQuery {
    /// Only actions by this kind of actor: users, tokens, or Colophon itself (`system`).
    actor_kind: Option<AuthorKind>,
    /// Only actions by this user; not with `token_id`.
    #[param(minimum = 1, example = 1)]
    user_id: Option<i64>,
    /// Only actions by this API token.
    #[param(minimum = 1)]
    token_id: Option<i64>,
    /// Only entries with this action.
    action: Option<AuditAction>,
    /// Only actions on this work.
    #[param(minimum = 1)]
    work_id: Option<i64>,
    /// Only entries at or after this time (RFC 3339).
    #[param(format = DateTime, example = "2026-11-22T00:00:00Z")]
    from: Option<String>,
    /// Only entries before this time (RFC 3339).
    #[param(format = DateTime)]
    to: Option<String>,
}

impl AuditFilterQuery {
    /// Returns the filter for the domain.
    ///
    /// # Errors
    /// `malformed_query` for an invalid time, or if both a user and a token are given.
    pub(crate) fn filter(&self) -> ApiResult<AuditFilter> {
        let actor = match (self.user_id, self.token_id) {
            (Some(_), Some(_)) => return Err(ApiError::query("token_id", "cannot be given with user_id")),
            (Some(id), None) => Some((AuthorKind::User, id)),
            (None, Some(id)) => Some((AuthorKind::Token, id)),
            (None, None) => None,
        };
        let time = |name: &str, text: &Option<String>| {
            let time = text.as_deref().map(DateTime::parse_from_rfc3339).transpose();
            let time =
                time.map_err(|_| ApiError::query(name, "must be a time such as 2026-11-22T00:00:00Z"))?;
            // Outside these years the engines write times differently.
            match time.map(|time| time.to_utc()) {
                Some(time) if !(1..=9999).contains(&time.year()) => {
                    Err(ApiError::query(name, "must be of the years 1 to 9999"))
                }
                time => Ok(time),
            }
        };
        Ok(AuditFilter {
            actor_kind: self.actor_kind,
            actor,
            action: self.action,
            work_id: self.work_id,
            from: time("from", &self.from)?,
            to: time("to", &self.to)?,
        })
    }
}

impl Parameters for AuditFilterQuery {
    fn take(pairs: &mut Pairs) -> ApiResult<Self> {
        let action = pairs.take("action").map(|text| {
            AuditAction::find(&text)
                .ok_or_else(|| ApiError::query("action", "is not an action of the audit log"))
        });
        let kind = pairs.take("actor_kind").map(|text| match text.as_str() {
            "user" => Ok(AuthorKind::User),
            "token" => Ok(AuthorKind::Token),
            "system" => Ok(AuthorKind::System),
            _ => Err(ApiError::query("actor_kind", "must be user, token or system")),
        });
        Ok(Self {
            actor_kind: kind.transpose()?,
            user_id: pairs.number("user_id", 1..=i64::MAX)?,
            token_id: pairs.number("token_id", 1..=i64::MAX)?,
            action: action.transpose()?,
            work_id: pairs.number("work_id", 1..=i64::MAX)?,
            from: pairs.take("from"),
            to: pairs.take("to"),
        })
    }
}

/// A page of the audit log.
#[derive(Debug)]
pub(crate) struct AuditQuery {
    /// The filter of the entries.
    pub(crate) filter: AuditFilterQuery,
    /// The requested page.
    pub(crate) page: PageQuery,
}

impl IntoParams for AuditQuery {
    fn into_params(
        parameter_in: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
    ) -> Vec<utoipa::openapi::path::Parameter> {
        let mut parameters = AuditFilterQuery::into_params(&parameter_in);
        parameters.extend(PageQuery::into_params(&parameter_in));
        parameters
    }
}

impl Parameters for AuditQuery {
    fn take(pairs: &mut Pairs) -> ApiResult<Self> {
        Ok(Self { filter: AuditFilterQuery::take(pairs)?, page: PageQuery::take(pairs)? })
    }
}

/// Two versions to compare.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffQuery {
    /// The version compared from.
    #[param(minimum = 1, example = 1)]
    pub(crate) from: i32,
    /// The version compared to.
    #[param(minimum = 1, example = 2)]
    pub(crate) to: i32,
}

impl Parameters for DiffQuery {
    fn take(pairs: &mut Pairs) -> ApiResult<Self> {
        let mut version =
            |name| pairs.number(name, 1..=i32::MAX)?.ok_or_else(|| ApiError::query(name, "must be given"));
        Ok(Self { from: version("from")?, to: version("to")? })
    }
}

/// Selects the import or a dry run.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// `true` stores nothing and returns a preview of the import.
    #[param(example = false)]
    pub(crate) dry_run: Option<bool>,
}

impl Parameters for ImportQuery {
    fn take(pairs: &mut Pairs) -> ApiResult<Self> {
        let dry_run = pairs.take("dry_run").map(|text| match text.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(ApiError::query("dry_run", "must be true or false")),
        });
        Ok(Self { dry_run: dry_run.transpose()? })
    }
}

/// Refuses any query, as every address without documented query parameters does.
pub(crate) fn refuse_query(request: &HttpRequest) -> ApiResult<()> {
    match Pairs::parse(request.query_string())?.0.first() {
        None => Ok(()),
        Some((name, _)) => Err(ApiError::query(name, "is not a parameter of this address")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Parameters>(query: &str) -> Result<T, String> {
        let mut pairs = Pairs::parse(query).map_err(|e| e.to_string())?;
        T::take(&mut pairs).map_err(|e| e.to_string())
    }

    #[test]
    fn a_limit_is_a_whole_number_within_its_range() {
        assert_eq!(read::<PageQuery>("limit=100").expect("fine").page().limit, 100);
        assert_eq!(read::<PageQuery>("").expect("fine").page().limit, 50);
        for bad in [
            "limit=0",
            "limit=101",
            "limit=+5",
            "limit=-1",
            "limit=1e2",
            "limit=",
            "limit=99999999999999999999",
        ] {
            assert!(read::<PageQuery>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_parameter_is_said_with_its_name() {
        let told = read::<PageQuery>("limit=x").expect_err("no number");
        assert_eq!(
            told,
            "malformed_query: The query parameter `limit` must be a whole number from 1 to 100."
        );
    }

    #[test]
    fn a_search_is_decoded_as_forms_are() {
        let query: WorksQuery = read("query=%E9%8A%80+%2B").expect("fine");
        assert_eq!(query.query.as_deref(), Some("銀 +"));
        for bad in ["query=%ff", "query=%00", "query=a&query=b"] {
            assert!(read::<WorksQuery>(bad).is_err(), "{bad}");
        }
    }
}

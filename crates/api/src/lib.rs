//! The HTTP API: routes, extractors, sign-in, event streams, OpenAPI, static assets.

"""What schemathesis is told about Colophon: who asks, and what a document cannot say.

COLOPHON_FUZZ_AS is `viewer`, `operator`, `admin` (who sign in) or `token`.
"""

import os
import uuid

import requests
import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

WHO = os.environ["COLOPHON_FUZZ_AS"]
SESSION = f"{os.environ['COLOPHON_FUZZ_URL']}/api/v1/session"
KEY = "Idempotency-Key"
SIGN_OUT = "DELETE /api/v1/session"

# Problems that a request earns which is all that the document asks for: they are about what is stored, or about
# what a schema has no words for. Anything else that is refused was not said in the document.
BEYOND_SCHEMAS = {
    "idempotency_key_reused",  # the same key was drawn for another request
    "model_unknown",  # what the catalogue has
    "version_unchanged",  # what the latest version has
    "import_failed",  # a file's bytes
    "upload_gone",  # 404: which files were uploaded
    "parameters_invalid",  # what the model takes, and numbers that JSON readers lose digits of
    "template_invalid",  # a template's syntax, and the variables of the same request
    "setup_done",  # 410, by design for ever
}


def make_credential() -> dict[str, str]:
    """The header that says who asks."""
    if WHO == "token":
        return {"Authorization": f"Bearer {os.environ['COLOPHON_FUZZ_TOKEN']}"}
    body = {"name": WHO, "password": os.environ["COLOPHON_FUZZ_PASSWORD"]}
    reply = requests.post(SESSION, json=body, timeout=30)
    reply.raise_for_status()
    return {"Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in reply.cookies)}


# Made once: a password takes time to check, as it should.
@schemathesis.auth(refresh_interval=24 * 3600)
class Credential:
    """Given to every request by schemathesis, and taken away by its checks of what happens without."""

    def get(self, case, context):
        return make_credential()

    def set(self, case, data, context):
        case.headers.update(data)


@schemathesis.hook
def before_call(context, case, kwargs):
    # Signing out ends the session that asks for it: it gets one of its own.
    if case.operation.label == SIGN_OUT and WHO != "token" and "Cookie" in case.headers:
        case.headers.update(make_credential())
    # The document's one example of a key would be refused for every request but the first.
    if case.headers.get(KEY) == example_of(case.operation, KEY):
        case.headers[KEY] = str(uuid.uuid4())


def example_of(operation, name: str):
    return next((parameter.definition.get("example") for parameter in operation.headers if parameter.name == name), None)


def whole(value):
    """JSON Schema counts 1.0 among the integers; here it is a mistake that is told."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {key: whole(item) for key, item in value.items()}
        case list():
            return [whole(item) for item in value]
    return value


@schemathesis.hook
def map_body(context, body):
    return whole(body)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether what a check complains of is one."""
    if not isinstance(failure, RejectedPositiveData):
        return True
    try:
        problem = response.json()
    except ValueError:
        return True
    errors = problem.get("errors", [])
    beyond = errors and all(is_beyond_schemas(error) for error in errors)
    return not (beyond or problem.get("code") in BEYOND_SCHEMAS)


def is_beyond_schemas(error: dict) -> bool:
    match error:
        # Opaque: only the list itself can make one.
        case {"parameter": "cursor"}:
            return True
        # Refused in every string, which the document says once, in words.
        case {"code": "nul"}:
            return True
        # One of the two, which no document of this kind can ask for.
        case {"parameter": "token_id", "detail": "cannot be given with user_id"}:
            return True
        # A file or the id of one: a form's schema cannot ask for exactly one of two fields.
        case {"pointer": "/file", "code": "missing"} | {"pointer": "/upload_id", "code": "unexpected"}:
            return True
        # Labels of encodings, the syntax of patterns, and which option a pattern goes with.
        case {"pointer": "/encoding", "code": "encoding_unsupported"}:
            return True
        case {"pointer": "/pattern", "code": "pattern_invalid" | "pattern_missing" | "pattern_unused"}:
            return True
        # Which characters a name may have is told by the tables of Unicode (UTS 39), which no pattern can hold.
        case {"pointer": "/name", "code": "character_not_allowed" | "scripts_mixed"}:
            return True
        # How many segments the chapter has.
        case {"pointer": "/segment", "code": "range"}:
            return True
    return False

"""What schemathesis has to know about the API beside its document."""

import hashlib
import json
import os
import re

import schemathesis

# What a schema cannot say, though positive_data_acceptance expects every request that the document allows to be accepted:
# quantities of the same product are added up before they are checked, an order waits for one product only, warehouses are told apart by their codes, a list of stock
# levels names what there is, each once, a key ends in the future, and an offset can move a moment out of the years that can be written.
BEYOND_SCHEMA = [
    (r"/items", r"must not add up to more than 1000000 units of one product"),
    (r"/stock/\d+/warehouse", r"must not name \S+ twice: /stock/\d+ has it"),
    (r"\?(at|start_date|end_date)", r"must be in the years 0001 to 9999, in UTC"),
    (r"/expires_at", r"must be (in the future|in the years 0001 to 9999, in UTC)"),
    (r"/on_shortage", r"must not be wait when there are several products"),
    (r"/to", r"must be another warehouse than from"),
    (r"/\d+/sku", r"must be known: there is no product with this SKU"),
    (r"/\d+/sku", r"repeats /\d+: [A-Za-z0-9._-]+ in [A-Z0-9._-]+"),
    (r"/\d+/warehouse", r"must be known: there is no warehouse with this code"),
]


def is_beyond_schema(error):
    """Whether an error is one that no schema could have told of."""
    return any(
        re.fullmatch(path, error["path"]) and re.fullmatch(message, error["message"]) for path, message in BEYOND_SCHEMA
    )


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Keeps a failure unless all that the API objected to is beyond any schema."""
    if failure.code != "ST202" or response.status_code != 400:
        return True
    # To the document a CSV is text: nothing in it can be said to be valid.
    if case.media_type == "text/csv":
        return False
    errors = response.json().get("errors", [])
    return not errors or not all(map(is_beyond_schema, errors))


@schemathesis.hook
def before_call(context, case, kwargs):
    """Turns what only looks valid into what is: cursors and idempotency keys are more than their schemas say."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    # A cursor is whatever the page before gave out; any other text is refused. Tests of pages cover it.
    if case.query:
        case.query.pop("cursor", None)
    # A key that returns with another body is refused, so that every body has a key of its own, of the same length.
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and isinstance(case.body, (dict, list, str)):
        sent = json.dumps(case.body, sort_keys=True, default=str)
        case.headers["Idempotency-Key"] = key[:-8] + hashlib.sha256(sent.encode()).hexdigest()[:8]


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Sends the bodies that links give as they are: merged into a generated one they would have items beside a product."""
    for path in raw_schema["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                for link in response.get("links", {}).values():
                    if "requestBody" in link:
                        link["x-schemathesis"] = {"merge_body": False}


# From the least to the most that one may do; `nobody` has no credentials.
LADDER = ["nobody", "viewer", "operator", "admin"]
ROLE = os.environ["CONTRACT_ROLE"]

# Found out before there is a route, by the server or of the request as a whole.
BEFORE_ROUTES = {"malformed-request", "headers-too-large", "method-not-allowed"}


def role_needed(case):
    """The least role that the document says an operation takes."""
    security = case.operation.definition.raw["security"]
    return security[0]["ApiKey"][0] if security else "nobody"


def is_other_request(case, response):
    """Whether what was asked for is not the operation: another method, a path that leads elsewhere, or no request at all."""
    if case.method.upper() != case.operation.method.upper():
        return True
    if response.status_code in (400, 405, 431):
        return response.json().get("code") in BEFORE_ROUTES
    return response.status_code == 404 and "/" in "".join(map(str, (case.path_parameters or {}).values()))


@schemathesis.check
def role_decides(ctx, response, case):
    """Refuses whoever has too small a role, and nobody else."""
    if is_other_request(case, response):
        return
    needed = role_needed(case)
    headers = {name.lower(): value for name, value in response.request.headers.items()}
    is_allowed = LADDER.index(ROLE) >= LADDER.index(needed)
    sends_own = ROLE == "nobody" and "authorization" in headers
    if sends_own:
        # Made-up credentials are refused wherever there is somebody to look at them.
        expected = {200} if case.operation.path in ("/livez", "/readyz") else {401}
        assert response.status_code in expected, f"Made-up credentials got {response.status_code}"
    elif is_allowed:
        # Acting for somebody takes more than reading.
        if ROLE == "viewer" and "x-actor" in headers and response.status_code == 403:
            return
        # What signs in is the key in the body, which is made up.
        if case.operation.path == "/api/session/" and response.status_code == 401 and needed == "nobody":
            return
        assert response.status_code not in (401, 403), f"{ROLE} may {needed}, and got {response.status_code}"
    else:
        # Of a browser's cookie it is asked first which page sent it; nobody says.
        if "cookie" in headers and response.status_code == 403:
            return
        refusal = 401 if ROLE == "nobody" else 403
        assert response.status_code == refusal, f"{ROLE} may not {needed}, and got {response.status_code}"

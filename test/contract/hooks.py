"""What schemathesis has to know about the API beside its document."""

import hashlib
import json
import re

import schemathesis

# What a schema cannot say, though positive_data_acceptance expects every request that the document allows to be accepted:
# quantities of the same product are added up before they are checked, an order waits for one product only, warehouses are told apart by their codes, a list of stock
# levels names what there is, each once, and an offset can move a moment out of the years that can be written.
BEYOND_SCHEMA = [
    (r"/items", r"must not add up to more than 1000000 units of one product"),
    (r"/stock/\d+/warehouse", r"must not name \S+ twice: /stock/\d+ has it"),
    (r"\?(at|start_date|end_date)", r"must be in the years 0001 to 9999, in UTC"),
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

"""How requests leave: from another address each time, without following where an answer sends the browser, and never to
end the sessions that all of them live by."""

import itertools
import os

import schemathesis

addresses = itertools.count(1)
# People who are asked as, and handles of their sessions: what would end them is done to others.
KEPT = frozenset(os.environ["QIAO_API_KEPT"].split(","))


@schemathesis.hook
def before_call(context, case, kwargs):
    number = next(addresses)
    headers = dict(case.headers or {})
    headers["X-Forwarded-For"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    case.headers = headers
    kwargs["allow_redirects"] = False
    if case.method != "GET":
        case.path_parameters = {
            name: "li" if value in KEPT else value for name, value in (case.path_parameters or {}).items()
        }

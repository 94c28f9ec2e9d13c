"""Signs requests with requests-oauthlib, as the apps of other people do.

Usage: client.py URL CONSUMER_KEY CONSUMER_SECRET TOKEN TOKEN_SECRET BEARER

Writes a JSON line for each request to standard output: its name, the status, and
the text of the response.
"""

import json
import sys
import time
from urllib.parse import parse_qs, urlsplit

import requests
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256
from oauthlib.oauth1 import SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_QUERY
from requests_oauthlib import OAuth1Session

url, key, secret, token, token_secret, bearer = sys.argv[1:]

TARGETS = [
    "/2.0/movies",
    "/2.0/movies?q=a+b%20c%2Bd&sort=-year&fields=title,-id",
    "/2.0/movies?b5=%3D%253D&a3=a&c%40=&a2=r%20b&a3=2+q&a-b=1&a=2&A=3",
    "/2.0/movies?q=%E2%98%83~*'()!%3B%3A@&%C3%A9=&x=y=z&a=&a=",
    "/2.0/genres/film%20noir?q=caf\u00e9",
    "/2.0/genres/%7Eodd%2Fid",
]


def report(name, answer):
    print(json.dumps({"name": name, "status": answer.status_code, "text": answer.text.strip()}))


def session(**options):
    made = OAuth1Session(key, **{"client_secret": secret, **options})
    made.trust_env = False  # a proxy does not reach this machine
    return made


def act(name, client):
    for target in TARGETS:
        report(f"{name} GET {target}", client.get(url + target, timeout=10))
    film = {"movie": {"title": "Amélie & co. =+%"}}
    report(f"{name} POST", client.post(url + "/2.0/movies", json=film, timeout=10))
    report(f"{name} PUT", client.put(url + "/2.0/movies/1?x=%20", json=film, timeout=10))
    report(f"{name} DELETE", client.delete(url + "/2.0/movies/1", timeout=10))
    report(f"{name} form", client.post(url + "/2.0/movies?a3=a", data={"a3": "2 q", "c2": ""}, timeout=10))


def approve(callback):
    """Gets a token that the user approves, and returns a session with it."""
    client = session(callback_uri=callback)
    asked = client.fetch_request_token(url + "/oauth/request_token")
    page = client.authorization_url(url + "/oauth/authorize")
    browser = requests.Session()
    browser.trust_env = False
    browser.get(page, timeout=10).raise_for_status()
    form = {"oauth_token": asked["oauth_token"], "token": bearer, "decision": "approve"}
    back = browser.post(page, data=form, allow_redirects=False, timeout=10)
    client.parse_authorization_response(back.headers["Location"])
    assert parse_qs(urlsplit(back.headers["Location"]).query)["user"] == ["7"]
    client.fetch_access_token(url + "/oauth/access_token")
    return client


for method in SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256:
    for place in SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_QUERY:
        how = {"signature_method": method, "signature_type": place}
        act(f"{method} {place} app", session(**how))
        act(f"{method} {place} user", session(resource_owner_key=token, resource_owner_secret=token_secret, **how))
act("three-legged", approve("https://printer.example.com/ready?user=7"))

report("fault signature_invalid", session(client_secret="wrong").get(url + TARGETS[2], timeout=10))
report("fault token_rejected", session(resource_owner_key="wrong", resource_owner_secret="x").get(url + TARGETS[2], timeout=10))
report("fault signature_method_rejected", session(signature_method="PLAINTEXT").get(url + TARGETS[2], timeout=10))
report("fault timestamp_refused", session(timestamp="1").get(url + TARGETS[2], timeout=10))
once = session(nonce="once", timestamp=str(int(time.time())))
once.get(url + TARGETS[2], timeout=10).raise_for_status()
report("fault nonce_used", once.get(url + TARGETS[2], timeout=10))
